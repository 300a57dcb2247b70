// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ops that compute each result element from the operands' elements at the same place (StableHLO
// specification: abs, add, ..., xor). All share one inference and one rule: every dim is a parallel factor.

#include <cstddef>
#include <string_view>

#include <partita/op/precision.hpp>

namespace partita {

namespace op {
enum class comparison_direction : std::uint8_t { EQ, NE, GE, GT, LE, LT };
enum class comparison_type : std::uint8_t { NOTYPE, FLOAT, TOTALORDER, SIGNED, UNSIGNED };
}  // namespace op

template <>
struct enumerators_of<op::comparison_direction> {
  static constexpr std::string_view mnemonic = "comparison_direction";
  static constexpr std::string_view names[] = {"EQ", "NE", "GE", "GT", "LE", "LT"};
};
template <>
struct enumerators_of<op::comparison_type> {
  static constexpr std::string_view mnemonic = "comparison_type";
  static constexpr std::string_view names[] = {"NOTYPE", "FLOAT", "TOTALORDER", "SIGNED", "UNSIGNED"};
};

namespace op {

namespace detail {

// Sets of element types, as the specification's constraints name them.
inline constexpr unsigned booleans = 1, signed_integers = 2, unsigned_integers = 4, floats = 8, complexes = 16;
inline constexpr unsigned integers = signed_integers | unsigned_integers;
inline constexpr unsigned any_element = booleans | integers | floats | complexes;

constexpr unsigned set_of(element_type e) {
  return is_boolean(e)            ? booleans
         : is_signed_integer(e)   ? signed_integers
         : is_unsigned_integer(e) ? unsigned_integers
         : is_float(e)            ? floats
         : is_complex(e)          ? complexes
                                  : 0u;
}

inline std::string describe_set(unsigned set) {
  constexpr std::string_view names[] = {"boolean", "signed integer", "unsigned integer", "float", "complex"};
  std::string text;
  for (std::size_t i = 0; i < 5; ++i) {
    if ((set >> i & 1u) != 0) text += (text.empty() ? "" : " or ") + std::string(names[i]);
  }
  return text;
}

[[noreturn]] inline void wrong_elements(const op_view& op, std::size_t i, unsigned set) {
  wrong_operand(op, i, "a tensor of " + describe_set(set) + " elements");
}
[[noreturn]] inline void types_differ(const op_view& op, std::size_t i) {
  op.fail("operands must have one type but are " + to_string(op.operand(0)) + " and " + to_string(op.operand(i)));
}

/// Equal element types, and shapes that agree where both are known.
constexpr bool agree(const type_view& a, const type_view& b) {
  if (a.element != b.element || a.rank() != b.rank()) return false;
  for (std::size_t d = 0; d < a.rank(); ++d) {
    if (!fits(a.dims[d], b.dims[d])) return false;
  }
  return true;
}

/// Rule of elementwise ops: one parallel factor per dim, shared by all operands and results of that rank;
/// scalars among them (select's predicate, clamp's bounds) stay whole.
constexpr void elementwise_rule(const op_view& op, rule_builder& rule) {
  const type_view shape = op.result(0);
  for (std::size_t d = 0; d < shape.rank(); ++d) {
    std::int64_t size = shape.dims[d];
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      if (op.operand(i).rank() == shape.rank()) size = factor_size(size, op.operand(i).dims[d]);
    }
    const factor_index f = rule.add(size);
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      if (op.operand(i).rank() == shape.rank()) rule.operand(i, d, f);
    }
    for (std::size_t i = 0; i < op.result_count(); ++i) rule.result(i, d, f);
  }
}

/// `count` operands of one type, whose elements are in `set`.
constexpr void expect_elementwise(const op_view& op, std::size_t operands, unsigned set) {
  expect_tensors(op, operands);
  if ((set_of(op.operand(0).element) & set) == 0) wrong_elements(op, 0, set);
  for (std::size_t i = 1; i < operands; ++i) {
    if (!agree(op.operand(0), op.operand(i))) types_differ(op, i);
  }
}

/// Type of the result of an elementwise op: the most that is known of the shape.
constexpr tensor_type elementwise_result(const op_view& op) {
  tensor_type t(op.operand(0));
  for (std::size_t i = 1; i < op.operand_count(); ++i) {
    for (std::size_t d = 0; d < t.rank(); ++d) t.dims[d] = known_size(t.dims[d], op.operand(i).dims[d]);
  }
  return t;
}

constexpr work flops_per_element(const op_view& op, double flops) {
  return {flops * static_cast<double>(op.result(0).elements()), bytes_touched(op)};
}

/// Elementwise ops whose result has the operands' type. One flop per element.
template <std::size_t Operands, unsigned Elements>
struct elementwise {
  static constexpr op_traits traits{.elementwise = true};
  static constexpr void infer(const op_view& op, result_types& types) {
    expect_elementwise(op, Operands, Elements);
    types.add(elementwise_result(op));
  }
  static constexpr void rule(const op_view& op, rule_builder& r) { elementwise_rule(op, r); }
  static constexpr work cost(const op_view& op) { return flops_per_element(op, 1); }
};

/// How exactly a function is to be computed: kept as text, since it changes neither shapes nor shardings.
struct accuracy {
  raw_text result_accuracy;
  static constexpr void describe(auto& self, auto&& field) {
    field("result_accuracy", self.result_accuracy, raw_text{});
  }
};

/// result_accuracy: tolerances belong to mode TOLERANCE; in the others they must be zero.
constexpr void expect_accuracy(const op_view& op, const accuracy& a) {
  const std::string_view text = op.graph().text(a.result_accuracy.text);
  if (text.empty()) return;
  const bool tolerance = text.find("TOLERANCE") != std::string_view::npos;
  for (const std::string_view key : {"atol", "rtol", "ulps"}) {
    const std::string_view number = entry_of(text, key);
    if (number.starts_with('-')) op.fail("result_accuracy: " + std::string(key) + " must not be negative");
    const std::string_view mantissa = number.substr(0, number.find_first_of("eE"));
    if (!tolerance && mantissa.find_first_of("123456789") != std::string_view::npos) {
      op.fail("result_accuracy: " + std::string(key) + " must be zero unless the mode is TOLERANCE");
    }
  }
}

/// Functions that hardware evaluates by several instructions: counted as 10 flops per element, about what a
/// polynomial of sufficient degree with range reduction takes.
template <std::size_t Operands, unsigned Elements>
struct transcendental : elementwise<Operands, Elements> {
  using attributes = accuracy;
  static constexpr void infer(const op_view& op, const accuracy& a, result_types& types) {
    elementwise<Operands, Elements>::infer(op, types);
    expect_accuracy(op, a);
  }
  static constexpr void rule(const op_view& op, const accuracy&, rule_builder& r) { elementwise_rule(op, r); }
  static constexpr work cost(const op_view& op, const accuracy&) { return flops_per_element(op, 10); }
};

/// Elementwise ops whose result has the operands' shape and another element type.
template <std::size_t Operands, unsigned Elements>
struct to_other_element : elementwise<Operands, Elements> {
  static constexpr void infer_as(const op_view& op, element_type e, result_types& types) {
    expect_elementwise(op, Operands, Elements);
    tensor_type t = elementwise_result(op);
    t.element = e;
    types.add(t);
  }
};

constexpr element_type real_part(element_type e) {
  return e == element_type::complex_f32 ? element_type::f32 : e == element_type::complex_f64 ? element_type::f64 : e;
}

}  // namespace detail

struct add : detail::elementwise<2, detail::any_element> {
  static constexpr std::string_view name = "stablehlo.add";
  static constexpr op_traits traits{.combines = monoid::add, .additive = true, .elementwise = true};
};
struct multiply : detail::elementwise<2, detail::any_element> {
  static constexpr std::string_view name = "stablehlo.multiply";
  static constexpr op_traits traits{.combines = monoid::multiply, .elementwise = true};
};
struct minimum : detail::elementwise<2, detail::any_element> {
  static constexpr std::string_view name = "stablehlo.minimum";
  static constexpr op_traits traits{.combines = monoid::minimum, .elementwise = true};
};
struct maximum : detail::elementwise<2, detail::any_element> {
  static constexpr std::string_view name = "stablehlo.maximum";
  static constexpr op_traits traits{.combines = monoid::maximum, .elementwise = true};
};
/// Bitwise on integers: a partial result combines with the same op, so it is a monoid there as well.
struct and_ : detail::elementwise<2, detail::booleans | detail::integers> {
  static constexpr std::string_view name = "stablehlo.and";
  static constexpr op_traits traits{.combines = monoid::conjunction, .elementwise = true};
};
struct or_ : detail::elementwise<2, detail::booleans | detail::integers> {
  static constexpr std::string_view name = "stablehlo.or";
  static constexpr op_traits traits{.combines = monoid::disjunction, .elementwise = true};
};
struct xor_ : detail::elementwise<2, detail::booleans | detail::integers> {
  static constexpr std::string_view name = "stablehlo.xor";
};
struct subtract : detail::elementwise<2, detail::integers | detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.subtract";
};
struct divide : detail::elementwise<2, detail::integers | detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.divide";
};
struct remainder : detail::elementwise<2, detail::integers | detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.remainder";
};
struct shift_left : detail::elementwise<2, detail::integers> {
  static constexpr std::string_view name = "stablehlo.shift_left";
};
struct shift_right_arithmetic : detail::elementwise<2, detail::integers> {
  static constexpr std::string_view name = "stablehlo.shift_right_arithmetic";
};
struct shift_right_logical : detail::elementwise<2, detail::integers> {
  static constexpr std::string_view name = "stablehlo.shift_right_logical";
};
/// By repeated multiplication or a logarithm and an exponential: 10 flops per element, as for other functions.
struct power : detail::elementwise<2, detail::integers | detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.power";
  static constexpr work cost(const op_view& op) { return detail::flops_per_element(op, 10); }
};
struct atan2 : detail::elementwise<2, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.atan2";
  static constexpr work cost(const op_view& op) { return detail::flops_per_element(op, 10); }
};

struct negate : detail::elementwise<1, detail::integers | detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.negate";
  static constexpr op_traits traits{.forwards_partial = true, .elementwise = true};
};
struct not_ : detail::elementwise<1, detail::booleans | detail::integers> {
  static constexpr std::string_view name = "stablehlo.not";
};
struct sign : detail::elementwise<1, detail::signed_integers | detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.sign";
};
struct ceil : detail::elementwise<1, detail::floats> {
  static constexpr std::string_view name = "stablehlo.ceil";
};
struct floor : detail::elementwise<1, detail::floats> {
  static constexpr std::string_view name = "stablehlo.floor";
};
struct round_nearest_afz : detail::elementwise<1, detail::floats> {
  static constexpr std::string_view name = "stablehlo.round_nearest_afz";
};
struct round_nearest_even : detail::elementwise<1, detail::floats> {
  static constexpr std::string_view name = "stablehlo.round_nearest_even";
};
struct count_leading_zeros : detail::elementwise<1, detail::integers> {
  static constexpr std::string_view name = "stablehlo.count_leading_zeros";
};
struct popcnt : detail::elementwise<1, detail::integers> {
  static constexpr std::string_view name = "stablehlo.popcnt";
};
struct cbrt : detail::transcendental<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.cbrt";
};
struct cosine : detail::transcendental<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.cosine";
};
struct exponential : detail::transcendental<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.exponential";
};
struct exponential_minus_one : detail::transcendental<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.exponential_minus_one";
};
struct log : detail::transcendental<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.log";
};
struct log_plus_one : detail::transcendental<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.log_plus_one";
};
struct logistic : detail::transcendental<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.logistic";
};
struct rsqrt : detail::transcendental<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.rsqrt";
};
struct sine : detail::transcendental<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.sine";
};
struct sqrt : detail::transcendental<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.sqrt";
};
struct tan : detail::transcendental<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.tan";
};
struct tanh : detail::transcendental<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.tanh";
};

struct abs : detail::to_other_element<1, detail::signed_integers | detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.abs";
  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 1);
    infer_as(op, detail::real_part(op.operand(0).element), types);
  }
};
struct real : detail::to_other_element<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "stablehlo.real";
  static constexpr op_traits traits{.forwards_partial = true, .elementwise = true};
  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 1);
    infer_as(op, detail::real_part(op.operand(0).element), types);
  }
};
struct imag : real {
  static constexpr std::string_view name = "stablehlo.imag";
};
struct complex : detail::to_other_element<2, detail::floats> {
  static constexpr std::string_view name = "stablehlo.complex";
  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 2);
    const element_type e = op.operand(0).element;
    if (e != element_type::f32 && e != element_type::f64) detail::wrong_operand(op, 0, "a tensor of f32 or f64");
    infer_as(op, e == element_type::f32 ? element_type::complex_f32 : element_type::complex_f64, types);
  }
};
struct is_finite : detail::to_other_element<1, detail::floats> {
  static constexpr std::string_view name = "stablehlo.is_finite";
  static constexpr void infer(const op_view& op, result_types& types) { infer_as(op, element_type::i1, types); }
};

/// Any tensor to any element type; the shape stays. Parts of a sum may be converted one by one between floats, where
/// that is a matter of rounding, and between integers of falling width, where sums wrap alike; not otherwise.
struct convert : detail::to_other_element<1, detail::any_element> {
  static constexpr std::string_view name = "stablehlo.convert";
  static constexpr op_traits traits{.forwards_partial = true, .elementwise = true, .forwards_elements = true};
  static constexpr void infer(const op_view& op, result_types& types) {
    if (!types.stated(0).is_tensor())
      op.fail("the result must be a tensor but is stated as " + to_string(types.stated(0)));
    infer_as(op, types.stated(0).element, types);
  }
  static constexpr void rule(const op_view& op, rule_builder& r) {
    const element_type from = op.operand(0).element, to = op.result(0).element;
    // f8E8M0FNU has no sign: a part that is negative would be lost though the sum is not.
    const bool floats = detail::set_of(from) == detail::floats && detail::set_of(to) == detail::floats &&
                        to != element_type::f8E8M0FNU;
    const bool narrows = is_integer(from) && is_integer(to) && bits_of(to) <= bits_of(from);
    if (!floats && !narrows) r.stop_partial();
    detail::elementwise_rule(op, r);
  }
};

struct compare : detail::to_other_element<2, detail::any_element> {
  static constexpr std::string_view name = "stablehlo.compare";
  struct attributes {
    op::comparison_direction comparison_direction = op::comparison_direction::EQ;
    op::comparison_type compare_type = op::comparison_type::NOTYPE;
    static constexpr void describe(auto& self, auto&& field) {
      field("comparison_direction", self.comparison_direction);
      field("compare_type", self.compare_type, op::comparison_type::NOTYPE);
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    infer_as(op, element_type::i1, types);
    const unsigned set = detail::set_of(op.operand(0).element);
    const unsigned wanted = a.compare_type == comparison_type::SIGNED     ? detail::signed_integers
                            : a.compare_type == comparison_type::UNSIGNED ? detail::unsigned_integers | detail::booleans
                            : a.compare_type == comparison_type::NOTYPE   ? detail::any_element
                                                                          : detail::floats | detail::complexes;
    if ((set & wanted) == 0) detail::wrong_elements(op, 0, wanted);
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::elementwise_rule(op, r); }
  static constexpr work cost(const op_view& op, const attributes&) { return detail::flops_per_element(op, 1); }
};

struct reduce_precision : detail::elementwise<1, detail::floats> {
  static constexpr std::string_view name = "stablehlo.reduce_precision";
  struct attributes {
    std::int64_t exponent_bits = 1, mantissa_bits = 0;
    static constexpr void describe(auto& self, auto&& field) {
      field("exponent_bits", self.exponent_bits);
      field("mantissa_bits", self.mantissa_bits);
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_elementwise(op, 1, detail::floats);
    detail::expect_at_least(op, "exponent_bits", a.exponent_bits, 1);
    detail::expect_at_least(op, "mantissa_bits", a.mantissa_bits, 0);
    types.add(op.operand(0));
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::elementwise_rule(op, r); }
  static constexpr work cost(const op_view& op, const attributes&) { return detail::flops_per_element(op, 1); }
};

/// The predicate is a scalar or has the shape of the others.
struct select : detail::elementwise<3, detail::any_element> {
  static constexpr std::string_view name = "stablehlo.select";
  static constexpr op_traits traits{.elementwise = true, .selects = true};
  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 3);
    const type_view predicate = op.operand(0), a = op.operand(1), b = op.operand(2);
    if (predicate.element != element_type::i1) detail::wrong_operand(op, 0, "a tensor of i1");
    if (!detail::agree(a, b)) {
      op.fail("on_true and on_false must have one type but are " + to_string(a) + " and " + to_string(b));
    }
    if (predicate.rank() != 0 && !detail::agree(predicate, {element_type::i1, a.dims})) {
      detail::wrong_operand(op, 0, "a scalar or of the shape of operand 1");
    }
    tensor_type t(a);
    for (std::size_t d = 0; d < t.rank(); ++d) t.dims[d] = detail::known_size(t.dims[d], b.dims[d]);
    types.add(t);
  }
};

/// The bounds are scalars or have the shape of the operand.
struct clamp : detail::elementwise<3, detail::any_element> {
  static constexpr std::string_view name = "stablehlo.clamp";
  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 3);
    const type_view operand = op.operand(1);
    for (const std::size_t i : {std::size_t{0}, std::size_t{2}}) {
      const type_view bound = op.operand(i);
      if (bound.element != operand.element) detail::elements_differ(op, i, 1);
      if (bound.rank() != 0 && !detail::agree(bound, operand))
        detail::wrong_operand(op, i, "a scalar or of the operand's type");
    }
    types.add(operand);
  }
};

using elementwise_ops =
    op_set<add, multiply, minimum, maximum, and_, or_, xor_, subtract, divide, remainder, shift_left,
           shift_right_arithmetic, shift_right_logical, power, atan2, negate, not_, sign, ceil, floor,
           round_nearest_afz, round_nearest_even, count_leading_zeros, popcnt, cbrt, cosine, exponential,
           exponential_minus_one, log, log_plus_one, logistic, rsqrt, sine, sqrt, tan, tanh, abs, real, imag, complex,
           is_finite, convert, compare, reduce_precision, select, clamp>;

}  // namespace op
}  // namespace partita
