// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random tactics: tiles and pins drawn from all that the state allows, on arguments and on values inside the program.
// What no one would write is what finds mistakes.

#include <cstdint>

#include <partita/search/partitioning.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/split_mix.hpp>

namespace partita {

struct random_tactics {
  std::size_t tactics = 3;       ///< how many, each followed by propagation
  std::size_t actions = 3;       ///< of one tactic at most
  std::uint64_t seed = 1;

  /// Applies random tactics to p and returns what they were.
  template <class Partitioning>
  constexpr plain_vector<plain_vector<action>> operator()(Partitioning& p) const {
    split_mix random(seed);
    const graph_base& g = p.facts().graph;
    plain_vector<value_id> inner;
    for (std::uint32_t v = 0; v < g.value_count(); ++v) {
      const op_id o = g.definition({v});
      if (o && !p.facts().flow.is_constant({v}) && !p.facts().flow.contacts({v}).empty()) inner.push_back({v});
    }
    plain_vector<plain_vector<action>> taken;
    for (std::size_t t = 0; t < tactics; ++t) {
      plain_vector<action> chosen;
      for (std::size_t tries = 0; tries < 8 * actions && chosen.size() < actions; ++tries) {
        const bool argument = inner.empty() || (random.below(2) == 0 && !g.arguments().empty());
        if (argument && g.arguments().empty()) break;
        const value_id v = argument ? g.arguments()[random.below(g.arguments().size())] : inner[random.below(inner.size())];
        if (const action a = draw(p.state(), v, random); a.value && fits(chosen, a)) chosen.push_back(a);
      }
      if (chosen.empty()) continue;
      p.apply(chosen);
      taken.push_back(chosen);
    }
    return taken;
  }

 private:
  static constexpr action draw(const sharding_state& state, value_id v, split_mix& random) {
    const type_view t = state.program().type(v);
    const auto axis = static_cast<axis_index>(random.below(state.axes().size()));
    if (!t.is_tensor() || t.rank() == 0 || state(v, axis).known()) return {};
    if (random.below(6) == 0) return {action_kind::pin, 0, axis, v, 0};
    const std::size_t d = random.below(t.rank());
    if (t.dims[d] == dynamic_size || t.dims[d] == 0) return {};
    if (state.local_size(v, d) % state.axes()[axis] != 0) return {};
    return {action_kind::tile, static_cast<std::uint8_t>(d), axis, v, 0};
  }
  // One action on one value: two of one tactic cannot contradict one another then.
  static constexpr bool fits(const plain_vector<action>& chosen, const action& a) {
    for (const action& c : chosen) {
      if (c.value == a.value) return false;
    }
    return true;
  }
};

}  // namespace partita
