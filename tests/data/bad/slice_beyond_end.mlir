module @m {
  func.func public @main(%arg0: tensor<4xf32>) -> tensor<3xf32> {
    %0 = stablehlo.slice %arg0 [2:5] : (tensor<4xf32>) -> tensor<3xf32>
    return %0 : tensor<3xf32>
  }
}
