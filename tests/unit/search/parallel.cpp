// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <partita/search/parallel.hpp>

#include <atomic>
#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

#include <partita/search/mcts.hpp>

#include "support/games.hpp"
#include "support/planning_problems.hpp"

namespace {

using namespace partita;
using namespace partita::testing;

template <class P, class E>
struct record {
  search_result<outcome_of<P>> result;
  mcts_statistics statistics;
  plain_vector<tried_action> tried;
};

template <class P, class E>
void check_same(const record<P, E>& a, const record<P, E>& b) {
  CHECK(a.result.actions == b.result.actions);
  CHECK(a.result.evaluations == b.result.evaluations);
  CHECK(a.result.best_at == b.result.best_at);
  CHECK(a.statistics == b.statistics);
  CHECK(a.tried == b.tried);
}

// The same search by the thread of the caller alone and by 1, 2 and 4 others, in parts.
template <class E, class P>
void check_threads(P& p) {
  for (const std::size_t batch : {1u, 16u}) {
    CAPTURE(batch);
    const mcts_options options{.seed = 3, .batch = batch};
    mcts alone(p, options, E{});
    alone.continue_for(search_budget::of_evaluations(600));
    const record<P, E> expected{alone.result(), alone.statistics(), alone.tried()};
    for (const std::size_t threads : {1u, 2u, 4u}) {
      CAPTURE(threads);
      thread_workers<P, E> workers(threads, [&p] { return p; });
      mcts search(p, options, E{});
      search.continue_for(search_budget::of_evaluations(401), unobserved{}, never_stop{}, workers);
      search.continue_for(search_budget::of_evaluations(199), unobserved{}, never_stop{}, workers);
      check_same(record<P, E>{search.result(), search.statistics(), search.tried()}, expected);
    }
  }
}

TEST_CASE("any number of threads builds the same tree") {
  knapsack things = knapsack::random(1, 18);
  check_threads<random_rollout>(things);
  check_threads<direct_evaluation>(things);
  connect_four game("33");
  check_threads<random_rollout>(game);
}

/// Waits in each evaluation until another thread evaluates too.
struct meeting {
  std::atomic<int>* present;
  evaluation<double> operator()(knapsack& p, leaf&) const {
    ++*present;
    while (present->load() < 2) std::this_thread::yield();
    return {p.evaluate(), true};
  }
};

TEST_CASE("leaves of a batch are evaluated at the same time") {
  std::atomic<int> present = 0;
  knapsack things = knapsack::random(1, 10);
  thread_workers<knapsack, meeting> workers(2, [&] { return things; }, meeting{&present});
  mcts search(things, {.batch = 4}, meeting{&present});
  search.continue_for(search_budget::of_evaluations(4), unobserved{}, never_stop{}, workers);
  CHECK(search.result().evaluations == 4);
}

struct failing {
  evaluation<double> operator()(knapsack& p, leaf&) const {
    if (p.hash() != 0) throw std::runtime_error("no answer");
    return {p.evaluate(), true};
  }
};

TEST_CASE("an exception of a thread reaches the caller") {
  knapsack things = knapsack::random(1, 10);
  thread_workers<knapsack, failing> workers(2, [&] { return things; });
  mcts search(things, {.batch = 4}, failing{});
  const auto go_on = [&] { search.continue_for(search_budget::of_evaluations(50), unobserved{}, never_stop{}, workers); };
  CHECK_THROWS_WITH_AS(go_on(), "no answer", std::runtime_error);
  CHECK(things.hash() == 0);

  const auto none = [] { thread_workers<knapsack, random_rollout>(2, []() -> knapsack { throw std::runtime_error("no problem"); }); };
  CHECK_THROWS_WITH_AS(none(), "no problem", std::runtime_error);
}

}  // namespace
