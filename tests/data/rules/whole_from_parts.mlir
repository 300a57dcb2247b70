// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Ops that combine themselves what devices made of their parts of a split dim: the largest element and its place, the
// largest ones, cumulative sums. Equal elements, NaN and zeros of both signs are among what they choose from.
module {
  func.func public @reduce_argmax_with_nan(%a: tensor<6x12xf32>) -> (tensor<6xf32>, tensor<6xi32>) {
    %scale = stablehlo.constant dense<1.5> : tensor<6x12xf32>
    %scaled = stablehlo.multiply %a, %scale : tensor<6x12xf32>
    %few = stablehlo.round_nearest_even %scaled : tensor<6x12xf32>
    %signs = stablehlo.divide %few, %few : tensor<6x12xf32>
    %with_nan = stablehlo.multiply %signs, %few : tensor<6x12xf32>
    %p = stablehlo.iota dim = 1 : tensor<6x12xi32>
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %n = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = "stablehlo.reduce"(%with_nan, %p, %z, %n) <{dimensions = array<i64: 1>}> ({
    ^bb0(%x: tensor<f32>, %i: tensor<i32>, %y: tensor<f32>, %j: tensor<i32>):
      %0 = stablehlo.compare GT, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %1 = stablehlo.compare NE, %x, %x, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %2 = stablehlo.or %0, %1 : tensor<i1>
      %3 = stablehlo.compare EQ, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %4 = stablehlo.compare LT, %i, %j, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %5 = stablehlo.and %3, %4 : tensor<i1>
      %6 = stablehlo.or %2, %5 : tensor<i1>
      %7 = stablehlo.select %2, %x, %y : tensor<i1>, tensor<f32>
      %8 = stablehlo.select %6, %i, %j : tensor<i1>, tensor<i32>
      stablehlo.return %7, %8 : tensor<f32>, tensor<i32>
    }) : (tensor<6x12xf32>, tensor<6x12xi32>, tensor<f32>, tensor<i32>) -> (tensor<6xf32>, tensor<6xi32>)
    return %r#0, %r#1 : tensor<6xf32>, tensor<6xi32>
  }
  func.func public @reduce_argmax_of_equal(%a: tensor<6x12xf32>) -> (tensor<6xf32>, tensor<6xi32>) {
    %scale = stablehlo.constant dense<1.5> : tensor<6x12xf32>
    %scaled = stablehlo.multiply %a, %scale : tensor<6x12xf32>
    %few = stablehlo.round_nearest_even %scaled : tensor<6x12xf32>
    %p = stablehlo.iota dim = 1 : tensor<6x12xi32>
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %n = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = "stablehlo.reduce"(%few, %p, %z, %n) <{dimensions = array<i64: 1>}> ({
    ^bb0(%x: tensor<f32>, %i: tensor<i32>, %y: tensor<f32>, %j: tensor<i32>):
      %0 = stablehlo.compare GT, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %1 = stablehlo.compare NE, %x, %x, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %2 = stablehlo.or %0, %1 : tensor<i1>
      %3 = stablehlo.compare EQ, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %4 = stablehlo.compare LT, %i, %j, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %5 = stablehlo.and %3, %4 : tensor<i1>
      %6 = stablehlo.or %2, %5 : tensor<i1>
      %7 = stablehlo.select %2, %x, %y : tensor<i1>, tensor<f32>
      %8 = stablehlo.select %6, %i, %j : tensor<i1>, tensor<i32>
      stablehlo.return %7, %8 : tensor<f32>, tensor<i32>
    }) : (tensor<6x12xf32>, tensor<6x12xi32>, tensor<f32>, tensor<i32>) -> (tensor<6xf32>, tensor<6xi32>)
    return %r#0, %r#1 : tensor<6xf32>, tensor<6xi32>
  }
  func.func public @reduce_argmin_i32(%a: tensor<12x6xi32>) -> (tensor<6xi32>, tensor<6xi32>) {
    %p = stablehlo.iota dim = 0 : tensor<12x6xi32>
    %z = stablehlo.constant dense<2147483647> : tensor<i32>
    %n = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = "stablehlo.reduce"(%a, %p, %z, %n) <{dimensions = array<i64: 0>}> ({
    ^bb0(%x: tensor<i32>, %i: tensor<i32>, %y: tensor<i32>, %j: tensor<i32>):
      %0 = stablehlo.compare LT, %x, %y, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %2 = stablehlo.or %0, %0 : tensor<i1>
      %3 = stablehlo.compare EQ, %x, %y, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %4 = stablehlo.compare LT, %i, %j, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %5 = stablehlo.and %3, %4 : tensor<i1>
      %6 = stablehlo.or %2, %5 : tensor<i1>
      %7 = stablehlo.select %2, %x, %y : tensor<i1>, tensor<i32>
      %8 = stablehlo.select %6, %i, %j : tensor<i1>, tensor<i32>
      stablehlo.return %7, %8 : tensor<i32>, tensor<i32>
    }) : (tensor<12x6xi32>, tensor<12x6xi32>, tensor<i32>, tensor<i32>) -> (tensor<6xi32>, tensor<6xi32>)
    return %r#0, %r#1 : tensor<6xi32>, tensor<6xi32>
  }
  func.func public @reduce_argmax_of_vector(%a: tensor<12xf32>) -> (tensor<f32>, tensor<i32>) {
    %scale = stablehlo.constant dense<1.5> : tensor<12xf32>
    %scaled = stablehlo.multiply %a, %scale : tensor<12xf32>
    %few = stablehlo.round_nearest_even %scaled : tensor<12xf32>
    %signs = stablehlo.divide %few, %few : tensor<12xf32>
    %with_nan = stablehlo.multiply %signs, %few : tensor<12xf32>
    %p = stablehlo.iota dim = 0 : tensor<12xi32>
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %n = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = "stablehlo.reduce"(%with_nan, %p, %z, %n) <{dimensions = array<i64: 0>}> ({
    ^bb0(%x: tensor<f32>, %i: tensor<i32>, %y: tensor<f32>, %j: tensor<i32>):
      %0 = stablehlo.compare GT, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %1 = stablehlo.compare NE, %x, %x, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %2 = stablehlo.or %0, %1 : tensor<i1>
      %3 = stablehlo.compare EQ, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %4 = stablehlo.compare LT, %i, %j, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %5 = stablehlo.and %3, %4 : tensor<i1>
      %6 = stablehlo.or %2, %5 : tensor<i1>
      %7 = stablehlo.select %2, %x, %y : tensor<i1>, tensor<f32>
      %8 = stablehlo.select %6, %i, %j : tensor<i1>, tensor<i32>
      stablehlo.return %7, %8 : tensor<f32>, tensor<i32>
    }) : (tensor<12xf32>, tensor<12xi32>, tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>)
    return %r#0, %r#1 : tensor<f32>, tensor<i32>
  }
  func.func public @reduce_argmax_of_two_dims(%a: tensor<6x12x4xf32>) -> (tensor<4xf32>, tensor<4xi32>) {
    %scale = stablehlo.constant dense<1.5> : tensor<6x12x4xf32>
    %scaled = stablehlo.multiply %a, %scale : tensor<6x12x4xf32>
    %few = stablehlo.round_nearest_even %scaled : tensor<6x12x4xf32>
    %signs = stablehlo.divide %few, %few : tensor<6x12x4xf32>
    %with_nan = stablehlo.multiply %signs, %few : tensor<6x12x4xf32>
    %p = stablehlo.iota dim = 1 : tensor<6x12x4xi32>
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %n = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = "stablehlo.reduce"(%with_nan, %p, %z, %n) <{dimensions = array<i64: 0, 1>}> ({
    ^bb0(%x: tensor<f32>, %i: tensor<i32>, %y: tensor<f32>, %j: tensor<i32>):
      %0 = stablehlo.compare GT, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %1 = stablehlo.compare NE, %x, %x, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %2 = stablehlo.or %0, %1 : tensor<i1>
      %3 = stablehlo.compare EQ, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %4 = stablehlo.compare LT, %i, %j, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %5 = stablehlo.and %3, %4 : tensor<i1>
      %6 = stablehlo.or %2, %5 : tensor<i1>
      %7 = stablehlo.select %2, %x, %y : tensor<i1>, tensor<f32>
      %8 = stablehlo.select %6, %i, %j : tensor<i1>, tensor<i32>
      stablehlo.return %7, %8 : tensor<f32>, tensor<i32>
    }) : (tensor<6x12x4xf32>, tensor<6x12x4xi32>, tensor<f32>, tensor<i32>) -> (tensor<4xf32>, tensor<4xi32>)
    return %r#0, %r#1 : tensor<4xf32>, tensor<4xi32>
  }
  func.func public @reduce_argmax_of_dim_of_one(%a: tensor<1x12x6xbf16>) -> (tensor<6xbf16>, tensor<6xi32>) {
    %scale = stablehlo.constant dense<1.5> : tensor<1x12x6xbf16>
    %scaled = stablehlo.multiply %a, %scale : tensor<1x12x6xbf16>
    %few = stablehlo.round_nearest_even %scaled : tensor<1x12x6xbf16>
    %signs = stablehlo.divide %few, %few : tensor<1x12x6xbf16>
    %with_nan = stablehlo.multiply %signs, %few : tensor<1x12x6xbf16>
    %p = stablehlo.iota dim = 1 : tensor<1x12x6xi32>
    %z = stablehlo.constant dense<0xFF80> : tensor<bf16>
    %n = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = "stablehlo.reduce"(%with_nan, %p, %z, %n) <{dimensions = array<i64: 0, 1>}> ({
    ^bb0(%x: tensor<bf16>, %i: tensor<i32>, %y: tensor<bf16>, %j: tensor<i32>):
      %0 = stablehlo.compare GT, %x, %y, FLOAT : (tensor<bf16>, tensor<bf16>) -> tensor<i1>
      %1 = stablehlo.compare NE, %x, %x, FLOAT : (tensor<bf16>, tensor<bf16>) -> tensor<i1>
      %2 = stablehlo.or %0, %1 : tensor<i1>
      %3 = stablehlo.compare EQ, %x, %y, FLOAT : (tensor<bf16>, tensor<bf16>) -> tensor<i1>
      %4 = stablehlo.compare LT, %i, %j, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %5 = stablehlo.and %3, %4 : tensor<i1>
      %6 = stablehlo.or %2, %5 : tensor<i1>
      %7 = stablehlo.select %2, %x, %y : tensor<i1>, tensor<bf16>
      %8 = stablehlo.select %6, %i, %j : tensor<i1>, tensor<i32>
      stablehlo.return %7, %8 : tensor<bf16>, tensor<i32>
    }) : (tensor<1x12x6xbf16>, tensor<1x12x6xi32>, tensor<bf16>, tensor<i32>) -> (tensor<6xbf16>, tensor<6xi32>)
    return %r#0, %r#1 : tensor<6xbf16>, tensor<6xi32>
  }
  func.func public @reduce_choosing(%a: tensor<6x12xf32>) -> tensor<6xf32> {
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %r = "stablehlo.reduce"(%a, %z) <{dimensions = array<i64: 1>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.abs %x : tensor<f32>
      %1 = stablehlo.abs %y : tensor<f32>
      %2 = stablehlo.compare GE, %0, %1, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %3 = stablehlo.select %2, %x, %y : tensor<i1>, tensor<f32>
      stablehlo.return %3 : tensor<f32>
    }) : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }
  func.func public @reduce_choosing_three_values(%a: tensor<6x12xf32>, %b: tensor<6x12xi32>, %c: tensor<6x12xi8>) -> (tensor<12xf32>, tensor<12xi32>, tensor<12xi8>) {
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %n = stablehlo.constant dense<-1> : tensor<i32>
    %m = stablehlo.constant dense<7> : tensor<i8>
    %r:3 = "stablehlo.reduce"(%a, %b, %c, %z, %n, %m) <{dimensions = array<i64: 0>}> ({
    ^bb0(%x: tensor<f32>, %i: tensor<i32>, %k: tensor<i8>, %y: tensor<f32>, %j: tensor<i32>, %l: tensor<i8>):
      %0 = stablehlo.compare GE, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %1 = stablehlo.select %0, %x, %y : tensor<i1>, tensor<f32>
      %2 = stablehlo.select %0, %i, %j : tensor<i1>, tensor<i32>
      %3 = stablehlo.maximum %l, %k : tensor<i8>
      stablehlo.return %1, %2, %3 : tensor<f32>, tensor<i32>, tensor<i8>
    }) : (tensor<6x12xf32>, tensor<6x12xi32>, tensor<6x12xi8>, tensor<f32>, tensor<i32>, tensor<i8>) -> (tensor<12xf32>, tensor<12xi32>, tensor<12xi8>)
    return %r#0, %r#1, %r#2 : tensor<12xf32>, tensor<12xi32>, tensor<12xi8>
  }
  func.func public @reduce_two_sums_from_argument(%a: tensor<6x12xf32>, %b: tensor<6x12xi32>, %z: tensor<f32>) -> (tensor<6xf32>, tensor<6xi32>) {
    %n = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = "stablehlo.reduce"(%a, %b, %z, %n) <{dimensions = array<i64: 1>}> ({
    ^bb0(%x: tensor<f32>, %i: tensor<i32>, %y: tensor<f32>, %j: tensor<i32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      %1 = stablehlo.add %j, %i : tensor<i32>
      stablehlo.return %0, %1 : tensor<f32>, tensor<i32>
    }) : (tensor<6x12xf32>, tensor<6x12xi32>, tensor<f32>, tensor<i32>) -> (tensor<6xf32>, tensor<6xi32>)
    return %r#0, %r#1 : tensor<6xf32>, tensor<6xi32>
  }
  func.func public @reduce_two_widening(%a: tensor<6x12xbf16>, %b: tensor<6x12xi8>) -> (tensor<6xf32>, tensor<6xi32>) {
    %z = stablehlo.constant dense<0.0> : tensor<bf16>
    %n = stablehlo.constant dense<1> : tensor<i8>
    %r:2 = "stablehlo.reduce"(%a, %b, %z, %n) <{dimensions = array<i64: 1>}> ({
    ^bb0(%x: tensor<f32>, %i: tensor<i32>, %y: tensor<f32>, %j: tensor<i32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      %1 = stablehlo.multiply %j, %i : tensor<i32>
      stablehlo.return %0, %1 : tensor<f32>, tensor<i32>
    }) : (tensor<6x12xbf16>, tensor<6x12xi8>, tensor<bf16>, tensor<i8>) -> (tensor<6xf32>, tensor<6xi32>)
    return %r#0, %r#1 : tensor<6xf32>, tensor<6xi32>
  }
  func.func public @reduce_window_cumulative_sum(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 1, 12>, padding = dense<[[0, 0], [11, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x12xf32>, tensor<f32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
  func.func public @reduce_window_cumulative_sum_backward(%a: tensor<12x6xi32>) -> tensor<12x6xi32> {
    %z = stablehlo.constant dense<0> : tensor<i32>
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 12, 1>, padding = dense<[[0, 11], [0, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %0 = stablehlo.add %x, %y : tensor<i32>
      stablehlo.return %0 : tensor<i32>
    }) : (tensor<12x6xi32>, tensor<i32>) -> tensor<12x6xi32>
    return %r : tensor<12x6xi32>
  }
  func.func public @reduce_window_cumulative_sum_of_zeros(%a: tensor<6x12xf32>) -> tensor<6x12xi32> {
    %scale = stablehlo.constant dense<1.5> : tensor<6x12xf32>
    %scaled = stablehlo.multiply %a, %scale : tensor<6x12xf32>
    %few = stablehlo.round_nearest_even %scaled : tensor<6x12xf32>
    %z = stablehlo.constant dense<-0.0> : tensor<f32>
    %r = "stablehlo.reduce_window"(%few, %z) <{window_dimensions = array<i64: 1, 12>, padding = dense<[[0, 0], [11, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x12xf32>, tensor<f32>) -> tensor<6x12xf32>
    %b = stablehlo.bitcast_convert %r : (tensor<6x12xf32>) -> tensor<6x12xi32>
    return %b : tensor<6x12xi32>
  }
  func.func public @reduce_window_cumulative_sum_widening(%a: tensor<12x4xbf16>) -> tensor<12x4xf32> {
    %z = stablehlo.constant dense<0.0> : tensor<bf16>
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 12, 1>, padding = dense<[[11, 0], [0, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<12x4xbf16>, tensor<bf16>) -> tensor<12x4xf32>
    return %r : tensor<12x4xf32>
  }
  func.func public @reduce_window_cumulative_sum_f16(%a: tensor<6x12xf16>) -> tensor<6x12xf16> {
    %z = stablehlo.constant dense<0.0> : tensor<f16>
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 1, 12>, padding = dense<[[0, 0], [11, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<f16>, %y: tensor<f16>):
      %0 = stablehlo.add %x, %y : tensor<f16>
      stablehlo.return %0 : tensor<f16>
    }) : (tensor<6x12xf16>, tensor<f16>) -> tensor<6x12xf16>
    return %r : tensor<6x12xf16>
  }
  func.func public @reduce_window_cumulative_maximum_f16(%a: tensor<6x12xf16>) -> tensor<6x12xf16> {
    %z = stablehlo.constant dense<0xFC00> : tensor<f16>
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 1, 12>, padding = dense<[[0, 0], [11, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<f16>, %y: tensor<f16>):
      %0 = stablehlo.maximum %x, %y : tensor<f16>
      stablehlo.return %0 : tensor<f16>
    }) : (tensor<6x12xf16>, tensor<f16>) -> tensor<6x12xf16>
    return %r : tensor<6x12xf16>
  }
  func.func public @reduce_window_cumulative_maximum_with_nan(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %scale = stablehlo.constant dense<1.5> : tensor<6x12xf32>
    %scaled = stablehlo.multiply %a, %scale : tensor<6x12xf32>
    %few = stablehlo.round_nearest_even %scaled : tensor<6x12xf32>
    %signs = stablehlo.divide %few, %few : tensor<6x12xf32>
    %with_nan = stablehlo.multiply %signs, %few : tensor<6x12xf32>
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %r = "stablehlo.reduce_window"(%with_nan, %z) <{window_dimensions = array<i64: 1, 12>, padding = dense<[[0, 0], [11, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.maximum %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x12xf32>, tensor<f32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
  func.func public @reduce_window_cumulative_maximum_of_zeros(%a: tensor<12xf32>) -> tensor<12xi32> {
    %scale = stablehlo.constant dense<1.5> : tensor<12xf32>
    %scaled = stablehlo.multiply %a, %scale : tensor<12xf32>
    %few = stablehlo.round_nearest_even %scaled : tensor<12xf32>
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %r = "stablehlo.reduce_window"(%few, %z) <{window_dimensions = array<i64: 12>, padding = dense<[[0, 11]]> : tensor<1x2xi64>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.maximum %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<12xf32>, tensor<f32>) -> tensor<12xf32>
    %b = stablehlo.bitcast_convert %r : (tensor<12xf32>) -> tensor<12xi32>
    return %b : tensor<12xi32>
  }
  func.func public @reduce_window_cumulative_minimum(%a: tensor<6x12xi32>) -> tensor<6x12xi32> {
    %z = stablehlo.constant dense<2147483647> : tensor<i32>
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 1, 12>, padding = dense<[[0, 0], [0, 11]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %0 = stablehlo.minimum %x, %y : tensor<i32>
      stablehlo.return %0 : tensor<i32>
    }) : (tensor<6x12xi32>, tensor<i32>) -> tensor<6x12xi32>
    return %r : tensor<6x12xi32>
  }
  func.func public @reduce_window_cumulative_maximum_from_one(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %z = stablehlo.constant dense<0.25> : tensor<f32>
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 1, 12>, padding = dense<[[0, 0], [11, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.maximum %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x12xf32>, tensor<f32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
  func.func public @reduce_window_cumulative_product_that_wraps(%a: tensor<12x6xi8>) -> tensor<12x6xi8> {
    %z = stablehlo.constant dense<1> : tensor<i8>
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 12, 1>, padding = dense<[[11, 0], [0, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<i8>, %y: tensor<i8>):
      %0 = stablehlo.multiply %x, %y : tensor<i8>
      stablehlo.return %0 : tensor<i8>
    }) : (tensor<12x6xi8>, tensor<i8>) -> tensor<12x6xi8>
    return %r : tensor<12x6xi8>
  }
  func.func public @reduce_window_cumulative_of_two_dims(%a: tensor<6x12xi32>) -> tensor<6x12xi32> {
    %z = stablehlo.constant dense<0> : tensor<i32>
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 6, 12>, padding = dense<[[5, 0], [0, 11]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %0 = stablehlo.add %x, %y : tensor<i32>
      stablehlo.return %0 : tensor<i32>
    }) : (tensor<6x12xi32>, tensor<i32>) -> tensor<6x12xi32>
    return %r : tensor<6x12xi32>
  }
  func.func public @reduce_window_cumulative_in_windows(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %r = "stablehlo.reduce_window"(%a, %z) <{window_dimensions = array<i64: 2, 12>, padding = dense<[[1, 0], [11, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x12xf32>, tensor<f32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
  func.func public @reduce_window_cumulative_any(%a: tensor<6x12xf32>) -> (tensor<6x12xi1>, tensor<6x12xi1>) {
    %c = stablehlo.constant dense<0.7> : tensor<6x12xf32>
    %large = stablehlo.compare GT, %a, %c, FLOAT : (tensor<6x12xf32>, tensor<6x12xf32>) -> tensor<6x12xi1>
    %small = stablehlo.compare LT, %a, %c, FLOAT : (tensor<6x12xf32>, tensor<6x12xf32>) -> tensor<6x12xi1>
    %f = stablehlo.constant dense<false> : tensor<i1>
    %t = stablehlo.constant dense<true> : tensor<i1>
    %r = "stablehlo.reduce_window"(%large, %f) <{window_dimensions = array<i64: 1, 12>, padding = dense<[[0, 0], [11, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<i1>, %y: tensor<i1>):
      %0 = stablehlo.or %x, %y : tensor<i1>
      stablehlo.return %0 : tensor<i1>
    }) : (tensor<6x12xi1>, tensor<i1>) -> tensor<6x12xi1>
    %s = "stablehlo.reduce_window"(%small, %t) <{window_dimensions = array<i64: 6, 1>, padding = dense<[[5, 0], [0, 0]]> : tensor<2x2xi64>}> ({
    ^bb0(%x: tensor<i1>, %y: tensor<i1>):
      %0 = stablehlo.and %x, %y : tensor<i1>
      stablehlo.return %0 : tensor<i1>
    }) : (tensor<6x12xi1>, tensor<i1>) -> tensor<6x12xi1>
    return %r, %s : tensor<6x12xi1>, tensor<6x12xi1>
  }
  func.func public @top_k_of_equal(%a: tensor<6x12xf32>) -> (tensor<6x3xi32>, tensor<6x3xi32>) {
    %scale = stablehlo.constant dense<1.5> : tensor<6x12xf32>
    %scaled = stablehlo.multiply %a, %scale : tensor<6x12xf32>
    %few = stablehlo.round_nearest_even %scaled : tensor<6x12xf32>
    %r:2 = chlo.top_k(%few, k = 3) : tensor<6x12xf32> -> (tensor<6x3xf32>, tensor<6x3xi32>)
    %b = stablehlo.bitcast_convert %r#0 : (tensor<6x3xf32>) -> tensor<6x3xi32>
    return %b, %r#1 : tensor<6x3xi32>, tensor<6x3xi32>
  }
  func.func public @top_k_with_nan(%a: tensor<6x12xf32>) -> (tensor<6x5xf32>, tensor<6x5xi32>) {
    %scale = stablehlo.constant dense<1.5> : tensor<6x12xf32>
    %scaled = stablehlo.multiply %a, %scale : tensor<6x12xf32>
    %few = stablehlo.round_nearest_even %scaled : tensor<6x12xf32>
    %signs = stablehlo.divide %few, %few : tensor<6x12xf32>
    %with_nan = stablehlo.multiply %signs, %few : tensor<6x12xf32>
    %r:2 = chlo.top_k(%with_nan, k = 5) : tensor<6x12xf32> -> (tensor<6x5xf32>, tensor<6x5xi32>)
    return %r#0, %r#1 : tensor<6x5xf32>, tensor<6x5xi32>
  }
  func.func public @top_k_of_vector(%a: tensor<12xi32>) -> (tensor<1xi32>, tensor<1xi32>) {
    %r:2 = chlo.top_k(%a, k = 1) : tensor<12xi32> -> (tensor<1xi32>, tensor<1xi32>)
    return %r#0, %r#1 : tensor<1xi32>, tensor<1xi32>
  }
  func.func public @top_k_of_more_than_a_part(%a: tensor<6x12xbf16>) -> (tensor<6x7xbf16>, tensor<6x7xi32>) {
    %r:2 = chlo.top_k(%a, k = 7) : tensor<6x12xbf16> -> (tensor<6x7xbf16>, tensor<6x7xi32>)
    return %r#0, %r#1 : tensor<6x7xbf16>, tensor<6x7xi32>
  }
  func.func public @top_k_of_all(%a: tensor<12xi8>) -> (tensor<12xi8>, tensor<12xi32>) {
    %r:2 = chlo.top_k(%a, k = 12) : tensor<12xi8> -> (tensor<12xi8>, tensor<12xi32>)
    return %r#0, %r#1 : tensor<12xi8>, tensor<12xi32>
  }
  func.func public @while_with_argmax(%a: tensor<6x12xf32>) -> (tensor<6xi32>, tensor<6x12xf32>) {
    %zero = stablehlo.constant dense<0> : tensor<i32>
    %tokens = stablehlo.constant dense<0> : tensor<6xi32>
    %r:3 = stablehlo.while(%n = %zero, %t = %tokens, %seen = %a) : tensor<i32>, tensor<6xi32>, tensor<6x12xf32>
    cond {
      %end = stablehlo.constant dense<3> : tensor<i32>
      %c = stablehlo.compare LT, %n, %end, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    } do {
      %p = stablehlo.iota dim = 1 : tensor<6x12xi32>
      %least = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %first = stablehlo.constant dense<0> : tensor<i32>
      %m:2 = "stablehlo.reduce"(%seen, %p, %least, %first) <{dimensions = array<i64: 1>}> ({
    ^bb0(%x: tensor<f32>, %i: tensor<i32>, %y: tensor<f32>, %j: tensor<i32>):
      %0 = stablehlo.compare GT, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %1 = stablehlo.compare NE, %x, %x, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %2 = stablehlo.or %0, %1 : tensor<i1>
      %3 = stablehlo.compare EQ, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %4 = stablehlo.compare LT, %i, %j, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      %5 = stablehlo.and %3, %4 : tensor<i1>
      %6 = stablehlo.or %2, %5 : tensor<i1>
      %7 = stablehlo.select %2, %x, %y : tensor<i1>, tensor<f32>
      %8 = stablehlo.select %6, %i, %j : tensor<i1>, tensor<i32>
      stablehlo.return %7, %8 : tensor<f32>, tensor<i32>
    }) : (tensor<6x12xf32>, tensor<6x12xi32>, tensor<f32>, tensor<i32>) -> (tensor<6xf32>, tensor<6xi32>)
      %here = stablehlo.broadcast_in_dim %m#1, dims = [0] : (tensor<6xi32>) -> tensor<6x12xi32>
      %chosen = stablehlo.compare EQ, %p, %here, SIGNED : (tensor<6x12xi32>, tensor<6x12xi32>) -> tensor<6x12xi1>
      %less = stablehlo.negate %seen : tensor<6x12xf32>
      %next = stablehlo.select %chosen, %less, %seen : tensor<6x12xi1>, tensor<6x12xf32>
      %one = stablehlo.constant dense<1> : tensor<i32>
      %count = stablehlo.add %n, %one : tensor<i32>
      stablehlo.return %count, %m#1, %next : tensor<i32>, tensor<6xi32>, tensor<6x12xf32>
    }
    return %r#1, %r#2 : tensor<6xi32>, tensor<6x12xf32>
  }
}
