// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What propagation asks of a program again and again, computed once: which units touch a value, how deep a
// unit lies in the data flow, which values are computed from constants alone, to which values loops only add.

#include <cstddef>
#include <cstdint>

#include <partita/op/placed.hpp>
#include <partita/rule/rule_table.hpp>
#include <partita/support/list_view.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

/// A slot of a unit, as seen from the value in it.
struct contact {
  unit_id unit;
  std::uint16_t slot = 0;
  bool is_use = false;
};

/// A carried value that its loop only adds to: the body uses it once, and from there a chain of additions and of ops
/// that pass partial sums on leads to what the body yields for it; the condition does not look at it.
struct accumulator {
  unit_id unit;    ///< the loop's unit for the value
  value_id value;  ///< argument of the body
};

class dataflow {
 public:
  template <class Graph>
  constexpr dataflow(const Graph& g, const rule_table& rules) {
    find_contacts(g, rules);
    find_constants(g);
    find_levels(g, rules);
    find_accumulators(g, rules);
  }

  /// Units that use or define v; results of the program are no unit.
  [[nodiscard]] constexpr list_view<contact> contacts(value_id v) const {
    const std::uint32_t begin = first_contact_[v.index], end = first_contact_[v.index + 1];
    return begin == end ? list_view<contact>{} : list_view<contact>{contacts_.data() + begin, end - begin};
  }
  /// Whether v follows from constants and iota alone. Such values are made anew where they are used, in the
  /// layout that the use wants, and tell propagation nothing.
  [[nodiscard]] constexpr bool is_constant(value_id v) const { return constant_[v.index] != 0; }
  /// Whether something other than a unit uses v: the program returns it, a loop's condition is made of it, a
  /// region that combines elements refers to it.
  [[nodiscard]] constexpr bool escapes(value_id v) const { return escapes_[v.index] != 0; }
  /// The unit that defines v; none for an argument of the program.
  [[nodiscard]] constexpr unit_id definer(value_id v) const {
    for (const contact& c : contacts(v)) {
      if (!c.is_use) return c.unit;
    }
    return {};
  }
  /// The only unit that uses v; none when several do, or when v escapes.
  [[nodiscard]] constexpr unit_id single_user(value_id v) const {
    unit_id user;
    if (escapes(v)) return {};
    for (const contact& c : contacts(v)) {
      if (!c.is_use) continue;
      if (user && !(user == c.unit)) return {};
      user = c.unit;
    }
    return user;
  }
  /// The values that loops only add to, those of inner loops first. None where the graph's set lacks the ops with
  /// which one device alone starts from the initial value.
  [[nodiscard]] constexpr list_view<accumulator> accumulators() const { return accumulators_; }

  /// Longest path from an argument or constant to the unit.
  [[nodiscard]] constexpr std::uint32_t level(unit_id u) const { return levels_[u.index]; }
  [[nodiscard]] constexpr std::uint32_t level_count() const { return level_count_; }

 private:
  template <class Graph>
  constexpr void find_contacts(const Graph& g, const rule_table& rules) {
    first_contact_.assign(g.value_count() + 1, 0);
    for (const unit_id u : rules.units()) {
      for (const slot& s : rules.slots(u)) ++first_contact_[s.value.index + 1];
    }
    for (std::size_t i = 1; i < first_contact_.size(); ++i) first_contact_[i] += first_contact_[i - 1];
    contacts_.assign(first_contact_.back(), {});
    plain_vector<std::uint32_t> next = first_contact_;
    for (const unit_id u : rules.units()) {
      std::uint16_t i = 0;
      for (const slot& s : rules.slots(u)) contacts_[next[s.value.index]++] = {u, i++, s.is_use()};
    }
    escapes_.assign(g.value_count(), 0);
    const auto mark = [&](list_view<value_id> values) {
      for (const value_id v : values) escapes_[v.index] = 1;
    };
    mark(g.results());
    for (std::uint32_t i = 0; i < g.op_count(); ++i) {
      const op_id o{i};
      if (rules.units(o).empty()) mark(g.operands(o));
      if (g.info(o).traits.loop) mark(g.results(g.regions(o)[0]));
    }
  }

  template <class Graph>
  constexpr void find_constants(const Graph& g) {
    constant_.assign(g.value_count(), 0);
    for (std::uint32_t i = 0; i < g.op_count(); ++i) {
      const op_id o{i};
      const op_info& info = g.info(o);
      if (!g.regions(o).empty()) continue;
      bool constant = info.constant != nullptr || info.traits.generator;
      if (!constant && (info.traits.elementwise || info.traits.forwards_elements) && !g.operands(o).empty()) {
        constant = true;
        for (const value_id v : g.operands(o)) constant = constant && constant_[v.index] != 0;
      }
      if (!constant) continue;
      for (const value_id v : g.results(o)) constant_[v.index] = 1;
    }
  }

  // A loop's body stands below the loop's operands and above its results; what a body yields comes back at
  // the loop's own level, which a later sweep sees.
  constexpr void find_levels(const graph_base& g, const rule_table& rules) {
    levels_.assign(rules.size(), 0);
    plain_vector<std::uint32_t> depth(g.value_count(), 0);
    plain_vector<std::uint32_t> open;  // ops whose regions are being walked, innermost last
    const auto close = [&](op_id o) {
      std::uint32_t deepest = 0;
      for (const region_id r : g.regions(o)) {
        for (const value_id v : g.results(r)) deepest = deepest < depth[v.index] ? depth[v.index] : deepest;
      }
      for (const unit_id u : rules.units(o)) deepest = deepest < levels_[u.index] ? levels_[u.index] : deepest;
      for (const value_id v : g.results(o)) depth[v.index] = deepest + 1;
    };
    for (std::uint32_t i = 0; i < g.op_count(); ++i) {
      while (!open.empty() && g.next(op_id{open.back()}).index <= i) {
        close(op_id{open.back()});
        open.pop_back();
      }
      const op_id o{i};
      for (const unit_id u : rules.units(o)) {
        std::uint32_t level = 0;
        for (const slot& s : rules.slots(u)) {
          if (s.role == slot_role::operand && depth[s.value.index] > level) level = depth[s.value.index];
        }
        levels_[u.index] = level;
        level_count_ = level_count_ > level + 1 ? level_count_ : level + 1;
        for (const slot& s : rules.slots(u)) {
          if (!s.is_use()) depth[s.value.index] = level + 1;
        }
      }
      if (!g.regions(o).empty()) open.push_back(i);
    }
    while (!open.empty()) {
      close(op_id{open.back()});
      open.pop_back();
    }
  }

  template <class Graph>
  constexpr void find_accumulators(const Graph& g, const rule_table& rules) {
    if constexpr (op::detail::placed_op::can_place<typename Graph::ops>) {
      for (std::uint32_t i = static_cast<std::uint32_t>(g.op_count()); i-- > 0;) {
        if (!g.info(op_id{i}).traits.loop) continue;
        for (const unit_id u : rules.units(op_id{i})) {
          if (const value_id v = only_added_to(g, rules, u)) accumulators_.push_back({u, v});
        }
      }
    }
  }

  /// The argument of the body, if a loop does nothing with the value of this unit but add to it.
  template <class Graph>
  constexpr value_id only_added_to(const Graph& g, const rule_table& rules, unit_id loop) const {
    value_id start;
    for (const slot& s : rules.slots(loop)) {
      if (s.role != slot_role::argument || !is_used(s.value)) continue;
      if (start) return {};
      start = s.value;
    }
    if (!start || !g.type(start).is_static()) return {};
    if (op::detail::masked_monoid(g.type(start).element) != monoid::add) return {};
    bool adds = false;
    for (value_id v = start;;) {
      const unit_id u = single_user(v);
      if (u == loop) return adds ? start : value_id{};
      if (!u || !(rules[u].additive || rules[u].forwards_partial || g.info(rules[u].op).traits.loop)) return {};
      adds = adds || !rules[u].forwards_partial;
      v = rules.slots(u).back().value;
    }
  }
  [[nodiscard]] constexpr bool is_used(value_id v) const {
    bool used = escapes(v);
    for (const contact& c : contacts(v)) used = used || c.is_use;
    return used;
  }

  plain_vector<std::uint32_t> first_contact_;
  plain_vector<contact> contacts_;
  plain_vector<std::uint8_t> constant_, escapes_;
  plain_vector<std::uint32_t> levels_;
  plain_vector<accumulator> accumulators_;
  std::uint32_t level_count_ = 0;
};

}  // namespace partita
