// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Special functions, and ops that broadcast their operands.
module {
  func.func public @acos(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.acos %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @asin(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.asin %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @asinh(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.asinh %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @atan(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.atan %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @atanh(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.atanh %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @bessel_i1e(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.bessel_i1e %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @cosh(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.cosh %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @digamma(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.digamma %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @erf(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.erf %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @erf_inv(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.erf_inv %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @erfc(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.erfc %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @lgamma(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.lgamma %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @sinh(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.sinh %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @tan(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.tan %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @square(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.square %a : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @square_i32(%a: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %r = chlo.square %a : tensor<6x4x12xi32> -> tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @acosh(%a: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %0 = stablehlo.cosine %a : tensor<6x4x12xf32>
    %1 = stablehlo.exponential %0 : tensor<6x4x12xf32>
    %r = chlo.acosh %1 : tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @conj(%a: tensor<6x4x12xcomplex<f32>>) -> tensor<6x4x12xcomplex<f32>> {
    %r = chlo.conj %a : tensor<6x4x12xcomplex<f32>> -> tensor<6x4x12xcomplex<f32>>
    return %r : tensor<6x4x12xcomplex<f32>>
  }

  func.func public @mulhi(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi32> {
    %c = stablehlo.constant dense<1000003000> : tensor<6x4x12xi32>
    %0 = stablehlo.multiply %a, %c : tensor<6x4x12xi32>
    %r = "chlo.mulhi"(%0, %b) : (tensor<6x4x12xi32>, tensor<6x4x12xi32>) -> tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @next_after(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %r = chlo.next_after %a, %b : tensor<6x4x12xf32>, tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @polygamma(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %n = stablehlo.convert %a : (tensor<6x4x12xi32>) -> tensor<6x4x12xf32>
    %x = stablehlo.exponential %b : tensor<6x4x12xf32>
    %r = chlo.polygamma %n, %x : tensor<6x4x12xf32>, tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @zeta(%a: tensor<6x4x12xi32>, %b: tensor<6x4x12xf32>) -> tensor<6x4x12xf32> {
    %c = stablehlo.constant dense<1> : tensor<6x4x12xi32>
    %0 = stablehlo.add %a, %c : tensor<6x4x12xi32>
    %s = stablehlo.convert %0 : (tensor<6x4x12xi32>) -> tensor<6x4x12xf32>
    %q = stablehlo.exponential %b : tensor<6x4x12xf32>
    %r = chlo.zeta %s, %q : tensor<6x4x12xf32>, tensor<6x4x12xf32> -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @is_inf(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi1> {
    %0 = stablehlo.convert %b : (tensor<6x4x12xi32>) -> tensor<6x4x12xf32>
    %c = stablehlo.constant dense<3.0> : tensor<6x4x12xf32>
    %1 = stablehlo.subtract %0, %c : tensor<6x4x12xf32>
    %2 = stablehlo.divide %a, %1 : tensor<6x4x12xf32>
    %r = chlo.is_inf %2 : tensor<6x4x12xf32> -> tensor<6x4x12xi1>
    return %r : tensor<6x4x12xi1>
  }

  func.func public @is_neg_inf(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi1> {
    %0 = stablehlo.convert %b : (tensor<6x4x12xi32>) -> tensor<6x4x12xf32>
    %c = stablehlo.constant dense<3.0> : tensor<6x4x12xf32>
    %1 = stablehlo.subtract %0, %c : tensor<6x4x12xf32>
    %2 = stablehlo.divide %a, %1 : tensor<6x4x12xf32>
    %r = chlo.is_neg_inf %2 : tensor<6x4x12xf32> -> tensor<6x4x12xi1>
    return %r : tensor<6x4x12xi1>
  }

  func.func public @is_pos_inf(%a: tensor<6x4x12xf32>, %b: tensor<6x4x12xi32>) -> tensor<6x4x12xi1> {
    %0 = stablehlo.convert %b : (tensor<6x4x12xi32>) -> tensor<6x4x12xf32>
    %c = stablehlo.constant dense<3.0> : tensor<6x4x12xf32>
    %1 = stablehlo.subtract %0, %c : tensor<6x4x12xf32>
    %2 = stablehlo.divide %a, %1 : tensor<6x4x12xf32>
    %r = chlo.is_pos_inf %2 : tensor<6x4x12xf32> -> tensor<6x4x12xi1>
    return %r : tensor<6x4x12xi1>
  }

  func.func public @top_k(%a: tensor<6x12x8xf32>) -> (tensor<6x12x3xf32>, tensor<6x12x3xi32>) {
    %r:2 = chlo.top_k(%a, k = 3) : tensor<6x12x8xf32> -> (tensor<6x12x3xf32>, tensor<6x12x3xi32>)
    return %r#0, %r#1 : tensor<6x12x3xf32>, tensor<6x12x3xi32>
  }

  func.func public @call_of_topk(%a: tensor<6x12xf32>) -> (tensor<6x4xf32>, tensor<6x4xi32>) {
    %r:2 = stablehlo.custom_call @mhlo.topk(%a) {mhlo.attributes = {k = 4 : i64, largest = true}} : (tensor<6x12xf32>) -> (tensor<6x4xf32>, tensor<6x4xi32>)
    return %r#0, %r#1 : tensor<6x4xf32>, tensor<6x4xi32>
  }
  func.func public @call_of_topk_with_ties(%a: tensor<12xi32>) -> (tensor<8xi32>, tensor<8xi32>) {
    %r:2 = stablehlo.custom_call @TopK(%a) : (tensor<12xi32>) -> (tensor<8xi32>, tensor<8xi32>)
    return %r#0, %r#1 : tensor<8xi32>, tensor<8xi32>
  }

  func.func public @broadcast_add(%a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %r = "chlo.broadcast_add"(%a, %b) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_multiply(%a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %r = "chlo.broadcast_multiply"(%a, %b) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_minimum(%a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %r = "chlo.broadcast_minimum"(%a, %b) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_maximum(%a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %r = "chlo.broadcast_maximum"(%a, %b) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_subtract(%a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %r = "chlo.broadcast_subtract"(%a, %b) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_divide(%a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %r = "chlo.broadcast_divide"(%a, %b) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_remainder(%a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %r = "chlo.broadcast_remainder"(%a, %b) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_power(%a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %r = "chlo.broadcast_power"(%a, %b) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_atan2(%a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %r = "chlo.broadcast_atan2"(%a, %b) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_next_after(%a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %r = "chlo.broadcast_next_after"(%a, %b) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_and(%a: tensor<6x1x12xi32>, %b: tensor<4x12xi32>) -> tensor<6x4x12xi32> {
    %r = "chlo.broadcast_and"(%a, %b) : (tensor<6x1x12xi32>, tensor<4x12xi32>) -> tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @broadcast_or(%a: tensor<6x1x12xi32>, %b: tensor<4x12xi32>) -> tensor<6x4x12xi32> {
    %r = "chlo.broadcast_or"(%a, %b) : (tensor<6x1x12xi32>, tensor<4x12xi32>) -> tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @broadcast_xor(%a: tensor<6x1x12xi32>, %b: tensor<4x12xi32>) -> tensor<6x4x12xi32> {
    %r = "chlo.broadcast_xor"(%a, %b) : (tensor<6x1x12xi32>, tensor<4x12xi32>) -> tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @broadcast_shift_left(%a: tensor<6x1x12xi32>, %b: tensor<4x12xi32>) -> tensor<6x4x12xi32> {
    %r = "chlo.broadcast_shift_left"(%a, %b) : (tensor<6x1x12xi32>, tensor<4x12xi32>) -> tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @broadcast_shift_right_arithmetic(%a: tensor<6x1x12xi32>, %b: tensor<4x12xi32>) -> tensor<6x4x12xi32> {
    %r = "chlo.broadcast_shift_right_arithmetic"(%a, %b) : (tensor<6x1x12xi32>, tensor<4x12xi32>) -> tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @broadcast_shift_right_logical(%a: tensor<6x1x12xi32>, %b: tensor<4x12xi32>) -> tensor<6x4x12xi32> {
    %r = "chlo.broadcast_shift_right_logical"(%a, %b) : (tensor<6x1x12xi32>, tensor<4x12xi32>) -> tensor<6x4x12xi32>
    return %r : tensor<6x4x12xi32>
  }

  func.func public @broadcast_complex(%a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xcomplex<f32>> {
    %r = "chlo.broadcast_complex"(%a, %b) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xcomplex<f32>>
    return %r : tensor<6x4x12xcomplex<f32>>
  }

  func.func public @broadcast_compare(%a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xi1> {
    %r = "chlo.broadcast_compare"(%a, %b) {comparison_direction = #chlo<comparison_direction GT>} : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xi1>
    return %r : tensor<6x4x12xi1>
  }

  func.func public @broadcast_add_along(%a: tensor<6x4x12xf32>, %b: tensor<6x12xf32>) -> tensor<6x4x12xf32> {
    %r = "chlo.broadcast_add"(%a, %b) {broadcast_dimensions = array<i64: 0, 2>} : (tensor<6x4x12xf32>, tensor<6x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_polygamma(%a: tensor<6x1x12xi32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %n = stablehlo.convert %a : (tensor<6x1x12xi32>) -> tensor<6x1x12xf32>
    %x = stablehlo.exponential %b : tensor<4x12xf32>
    %r = "chlo.broadcast_polygamma"(%n, %x) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_zeta(%a: tensor<6x1x12xi32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %c = stablehlo.constant dense<1> : tensor<6x1x12xi32>
    %0 = stablehlo.add %a, %c : tensor<6x1x12xi32>
    %s = stablehlo.convert %0 : (tensor<6x1x12xi32>) -> tensor<6x1x12xf32>
    %q = stablehlo.exponential %b : tensor<4x12xf32>
    %r = "chlo.broadcast_zeta"(%s, %q) : (tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @broadcast_select(%p: tensor<12xi1>, %a: tensor<6x1x12xf32>, %b: tensor<4x12xf32>) -> tensor<6x4x12xf32> {
    %r = "chlo.broadcast_select"(%p, %a, %b) : (tensor<12xi1>, tensor<6x1x12xf32>, tensor<4x12xf32>) -> tensor<6x4x12xf32>
    return %r : tensor<6x4x12xf32>
  }

  func.func public @chlo_constant(%a: tensor<6x4xf32>) -> tensor<6x4xf32> {
    %0 = "chlo.constant"() {value = dense<2.5> : tensor<6x4xf32>} : () -> tensor<6x4xf32>
    %r = stablehlo.add %a, %0 : tensor<6x4xf32>
    return %r : tensor<6x4xf32>
  }
}
