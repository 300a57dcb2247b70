// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Sums of products: matmuls in several layouts, einsums, convolutions with groups and without.
module {
  func.func public @matmul(%a: tensor<6x12xf32>, %b: tensor<12x6xf32>) -> tensor<6x6xf32> {
    %r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<6x12xf32>, tensor<12x6xf32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @matmul_of_transposed(%a: tensor<12x6xf32>, %b: tensor<6x12xf32>) -> tensor<6x6xf32> {
    %r = stablehlo.dot_general %a, %b, contracting_dims = [0] x [1] : (tensor<12x6xf32>, tensor<6x12xf32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @matmul_widening(%a: tensor<6x12xbf16>, %b: tensor<12x6xbf16>) -> tensor<6x6xf32> {
    %r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<6x12xbf16>, tensor<12x6xbf16>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @matmul_i32(%a: tensor<6x12xi32>, %b: tensor<12x6xi32>) -> tensor<6x6xi32> {
    %r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<6x12xi32>, tensor<12x6xi32>) -> tensor<6x6xi32>
    return %r : tensor<6x6xi32>
  }
  func.func public @matmul_complex(%a: tensor<6x12xcomplex<f32>>, %b: tensor<12x6xcomplex<f32>>) -> tensor<6x6xcomplex<f32>> {
    %r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<6x12xcomplex<f32>>, tensor<12x6xcomplex<f32>>) -> tensor<6x6xcomplex<f32>>
    return %r : tensor<6x6xcomplex<f32>>
  }
  func.func public @matmul_batched_inside(%a: tensor<6x12x6x2xf32>, %b: tensor<2x6x12x4xf32>) -> tensor<12x2x6x4xf32> {
    %r = stablehlo.dot_general %a, %b, batching_dims = [1, 3] x [2, 0], contracting_dims = [2] x [1] : (tensor<6x12x6x2xf32>, tensor<2x6x12x4xf32>) -> tensor<12x2x6x4xf32>
    return %r : tensor<12x2x6x4xf32>
  }
  func.func public @matmul_of_two_dims(%a: tensor<6x12x6xf32>, %b: tensor<6x6x12xf32>) -> tensor<6x6xf32> {
    %r = stablehlo.dot_general %a, %b, contracting_dims = [1, 2] x [2, 0] : (tensor<6x12x6xf32>, tensor<6x6x12xf32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @outer_product(%a: tensor<6xf32>, %b: tensor<12xf32>) -> tensor<6x12xf32> {
    %r = stablehlo.dot_general %a, %b, contracting_dims = [] x [] : (tensor<6xf32>, tensor<12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
  func.func public @matmul_with_itself(%a: tensor<6x6xf32>) -> tensor<6x6xf32> {
    %r = stablehlo.dot_general %a, %a, contracting_dims = [1] x [0] : (tensor<6x6xf32>, tensor<6x6xf32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @dot(%a: tensor<6x12xf32>, %b: tensor<12x6xf32>) -> tensor<6x6xf32> {
    %r = "stablehlo.dot"(%a, %b) : (tensor<6x12xf32>, tensor<12x6xf32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @dot_of_vectors(%a: tensor<12xf32>, %b: tensor<12xf32>) -> tensor<f32> {
    %r = "stablehlo.dot"(%a, %b) : (tensor<12xf32>, tensor<12xf32>) -> tensor<f32>
    return %r : tensor<f32>
  }
  func.func public @dot_matrix_vector(%a: tensor<6x12xf32>, %b: tensor<12xf32>) -> tensor<6xf32> {
    %r = "stablehlo.dot"(%a, %b) : (tensor<6x12xf32>, tensor<12xf32>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }
  func.func public @einsum(%a: tensor<6x12x6xf32>, %b: tensor<6x6x12xf32>) -> tensor<12x6x12xf32> {
    %r = "stablehlo.einsum"(%a, %b) {einsum_config = "abc,cad->bad"} : (tensor<6x12x6xf32>, tensor<6x6x12xf32>) -> tensor<12x6x12xf32>
    return %r : tensor<12x6x12xf32>
  }
  func.func public @einsum_of_one_sided_sum(%a: tensor<6x12xf32>, %b: tensor<6x6xf32>) -> tensor<6xf32> {
    %r = "stablehlo.einsum"(%a, %b) {einsum_config = "ab,ac->c"} : (tensor<6x12xf32>, tensor<6x6xf32>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }
  func.func public @unary_einsum(%a: tensor<6x12x6xf32>) -> tensor<6x6xf32> {
    %r = "stablehlo.unary_einsum"(%a) {einsum_config = "abc->ca"} : (tensor<6x12x6xf32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @convolution(%a: tensor<6x8x8x6xf32>, %k: tensor<3x3x6x12xf32>) -> tensor<6x8x8x12xf32> {
    %r = stablehlo.convolution(%a, %k) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride = [1, 1], pad = [[1, 1], [1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x8x8x6xf32>, tensor<3x3x6x12xf32>) -> tensor<6x8x8x12xf32>
    return %r : tensor<6x8x8x12xf32>
  }
  func.func public @convolution_strided_dilated_reversed(%a: tensor<6x6x9x5xf32>, %k: tensor<12x6x3x2xf32>) -> tensor<6x12x6x4xf32> {
    %r = stablehlo.convolution(%a, %k) dim_numbers = [b, f, 0, 1]x[o, i, 0, 1]->[b, f, 0, 1], window = {stride = [2, 2], pad = [[2, 3], [1, 0]], lhs_dilate = [1, 2], rhs_dilate = [1, 2], reverse = [true, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x6x9x5xf32>, tensor<12x6x3x2xf32>) -> tensor<6x12x6x4xf32>
    return %r : tensor<6x12x6x4xf32>
  }
  func.func public @convolution_pointwise(%a: tensor<6x12x6xf32>, %k: tensor<1x6x6xf32>) -> tensor<6x12x6xf32> {
    %r = stablehlo.convolution(%a, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x12x6xf32>, tensor<1x6x6xf32>) -> tensor<6x12x6xf32>
    return %r : tensor<6x12x6xf32>
  }
  func.func public @convolution_without_space(%a: tensor<6x12xf32>, %k: tensor<12x6xf32>) -> tensor<6x6xf32> {
    %r = stablehlo.convolution(%a, %k) dim_numbers = [b, f]x[i, o]->[b, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<6x12xf32>, tensor<12x6xf32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @convolution_feature_groups(%a: tensor<6x8x18xf32>, %k: tensor<3x3x12xf32>) -> tensor<6x6x12xf32> {
    %r = stablehlo.convolution(%a, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 6 : i64} : (tensor<6x8x18xf32>, tensor<3x3x12xf32>) -> tensor<6x6x12xf32>
    return %r : tensor<6x6x12xf32>
  }
  func.func public @convolution_two_feature_groups(%a: tensor<6x4x12xf32>, %k: tensor<2x6x12xf32>) -> tensor<6x3x12xf32> {
    %r = stablehlo.convolution(%a, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 2 : i64} : (tensor<6x4x12xf32>, tensor<2x6x12xf32>) -> tensor<6x3x12xf32>
    return %r : tensor<6x3x12xf32>
  }
  func.func public @convolution_depthwise(%a: tensor<6x8x6xf32>, %k: tensor<3x1x6xf32>) -> tensor<6x8x6xf32> {
    %r = stablehlo.convolution(%a, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {pad = [[1, 1]]} {batch_group_count = 1 : i64, feature_group_count = 6 : i64} : (tensor<6x8x6xf32>, tensor<3x1x6xf32>) -> tensor<6x8x6xf32>
    return %r : tensor<6x8x6xf32>
  }
  func.func public @convolution_batch_groups(%a: tensor<36x8x6xf32>, %k: tensor<3x6x12xf32>) -> tensor<6x6x12xf32> {
    %r = stablehlo.convolution(%a, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} {batch_group_count = 6 : i64, feature_group_count = 1 : i64} : (tensor<36x8x6xf32>, tensor<3x6x12xf32>) -> tensor<6x6x12xf32>
    return %r : tensor<6x6x12xf32>
  }
  func.func public @convolution_two_batch_groups(%a: tensor<12x4x6xf32>, %k: tensor<2x6x12xf32>) -> tensor<6x3x12xf32> {
    %r = stablehlo.convolution(%a, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} {batch_group_count = 2 : i64, feature_group_count = 1 : i64} : (tensor<12x4x6xf32>, tensor<2x6x12xf32>) -> tensor<6x3x12xf32>
    return %r : tensor<6x3x12xf32>
  }
  func.func public @dynamic_conv(%a: tensor<6x8x6xf32>, %k: tensor<3x6x12xf32>) -> tensor<6x8x12xf32> {
    %p = stablehlo.constant dense<[[1, 1]]> : tensor<1x2xi64>
    %r = "stablehlo.dynamic_conv"(%a, %k, %p) {batch_group_count = 1 : i64, feature_group_count = 1 : i64, dimension_numbers = #stablehlo.conv<[b, 0, f]x[0, i, o]->[b, 0, f]>} : (tensor<6x8x6xf32>, tensor<3x6x12xf32>, tensor<1x2xi64>) -> tensor<6x8x12xf32>
    return %r : tensor<6x8x12xf32>
  }
}
