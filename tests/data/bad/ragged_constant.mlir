module @m {
  func.func public @main() -> tensor<2x2xf32> {
    %cst = stablehlo.constant dense<[[1.0, 2.0], [3.0]]> : tensor<2x2xf32>
    return %cst : tensor<2x2xf32>
  }
}
