// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <partita/search/annealing.hpp>
#include <partita/search/beam_search.hpp>
#include <partita/search/exhaustive.hpp>
#include <partita/search/iterated_greedy.hpp>
#include <partita/search/random_search.hpp>

#include "support/games.hpp"
#include "support/planning_problems.hpp"

namespace {

using namespace partita;
using namespace partita::testing;

search_budget evaluations(std::uint64_t n) { return search_budget::of_evaluations(n); }

template <class P, class Search>
search_result<outcome_of<P>> checked(P& p, const Search& search, search_budget budget) {
  const auto hash = p.hash();
  std::vector<outcome_of<P>> heard;
  const auto found = search(p, budget, [&](const auto& progress) { heard.push_back(progress.best); });
  CHECK(p.hash() == hash);
  CHECK(found.evaluations <= budget.evaluations);
  CHECK(found.found == !heard.empty());
  for (std::size_t i = 1; i < heard.size(); ++i) CHECK(p.better(heard[i], heard[i - 1]));
  // What was found is where its actions lead.
  detail::excursion<P> out(p);
  for (const search_action a : found.actions) {
    search_actions legal;
    p.legal_actions(legal);
    CHECK(std::find(legal.begin(), legal.end(), a) != legal.end());
    out.apply(a);
  }
  if (found.found) {
    const auto o = p.evaluate();
    CHECK_FALSE(p.better(o, found.outcome));
    CHECK_FALSE(p.better(found.outcome, o));
  }
  return found;
}

TEST_CASE("exhaustive search and branch and bound find what dynamic programming does, and prove it") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    knapsack things = knapsack::random(seed, 12);
    const auto all = checked(things, exhaustive_search{}, {});
    const auto bounded = checked(things, branch_and_bound{}, {});
    CHECK(all.complete);
    CHECK(all.outcome == things.best_value());
    CHECK(bounded.complete);
    CHECK(bounded.outcome == things.best_value());
    CHECK(bounded.evaluations * 4 < all.evaluations);

    travelling_salesman cities(seed, 8);
    const auto tours = checked(cities, exhaustive_search{}, {});
    const auto tour = checked(cities, branch_and_bound{}, {});
    CHECK(tours.complete);
    CHECK(tours.outcome == cities.best_length());
    CHECK(tour.complete);
    CHECK(tour.outcome == cities.best_length());
    CHECK(tour.evaluations < tours.evaluations);
  }
}

TEST_CASE("exhaustive search sees each state once") {
  switches on(8, true);
  const auto found = checked(on, exhaustive_search{}, {});
  CHECK(found.evaluations == 256);
  CHECK(found.outcome == on.best_value());
}

TEST_CASE("what was cut short is not proven") {
  knapsack things = knapsack::random(3, 12);
  CHECK_FALSE(checked(things, exhaustive_search{}, evaluations(100)).complete);
  CHECK_FALSE(checked(things, branch_and_bound{}, evaluations(2)).complete);
  CHECK_FALSE(checked(things, branch_and_bound{}, evaluations(0)).found);
}

TEST_CASE("branch and bound solves what cannot be enumerated") {
  knapsack things = knapsack::random(7, 26);
  const auto found = checked(things, branch_and_bound{}, {});
  CHECK(found.complete);
  CHECK(found.outcome == things.best_value());
}

TEST_CASE("greedy descent takes the best step and stops where none gains") {
  // Values 10 (weight 10) and twice 9 (weight 5): the best first step is the wrong one.
  knapsack things({{10, 10}, {9, 5}, {9, 5}}, 10);
  CHECK(checked(things, greedy_descent{}, {}).outcome == 10);
  CHECK(checked(things, beam_search{2}, {}).outcome == 18);
  // Each switch alone is a loss.
  switches on(6);
  CHECK(checked(on, greedy_descent{}, {}).actions.empty());
  CHECK(checked(on, beam_search{8, 256, 2}, {}).outcome == on.best_value());
  // The nearest neighbour, step by step: a whole tour.
  travelling_salesman cities(2, 9);
  CHECK(checked(cities, greedy_descent{}, {}).actions.size() == 8);
}

TEST_CASE("a wide beam sees everything") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    travelling_salesman cities(seed, 7);
    CHECK(checked(cities, beam_search{1000}, {}).outcome == cities.best_length());
    knapsack things = knapsack::random(seed, 10);
    CHECK(checked(things, beam_search{1000, 256, 10}, {}).outcome == things.best_value());
  }
}

TEST_CASE("a beam finds the way of fewest moves of sliding tiles") {
  sliding_tiles tiles("012453786");
  const auto found = checked(tiles, beam_search{16, 20, 20}, {});
  CHECK(found.outcome.distance == 0);
  CHECK(found.outcome.moves == 4);
}

TEST_CASE("random search and annealing come near the best of small problems") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    travelling_salesman cities(seed, 7);  // 720 tours
    CHECK(checked(cities, random_search{seed}, evaluations(10'000)).outcome == cities.best_length());
    CHECK(checked(cities, simulated_annealing{seed}, evaluations(5'000)).outcome == cities.best_length());
    knapsack things = knapsack::random(seed, 20);
    CHECK(checked(things, simulated_annealing{seed}, evaluations(20'000)).outcome >= 0.99 * things.best_value());
  }
}

TEST_CASE("iterated greedy search goes on where greedy descent stops, and ends when it meets nothing new") {
  knapsack misleading({{10, 10}, {9, 5}, {9, 5}}, 10);
  CHECK(checked(misleading, iterated_greedy{}, {}).outcome == 18);
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    knapsack things = knapsack::random(seed, 12);
    CHECK(checked(things, iterated_greedy{seed}, {}).outcome == things.best_value());
  }
  // What it has met it does not evaluate again.
  switches on(6, true);
  CHECK(checked(on, iterated_greedy{}, {}).evaluations <= 64);
  CHECK(on.evaluations <= 64 + 1);  // and once more to check
}

TEST_CASE("iterated greedy search finds what only gains before something else") {
  all_but things({5, -1, 4, -2, 3, -3, 6, -4});
  CHECK(checked(things, greedy_descent{}, {}).outcome == 8);
  CHECK(checked(things, iterated_greedy{}, {}).outcome == things.best_value());
  CHECK(checked(things, iterated_greedy{.max_depth = 3}, {}).actions.size() <= 3);
}

TEST_CASE("the same seed gives the same result") {
  knapsack things = knapsack::random(9, 20);
  const auto same = [](const auto& a, const auto& b) { return a.actions == b.actions && a.best_at == b.best_at; };
  CHECK(same(random_search{3}(things, evaluations(500)), random_search{3}(things, evaluations(500))));
  CHECK(same(simulated_annealing{3}(things, evaluations(500)), simulated_annealing{3}(things, evaluations(500))));
  CHECK(same(iterated_greedy{3}(things, evaluations(500)), iterated_greedy{3}(things, evaluations(500))));
  CHECK_FALSE(same(random_search{3}(things, evaluations(500)), random_search{4}(things, evaluations(500))));
}

template <class Search>
void check_bad_problems(const Search& search) {
  corridor nowhere(0, [](std::size_t) { return 7.0; });
  const auto one = checked(nowhere, search, evaluations(100));
  CHECK(one.found);
  CHECK(one.outcome == 7);
  corridor never(4, [](std::size_t) { return std::numeric_limits<double>::quiet_NaN(); });
  CHECK_FALSE(checked(never, search, evaluations(100)).found);
  CHECK_FALSE(checked(nowhere, search, evaluations(0)).found);
  CHECK_FALSE(search(nowhere, {}, unobserved{}, [] { return true; }).found);
}

TEST_CASE("bad problems and spent budgets end every search") {
  check_bad_problems(random_search{});
  check_bad_problems(greedy_descent{});
  check_bad_problems(beam_search{});
  check_bad_problems(beam_search{4});
  check_bad_problems(simulated_annealing{});
  check_bad_problems(exhaustive_search{});
}

}  // namespace
