// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which values a compiler like XLA would never write to memory because the ops that use them are compiled
// together with the op that makes them. Decided edge by edge from traits, without a cost model.

#include <cstdint>
#include <vector>

#include <partita/ir/graph.hpp>

namespace partita {

/// What fusion makes of a program's ops. Ops inside regions that are no programs of their own (reducers,
/// comparators) are part of the op that owns the region and have no entry.
///
/// An op is fused into its users when it is elementwise (op_traits) with one result that stays in its region, and
/// * all its users end up in one group, or it is cheap enough to be computed by each: constants that are splats,
///   generators, what makes much of little (a broadcast), or what follows from such values with one operation per
///   element;
/// * every user can take it in: elementwise ops and reductions, but not an op that updates it in place.
/// A view (an op that touches no memory, such as a reshape) takes a value in only if it is fused itself.
class fusion_plan {
 public:
  template <class Ops>
  constexpr explicit fusion_plan(const basic_graph<Ops>& g) {
    entries_.assign(g.op_count(), {});
    values_.assign(g.value_count(), {});
    const auto order = classify(g);
    for (const value_id v : g.results()) values_[v.index].kept = true;
    for (std::size_t i = order.size(); i-- > 0;) decide(g, {order[i]});
  }

  /// The op's result exists only inside the fused groups of its users.
  [[nodiscard]] constexpr bool fused(op_id o) const { return entries_[o.index].fused; }
  [[nodiscard]] constexpr bool fused(const graph_base& g, value_id v) const {
    const op_id o = g.definition(v);
    return o && fused(o);
  }
  /// The op that ends the group which computes o; `several` when more than one group does.
  [[nodiscard]] constexpr std::uint32_t group(op_id o) const { return entries_[o.index].group; }
  static constexpr std::uint32_t several = ~std::uint32_t{0} - 1;

  /// The op moves nothing: result k is operand k under another name or shape.
  [[nodiscard]] constexpr bool is_view(op_id o) const { return entries_[o.index].view; }
  /// What the op's definition says it costs.
  [[nodiscard]] constexpr work cost(op_id o) const { return entries_[o.index].cost; }

  [[nodiscard]] constexpr std::int64_t bytes(const graph_base& g, value_id v) const {
    return type_bytes_[g.type_index(v).index];
  }
  [[nodiscard]] constexpr std::int64_t result_bytes(const graph_base& g, op_id o) const {
    std::int64_t sum = 0;
    for (const value_id v : g.results(o)) sum = checked_add(sum, bytes(g, v));
    return sum;
  }

 private:
  static constexpr std::uint32_t unused = ~std::uint32_t{0};

  struct op_entry {
    work cost;
    bool fusible = false;   // may be computed inside its users
    bool cheap = false;     // and by several of them
    bool view = false;
    bool in_place = false;  // writes its result over operand 0
    bool takes_in = false;  // may compute its operands itself
    bool fused = false;
    std::uint32_t group = several;  // the op that ends the group that computes it
  };
  struct value_entry {
    std::uint32_t group = unused;  // the one group that uses the value
    bool kept = false;             // some use needs the value in memory
  };

  /// Bytes of a value's type, once per type.
  constexpr void measure(const graph_base& g, value_id v) {
    const std::uint32_t t = g.type_index(v).index;
    if (t >= type_bytes_.size()) type_bytes_.resize(t + 1u, -1);
    if (type_bytes_[t] < 0) type_bytes_[t] = g.type(v).bytes();
  }

  template <class Ops>
  constexpr std::vector<std::uint32_t> classify(const basic_graph<Ops>& g) {
    for (std::uint32_t v = 0; v < g.value_count(); ++v) measure(g, {v});
    std::vector<std::uint32_t> order;
    for (op_id o{0}; o.index < g.op_count();) {
      order.push_back(o.index);
      const bool owns_regions = !g.regions(o).empty();
      const bool transparent = g.info(o).traits.transparent;
      if (!owns_regions || !transparent) classify(g, o, owns_regions);
      if (transparent) {
        for (const region_id r : g.regions(o)) {
          for (const value_id v : g.results(r)) values_[v.index].kept = true;
        }
      }
      o = owns_regions && !transparent ? g.next(o) : op_id{o.index + 1};
    }
    return order;
  }

  template <class Ops>
  constexpr void classify(const basic_graph<Ops>& g, op_id o, bool owns_regions) {
    op_entry& e = entries_[o.index];
    const op_info& info = g.info(o);
    const op_view view = g.view(o);
    const auto operands = g.operands(o);
    const auto results = g.results(o);
    if (info.constant != nullptr) {
      e.cheap = e.fusible = info.constant(view).splat;
      return;
    }
    e.cost = info.cost(view);
    if (results.empty()) return;
    const bool same_type = !operands.empty() && g.type_index(operands[0]) == g.type_index(results[0]);
    if (owns_regions) {
      e.takes_in = info.traits.reduces || view.reducer(0) != monoid::none;
      e.in_place = same_type;
      return;
    }
    e.view = e.cost.bytes <= 0 && e.cost.flops <= 0 && operands.size() >= results.size();
    for (std::size_t k = 0; e.view && k < results.size(); ++k) e.view = bytes(g, operands[k]) == bytes(g, results[k]);
    if (!info.traits.elementwise || info.traits.collective) return;
    std::int64_t from = 0;
    bool follows = true;  // from cheap values alone
    for (const value_id v : operands) {
      from = checked_add(from, bytes(g, v));
      const op_id made = g.definition(v);
      follows = follows && made && entries_[made.index].cheap;
    }
    e.takes_in = true;
    e.fusible = results.size() == 1;
    e.in_place = info.traits.indexes_operand && same_type;
    const bool simple = e.cost.flops <= static_cast<double>(g.type(results[0]).elements());
    e.cheap = e.fusible && !e.in_place && ((follows && simple) || from <= bytes(g, results[0]) / 8);
  }

  /// @pre every user of o's results has been decided
  constexpr void decide(const graph_base& g, op_id o) {
    op_entry& e = entries_[o.index];
    e.group = o.index;
    if (e.fusible) {
      const value_entry& v = values_[g.results(o)[0].index];
      e.fused = !v.kept && v.group != unused && (v.group != several || e.cheap);
      if (e.fused) e.group = v.group;
    }
    const bool takes_in = e.takes_in && (!e.view || e.fused);
    const auto operands = g.operands(o);
    for (std::size_t i = 0; i < operands.size(); ++i) {
      value_entry& v = values_[operands[i].index];
      v.group = v.group == unused || v.group == e.group ? e.group : several;
      const op_id made = g.definition(operands[i]);
      if (!takes_in || (i == 0 && e.in_place) || !made || !(g.parent(made) == g.parent(o))) v.kept = true;
    }
  }

  std::vector<op_entry> entries_;
  std::vector<value_entry> values_;
  std::vector<std::int64_t> type_bytes_;
};

}  // namespace partita
