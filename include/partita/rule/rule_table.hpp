// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sharding rules as data. An op's iteration space is a set of factors (einsum's index variables); its rule
// says which factors each dim of each operand and result is made of, and what splitting a factor means.
// Most ops are one unit of decision; a loop has one unit for each value that it carries.

#include <cstddef>
#include <cstdint>

#include <partita/ir/op_set.hpp>
#include <partita/support/list_view.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

/// What happens when a factor is split over devices.
enum class factor_kind : std::uint8_t {
  parallel,           ///< every device computes its part of the results
  reduction,          ///< every device reduces its part: partial results, to be combined; or whole ones, if the op
                      ///< combines them itself
  needs_replication,  ///< no sound split: the dim must be whole
  permutation,        ///< order matters across shards (concatenate, pad, windows): whole until halos exist
};

struct factor {
  std::int64_t size = 1;
  factor_kind kind = factor_kind::parallel;
  monoid combines = monoid::none;  ///< for reduction: how partial values are combined; none: the op does it in place()
  bool blocked = false;            ///< could be split, but is not propagated
  bool placed = false;             ///< its split form depends on which part a device has: the op's place() makes it
  [[nodiscard]] constexpr bool splits() const {
    return kind == factor_kind::parallel || kind == factor_kind::reduction;
  }
  /// Whether results that lack the factor are partial where it is split.
  [[nodiscard]] constexpr bool leaves_partial() const {
    return kind == factor_kind::reduction && combines != monoid::none;
  }
  [[nodiscard]] friend constexpr bool operator==(const factor&, const factor&) = default;
};

using factor_index = std::uint8_t;

/// A unit has at most this many factors.
inline constexpr std::size_t max_factors = 250;

/// Index of a unit in a rule_table.
using unit_id = detail::index_of<struct unit_tag>;

/// Where a value meets a unit.
enum class slot_role : std::uint8_t {
  operand,   ///< used: operand `index` of the op
  yield,     ///< used: result `index` of region `region` of the op
  result,    ///< defined: result `index` of the op
  argument,  ///< defined: argument `index` of region `region` of the op
};

struct slot {
  value_id value;
  std::uint32_t first_dim = 0;  ///< its dims are rows first_dim .. first_dim + rank of rule_table's lists
  std::uint16_t index = 0;
  std::uint8_t rank = 0;
  std::uint8_t region = 0;
  slot_role role = slot_role::operand;
  [[nodiscard]] constexpr bool is_use() const { return role == slot_role::operand || role == slot_role::yield; }
};

struct unit {
  op_id op;
  std::uint32_t first_factor = 0, first_slot = 0;
  std::uint16_t factor_count = 0, slot_count = 0;
  bool additive = false, forwards_partial = false;
  bool compound = false;  ///< some dim is made of several factors
};

/// The rules of all ops of a graph.
class rule_table {
 public:
  [[nodiscard]] constexpr std::size_t size() const { return units_.size(); }
  [[nodiscard]] constexpr const unit& operator[](unit_id u) const { return units_[u.index]; }
  [[nodiscard]] constexpr id_range<unit_id> units() const { return {0, static_cast<std::uint32_t>(units_.size())}; }
  /// Units of one op: one, or one for each carried value of a loop or result of a case. Ops of reducing
  /// and comparing regions have none.
  [[nodiscard]] constexpr id_range<unit_id> units(op_id o) const {
    return {op_units_[o.index], op_units_[o.index + 1] - op_units_[o.index]};
  }
  [[nodiscard]] constexpr list_view<factor> factors(unit_id u) const {
    const unit& e = units_[u.index];
    return e.factor_count == 0 ? list_view<factor>{}
                               : list_view<factor>{factors_.data() + e.first_factor, e.factor_count};
  }
  [[nodiscard]] constexpr list_view<slot> slots(unit_id u) const {
    const unit& e = units_[u.index];
    return e.slot_count == 0 ? list_view<slot>{}
                             : list_view<slot>{slots_.data() + e.first_slot, e.slot_count};
  }
  /// Factors of dim d of a slot, major to minor; empty when the dim never splits.
  [[nodiscard]] constexpr list_view<factor_index> dim(const slot& s, std::size_t d) const {
    const std::uint32_t begin = dim_begin_[s.first_dim + d], end = dim_begin_[s.first_dim + d + 1];
    return begin == end ? list_view<factor_index>{}
                        : list_view<factor_index>{dim_factors_.data() + begin, end - begin};
  }

 private:
  friend class rule_builder;
  plain_vector<unit> units_;
  plain_vector<std::uint32_t> op_units_;
  plain_vector<factor> factors_;
  plain_vector<slot> slots_;
  plain_vector<std::uint32_t> dim_begin_;
  plain_vector<factor_index> dim_factors_;
};

/// What an op's `rule` writes to. It begins with one unit that has a slot for each operand and result,
/// all dims without factors.
class rule_builder {
 public:
  constexpr explicit rule_builder(rule_table& table) : table_(&table) { table.dim_begin_.push_back(0); }

  // --- for definitions of ops --------------------------------------------------------------------------
  /// Adds a factor to the current unit. Sizes of 0 and dynamic sizes make it unsplittable.
  constexpr factor_index add(std::int64_t size, factor_kind kind = factor_kind::parallel,
                             monoid combines = monoid::none, bool blocked = false) {
    if (factors_.size() == max_factors) too_many();
    factors_.push_back({size, kind, combines, blocked});
    return static_cast<factor_index>(factors_.size() - 1);
  }
  /// The same for a factor whose split form the op makes itself, from where each device's part begins (see Op::place).
  constexpr factor_index add_placed(std::int64_t size, factor_kind kind, monoid combines = monoid::none) {
    const factor_index f = add(size, kind, combines);
    factors_[f].placed = true;
    return f;
  }
  [[nodiscard]] constexpr factor& at(factor_index f) { return factors_[f]; }
  /// Partial results do not pass through this op, though its traits say that they pass through its kind.
  constexpr void stop_partial() { current_.additive = current_.forwards_partial = false; }

  /// Appends factor f, minor to those that it has already, to a dim of operand or result i.
  constexpr void operand(std::size_t i, std::size_t d, factor_index f) { append(i, d, f); }
  constexpr void result(std::size_t i, std::size_t d, factor_index f) { append(operand_count_ + i, d, f); }

  /// Replaces the slots that the op began with by units of the op's own making (loops, branches).
  constexpr void begin_unit(const op_view& op) {
    if (own_units_) {
      flush();
    } else {
      factors_.clear();
      slots_.clear();
      entries_.clear();
      own_units_ = true;
    }
    current_ = unit{};
    current_.op = op.id();
    op_ = &op;
    open_ = true;
  }
  constexpr void add_slot(slot_role role, std::size_t region, std::size_t index) {
    const graph_base& g = op_->graph();
    value_id v;
    switch (role) {
      case slot_role::operand: v = op_->operand_value(index); break;
      case slot_role::yield: v = g.results(op_->region(region))[index]; break;
      case slot_role::result: v = g.results(op_->id())[index]; break;
      case slot_role::argument: v = g.arguments(op_->region(region))[index]; break;
    }
    push_slot(v, role, region, index);
  }
  /// Appends factor f to dim d of every slot of the current unit.
  constexpr void every_slot(std::size_t d, factor_index f) {
    for (std::size_t i = 0; i < slots_.size(); ++i) append(i, d, f);
  }

  // --- for make_rules ----------------------------------------------------------------------------------
  constexpr void begin_op(const op_view& op, const op_traits& traits) {
    table_->op_units_.push_back(static_cast<std::uint32_t>(table_->units_.size()));
    op_ = &op;
    own_units_ = false;
    current_ = unit{};
    current_.op = op.id();
    current_.additive = traits.additive;
    current_.forwards_partial = traits.forwards_partial;
    open_ = true;
    operand_count_ = op.operand_count();
    for (std::size_t i = 0; i < operand_count_; ++i) push_slot(op.operand_value(i), slot_role::operand, 0, i);
    for (std::size_t i = 0; i < op.result_count(); ++i) {
      push_slot(op.graph().results(op.id())[i], slot_role::result, 0, i);
    }
  }
  /// @param places whether the op can make its form for placed factors in this graph; these are kept whole otherwise
  constexpr void end_op(bool places = true) {
    for (factor& f : factors_) {
      if (f.placed && !places) f = {f.size, factor_kind::needs_replication, monoid::none, f.blocked, false};
    }
    flush();
  }
  constexpr void skip_op() { table_->op_units_.push_back(static_cast<std::uint32_t>(table_->units_.size())); }
  constexpr void finish() { table_->op_units_.push_back(static_cast<std::uint32_t>(table_->units_.size())); }

 private:
  [[noreturn]] static void too_many() { throw verify_error("an operation's sharding rule has more than 250 factors"); }

  struct entry {
    std::uint32_t dim;  // slot number * max_rank + dim: entries are sorted by this before they are stored
    factor_index f;
  };

  constexpr void push_slot(value_id v, slot_role role, std::size_t region, std::size_t index) {
    slot s;
    s.value = v;
    s.index = static_cast<std::uint16_t>(index);
    s.region = static_cast<std::uint8_t>(region);
    s.role = role;
    const type_view t = op_->graph().type(v);
    s.rank = t.is_tensor() ? static_cast<std::uint8_t>(t.rank()) : std::uint8_t{0};
    slots_.push_back(s);
  }
  constexpr void append(std::size_t slot_number, std::size_t d, factor_index f) {
    const auto dim = static_cast<std::uint32_t>(slot_number * max_rank + d);
    std::size_t at = entries_.size();
    entries_.push_back({dim, f});
    for (; at > 0 && entries_[at - 1].dim > dim; --at) entries_[at] = entries_[at - 1];
    entries_[at] = {dim, f};
  }

  constexpr void flush() {
    if (!open_) return;
    open_ = false;
    current_.first_factor = static_cast<std::uint32_t>(table_->factors_.size());
    current_.factor_count = static_cast<std::uint16_t>(factors_.size());
    current_.first_slot = static_cast<std::uint32_t>(table_->slots_.size());
    current_.slot_count = static_cast<std::uint16_t>(slots_.size());
    for (const factor& f : factors_) table_->factors_.push_back(f);
    std::size_t next = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      slots_[i].first_dim = static_cast<std::uint32_t>(table_->dim_begin_.size() - 1);
      for (std::size_t d = 0; d < slots_[i].rank; ++d) {
        while (next < entries_.size() && entries_[next].dim == i * max_rank + d) {
          table_->dim_factors_.push_back(entries_[next++].f);
        }
        current_.compound = current_.compound || table_->dim_factors_.size() > table_->dim_begin_.back() + 1;
        table_->dim_begin_.push_back(static_cast<std::uint32_t>(table_->dim_factors_.size()));
      }
      table_->slots_.push_back(slots_[i]);
    }
    if (!(own_units_ && slots_.empty())) table_->units_.push_back(current_);
    factors_.clear();
    slots_.clear();
    entries_.clear();
  }

  rule_table* table_;
  const op_view* op_ = nullptr;
  std::size_t operand_count_ = 0;
  bool own_units_ = false, open_ = false;
  unit current_;
  plain_vector<factor> factors_;
  plain_vector<slot> slots_;
  plain_vector<entry> entries_;
};

/// Computes the rule of every op of g. Ops in regions of loops and branches have rules; ops that combine or
/// compare elements (regions of reduce, sort, scatter, ...) have none.
template <class Graph>
[[nodiscard]] constexpr rule_table make_rules(const Graph& g) {
  rule_table table;
  rule_builder builder(table);
  std::uint32_t opaque_end = 0;  // ops below this number stand in an opaque op's region
  for (std::uint32_t i = 0; i < g.op_count(); ++i) {
    if (i < opaque_end) {
      builder.skip_op();
      continue;
    }
    const op_id o{i};
    const op_info& info = g.info(o);
    const op_view v = g.view(o);
    builder.begin_op(v, info.traits);
    info.rule(v, builder);
    builder.end_op(info.place != nullptr);
    if (!g.regions(o).empty() && !info.traits.transparent) opaque_end = g.next(o).index;
  }
  builder.finish();
  return table;
}

}  // namespace partita
