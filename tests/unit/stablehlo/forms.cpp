// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Pretty and generic forms of ops say the same, and what is printed reads back. The texts follow StableHLO's
// specification and the forms in which its tools print.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/ir/equal.hpp>
#include <partita/stablehlo.hpp>

namespace {

using namespace partita;

struct form {
  const char* op;
  const char* arguments;  // %a: T, ...
  const char* results;    // T, ...
  const char* pretty;     // defines %r, or %r#0 and %r#1
  const char* generic;
};

std::string function(const form& f, const char* body) {
  std::string values;
  const std::string types = f.results;
  if (std::string(body).find("%r:2") != std::string::npos) {
    values = "%r#0, %r#1";
  } else if (!types.empty()) {
    values = "%r";
  }
  return "func.func @main(" + std::string(f.arguments) + ") -> (" + types + ") {\n" + body + "\n  return " + values +
         (values.empty() ? "" : " : " + types) + "\n}\n";
}

graph read(const std::string& text, const char* name) { return std::move(stablehlo::read(text, name).entry()); }

const std::vector<form>& forms() {
  static const std::vector<form>
      all{
          {"add", "%a: tensor<4xf32>", "tensor<4xf32>", "%r = stablehlo.add %a, %a : tensor<4xf32>",
           R"(%r = "stablehlo.add"(%a, %a) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>)"},
          {"convert", "%a: tensor<4xf32>", "tensor<4xbf16>",
           "%r = stablehlo.convert %a : (tensor<4xf32>) -> tensor<4xbf16>",
           R"(%r = "stablehlo.convert"(%a) : (tensor<4xf32>) -> tensor<4xbf16>)"},
          {"complex", "%a: tensor<4xf32>", "tensor<4xcomplex<f32>>",
           "%r = stablehlo.complex %a, %a : tensor<4xcomplex<f32>>",
           R"(%r = "stablehlo.complex"(%a, %a) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xcomplex<f32>>)"},
          {"compare", "%a: tensor<4xf32>", "tensor<4xi1>",
           "%r = stablehlo.compare LT, %a, %a, FLOAT : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>",
           R"(%r = "stablehlo.compare"(%a, %a) <{compare_type = #stablehlo<comparison_type FLOAT>, comparison_direction = #stablehlo<comparison_direction LT>}> : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>)"},
          {"compare without a type", "%a: tensor<4xi32>", "tensor<4xi1>",
           "%r = stablehlo.compare GE, %a, %a : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi1>",
           R"(%r = "stablehlo.compare"(%a, %a) {comparison_direction = #stablehlo<comparison_direction GE>} : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi1>)"},
          {"select", "%p: tensor<4xi1>, %a: tensor<4xf32>", "tensor<4xf32>",
           "%r = stablehlo.select %p, %a, %a : tensor<4xi1>, tensor<4xf32>",
           R"(%r = "stablehlo.select"(%p, %a, %a) : (tensor<4xi1>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>)"},
          {"clamp", "%a: tensor<4xf32>, %s: tensor<f32>", "tensor<4xf32>",
           "%r = stablehlo.clamp %s, %a, %s : (tensor<f32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>",
           R"(%r = "stablehlo.clamp"(%s, %a, %s) : (tensor<f32>, tensor<4xf32>, tensor<f32>) -> tensor<4xf32>)"},
          {"constant", "", "tensor<2xi32>", "%r = stablehlo.constant dense<[1, 2]> : tensor<2xi32>",
           R"(%r = "stablehlo.constant"() <{value = dense<[1, 2]> : tensor<2xi32>}> : () -> tensor<2xi32>)"},
          {"iota", "", "tensor<2x3xi32>", "%r = stablehlo.iota dim = 1 : tensor<2x3xi32>",
           R"(%r = "stablehlo.iota"() <{iota_dimension = 1 : i64}> : () -> tensor<2x3xi32>)"},
          {"broadcast_in_dim", "%a: tensor<4xf32>", "tensor<2x4xf32>",
           "%r = stablehlo.broadcast_in_dim %a, dims = [1] : (tensor<4xf32>) -> tensor<2x4xf32>",
           R"(%r = "stablehlo.broadcast_in_dim"(%a) {broadcast_dimensions = array<i64: 1>} : (tensor<4xf32>) -> tensor<2x4xf32>)"},
          {"broadcast_in_dim of a scalar", "%a: tensor<f32>", "tensor<2xf32>",
           "%r = stablehlo.broadcast_in_dim %a, dims = [] : (tensor<f32>) -> tensor<2xf32>",
           R"(%r = "stablehlo.broadcast_in_dim"(%a) <{broadcast_dimensions = array<i64>}> : (tensor<f32>) -> tensor<2xf32>)"},
          {"reshape", "%a: tensor<4xf32>", "tensor<2x2xf32>",
           "%r = stablehlo.reshape %a : (tensor<4xf32>) -> tensor<2x2xf32>",
           R"(%r = "stablehlo.reshape"(%a) : (tensor<4xf32>) -> tensor<2x2xf32>)"},
          {"transpose", "%a: tensor<2x3xf32>", "tensor<3x2xf32>",
           "%r = stablehlo.transpose %a, dims = [1, 0] : (tensor<2x3xf32>) -> tensor<3x2xf32>",
           R"(%r = "stablehlo.transpose"(%a) {permutation = dense<[1, 0]> : tensor<2xi64>} : (tensor<2x3xf32>) -> tensor<3x2xf32>)"},
          {"slice", "%a: tensor<8x6xf32>", "tensor<4x2xf32>",
           "%r = stablehlo.slice %a [0:8:2, 1:3] : (tensor<8x6xf32>) -> tensor<4x2xf32>",
           R"(%r = "stablehlo.slice"(%a) {start_indices = array<i64: 0, 1>, limit_indices = array<i64: 8, 3>, strides = array<i64: 2, 1>} : (tensor<8x6xf32>) -> tensor<4x2xf32>)"},
          {"dynamic_slice", "%a: tensor<8x6xf32>, %i: tensor<i32>", "tensor<4x2xf32>",
           "%r = stablehlo.dynamic_slice %a, %i, %i, sizes = [4, 2] : (tensor<8x6xf32>, tensor<i32>, tensor<i32>) -> "
           "tensor<4x2xf32>",
           R"(%r = "stablehlo.dynamic_slice"(%a, %i, %i) {slice_sizes = array<i64: 4, 2>} : (tensor<8x6xf32>, tensor<i32>, tensor<i32>) -> tensor<4x2xf32>)"},
          {"dynamic_update_slice", "%a: tensor<8xf32>, %u: tensor<2xf32>, %i: tensor<i32>", "tensor<8xf32>",
           "%r = stablehlo.dynamic_update_slice %a, %u, %i : (tensor<8xf32>, tensor<2xf32>, tensor<i32>) -> "
           "tensor<8xf32>",
           R"(%r = "stablehlo.dynamic_update_slice"(%a, %u, %i) : (tensor<8xf32>, tensor<2xf32>, tensor<i32>) -> tensor<8xf32>)"},
          {"concatenate", "%a: tensor<2xf32>, %b: tensor<3xf32>", "tensor<5xf32>",
           "%r = stablehlo.concatenate %a, %b, dim = 0 : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>",
           R"(%r = "stablehlo.concatenate"(%a, %b) { dimension = 0 : i64 } : (tensor<2xf32>, tensor<3xf32>) -> tensor<5xf32>)"},
          {"pad", "%a: tensor<2xf32>, %z: tensor<f32>", "tensor<6xf32>",
           "%r = stablehlo.pad %a, %z, low = [1], high = [2], interior = [1] : (tensor<2xf32>, tensor<f32>) -> "
           "tensor<6xf32>",
           R"(%r = "stablehlo.pad"(%a, %z) {edge_padding_low = array<i64: 1>, edge_padding_high = array<i64: 2>, interior_padding = array<i64: 1>} : (tensor<2xf32>, tensor<f32>) -> tensor<6xf32>)"},
          {"reverse", "%a: tensor<2x3xf32>", "tensor<2x3xf32>",
           "%r = stablehlo.reverse %a, dims = [1] : tensor<2x3xf32>",
           R"(%r = "stablehlo.reverse"(%a) {dimensions = array<i64: 1>} : (tensor<2x3xf32>) -> tensor<2x3xf32>)"},
          {"dot_general", "%a: tensor<2x3x4xf32>, %b: tensor<2x4x5xf32>", "tensor<2x3x5xf32>",
           "%r = stablehlo.dot_general %a, %b, batching_dims = [0] x [0], contracting_dims = [2] x [1], precision = "
           "[DEFAULT, HIGHEST] : "
           "(tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>",
           R"(%r = "stablehlo.dot_general"(%a, %b) {dot_dimension_numbers = #stablehlo.dot<lhs_batching_dimensions = [0], rhs_batching_dimensions = [0], lhs_contracting_dimensions = [2], rhs_contracting_dimensions = [1]>, precision_config = [#stablehlo<precision DEFAULT>, #stablehlo<precision HIGHEST>]} : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>)"},
          {"dot_general with an algorithm", "%a: tensor<3x4xf32>, %b: tensor<4x5xf32>", "tensor<3x5xf32>",
           "%r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0],\n    algorithm = <lhs_precision_type = "
           "tf32, rhs_precision_type = tf32, "
           "accumulation_type = f32,\n lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = 1, "
           "allow_imprecise_accumulation = false> : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>",
           R"(%r = "stablehlo.dot_general"(%a, %b) {dot_dimension_numbers = #stablehlo.dot<lhs_contracting_dimensions = [1], rhs_contracting_dimensions = [0]>, algorithm = #stablehlo.dot_algorithm<lhs_precision_type = tf32, rhs_precision_type = tf32, accumulation_type = f32, lhs_component_count = 1, rhs_component_count = 1, num_primitive_operations = 1, allow_imprecise_accumulation = false>} : (tensor<3x4xf32>, tensor<4x5xf32>) -> tensor<3x5xf32>)"},
          {"convolution", "%a: tensor<1x8x8x3xf32>, %k: tensor<3x3x3x16xf32>", "tensor<1x4x8x16xf32>",
           "%r = stablehlo.convolution(%a, %k) dim_numbers = [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f], window = {stride "
           "= [2, 1], pad = [[1, 1], [1, 1]], "
           "reverse = [false, false]} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : "
           "(tensor<1x8x8x3xf32>, tensor<3x3x3x16xf32>) -> tensor<1x4x8x16xf32>",
           R"(%r = "stablehlo.convolution"(%a, %k) <{batch_group_count = 1 : i64, dimension_numbers = #stablehlo.conv<[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]>, feature_group_count = 1 : i64, padding = dense<1> : tensor<2x2xi64>, window_reversal = array<i1: false, false>, window_strides = array<i64: 2, 1>}> : (tensor<1x8x8x3xf32>, tensor<3x3x3x16xf32>) -> tensor<1x4x8x16xf32>)"},
          {"convolution, dims as a struct", "%a: tensor<1x3x8xf32>, %k: tensor<16x3x3xf32>", "tensor<1x16x6xf32>",
           "%r = stablehlo.convolution(%a, %k) dim_numbers = [b, f, 0]x[o, i, 0]->[b, f, 0], window = {} "
           "{batch_group_count = 1 : i64, feature_group_count = 1 : i64} : "
           "(tensor<1x3x8xf32>, tensor<16x3x3xf32>) -> tensor<1x16x6xf32>",
           R"(%r = "stablehlo.convolution"(%a, %k) {batch_group_count = 1 : i64, dimension_numbers = #stablehlo.conv<input_batch_dimension = 0, input_feature_dimension = 1, input_spatial_dimensions = [2], kernel_input_feature_dimension = 1, kernel_output_feature_dimension = 0, kernel_spatial_dimensions = [2], output_batch_dimension = 0, output_feature_dimension = 1, output_spatial_dimensions = [2]>, feature_group_count = 1 : i64} : (tensor<1x3x8xf32>, tensor<16x3x3xf32>) -> tensor<1x16x6xf32>)"},
          {"reduce", "%a: tensor<2x3xf32>, %z: tensor<f32>", "tensor<2xf32>",
           "%r = stablehlo.reduce(%a init: %z) applies stablehlo.add across dimensions = [1] : (tensor<2x3xf32>, "
           "tensor<f32>) -> tensor<2xf32>",
           R"(%r = "stablehlo.reduce"(%a, %z) <{dimensions = array<i64: 1>}> ({
         ^bb0(%x: tensor<f32>, %y: tensor<f32>):
           %s = stablehlo.add %x, %y : tensor<f32>
           stablehlo.return %s : tensor<f32>
         }) : (tensor<2x3xf32>, tensor<f32>) -> tensor<2xf32>)"},
          {"reduce of two values", "%a: tensor<4xf32>, %b: tensor<4xi32>, %z: tensor<f32>, %n: tensor<i32>",
           "tensor<f32>, tensor<i32>",
           R"(%r:2 = stablehlo.reduce(%a init: %z), (%b init: %n) across dimensions = [0] : (tensor<4xf32>, tensor<4xi32>, tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>)
         reducer(%x: tensor<f32>, %y: tensor<f32>) (%i: tensor<i32>, %j: tensor<i32>)  {
           %m = stablehlo.maximum %x, %y : tensor<f32>
           %k = stablehlo.minimum %i, %j : tensor<i32>
           stablehlo.return %m, %k : tensor<f32>, tensor<i32>
         })",
           R"(%r:2 = "stablehlo.reduce"(%a, %b, %z, %n) ({
         ^bb0(%x: tensor<f32>, %i: tensor<i32>, %y: tensor<f32>, %j: tensor<i32>):
           %m = stablehlo.maximum %x, %y : tensor<f32>
           %k = stablehlo.minimum %i, %j : tensor<i32>
           "stablehlo.return"(%m, %k) : (tensor<f32>, tensor<i32>) -> ()
         }) {dimensions = array<i64: 0>} : (tensor<4xf32>, tensor<4xi32>, tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>))"},
          {"while", "%i: tensor<i32>, %a: tensor<4xf32>", "tensor<i32>, tensor<4xf32>",
           R"(%r:2 = stablehlo.while(%iterArg = %i, %iterArg_0 = %a) : tensor<i32>, tensor<4xf32>
         cond {
           %n = stablehlo.constant dense<9> : tensor<i32>
           %p = stablehlo.compare LT, %iterArg, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
           stablehlo.return %p : tensor<i1>
         } do {
           %n = stablehlo.constant dense<1> : tensor<i32>
           %k = stablehlo.add %iterArg, %n : tensor<i32>
           stablehlo.return %k, %iterArg_0 : tensor<i32>, tensor<4xf32>
         })",
           R"(%r:2 = "stablehlo.while"(%i, %a) ({
         ^bb0(%j: tensor<i32>, %b: tensor<4xf32>):
           %n = stablehlo.constant dense<9> : tensor<i32>
           %p = stablehlo.compare LT, %j, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
           stablehlo.return %p : tensor<i1>
         }, {
         ^bb0(%j: tensor<i32>, %b: tensor<4xf32>):
           %n = stablehlo.constant dense<1> : tensor<i32>
           %k = stablehlo.add %j, %n : tensor<i32>
           stablehlo.return %k, %b : tensor<i32>, tensor<4xf32>
         }) : (tensor<i32>, tensor<4xf32>) -> (tensor<i32>, tensor<4xf32>))"},
          {"optimization_barrier", "%a: tensor<4xf32>, %b: tensor<i32>", "tensor<4xf32>, tensor<i32>",
           "%r:2 = stablehlo.optimization_barrier %a, %b : tensor<4xf32>, tensor<i32>",
           R"(%r:2 = "stablehlo.optimization_barrier"(%a, %b) : (tensor<4xf32>, tensor<i32>) -> (tensor<4xf32>, tensor<i32>))"},
          {"fft", "%a: tensor<8xcomplex<f32>>", "tensor<8xcomplex<f32>>",
           "%r = stablehlo.fft %a, type = FFT, length = [8] : (tensor<8xcomplex<f32>>) -> tensor<8xcomplex<f32>>",
           R"(%r = "stablehlo.fft"(%a) {fft_length = array<i64: 8>, fft_type = #stablehlo<fft_type FFT>} : (tensor<8xcomplex<f32>>) -> tensor<8xcomplex<f32>>)"},
          {"reduce_precision", "%a: tensor<4xf32>", "tensor<4xf32>",
           "%r = stablehlo.reduce_precision %a, format = e5m10 : tensor<4xf32>",
           R"(%r = "stablehlo.reduce_precision"(%a) {exponent_bits = 5 : i32, mantissa_bits = 10 : i32} : (tensor<4xf32>) -> tensor<4xf32>)"},
          {"rng_bit_generator", "%a: tensor<2xui64>", "tensor<2xui64>, tensor<8xui32>",
           "%s, %t = stablehlo.rng_bit_generator %a, algorithm = THREE_FRY : (tensor<2xui64>) -> (tensor<2xui64>, "
           "tensor<8xui32>)\n"
           "  %r:2 = stablehlo.optimization_barrier %s, %t : tensor<2xui64>, tensor<8xui32>",
           R"(%s:2 = "stablehlo.rng_bit_generator"(%a) <{rng_algorithm = #stablehlo<rng_algorithm THREE_FRY>}> : (tensor<2xui64>) -> (tensor<2xui64>, tensor<8xui32>)
          %r:2 = stablehlo.optimization_barrier %s#0, %s#1 : tensor<2xui64>, tensor<8xui32>)"},
          {"custom_call", "%a: tensor<4xf32>", "tensor<4xf32>",
           "%r = stablehlo.custom_call @some.target(%a) {has_side_effect = true} : (tensor<4xf32>) -> tensor<4xf32>",
           R"(%r = "stablehlo.custom_call"(%a) {call_target_name = "some.target", has_side_effect = true} : (tensor<4xf32>) -> tensor<4xf32>)"},
          {"all_reduce", "%a: tensor<4xf32>", "tensor<4xf32>",
           R"(%r = "stablehlo.all_reduce"(%a) <{channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>, use_global_device_ids}> ({
         ^bb0(%x: tensor<f32>, %y: tensor<f32>):
           %s = stablehlo.add %x, %y : tensor<f32>
           stablehlo.return %s : tensor<f32>
         }) : (tensor<4xf32>) -> tensor<4xf32>)",
           R"(%r = "stablehlo.all_reduce"(%a) ({
         ^bb0(%x: tensor<f32>, %y: tensor<f32>):
           %s = "stablehlo.add"(%x, %y) : (tensor<f32>, tensor<f32>) -> tensor<f32>
           "stablehlo.return"(%s) : (tensor<f32>) -> ()
         }) {replica_groups = dense<"0x00000000000000000100000000000000"> : tensor<1x2xi64>, channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, use_global_device_ids} : (tensor<4xf32>) -> tensor<4xf32>)"},
          {"case without block headers", "%i: tensor<i32>, %a: tensor<f32>", "tensor<f32>",
           R"(%r = "stablehlo.case"(%i) ({
           stablehlo.return %a : tensor<f32>
         }, {
           %n = stablehlo.negate %a : tensor<f32>
           stablehlo.return %n : tensor<f32>
         }) : (tensor<i32>) -> tensor<f32>)",
           R"(%r = "stablehlo.case"(%i) ({
         ^bb0:
           stablehlo.return %a : tensor<f32>
         }, {
         ^bb0:
           %n = "stablehlo.negate"(%a) : (tensor<f32>) -> tensor<f32>
           stablehlo.return %n : tensor<f32>
         }) : (tensor<i32>) -> tensor<f32>)"},
          {"chlo.square", "%a: tensor<4xf32>", "tensor<4xf32>", "%r = chlo.square %a : tensor<4xf32> -> tensor<4xf32>",
           R"(%r = "chlo.square"(%a) : (tensor<4xf32>) -> tensor<4xf32>)"},
          {"chlo.top_k", "%a: tensor<4x8xf32>", "tensor<4x2xf32>, tensor<4x2xi32>",
           "%r:2 = chlo.top_k(%a, k = 2) : tensor<4x8xf32> -> (tensor<4x2xf32>, tensor<4x2xi32>)",
           R"(%r:2 = "chlo.top_k"(%a) {k = 2 : i64} : (tensor<4x8xf32>) -> (tensor<4x2xf32>, tensor<4x2xi32>))"},
          {"sdy.constant", "", "tensor<f32>", "%r = sdy.constant dense<1.0> : tensor<f32>",
           "%r = stablehlo.constant dense<1.0> : tensor<f32>"},
      };
  return all;
}

TEST_CASE("pretty and generic forms say the same and survive printing") {
  for (const form& f : forms()) {
    INFO(f.op);
    try {
      const graph pretty = read(function(f, f.pretty), "pretty"), generic = read(function(f, f.generic), "generic");
      CHECK(equal(pretty, generic));
      const std::string printed = stablehlo::print(pretty);
      INFO(printed);
      CHECK(equal(read(printed, "printed"), pretty));
    } catch (const std::exception& e) {
      FAIL_CHECK(e.what());
    }
  }
}

TEST_CASE("what is printed for a small program") {
  const graph g = read(R"(#loc1 = loc("jit(f)/mul")
module @jit_f attributes {mhlo.num_partitions = 1 : i32} {
  sdy.mesh @mesh = <["x"=2]>
  func.func public @main(%arg0: tensor<4x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x"}, {}]>} loc("params['w']")) -> (tensor<4x8xf32> {jax.result_info = "[0]['w']"}) {
    %0 = stablehlo.multiply %arg0, %arg0 : tensor<4x8xf32> loc(#loc1)
    %1 = stablehlo.add %0, %arg0 {sdy.sharding = #sdy.sharding_per_value<[<@mesh, [{}, {}]>]>} : tensor<4x8xf32> loc(#loc1)
    return %1 : tensor<4x8xf32> loc(#loc)
  } loc(#loc)
} loc(#loc)
#loc = loc(unknown)
)",
                       "t");
  CHECK(stablehlo::print(g) == R"(#loc0 = loc("jit(f)/mul")
module @jit_f {
  sdy.mesh @mesh = <["x"=2]>
  func.func public @main(%arg0: tensor<4x8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"x"}, {}]>} loc("params/w")) -> (tensor<4x8xf32> {jax.result_info = "result/0/w"}) {
    %0 = stablehlo.multiply %arg0, %arg0 : tensor<4x8xf32> loc(#loc0)
    %1 = stablehlo.add %0, %arg0 {sdy.sharding = #sdy.sharding_per_value<[<@mesh, [{}, {}]>]>} : tensor<4x8xf32> loc(#loc0)
    return %1 : tensor<4x8xf32>
  }
}
)");
}

TEST_CASE("large constants are written as bytes, and any graph reads back") {
  std::string list;
  for (int i = 0; i < 100; ++i) list += (i == 0 ? "" : ", ") + std::to_string(i) + ".5";
  const std::string text = "func.func @main() -> tensor<100xf32> {\n %0 = stablehlo.constant dense<[" + list +
                           "]> : tensor<100xf32>\n return %0 : tensor<100xf32>\n}";
  const graph g = read(text, "t");
  const std::string printed = stablehlo::print(g);
  CHECK(printed.find("dense<\"0x0000003F0000C03F") != std::string::npos);  // 0.5 and 1.5
  CHECK(equal(read(printed, "printed"), g));
}

TEST_CASE("manual computations keep their body and shardings") {
  const graph g = read(R"(module @m {
  sdy.mesh @mesh = <["x"=2]>
  func.func @main(%a: tensor<8xf32>) -> tensor<8xf32> {
    %r = sdy.manual_computation(%a) in_shardings=[<@mesh, [{"x"}]>] out_shardings=[<@mesh, [{"x"}]>] manual_axes={"x"} (%b: tensor<4xf32>) {
      %s = stablehlo.negate %b : tensor<4xf32>
      sdy.return %s : tensor<4xf32>
    } : (tensor<8xf32>) -> tensor<8xf32>
    return %r : tensor<8xf32>
  }
})",
                       "t");
  REQUIRE(g.op_count() == 2);
  CHECK(g.text(g.attributes<op::sdy::manual_computation>(op_id{0}).manual_axes.text) == "{\"x\"}");
  CHECK(g.type(g.arguments(g.regions(op_id{0})[0])[0]) == tensor<f32>(4).view());
  CHECK(equal(read(stablehlo::print(g), "printed"), g));
}

}  // namespace
