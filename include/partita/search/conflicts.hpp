// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Conflicts of named dimensions, before anything is split. Two dims of one value, or two factors of one unit, that have
// one colour cannot both be split over one axis: attention's scores when queries and keys come from one sequence, the
// result of x @ transpose(x), a square weight between two values of one residual stream. Which of the two is split is a
// choice. It is one choice for all conflicts that values carry on to one another dim by dim: these form a compatibility
// set, with two sides, so one bit resolves it.
// Source: TOAST (arXiv 2508.15010), for conflicts and their compatibility.

#include <cstddef>
#include <cstdint>

#include <partita/search/named_dims.hpp>

namespace partita {

/// Index of a compatibility set.
using conflict_set_id = detail::index_of<struct conflict_set_tag>;

/// Two dims of a value, or two factors of a unit, of one colour. The unit's factors are what its op calls the dims.
struct dim_conflict {
  value_id value;  ///< whose dims these are; false for a unit's factors
  unit_id unit;
  std::uint8_t side[2]{};  ///< the dim or factor that is on each side of the set
  conflict_set_id set;
};

struct conflict_set {
  colour_id colour;
  std::uint32_t values = 0;    ///< how many of its conflicts are of values,
  std::uint32_t units = 0;     ///< and of units
  std::int64_t bytes = 0;      ///< of these values
  bool twisted = false;        ///< some op or loop leads from one side to the other: neither choice holds everywhere
  std::uint64_t likeness = 0;  ///< equal for sets of the same structure, as in repeated layers, with the same sides
};

class dim_conflicts {
 public:
  template <class Graph>
  constexpr dim_conflicts(const Graph& g, const rule_table& rules, const named_dims& names) {
    find(g, rules, names);
    join_compatible(rules, names);
    number_sets(g, rules, names);
  }

  /// Compatibility sets, in order of their first conflict. Side 0 has the lower dim of that conflict.
  [[nodiscard]] constexpr std::size_t size() const { return sets_.size(); }
  [[nodiscard]] constexpr const conflict_set& operator[](conflict_set_id s) const { return sets_[s.index]; }
  [[nodiscard]] constexpr id_range<conflict_set_id> sets() const {
    return {0, static_cast<std::uint32_t>(sets_.size())};
  }
  /// Every conflict of a set: of values in their order, then of units.
  [[nodiscard]] constexpr list_view<dim_conflict> conflicts(conflict_set_id s) const {
    const std::uint32_t begin = first_of_set_[s.index];
    return {sorted_.data() + begin, first_of_set_[s.index + 1] - begin};
  }
  /// Whether two dims of v have one colour, d being one of them.
  [[nodiscard]] constexpr bool holds(value_id v, std::size_t d) const {
    for (std::uint32_t i = first_of_value_[v.index]; i < first_of_value_[v.index + 1]; ++i) {
      if (all_[i].side[0] == d || all_[i].side[1] == d) return true;
    }
    return false;
  }
  /// Tiles that resolve the set to a side: of all values that hold one of its conflicts, and of what its units define
  /// with the side's factor; where no value holds a unit's conflict, of what the unit takes as well. They belong into
  /// one tactic before the colour is split elsewhere. A value may appear more than once.
  [[nodiscard]] constexpr plain_vector<dim_of_value> tiles(const rule_table& rules, const named_dims& names,
                                                           conflict_set_id s, std::size_t side) const {
    plain_vector<dim_of_value> tiles;
    for (const dim_conflict& c : conflicts(s)) {
      if (c.value) {
        tiles.push_back({c.value, c.side[side]});
        continue;
      }
      const bool held = held_by_a_value(rules, names, c);
      for (const slot& at : rules.slots(c.unit)) {
        if (held && at.is_use()) continue;
        for (std::size_t d = 0; d < at.rank; ++d) {
          if (names.of(at.value, d) && names.factor_of(c.unit, at, d) == c.side[side])
            tiles.push_back({at.value, static_cast<std::uint8_t>(d)});
        }
      }
    }
    return tiles;
  }

 private:
  template <class Graph>
  constexpr void find(const Graph& g, const rule_table& rules, const named_dims& names) {
    const auto pairs = [&](std::size_t count, const auto& colour_at, const auto& add) {
      for (std::size_t a = 0; a + 1 < count; ++a) {
        const colour_id c = colour_at(a);
        if (!c) continue;
        for (std::size_t b = a + 1; b < count; ++b) {
          if (colour_at(b) == c) add(static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b));
        }
      }
    };
    for (std::uint32_t i = 0; i < g.value_count(); ++i) {
      const value_id v{i};
      first_of_value_.push_back(static_cast<std::uint32_t>(all_.size()));
      const type_view t = g.type(v);
      pairs(
          t.is_tensor() ? t.rank() : 0, [&](std::size_t d) { return names.of(v, d); },
          [&](std::uint8_t a, std::uint8_t b) {
            all_.push_back({v, {}, {a, b}, {}});
          });
    }
    first_of_value_.push_back(static_cast<std::uint32_t>(all_.size()));
    for (const unit_id u : rules.units()) {
      first_of_unit_.push_back(static_cast<std::uint32_t>(all_.size()));
      pairs(
          rules.factors(u).size(), [&](std::size_t f) { return names.of(u, static_cast<factor_index>(f)); },
          [&](std::uint8_t a, std::uint8_t b) {
            all_.push_back({{}, u, {a, b}, {}});
          });
    }
    first_of_unit_.push_back(static_cast<std::uint32_t>(all_.size()));
  }

  /// Where the conflict of factors a < b of unit u stands.
  [[nodiscard]] constexpr std::uint32_t of_factors(unit_id u, std::size_t a, std::size_t b) const {
    std::uint32_t i = first_of_unit_[u.index];
    while (all_[i].side[0] != a || all_[i].side[1] != b) ++i;
    return i;
  }

  // Sides are kept as a parity against the root: odd_ tells whether a conflict's sides are those of its parent or the
  // other way round.
  struct place {
    std::uint32_t root;
    std::uint8_t odd;
  };
  [[nodiscard]] constexpr place root_of(std::uint32_t i) {
    std::uint8_t odd = 0;
    std::uint32_t root = i;
    for (; parent_[root] != root; root = parent_[root]) odd ^= odd_[root];
    // Every conflict on the way points to the root from now on.
    for (std::uint8_t here = odd; parent_[i] != i;) {
      const std::uint32_t up = parent_[i];
      const std::uint8_t step = odd_[i];
      parent_[i] = root;
      odd_[i] = here;
      here ^= step;
      i = up;
    }
    return {root, odd};
  }

  constexpr void join_compatible(const rule_table& rules, const named_dims& names) {
    for (std::uint32_t i = 0; i < all_.size(); ++i) parent_.push_back(i);
    odd_.assign(all_.size(), 0);
    twisted_.assign(all_.size(), 0);
    for (const unit_id u : rules.units()) {
      if (first_of_unit_[u.index] == first_of_unit_[u.index + 1]) continue;
      for (const slot& s : rules.slots(u)) {
        for (std::uint32_t i = first_of_value_[s.value.index]; i < first_of_value_[s.value.index + 1]; ++i) {
          const int a = names.factor_of(u, s, all_[i].side[0]), b = names.factor_of(u, s, all_[i].side[1]);
          if (a == no_factor || b == no_factor || a == b) continue;
          const auto low = static_cast<std::size_t>(a < b ? a : b), high = static_cast<std::size_t>(a < b ? b : a);
          join(i, of_factors(u, low, high), a > b);
        }
      }
    }
  }
  constexpr void join(std::uint32_t i, std::uint32_t j, bool crossed) {
    const place a = root_of(i), b = root_of(j);
    const auto odd = static_cast<std::uint8_t>(a.odd ^ b.odd ^ static_cast<std::uint8_t>(crossed));
    if (a.root == b.root) {
      if (odd != 0) twisted_[a.root] = 1;
      return;
    }
    const std::uint32_t low = a.root < b.root ? a.root : b.root, high = a.root < b.root ? b.root : a.root;
    parent_[high] = low;
    odd_[high] = odd;
    twisted_[low] = twisted_[low] | twisted_[high];
  }

  template <class Graph>
  constexpr void number_sets(const Graph& g, const rule_table& rules, const named_dims& names) {
    plain_vector<std::uint32_t> count;
    for (std::uint32_t i = 0; i < all_.size(); ++i) {
      dim_conflict& c = all_[i];
      const place at = root_of(i);
      if (at.root == i) {
        c.set = {static_cast<std::uint32_t>(sets_.size())};
        sets_.push_back({});
        count.push_back(0);
        conflict_set& s = sets_.back();
        s.colour = c.value ? names.of(c.value, c.side[0]) : names.of(c.unit, c.side[0]);
        s.twisted = twisted_[i] != 0;
        s.likeness = names[s.colour].likeness;
      } else {
        c.set = all_[at.root].set;
        if (at.odd != 0) {
          const std::uint8_t first = c.side[0];
          c.side[0] = c.side[1];
          c.side[1] = first;
        }
      }
      ++count[c.set.index];
      conflict_set& s = sets_[c.set.index];
      const std::uint64_t sides = detail::mixed(c.side[0], c.side[1]);
      if (c.value) {
        ++s.values;
        s.bytes = checked_add(s.bytes, g.type(c.value).bytes());
        s.likeness += detail::mixed(sides, g.type(c.value));
      } else {
        ++s.units;
        s.likeness += detail::mixed(sides, detail::likeness_of(g, rules, c.unit));
      }
    }
    first_of_set_.push_back(0);
    for (const std::uint32_t n : count) first_of_set_.push_back(first_of_set_.back() + n);
    sorted_.assign(all_.size(), {});
    plain_vector<std::uint32_t> next = first_of_set_;
    for (const dim_conflict& c : all_) sorted_[next[c.set.index]++] = c;
  }

  [[nodiscard]] static constexpr bool held_by_a_value(const rule_table& rules, const named_dims& names,
                                                      const dim_conflict& c) {
    for (const slot& s : rules.slots(c.unit)) {
      bool one = false, other = false;
      for (std::size_t d = 0; d < s.rank; ++d) {
        if (!names.of(s.value, d)) continue;
        const int f = names.factor_of(c.unit, s, d);
        one = one || f == c.side[0];
        other = other || f == c.side[1];
      }
      if (one && other) return true;
    }
    return false;
  }

  plain_vector<dim_conflict> all_, sorted_;
  plain_vector<std::uint32_t> first_of_value_, first_of_unit_, first_of_set_, parent_;
  plain_vector<std::uint8_t> odd_, twisted_;
  plain_vector<conflict_set> sets_;
};

}  // namespace partita
