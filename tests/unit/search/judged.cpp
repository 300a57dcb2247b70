// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <partita/search/judged.hpp>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/search/exhaustive.hpp>
#include <partita/search/parallel_greedy.hpp>

#include "support/planning_problems.hpp"
#include "support/problem_laws.hpp"
#include "support/programs.hpp"

namespace {

using namespace partita;
using namespace partita::testing;

/// What is nearest to a number is best.
struct nearest_to {
  double wanted;
  [[nodiscard]] double distance(double x) const { return x < wanted ? wanted - x : x - wanted; }
  [[nodiscard]] bool better(double x, double y) const { return distance(x) < distance(y); }
  [[nodiscard]] double reward(double x) const { return -distance(x); }
};

/// What nobody wants.
struct most_memory {
  [[nodiscard]] bool better(const estimate_summary& x, const estimate_summary& y) const {
    return x.peak_memory_bytes > y.peak_memory_bytes;
  }
  [[nodiscard]] double reward(const estimate_summary& x) const { return x.peak_memory_bytes; }
};

constexpr auto on = make_mesh(axis<"batch", 4>, axis<"model", 2>);

}  // namespace

TEST_CASE("a judged problem is searched for what its order calls best") {
  // Values 10, 9 and 5, of which any two fit: 14 can be had, though 19 is worth more.
  knapsack things({{10, 1}, {9, 1}, {5, 1}}, 2);
  CHECK(exhaustive_search{}(things).outcome == 19);
  for (const double wanted : {0.0, 5.0, 14.0, 19.0}) {
    judged p(things, nearest_to{wanted});
    CHECK(exhaustive_search{}(p).outcome == wanted);
    CHECK(iterated_greedy{}(p, {}).outcome == wanted);
  }
  CHECK(exhaustive_search{}(things).outcome == 19);
}

TEST_CASE("a judged problem keeps the laws of a problem") {
  knapsack things = knapsack::random(3, 12);
  judged p(things, nearest_to{100});
  check_problem_laws(p, 1, 20);
}

TEST_CASE("a copy of a judged problem has a problem of its own") {
  knapsack things({{10, 1}, {9, 1}}, 2);
  judged p(things, nearest_to{9});
  p.apply(0);
  judged copy = p;
  copy.apply(1);
  CHECK(copy.evaluate() == 19);
  CHECK(p.evaluate() == 10);
  CHECK(things.evaluate() == 10);
  copy.undo();
  CHECK(copy.hash() == p.hash());
  p.undo();
}

TEST_CASE("partition takes an order of one's own, with a search of one's own") {
  const graph g = small_program("mlp_train");
  const auto where = default_target(tpu_v3, on);
  plan_options options;
  options.search = search_budget::of_evaluations(200);
  const auto wish = automatic<"batch", "model">(minimize(peak_memory));
  const auto least = partition(g, on, wish, where, options);
  const auto most = partition(g, on, wish, where, options, judged_by{most_memory{}});
  CHECK(least.total().peak_memory_bytes < least.before.peak_memory_bytes);
  CHECK(most.total().peak_memory_bytes >= most.before.peak_memory_bytes);
  const auto threads = partition(g, on, wish, where, options, judged_by{most_memory{}, parallel_greedy{{}, 2}});
  CHECK(threads.found_schedule == most.found_schedule);
}
