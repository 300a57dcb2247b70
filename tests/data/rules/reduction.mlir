// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Reductions by monoids and by other regions, from identities, other constants and arguments; windows.
module {
  func.func public @reduce_add(%a: tensor<6x4x12xf32>) -> tensor<6xf32> {
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1, 2] : (tensor<6x4x12xf32>, tensor<f32>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }

  func.func public @reduce_add_all(%a: tensor<6x12xf32>) -> tensor<f32> {
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [0, 1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<f32>
    return %r : tensor<f32>
  }

  func.func public @reduce_add_from_minus_zero(%a: tensor<6x12xf32>) -> tensor<12xf32> {
    %z = stablehlo.constant dense<-0.0> : tensor<f32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [0] : (tensor<6x12xf32>, tensor<f32>) -> tensor<12xf32>
    return %r : tensor<12xf32>
  }

  func.func public @reduce_add_from_argument(%a: tensor<6x12xf32>, %z: tensor<f32>) -> tensor<6xf32> {
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }

  func.func public @reduce_add_from_one(%a: tensor<6x12xf32>) -> tensor<6xf32> {
    %z = stablehlo.constant dense<1.0> : tensor<f32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }

  func.func public @reduce_add_i32(%a: tensor<6x12xi32>) -> tensor<12xi32> {
    %z = stablehlo.constant dense<0> : tensor<i32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [0] : (tensor<6x12xi32>, tensor<i32>) -> tensor<12xi32>
    return %r : tensor<12xi32>
  }

  func.func public @reduce_add_complex(%a: tensor<6x12xcomplex<f32>>) -> tensor<12xcomplex<f32>> {
    %z = stablehlo.constant dense<(0.0,0.0)> : tensor<complex<f32>>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [0] : (tensor<6x12xcomplex<f32>>, tensor<complex<f32>>) -> tensor<12xcomplex<f32>>
    return %r : tensor<12xcomplex<f32>>
  }

  func.func public @reduce_multiply(%a: tensor<6x12xf32>) -> tensor<6xf32> {
    %z = stablehlo.constant dense<1.0> : tensor<f32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.multiply across dimensions = [1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }

  func.func public @reduce_multiply_from_two(%a: tensor<6x12xf32>) -> tensor<6xf32> {
    %z = stablehlo.constant dense<2.0> : tensor<f32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.multiply across dimensions = [1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }

  func.func public @reduce_maximum(%a: tensor<6x12xf32>) -> tensor<6xf32> {
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.maximum across dimensions = [1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }

  func.func public @reduce_maximum_from_argument(%a: tensor<6x12xf32>, %z: tensor<f32>) -> tensor<6xf32> {
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.maximum across dimensions = [1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }

  func.func public @reduce_minimum_i32(%a: tensor<6x12xi32>) -> tensor<12xi32> {
    %z = stablehlo.constant dense<2147483647> : tensor<i32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.minimum across dimensions = [0] : (tensor<6x12xi32>, tensor<i32>) -> tensor<12xi32>
    return %r : tensor<12xi32>
  }

  func.func public @reduce_minimum_from_three(%a: tensor<6x12xi32>) -> tensor<12xi32> {
    %z = stablehlo.constant dense<3> : tensor<i32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.minimum across dimensions = [0] : (tensor<6x12xi32>, tensor<i32>) -> tensor<12xi32>
    return %r : tensor<12xi32>
  }

  func.func public @reduce_and(%a: tensor<6x12xi1>) -> tensor<6xi1> {
    %z = stablehlo.constant dense<true> : tensor<i1>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.and across dimensions = [1] : (tensor<6x12xi1>, tensor<i1>) -> tensor<6xi1>
    return %r : tensor<6xi1>
  }

  func.func public @reduce_or(%a: tensor<6x12xi1>) -> tensor<12xi1> {
    %z = stablehlo.constant dense<false> : tensor<i1>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.or across dimensions = [0] : (tensor<6x12xi1>, tensor<i1>) -> tensor<12xi1>
    return %r : tensor<12xi1>
  }

  func.func public @reduce_or_i32(%a: tensor<6x12xi32>) -> tensor<12xi32> {
    %z = stablehlo.constant dense<0> : tensor<i32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.or across dimensions = [0] : (tensor<6x12xi32>, tensor<i32>) -> tensor<12xi32>
    return %r : tensor<12xi32>
  }

  func.func public @reduce_and_i32_from_six(%a: tensor<6x12xi32>) -> tensor<12xi32> {
    %z = stablehlo.constant dense<6> : tensor<i32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.and across dimensions = [0] : (tensor<6x12xi32>, tensor<i32>) -> tensor<12xi32>
    return %r : tensor<12xi32>
  }

  func.func public @reduce_xor(%a: tensor<6x12xi32>) -> tensor<12xi32> {
    %z = stablehlo.constant dense<0> : tensor<i32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.xor across dimensions = [0] : (tensor<6x12xi32>, tensor<i32>) -> tensor<12xi32>
    return %r : tensor<12xi32>
  }

  func.func public @reduce_widening(%a: tensor<6x12xbf16>) -> tensor<6xf32> {
    %z = stablehlo.constant dense<0.0> : tensor<bf16>
    %r = "stablehlo.reduce"(%a, %z) <{dimensions = array<i64: 1>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x12xbf16>, tensor<bf16>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }

  func.func public @reduce_swapped(%a: tensor<6x12xf32>) -> tensor<12xf32> {
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %r = "stablehlo.reduce"(%a, %z) <{dimensions = array<i64: 0>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %y, %x : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x12xf32>, tensor<f32>) -> tensor<12xf32>
    return %r : tensor<12xf32>
  }
  func.func public @reduce_no_monoid(%a: tensor<6x12xf32>) -> tensor<6xf32> {
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %r = "stablehlo.reduce"(%a, %z) <{dimensions = array<i64: 1>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %x : tensor<f32>
      stablehlo.return %x : tensor<f32>
    }) : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }
  func.func public @reduce_argmax(%a: tensor<6x12xf32>) -> (tensor<6xf32>, tensor<6xi32>) {
    %p = stablehlo.iota dim = 1 : tensor<6x12xi32>
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %n = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = "stablehlo.reduce"(%a, %p, %z, %n) <{dimensions = array<i64: 1>}> ({
    ^bb0(%x: tensor<f32>, %i: tensor<i32>, %y: tensor<f32>, %j: tensor<i32>):
      %0 = stablehlo.compare GE, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %1 = stablehlo.select %0, %x, %y : tensor<i1>, tensor<f32>
      %2 = stablehlo.select %0, %i, %j : tensor<i1>, tensor<i32>
      stablehlo.return %1, %2 : tensor<f32>, tensor<i32>
    }) : (tensor<6x12xf32>, tensor<6x12xi32>, tensor<f32>, tensor<i32>) -> (tensor<6xf32>, tensor<6xi32>)
    return %r#0, %r#1 : tensor<6xf32>, tensor<6xi32>
  }
  func.func public @reduce_two_sums(%a: tensor<6x12x6xf32>, %b: tensor<6x12x6xi32>) -> (tensor<6x6xf32>, tensor<6x6xi32>) {
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %n = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = "stablehlo.reduce"(%a, %b, %z, %n) <{dimensions = array<i64: 1>}> ({
    ^bb0(%x: tensor<f32>, %i: tensor<i32>, %y: tensor<f32>, %j: tensor<i32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      %1 = stablehlo.maximum %i, %j : tensor<i32>
      stablehlo.return %0, %1 : tensor<f32>, tensor<i32>
    }) : (tensor<6x12x6xf32>, tensor<6x12x6xi32>, tensor<f32>, tensor<i32>) -> (tensor<6x6xf32>, tensor<6x6xi32>)
    return %r#0, %r#1 : tensor<6x6xf32>, tensor<6x6xi32>
  }
  func.func public @reduce_window_maximum(%a: tensor<6x8x8x6xf32>) -> tensor<6x4x4x6xf32> {
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 1, 2, 2, 1>, window_strides = array<i64: 1, 2, 2, 1>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.maximum %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x8x8x6xf32>, tensor<f32>) -> tensor<6x4x4x6xf32>
    return %r : tensor<6x4x4x6xf32>
  }
  func.func public @reduce_window_cumulative(%a: tensor<6x12xf32>, %z: tensor<f32>) -> tensor<6x12xf32> {
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 1, 12>, padding = dense<[[0, 0], [11, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x12xf32>, tensor<f32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
  func.func public @reduce_window_dilated(%a: tensor<6x6x12xf32>) -> tensor<6x6x6xf32> {
    %z = stablehlo.constant dense<0.5> : tensor<f32>
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 2, 1, 2>, window_dilations = array<i64: 5, 3, 2>, base_dilations = array<i64: 2, 1, 1>, window_strides = array<i64: 1, 1, 2>, padding = dense<[[0, 0], [0, 0], [1, 1]]> : tensor<3x2xi64>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x6x12xf32>, tensor<f32>) -> tensor<6x6x6xf32>
    return %r : tensor<6x6x6xf32>
  }
  func.func public @reduce_window_of_two(%a: tensor<6x8xf32>, %b: tensor<6x8xi32>) -> (tensor<6x4xf32>, tensor<6x4xi32>) {
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %n = stablehlo.constant dense<-1> : tensor<i32>
    %r:2 = "stablehlo.reduce_window"(%a, %b, %z, %n) <{window_dimensions = array<i64: 1, 2>, window_strides = array<i64: 1, 2>}> ({
    ^bb0(%x: tensor<f32>, %i: tensor<i32>, %y: tensor<f32>, %j: tensor<i32>):
      %0 = stablehlo.compare GE, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %1 = stablehlo.select %0, %x, %y : tensor<i1>, tensor<f32>
      %2 = stablehlo.select %0, %i, %j : tensor<i1>, tensor<i32>
      stablehlo.return %1, %2 : tensor<f32>, tensor<i32>
    }) : (tensor<6x8xf32>, tensor<6x8xi32>, tensor<f32>, tensor<i32>) -> (tensor<6x4xf32>, tensor<6x4xi32>)
    return %r#0, %r#1 : tensor<6x4xf32>, tensor<6x4xi32>
  }
  func.func public @select_and_scatter(%a: tensor<6x8x12xf32>, %s: tensor<6x4x12xf32>, %z: tensor<f32>) -> tensor<6x8x12xf32> {
    %r = "stablehlo.select_and_scatter"(%a, %s, %z) <{window_dimensions = array<i64: 1, 3, 1>, window_strides = array<i64: 1, 2, 1>, padding = dense<[[0, 0], [0, 1], [0, 0]]> : tensor<3x2xi64>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.compare GE, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      stablehlo.return %0 : tensor<i1>
    }, {
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x8x12xf32>, tensor<6x4x12xf32>, tensor<f32>) -> tensor<6x8x12xf32>
    return %r : tensor<6x8x12xf32>
  }
  func.func public @reduce_maximum_of_nan(%a: tensor<6x12xf32>) -> tensor<6xi1> {
    %c = stablehlo.constant dense<0.2> : tensor<6x12xf32>
    %0 = stablehlo.subtract %a, %c : tensor<6x12xf32>
    %1 = stablehlo.abs %a : tensor<6x12xf32>
    %2 = stablehlo.subtract %1, %c : tensor<6x12xf32>
    %3 = stablehlo.sqrt %2 : tensor<6x12xf32>
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %4 = stablehlo.reduce(%3 init: %z) applies stablehlo.maximum across dimensions = [1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    %r = stablehlo.compare EQ, %4, %4, FLOAT : (tensor<6xf32>, tensor<6xf32>) -> tensor<6xi1>
    return %r : tensor<6xi1>
  }
  func.func public @reduce_maximum_ui8(%a: tensor<6x12xui8>) -> tensor<6xui8> {
    %c = stablehlo.constant dense<70> : tensor<6x12xui8>
    %0 = stablehlo.multiply %a, %c : tensor<6x12xui8>
    %z = stablehlo.constant dense<0> : tensor<ui8>
    %r = stablehlo.reduce(%0 init: %z) applies stablehlo.maximum across dimensions = [1] : (tensor<6x12xui8>, tensor<ui8>) -> tensor<6xui8>
    return %r : tensor<6xui8>
  }
  func.func public @reduce_multiply_that_wraps(%a: tensor<6x12xi8>) -> tensor<6xi8> {
    %z = stablehlo.constant dense<1> : tensor<i8>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.multiply across dimensions = [1] : (tensor<6x12xi8>, tensor<i8>) -> tensor<6xi8>
    return %r : tensor<6xi8>
  }
  func.func public @reduce_two_dims_apart(%a: tensor<6x2x12xf32>) -> tensor<2xf32> {
    %z = stablehlo.constant dense<1.0> : tensor<f32>
    %r = stablehlo.reduce(%a init: %z) applies stablehlo.minimum across dimensions = [0, 2] : (tensor<6x2x12xf32>, tensor<f32>) -> tensor<2xf32>
    return %r : tensor<2xf32>
  }
}
