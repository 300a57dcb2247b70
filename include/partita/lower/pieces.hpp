// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Lowering of one place of a program at a time: an op, the operands of a loop, what a region yields, a result. A search
// changes few places with each decision and asks for the program many times; a piece depends only on the decisions of
// its op and on the layouts of the values that it takes, so that it can be kept and used again.

#include <cstdint>

#include <partita/lower/lowering.hpp>

namespace partita {

/// What one place of a program becomes on each device: ops of a scratch graph that take values from outside.
struct lowered_piece {
  /// A value of the program from outside of the piece, or a constant that the piece uses in a layout.
  struct source {
    value_id local;  ///< in the scratch graph
    value_id value;
    layout at;
    op_id before;  ///< for a constant the op of the scratch graph before which it is needed; none for others
  };
  /// Where a value of the program is after the piece.
  struct binding {
    value_id value, local;  ///< local is false for arguments of regions and for results of the op that owns them
    layout at;
    type_id type;  ///< in the scratch graph
  };
  op_id begin, end;                     ///< ops of the scratch graph
  plain_vector<source> sources;
  plain_vector<binding> bindings;
  plain_vector<value_id> taken;         ///< in the scratch graph: operands of a loop or case, yields, a result
};

/// Makes pieces from the state as it is when asked. Before a piece is made, every value that it uses must have been
/// given its layout by at().
template <class Ops>
class piecewise_lowering {
 public:
  constexpr piecewise_lowering(const basic_graph<Ops>& g, const sharding_state& state, const dataflow& flow,
                               list_view<std::int32_t> twins, const lowering_options& options = {})
      : g_(g), lower_(g, state, flow, twins, options) {
    lower_.prepare();
    lower_.outside_ = &constants_;
  }
  piecewise_lowering(const piecewise_lowering&) = delete;
  piecewise_lowering& operator=(const piecewise_lowering&) = delete;

  /// Where the ops of all pieces are. A place has no position among its arguments: they stand for what is outside.
  [[nodiscard]] constexpr const basic_graph<Ops>& scratch() const { return lower_.program_.graph; }

  /// A value of the program that the next piece may use, and how it lies.
  constexpr void provide(value_id v, const layout& at) {
    const value_id local = lower_.out().add_argument(lower_.out().body(), lower_.local_type(v, at));
    lower_.bind(v, local, at);
    sources_.push_back({local, v, at, {}});
  }

  /// An op whose regions, if any, only combine or compare elements.
  constexpr lowered_piece op(op_id o) {
    lowered_piece piece = begin();
    lower_.emit(o);
    for (const value_id v : g_.results(o)) add_binding(piece, v);
    return end(piece);
  }

  /// What comes before the regions of a loop or case: its operands are taken; its results and the arguments of its
  /// regions get their layouts.
  constexpr lowered_piece open(op_id o) {
    lowered_piece piece = begin();
    const auto slots = lower_.slot_layouts(o);
    for (std::uint16_t i = 0; i < g_.operands(o).size(); ++i) {
      piece.taken.push_back(lower_.take(g_.operands(o)[i], lower_.find(slots, slot_role::operand, 0, i), o));
    }
    const auto lies = [&](value_id v, const layout& at) { piece.bindings.push_back({v, {}, at, lower_.local_type(v, at)}); };
    for (std::uint16_t i = 0; i < g_.results(o).size(); ++i) lies(g_.results(o)[i], lower_.find(slots, slot_role::result, 0, i));
    for (std::uint8_t r = 0; r < g_.regions(o).size(); ++r) {
      const auto arguments = g_.arguments(g_.regions(o)[r]);
      for (std::uint16_t i = 0; i < arguments.size(); ++i) lies(arguments[i], lower_.find(slots, slot_role::argument, r, i));
    }
    return end(piece);
  }

  /// What a region of a loop or case yields.
  constexpr lowered_piece yields(op_id o, std::uint8_t r) {
    lowered_piece piece = begin();
    const auto slots = lower_.slot_layouts(o);
    const auto values = g_.results(g_.regions(o)[r]);
    for (std::uint16_t i = 0; i < values.size(); ++i) {
      piece.taken.push_back(lower_.take(values[i], lower_.find(slots, slot_role::yield, r, i), o));
    }
    return end(piece);
  }

  /// What comes after the regions: partial results are combined. @pre its results were provided as open() had them
  constexpr lowered_piece close(op_id o) {
    lowered_piece piece = begin();
    const auto slots = lower_.slot_layouts(o);
    const auto results = g_.results(o);
    for (std::uint16_t i = 0; i < results.size(); ++i) {
      const layout at = lower_.find(slots, slot_role::result, 0, i);
      if (at.partial != 0) lower_.combine_partial(results[i], o, at);
      add_binding(piece, results[i]);
    }
    return end(piece);
  }

  /// Result i of the program.
  constexpr lowered_piece result(std::size_t i) {
    lowered_piece piece = begin();
    piece.taken.push_back(lower_.take(g_.results()[i], lower_.result_layout(i), op_id{}));
    return end(piece);
  }
  [[nodiscard]] constexpr layout result_layout(std::size_t i) const { return lower_.result_layout(i); }

  /// A value that follows from constants alone, in a layout.
  constexpr lowered_piece constant(value_id v, const layout& at) {
    lowered_piece piece = begin();
    piece.taken.push_back(lower_.make_constant(v, at));
    return end(piece);
  }

  /// Type of v, in the scratch graph, under a layout.
  constexpr type_id type(value_id v, const layout& at) { return lower_.local_type(v, at); }

 private:
  constexpr lowered_piece begin() {
    lowered_piece piece;
    piece.begin = {static_cast<std::uint32_t>(lower_.out().op_count())};
    return piece;
  }
  constexpr void add_binding(lowered_piece& piece, value_id v) {
    const local_value& b = lower_.program_.values[v.index];
    piece.bindings.push_back({v, b.local, b.at, lower_.out().type_index(b.local)});
  }
  constexpr lowered_piece end(lowered_piece& piece) {
    piece.end = {static_cast<std::uint32_t>(lower_.out().op_count())};
    for (const auto& c : constants_) sources_.push_back({c.local, c.value, c.at, {c.before}});
    piece.sources = sources_;
    sources_.clear();
    constants_.clear();
    lower_.within_op_.clear();
    lower_.forget(0);
    lower_.program_.collectives.clear();
    return static_cast<lowered_piece&&>(piece);
  }

  const basic_graph<Ops>& g_;
  lowering<Ops> lower_;
  plain_vector<lowered_piece::source> sources_;
  plain_vector<typename lowering<Ops>::outside_constant> constants_;
};

}  // namespace partita
