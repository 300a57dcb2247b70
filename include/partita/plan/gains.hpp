// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What each decision of a plan is good for: the plan is made again without it, the others as they were, and compared.
// A decision that others make good for gains nothing by itself, so gains do not add up to what the plan gains.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <partita/plan/partition.hpp>
#include <partita/plan/plan.hpp>

namespace partita {

/// The plan without one of its tactics, or without one decision of a search.
struct plan_without {
  std::string tactic;    ///< the one that is left out
  std::string decision;  ///< what the search decided; empty for a manual tactic
  double step_time_s = 0;
  std::int64_t peak_memory_bytes = 0, communicated_bytes = 0;
};

namespace detail {

/// What a decision of a search tiles first, an argument if there is one, and how much it tiles beside.
template <class Ops>
[[nodiscard]] std::string describe_decision(const basic_graph<Ops>& g, list_view<action> actions, const device_mesh& mesh) {
  const action* shown = nullptr;
  std::size_t tiles = 0;
  for (const action& a : actions) {
    if (a.kind != action_kind::tile) continue;
    ++tiles;
    const bool argument = g.argument_of(a.value) == g.body();
    if (shown == nullptr || (argument && g.argument_of(shown->value) != g.body())) shown = &a;
  }
  if (shown == nullptr) return "nothing is split";
  std::string text = label_of(g, shown->value) + " dim " + std::to_string(shown->dim) + " over " + std::string(mesh.name(shown->axis));
  if (tiles > 1) text += " and " + std::to_string(tiles - 1) + " more";
  return text;
}

/// Those actions that a state takes, which need not be the one that they were made for.
template <class State>
[[nodiscard]] plain_vector<action> those_that_apply(list_view<action> actions, const State& state, const device_mesh& mesh) {
  plain_vector<action> kept;
  not_applied why;
  for (const action& a : actions) {
    if (can_apply(a, kept, state, mesh, why)) kept.push_back(a);
  }
  return kept;
}

}  // namespace detail

/// For each tactic that was applied, what the program costs without it: one lowering and simulation each.
///
/// `g`, `where`, `options`: those that the plan was made with. Of the tactics behind the one that is left out applies
/// what still can, as a schedule does. Units: seconds, bytes of one device. Example: the option --explain of
/// examples/partita.cpp.
struct gains_of_t {
  template <class Ops>
  [[nodiscard]] std::vector<plan_without> operator()(const basic_graph<Ops>& g, const plan<Ops>& p, const any_target& where,
                                                     const lowering_options& options = {}) const {
    const program_facts<Ops> facts(g);
    partitioning<Ops> state(facts, p.mesh.sizes());
    std::vector<plan_without> all;
    for (std::size_t k = 0; k < p.applied.size(); ++k) {
      const auto before = state.here();
      for (std::size_t i = k + 1; i < p.applied.size(); ++i) {
        state.apply(detail::those_that_apply(p.applied[i].actions, state.state(), p.mesh));
      }
      const local_program<Ops> program = state.lower(options);
      const estimate e = simulate(program.graph, where);
      const applied_tactic& left_out = p.applied[k];
      all.push_back({left_out.name,
                     left_out.found ? detail::describe_decision(g, left_out.actions, p.mesh) : std::string(), e.step_time_s,
                     static_cast<std::int64_t>(e.peak_memory_bytes), moved_bytes(total_collectives(program))});
      state.undo(before);
      state.apply(left_out.actions);
    }
    return all;
  }
};
inline constexpr gains_of_t gains_of{};

}  // namespace partita
