// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The simplest search there is, which others must beat: plans at random.

#include <cstdint>

#include <partita/search/budget.hpp>
#include <partita/search/problem.hpp>
#include <partita/search/rollout.hpp>

namespace partita {

/// Plays rollouts from the first state and keeps the best result.
struct random_search {
  std::uint64_t seed = 1;
  std::size_t max_depth = 256;

  template <Problem P, class Observer = unobserved, class Stop = never_stop>
  search_result<outcome_of<P>> operator()(P& p, search_budget budget, const Observer& observer = {}, const Stop& stop = {}) const {
    detail::incumbent<P, Observer, Stop> best(p, budget, observer, stop);
    random_rollout play;
    leaf at;
    at.random = split_mix(seed);
    while (!best.over()) {
      at.depth_left = max_depth;
      at.actions.clear();
      const auto e = play(p, at);
      best.count();
      if (e.result) best.offer(e.outcome, at.actions);
      // The only plan there is.
      if (at.actions.empty() && at.legal.empty()) return best.result(true);
    }
    return best.result(false);
  }
};

}  // namespace partita
