// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Arithmetic on sizes that reports overflow instead of wrapping.

#include <cstdint>
#include <limits>

#include <partita/support/error.hpp>

namespace partita {

namespace detail {
[[noreturn]] inline void size_overflow() {
  throw verify_error("a size does not fit in 64 bits: the product of a tensor's dimensions is too large");
}
}  // namespace detail

/// a * b for sizes >= 0. Throws verify_error when the product exceeds 2^63 - 1.
[[nodiscard]] constexpr std::int64_t checked_multiply(std::int64_t a, std::int64_t b) {
  if (a != 0 && b > std::numeric_limits<std::int64_t>::max() / a) detail::size_overflow();
  return a * b;
}

/// a + b for sizes >= 0. Throws verify_error when the sum exceeds 2^63 - 1.
[[nodiscard]] constexpr std::int64_t checked_add(std::int64_t a, std::int64_t b) {
  if (b > 0 && a > std::numeric_limits<std::int64_t>::max() - b) detail::size_overflow();
  return a + b;
}

}  // namespace partita
