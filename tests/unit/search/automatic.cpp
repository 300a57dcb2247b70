// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/ir/equal.hpp>
#include <partita/partita.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/programs.hpp"

namespace {

using namespace partita;

constexpr auto on = make_mesh(axis<"batch", 4>, axis<"model", 2>);

// The running example of PartIR (arXiv 2401.11202), large enough that splitting it pays.
graph chain() {
  builder f;
  const auto x = f.argument("x", tensor<f32>(65536, 1024));
  const auto w1 = f.argument("w1", tensor<f32>(1024, 4096));
  const auto w2 = f.argument("w2", tensor<f32>(4096, 1024));
  f.result("y", matmul(matmul(x, w1), w2));
  return f.finish();
}

bool same_program(const plan<graph::ops>& a, const plan<graph::ops>& b) {
  return a.schedule == b.schedule && a.total().collectives == b.total().collectives &&
         a.total().step_time_s == b.total().step_time_s && a.total().peak_memory_bytes == b.total().peak_memory_bytes &&
         equal(a.program.graph, b.program.graph);
}

}  // namespace

TEST_CASE("an automatic tactic on the running example is no worse than data parallelism") {
  const graph g = chain();
  const auto found = partition(g, on, automatic<"batch", "model">(), tpu_v3);
  const auto batch = partition(g, on, shard<"batch">("x", 0), tpu_v3);
  const auto both = partition(g, on, shard<"batch">("x", 0) >> shard<"model">("x", 0), tpu_v3);
  CHECK(found.total().step_time_s <= batch.total().step_time_s);
  // All eight devices at work without a word between them: nothing can be faster.
  CHECK(found.total().step_time_s == doctest::Approx(both.total().step_time_s));
  CHECK(count_collectives(found.program) == no_collectives);
}

TEST_CASE("an automatic tactic on a small training step is no worse than data parallelism") {
  const graph g = testing::small_program("mlp_train");
  const auto batch = partition(g, on, shard<"batch">("batch/*", 0), tpu_v3);
  const auto time = partition(g, on, automatic<"batch">(minimize(step_time)), tpu_v3);
  CHECK(time.total().step_time_s <= batch.total().step_time_s);
  CHECK(time.total().step_time_s <= time.before.step_time_s);
  const auto memory = partition(g, on, automatic<"batch">(minimize(peak_memory)), tpu_v3);
  CHECK(memory.total().peak_memory_bytes <= batch.total().peak_memory_bytes);
  // One device that holds everything says nothing.
  const auto quiet = partition(g, on, automatic<"batch">(minimize(communicated_bytes)), tpu_v3);
  CHECK(count_collectives(quiet.program) == no_collectives);
}

TEST_CASE("a search finds the same plan every time") {
  const graph g = testing::small_program("mlp_train");
  const auto wish = automatic<"batch", "model">(minimize(peak_memory));
  CHECK(same_program(partition(g, on, wish, tpu_v3), partition(g, on, wish, tpu_v3)));
}

TEST_CASE("a search goes on from the tactics before it, and what it found is what was promised") {
  const graph g = testing::small_program("mlp_train");
  const auto where = default_target(tpu_v3, on);
  const search_ground<graph::ops> ground(g);
  search_request request;
  request.axes.push_back(0);
  request.axes.push_back(1);
  request.wanted.minimized = {to_objective(metric::peak_memory)};
  plain_vector<plain_vector<action>> earlier;
  const program_facts facts(g);
  partitioning p(facts, on.sizes());
  const schedule before = parse_schedule("shard<\"batch\">(\"batch/*\", 0)", "before");
  p.apply(resolve(before, 0, p.state(), on, facts.stacks).actions);
  earlier.push_back({});
  REQUIRE(ground.fold_actions(resolve(before, 0, partitioning(facts, on.sizes()).state(), on, facts.stacks).actions, earlier[0]));
  partition_problem<graph::ops> problem(ground, on.sizes(), where, {}, request, earlier);
  const std::uint64_t hash = problem.hash();
  const auto found = iterated_greedy{.seed = 3}(problem, search_budget::of_evaluations(500));
  CHECK(problem.hash() == hash);
  CHECK(problem.depth() == 0);
  CHECK(found.evaluations <= 500);
  REQUIRE_FALSE(found.actions.empty());
  for (const search_action a : found.actions) problem.apply(a);
  for (const auto& actions : problem.tactics()) p.apply(actions);
  const auto e = simulate(p.lower().graph, where.device, where.topology, where.cost);
  CHECK(static_cast<double>(e.peak_memory_bytes) == found.outcome.peak_memory_bytes);
  CHECK(e.step_time_s == doctest::Approx(found.outcome.step_time_s).epsilon(1e-9));
}
