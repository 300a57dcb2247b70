module @m {
  func.func public @main(%arg0: tensor<4xf33>) -> tensor<4xf33> {
    return %arg0 : tensor<4xf33>
  }
}
