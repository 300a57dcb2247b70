// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Fronts against all states of a small problem.

#include <map>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/search/exhaustive.hpp>

#include "support/programs.hpp"

namespace {

using namespace partita;
using problem = partition_problem<graph::ops>;

constexpr auto line = make_mesh(axis<"batch", 4>);

search_request wants(const auto&... clauses) {
  search_request request{{0}, detail::goal_of(clauses...), 1e9};
  if (!request.wanted.bounds_on(metric::peak_memory)) request.wanted.bounds.push_back(peak_memory <= device_memory);
  return request;
}

void collect(problem& p, std::map<std::uint64_t, estimate_summary>& states) {
  if (!states.emplace(p.hash(), p.evaluate()).second) return;
  search_actions legal;
  p.legal_actions(legal);
  for (const search_action a : legal) {
    p.apply(a);
    collect(p, states);
    p.undo();
  }
}

void check_front(const search_request& request, std::size_t least_points) {
  const graph g = testing::small_program("mlp_train");
  const search_ground<graph::ops> ground(g);
  problem p(ground, line.sizes(), default_target(tpu_v3, line), {}, request, {});
  std::map<std::uint64_t, estimate_summary> states;
  collect(p, states);
  REQUIRE(states.size() > 20);
  const std::uint64_t hash = p.hash();
  const auto front = search_front(p, exhaustive_search{}, search_budget::of_evaluations(8'000'000));
  CHECK(p.hash() == hash);
  CHECK(p.request().wanted == request.wanted);
  REQUIRE(front.points.size() >= least_points);
  const metric first = request.wanted.minimized[0].sum[0].metric, second = request.wanted.minimized[1].sum[0].metric;
  // The search sees everything, so that no state betters a point, and the ends are the best of all.
  const auto holds = [&](const estimate_summary& e) { return request.memory_excess(e) + request.other_excess(e) == 0; };
  bool any_holds = false;
  for (const auto& [at, e] : states) any_holds = any_holds || holds(e);
  if (!any_holds) CHECK(front.points.size() == 1);
  for (const auto& point : front.points) {
    const double a = value_of(first, point.outcome), b = value_of(second, point.outcome);
    CHECK(holds(point.outcome) == any_holds);
    std::size_t bettered = 0, lower = 0;
    for (const auto& [at, e] : states) {
      if (!holds(e)) continue;
      const double x = value_of(first, e), y = value_of(second, e);
      bettered += (x < a && y <= b) || (x <= a && y < b) ? 1u : 0u;
      lower += &point == &front.points.front() && x < a ? 1u : 0u;
      lower += &point == &front.points.back() && y < b ? 1u : 0u;
    }
    CHECK(bettered == 0);
    CHECK(lower == 0);
    // The actions lead there.
    for (const search_action act : point.actions) p.apply(act);
    CHECK(value_of(first, p.evaluate()) == a);
    CHECK(value_of(second, p.evaluate()) == b);
    for (std::size_t i = 0; i < point.actions.size(); ++i) p.undo();
  }
  for (std::size_t i = 1; i < front.points.size(); ++i) {
    CHECK(value_of(first, front.points[i - 1].outcome) < value_of(first, front.points[i].outcome));
    CHECK(value_of(second, front.points[i - 1].outcome) > value_of(second, front.points[i].outcome));
  }
  for (const auto& [at, e] : states) CHECK_FALSE(request.better(e, front.best.outcome));
}

}  // namespace

TEST_CASE("a front of time against memory has no plan that another one betters") {
  check_front(wants(pareto_front(step_time, peak_memory)), 3);
}
TEST_CASE("a front of memory against bytes that may be nothing") { check_front(wants(pareto_front(peak_memory, communicated_bytes)), 3); }
TEST_CASE("a front keeps to bounds") {
  check_front(wants(pareto_front(step_time, peak_memory), subject_to(peak_memory <= 6_kB)), 2);
}
TEST_CASE("where nothing keeps to the bounds the front is the plan that misses them least") {
  check_front(wants(pareto_front(step_time, communicated_bytes), subject_to(peak_memory <= 1_B)), 1);
}

TEST_CASE("the searches of a front share its budget") {
  const graph g = testing::small_program("mlp_train");
  const search_ground<graph::ops> ground(g);
  problem p(ground, line.sizes(), default_target(tpu_v3, line), {}, wants(pareto_front(step_time, peak_memory)), {});
  const auto front = search_front(p, iterated_greedy{}, search_budget::of_evaluations(160));
  CHECK(front.best.evaluations <= 160);
  CHECK(front.best.evaluations > 80);
  CHECK(front.best.best_at <= front.best.evaluations);
  CHECK_FALSE(front.points.empty());
}

TEST_CASE("a part of a budget") {
  CHECK(search_budget::of_evaluations(100).part(8).evaluations == 13);
  CHECK(search_budget::of_evaluations(3).part(8).evaluations == 1);
  CHECK(search_budget::of_seconds(4).part(8).seconds == 0.5);
  CHECK(search_budget::of_seconds(4).part(8).evaluations == search_budget::of_seconds(4).evaluations);
}
