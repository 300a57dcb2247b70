module @m {
  func.func public @main(%arg0: tensor<99999999999999999999xf32>) -> tensor<99999999999999999999xf32> {
    return %arg0 : tensor<99999999999999999999xf32>
  }
}
