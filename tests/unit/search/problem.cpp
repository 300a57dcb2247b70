// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <partita/search/problem.hpp>

#include <doctest/doctest.h>

#include <partita/search/budget.hpp>

#include "support/games.hpp"
#include "support/planning_problems.hpp"
#include "support/problem_laws.hpp"

namespace {

using namespace partita;
using namespace partita::testing;

static_assert(AdversarialProblem<tic_tac_toe> && AdversarialProblem<connect_four> && !BoundedProblem<connect_four>);
static_assert(BoundedProblem<knapsack> && BoundedProblem<travelling_salesman> && !AdversarialProblem<knapsack>);
static_assert(Problem<sliding_tiles> && Problem<switches> && !Problem<int>);

TEST_CASE("games keep the laws of a problem") {
  tic_tac_toe small;
  check_problem_laws(small, 1, 50);
  connect_four large;
  check_problem_laws(large, 2, 50);
}

TEST_CASE("planning problems keep the laws of a problem") {
  knapsack things = knapsack::random(3, 12);
  check_problem_laws(things, 3, 50, true);
  switches on(8, true);
  check_problem_laws(on, 4, 20, true);
  all_but rest({5, -1, 4, -2});
  check_problem_laws(rest, 7, 20);
  travelling_salesman cities(5, 8);
  check_problem_laws(cities, 5, 50);
  sliding_tiles tiles("123456708");
  check_problem_laws(tiles, 6, 20);
}

TEST_CASE("bounds are admissible") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    knapsack things = knapsack::random(seed, 14);
    check_bound_law(things, seed, 50);
    travelling_salesman cities(seed, 9);
    check_bound_law(cities, seed, 50);
  }
}

TEST_CASE("a game of connect four is won by four in any direction") {
  CHECK(connect_four("0101010").evaluate() == 1);     // upright
  CHECK(connect_four("0011223").evaluate() == 1);     // level
  CHECK(connect_four("01122323363").evaluate() == 1);  // rising
  CHECK(connect_four("65544343303").evaluate() == 1);  // falling
  CHECK(connect_four("60101010").evaluate() == -1);   // the second player
  CHECK(connect_four("010101").evaluate() == 0);
  search_actions list;
  connect_four("0101010").legal_actions(list);
  CHECK(list.empty());
  connect_four("000000").legal_actions(list);  // a full column
  CHECK(list.size() == 6);
}

TEST_CASE("actions without effect are left out of a plan") {
  switches on(4);
  search_actions plan;
  for (const search_action a : {2u, 2u, 1u, 2u, 1u}) plan.push_back(a);
  detail::drop_idle_actions(on, plan);
  REQUIRE(plan.size() == 2);
  CHECK(plan[0] == 2);
  CHECK(plan[1] == 1);
  CHECK(on.hash() == 0);
}

}  // namespace
