// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values and bits of the narrow element types: float formats from 4 to 16 bits (StableHLO specification, section
// Types; OCP 8-bit and microscaling formats) and integers of 2 and 4 bits. Rounding is to nearest, ties to even.

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include <partita/ir/element_type.hpp>

namespace partita::interpret {

/// What distinguishes one binary float format from another.
struct float_format {
  enum class specials : std::uint8_t {
    ieee,          ///< infinities and NaNs in the highest exponent
    nan_only,      ///< only the pattern of all ones is NaN, no infinity (FN)
    negative_zero, ///< the pattern of negative zero is NaN, no infinity (FNUZ)
    finite,        ///< neither (f4, f6)
    exponent_only, ///< no sign, no zero; all ones is NaN (f8E8M0FNU)
  };
  int exponent_bits = 8, mantissa_bits = 23, bias = 127;
  specials special = specials::ieee;

  [[nodiscard]] constexpr int bits() const {
    return exponent_bits + mantissa_bits + (special == specials::exponent_only ? 0 : 1);
  }
  [[nodiscard]] constexpr int lowest_exponent() const {
    return special == specials::exponent_only ? -bias : 1 - bias;
  }
  [[nodiscard]] double largest() const {
    const int top = (1 << exponent_bits) - 1 - bias;
    const double quantum = std::ldexp(1.0, -mantissa_bits);
    switch (special) {
      case specials::ieee: return std::ldexp(2.0 - quantum, top - 1);
      case specials::nan_only: return std::ldexp(2.0 - 2 * quantum, top);
      case specials::exponent_only: return std::ldexp(1.0, top - 1);
      default: return std::ldexp(2.0 - quantum, top);
    }
  }
};

[[nodiscard]] constexpr float_format format_of(element_type e) {
  using s = float_format::specials;
  switch (e) {
    case element_type::f4E2M1FN: return {2, 1, 1, s::finite};
    case element_type::f6E2M3FN: return {2, 3, 1, s::finite};
    case element_type::f6E3M2FN: return {3, 2, 3, s::finite};
    case element_type::f8E3M4: return {3, 4, 3, s::ieee};
    case element_type::f8E4M3: return {4, 3, 7, s::ieee};
    case element_type::f8E4M3FN: return {4, 3, 7, s::nan_only};
    case element_type::f8E4M3FNUZ: return {4, 3, 8, s::negative_zero};
    case element_type::f8E4M3B11FNUZ: return {4, 3, 11, s::negative_zero};
    case element_type::f8E5M2: return {5, 2, 15, s::ieee};
    case element_type::f8E5M2FNUZ: return {5, 2, 16, s::negative_zero};
    case element_type::f8E8M0FNU: return {8, 0, 127, s::exponent_only};
    case element_type::bf16: return {8, 7, 127, s::ieee};
    case element_type::f16: return {5, 10, 15, s::ieee};
    case element_type::f64: return {11, 52, 1023, s::ieee};
    default: return {};
  }
}

/// The value of format f nearest to x. What lies beyond the largest becomes infinity, NaN where the format has no
/// infinity, and the largest where it has neither.
[[nodiscard]] inline double round_to_format(double x, const float_format& f) {
  using s = float_format::specials;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (std::isnan(x)) return f.special == s::finite ? -0.0 : x;
  if (f.special == s::exponent_only && x < 0) return nan;
  const double magnitude = std::fabs(x);
  double rounded = magnitude;
  if (magnitude != 0 && !std::isinf(magnitude)) {
    int exponent = 0;
    (void)std::frexp(magnitude, &exponent);
    const int quantum = std::max(exponent - 1, f.lowest_exponent()) - f.mantissa_bits;
    rounded = std::ldexp(std::nearbyint(std::ldexp(magnitude, -quantum)), quantum);
  }
  if (f.special == s::exponent_only) rounded = std::max(rounded, std::ldexp(1.0, -f.bias));
  if (rounded > f.largest()) {
    rounded = f.special == s::ieee     ? std::numeric_limits<double>::infinity()
              : f.special == s::finite ? f.largest()
                                       : nan;
  }
  if (f.special == s::negative_zero && rounded == 0) return 0;
  return std::copysign(rounded, x);
}

/// The value that `bits` stand for in format f.
[[nodiscard]] inline double from_format_bits(std::uint64_t bits, const float_format& f) {
  using s = float_format::specials;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const std::uint64_t fraction_mask = (std::uint64_t{1} << f.mantissa_bits) - 1;
  const std::uint64_t fraction = bits & fraction_mask;
  const auto top = (std::uint64_t{1} << f.exponent_bits) - 1;
  const std::uint64_t exponent = bits >> f.mantissa_bits & top;
  const bool negative = f.special != s::exponent_only && (bits >> (f.mantissa_bits + f.exponent_bits) & 1) != 0;
  if (f.special == s::exponent_only) return exponent == top ? nan : std::ldexp(1.0, static_cast<int>(exponent) - f.bias);
  if (f.special == s::negative_zero && negative && exponent == 0 && fraction == 0) return nan;
  if (f.special == s::nan_only && exponent == top && fraction == fraction_mask) return std::copysign(nan, negative ? -1 : 1);
  if (f.special == s::ieee && exponent == top) {
    if (fraction != 0) return std::copysign(nan, negative ? -1 : 1);
    return negative ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
  }
  const double value =
      exponent == 0 ? std::ldexp(static_cast<double>(fraction), f.lowest_exponent() - f.mantissa_bits)
                    : std::ldexp(static_cast<double>(fraction + fraction_mask + 1),
                                 static_cast<int>(exponent) - f.bias - f.mantissa_bits);
  return negative ? -value : value;
}

/// Bits of x in format f, rounded to it.
[[nodiscard]] inline std::uint64_t to_format_bits(double x, const float_format& f) {
  using s = float_format::specials;
  const double v = round_to_format(x, f);
  const std::uint64_t top = (std::uint64_t{1} << f.exponent_bits) - 1;
  const std::uint64_t sign = std::signbit(v) && f.special != s::exponent_only
                                 ? std::uint64_t{1} << (f.exponent_bits + f.mantissa_bits)
                                 : 0;
  if (std::isnan(v)) {
    if (f.special == s::negative_zero) return std::uint64_t{1} << (f.exponent_bits + f.mantissa_bits);
    if (f.special == s::ieee) return sign | top << f.mantissa_bits | std::uint64_t{1} << (f.mantissa_bits - 1);
    return sign | top << f.mantissa_bits | ((std::uint64_t{1} << f.mantissa_bits) - 1);
  }
  if (std::isinf(v)) return sign | top << f.mantissa_bits;
  if (v == 0) return sign;
  int exponent = 0;
  (void)std::frexp(std::fabs(v), &exponent);
  exponent = std::max(exponent - 1, f.lowest_exponent());
  const auto significand = static_cast<std::uint64_t>(std::ldexp(std::fabs(v), f.mantissa_bits - exponent));
  if (f.special == s::exponent_only) return static_cast<std::uint64_t>(exponent + f.bias);
  // A significand without its leading one is subnormal: its exponent field is 0.
  const std::uint64_t leading = std::uint64_t{1} << f.mantissa_bits;
  const std::uint64_t field = significand >= leading ? static_cast<std::uint64_t>(exponent + f.bias) : 0;
  return sign | field << f.mantissa_bits | (significand & (leading - 1));
}

/// bf16 and f16, which whole models are made of, without going through the general form.
[[nodiscard]] inline float round_to_bf16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return std::bit_cast<float>(bits | 0x00400000u);
  return std::bit_cast<float>((bits + 0x7fffu + (bits >> 16 & 1u)) & 0xffff0000u);
}
[[nodiscard]] inline float round_to_f16(float x) {
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const std::uint32_t magnitude = bits & 0x7fffffffu, sign = bits & 0x80000000u;
  if (magnitude >= 0x7f800000u) return x;
  if (magnitude < 0x38800000u) {  // below the smallest normal, 2^-14: multiples of 2^-24
    const float rounded = (std::bit_cast<float>(magnitude) + 0.5f) - 0.5f;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(rounded) | sign);
  }
  const std::uint32_t rounded = (magnitude + 0xfffu + (magnitude >> 13 & 1u)) & 0xffffe000u;
  return std::bit_cast<float>((rounded >= 0x47800000u ? 0x7f800000u : rounded) | sign);
}

/// Rounds n floats, which hold values of element type e, to it. Does nothing for f32.
inline void round_elements(element_type e, float* x, std::size_t n) {
  if (e == element_type::f32) return;
  if (e == element_type::bf16) {
    for (std::size_t i = 0; i < n; ++i) x[i] = round_to_bf16(x[i]);
  } else if (e == element_type::f16) {
    for (std::size_t i = 0; i < n; ++i) x[i] = round_to_f16(x[i]);
  } else {
    const float_format f = format_of(e);
    for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<float>(round_to_format(static_cast<double>(x[i]), f));
  }
}

/// Wraps n integers to `bits` bits, with sign where T has one.
template <class T>
inline void wrap_elements(int bits, T* x, std::size_t n) {
  const int shift = 8 - bits;
  for (std::size_t i = 0; i < n; ++i) x[i] = static_cast<T>(static_cast<T>(static_cast<unsigned>(x[i]) << shift) >> shift);
}

}  // namespace partita::interpret
