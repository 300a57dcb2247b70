// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <partita/search/parallel_greedy.hpp>

#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>

#include "support/planning_problems.hpp"
#include "support/programs.hpp"

namespace {

using namespace partita;
using namespace partita::testing;

constexpr auto on = make_mesh(axis<"batch", 4>, axis<"model", 2>);

/// Things to take, where what one is worth depends on which of the four after it are taken (Kauffman's NK landscapes, "The
/// Origins of Order", 1993): what an action gained in one state says little of another.
class rugged : public maximized {
 public:
  explicit rugged(std::uint32_t count) : count_(count) {}
  void legal_actions(search_actions& list) const {
    for (search_action a = 0; a < count_; ++a) {
      if ((taken_ >> a & 1) == 0) list.push_back(a);
    }
  }
  void apply(search_action a) {
    taken_ |= std::uint64_t{1} << a;
    trail_.push_back(a);
  }
  void undo() {
    taken_ &= ~(std::uint64_t{1} << trail_.back());
    trail_.pop_back();
  }
  [[nodiscard]] std::uint64_t hash() const { return taken_; }
  [[nodiscard]] double evaluate() const {
    double sum = 0;
    for (std::uint32_t i = 0; i < count_; ++i) {
      const std::uint64_t around = (taken_ >> i | taken_ << (count_ - i)) & 31;
      sum += split_mix(32 * i + around).unit();
    }
    return sum;
  }
  [[nodiscard]] bool can_stop() const { return true; }

 private:
  std::uint32_t count_;
  std::uint64_t taken_ = 0;
  search_actions trail_;
};

/// What a search tells of the way to its result.
template <class P>
struct way {
  search_result<outcome_of<P>> result;
  std::vector<std::uint64_t> better_at;
};

template <class P>
way<P> searched(P& p, std::size_t threads, std::uint64_t seed, std::uint64_t evaluations) {
  way<P> w;
  const std::uint64_t before = p.hash();
  const auto observe = [&](const search_progress<outcome_of<P>>& found) { w.better_at.push_back(found.evaluations); };
  w.result = parallel_greedy{{.seed = seed}, threads}(p, search_budget::of_evaluations(evaluations), observe);
  CHECK(p.hash() == before);
  return w;
}

// However much is computed ahead, the budget counts what the search asks for: also where it ends within a list.
template <class P>
void check_threads(P& p, std::uint64_t evaluations) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (const std::uint64_t budget : {std::uint64_t{1}, evaluations / 7, evaluations}) {
      CAPTURE(seed);
      CAPTURE(budget);
      const way<P> alone = searched(p, 1, seed, budget);
      CHECK(alone.result.evaluations <= budget);
      for (const std::size_t threads : {2u, 4u}) {
        CAPTURE(threads);
        const way<P> many = searched(p, threads, seed, budget);
        CHECK(many.result.actions == alone.result.actions);
        CHECK_FALSE(p.better(many.result.outcome, alone.result.outcome));
        CHECK_FALSE(p.better(alone.result.outcome, many.result.outcome));
        CHECK(many.result.evaluations == alone.result.evaluations);
        CHECK(many.result.best_at == alone.result.best_at);
        CHECK(many.better_at == alone.better_at);
      }
    }
  }
}

}  // namespace

TEST_CASE("iterated greedy search finds the same with any number of threads") {
  knapsack things = knapsack::random(5, 24);
  check_threads(things, 500);
  rugged landscape(30);
  check_threads(landscape, 3000);
}

TEST_CASE("any number of threads finds the same plan") {
  for (const char* name : {"mlp_train", "t32_scan"}) {
    CAPTURE(name);
    const graph g = small_program(name);
    const search_ground<graph::ops> ground(g);
    search_request request{{0, 1}, {}, 1e9};
    request.wanted.minimized = {to_objective(metric::peak_memory)};
    // Behind another tactic, so that a thread's own problem has to begin there too.
    plain_vector<plain_vector<action>> earlier;
    partition_problem<graph::ops> start(ground, on.sizes(), default_target(tpu_v3, on), {}, request, {});
    search_actions legal;
    start.legal_actions(legal);
    start.apply(legal[0]);
    earlier.push_back(start.tactics()[0]);
    if (plain_vector<action> folded; ground.fold_actions(earlier[0], folded)) earlier[0] = folded;
    partition_problem<graph::ops> p(ground, on.sizes(), default_target(tpu_v3, on), {}, request, earlier);
    check_threads(p, 210);
  }
}

TEST_CASE("a copy of a partition problem stands where the problem does") {
  const graph g = small_program("mlp_train");
  const search_ground<graph::ops> ground(g);
  partition_problem<graph::ops> p(ground, on.sizes(), default_target(tpu_v3, on), {}, {{0, 1}, {}, 1e9}, {});
  const std::uint64_t start = p.hash();
  search_actions legal;
  p.legal_actions(legal);
  p.apply(legal[0]);
  auto copy = p;
  CHECK(copy.hash() == p.hash());
  CHECK(copy.evaluate().step_time_s == p.evaluate().step_time_s);
  copy.undo();
  CHECK(copy.hash() == start);
  CHECK(p.hash() != start);
}

TEST_CASE("partition takes a search on threads") {
  const graph g = small_program("mlp_train");
  const auto where = default_target(tpu_v3, on);
  plan_options options;
  options.search = search_budget::of_evaluations(200);
  const auto wish = automatic<"batch", "model">(minimize(peak_memory));
  const auto alone = partition(g, on, wish, where, options, iterated_greedy{.seed = 3});
  const auto many = partition(g, on, wish, where, options, parallel_greedy{{.seed = 3}, 2});
  CHECK(many.found_schedule == alone.found_schedule);
  CHECK(many.total().peak_memory_bytes == alone.total().peak_memory_bytes);
}

namespace {

/// A knapsack that waits in its second evaluation until another thread is there too.
struct meeting_knapsack : knapsack {
  std::atomic<int>* present;
  std::atomic<int>* evaluations;
  double evaluate() {
    if ((*evaluations)++ > 0 && present->load() < 2) {
      ++*present;
      while (present->load() < 2) std::this_thread::yield();
    }
    return knapsack::evaluate();
  }
};

/// A problem that has an answer for its first state only.
struct failing_knapsack : knapsack {
  double evaluate() {
    if (hash() != 0) throw std::runtime_error("no answer");
    return knapsack::evaluate();
  }
};

}  // namespace

TEST_CASE("iterated greedy search on threads evaluates at the same time") {
  std::atomic<int> present = 0, evaluations = 0;
  meeting_knapsack things{knapsack::random(1, 10), &present, &evaluations};
  CHECK(parallel_greedy{{}, 2}(things, search_budget::of_evaluations(20)).evaluations == 20);
}

TEST_CASE("an exception of a thread ends iterated greedy search") {
  failing_knapsack things{knapsack::random(1, 10)};
  const std::uint64_t start = things.hash();
  const auto search = [&] { (void)parallel_greedy{{}, 2}(things, search_budget::of_evaluations(50)); };
  CHECK_THROWS_WITH_AS(search(), "no answer", std::runtime_error);
  CHECK(things.hash() == start);
}

TEST_CASE("iterated greedy search on threads is told to stop on the thread of the caller") {
  knapsack things = knapsack::random(1, 40);
  const auto caller = std::this_thread::get_id();
  int asked = 0;
  const auto stop = [&](std::uint64_t evaluations) {
    CHECK(std::this_thread::get_id() == caller);
    ++asked;
    return evaluations >= 100;
  };
  const auto found = parallel_greedy{{}, 2}(things, {}, unobserved{}, stop);
  CHECK(asked > 0);
  CHECK(found.found);
  CHECK(found.evaluations >= 100);
  CHECK(found.evaluations < 400);
  // And by time, although the search has no end.
  const auto timed = parallel_greedy{{}, 2}(things, search_budget::of_seconds(0.05));
  CHECK(timed.found);
  CHECK(timed.seconds >= 0.05);
}
