// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <partita/search/mcts.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

#include <partita/search/exhaustive.hpp>

#include "support/games.hpp"
#include "support/planning_problems.hpp"

namespace {

using namespace partita;
using namespace partita::testing;

search_budget evaluations(std::uint64_t n) { return search_budget::of_evaluations(n); }

template <class P>
search_action move_of(P& game, std::uint64_t n, mcts_options options = {}) {
  mcts search(game, options, random_rollout{}, uct{});
  const auto& found = search.continue_for(evaluations(n));
  REQUIRE(found.found);
  return found.actions[0];
}

/// The value of a game for the first player, by looking at everything.
int minimax(tic_tac_toe& game) {
  search_actions legal;
  game.legal_actions(legal);
  if (legal.empty()) return static_cast<int>(game.evaluate());
  const int sign = game.player() == 0 ? 1 : -1;
  int best = -2 * sign;
  for (const search_action a : legal) {
    game.apply(a);
    best = sign * std::max(sign * best, sign * minimax(game));
    game.undo();
  }
  return best;
}

/// What a plan leads to; every action of it must be legal.
template <class P>
outcome_of<P> replayed(P& p, const search_actions& plan) {
  detail::excursion<P> out(p);
  for (const search_action a : plan) {
    search_actions legal;
    p.legal_actions(legal);
    CHECK(std::find(legal.begin(), legal.end(), a) != legal.end());
    out.apply(a);
  }
  return p.evaluate();
}

// --- games --------------------------------------------------------------------------------------------------------

TEST_CASE("perfect play of tic-tac-toe is a draw, and tree search plays it") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    tic_tac_toe game;
    REQUIRE(minimax(game) == 0);
    search_actions legal;
    for (game.legal_actions(legal); !legal.empty(); legal.clear(), game.legal_actions(legal)) {
      game.apply(move_of(game, 4000, {.seed = seed}));
      CHECK(minimax(game) == 0);
    }
    CHECK(game.evaluate() == 0);
  }
}

TEST_CASE("tree search punishes every mistake in tic-tac-toe") {
  // Positions after a blunder, with the value of minimax: the move found keeps it.
  for (const char* moves : {"01", "081", "4178", "0218"}) {
    CAPTURE(moves);
    tic_tac_toe game(moves);
    const int value = minimax(game);
    game.apply(move_of(game, 6000));
    CHECK(minimax(game) == value);
  }
}

TEST_CASE("tree search wins at once in connect four, and blocks") {
  for (const merging merge : {merging::never, merging::same_depth}) {
    connect_four upright("303132"), level("00112"), row("001122");
    CHECK(move_of(upright, 2000, {.merge = merge}) == 3);  // the first player's fourth in column 3
    CHECK(move_of(level, 2000, {.merge = merge}) == 3);    // the second player must stop 0, 1, 2
    CHECK(move_of(row, 2000, {.merge = merge}) == 3);
  }
}

TEST_CASE("tree search sees a double threat in connect four") {
  // First player has 2 and 3 of the lowest row with 1, 4 and beyond free: 4 or 1 makes an open three.
  connect_four game("2233");
  const search_action a = move_of(game, 20'000);
  CHECK((a == 1 || a == 4));
  // Second player to move must not let that happen.
  connect_four defence("223");
  const search_action d = move_of(defence, 20'000);
  CHECK((d == 1 || d == 4));
}

TEST_CASE("a search leaves the game as it was and ends where there is no move") {
  connect_four over("0101010");
  const auto hash = over.hash();
  mcts search(over);
  const auto& found = search.continue_for({});  // no budget to end it
  CHECK_FALSE(found.found);
  CHECK(found.actions.empty());
  CHECK(over.hash() == hash);
}

// --- planning -----------------------------------------------------------------------------------------------------

TEST_CASE("small problems are searched whole") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    CAPTURE(seed);
    knapsack things = knapsack::random(seed, 9);
    mcts direct(things, {.seed = seed}, direct_evaluation{});
    CHECK(direct.continue_for({}).complete);
    CHECK(direct.result().outcome == things.best_value());
    CHECK(replayed(things, direct.result().actions) == things.best_value());
    mcts played(things, {.seed = seed});
    CHECK(played.continue_for({}).complete);
    CHECK(played.result().outcome == things.best_value());
    travelling_salesman cities(seed, 6);
    mcts tour(cities, {.seed = seed});
    CHECK(tour.continue_for({}).complete);
    CHECK(tour.result().outcome == cities.best_length());
  }
}

TEST_CASE("larger problems are solved within a share of their states") {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    knapsack things = knapsack::random(seed, 20);  // up to a million states
    mcts search(things, {.seed = seed}, random_rollout{}, uct{.exploration = 0.3});
    CHECK(search.continue_for(evaluations(20'000)).outcome >= 0.97 * things.best_value());
  }
  // One tour of 9! = 362880 is a matter of luck, what is missed on average is not.
  constexpr std::uint64_t tours = 12;
  double missed = 0;
  for (std::uint64_t seed = 1; seed <= tours; ++seed) {
    travelling_salesman cities(seed, 10);
    mcts tour(cities, {.seed = seed}, random_rollout{}, uct{.exploration = 0.3, .best_weight = 0.5});
    missed += tour.continue_for(evaluations(20'000)).outcome / cities.best_length() - 1;
  }
  CHECK(missed / tours <= 0.1);
}

TEST_CASE("sliding tiles are put in order by the fewest moves") {
  // Made by moving the gap from the goal: left, up, left, up; no shorter way leads back, as the distance shows.
  sliding_tiles tiles("012453786");
  REQUIRE(tiles.evaluate().distance == 4);
  mcts search(tiles, {.max_depth = 12}, direct_evaluation{}, uct{.exploration = 0.5});
  const auto& found = search.continue_for(evaluations(20'000));
  CHECK(found.outcome.distance == 0);
  CHECK(found.outcome.moves == 4);
  CHECK(found.actions.size() == 4);
}

// --- the tree -----------------------------------------------------------------------------------------------------

TEST_CASE("states that commuting actions lead to are one") {
  switches on(8);
  for (const merging merge : {merging::same_depth, merging::any_depth}) {
    mcts search(on, {.merge = merge}, direct_evaluation{});
    CHECK(search.continue_for({}).complete);
    CHECK(search.statistics().nodes == 256);  // the subsets of 8
    CHECK(search.result().evaluations == 256);
    CHECK(search.result().outcome == on.best_value());
    CHECK(search.statistics().merged > 0);
  }
  switches few(4);
  mcts apart(few, {.merge = merging::never}, direct_evaluation{});
  CHECK(apart.continue_for({}).complete);
  CHECK(apart.statistics().nodes == 1 + 4 + 12 + 24 + 24);  // the sequences without repetition
}

TEST_CASE("actions without effect, or with that of another, are dropped") {
  switches on(5), twins(5, true);
  mcts plain(on, {}, direct_evaluation{}), doubled(twins, {}, direct_evaluation{});
  CHECK(plain.continue_for({}).complete);
  CHECK(doubled.continue_for({}).complete);
  CHECK(plain.statistics().nodes == 32);
  CHECK(doubled.statistics().nodes == 32);
  CHECK(doubled.result().evaluations == 32);
  CHECK(doubled.statistics().dropped > plain.statistics().dropped);
  CHECK(twins.evaluations == on.evaluations);
  mcts early(twins, {}, direct_evaluation{});
  early.continue_for(evaluations(11));
  CHECK(early.tried().size() == 5);
}

TEST_CASE("plans have no actions without effect although rollouts do") {
  switches on(6);
  mcts search(on, {.seed = 3, .max_depth = 30});
  const auto& found = search.continue_for(evaluations(500));
  CHECK(found.actions.size() <= 6);
  CHECK(replayed(on, found.actions) == found.outcome);
}

TEST_CASE("no plan is longer than the depth limit") {
  switches on(8);
  for (const std::size_t depth : {0u, 1u, 3u}) {
    for (const merging merge : {merging::never, merging::same_depth, merging::any_depth}) {
      CAPTURE(depth);
      mcts direct(on, {.max_depth = depth, .merge = merge}, direct_evaluation{});
      mcts played(on, {.max_depth = depth, .merge = merge});
      CHECK(direct.continue_for(evaluations(2000)).actions.size() <= depth);
      CHECK(played.continue_for(evaluations(2000)).actions.size() <= depth);
      const double best = exhaustive_search{depth}(on).outcome;
      CHECK(direct.result().outcome == best);
      CHECK(played.result().outcome == best);
    }
  }
}

TEST_CASE("to stop is an action") {
  // Every switch alone is a loss: with one neighbour missing the best is to do nothing.
  switches one(1);
  for (const auto& found : {mcts(one).continue_for({}), mcts(one, {}, direct_evaluation{}).continue_for({})}) {
    CHECK(found.found);
    CHECK(found.complete);
    CHECK(found.actions.empty());
    CHECK(found.outcome == 0);
  }
  // Where stopping is not allowed only the end is a result.
  corridor line(5, [](std::size_t done) { return -static_cast<double>(done); });
  const auto end = mcts(line, {}, direct_evaluation{}).continue_for({});
  CHECK(end.actions.size() == 5);
  CHECK(end.outcome == -5);
}

TEST_CASE("widening keeps to the actions of the largest priors") {
  switches on(40);
  const auto favourite = [](auto&, list_view<search_action> actions, plain_vector<double>& weights, const auto&) {
    for (std::size_t i = 0; i < actions.size(); ++i) weights[i] = actions[i] == 37 ? 3 : actions[i] == 11 ? 2 : 1;
  };
  mcts search(on, {.widening = 1}, direct_evaluation{}, uct{}, favourite);
  search.continue_for(evaluations(3));
  REQUIRE(search.tried().size() == 1);
  CHECK(search.tried()[0].action == 37);
  search.continue_for(evaluations(5));
  REQUIRE(search.tried().size() == 2);
  CHECK(search.tried()[1].action == 11);
  search.continue_for(evaluations(92));
  CHECK(search.tried().size() <= 10);  // the root of 100 visits
  mcts all(on, {}, direct_evaluation{});
  all.continue_for(evaluations(100));
  CHECK(all.tried().size() == 40);
}

TEST_CASE("priors decide where to look first, and bad ones do no harm") {
  switches on(6);
  const auto bad = [](auto&, list_view<search_action> actions, plain_vector<double>& weights, const auto&) {
    for (std::size_t i = 0; i < actions.size(); ++i) {
      weights[i] = i % 3 == 0 ? std::numeric_limits<double>::quiet_NaN() : i % 3 == 1 ? -1 : std::numeric_limits<double>::infinity();
    }
  };
  mcts search(on, {}, direct_evaluation{}, puct{}, bad);
  CHECK(search.continue_for({}).outcome == on.best_value());
}

TEST_CASE("one-step gains are evaluations, and put the best action first") {
  switches on(6);
  mcts search(on, {}, direct_evaluation{}, puct{}, one_step_gains{});
  on.evaluations = 0;
  search.continue_for(evaluations(8));
  CHECK(search.result().evaluations == 8);  // the first state, 6 gains, one simulation
  CHECK(on.evaluations == 8);
  REQUIRE(search.tried().size() == 1);
  CHECK(search.tried()[0].action == 0);  // the cheapest switch
  CHECK(search.continue_for({}).outcome == on.best_value());
  travelling_salesman cities(3, 7);
  mcts tour(cities, {}, random_rollout{}, puct{}, one_step_gains{3, ~std::uint64_t{0}});
  CHECK(tour.continue_for({}).outcome == cities.best_length());
}

// --- continuing, batches ------------------------------------------------------------------------------------------

template <class E, class F>
void check_parts(std::size_t batch, F prior) {
  CAPTURE(batch);
  knapsack things = knapsack::random(11, 16);
  const mcts_options options{.seed = 5, .batch = batch};
  mcts once(things, options, E{}, uct{}, prior), parts(things, options, E{}, uct{}, prior);
  once.continue_for(evaluations(700));
  for (const std::uint64_t n : {1u, 2u, 0u, 97u, 3u, 50u, 547u}) parts.continue_for(evaluations(n));
  CHECK(once.result().evaluations == parts.result().evaluations);
  CHECK(once.statistics() == parts.statistics());
  CHECK(once.tried() == parts.tried());
  CHECK(once.result().actions == parts.result().actions);
  CHECK(once.result().best_at == parts.result().best_at);
  CHECK(things.hash() == 0);
}

TEST_CASE("a search that goes on gives what it would have given at once") {
  for (const std::size_t batch : {1u, 4u, 16u}) {
    check_parts<random_rollout>(batch, uniform_prior{});
    check_parts<direct_evaluation>(batch, uniform_prior{});
    check_parts<direct_evaluation>(batch, one_step_gains{3, 1000});
  }
}

TEST_CASE("the same seed gives the same search, another one another") {
  knapsack things = knapsack::random(2, 20);
  mcts a(things, {.seed = 1}), b(things, {.seed = 1}), c(things, {.seed = 2});
  for (auto* search : {&a, &b, &c}) search->continue_for(evaluations(1000));
  CHECK(a.tried() == b.tried());
  CHECK(a.statistics() == b.statistics());
  CHECK_FALSE(a.tried() == c.tried());
}

struct drawing {
  std::vector<std::uint64_t>* drawn;
  evaluation<double> operator()(knapsack& p, leaf& at) const {
    drawn->push_back(at.random());
    return {p.evaluate(), true};
  }
};

TEST_CASE("every simulation has random numbers of its own, of whatever batch") {
  std::vector<std::uint64_t> single, batched;
  knapsack things = knapsack::random(2, 20);
  mcts(things, {.seed = 4}, drawing{&single}).continue_for(evaluations(128));
  mcts(things, {.seed = 4, .batch = 16}, drawing{&batched}).continue_for(evaluations(128));
  CHECK(single == batched);
  std::sort(single.begin(), single.end());
  CHECK(std::adjacent_find(single.begin(), single.end()) == single.end());
}

TEST_CASE("whole searches in batches see each state once as well") {
  for (const std::size_t batch : {2u, 7u, 64u}) {
    switches on(8);
    mcts search(on, {.batch = batch}, direct_evaluation{});
    CHECK(search.continue_for({}).complete);
    CHECK(search.result().evaluations == 256);
    CHECK(search.result().outcome == on.best_value());
  }
}

TEST_CASE("observers hear of every better result, and stop tokens end the search") {
  knapsack things = knapsack::random(4, 16);
  mcts search(things);
  std::vector<double> heard;
  const auto listen = [&](const auto& progress) { heard.push_back(progress.best); };
  search.continue_for(evaluations(500), listen);
  REQUIRE_FALSE(heard.empty());
  CHECK(std::is_sorted(heard.begin(), heard.end()));
  CHECK(heard.back() == search.result().outcome);
  int asked = 0;
  search.continue_for({}, unobserved{}, [&] { return ++asked > 10; });
  CHECK(search.result().evaluations == 510);
}

TEST_CASE("a search ends when its seconds are over or its memory is") {
  knapsack things = knapsack::random(4, 30);
  mcts timed(things);
  timed.continue_for(search_budget::of_seconds(0.02));
  CHECK(timed.result().seconds >= 0.02);
  CHECK(timed.result().found);
  CHECK(timed.continue_for(search_budget::of_seconds(-1)).evaluations == timed.statistics().simulations);
  mcts small(things, {.max_nodes = 1000});
  CHECK(small.continue_for({}).found);
  CHECK(small.statistics().nodes <= 1001);
  CHECK(things.hash() == 0);
}

// --- bad problems -------------------------------------------------------------------------------------------------

TEST_CASE("a problem without actions has one result") {
  corridor nowhere(0, [](std::size_t) { return 7.0; });
  const auto found = mcts(nowhere).continue_for({});
  CHECK(found.found);
  CHECK(found.complete);
  CHECK(found.outcome == 7);
  CHECK(found.actions.empty());
}

/// Where switch 0 is on there is no number, and where 1 is there is too large a one.
struct mined : switches {
  using switches::switches;
  [[nodiscard]] double evaluate() const {
    if ((hash() & 1) != 0) return std::numeric_limits<double>::quiet_NaN();
    return (hash() & 2) != 0 ? std::numeric_limits<double>::infinity() : switches::evaluate();
  }
};

TEST_CASE("outcomes that are not finite are never returned") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  corridor never(4, [](std::size_t) { return nan; });
  CHECK_FALSE(mcts(never).continue_for({}).found);
  // Of the others, 2 and 3 bring 10 and cost 3 and 4.
  mined field(4);
  for (const auto& found : {mcts(field, {}, direct_evaluation{}).continue_for({}), mcts(field).continue_for(evaluations(500))}) {
    CHECK(found.outcome == 3);
    CHECK(found.actions.size() == 2);
  }
}

struct fragile {
  bool fails = true;
  template <class P>
  evaluation<outcome_of<P>> operator()(P& p, leaf&) const {
    if (fails && p.hash() != 0) throw std::runtime_error("no answer");
    return {p.evaluate(), true};
  }
};

TEST_CASE("an exception of an evaluator leaves the problem as it was") {
  for (const std::size_t batch : {1u, 4u}) {
    knapsack things = knapsack::random(1, 10);
    mcts search(things, {.batch = batch}, fragile{});
    CHECK_THROWS_AS(search.continue_for(evaluations(100)), std::runtime_error);
    CHECK(things.hash() == 0);
    CHECK(search.result().outcome == 0);
  }
}

}  // namespace
