// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Decompositions, triangular systems, Fourier transforms, batch normalization, sorting.
module {
  func.func public @cholesky(%a: tensor<6x2x5x5xf32>) -> tensor<6x2x5x5xf32> {
    %0 = stablehlo.dot_general %a, %a, batching_dims = [0, 1] x [0, 1], contracting_dims = [3] x [3] : (tensor<6x2x5x5xf32>, tensor<6x2x5x5xf32>) -> tensor<6x2x5x5xf32>
    %i = stablehlo.iota dim = 2 : tensor<6x2x5x5xi32>
    %j = stablehlo.iota dim = 3 : tensor<6x2x5x5xi32>
    %d = stablehlo.compare EQ, %i, %j, SIGNED : (tensor<6x2x5x5xi32>, tensor<6x2x5x5xi32>) -> tensor<6x2x5x5xi1>
    %e = stablehlo.convert %d : (tensor<6x2x5x5xi1>) -> tensor<6x2x5x5xf32>
    %1 = stablehlo.add %0, %e : tensor<6x2x5x5xf32>
    %r = stablehlo.cholesky %1, lower = true : tensor<6x2x5x5xf32>
    return %r : tensor<6x2x5x5xf32>
  }
  func.func public @cholesky_upper(%a: tensor<6x6x6xf32>) -> tensor<6x6x6xf32> {
    %0 = stablehlo.dot_general %a, %a, batching_dims = [0] x [0], contracting_dims = [2] x [2] : (tensor<6x6x6xf32>, tensor<6x6x6xf32>) -> tensor<6x6x6xf32>
    %i = stablehlo.iota dim = 1 : tensor<6x6x6xi32>
    %j = stablehlo.iota dim = 2 : tensor<6x6x6xi32>
    %d = stablehlo.compare EQ, %i, %j, SIGNED : (tensor<6x6x6xi32>, tensor<6x6x6xi32>) -> tensor<6x6x6xi1>
    %e = stablehlo.convert %d : (tensor<6x6x6xi1>) -> tensor<6x6x6xf32>
    %1 = stablehlo.add %0, %e : tensor<6x6x6xf32>
    %r = stablehlo.cholesky %1, lower = false : tensor<6x6x6xf32>
    return %r : tensor<6x6x6xf32>
  }
  func.func public @call_of_qr(%a: tensor<6x2x4x4xf32>) -> (tensor<6x2x4x4xf32>, tensor<6x2x4xf32>) {
    %r:2 = stablehlo.custom_call @Qr(%a) : (tensor<6x2x4x4xf32>) -> (tensor<6x2x4x4xf32>, tensor<6x2x4xf32>)
    return %r#0, %r#1 : tensor<6x2x4x4xf32>, tensor<6x2x4xf32>
  }
  func.func public @call_of_lu(%a: tensor<6x4x4xf32>) -> (tensor<6x4x4xf32>, tensor<6x4xi32>, tensor<6x4xi32>) {
    %r:3 = stablehlo.custom_call @LuDecomposition(%a) : (tensor<6x4x4xf32>) -> (tensor<6x4x4xf32>, tensor<6x4xi32>, tensor<6x4xi32>)
    return %r#0, %r#1, %r#2 : tensor<6x4x4xf32>, tensor<6x4xi32>, tensor<6x4xi32>
  }
  func.func public @call_with_its_own_rule(%a: tensor<6x4x4xf32>) -> (tensor<6x4x4xf32>, tensor<6x4xi32>, tensor<6xi32>) {
    %r:3 = stablehlo.custom_call @lapack_sgetrf_ffi(%a) {sdy.sharding_rule = #sdy.op_sharding_rule<([i, j, k])->([i, l, m], [i, n], [i]) {i=6, j=4, k=4, l=4, m=4, n=4}, custom>} : (tensor<6x4x4xf32>) -> (tensor<6x4x4xf32>, tensor<6x4xi32>, tensor<6xi32>)
    return %r#0, %r#1, %r#2 : tensor<6x4x4xf32>, tensor<6x4xi32>, tensor<6xi32>
  }
  func.func public @triangular_solve_left(%a: tensor<6x6x6xf32>, %b: tensor<6x6x12xf32>) -> tensor<6x6x12xf32> {
    %r = "stablehlo.triangular_solve"(%a, %b) {left_side = true, lower = true, unit_diagonal = true, transpose_a = #stablehlo<transpose NO_TRANSPOSE>} : (tensor<6x6x6xf32>, tensor<6x6x12xf32>) -> tensor<6x6x12xf32>
    return %r : tensor<6x6x12xf32>
  }
  func.func public @triangular_solve_right(%a: tensor<6x6x6xf32>, %b: tensor<6x12x6xf32>) -> tensor<6x12x6xf32> {
    %r = "stablehlo.triangular_solve"(%a, %b) {left_side = false, lower = false, unit_diagonal = true, transpose_a = #stablehlo<transpose TRANSPOSE>} : (tensor<6x6x6xf32>, tensor<6x12x6xf32>) -> tensor<6x12x6xf32>
    return %r : tensor<6x12x6xf32>
  }
  func.func public @triangular_solve_adjoint(%a: tensor<6x6xcomplex<f32>>, %b: tensor<6x6xcomplex<f32>>) -> tensor<6x6xcomplex<f32>> {
    %r = "stablehlo.triangular_solve"(%a, %b) {left_side = true, lower = false, unit_diagonal = true, transpose_a = #stablehlo<transpose ADJOINT>} : (tensor<6x6xcomplex<f32>>, tensor<6x6xcomplex<f32>>) -> tensor<6x6xcomplex<f32>>
    return %r : tensor<6x6xcomplex<f32>>
  }
  func.func public @fft(%a: tensor<6x12x8xcomplex<f32>>) -> tensor<6x12x8xcomplex<f32>> {
    %r = stablehlo.fft %a, type = FFT, length = [8] : (tensor<6x12x8xcomplex<f32>>) -> tensor<6x12x8xcomplex<f32>>
    return %r : tensor<6x12x8xcomplex<f32>>
  }
  func.func public @ifft_of_two_dims(%a: tensor<6x6x4xcomplex<f32>>) -> tensor<6x6x4xcomplex<f32>> {
    %r = stablehlo.fft %a, type = IFFT, length = [6, 4] : (tensor<6x6x4xcomplex<f32>>) -> tensor<6x6x4xcomplex<f32>>
    return %r : tensor<6x6x4xcomplex<f32>>
  }
  func.func public @rfft(%a: tensor<6x12xf32>) -> tensor<6x7xcomplex<f32>> {
    %r = stablehlo.fft %a, type = RFFT, length = [12] : (tensor<6x12xf32>) -> tensor<6x7xcomplex<f32>>
    return %r : tensor<6x7xcomplex<f32>>
  }
  func.func public @irfft(%a: tensor<6x7xcomplex<f32>>) -> tensor<6x12xf32> {
    %r = stablehlo.fft %a, type = IRFFT, length = [12] : (tensor<6x7xcomplex<f32>>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
  func.func public @batch_norm_inference(%a: tensor<6x4x12xf32>, %s: tensor<12xf32>, %o: tensor<12xf32>, %m: tensor<12xf32>, %v: tensor<12xf32>) -> tensor<6x4x12xf32> {
    %0 = stablehlo.exponential %v : tensor<12xf32>
    %r = "stablehlo.batch_norm_inference"(%a, %s, %o, %m, %0) <{epsilon = 1.000000e-03 : f32, feature_index = 2 : i64}> : (tensor<6x4x12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }
  func.func public @batch_norm_training(%a: tensor<6x12x4xf32>, %s: tensor<12xf32>, %o: tensor<12xf32>) -> (tensor<6x12x4xf32>, tensor<12xf32>, tensor<12xf32>) {
    %r:3 = "stablehlo.batch_norm_training"(%a, %s, %o) <{epsilon = 1.000000e-03 : f32, feature_index = 1 : i64}> : (tensor<6x12x4xf32>, tensor<12xf32>, tensor<12xf32>) -> (tensor<6x12x4xf32>, tensor<12xf32>, tensor<12xf32>)
    return %r#0, %r#1, %r#2 : tensor<6x12x4xf32>, tensor<12xf32>, tensor<12xf32>
  }
  func.func public @batch_norm_grad(%a: tensor<6x4x12xf32>, %s: tensor<12xf32>, %m: tensor<12xf32>, %v: tensor<12xf32>, %g: tensor<6x4x12xf32>) -> (tensor<6x4x12xf32>, tensor<12xf32>, tensor<12xf32>) {
    %0 = stablehlo.exponential %v : tensor<12xf32>
    %r:3 = "stablehlo.batch_norm_grad"(%a, %s, %m, %0, %g) <{epsilon = 1.000000e-03 : f32, feature_index = 2 : i64}> : (tensor<6x4x12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<6x4x12xf32>) -> (tensor<6x4x12xf32>, tensor<12xf32>, tensor<12xf32>)
    return %r#0, %r#1, %r#2 : tensor<6x4x12xf32>, tensor<12xf32>, tensor<12xf32>
  }
  func.func public @batch_norm_of_features_alone(%a: tensor<12xf32>, %s: tensor<12xf32>, %o: tensor<12xf32>, %m: tensor<12xf32>, %v: tensor<12xf32>) -> tensor<12xf32> {
    %0 = stablehlo.exponential %v : tensor<12xf32>
    %r = "stablehlo.batch_norm_inference"(%a, %s, %o, %m, %0) <{epsilon = 1.000000e-03 : f32, feature_index = 0 : i64}> : (tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>, tensor<12xf32>) -> tensor<12xf32>
    return %r : tensor<12xf32>
  }
  func.func public @sort(%a: tensor<6x12x6xf32>) -> tensor<6x12x6xf32> {
    %r = "stablehlo.sort"(%a) <{dimension = 1 : i64, is_stable = true}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.compare LT, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      stablehlo.return %0 : tensor<i1>
    }) : (tensor<6x12x6xf32>) -> tensor<6x12x6xf32>
    return %r : tensor<6x12x6xf32>
  }
  func.func public @sort_with_positions(%a: tensor<6x12xi32>) -> (tensor<6x12xi32>, tensor<6x12xi32>) {
    %p = stablehlo.iota dim = 1 : tensor<6x12xi32>
    %r:2 = "stablehlo.sort"(%a, %p) <{dimension = -1 : i64, is_stable = true}> ({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>, %s: tensor<i32>, %t: tensor<i32>):
      %0 = stablehlo.compare GT, %x, %y, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %0 : tensor<i1>
    }) : (tensor<6x12xi32>, tensor<6x12xi32>) -> (tensor<6x12xi32>, tensor<6x12xi32>)
    return %r#0, %r#1 : tensor<6x12xi32>, tensor<6x12xi32>
  }
}
