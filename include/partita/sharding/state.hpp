// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The state of partitioning: a product of lattices, one cell per (value, axis) and per (unit, axis), each
// with the tactic that set it. Cells are only ever joined upwards; a trail allows a search to step back.

#include <cstddef>
#include <cstdint>

#include <partita/sharding/lattice.hpp>
#include <partita/sharding/layout.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

/// Adds to the layout of slot s what splitting unit u along factor f over axis a, minor to what is split
/// already, means for it: a split dim, or for a result without that factor a partial value.
constexpr void add_split(layout& l, const rule_table& rules, unit_id u, const slot& s, factor_index f, axis_index a) {
  const factor& split_factor = rules.factors(u)[f];
  for (std::size_t d = 0; d < s.rank; ++d) {
    const auto dim = rules.dim(s, d);
    for (std::size_t k = 0; k < dim.size(); ++k) {
      if (dim[k] == f) l.add(d, a);
    }
  }
  if (!s.is_use() && split_factor.leaves_partial()) {
    l.partial = static_cast<std::uint8_t>(l.partial | 1u << a);
    l.combines = split_factor.combines;
  }
}

class sharding_state {
 public:
  /// Everything unknown, for a program and rules that outlive the state and a mesh with these axis sizes.
  constexpr sharding_state(const graph_base& g, const rule_table& rules, const axis_sizes& axes)
      : graph_(&g), rules_(&rules), axes_(axes) {
    while (std::size_t{1} << shift_ < axes.size()) ++shift_;
    values_.assign(g.value_count() << shift_, {});
    units_.assign(rules.size() << shift_, {});
    value_tactics_.assign(values_.size(), 0);
    unit_tactics_.assign(units_.size(), 0);
  }

  [[nodiscard]] constexpr const graph_base& program() const { return *graph_; }
  [[nodiscard]] constexpr const rule_table& rules() const { return *rules_; }
  [[nodiscard]] constexpr const axis_sizes& axes() const { return axes_; }

  [[nodiscard]] constexpr value_sharding operator()(value_id v, axis_index a) const { return values_[at(v, a)]; }
  [[nodiscard]] constexpr decision operator()(unit_id u, axis_index a) const { return units_[at(u, a)]; }
  /// Number of the tactic that set the cell.
  [[nodiscard]] constexpr std::uint16_t tactic_of(value_id v, axis_index a) const { return value_tactics_[at(v, a)]; }
  [[nodiscard]] constexpr std::uint16_t tactic_of(unit_id u, axis_index a) const { return unit_tactics_[at(u, a)]; }

  /// Joins knowledge into a cell.
  /// @pre compatible((*this)(v, a), s)
  constexpr void set(value_id v, axis_index a, value_sharding s, std::uint16_t tactic) {
    const std::size_t i = at(v, a);
    if (!values_[i].known()) set_cell({static_cast<std::uint32_t>(2 * i), s.code}, tactic);
  }
  constexpr void set(unit_id u, axis_index a, decision d, std::uint16_t tactic) {
    const std::size_t i = at(u, a);
    if (!units_[i].known()) set_cell({static_cast<std::uint32_t>(2 * i + 1), d.code}, tactic);
  }

  /// Equal states of one program have equal hashes, whatever the order in which cells were set. States are equal when
  /// their cells are and the axes that share a dim or a factor were decided in the same order: that says which is major.
  [[nodiscard]] constexpr std::uint64_t hash() const { return hash_; }
  /// A point to which undo returns.
  struct mark {
    std::size_t changes = 0;  ///< made before it
    std::uint64_t hash = 0;
    [[nodiscard]] friend constexpr bool operator==(const mark&, const mark&) = default;
  };
  [[nodiscard]] constexpr mark here() const { return {trail_.size(), hash_}; }
  constexpr void undo(const mark& m) {
    hash_ = m.hash;
    while (trail_.size() > m.changes) {
      const std::uint32_t cell = trail_.back();
      trail_.pop_back();
      if (cell % 2 == 0) {
        values_[cell / 2] = {};
      } else {
        units_[cell / 2] = {};
      }
    }
  }

  /// A cell and what it was set to.
  struct change {
    std::uint32_t cell = 0;
    std::uint8_t code = 0;
  };
  /// Adds the changes since a mark to a list.
  constexpr void append_changes(const mark& m, plain_vector<change>& to) const {
    for (std::size_t i = m.changes; i < trail_.size(); ++i) {
      const std::uint32_t cell = trail_[i];
      to.push_back({cell, cell % 2 == 0 ? values_[cell / 2].code : units_[cell / 2].code});
    }
  }
  /// Makes changes that were made from an equal state; `hash` is that of the state to which they led.
  constexpr void redo(list_view<change> changes, std::uint64_t hash, std::uint16_t tactic) {
    for (const change& c : changes) write(c, tactic);
    hash_ = hash;
  }

  /// Calls of_value(v) or of_unit(u) for each cell that was set since a mark, once for each of its axes.
  template <class OfValue, class OfUnit>
  constexpr void for_each_change(const mark& m, OfValue&& of_value, OfUnit&& of_unit) const {
    for (std::size_t i = m.changes; i < trail_.size(); ++i) {
      const auto index = trail_[i] / 2 >> shift_;
      if (trail_[i] % 2 == 0) {
        of_value(value_id{index});
      } else {
        of_unit(unit_id{index});
      }
    }
  }

  /// Whether an axis other than a tiles dim d of v.
  [[nodiscard]] constexpr bool is_tiled(value_id v, std::size_t d, axis_index a) const {
    const std::size_t base = at(v, 0);
    bool found = false;
    for (std::size_t b = 0; b < axes_.size(); ++b) found = found || (b != a && values_[base + b].is_tile(d));
    return found;
  }
  /// Axes that tile dim d of v, in the order in which they were decided: tactic by tactic, within one
  /// tactic in mesh order.
  [[nodiscard]] constexpr axis_list axes_of(value_id v, std::size_t d) const {
    axis_list found;
    const std::size_t base = at(v, 0);
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      if (values_[base + a].is_tile(d)) insert_by_tactic(found, static_cast<axis_index>(a), value_tactics_, base);
    }
    return found;
  }
  /// Axes over which unit u is split along factor f, in the order in which they were decided.
  [[nodiscard]] constexpr axis_list axes_of(unit_id u, factor_index f) const {
    axis_list found;
    const std::size_t base = at(u, 0);
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      if (units_[base + a] == decision::split(f)) insert_by_tactic(found, static_cast<axis_index>(a), unit_tactics_, base);
    }
    return found;
  }
  [[nodiscard]] constexpr bool decided(unit_id u) const {
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      if (units_[at(u, 0) + a].known()) return true;
    }
    return false;
  }

  /// Size of dim d of v on one device.
  [[nodiscard]] constexpr std::int64_t local_size(value_id v, std::size_t d) const {
    std::int64_t size = graph_->type(v).dims[d];
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      if (values_[at(v, 0) + a].is_tile(d)) size /= axes_[a];
    }
    return size;
  }

  /// How v lies on the mesh as a value: its tiles; pinned and unknown axes leave it whole.
  [[nodiscard]] constexpr layout layout_of(value_id v) const {
    layout l;
    const std::size_t base = at(v, 0);
    axis_list order;
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      if (values_[base + a].is_tile()) insert_by_tactic(order, static_cast<axis_index>(a), value_tactics_, base);
    }
    for (const axis_index a : order) l.add(values_[base + a].dim(), a);
    return l;
  }

  /// How unit u takes or makes the value of slot s, given its decisions: split dims, and for a result the
  /// axes over which it is partial.
  [[nodiscard]] constexpr layout layout_at(unit_id u, const slot& s) const {
    layout l;
    const std::size_t base = at(u, 0);
    axis_list order;
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      const decision d = units_[base + a];
      if (!d.known()) continue;
      if (d.is_sum()) {
        l.partial = static_cast<std::uint8_t>(l.partial | 1u << a);
        l.combines = monoid::add;
      } else {
        insert_by_tactic(order, static_cast<axis_index>(a), unit_tactics_, base);
      }
    }
    for (const axis_index a : order) add_split(l, *rules_, u, s, units_[base + a].factor(), a);
    return l;
  }

 private:
  [[nodiscard]] constexpr std::size_t at(value_id v, axis_index a) const { return (std::size_t{v.index} << shift_) + a; }
  [[nodiscard]] constexpr std::size_t at(unit_id u, axis_index a) const { return (std::size_t{u.index} << shift_) + a; }
  // Cells are numbered in one row: 2 i is cell i of the values, 2 i + 1 of the units.
  constexpr void set_cell(const change& c, std::uint16_t tactic) {
    write(c, tactic);
    hash_ ^= key_of(c.cell);
  }
  constexpr void write(const change& c, std::uint16_t tactic) {
    const std::size_t i = c.cell / 2;
    if (c.cell % 2 == 0) {
      values_[i] = {{c.code}};
      value_tactics_[i] = tactic;
    } else {
      units_[i] = {{c.code}};
      unit_tactics_[i] = tactic;
    }
    trail_.push_back(c.cell);
  }

  static constexpr void insert_by_tactic(axis_list& order, axis_index a, const plain_vector<std::uint16_t>& tactics,
                                         std::size_t base) {
    std::size_t position = order.size();
    while (position > 0 && tactics[base + order[position - 1]] > tactics[base + a]) --position;
    order.insert(position, a);
  }
  /// A number for each axis that a cell shares a dim or a factor with, and of which the later one in the mesh was
  /// decided first.
  // Above its uses: clang cannot evaluate a member template whose body it has not read yet.
  template <class Cells>
  [[nodiscard]] constexpr std::uint64_t reordered(const Cells& cells, const plain_vector<std::uint16_t>& tactics,
                                                  std::size_t cell, bool any_code) const {
    const std::size_t i = cell / 2, base = i >> shift_ << shift_;
    std::uint64_t keys = 0;
    for (std::size_t k = base; k < base + axes_.size(); ++k) {
      if (k == i || !cells[k].known() || (!any_code && cells[k].code != cells[i].code)) continue;
      const std::size_t low = k < i ? k : i, high = k < i ? i : k;
      if (tactics[high] < tactics[low]) keys ^= mix(2 * low + cell % 2, 256 + high - base);
    }
    return keys;
  }
  /// What a cell adds to the hash, beside those that are known when it is set.
  [[nodiscard]] constexpr std::uint64_t key_of(std::uint32_t cell) const {
    const std::uint32_t i = cell / 2;
    if (cell % 2 == 0) return mix(cell, values_[i].code) ^ reordered(values_, value_tactics_, cell, false);
    const bool compound = (*rules_)[unit_id{i >> shift_}].compound;
    return mix(cell, units_[i].code) ^ reordered(units_, unit_tactics_, cell, compound);
  }
  static constexpr std::uint64_t mix(std::uint64_t cell, std::uint64_t code) {
    std::uint64_t z = (cell << 9 | code) + 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
  }

  const graph_base* graph_;
  const rule_table* rules_;
  axis_sizes axes_;
  unsigned shift_ = 0;  // a value or unit has so many cells, as a power of two: one for each axis
  plain_vector<value_sharding> values_;
  plain_vector<decision> units_;
  plain_vector<std::uint16_t> value_tactics_, unit_tactics_;
  plain_vector<std::uint32_t> trail_;
  std::uint64_t hash_ = 0;
};

}  // namespace partita
