module @m {
  func.func public @main(%arg0: tensor<4xf32> loc("x
