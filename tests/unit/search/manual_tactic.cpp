// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What searches find, written as manual tactics: the text leads to the same state and plan, and is short.

#include <cstddef>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <partita/ir/equal.hpp>
#include <partita/partita.hpp>
#include <partita/search/manual_tactic.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/programs.hpp"

namespace {

using namespace partita;

constexpr auto on = make_mesh(axis<"batch", 4>, axis<"model", 2>);

std::size_t terms_of(const schedule& s) {
  std::size_t count = 0;
  for (const std::uint32_t t : s.sequence()) count += s.terms(t).size();
  return count;
}

/// Plays the written tactic and the actions it was made of and compares the states. Returns how many terms it has.
std::size_t check_written(const plain_vector<action>& actions, partitioning<graph::ops>& p) {
  const auto before = p.here();
  const std::uint64_t hash = p.state().hash();
  schedule_builder builder;
  const std::string text = to_text(builder.finish(manual_tactic(builder, actions, p, on)));
  CHECK(p.state().hash() == hash);
  p.apply(actions);
  const sharding_state::mark wanted = p.state().here();
  const auto program = p.lower();
  p.undo(before);
  const schedule again = parse_schedule(text, "written");
  p.apply(resolve(again, 0, p.state(), on, p.facts().stacks).actions);
  CHECK_MESSAGE(p.state().here() == wanted, text);
  CHECK_MESSAGE(equal(p.lower().graph, program.graph), text);
  p.undo(before);
  return terms_of(again);
}

}  // namespace

TEST_CASE("what a search may find is written as few terms that lead to the same state") {
  for (const std::string_view name : testing::small_programs) {
    CAPTURE(name);
    const graph g = testing::small_program(name);
    const search_ground<graph::ops> ground(g);
    const program_facts facts(g);
    partitioning p(facts, on.sizes());
    const auto& choices = ground.analysis().choices;
    std::uint32_t random = 5;
    const auto next = [&](std::size_t below) {
      random = random * 1664525u + 1013904223u;
      return (random >> 8) % below;
    };
    std::size_t tiles = 0, terms = 0;
    for (int walk = 0; walk < 4; ++walk) {
      const auto start = p.here();
      for (int step = 0; step < 4; ++step) {
        const auto axis = static_cast<axis_index>(next(2));
        const split_choice& c = choices.all()[next(choices.all().size())];
        const plain_vector<action> actions = ground.unfold(choices.actions(c, axis, p.state()));
        if (actions.empty()) continue;
        CAPTURE(random);
        const std::size_t count = check_written(actions, p);
        CHECK(count <= 24);
        terms += count;
        tiles += actions.size();
        p.apply(actions);
      }
      p.undo(start);
    }
    CHECK(terms <= tiles);
  }
}

TEST_CASE("conflicts inside a program are settled by a few terms") {
  // 56 and 48 tiles of what attention computes, in two layers; scores alone imply the rest of their side.
  const graph g = testing::small_program("t32");
  const search_ground<graph::ops> ground(g);
  const program_facts facts(g);
  partitioning p(facts, on.sizes());
  std::size_t settled = 0;
  for (const split_choice& c : ground.analysis().choices.all()) {
    if (c.kind != choice_kind::settle) continue;
    const plain_vector<action> actions = ground.unfold(ground.analysis().choices.actions(c, 1, p.state()));
    CHECK(actions.size() >= 40);
    CHECK(check_written(actions, p) <= 4);
    ++settled;
  }
  CHECK(settled == 2);
}

TEST_CASE("a found schedule makes the found plan without a search") {
  plan_options options;
  options.search = search_budget::of_evaluations(60);
  const auto where = default_target(tpu_v3, on);
  for (const std::string_view name : testing::small_programs) {
    CAPTURE(name);
    const graph g = testing::small_program(name);
    for (const char* const goal : {"step_time", "peak_memory"}) {
      const schedule wish =
          parse_schedule("automatic<\"batch\", \"model\">(minimize(" + std::string(goal) + "))", "wish");
      const auto found = partition(g, on, wish, where, options);
      REQUIRE(found.searches.size() == 1);
      CHECK(found.found_schedule == found.searches[0].schedule);
      CAPTURE(found.found_schedule);
      const schedule manual = parse_schedule(found.found_schedule, "found");
      for (const std::uint32_t t : manual.sequence()) CHECK(manual.automatic(t) == nullptr);
      // Hundreds of tiles in a few terms; each block of unet is of its own kind.
      std::size_t actions = 0;
      for (const applied_tactic& t : found.applied) actions += t.actions.size();
      CHECK(terms_of(manual) <= (name == "unet" ? actions / 4 : 40u));
      const auto again = partition(g, on, manual, where, options);
      CHECK(again.searches.empty());
      CHECK(again.found_schedule == again.schedule);
      CHECK(equal(again.program.graph, found.program.graph));
      CHECK(again.total().collectives == found.total().collectives);
      CHECK(again.total().step_time_s == found.total().step_time_s);
      CHECK(again.total().peak_memory_bytes == found.total().peak_memory_bytes);
      CHECK(again.total().conflicts == found.total().conflicts);
      for (std::size_t i = 0; i < found.inputs.size(); ++i) CHECK(again.inputs[i].at == found.inputs[i].at);
    }
  }
}

TEST_CASE("what was written by hand stays as it was written") {
  const graph g = testing::small_program("mlp_train");
  const schedule mixed = parse_schedule(
      "BP = shard<\"batch\">(\"batch/*\", 0)\n"
      "BP >> automatic<\"model\">(minimize(peak_memory)) >> shard<\"batch\">(\"params/*\", first_divisible_dim) >> "
      "automatic<\"batch\", \"model\">(minimize(peak_memory))",
      "mixed");
  plan_options options;
  options.search = search_budget::of_evaluations(60);
  const auto where = default_target(tpu_v3, on);
  const auto found = partition(g, on, mixed, where, options);
  REQUIRE(found.searches.size() == 2);
  CHECK(found.found_schedule.find("BP = shard<\"batch\">(\"batch/*\", 0)\n") != std::string::npos);
  CHECK(found.found_schedule.find("BP >> found_1") != std::string::npos);
  CHECK(found.found_schedule.find("shard<\"batch\">(\"params/*\", first_divisible_dim)") != std::string::npos);
  const auto again = partition(g, on, parse_schedule(found.found_schedule, "found"), where, options);
  CHECK(again.searches.empty());
  CHECK(equal(again.program.graph, found.program.graph));
  CHECK(again.total().step_time_s == found.total().step_time_s);
}
