// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Comparisons that test programs make of a value with an expected one: the check dialect of StableHLO's own tests and
// the custom calls of the same names. A comparison that does not hold throws check_error.
//   expect_eq          equal elements; NaN is unequal to NaN
//   expect_close       at most so many units in the last place apart in the element's own type; all NaNs equal
//   expect_almost_eq   absolute difference at most the tolerance; all NaNs equal

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <partita/interpret/compare.hpp>
#include <partita/interpret/machine.hpp>
#include <partita/op.hpp>
#include <partita/stablehlo/literal.hpp>

namespace partita::interpret {

/// A comparison in a test program does not hold. Says which, where and the first elements that differ.
class check_error : public execution_error {
 public:
  using execution_error::execution_error;
};

namespace detail {

struct closeness {
  enum class kind : std::uint8_t { equal, ulps, absolute } of = kind::equal;
  double absolute = 0;
  std::int64_t smallest = 0, largest = 0;  // units in the last place
};

// Numbers units in the last place from zero, negative ones downwards: equal for both zeros.
[[nodiscard]] inline std::int64_t ordered_bits(element_type e, double x) {
  std::uint8_t bytes[8] = {};
  element_to_bits(e, std::fabs(x), bytes);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < stored_bytes(e); ++i) bits |= std::uint64_t{bytes[i]} << (8 * i);
  const auto magnitude = static_cast<std::int64_t>(bits);
  return std::signbit(x) ? -magnitude : magnitude;
}

[[nodiscard]] inline bool close_floats(element_type e, double a, double b, const closeness& c) {
  switch (c.of) {
    case closeness::kind::equal: return a == b;
    case closeness::kind::absolute:
      return (std::isnan(a) && std::isnan(b)) || a == b || std::fabs(a - b) <= c.absolute;
    case closeness::kind::ulps: {
      if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
      if (std::isinf(a) || std::isinf(b)) return a == b;
      const std::int64_t x = ordered_bits(e, a), y = ordered_bits(e, b);
      const auto apart = static_cast<std::uint64_t>(x > y ? x : y) - static_cast<std::uint64_t>(x > y ? y : x);
      return apart >= static_cast<std::uint64_t>(c.smallest) && apart <= static_cast<std::uint64_t>(c.largest);
    }
  }
  return false;
}

template <class T>
[[nodiscard]] bool close_elements(element_type e, const T& a, const T& b, const closeness& c) {
  if constexpr (is_complex_v<T>) {
    const auto part = e == element_type::complex_f32 ? element_type::f32 : element_type::f64;
    return close_floats(part, a.real(), b.real(), c) && close_floats(part, a.imag(), b.imag(), c);
  } else if constexpr (std::is_floating_point_v<T>) {
    return close_floats(e, static_cast<double>(a), static_cast<double>(b), c);
  } else {
    return a == b;
  }
}

inline void expect_close(invocation& call, const array& actual, const array& expected, const closeness& c) {
  if (actual.element() != expected.element() || !(actual.dims() == expected.dims()))
    throw check_error("expected " + to_string(expected.type()) + " but got " + to_string(actual.type()));
  with_type(actual.kind(), [&]<class T>() {
    const auto a = actual.elements<T>(), b = expected.elements<T>();
    std::size_t wrong = 0, first = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (close_elements(actual.element(), a[i], b[i], c)) continue;
      if (wrong++ == 0) first = i;
    }
    if (wrong == 0) return;
    throw check_error(std::string(call.op().name()) + ": " + std::to_string(wrong) + " of " + std::to_string(a.size()) +
                      " elements of " + to_string(actual.type()) + " differ, the first at " +
                      position_text(actual, first) + ": expected " + element_text(expected, first) + " but got " +
                      element_text(actual, first));
  });
}

[[nodiscard]] inline std::int64_t integer_text(invocation& call, raw_text t, std::int64_t otherwise) {
  const std::string_view text = call.op().graph().text(t.text);
  if (text.empty()) return otherwise;
  std::int64_t n = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), n).ec != std::errc{} || n < 0)
    call.fail("expected a number instead of '" + std::string(text) + "'");
  return n;
}

[[nodiscard]] inline closeness absolute_closeness(invocation& call, raw_text tolerance) {
  closeness c{closeness::kind::absolute, 1e-4, 0, 0};
  const std::string_view text = call.op().graph().text(tolerance.text);
  if (!text.empty() && std::from_chars(text.data(), text.data() + text.size(), c.absolute).ec != std::errc{})
    call.fail("expected a number instead of '" + std::string(text) + "'");
  return c;
}

// The literal that an attribute holds, of the operand's type.
[[nodiscard]] inline array literal_array(invocation& call, raw_text literal, const array& like) {
  const std::string_view text = call.op().graph().text(literal.text);
  const stablehlo::detail::source source{text, "value", nullptr};
  stablehlo::detail::cursor at(source, text);
  std::vector<std::uint8_t> bytes;
  const bool splat = stablehlo::detail::read_elements(at, like.type(), bytes);
  return array_from_bytes(like.type(), bytes, call.precision(), splat);
}

/// Executes a comparison that a custom call names; false when it names none.
inline bool check_custom_call(invocation& call, std::string_view target) {
  closeness c;
  if (target == "check.expect_close") {
    c = {closeness::kind::ulps, 0, 0, 3};
  } else if (target == "check.expect_almost_eq") {
    c = {closeness::kind::absolute, 1e-3, 0, 0};
  } else if (target != "check.expect_eq") {
    return false;
  }
  if (call.operand_count() != 2) call.fail(std::string(target) + " compares two tensors");
  expect_close(call, call.operand(0), call.operand(1), c);
  return true;
}

}  // namespace detail

template <>
struct kernel<op::check_expect_eq> {
  static void run(invocation& call) { detail::expect_close(call, call.operand(0), call.operand(1), {}); }
};
template <>
struct kernel<op::check_expect_eq_const> {
  static void run(invocation& call, const op::check_expect_eq_const::attributes& a) {
    detail::expect_close(call, call.operand(0), detail::literal_array(call, a.kept, call.operand(0)), {});
  }
};
template <>
struct kernel<op::check_expect_close> {
  static void run(invocation& call, const op::check_expect_close::attributes& a) {
    using detail::closeness;
    detail::expect_close(call, call.operand(0), call.operand(1),
                         {closeness::kind::ulps, 0, detail::integer_text(call, a.min_ulp_difference, 0),
                          detail::integer_text(call, a.max_ulp_difference, 1)});
  }
};
template <>
struct kernel<op::check_expect_almost_eq> {
  static void run(invocation& call, const op::check_expect_almost_eq::attributes& a) {
    detail::expect_close(call, call.operand(0), call.operand(1), detail::absolute_closeness(call, a.kept));
  }
};
template <>
struct kernel<op::check_expect_almost_eq_const> {
  static void run(invocation& call, const op::check_expect_almost_eq_const::attributes& a) {
    detail::expect_close(call, call.operand(0), detail::literal_array(call, a.value, call.operand(0)),
                         detail::absolute_closeness(call, a.tolerance));
  }
};

}  // namespace partita::interpret
