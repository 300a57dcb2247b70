// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What a plan would be without one of its tactics: as if it had never been asked for.

#include <string>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/plan/gains.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/programs.hpp"

namespace {

using namespace partita;

constexpr auto on = make_mesh(axis<"batch", 4>, axis<"model", 2>);

void check_equal(const plan_without& found, const tactic_report& expected) {
  CHECK(found.step_time_s == expected.step_time_s);
  CHECK(found.peak_memory_bytes == expected.peak_memory_bytes);
  CHECK(found.communicated_bytes == moved_bytes(expected.collectives));
}

}  // namespace

TEST_CASE("a tactic that is left out leaves the plan of the others") {
  const auto where = default_target(tpu_v3, on);
  const std::string tactics[] = {R"(shard<"batch">("batch/*", 0))", R"(shard<"model">("params/l1/w", 1))",
                                 R"(shard<"batch">("params/l2/w", 0))"};
  const graph g = testing::small_program("mlp_train");
  const auto planned = [&](const std::string& schedule) { return partition(g, on, parse_schedule(schedule), where); };
  const auto p = planned(tactics[0] + " >> " + tactics[1] + " >> " + tactics[2]);
  const auto without = gains_of(g, p, where);
  REQUIRE(without.size() == 3);
  check_equal(without[0], planned(tactics[1] + " >> " + tactics[2]).total());
  check_equal(without[1], planned(tactics[0] + " >> " + tactics[2]).total());
  check_equal(without[2], p.tactics[1]);
  for (std::size_t k = 0; k < 3; ++k) {
    CHECK(without[k].tactic == p.tactics[k].name);
    CHECK(without[k].decision.empty());
  }
}

TEST_CASE("a tactic that is left out may be what made room for another") {
  builder f;
  const auto h = exp(f.argument("x", tensor<f32>(4, 8)));
  f.result("h", h);
  f.result("y", exp(h));
  const graph g = f.finish();
  const auto where = default_target(tpu_v3, on);
  const auto keep = pin<"batch">("h");
  const auto rows = shard<"batch">("x", 0);
  const auto more = shard<"model">("y", 0);
  const auto p = partition(g, on, keep >> rows >> more, where);
  CHECK(p.tactics[2].not_applied.empty());
  const auto without = gains_of(g, p, where);
  REQUIRE(without.size() == 3);
  // Nothing keeps the four rows of x from y then, and one row is not divided by two.
  const auto crowded = partition(g, on, rows >> more, where);
  CHECK(crowded.tactics[1].not_applied.size() == 1);
  check_equal(without[0], crowded.total());
  check_equal(without[1], partition(g, on, keep >> more, where).total());
  check_equal(without[2], p.tactics[1]);

  const program_facts facts(g);
  partitioning state(facts, on.sizes());
  const auto start = state.here();
  REQUIRE(p.applied.size() == 3);
  state.apply(p.applied[1].actions);
  CHECK(detail::those_that_apply(p.applied[2].actions, state.state(), on).empty());
  state.undo(start);
  state.apply(p.applied[0].actions);
  state.apply(p.applied[1].actions);
  CHECK(detail::those_that_apply(p.applied[2].actions, state.state(), on).size() == 1);
}

TEST_CASE("each decision of a search is told by itself") {
  builder f;
  f.result("y", exp(f.argument("x", tensor<f32>(1 << 14, 1 << 14))));
  const graph g = f.finish();
  const auto where = default_target(tpu_v3, on);
  const auto p = partition(g, on, automatic<"batch", "model">(), where);
  const auto without = gains_of(g, p, where);
  REQUIRE(without.size() == 2);
  for (const plan_without& w : without) {
    CHECK(w.tactic == p.tactics[0].name);
    CHECK(w.decision.find("x dim ") != std::string::npos);
    const bool batch = w.decision.find("over batch") != std::string::npos;
    CHECK(batch == (w.decision.find("over model") == std::string::npos));
    // Eight devices share the values; without an axis they are shared by those of the other one.
    CHECK(w.peak_memory_bytes == p.total().peak_memory_bytes * (batch ? 4 : 2));
    CHECK(w.communicated_bytes == 0);
  }
}

TEST_CASE("a plan fits as long as the device has the memory for it") {
  builder f;
  f.result("y", exp(f.argument("x", tensor<f32>(64, 64))));
  const graph g = f.finish();
  device d = tpu_v3;
  const std::int64_t needed = partition(g, on, shard<"batch">("x", 0), d).total().peak_memory_bytes;
  d.memory_bytes = static_cast<double>(needed);
  CHECK(partition(g, on, shard<"batch">("x", 0), d).fits());
  d.memory_bytes -= 1;
  CHECK_FALSE(partition(g, on, shard<"batch">("x", 0), d).fits());
}
