// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A partitioning in progress: a program with what is derived from it once (rules, data flow, layer stacks,
// results that update arguments), and the state that tactics build up. It is what searches play on: actions
// are applied and undone, and what came of them is lowered and judged.

#include <cstdint>
#include <vector>

#include <partita/ir/paths.hpp>
#include <partita/lower/lowering.hpp>
#include <partita/propagate/layer_stack.hpp>
#include <partita/propagate/propagation.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/tactic/resolve.hpp>

namespace partita {

/// Facts about a program that do not change while it is partitioned.
template <class Ops>
struct program_facts {
  constexpr explicit program_facts(const basic_graph<Ops>& g)
      : graph(g), rules(make_rules(g)), flow(g, rules), stacks(g, rules, flow), twins(argument_twins(g)) {}
  program_facts(const program_facts&) = delete;
  program_facts& operator=(const program_facts&) = delete;

  /// Whether v is made anew wherever it is used, in the layout that the use wants: there is nothing to decide.
  [[nodiscard]] constexpr bool is_remade(value_id v) const { return flow.is_constant(v) && !flow.escapes(v); }

  const basic_graph<Ops>& graph;
  rule_table rules;
  dataflow flow;
  layer_stacks stacks;
  std::vector<std::int32_t> twins;
};

/// Applies tactics one after the other and can go back.
template <class Ops, PropagationStrategy Strategy = level_propagation>
class partitioning {
 public:
  constexpr partitioning(const program_facts<Ops>& facts, const axis_sizes& axes, Strategy strategy = {})
      : facts_(&facts), state_(facts.graph, facts.rules, axes), strategy_(static_cast<Strategy&&>(strategy)) {}

  [[nodiscard]] constexpr const program_facts<Ops>& facts() const { return *facts_; }
  [[nodiscard]] constexpr const sharding_state& state() const { return state_; }
  [[nodiscard]] constexpr list_view<conflict> conflicts() const { return conflicts_; }
  [[nodiscard]] constexpr std::uint16_t tactic_count() const { return tactic_; }

  /// Takes a tactic's actions, which must contradict neither one another nor the state (see resolve), and propagates. What
  /// is asked of values that are remade is left out.
  constexpr void apply(list_view<action> actions) {
    ++tactic_;
    seeds_.clear();
    for (const action& a : actions) {
      if (facts_->is_remade(a.value)) continue;
      state_.set(a.value, a.axis, a.kind == action_kind::pin ? value_sharding::pin() : value_sharding::tile(a.dim), tactic_);
      seeds_.push_back(a.value);
    }
    strategy_.run(state_, facts_->flow, seeds_, tactic_, conflicts_);
  }

  /// Makes the changes that apply made of an equal state, without the propagation that found them; `hash` is that of the
  /// state to which they led. What was left in conflict there is not reported again.
  constexpr void redo(list_view<sharding_state::change> changes, std::uint64_t hash) { state_.redo(changes, hash, ++tactic_); }

  /// A point to which undo returns.
  struct mark {
    sharding_state::mark state;
    std::size_t conflicts = 0;
    std::uint16_t tactic = 0;
  };
  [[nodiscard]] constexpr mark here() const { return {state_.here(), conflicts_.size(), tactic_}; }
  constexpr void undo(const mark& m) {
    state_.undo(m.state);
    conflicts_.resize(m.conflicts);
    tactic_ = m.tactic;
  }

  [[nodiscard]] constexpr local_program<Ops> lower(const lowering_options& options = {}) const {
    return lowering<Ops>(facts_->graph, state_, facts_->flow, facts_->twins, options).run();
  }

 private:
  const program_facts<Ops>* facts_;
  sharding_state state_;
  Strategy strategy_;
  std::vector<conflict> conflicts_;
  plain_vector<value_id> seeds_;
  std::uint16_t tactic_ = 0;
};

}  // namespace partita
