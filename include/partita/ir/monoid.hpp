// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The operations with which partial results combine.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace partita {

/// How a reducing region combines two elements; `none` when it is no single known operation.
enum class monoid : std::uint8_t { none, add, multiply, minimum, maximum, conjunction, disjunction };

[[nodiscard]] constexpr std::string_view name_of(monoid m) {
  constexpr std::string_view names[] = {"none", "add", "multiply", "minimum", "maximum", "and", "or"};
  return names[static_cast<std::size_t>(m)];
}

/// Whether combining a value with itself gives that value.
[[nodiscard]] constexpr bool is_idempotent(monoid m) {
  return m == monoid::minimum || m == monoid::maximum || m == monoid::conjunction || m == monoid::disjunction;
}

}  // namespace partita
