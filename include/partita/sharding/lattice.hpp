// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The lattices of sharding: what is known of one value, or of one op's iteration space, on one mesh axis.
// Knowledge only grows; two pieces that cannot both hold are a conflict, which the caller reports.

#include <concepts>
#include <cstdint>

#include <partita/rule/rule_table.hpp>

namespace partita {

/// A lattice of partial knowledge.
///
/// Minimal definition: `bottom()`, `leq(a, b)`, `compatible(a, b)`, `join(a, b)` (for compatible ones), `==`.
/// Laws: leq is a partial order with bottom() below all; join is the least upper bound: commutative,
/// associative, idempotent; a and b are compatible exactly when some c is above both.
/// Models: value_sharding, decision. Checked by tests/laws/lattice.cpp.
template <class L>
concept ShardingLattice = std::equality_comparable<L> && requires(const L& a, const L& b) {
  { L::bottom() } -> std::same_as<L>;
  { leq(a, b) } -> std::same_as<bool>;
  { compatible(a, b) } -> std::same_as<bool>;
  { join(a, b) } -> std::same_as<L>;
};

namespace detail {

// A flat lattice in a byte: 0 is bottom, every other code is maximal.
template <class Derived>
struct flat_cell {
  std::uint8_t code = 0;

  [[nodiscard]] static constexpr Derived bottom() { return {}; }
  [[nodiscard]] constexpr bool known() const { return code != 0; }

  [[nodiscard]] friend constexpr bool operator==(const flat_cell&, const flat_cell&) = default;
  [[nodiscard]] friend constexpr bool leq(const Derived& a, const Derived& b) { return a.code == 0 || a.code == b.code; }
  [[nodiscard]] friend constexpr bool compatible(const Derived& a, const Derived& b) {
    return a.code == 0 || b.code == 0 || a.code == b.code;
  }
  [[nodiscard]] friend constexpr Derived join(const Derived& a, const Derived& b) { return a.code == 0 ? b : a; }
};

}  // namespace detail

/// What is known of a value on one axis: unknown < tile(dim) or pin (the value stays whole).
struct value_sharding : detail::flat_cell<value_sharding> {
  [[nodiscard]] static constexpr value_sharding tile(std::size_t dim) { return {{static_cast<std::uint8_t>(dim + 2)}}; }
  [[nodiscard]] static constexpr value_sharding pin() { return {{1}}; }
  [[nodiscard]] constexpr bool is_pin() const { return code == 1; }
  [[nodiscard]] constexpr bool is_tile() const { return code >= 2; }
  [[nodiscard]] constexpr bool is_tile(std::size_t dim) const { return code == dim + 2; }
  [[nodiscard]] constexpr std::size_t dim() const { return code - 2u; }
};

/// How an op runs on one axis: undecided < split along a factor, or `sum`: partial operands, partial result.
struct decision : detail::flat_cell<decision> {
  [[nodiscard]] static constexpr decision split(factor_index f) { return {{static_cast<std::uint8_t>(f + 2)}}; }
  [[nodiscard]] static constexpr decision sum() { return {{1}}; }
  [[nodiscard]] constexpr bool is_sum() const { return code == 1; }
  [[nodiscard]] constexpr bool is_split() const { return code >= 2; }
  [[nodiscard]] constexpr factor_index factor() const { return static_cast<factor_index>(code - 2u); }
};

static_assert(ShardingLattice<value_sharding> && ShardingLattice<decision>);

}  // namespace partita
