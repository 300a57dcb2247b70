// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Goals of plans: alternatives, fronts and dollars.

#include <string>

#include <doctest/doctest.h>

#include <partita/ir/equal.hpp>
#include <partita/partita.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/programs.hpp"

namespace {

using namespace partita;

constexpr auto on = make_mesh(axis<"batch", 4>, axis<"model", 2>);
constexpr auto BP = shard<"batch">("batch/*", 0);
constexpr auto MP = shard<"model">("params/*", 1);

// Of numbers that are far below 1, which Approx itself measures against 1.
void check_close(double a, double b) { CHECK(a / b == doctest::Approx(1).epsilon(1e-9)); }

void check_same(const plan<graph::ops>& a, const plan<graph::ops>& b) {
  CHECK(a.total().collectives == b.total().collectives);
  CHECK(a.total().step_time_s == b.total().step_time_s);
  CHECK(a.total().peak_memory_bytes == b.total().peak_memory_bytes);
  CHECK(equal(a.program.graph, b.program.graph));
}

}  // namespace

TEST_CASE("the goal takes the best of the alternatives") {
  const graph g = testing::small_program("mlp_train");
  const plan<graph::ops> each[] = {partition(g, on, BP, tpu_v3), partition(g, on, BP >> MP, tpu_v3), partition(g, on, skip, tpu_v3)};
  const auto best = [&](auto&& value) {
    std::size_t at = 0;
    for (std::size_t i = 1; i < std::size(each); ++i) at = value(each[i]) < value(each[at]) ? i : at;
    return at;
  };
  const auto choice = (BP | BP >> MP | skip);
  const std::size_t memory = best([](const auto& p) { return p.total().peak_memory_bytes; });
  const std::size_t moved = best([](const auto& p) { return moved_bytes(p.total().collectives); });
  REQUIRE(memory != moved);
  const auto least_memory = partition(g, on, choice >> choose(minimize(peak_memory)), tpu_v3);
  CHECK(least_memory.alternative == memory);
  check_same(least_memory, each[memory]);
  const auto least_moved = partition(g, on, choice >> choose(minimize(communicated_bytes)), tpu_v3);
  CHECK(least_moved.alternative == moved);
  check_same(least_moved, each[moved]);
  // Nothing but the goal differs, and both plans say what else there was.
  REQUIRE(least_memory.alternatives.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(least_memory.alternatives[i].cost.step_time_s == each[i].total().step_time_s);
    CHECK(least_moved.alternatives[i].cost.peak_memory_bytes == static_cast<double>(each[i].total().peak_memory_bytes));
    check_same(partition(g, on, parse_schedule(least_moved.alternatives[i].schedule), tpu_v3), each[i]);
  }
  check_same(partition(g, on, parse_schedule(least_memory.found_schedule), tpu_v3), least_memory);
}

TEST_CASE("bounds are part of the choice") {
  const graph g = testing::small_program("mlp_train");
  const auto whole = partition(g, on, skip, tpu_v3), split = partition(g, on, BP >> MP, tpu_v3);
  REQUIRE(whole.total().step_time_s < split.total().step_time_s);
  REQUIRE(whole.total().peak_memory_bytes > split.total().peak_memory_bytes);
  const auto free = partition(g, on, (skip | BP >> MP) >> choose(minimize(step_time)), tpu_v3);
  CHECK(free.alternative == 0);
  const amount<amount_dimension::bytes> room{static_cast<double>(split.total().peak_memory_bytes), 0};
  const auto tight = partition(g, on, (skip | BP >> MP) >> choose(minimize(step_time), subject_to(peak_memory <= room)), tpu_v3);
  CHECK(tight.alternative == 1);
  REQUIRE(tight.goals.size() == 1);
  CHECK(tight.goals[0].asked.wanted.bounds.size() == 1);
  // A device too small for one of them is a bound too.
  device small = tpu_v3;
  small.memory_bytes = static_cast<double>(split.total().peak_memory_bytes);
  CHECK(partition(g, on, (skip | BP >> MP) >> choose(minimize(step_time)), small).alternative == 1);
}

TEST_CASE("a search in an alternative counts as what it finds") {
  const graph g = testing::small_program("mlp_train");
  plan_options options;
  options.search = search_budget::of_evaluations(300);
  const auto wish = automatic<"batch", "model">(minimize(peak_memory));
  const auto p = partition(g, on, BP | wish | MP >> wish, default_target(tpu_v3, on), options);
  REQUIRE(p.alternatives.size() == 3);
  REQUIRE(p.searches.size() == 1);
  CHECK(p.searches[0].evaluations <= 100);
  for (const candidate& c : p.alternatives) CHECK(static_cast<double>(p.total().peak_memory_bytes) <= c.cost.peak_memory_bytes);
  check_same(partition(g, on, parse_schedule(p.found_schedule), tpu_v3), p);
  // The same, from text.
  const auto text = partition(g, on, parse_schedule(to_text(to_schedule(BP | wish | MP >> wish))), default_target(tpu_v3, on), options);
  check_same(text, p);
  CHECK(text.alternative == p.alternative);
}

TEST_CASE("alternatives need one goal") {
  const graph g = testing::small_program("mlp");
  CHECK_THROWS_WITH_AS((void)partition(g, on, parse_schedule("skip | pin<\"model\">(\"*\")"), tpu_v3),
                       doctest::Contains("only a search with a goal can take"), schedule_error);
  CHECK_THROWS_WITH_AS((void)partition(g, on, choose(minimize(step_time)) | choose(minimize(peak_memory)), tpu_v3),
                       doctest::Contains("different goals"), schedule_error);
  CHECK_THROWS_WITH_AS((void)partition(g, on, parse_schedule("choose(minimize(step_time)) | choose()>>choose(minimize(dollars))"), tpu_v3),
                       doctest::Contains("schedule:1:1: the alternatives of | end in tactics with different goals"), schedule_error);
  // A goal without a choice changes nothing.
  CHECK(partition(g, on, skip >> choose(minimize(peak_memory)), tpu_v3).alternatives.empty());
  CHECK(partition(g, on, skip >> choose(minimize(peak_memory)), tpu_v3).searches.empty());
}

TEST_CASE("the plans of a front are what their schedules make") {
  const graph g = testing::small_program("mlp_train");
  plan_options options;
  options.search = search_budget::of_evaluations(600);
  const auto where = default_target(tpu_v3, on);
  const auto p = partition(g, on, BP >> automatic<"batch", "model">(pareto_front(step_time, peak_memory)), where, options);
  REQUIRE(p.searches.size() == 1);
  const auto& front = p.searches[0].front;
  REQUIRE(front.size() >= 3);
  for (const candidate& c : front) {
    const auto again = partition(g, on, parse_schedule(c.schedule), where);
    check_close(again.total().step_time_s, c.cost.step_time_s);
    CHECK(static_cast<double>(again.total().peak_memory_bytes) == c.cost.peak_memory_bytes);
    CHECK(static_cast<double>(moved_bytes(again.total().collectives)) == c.cost.communicated_bytes);
  }
  // The first of them is the plan.
  check_close(p.total().step_time_s, front[0].cost.step_time_s);
  CHECK(static_cast<double>(p.total().peak_memory_bytes) == front[0].cost.peak_memory_bytes);
  check_same(partition(g, on, parse_schedule(p.found_schedule), where), p);
}

TEST_CASE("dollars are the price of all devices for the time of a step") {
  const graph g = testing::small_program("mlp_train");
  device rented = tpu_v3;
  rented.usd_per_hour = 4.5;
  const auto wish = automatic<"batch", "model">(minimize(dollars));
  const auto p = partition(g, on, BP >> wish, rented);
  check_close(p.total().dollars, p.total().step_time_s * 8 * 4.5 / 3600);
  check_close(p.before.dollars, p.before.step_time_s * 8 * 4.5 / 3600);
  CHECK(partition(g, on, BP, tpu_v3).total().dollars == 0);
  // As a search counts them.
  const auto front = partition(g, on, BP >> automatic<"batch", "model">(pareto_front(dollars, peak_memory)), rented);
  check_close(front.searches[0].front[0].cost.dollars, front.total().dollars);
  CHECK_THROWS_WITH_AS((void)partition(g, on, wish, tpu_v3), doctest::Contains("the price of tpu_v3 is not known"), schedule_error);
  CHECK_THROWS_WITH_AS((void)partition(g, on, choose(subject_to(dollars <= 1_USD)), tpu_v3), doctest::Contains("price"), schedule_error);
}
