// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Elementwise ops (StableHLO specification: abs, add, ..., xor). Integers wrap. Where the specification leaves a result
// open: a quotient by zero has all bits set, a remainder by zero is the dividend, the lowest integer divided by -1 is
// itself, a shift by the width or more moves all bits out. minimum and maximum give NaN when an operand is NaN, and
// take -0 to be less than +0 (IEEE-754 2019, section 9.6).

#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <partita/interpret/kernel/element_functions.hpp>
#include <partita/interpret/kernel/element_loops.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail::element {

struct clamp {
  template <class T>
  static T of(const T& low, const T& x, const T& high) {
    return minimum::of(maximum::of(x, low), high);
  }
};

// in[0] is a predicate; elements are moved without being looked at.
template <class T>
void select_loop(const element_function&, std::size_t n, const element_operand* in, void* out) {
  const bool* const which = static_cast<const bool*>(in[0].data);
  const T* const a = static_cast<const T*>(in[1].data);
  const T* const b = static_cast<const T*>(in[2].data);
  T* const r = static_cast<T*>(out);
  const std::size_t w = in[0].step, p = in[1].step, q = in[2].step;
  if (w == 1 && p == 1 && q == 1) {
    for (std::size_t i = 0; i < n; ++i) r[i] = which[i] ? a[i] : b[i];
  } else {
    for (std::size_t i = 0; i < n; ++i) r[i] = which[i * w] ? a[i * p] : b[i * q];
  }
}

// f.first is 1 where the operands change places.
template <class F, class T>
void compare_loop(const element_function& f, std::size_t n, const element_operand* in, void* out) {
  const element_operand ordered[2] = {in[f.first], in[1 - f.first]};
  binary_loop<F, T>(f, n, ordered, out);
}

template <class F>
[[nodiscard]] element_function::body compare_body(storage kind) {
  return with_type(computing_kind<F>(kind), []<class T>() -> element_function::body {
    if constexpr (Computes<F, T, T>) return &compare_loop<F, T>;
    return nullptr;
  });
}

[[nodiscard]] inline element_function comparison(const element_signature& s, op::comparison_direction direction,
                                                 op::comparison_type type) {
  using d = op::comparison_direction;
  const storage kind = s.operand_kind();
  const bool total = type == op::comparison_type::TOTALORDER;
  element_function f{nullptr, s};
  f.first = direction == d::GT || direction == d::GE ? 1 : 0;
  switch (direction) {
    case d::EQ: f.run = total ? compare_body<in_total_order<equal>>(kind) : compare_body<equal>(kind); break;
    case d::NE: f.run = total ? compare_body<in_total_order<not_equal>>(kind) : compare_body<not_equal>(kind); break;
    case d::LT: case d::GT:
      f.run = total ? compare_body<in_total_order<less>>(kind) : compare_body<less>(kind);
      break;
    default: f.run = total ? compare_body<in_total_order<less_equal>>(kind) : compare_body<less_equal>(kind);
  }
  if (f.run == nullptr) no_meaning("stablehlo.compare", s.operands[0]);
  return f;
}

}  // namespace detail::element

template <> struct kernel<op::add> : detail::binary_kernel<op::add, detail::element::add> {};
template <> struct kernel<op::multiply> : detail::binary_kernel<op::multiply, detail::element::multiply> {};
template <> struct kernel<op::minimum> : detail::binary_kernel<op::minimum, detail::element::minimum> {};
template <> struct kernel<op::maximum> : detail::binary_kernel<op::maximum, detail::element::maximum> {};
template <> struct kernel<op::and_> : detail::binary_kernel<op::and_, detail::element::conjunction> {};
template <> struct kernel<op::or_> : detail::binary_kernel<op::or_, detail::element::disjunction> {};
template <> struct kernel<op::xor_> : detail::binary_kernel<op::xor_, detail::element::exclusive> {};
template <> struct kernel<op::subtract> : detail::binary_kernel<op::subtract, detail::element::subtract> {};
template <> struct kernel<op::divide> : detail::binary_kernel<op::divide, detail::element::divide> {};
template <> struct kernel<op::remainder> : detail::binary_kernel<op::remainder, detail::element::remainder> {};
template <> struct kernel<op::shift_left> : detail::binary_kernel<op::shift_left, detail::element::shift_left> {};
template <>
struct kernel<op::shift_right_arithmetic>
    : detail::binary_kernel<op::shift_right_arithmetic, detail::element::shift_right_arithmetic> {};
template <>
struct kernel<op::shift_right_logical>
    : detail::binary_kernel<op::shift_right_logical, detail::element::shift_right_logical> {};
template <> struct kernel<op::power> : detail::binary_kernel<op::power, detail::element::power> {};
template <> struct kernel<op::atan2> : detail::binary_kernel<op::atan2, detail::element::atan2> {};

template <> struct kernel<op::negate> : detail::unary_kernel<op::negate, detail::element::negate> {};
template <> struct kernel<op::not_> : detail::unary_kernel<op::not_, detail::element::complement> {};
template <> struct kernel<op::sign> : detail::unary_kernel<op::sign, detail::element::sign> {};
template <> struct kernel<op::ceil> : detail::unary_kernel<op::ceil, detail::element::ceil> {};
template <> struct kernel<op::floor> : detail::unary_kernel<op::floor, detail::element::floor> {};
template <>
struct kernel<op::round_nearest_afz> : detail::unary_kernel<op::round_nearest_afz, detail::element::round_afz> {};
template <>
struct kernel<op::round_nearest_even> : detail::unary_kernel<op::round_nearest_even, detail::element::round_even> {};
template <>
struct kernel<op::count_leading_zeros>
    : detail::unary_kernel<op::count_leading_zeros, detail::element::count_leading_zeros> {};
template <> struct kernel<op::popcnt> : detail::unary_kernel<op::popcnt, detail::element::popcnt> {};
template <> struct kernel<op::cbrt> : detail::unary_kernel<op::cbrt, detail::element::cbrt> {};
template <> struct kernel<op::cosine> : detail::unary_kernel<op::cosine, detail::element::cosine> {};
template <> struct kernel<op::exponential> : detail::unary_kernel<op::exponential, detail::element::exponential> {};
template <>
struct kernel<op::exponential_minus_one>
    : detail::unary_kernel<op::exponential_minus_one, detail::element::exponential_minus_one> {};
template <> struct kernel<op::log> : detail::unary_kernel<op::log, detail::element::log> {};
template <> struct kernel<op::log_plus_one> : detail::unary_kernel<op::log_plus_one, detail::element::log_plus_one> {};
template <> struct kernel<op::logistic> : detail::unary_kernel<op::logistic, detail::element::logistic> {};
template <> struct kernel<op::rsqrt> : detail::unary_kernel<op::rsqrt, detail::element::rsqrt> {};
template <> struct kernel<op::sine> : detail::unary_kernel<op::sine, detail::element::sine> {};
template <> struct kernel<op::sqrt> : detail::unary_kernel<op::sqrt, detail::element::sqrt> {};
template <> struct kernel<op::tan> : detail::unary_kernel<op::tan, detail::element::tan> {};
template <> struct kernel<op::tanh> : detail::unary_kernel<op::tanh, detail::element::tanh> {};
template <> struct kernel<op::abs> : detail::unary_kernel<op::abs, detail::element::abs> {};
template <> struct kernel<op::real> : detail::unary_kernel<op::real, detail::element::real> {};
template <> struct kernel<op::imag> : detail::unary_kernel<op::imag, detail::element::imag> {};
template <> struct kernel<op::is_finite> : detail::unary_kernel<op::is_finite, detail::element::is_finite> {};
template <> struct kernel<op::complex> : detail::binary_kernel<op::complex, detail::element::complex> {};

template <>
struct kernel<op::compare> {
  static element_function element(const element_signature& s, const op::compare::attributes& a) {
    return detail::element::comparison(s, a.comparison_direction, a.compare_type);
  }
};
template <>
struct kernel<op::select> {
  static element_function element(const element_signature& s) {
    const auto body = with_bits(s.operand_kind(1), []<class T>() -> element_function::body {
      return &detail::element::select_loop<T>;
    });
    return {body, s};
  }
};
template <>
struct kernel<op::clamp> {
  static element_function element(const element_signature& s) {
    const auto body = with_type(s.operand_kind(1), []<class T>() -> element_function::body {
      return &detail::ternary_loop<detail::element::clamp, T>;
    });
    if (body == nullptr) detail::no_meaning(op::clamp::name, s.operands[1]);
    return {body, s};
  }
};

}  // namespace partita::interpret
