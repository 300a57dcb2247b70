// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The element types of StableHLO (specification, section Types), with their widths and spellings.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace partita {

enum class element_type : std::uint8_t {
  i1, i2, i4, i8, i16, i32, i64,
  ui2, ui4, ui8, ui16, ui32, ui64,
  f4E2M1FN, f6E2M3FN, f6E3M2FN,
  f8E3M4, f8E4M3, f8E4M3FN, f8E4M3FNUZ, f8E4M3B11FNUZ, f8E5M2, f8E5M2FNUZ, f8E8M0FNU,
  bf16, f16, f32, f64,
  complex_f32, complex_f64,
  token,  ///< not a tensor: orders side effects
  tuple,  ///< not a tensor: several types as one
};

namespace detail {
struct element_facts {
  std::string_view name;
  std::uint8_t bits;  // as stored: a bool takes one byte
};
inline constexpr std::array<element_facts, 32> element_table{{
    {"i1", 8}, {"i2", 2}, {"i4", 4}, {"i8", 8}, {"i16", 16}, {"i32", 32}, {"i64", 64},
    {"ui2", 2}, {"ui4", 4}, {"ui8", 8}, {"ui16", 16}, {"ui32", 32}, {"ui64", 64},
    {"f4E2M1FN", 4}, {"f6E2M3FN", 6}, {"f6E3M2FN", 6},
    {"f8E3M4", 8}, {"f8E4M3", 8}, {"f8E4M3FN", 8}, {"f8E4M3FNUZ", 8}, {"f8E4M3B11FNUZ", 8},
    {"f8E5M2", 8}, {"f8E5M2FNUZ", 8}, {"f8E8M0FNU", 8},
    {"bf16", 16}, {"f16", 16}, {"f32", 32}, {"f64", 64},
    {"complex<f32>", 64}, {"complex<f64>", 128},
    {"token", 0}, {"tuple", 0},
}};
}  // namespace detail

/// Spelling in StableHLO text, such as "f32" or "complex<f64>".
[[nodiscard]] constexpr std::string_view name_of(element_type e) {
  return detail::element_table[static_cast<std::size_t>(e)].name;
}

/// Bits of storage for one element; bool counts as a byte, 0 for token and tuple.
[[nodiscard]] constexpr int bits_of(element_type e) {
  return detail::element_table[static_cast<std::size_t>(e)].bits;
}

[[nodiscard]] constexpr std::optional<element_type> element_type_from(std::string_view name) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(element_type::token); ++i) {
    if (detail::element_table[i].name == name) return static_cast<element_type>(i);
  }
  return std::nullopt;
}

[[nodiscard]] constexpr bool is_boolean(element_type e) { return e == element_type::i1; }
[[nodiscard]] constexpr bool is_signed_integer(element_type e) {
  return e >= element_type::i2 && e <= element_type::i64;
}
[[nodiscard]] constexpr bool is_unsigned_integer(element_type e) {
  return e >= element_type::ui2 && e <= element_type::ui64;
}
[[nodiscard]] constexpr bool is_integer(element_type e) { return is_signed_integer(e) || is_unsigned_integer(e); }
[[nodiscard]] constexpr bool is_float(element_type e) {
  return e >= element_type::f4E2M1FN && e <= element_type::f64;
}
[[nodiscard]] constexpr bool is_complex(element_type e) {
  return e == element_type::complex_f32 || e == element_type::complex_f64;
}
[[nodiscard]] constexpr bool is_tensor_element(element_type e) { return e < element_type::token; }

inline constexpr auto i1 = element_type::i1;
inline constexpr auto i8 = element_type::i8;
inline constexpr auto i32 = element_type::i32;
inline constexpr auto i64 = element_type::i64;
inline constexpr auto ui8 = element_type::ui8;
inline constexpr auto ui32 = element_type::ui32;
inline constexpr auto bf16 = element_type::bf16;
inline constexpr auto f16 = element_type::f16;
inline constexpr auto f32 = element_type::f32;
inline constexpr auto f64 = element_type::f64;

}  // namespace partita
