module @power {
  func.func public @main(%arg0: tensor<4x8xf32> loc("x"), %arg1: tensor<8x8xf32> loc("w")) -> tensor<4x8xf32> {
    %c = stablehlo.constant dense<0> : tensor<i32>
    %c_0 = stablehlo.constant dense<1> : tensor<i32>
    %c_1 = stablehlo.constant dense<5> : tensor<i32>
    %0:2 = stablehlo.while(%iterArg = %arg0, %iterArg_2 = %c) : tensor<4x8xf32>, tensor<i32>
    cond {
      %1 = stablehlo.compare LT, %iterArg_2, %c_1, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %1 : tensor<i1>
    } do {
      %1 = stablehlo.dot_general %iterArg, %arg1, contracting_dims = [1] x [0] : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
      %2 = stablehlo.add %iterArg_2, %c_0 : tensor<i32>
      stablehlo.return %1, %2 : tensor<4x8xf32>, tensor<i32>
    }
    return %0#0 : tensor<4x8xf32>
  }
}
