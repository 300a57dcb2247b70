// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Partial results of a split sum, and the ops through which they may pass before they are combined, or may not.
module {
  func.func public @partial_sum_of_two(%a: tensor<6x12xf32>, %v: tensor<12x6xf32>, %b: tensor<6x12xf32>, %w: tensor<12x6xf32>) -> tensor<6x6xf32> {
    %0 = stablehlo.dot_general %a, %v, contracting_dims = [1] x [0] : (tensor<6x12xf32>, tensor<12x6xf32>) -> tensor<6x6xf32>
    %1 = stablehlo.dot_general %b, %w, contracting_dims = [1] x [0] : (tensor<6x12xf32>, tensor<12x6xf32>) -> tensor<6x6xf32>
    %2 = stablehlo.add %0, %1 : tensor<6x6xf32>
    %r = stablehlo.tanh %2 : tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @partial_through_a_chain(%a: tensor<6x12xf32>, %v: tensor<12x6xf32>) -> tensor<36xf64> {
    %0 = stablehlo.dot_general %a, %v, contracting_dims = [1] x [0] : (tensor<6x12xf32>, tensor<12x6xf32>) -> tensor<6x6xf32>
    %1 = stablehlo.negate %0 : tensor<6x6xf32>
    %2 = stablehlo.transpose %1, dims = [1, 0] : (tensor<6x6xf32>) -> tensor<6x6xf32>
    %3 = stablehlo.reshape %2 : (tensor<6x6xf32>) -> tensor<36xf32>
    %4 = stablehlo.convert %3 : (tensor<36xf32>) -> tensor<36xf64>
    %5 = stablehlo.dot_general %v, %a, contracting_dims = [0] x [1] : (tensor<12x6xf32>, tensor<6x12xf32>) -> tensor<6x6xf32>
    %6 = stablehlo.reshape %5 : (tensor<6x6xf32>) -> tensor<36xf32>
    %7 = stablehlo.convert %6 : (tensor<36xf32>) -> tensor<36xf64>
    %8 = stablehlo.add %4, %7 : tensor<36xf64>
    %r = stablehlo.multiply %8, %8 : tensor<36xf64>
    return %r : tensor<36xf64>
  }
  func.func public @partial_real_and_imaginary(%a: tensor<6x12xcomplex<f32>>, %v: tensor<12x6xcomplex<f32>>) -> tensor<6x6xf32> {
    %0 = stablehlo.dot_general %a, %v, contracting_dims = [1] x [0] : (tensor<6x12xcomplex<f32>>, tensor<12x6xcomplex<f32>>) -> tensor<6x6xcomplex<f32>>
    %1 = stablehlo.dot_general %v, %a, contracting_dims = [0] x [1] : (tensor<12x6xcomplex<f32>>, tensor<6x12xcomplex<f32>>) -> tensor<6x6xcomplex<f32>>
    %2 = stablehlo.real %0 : (tensor<6x6xcomplex<f32>>) -> tensor<6x6xf32>
    %3 = stablehlo.imag %1 : (tensor<6x6xcomplex<f32>>) -> tensor<6x6xf32>
    %4 = stablehlo.add %2, %3 : tensor<6x6xf32>
    %r = stablehlo.multiply %4, %4 : tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @partial_rounded(%a: tensor<6x12xf32>, %b: tensor<6x12xf32>) -> tensor<6xi32> {
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    %1 = stablehlo.reduce(%b init: %z) applies stablehlo.add across dimensions = [1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    %2 = stablehlo.convert %0 : (tensor<6xf32>) -> tensor<6xi32>
    %3 = stablehlo.convert %1 : (tensor<6xf32>) -> tensor<6xi32>
    %r = stablehlo.add %2, %3 : tensor<6xi32>
    return %r : tensor<6xi32>
  }
  func.func public @partial_that_wraps(%a: tensor<6x12xi32>, %b: tensor<6x12xi32>) -> tensor<6xi32> {
    %z = stablehlo.constant dense<0> : tensor<i8>
    %c = stablehlo.constant dense<17> : tensor<6x12xi32>
    %0 = stablehlo.multiply %a, %c : tensor<6x12xi32>
    %1 = stablehlo.multiply %b, %c : tensor<6x12xi32>
    %2 = stablehlo.convert %0 : (tensor<6x12xi32>) -> tensor<6x12xi8>
    %3 = stablehlo.convert %1 : (tensor<6x12xi32>) -> tensor<6x12xi8>
    %4 = stablehlo.reduce(%2 init: %z) applies stablehlo.add across dimensions = [1] : (tensor<6x12xi8>, tensor<i8>) -> tensor<6xi8>
    %5 = stablehlo.reduce(%3 init: %z) applies stablehlo.add across dimensions = [1] : (tensor<6x12xi8>, tensor<i8>) -> tensor<6xi8>
    %6 = stablehlo.convert %4 : (tensor<6xi8>) -> tensor<6xi32>
    %7 = stablehlo.convert %5 : (tensor<6xi8>) -> tensor<6xi32>
    %r = stablehlo.add %6, %7 : tensor<6xi32>
    return %r : tensor<6xi32>
  }
  func.func public @partial_narrowed(%a: tensor<6x12xi32>, %b: tensor<6x12xi32>) -> tensor<6xi8> {
    %z = stablehlo.constant dense<0> : tensor<i32>
    %0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<6x12xi32>, tensor<i32>) -> tensor<6xi32>
    %1 = stablehlo.reduce(%b init: %z) applies stablehlo.add across dimensions = [1] : (tensor<6x12xi32>, tensor<i32>) -> tensor<6xi32>
    %2 = stablehlo.convert %0 : (tensor<6xi32>) -> tensor<6xi8>
    %3 = stablehlo.convert %1 : (tensor<6xi32>) -> tensor<6xi8>
    %4 = stablehlo.add %2, %3 : tensor<6xi8>
    %r = stablehlo.multiply %4, %4 : tensor<6xi8>
    return %r : tensor<6xi8>
  }
  func.func public @partial_maxima_added(%a: tensor<6x12xf32>, %b: tensor<6x12xf32>) -> tensor<6xf32> {
    %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %0 = stablehlo.reduce(%a init: %z) applies stablehlo.maximum across dimensions = [1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    %1 = stablehlo.reduce(%b init: %z) applies stablehlo.maximum across dimensions = [1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    %2 = stablehlo.negate %1 : tensor<6xf32>
    %r = stablehlo.add %0, %2 : tensor<6xf32>
    return %r : tensor<6xf32>
  }
  func.func public @partial_and_whole_added(%a: tensor<6x12xf32>, %b: tensor<6xf32>) -> tensor<6xf32> {
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %0 = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<6x12xf32>, tensor<f32>) -> tensor<6xf32>
    %r = stablehlo.add %0, %b : tensor<6xf32>
    return %r : tensor<6xf32>
  }
  func.func public @partial_used_twice(%a: tensor<6x12xf32>, %v: tensor<12x6xf32>) -> (tensor<6x6xf32>, tensor<6x6xf32>) {
    %0 = stablehlo.dot_general %a, %v, contracting_dims = [1] x [0] : (tensor<6x12xf32>, tensor<12x6xf32>) -> tensor<6x6xf32>
    %1 = stablehlo.add %0, %0 : tensor<6x6xf32>
    %2 = stablehlo.multiply %0, %1 : tensor<6x6xf32>
    return %1, %2 : tensor<6x6xf32>, tensor<6x6xf32>
  }
}
