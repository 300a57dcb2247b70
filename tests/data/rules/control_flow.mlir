// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Loops and branches: each carried value and each result is a unit of its own.
module {
  func.func public @while(%a: tensor<6x12xf32>, %w: tensor<12x12xf32>, %s: tensor<6xi32>) -> (tensor<6x12xf32>, tensor<12x12xf32>, tensor<6xi32>) {
    %z = stablehlo.constant dense<0> : tensor<i32>
    %one = stablehlo.constant dense<1> : tensor<i32>
    %n = stablehlo.constant dense<3> : tensor<i32>
    %r:4 = stablehlo.while(%x = %a, %v = %w, %t = %s, %k = %z) : tensor<6x12xf32>, tensor<12x12xf32>, tensor<6xi32>, tensor<i32>
    cond {
      %0 = stablehlo.compare LT, %k, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %0 : tensor<i1>
    } do {
      %0 = stablehlo.dot_general %x, %v, contracting_dims = [1] x [0] : (tensor<6x12xf32>, tensor<12x12xf32>) -> tensor<6x12xf32>
      %1 = stablehlo.tanh %0 : tensor<6x12xf32>
      %2 = stablehlo.transpose %v, dims = [1, 0] : (tensor<12x12xf32>) -> tensor<12x12xf32>
      %3 = stablehlo.broadcast_in_dim %k, dims = [] : (tensor<i32>) -> tensor<6xi32>
      %4 = stablehlo.add %t, %3 : tensor<6xi32>
      %5 = stablehlo.add %k, %one : tensor<i32>
      stablehlo.return %1, %2, %4, %5 : tensor<6x12xf32>, tensor<12x12xf32>, tensor<6xi32>, tensor<i32>
    }
    return %r#0, %r#1, %r#2 : tensor<6x12xf32>, tensor<12x12xf32>, tensor<6xi32>
  }
  func.func public @while_with_condition_on_data(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %limit = stablehlo.constant dense<40.0> : tensor<f32>
    %zero = stablehlo.constant dense<0.0> : tensor<f32>
    %half = stablehlo.constant dense<1.5> : tensor<6x12xf32>
    %r = stablehlo.while(%x = %a) : tensor<6x12xf32>
    cond {
      %0 = stablehlo.multiply %x, %x : tensor<6x12xf32>
      %1 = stablehlo.reduce(%0 init: %zero) applies stablehlo.add across dimensions = [0, 1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<f32>
      %2 = stablehlo.compare LT, %1, %limit, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      stablehlo.return %2 : tensor<i1>
    } do {
      %0 = stablehlo.multiply %x, %half : tensor<6x12xf32>
      stablehlo.return %0 : tensor<6x12xf32>
    }
    return %r : tensor<6x12xf32>
  }
  func.func public @while_over_layers(%a: tensor<6x6xf32>, %w: tensor<3x6x6xf32>) -> (tensor<6x6xf32>, tensor<3x6x6xf32>) {
    %z = stablehlo.constant dense<0> : tensor<i32>
    %one = stablehlo.constant dense<1> : tensor<i32>
    %n = stablehlo.constant dense<3> : tensor<i32>
    %empty = stablehlo.constant dense<0.0> : tensor<3x6x6xf32>
    %r:3 = stablehlo.while(%x = %a, %h = %empty, %k = %z) : tensor<6x6xf32>, tensor<3x6x6xf32>, tensor<i32>
    cond {
      %0 = stablehlo.compare LT, %k, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %0 : tensor<i1>
    } do {
      %0 = stablehlo.dynamic_slice %w, %k, %z, %z, sizes = [1, 6, 6] : (tensor<3x6x6xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x6x6xf32>
      %1 = stablehlo.reshape %0 : (tensor<1x6x6xf32>) -> tensor<6x6xf32>
      %2 = stablehlo.dot_general %x, %1, contracting_dims = [1] x [0] : (tensor<6x6xf32>, tensor<6x6xf32>) -> tensor<6x6xf32>
      %3 = stablehlo.reshape %2 : (tensor<6x6xf32>) -> tensor<1x6x6xf32>
      %4 = stablehlo.dynamic_update_slice %h, %3, %k, %z, %z : (tensor<3x6x6xf32>, tensor<1x6x6xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<3x6x6xf32>
      %5 = stablehlo.add %k, %one : tensor<i32>
      stablehlo.return %2, %4, %5 : tensor<6x6xf32>, tensor<3x6x6xf32>, tensor<i32>
    }
    return %r#0, %r#1 : tensor<6x6xf32>, tensor<3x6x6xf32>
  }
  func.func public @case(%i: tensor<i32>, %a: tensor<6x12xf32>, %b: tensor<12x6xf32>) -> (tensor<6x12xf32>, tensor<12xf32>) {
    %zero = stablehlo.constant dense<0.0> : tensor<f32>
    %r:2 = "stablehlo.case"(%i) ({
      %0 = stablehlo.transpose %b, dims = [1, 0] : (tensor<12x6xf32>) -> tensor<6x12xf32>
      %1 = stablehlo.reduce(%a init: %zero) applies stablehlo.add across dimensions = [0] : (tensor<6x12xf32>, tensor<f32>) -> tensor<12xf32>
      stablehlo.return %0, %1 : tensor<6x12xf32>, tensor<12xf32>
    }, {
      %0 = stablehlo.multiply %a, %a : tensor<6x12xf32>
      %1 = stablehlo.reduce(%b init: %zero) applies stablehlo.maximum across dimensions = [1] : (tensor<12x6xf32>, tensor<f32>) -> tensor<12xf32>
      stablehlo.return %0, %1 : tensor<6x12xf32>, tensor<12xf32>
    }) : (tensor<i32>) -> (tensor<6x12xf32>, tensor<12xf32>)
    return %r#0, %r#1 : tensor<6x12xf32>, tensor<12xf32>
  }
  func.func public @if(%p: tensor<i1>, %a: tensor<6x12xf32>, %b: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "stablehlo.if"(%p) ({
      %0 = stablehlo.subtract %a, %b : tensor<6x12xf32>
      stablehlo.return %0 : tensor<6x12xf32>
    }, {
      stablehlo.return %b : tensor<6x12xf32>
    }) : (tensor<i1>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
}
