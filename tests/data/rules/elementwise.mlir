// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Elementwise ops: each dim is a factor of its own.
module {
  func.func public @add(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.add %a, %b : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @multiply(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.multiply %a, %b : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @minimum(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.minimum %a, %b : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @maximum(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.maximum %a, %b : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @subtract(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.subtract %a, %b : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @divide(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.divide %a, %b : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @remainder(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.remainder %a, %b : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @power(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.power %a, %b : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @atan2(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.atan2 %a, %b : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @add_i32(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.add %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @multiply_i32(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.multiply %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @maximum_i32(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.maximum %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @subtract_i32(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.subtract %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @divide_i32(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.divide %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @remainder_i32(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.remainder %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @power_i32(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.power %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @add_complex(%a: tensor<6x4x12xcomplex<f32>>, %b: tensor<6x4x12xcomplex<f32>>) -> tensor<6x4x12xcomplex<f32>> {
    %r = stablehlo.add %a, %b : tensor<6x4x12xcomplex<f32>>
    return %r : tensor<6x4x12xcomplex<f32>>
  }

  func.func public @multiply_complex(%a: tensor<6x4x12xcomplex<f32>>, %b: tensor<6x4x12xcomplex<f32>>) -> tensor<6x4x12xcomplex<f32>> {
    %r = stablehlo.multiply %a, %b : tensor<6x4x12xcomplex<f32>>
    return %r : tensor<6x4x12xcomplex<f32>>
  }

  func.func public @subtract_complex(%a: tensor<6x4x12xcomplex<f32>>, %b: tensor<6x4x12xcomplex<f32>>) -> tensor<6x4x12xcomplex<f32>> {
    %r = stablehlo.subtract %a, %b : tensor<6x4x12xcomplex<f32>>
    return %r : tensor<6x4x12xcomplex<f32>>
  }

  func.func public @and(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.and %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @and_i1(%a: tensor<6x4x12xi1>, %b: tensor<6x4x12xi1>) -> tensor<6x4x12xi1> {
    %r = stablehlo.and %a, %b : tensor<6x4x12xi1>
    return %r : tensor<6x4x12xi1>
  }

  func.func public @or(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.or %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @or_i1(%a: tensor<6x4x12xi1>, %b: tensor<6x4x12xi1>) -> tensor<6x4x12xi1> {
    %r = stablehlo.or %a, %b : tensor<6x4x12xi1>
    return %r : tensor<6x4x12xi1>
  }

  func.func public @xor(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.xor %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @xor_i1(%a: tensor<6x4x12xi1>, %b: tensor<6x4x12xi1>) -> tensor<6x4x12xi1> {
    %r = stablehlo.xor %a, %b : tensor<6x4x12xi1>
    return %r : tensor<6x4x12xi1>
  }

  func.func public @shift_left(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.shift_left %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @shift_right_arithmetic(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.shift_right_arithmetic %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @shift_right_logical(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.shift_right_logical %a, %b : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @add_i1(%a: tensor<6x4x12xi1>, %b: tensor<6x4x12xi1>) -> tensor<6x4x12xi1> {
    %r = stablehlo.add %a, %b : tensor<6x4x12xi1>
    return %r : tensor<6x4x12xi1>
  }

  func.func public @multiply_bf16(%a: tensor<6x4x12xbf16>, %b: tensor<6x4x12xbf16>) -> tensor<6x4x12xbf16> {
    %r = stablehlo.multiply %a, %b : tensor<6x4x12xbf16>
    return %r : tensor<6x4x12xbf16>
  }

  func.func public @negate(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.negate %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @sign(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.sign %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @ceil(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.ceil %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @floor(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.floor %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @round_nearest_afz(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.round_nearest_afz %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @round_nearest_even(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.round_nearest_even %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @cbrt(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.cbrt %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @cosine(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.cosine %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @exponential(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.exponential %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @exponential_minus_one(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.exponential_minus_one %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @log(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.log %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @log_plus_one(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.log_plus_one %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @logistic(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.logistic %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @rsqrt(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.rsqrt %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @sine(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.sine %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @sqrt(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.sqrt %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @tan(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.tan %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @tanh(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.tanh %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @abs(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.abs %a : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @negate_i32(%a: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.negate %a : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @not(%a: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.not %a : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @not_i1(%a: tensor<6x4x12xi1>) -> tensor<6x4x12xi1> {
    %r = stablehlo.not %a : tensor<6x4x12xi1>
    return %r : tensor<6x4x12xi1>
  }

  func.func public @count_leading_zeros(%a: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.count_leading_zeros %a : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @popcnt(%a: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.popcnt %a : tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @exponential_complex(%a: tensor<6x4x12xcomplex<f32>>) -> tensor<6x4x12xcomplex<f32>> {
    %r = stablehlo.exponential %a : tensor<6x4x12xcomplex<f32>>
    return %r : tensor<6x4x12xcomplex<f32>>
  }

  func.func public @abs_complex(%a: tensor<6x4x12xcomplex<f32>>) -> tensor<6x4x12xf32> {
    %r = stablehlo.abs %a : (tensor<6x4x12xcomplex<f32>>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @real(%a: tensor<6x4x12xcomplex<f32>>) -> tensor<6x4x12xf32> {
    %r = stablehlo.real %a : (tensor<6x4x12xcomplex<f32>>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @imag(%a: tensor<6x4x12xcomplex<f32>>) -> tensor<6x4x12xf32> {
    %r = stablehlo.imag %a : (tensor<6x4x12xcomplex<f32>>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @is_finite(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xi1> {
    %r = stablehlo.is_finite %a : (tensor<6x4x12xf32>) -> tensor<6x4x12xi1>
    return %r : tensor<6x4x12xi1>
  }

  func.func public @convert_narrower(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xbf16> {
    %r = stablehlo.convert %a : (tensor<6x4x12xf32>) -> tensor<6x4x12xbf16>
    return %r : tensor<6x4x12xbf16>
  }

  func.func public @convert_to_i32(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xi32> {
    %r = stablehlo.convert %a : (tensor<6x4x12xf32>) -> tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @convert_to_f64(%a: tensor<6x4x12xi32>) -> tensor<6x4x12xf64> {
    %r = stablehlo.convert %a : (tensor<6x4x12xi32>) -> tensor<6x4x12xf64>
    return %r : tensor<6x4x12xf64>
  }

  func.func public @convert_from_i1(%a: tensor<6x4x12xi1>) -> tensor<6x4x12xf32> {
    %r = stablehlo.convert %a : (tensor<6x4x12xi1>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @complex(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xcomplex<f32>> {
    %r = stablehlo.complex %a, %b : tensor<6x4x12xcomplex<f32>>
    return %r : tensor<6x4x12xcomplex<f32>>
  }

  func.func public @compare(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xi1> {
    %r = stablehlo.compare LT, %a, %b, FLOAT : (tensor<6x4x12xf32>, tensor<6x4x12xf32>) -> tensor<6x4x12xi1>
    return %r : tensor<6x4x12xi1>
  }

  func.func public @compare_i32(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi1> {
    %r = stablehlo.compare EQ, %a, %b, SIGNED : (tensor<6x4x12xi32>, tensor<6x4x12xi32>) -> tensor<6x4x12xi1>
    return %r : tensor<6x4x12xi1>
  }

  func.func public @reduce_precision(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.reduce_precision %a, format = e5m4 : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @select(%p: tensor<6x4x12xi1>, %a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.select %p, %a, %b : tensor<6x4x12xi1>, tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @select_by_scalar(%p: tensor<i1>, %a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.select %p, %a, %b : tensor<i1>, tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @clamp(%l: tensor<6x4x12xf32>, %a: tensor<6x4x12xf32>, %h: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.clamp %l, %a, %h : tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @clamp_by_scalars(%l: tensor<f32>, %a: tensor<6x4x12xf32>, %h: tensor<f32>) -> tensor<6x4x12xf32> {
    %r = stablehlo.clamp %l, %a, %h : (tensor<f32>, tensor<6x4x12xf32>, tensor<f32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @map(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = "stablehlo.map"(%a, %b) ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.multiply %x, %x : tensor<f32>
      %1 = stablehlo.subtract %0, %y : tensor<f32>
      stablehlo.return %1 : tensor<f32>
    }) {dimensions = array<i64: 0, 1, 2>} : (tensor<6x4x12xf32>, tensor<6x4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }
}
