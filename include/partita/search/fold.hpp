// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Folds a program with repeated layers to a shorter one: of each run of layers a few at its ends stay, and between
// them one that stands for all others. What partitioning decides for that one it would decide for each of them, as long
// as what it is told about them is the same.

#include <cstddef>
#include <cstdint>
#include <utility>

#include <partita/ir/rewriter.hpp>
#include <partita/lower/local_program.hpp>
#include <partita/search/repeats.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

/// A run of layers in a folded program.
struct folded_run {
  std::uint32_t layers = 0;  ///< in the original
  std::uint32_t kept = 0;    ///< in the folded program; all of them where the run could not be folded
  /// Whether the original's order of ops is the folded program's with each of the run's segments repeated: the layers
  /// that one stands for are side by side wherever they stand, all in the same order.
  bool contiguous = true;
  [[nodiscard]] constexpr std::uint32_t count() const { return layers - kept + 1; }
};

/// Consecutive ops of a folded program, those of regions included, that belong to the layer which stands for others.
/// In the original they are there `times` times.
struct folded_segment {
  op_id first, end;
  std::uint32_t run = 0, times = 1;
};

/// What fold() makes. The maps are total: from ops, values, arguments and results of the original, by number.
template <class Ops>
struct folded_program {
  basic_graph<Ops> graph;
  plain_vector<folded_run> runs;
  plain_vector<folded_segment> segments;  ///< in order

  plain_vector<op_id> ops;
  plain_vector<value_id> values;
  plain_vector<std::uint32_t> arguments, results;
  /// By op and by value of the folded program: for how many of the original it stands.
  plain_vector<std::uint32_t> op_counts, value_counts;
  /// By argument and by result of the folded program, the same.
  plain_vector<std::uint32_t> argument_counts, result_counts;
  /// By op of the folded program: the op of the original of which it is a copy.
  plain_vector<op_id> origins;

  /// How many of the original's collectives one of the folded program stands for.
  [[nodiscard]] constexpr std::uint32_t count(const cause& why) const {
    if (!why.op) return value_counts[why.value.index];
    const std::uint32_t ops_count = op_counts[why.op.index];
    // A loop that is in no layer may carry values of layers.
    if (!graph.info(why.op).traits.transparent) return ops_count;
    return ops_count > value_counts[why.value.index] ? ops_count : value_counts[why.value.index];
  }
  [[nodiscard]] constexpr bool is_contiguous() const {
    for (const folded_run& r : runs) {
      if (!r.contiguous) return false;
    }
    return true;
  }
};

namespace detail {

template <class Ops>
class folder {
 public:
  folder(const basic_graph<Ops>& g, const program_outline& outline, const layer_repeats& layers, std::uint32_t keep)
      : g_(g), outline_(outline), layers_(layers), to_(g) {
    for (const layer_run& run : layers.runs()) {
      std::uint32_t kept = 2 * run.edge() + 1;
      if (kept < keep) kept = keep;
      made_.runs.push_back({run.layers, kept < run.layers ? kept : run.layers, true});
    }
    // A layer that refers to one which stands later in the folded program stays.
    for (std::uint32_t r = 0; r < made_.runs.size(); ++r) {
      if (!keeps_order(r)) made_.runs[r].kept = made_.runs[r].layers;
    }
    for (std::uint32_t r = 0; r < made_.runs.size(); ++r) made_.runs[r].contiguous = are_side_by_side(r);
  }

  folded_program<Ops> run() {
    made_.ops.assign(g_.op_count(), {});
    for (std::size_t i = 0; i < g_.arguments().size(); ++i) {
      const value_id v = g_.arguments()[i];
      made_.arguments.push_back(static_cast<std::uint32_t>(to_.out().arguments().size()));
      if (!is_folded(outline_.definition(v).cell)) to_.set(v, to_.out().add_argument(to_.type_of(v), g_.argument_name(i)));
    }
    const auto hook = [this](op_id o) { return visit(o); };
    to_.copy_body(hook);
    restore();
    made_.results.resize(g_.results().size());
    std::uint32_t result = 0;
    for (std::uint32_t i = 0; i < outline_.size(); ++i) {
      const cell_id c{i};
      if (outline_[c].what != outline_cell::kind::result || is_folded(c)) continue;
      to_.out().add_result(to_[stand_in(c, 0)], g_.result_name(outline_[c].index));
      made_.results[outline_[c].index] = result++;
    }
    to_.out().finish();
    made_.graph = std::move(to_.out());
    complete_maps();
    copy_annotations();
    return std::move(made_);
  }

 private:
  // --- which layers stay -------------------------------------------------------------------------------------

  [[nodiscard]] std::uint32_t leading(const folded_run& r) const { return r.kept / 2; }
  /// The layers that one stands for are leading(r) ... last(r); leading(r) stands for them.
  [[nodiscard]] std::uint32_t last(const folded_run& r) const { return leading(r) + r.layers - r.kept; }
  [[nodiscard]] bool is_inner(const folded_run& r, std::uint32_t layer) const {
    return r.kept < r.layers && layer >= leading(r) && layer <= last(r);
  }
  [[nodiscard]] bool is_folded(cell_id c) const {
    const layer_place at = layers_(c);
    if (!at.is_layer()) return false;
    const folded_run& r = made_.runs[at.run];
    return is_inner(r, at.layer) && at.layer != leading(r);
  }
  /// The cell that stands for c.
  [[nodiscard]] cell_id representative(cell_id c) const {
    if (!is_folded(c)) return c;
    const layer_place at = layers_(c);
    return layers_.member(layers_.runs()[at.run], leading(made_.runs[at.run]), at.position);
  }

  /// What use i of a cell that stays refers to in the folded program: the value, of the original, that stays.
  [[nodiscard]] value_id stand_in(cell_id user, std::size_t i) const {
    const value_id v = outline_.uses(user)[i];
    const cell_definition made = outline_.definition(v);
    if (!made.cell) return v;
    const layer_place from = layers_(user), at = layers_(made.cell);
    if (!at.is_layer()) return v;
    if (from.run != at.run) return outline_.definitions(representative(made.cell))[made.position];
    const folded_run& r = made_.runs[at.run];
    if (r.kept == r.layers || is_shared(from, i)) return v;
    // As many layers ahead or behind as in the original, of those that stay.
    const std::uint32_t folded = r.layers - r.kept;
    const std::uint32_t kept = (from.layer > leading(r) ? from.layer - folded : from.layer) + at.layer - from.layer;
    const std::uint32_t layer = kept > leading(r) ? kept + folded : kept;
    return outline_.definitions(layers_.member(layers_.runs()[at.run], layer, at.position))[made.position];
  }

  /// Whether all layers refer to one value there, so that the layers which are side by side do.
  [[nodiscard]] bool is_shared(const layer_place& user, std::size_t i) const {
    const layer_run& run = layers_.runs()[user.run];
    const std::uint32_t layer = leading(made_.runs[user.run]);
    const auto use = [&](std::uint32_t l) { return outline_.uses(layers_.member(run, l, user.position))[i]; };
    return use(layer) == use(layer + 1);
  }

  [[nodiscard]] bool keeps_order(std::uint32_t number) const {
    const layer_run& run = layers_.runs()[number];
    for (std::uint32_t l = 0; l < run.layers; ++l) {
      for (std::uint32_t p = 0; p < run.positions; ++p) {
        const cell_id c = layers_.member(run, l, p);
        if (is_folded(c)) continue;
        for (std::size_t i = 0; i < outline_.uses(c).size(); ++i) {
          const cell_id before = outline_.definition(outline_.uses(c)[i]).cell;
          if (before && (before < c) != (outline_.definition(stand_in(c, i)).cell < c)) return false;
        }
      }
    }
    return true;
  }

  [[nodiscard]] bool are_side_by_side(std::uint32_t number) const {
    const folded_run& r = made_.runs[number];
    const std::uint32_t count = r.count();
    plain_vector<layer_place> stretch;
    bool right = true;
    const auto check = [&] {
      const std::size_t size = stretch.size() / count;
      right = right && stretch.size() % count == 0;
      plain_vector<std::uint8_t> seen(r.layers);
      for (std::size_t i = 0; right && i < stretch.size(); ++i) {
        const layer_place& at = stretch[i];
        if (i % size == 0) right = seen[at.layer]++ == 0;
        right = right && at.layer == stretch[i - i % size].layer && at.position == stretch[i % size].position;
      }
      stretch.clear();
    };
    for (const cell_id c : outline_.op_cells()) {
      if (outline_[c].what != outline_cell::kind::op) continue;
      const layer_place at = layers_(c);
      if (at.run == number && is_inner(r, at.layer)) {
        stretch.push_back(at);
      } else if (!stretch.empty()) {
        check();
      }
    }
    check();
    return right;
  }

  // --- copying -----------------------------------------------------------------------------------------------

  bool visit(op_id o) {
    const cell_id c = outline_.of(o);
    if (c) {
      restore();
      if (is_folded(c)) return true;
      note_segment(layers_(c));
      if (outline_.is_open(o)) {
        copy_open(o, c);
        return true;
      }
      for (std::size_t i = 0; i < outline_.uses(c).size(); ++i) {
        const value_id v = outline_.uses(c)[i], other = stand_in(c, i);
        if (v == other || outline_.is_place(v)) continue;
        replaced_.push_back({v, to_[v]});
        to_.set(v, to_[other]);
      }
    }
    note_op(o);
    return false;
  }
  /// Takes back what was replaced for one op.
  void restore() {
    while (!replaced_.empty()) {
      to_.set(replaced_.back().value, replaced_.back().made);
      replaced_.pop_back();
    }
  }
  void note_op(op_id o) {
    made_.ops[o.index] = {static_cast<std::uint32_t>(to_.out().op_count())};
    made_.origins.push_back(o);
    if (in_segment_) made_.segments.back().end = {made_.ops[o.index].index + 1};
  }
  void note_segment(const layer_place& at) {
    const bool inner = at.is_layer() && is_inner(made_.runs[at.run], at.layer);
    if (inner && !(in_segment_ && made_.segments.back().run == at.run)) {
      const op_id next{static_cast<std::uint32_t>(to_.out().op_count())};
      made_.segments.push_back({next, next, at.run, made_.runs[at.run].count()});
    }
    in_segment_ = inner;
  }

  struct use_place {
    cell_id cell;
    std::size_t use = 0;
  };
  /// Copies an op without what it carries for folded layers.
  void copy_open(op_id o, cell_id c) {
    note_op(o);
    std::size_t rest = 0;  // uses of the op's own cell so far
    plain_vector<value_id> operands;
    take_uses(o, c, slot_role::operand, 0, g_.operands(o).size(), rest, operands);
    const op_id made = to_.out().open_op(to_.region(), g_.code(o), operands, 0, to_.out().intern(g_.scope(o)));
    plain_vector<region_id> regions;
    for (std::size_t i = 0; i < g_.regions(o).size(); ++i) regions.push_back(to_.out().open_region(made));
    for (std::size_t i = 0; i < regions.size(); ++i) {
      const region_id from = g_.regions(o)[i];
      for (const value_id v : g_.arguments(from)) {
        if (!is_folded(outline_.definition(v).cell)) to_.set(v, to_.out().add_argument(regions[i], to_.type_of(v)));
      }
      to_.out().begin_region(regions[i]);
      const auto hook = [this](op_id inner) { return visit(inner); };
      to_.copy_region(from, regions[i], hook);
      restore();
      plain_vector<value_id> results;
      take_uses(o, c, slot_role::yield, i, g_.results(from).size(), rest, results);
      to_.out().end_region(regions[i], results);
    }
    plain_vector<type_id> types;
    for (const value_id v : g_.results(o)) {
      if (!is_folded(outline_.definition(v).cell)) types.push_back(to_.type_of(v));
    }
    to_.out().close_op(made, types);
    std::size_t next = 0;
    for (const value_id v : g_.results(o)) {
      if (!is_folded(outline_.definition(v).cell)) to_.set(v, to_.out().results(made)[next++]);
    }
    in_segment_ = in_segment_ && is_inner_cell(c);
  }
  /// The folded program's values for the operands of an open op or the results of its region.
  void take_uses(op_id o, cell_id c, slot_role role, std::size_t region, std::size_t count, std::size_t& rest,
                 plain_vector<value_id>& taken) const {
    plain_vector<use_place> places(count);
    cell_id carried = c;
    for (const unit_id u : outline_.rules().units(o)) {
      ++carried.index;
      std::size_t use = 0;
      for (const slot& s : outline_.rules().slots(u)) {
        if (!s.is_use()) continue;
        if (s.role == role && s.region == region) places[s.index] = {carried, use};
        ++use;
      }
    }
    for (const use_place& p : places) {
      if (!p.cell) {
        taken.push_back(to_[stand_in(c, rest++)]);
      } else if (!is_folded(p.cell)) {
        taken.push_back(to_[stand_in(p.cell, p.use)]);
      }
    }
  }
  [[nodiscard]] bool is_inner_cell(cell_id c) const {
    const layer_place at = layers_(c);
    return at.is_layer() && is_inner(made_.runs[at.run], at.layer);
  }

  // --- maps --------------------------------------------------------------------------------------------------

  void complete_maps() {
    made_.values.resize(g_.value_count());
    for (std::uint32_t i = 0; i < g_.value_count(); ++i) made_.values[i] = to_[value_id{i}];
    for (std::uint32_t i = 0; i < outline_.size(); ++i) {
      const cell_id c{i};
      if (!is_folded(c)) continue;
      const cell_id r = representative(c);
      for (std::size_t k = 0; k < outline_.definitions(c).size(); ++k) {
        const value_id v = outline_.definitions(c)[k];
        if (!outline_.is_place(v)) made_.values[v.index] = made_.values[outline_.definitions(r)[k].index];
      }
      switch (outline_[c].what) {
        case outline_cell::kind::op: map_op({outline_[c].index}, {outline_[r].index}); break;
        case outline_cell::kind::result: made_.results[outline_[c].index] = made_.results[outline_[r].index]; break;
        case outline_cell::kind::argument: made_.arguments[outline_[c].index] = made_.arguments[outline_[r].index]; break;
        case outline_cell::kind::carried: break;
      }
    }
    made_.op_counts.assign(made_.graph.op_count(), 0);
    for (const op_id o : made_.ops) ++made_.op_counts[o.index];
    made_.value_counts.assign(made_.graph.value_count(), 0);
    for (const value_id v : made_.values) ++made_.value_counts[v.index];
    made_.argument_counts.assign(made_.graph.arguments().size(), 0);
    for (const std::uint32_t i : made_.arguments) ++made_.argument_counts[i];
    made_.result_counts.assign(made_.graph.results().size(), 0);
    for (const std::uint32_t i : made_.results) ++made_.result_counts[i];
  }
  /// An op and, unless these are cells of their own, all that its regions hold. Both ops are built alike.
  void map_op(op_id o, op_id representative) {
    const std::uint32_t end = outline_.is_open(o) ? o.index + 1 : g_.next(o).index;
    for (std::uint32_t i = o.index; i < end; ++i) {
      const op_id from{i}, to{representative.index + (i - o.index)};
      made_.ops[i] = made_.ops[to.index];
      if (i != o.index) map_values(g_.results(from), g_.results(to));
      if (outline_.is_open(o)) continue;
      for (std::size_t k = 0; k < g_.regions(from).size(); ++k) {
        map_values(g_.arguments(g_.regions(from)[k]), g_.arguments(g_.regions(to)[k]));
      }
    }
  }
  void map_values(id_range<value_id> from, id_range<value_id> to) {
    for (std::size_t i = 0; i < from.size(); ++i) made_.values[from[i].index] = made_.values[to[i].index];
  }

  void copy_annotations() {
    for (annotation a : g_.annotations()) {
      a.key = made_.graph.intern(g_.text(a.key));
      a.value = made_.graph.intern(g_.text(a.value));
      const bool op = a.where == annotation::place::op;
      if (op && !(made_.origins[made_.ops[a.index].index] == op_id{a.index})) continue;
      if (op) a.index = made_.ops[a.index].index;
      if (a.where == annotation::place::argument) {
        if (is_folded(outline_.definition(g_.arguments()[a.index]).cell)) continue;
        a.index = made_.arguments[a.index];
      }
      if (a.where == annotation::place::result) {
        if (is_folded({static_cast<std::uint32_t>(outline_.size() - g_.results().size() + a.index)})) continue;
        a.index = made_.results[a.index];
      }
      made_.graph.annotate(a);
    }
  }

  struct replacement {
    value_id value, made;
  };

  const basic_graph<Ops>& g_;
  const program_outline& outline_;
  const layer_repeats& layers_;
  graph_rewriter<Ops> to_;
  folded_program<Ops> made_;
  plain_vector<replacement> replaced_;
  bool in_segment_ = false;
};

}  // namespace detail

/// Folds the repeated layers of a program.
///
/// `outline` and `layers` are the program's own. `keep`: how many layers of a run stay, at least three; more where a
/// layer refers beyond its neighbours. Arguments and results that stay keep their names. A program without layers is
/// copied. Linear in the program's size. Example: tests/unit/search/fold.cpp.
struct fold_t {
  template <class Ops>
  [[nodiscard]] folded_program<Ops> operator()(const basic_graph<Ops>& g, const program_outline& outline,
                                               const layer_repeats& layers, std::uint32_t keep = 3) const {
    return detail::folder<Ops>(g, outline, layers, keep).run();
  }
  /// Finds the layers as well.
  template <class Ops>
  [[nodiscard]] folded_program<Ops> operator()(const basic_graph<Ops>& g, std::uint32_t keep = 3) const {
    const rule_table rules = make_rules(g);
    const program_outline outline(g, rules);
    return (*this)(g, outline, find_layers(outline), keep);
  }
};
inline constexpr fold_t fold{};

}  // namespace partita
