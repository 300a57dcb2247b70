// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tactics that no one would write: many arguments tiled and pinned at once, at random.

#include <cstdint>
#include <random>
#include <vector>

#include <partita/search/partitioning.hpp>

namespace partita::testing {

/// Tiles and pins of arguments chosen at random, which contradict neither the state nor one another.
template <class Partitioning>
[[nodiscard]] std::vector<action> random_tactic(const Partitioning& p, std::mt19937& random) {
  const auto& g = p.facts().graph;
  const sharding_state& state = p.state();
  std::vector<action> actions;
  for (const value_id v : g.arguments()) {
    std::vector<std::int64_t> left;
    for (std::size_t d = 0; d < g.type(v).rank(); ++d) left.push_back(state.local_size(v, d));
    for (axis_index a = 0; a < state.axes().size(); ++a) {
      if (left.empty() || state(v, a).known() || random() % 4 != 0) continue;
      const auto d = static_cast<std::uint8_t>(random() % left.size());
      if (random() % 8 == 0) {
        actions.push_back({action_kind::pin, 0, a, v, 0});
      } else if (left[d] % state.axes()[a] == 0) {
        left[d] /= state.axes()[a];
        actions.push_back({action_kind::tile, d, a, v, 0});
      }
    }
  }
  return actions;
}

}  // namespace partita::testing
