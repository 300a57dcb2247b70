// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Ops whose shapes are operands. Most stay whole: the operand would not follow the split.
module {
  func.func public @dynamic_iota(%a: tensor<6x12xi32>) -> tensor<6x12xi32> {
    %s = stablehlo.constant dense<[6, 12]> : tensor<2xi64>
    %0 = stablehlo.dynamic_iota %s, dim = 1 : (tensor<2xi64>) -> tensor<6x12xi32>
    %r = stablehlo.multiply %a, %0 : tensor<6x12xi32>
    return %r : tensor<6x12xi32>
  }
  func.func public @dynamic_reshape(%a: tensor<6x12xf32>) -> tensor<72xf32> {
    %s = stablehlo.constant dense<72> : tensor<1xi64>
    %r = stablehlo.dynamic_reshape %a, %s : (tensor<6x12xf32>, tensor<1xi64>) -> tensor<72xf32>
    return %r : tensor<72xf32>
  }
  func.func public @dynamic_broadcast_in_dim(%a: tensor<12xf32>) -> tensor<6x12xf32> {
    %s = stablehlo.constant dense<[6, 12]> : tensor<2xi64>
    %r = stablehlo.dynamic_broadcast_in_dim %a, %s, dims = [1] : (tensor<12xf32>, tensor<2xi64>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
  func.func public @real_dynamic_slice(%a: tensor<12xf32>) -> tensor<6xf32> {
    %b = stablehlo.constant dense<3> : tensor<1xi64>
    %e = stablehlo.constant dense<9> : tensor<1xi64>
    %s = stablehlo.constant dense<1> : tensor<1xi64>
    %r = "stablehlo.real_dynamic_slice"(%a, %b, %e, %s) : (tensor<12xf32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<6xf32>
    return %r : tensor<6xf32>
  }
  func.func public @dynamic_pad(%a: tensor<6xf32>, %p: tensor<f32>) -> tensor<12xf32> {
    %l = stablehlo.constant dense<2> : tensor<1xi64>
    %h = stablehlo.constant dense<4> : tensor<1xi64>
    %i = stablehlo.constant dense<0> : tensor<1xi64>
    %r = "stablehlo.dynamic_pad"(%a, %p, %l, %h, %i) : (tensor<6xf32>, tensor<f32>, tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) -> tensor<12xf32>
    return %r : tensor<12xf32>
  }
  func.func public @get_dimension_size(%a: tensor<6x12xf32>) -> tensor<i32> {
    %r = "stablehlo.get_dimension_size"(%a) {dimension = 1 : i64} : (tensor<6x12xf32>) -> tensor<i32>
    return %r : tensor<i32>
  }
  func.func public @set_dimension_size(%a: tensor<6x12xf32>, %n: tensor<i32>) -> tensor<6x?xf32> {
    %c = stablehlo.constant dense<12> : tensor<i32>
    %r = "stablehlo.set_dimension_size"(%a, %c) {dimension = 1 : i64} : (tensor<6x12xf32>, tensor<i32>) -> tensor<6x?xf32>
    return %r : tensor<6x?xf32>
  }
}
