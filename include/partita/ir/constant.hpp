// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The elements of constants: raw little-endian bytes in the graph, one element for a splat. Elements
// narrower than a byte take one byte each.

#include <bit>
#include <cstdint>
#include <optional>

#include <partita/ir/graph_base.hpp>
#include <partita/ir/monoid.hpp>
#include <partita/support/list_view.hpp>

namespace partita {

/// Where a constant's elements lie in its graph.
struct constant_data {
  std::uint32_t first = 0, count = 0;  ///< bytes of graph_base::bytes
  bool splat = true;                   ///< the bytes hold one element, which every element equals
};

/// Bytes that one element of a constant takes.
[[nodiscard]] constexpr std::size_t stored_bytes(element_type e) {
  return static_cast<std::size_t>((bits_of(e) + 7) / 8);
}

namespace detail {
constexpr std::uint64_t little_endian(list_view<std::uint8_t> bytes) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < bytes.size() && i < 8; ++i) bits |= std::uint64_t{bytes[i]} << (8 * i);
  return bits;
}

// Bits of the number one, for the float types whose one is a power-of-two pattern with a zero fraction.
constexpr std::optional<std::uint64_t> bits_of_one(element_type e) {
  switch (e) {
    case element_type::f64: return 0x3ff0000000000000ull;
    case element_type::f32: return 0x3f800000u;
    case element_type::bf16: return 0x3f80u;
    case element_type::f16: return 0x3c00u;
    default: break;
  }
  if (is_integer(e) || is_boolean(e)) return 1;
  return std::nullopt;
}
}  // namespace detail

/// Value of an integer or boolean element from its bytes, sign-extended for signed types.
[[nodiscard]] constexpr std::int64_t integer_value(element_type e, list_view<std::uint8_t> bytes) {
  const std::uint64_t bits = detail::little_endian(bytes);
  if (!is_signed_integer(e)) return static_cast<std::int64_t>(bits);
  const int shift = 64 - static_cast<int>(8 * stored_bytes(e));
  return static_cast<std::int64_t>(bits << shift) >> shift;
}

/// Whether an element is the identity of addition (0, -0.0) or multiplication (1). Other monoids are
/// idempotent and do not need the question.
[[nodiscard]] constexpr bool is_identity_element(element_type e, list_view<std::uint8_t> bytes, monoid m) {
  if (is_complex(e)) {
    const auto part = e == element_type::complex_f32 ? element_type::f32 : element_type::f64;
    const std::size_t half = bytes.size() / 2;
    return is_identity_element(part, bytes.first(half), m) && is_identity_element(part, bytes.subspan(half), monoid::add);
  }
  const std::uint64_t bits = detail::little_endian(bytes);
  if (m == monoid::add) {
    const bool negative_zero = is_float(e) && bits_of(e) >= 16 && bits == std::uint64_t{1} << (bits_of(e) - 1);
    return bits == 0 || negative_zero;
  }
  const auto one = detail::bits_of_one(e);
  return m == monoid::multiply && one && bits == *one;
}

}  // namespace partita
