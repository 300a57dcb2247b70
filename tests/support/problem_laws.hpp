// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The laws of the Problem concept, on random walks.

#include <cstdint>
#include <map>
#include <vector>

#include <doctest/doctest.h>

#include <partita/search/problem.hpp>
#include <partita/support/split_mix.hpp>

namespace partita::testing {

template <Problem P>
struct state_facts {
  std::uint64_t hash = 0;
  search_actions legal;
  outcome_of<P> outcome{};
};

template <Problem P>
state_facts<P> facts_of(P& p) {
  state_facts<P> f{p.hash(), {}, p.evaluate()};
  p.legal_actions(f.legal);
  return f;
}

template <Problem P>
void check_same(P& p, const state_facts<P>& a, const state_facts<P>& b) {
  CHECK(a.hash == b.hash);
  CHECK(a.legal == b.legal);
  CHECK_FALSE(p.better(a.outcome, b.outcome));
  CHECK_FALSE(p.better(b.outcome, a.outcome));
}

/// Checks the laws on `walks` random walks. With `commutes`, two actions that are legal in either order must lead to
/// the same state.
template <Problem P>
void check_problem_laws(P& p, std::uint64_t seed, std::size_t walks, bool commutes = false) {
  CAPTURE(seed);
  split_mix random(seed);
  std::map<std::uint64_t, state_facts<P>> known;
  std::vector<outcome_of<P>> outcomes;
  for (std::size_t w = 0; w < walks; ++w) {
    std::vector<state_facts<P>> way{facts_of(p)};
    while (!way.back().legal.empty() && way.size() < 64) {
      const search_actions& legal = way.back().legal;
      const search_action a = legal[random.below(legal.size())], b = legal[random.below(legal.size())];
      if (commutes) {
        const auto both = [&p](search_action x, search_action y, state_facts<P>& after) {
          p.apply(x);
          search_actions next;
          p.legal_actions(next);
          bool done = false;
          for (const search_action n : next) done = done || n == y;
          if (done) {
            p.apply(y);
            after = facts_of(p);
            p.undo();
          }
          p.undo();
          return done;
        };
        state_facts<P> ab, ba;
        if (both(a, b, ab) && both(b, a, ba)) check_same(p, ab, ba);
      }
      p.apply(a);
      way.push_back(facts_of(p));
      const auto [at, fresh] = known.emplace(way.back().hash, way.back());
      if (!fresh) check_same(p, at->second, way.back());
      outcomes.push_back(way.back().outcome);
      if constexpr (AdversarialProblem<P>) CHECK((p.player() == 0 || p.player() == 1));
    }
    while (way.size() > 1) {
      way.pop_back();
      p.undo();
      check_same(p, facts_of(p), way.back());
    }
  }
  for (std::size_t i = 0; i < 200 && !outcomes.empty(); ++i) {
    const auto& x = outcomes[random.below(outcomes.size())];
    const auto& y = outcomes[random.below(outcomes.size())];
    CHECK_FALSE(p.better(x, x));
    if (p.better(x, y)) {
      CHECK_FALSE(p.better(y, x));
      CHECK(p.reward(x) >= p.reward(y));
    }
  }
}

/// Checks that no result that a random walk leads to is better than the bound before it.
template <BoundedProblem P>
void check_bound_law(P& p, std::uint64_t seed, std::size_t walks) {
  CAPTURE(seed);
  split_mix random(seed);
  for (std::size_t w = 0; w < walks; ++w) {
    std::vector<outcome_of<P>> bounds;
    while (true) {
      bounds.push_back(p.bound());
      search_actions legal;
      p.legal_actions(legal);
      if (legal.empty() || can_stop(p)) {
        const auto o = p.evaluate();
        for (const auto& b : bounds) CHECK_FALSE(p.better(o, b));
      }
      if (legal.empty()) break;
      p.apply(legal[random.below(legal.size())]);
    }
    for (std::size_t i = 1; i < bounds.size(); ++i) p.undo();
  }
}

}  // namespace partita::testing
