// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Elements of every type as text: decimal numbers, booleans, bit patterns. Decimal text is rounded to the
// nearest value of the type, ties to even; what is written reads back bit by bit.

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <partita/ir/element_type.hpp>

namespace partita::stablehlo::detail {

// How a float type lays out its bits. The 8-bit and smaller types follow the StableHLO specification, Types.
struct float_layout {
  int exponent_bits = 0, mantissa_bits = 0, bias = 0;
  enum class top : std::uint8_t { ieee, nan_only, unsigned_zero_nan, finite } ends = top::ieee;
  bool has_sign = true;
};

constexpr float_layout layout_of(element_type e) {
  using top = float_layout::top;
  switch (e) {
    case element_type::f4E2M1FN:
      return {2, 1, 1, top::finite};
    case element_type::f6E2M3FN:
      return {2, 3, 1, top::finite};
    case element_type::f6E3M2FN:
      return {3, 2, 3, top::finite};
    case element_type::f8E3M4:
      return {3, 4, 3};
    case element_type::f8E4M3:
      return {4, 3, 7};
    case element_type::f8E4M3FN:
      return {4, 3, 7, top::nan_only};
    case element_type::f8E4M3FNUZ:
      return {4, 3, 8, top::unsigned_zero_nan};
    case element_type::f8E4M3B11FNUZ:
      return {4, 3, 11, top::unsigned_zero_nan};
    case element_type::f8E5M2:
      return {5, 2, 15};
    case element_type::f8E5M2FNUZ:
      return {5, 2, 16, top::unsigned_zero_nan};
    case element_type::f8E8M0FNU:
      return {8, 0, 127, top::nan_only, false};
    case element_type::bf16:
      return {8, 7, 127};
    case element_type::f16:
      return {5, 10, 15};
    case element_type::f32:
      return {8, 23, 127};
    default:
      return {11, 52, 1023};
  }
}

// Bits of `value` in the type. Past the largest finite value: infinity, else NaN, else the largest finite value.
inline std::uint64_t encode_float(element_type e, double value) {
  if (e == element_type::f64) return std::bit_cast<std::uint64_t>(value);
  if (e == element_type::f32) return std::bit_cast<std::uint32_t>(static_cast<float>(value));
  const float_layout f = layout_of(e);
  const int m = f.mantissa_bits;
  const std::uint64_t all = (std::uint64_t{1} << (f.exponent_bits + m)) - 1;
  const std::uint64_t sign = f.has_sign && std::signbit(value) ? all + 1 : 0;
  const std::uint64_t exponent_mask = all & ~((std::uint64_t{1} << m) - 1);
  std::uint64_t infinite = 0, not_a_number = 0, largest = 0;
  switch (f.ends) {
    case float_layout::top::ieee:
      infinite = sign | exponent_mask;
      not_a_number = exponent_mask | (std::uint64_t{1} << (m - 1));
      largest = exponent_mask - 1;
      break;
    case float_layout::top::nan_only:
      infinite = not_a_number = sign | all;
      largest = all - 1;
      break;
    case float_layout::top::unsigned_zero_nan:
      infinite = not_a_number = all + 1;
      largest = all;
      break;
    case float_layout::top::finite:
      largest = all;
      infinite = not_a_number = sign | all;
      break;
  }
  if (std::isnan(value)) return not_a_number;
  if (std::isinf(value)) return infinite;
  const double magnitude = std::fabs(value);
  if (magnitude == 0) return f.ends == float_layout::top::unsigned_zero_nan ? 0 : sign;
  const int lowest = f.has_sign ? 1 - f.bias : -f.bias;  // without a sign there is no zero and no subnormal
  const int exponent = std::max(std::ilogb(magnitude), lowest);
  const double scaled = std::ldexp(magnitude, m - exponent);
  auto rounded = static_cast<std::uint64_t>(scaled);
  const double rest = scaled - static_cast<double>(rounded);
  if (rest > 0.5 || (rest == 0.5 && rounded % 2 == 1)) ++rounded;
  const int field = exponent + f.bias - (f.has_sign ? 1 : 0);
  const std::uint64_t bits = (static_cast<std::uint64_t>(field) << m) + rounded - (f.has_sign ? 0 : 1);
  if (!f.has_sign && rounded == 0) return 0;
  if (bits > largest) return infinite;
  return bits == 0 && f.ends == float_layout::top::unsigned_zero_nan ? 0 : bits | sign;
}

inline double decode_float(element_type e, std::uint64_t bits) {
  if (e == element_type::f64) return std::bit_cast<double>(bits);
  if (e == element_type::f32) return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
  const float_layout f = layout_of(e);
  const int m = f.mantissa_bits;
  const std::uint64_t all = (std::uint64_t{1} << (f.exponent_bits + m)) - 1;
  const bool negative = f.has_sign && (bits & (all + 1)) != 0;
  const std::uint64_t field = (bits & all) >> m, fraction = bits & ((std::uint64_t{1} << m) - 1);
  const bool top_field = field == (std::uint64_t{1} << f.exponent_bits) - 1;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (f.ends == float_layout::top::ieee && top_field) {
    if (fraction != 0) return nan;
    return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }
  if (f.ends == float_layout::top::nan_only && (bits & all) == all) return nan;
  if (f.ends == float_layout::top::unsigned_zero_nan && negative && (bits & all) == 0) return nan;
  const bool subnormal = field == 0 && f.has_sign;
  const auto significand = static_cast<double>(fraction + (subnormal ? 0 : std::uint64_t{1} << m));
  const int exponent = static_cast<int>(subnormal ? 1 : field) - f.bias - m;
  const double magnitude = std::ldexp(significand, exponent);
  return negative ? -magnitude : magnitude;
}

inline void write_bits(std::string& out, std::uint64_t bits, int digits) {
  constexpr std::string_view alphabet = "0123456789ABCDEF";
  out += "0x";
  for (int i = digits; i-- > 0;) out += alphabet[(bits >> (4 * i)) & 15];
}

// The shortest decimal that reads back to the same bits; a bit pattern for infinities and NaNs.
inline void write_float(std::string& out, element_type e, std::uint64_t bits) {
  const double value = decode_float(e, bits);
  if (!std::isfinite(value)) {
    write_bits(out, bits, (bits_of(e) + 3) / 4);
    return;
  }
  char digits[64];
  const auto last =
      e == element_type::f64
          ? std::to_chars(digits, digits + sizeof digits, value, std::chars_format::scientific).ptr
          : std::to_chars(digits, digits + sizeof digits, static_cast<float>(value), std::chars_format::scientific).ptr;
  std::string_view text(digits, static_cast<std::size_t>(last - digits));
  const std::size_t mark = text.find('e');
  std::string_view head = text.substr(0, mark), exponent = text.substr(mark);
  out += head;
  if (head.find('.') == std::string_view::npos) out += ".0";  // MLIR's floats have a decimal point
  if (exponent != "e+00") out += exponent;
}

}  // namespace partita::stablehlo::detail
