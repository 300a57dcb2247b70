// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Ops that move elements to places that types and attributes fix, and ops that make elements.
module {
  func.func public @broadcast_in_dim(%a: tensor<12x6xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.broadcast_in_dim %a, dims = [2, 0] : (tensor<12x6xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }
  func.func public @broadcast_of_size_one(%a: tensor<6x1xf32>) -> tensor<6x12xf32> {
    %r = stablehlo.broadcast_in_dim %a, dims = [0, 1] : (tensor<6x1xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
  func.func public @broadcast_of_scalar(%a: tensor<f32>) -> tensor<6x12xf32> {
    %r = stablehlo.broadcast_in_dim %a, dims = [] : (tensor<f32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
  func.func public @broadcast(%a: tensor<12xf32>) -> tensor<6x4x12xf32> {
    %r = "stablehlo.broadcast"(%a) {broadcast_sizes = array<i64: 6, 4>} : (tensor<12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }
  func.func public @reshape_splitting(%a: tensor<36x6xf32>) -> tensor<6x6x6xf32> {
    %r = stablehlo.reshape %a : (tensor<36x6xf32>) -> tensor<6x6x6xf32>
    return %r : tensor<6x6x6xf32>
  }
  func.func public @reshape_merging(%a: tensor<6x6x12xf32>) -> tensor<6x72xf32> {
    %r = stablehlo.reshape %a : (tensor<6x6x12xf32>) -> tensor<6x72xf32>
    return %r : tensor<6x72xf32>
  }
  func.func public @reshape_with_small_major(%a: tensor<2x18xf32>) -> tensor<36xf32> {
    %r = stablehlo.reshape %a : (tensor<2x18xf32>) -> tensor<36xf32>
    return %r : tensor<36xf32>
  }
  func.func public @reshape_regrouping(%a: tensor<6x12xf32>) -> tensor<12x6xf32> {
    %r = stablehlo.reshape %a : (tensor<6x12xf32>) -> tensor<12x6xf32>
    return %r : tensor<12x6xf32>
  }
  func.func public @reshape_without_common_major(%a: tensor<4x9xf32>) -> tensor<9x4xf32> {
    %r = stablehlo.reshape %a : (tensor<4x9xf32>) -> tensor<9x4xf32>
    return %r : tensor<9x4xf32>
  }
  func.func public @reshape_with_ones(%a: tensor<1x6x1x12xf32>) -> tensor<6x12x1xf32> {
    %r = stablehlo.reshape %a : (tensor<1x6x1x12xf32>) -> tensor<6x12x1xf32>
    return %r : tensor<6x12x1xf32>
  }
  func.func public @reshape_three_to_two(%a: tensor<6x4x6xf32>) -> tensor<12x12xf32> {
    %r = stablehlo.reshape %a : (tensor<6x4x6xf32>) -> tensor<12x12xf32>
    return %r : tensor<12x12xf32>
  }
  func.func public @transpose(%a: tensor<6x12x4xf32>) -> tensor<4x6x12xf32> {
    %r = stablehlo.transpose %a, dims = [2, 0, 1] : (tensor<6x12x4xf32>) -> tensor<4x6x12xf32>
    return %r : tensor<4x6x12xf32>
  }
  func.func public @reverse(%a: tensor<6x12x6xf32>) -> tensor<6x12x6xf32> {
    %r = stablehlo.reverse %a, dims = [1] : tensor<6x12x6xf32>
    return %r : tensor<6x12x6xf32>
  }
  func.func public @slice(%a: tensor<6x12x12xf32>) -> tensor<6x6x4xf32> {
    %r = stablehlo.slice %a [0:6, 3:9, 1:12:3] : (tensor<6x12x12xf32>) -> tensor<6x6x4xf32>
    return %r : tensor<6x6x4xf32>
  }
  func.func public @slice_of_one_dim(%a: tensor<6x12xf32>) -> tensor<6x6xf32> {
    %r = stablehlo.slice %a [0:6, 0:12:2] : (tensor<6x12xf32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @pad(%a: tensor<6x6x12xf32>, %p: tensor<f32>) -> tensor<6x12x6xf32> {
    %r = stablehlo.pad %a, %p, low = [0, 2, -3], high = [0, 4, -3], interior = [0, 0, 0] : (tensor<6x6x12xf32>, tensor<f32>) -> tensor<6x12x6xf32>
    return %r : tensor<6x12x6xf32>
  }
  func.func public @pad_inside(%a: tensor<6x6xf32>, %p: tensor<f32>) -> tensor<6x12xf32> {
    %r = stablehlo.pad %a, %p, low = [0, 0], high = [0, 1], interior = [0, 1] : (tensor<6x6xf32>, tensor<f32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
  func.func public @concatenate(%a: tensor<6x6x12xf32>, %b: tensor<6x12x12xf32>, %c: tensor<6x6x12xf32>) -> tensor<6x24x12xf32> {
    %r = stablehlo.concatenate %a, %b, %c, dim = 1 : (tensor<6x6x12xf32>, tensor<6x12x12xf32>, tensor<6x6x12xf32>) -> tensor<6x24x12xf32>
    return %r : tensor<6x24x12xf32>
  }
  func.func public @iota(%a: tensor<6x12x6xf32>) -> tensor<6x12x6xf32> {
    %0 = stablehlo.iota dim = 1 : tensor<6x12x6xf32>
    %r = stablehlo.multiply %a, %0 : tensor<6x12x6xf32>
    return %r : tensor<6x12x6xf32>
  }
  func.func public @iota_of_one_dim(%a: tensor<12xi32>) -> tensor<12xi32> {
    %0 = stablehlo.iota dim = 0 : tensor<12xi32>
    %r = stablehlo.multiply %a, %0 : tensor<12xi32>
    return %r : tensor<12xi32>
  }
  func.func public @constant_splat(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %0 = stablehlo.constant dense<2.5> : tensor<6x12xf32>
    %r = stablehlo.multiply %a, %0 : tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
  func.func public @constant_of_many(%a: tensor<2x6xf32>) -> tensor<2x6xf32> {
    %0 = stablehlo.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [7.0, 8.0, 9.0, 10.0, 11.0, 12.0]]> : tensor<2x6xf32>
    %r = stablehlo.multiply %a, %0 : tensor<2x6xf32>
    return %r : tensor<2x6xf32>
  }
  func.func public @constant_broadcast(%a: tensor<6x2x6xf32>) -> tensor<6x2x6xf32> {
    %0 = stablehlo.iota dim = 0 : tensor<6xf32>
    %1 = stablehlo.broadcast_in_dim %0, dims = [2] : (tensor<6xf32>) -> tensor<6x2x6xf32>
    %r = stablehlo.multiply %a, %1 : tensor<6x2x6xf32>
    return %r : tensor<6x2x6xf32>
  }
  func.func public @constant_reshape(%a: tensor<36xf32>) -> tensor<36xf32> {
    %0 = stablehlo.iota dim = 1 : tensor<6x6xf32>
    %1 = stablehlo.reshape %0 : (tensor<6x6xf32>) -> tensor<36xf32>
    %r = stablehlo.multiply %a, %1 : tensor<36xf32>
    return %r : tensor<36xf32>
  }
  func.func public @constant_compare(%a: tensor<6x6xf32>) -> tensor<6x6xf32> {
    %0 = stablehlo.iota dim = 0 : tensor<6x6xi32>
    %1 = stablehlo.iota dim = 1 : tensor<6x6xi32>
    %2 = stablehlo.compare GE, %0, %1, SIGNED : (tensor<6x6xi32>, tensor<6x6xi32>) -> tensor<6x6xi1>
    %3 = stablehlo.constant dense<0.0> : tensor<6x6xf32>
    %r = stablehlo.select %2, %a, %3 : tensor<6x6xi1>, tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @constant_slice(%a: tensor<6x6xf32>) -> tensor<6x6xf32> {
    %0 = stablehlo.iota dim = 0 : tensor<12x6xf32>
    %1 = stablehlo.slice %0 [3:9, 0:6] : (tensor<12x6xf32>) -> tensor<6x6xf32>
    %2 = stablehlo.reverse %1, dims = [0] : tensor<6x6xf32>
    %3 = stablehlo.transpose %2, dims = [1, 0] : (tensor<6x6xf32>) -> tensor<6x6xf32>
    %r = stablehlo.multiply %a, %3 : tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @bitcast_convert(%a: tensor<6x12xi32>) -> tensor<6x12xi32> {
    %r = stablehlo.bitcast_convert %a : (tensor<6x12xi32>) -> tensor<6x12xui32>
    %s = stablehlo.bitcast_convert %r : (tensor<6x12xui32>) -> tensor<6x12xi32>
    return %s : tensor<6x12xi32>
  }
  func.func public @bitcast_to_smaller(%a: tensor<6x12xi32>) -> tensor<6x12x4xi8> {
    %r = stablehlo.bitcast_convert %a : (tensor<6x12xi32>) -> tensor<6x12x4xi8>
    return %r : tensor<6x12x4xi8>
  }
  func.func public @bitcast_to_larger(%a: tensor<6x12x4xi8>) -> tensor<6x12xi32> {
    %r = stablehlo.bitcast_convert %a : (tensor<6x12x4xi8>) -> tensor<6x12xi32>
    return %r : tensor<6x12xi32>
  }
  func.func public @optimization_barrier(%a: tensor<6x12xf32>, %b: tensor<12xi32>) -> (tensor<6x12xf32>, tensor<12xi32>) {
    %r:2 = stablehlo.optimization_barrier %a, %b : tensor<6x12xf32>, tensor<12xi32>
    return %r#0, %r#1 : tensor<6x12xf32>, tensor<12xi32>
  }
}
