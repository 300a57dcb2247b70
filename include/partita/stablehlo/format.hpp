// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The pretty forms of ops as data, read by both the reader and the printer. A form is a row of tokens with
// blanks between them:
//
//   %          the next operand                 %%         all operands that are left, with commas
//   $key       the text of an attribute         $key:how   the same in another spelling: precision, algorithm,
//                                                           target, format, ranges, convolution or window
//   (? ... ?)  left out when its attributes have their defaults; found by the words with which it begins
//   :kind      the types, last of all (see type_form)
//   {}         attributes that the form does not name; without this token they stand before the types
//   any other  that word or sign
//
// Ops that are not listed have their generic form only. Forms with regions are told by code; their kind names
// them (see special_form).

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace partita::stablehlo::detail {

/// What stands after the colon of a pretty form.
enum class type_form : std::uint8_t {
  function,  ///< (T, T) -> T
  same,      ///< T for all operands and results, or the function type
  result,    ///< the result's type
  pairs,     ///< one type for each operand, which is its result's type too
  operands,  ///< one type for each operand, or one for all; no result
  select,    ///< the predicate's type, the type of the rest
  arrow,     ///< T, T -> T or T -> (T, T)
};

enum class special_form : std::uint8_t { none, while_loop, reduce, manual_computation, scan };

struct op_format {
  std::string_view op, form;
  type_form types = type_form::function;
  special_form special = special_form::none;
};

inline constexpr op_format op_formats[] = {
    {"stablehlo.after_all", "%%", type_form::same},
    {"stablehlo.bitcast_convert", "%"},
    {"stablehlo.broadcast_in_dim", "% , dims = $broadcast_dimensions"},
    {"stablehlo.cholesky", "% , lower = $lower"},
    {"stablehlo.clamp", "% , % , %", type_form::same},
    {"stablehlo.compare", "$comparison_direction , % , % (? , $compare_type ?)"},
    {"stablehlo.complex", "% , %", type_form::result},
    {"stablehlo.concatenate", "%% , dim = $dimension"},
    {"stablehlo.constant", "{} $value", type_form::result},
    {"stablehlo.convert", "%", type_form::same},
    {"stablehlo.convolution",
     "( % , % ) dim_numbers = $dimension_numbers:convolution , window = $window_strides:window"},
    {"stablehlo.create_token", "", type_form::result},
    {"stablehlo.custom_call", "$call_target_name:target ( %% )"},
    {"stablehlo.dot", "% , % (? , precision = $precision_config:precision ?)"},
    {"stablehlo.dot_general",
     "% , % (? , batching_dims = $lhs_batching_dimensions x $rhs_batching_dimensions ?) , contracting_dims = "
     "$lhs_contracting_dimensions x $rhs_contracting_dimensions (? , precision = $precision_config:precision ?) "
     "(? , algorithm = $algorithm:algorithm ?)"},
    {"stablehlo.dynamic_broadcast_in_dim", "% , % , dims = $broadcast_dimensions"},
    {"stablehlo.dynamic_iota", "% , dim = $iota_dimension"},
    {"stablehlo.dynamic_pad", "%%"},
    {"stablehlo.dynamic_reshape", "% , %"},
    {"stablehlo.dynamic_slice", "%% , sizes = $slice_sizes"},
    {"stablehlo.dynamic_update_slice", "%%"},
    {"stablehlo.fft", "% , type = $fft_type , length = $fft_length"},
    {"stablehlo.get_dimension_size", "% , dim = $dimension"},
    {"stablehlo.get_tuple_element", "% [ $index ]"},
    {"stablehlo.imag", "%", type_form::same},
    {"stablehlo.iota", "dim = $iota_dimension", type_form::result},
    {"stablehlo.is_finite", "%"},
    {"stablehlo.optimization_barrier", "%%", type_form::pairs},
    {"stablehlo.pad", "% , % , low = $edge_padding_low , high = $edge_padding_high , interior = $interior_padding"},
    {"stablehlo.partition_id", "", type_form::result},
    {"stablehlo.real", "%", type_form::same},
    {"stablehlo.real_dynamic_slice", "%%"},
    {"stablehlo.reduce", "", type_form::function, special_form::reduce},
    {"stablehlo.reduce_precision", "% , format = $exponent_bits:format", type_form::same},
    {"stablehlo.replica_id", "", type_form::result},
    {"stablehlo.reshape", "%"},
    {"stablehlo.reverse", "% , dims = $dimensions", type_form::same},
    {"stablehlo.rng_bit_generator", "% , algorithm = $rng_algorithm"},
    {"stablehlo.select", "% , % , %", type_form::select},
    {"stablehlo.set_dimension_size", "% , % , dim = $dimension"},
    {"stablehlo.slice", "% $start_indices:ranges"},
    {"stablehlo.transpose", "% , dims = $permutation"},
    {"stablehlo.tuple", "%%", type_form::result},
    {"stablehlo.uniform_dequantize", "%"},
    {"stablehlo.uniform_quantize", "%"},
    {"stablehlo.while", "", type_form::operands, special_form::while_loop},

    {"chlo.top_k", "( % , k = $k )", type_form::arrow},
    {"chlo.scan", "", type_form::function, special_form::scan},
    {"chlo.broadcast_compare", "% , %"},
    {"chlo.broadcast_select", "% , % , %"},

    {"check.expect_eq_const", "% , $value", type_form::operands},
    {"check.expect_almost_eq_const", "% , $value (? , tolerance = $tolerance ?)", type_form::operands},
    {"check.expect_eq", "% , %", type_form::operands},
    {"check.expect_almost_eq", "% , % (? , tolerance = $tolerance ?)", type_form::operands},
    {"check.expect_close", "% , % (? , max_ulp_difference = $max_ulp_difference ?)", type_form::operands},
    {"check.expect_serialized_eq", "% , probe_id = $probe_id (? , iter = $iter ?)", type_form::operands},
    {"interpreter.probe", "% , probe_id = $probe_id", type_form::same},
    {"interpreter.print", "%", type_form::operands},

    {"sdy.manual_computation", "", type_form::function, special_form::manual_computation},
    {"sdy.sharding_constraint", "% $sharding", type_form::same},
    {"sdy.reshard", "% $sharding", type_form::same},
    {"sdy.propagation_barrier", "% allowed_direction = $allowed_direction", type_form::same},
    {"sdy.data_flow_edge", "% (? sharding = $sharding ?)", type_form::same},
    {"sdy.func_data_flow_edge", "% (? sharding = $sharding ?)", type_form::same},
    {"sdy.sharding_group", "% group_id = $group_id", type_form::operands},
    {"sdy.all_gather", "$gathering_axes % out_sharding = $out_sharding", type_form::same},
    {"sdy.all_slice", "$slicing_axes % out_sharding = $out_sharding", type_form::same},
    {"sdy.all_reduce", "$reduction_axes % out_sharding = $out_sharding", type_form::same},
    {"sdy.reduce_scatter", "$reduce_scatter_axes % out_sharding = $out_sharding", type_form::same},
    {"sdy.all_to_all", "$params % out_sharding = $out_sharding", type_form::same},
    {"sdy.collective_permute", "% out_sharding = $out_sharding", type_form::same},
    {"sdy.sharded_to_unreduced", "$axes % out_sharding = $out_sharding", type_form::same},
    {"sdy.replicated_to_unreduced", "$axes % out_sharding = $out_sharding", type_form::same},
};

/// Ops whose form is `%a, %b : T`: one type for all operands and results.
inline constexpr std::string_view same_type_ops[] = {
    "stablehlo.abs",
    "stablehlo.add",
    "stablehlo.and",
    "stablehlo.atan2",
    "stablehlo.cbrt",
    "stablehlo.ceil",
    "stablehlo.cosine",
    "stablehlo.count_leading_zeros",
    "stablehlo.divide",
    "stablehlo.exponential",
    "stablehlo.exponential_minus_one",
    "stablehlo.floor",
    "stablehlo.log",
    "stablehlo.log_plus_one",
    "stablehlo.logistic",
    "stablehlo.maximum",
    "stablehlo.minimum",
    "stablehlo.multiply",
    "stablehlo.negate",
    "stablehlo.not",
    "stablehlo.or",
    "stablehlo.popcnt",
    "stablehlo.power",
    "stablehlo.remainder",
    "stablehlo.round_nearest_afz",
    "stablehlo.round_nearest_even",
    "stablehlo.rsqrt",
    "stablehlo.shift_left",
    "stablehlo.shift_right_arithmetic",
    "stablehlo.shift_right_logical",
    "stablehlo.sign",
    "stablehlo.sine",
    "stablehlo.sqrt",
    "stablehlo.subtract",
    "stablehlo.tan",
    "stablehlo.tanh",
    "stablehlo.xor",
};

/// CHLO ops whose form is `%a, %b : T, T -> T`.
inline constexpr std::string_view arrow_ops[] = {
    "chlo.acos",       "chlo.acosh",  "chlo.asin",       "chlo.asinh",      "chlo.atan",   "chlo.atanh",
    "chlo.bessel_i1e", "chlo.conj",   "chlo.cosh",       "chlo.digamma",    "chlo.erf",    "chlo.erf_inv",
    "chlo.erfc",       "chlo.is_inf", "chlo.is_neg_inf", "chlo.is_pos_inf", "chlo.lgamma", "chlo.next_after",
    "chlo.polygamma",  "chlo.sinh",   "chlo.square",     "chlo.tan",        "chlo.zeta",
};

/// CHLO ops whose form is `%a, %b {broadcast_dimensions = ...} : (T, T) -> T`.
inline constexpr std::string_view broadcast_ops[] = {
    "chlo.broadcast_add",
    "chlo.broadcast_and",
    "chlo.broadcast_atan2",
    "chlo.broadcast_complex",
    "chlo.broadcast_divide",
    "chlo.broadcast_maximum",
    "chlo.broadcast_minimum",
    "chlo.broadcast_multiply",
    "chlo.broadcast_next_after",
    "chlo.broadcast_or",
    "chlo.broadcast_polygamma",
    "chlo.broadcast_power",
    "chlo.broadcast_remainder",
    "chlo.broadcast_shift_left",
    "chlo.broadcast_shift_right_arithmetic",
    "chlo.broadcast_shift_right_logical",
    "chlo.broadcast_subtract",
    "chlo.broadcast_xor",
    "chlo.broadcast_zeta",
};

// The form of an op; an empty op name when it has its generic form only.
constexpr op_format format_of(std::string_view op) {
  for (const op_format& f : op_formats) {
    if (f.op == op) return f;
  }
  for (const std::string_view name : same_type_ops) {
    if (name == op) return {name, "%%", type_form::same};
  }
  for (const std::string_view name : arrow_ops) {
    if (name == op) return {name, "%%", type_form::arrow};
  }
  for (const std::string_view name : broadcast_ops) {
    if (name == op) return {name, "%%"};
  }
  return {};
}

// What a convolution's `window = {...}` calls its parts, and the attributes that they are.
struct window_part {
  std::string_view word, key;
};
inline constexpr window_part window_parts[] = {{"stride", "window_strides"},
                                               {"pad", "padding"},
                                               {"lhs_dilate", "lhs_dilation"},
                                               {"rhs_dilate", "rhs_dilation"},
                                               {"reverse", "window_reversal"}};

// Takes the next token of a form; empty at its end.
constexpr std::string_view next_token(std::string_view& form) {
  while (!form.empty() && form[0] == ' ') form.remove_prefix(1);
  const std::size_t size = std::min(form.find(' '), form.size());
  const std::string_view token = form.substr(0, size);
  form.remove_prefix(size);
  return token;
}

}  // namespace partita::stablehlo::detail
