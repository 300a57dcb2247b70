// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What is decided on a folded program is decided for all of its layers, and costs what it costs there.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>

#include "support/random_walk.hpp"

namespace {

using namespace partita;

constexpr auto on = make_mesh(axis<"batch", 4>, axis<"model", 2>);
constexpr int layers = 7;

/// x goes through pairs of matrices, forward, and each matrix is updated by a product of what it met. The updates stand
/// behind one another, and every layer keeps an activation for its own.
graph stack() {
  builder f;
  const auto x = f.argument("x", tensor<f32>(1024, 256));
  std::vector<builder::tensor> w, v, kept;
  for (int i = 0; i < layers; ++i) {
    w.push_back(f.argument("w/" + std::to_string(i), tensor<f32>(256, 512)));
    v.push_back(f.argument("v/" + std::to_string(i), tensor<f32>(512, 256)));
  }
  auto y = x;
  for (std::size_t i = 0; i < w.size(); ++i) {
    kept.push_back(y);
    y = matmul(matmul(y, w[i]), v[i]);
  }
  for (std::size_t i = w.size(); i-- > 0;) {
    const auto hidden = matmul(kept[i], w[i]);
    f.result("result/1/" + std::to_string(i), w[i] + matmul(transpose(kept[i], {1, 0}), hidden));
  }
  f.result("y", y);
  return f.finish();
}

std::vector<action> tiles(const graph& g, const std::string& prefix, std::uint8_t dim, axis_index a, int from, int to) {
  std::vector<action> actions;
  for (std::size_t i = 0; i < g.arguments().size(); ++i) {
    for (int layer = from; layer < to; ++layer) {
      if (g.argument_name(i) == prefix + std::to_string(layer)) actions.push_back({action_kind::tile, dim, a, g.arguments()[i], 0});
    }
  }
  return actions;
}

}  // namespace

TEST_CASE("what treats all layers alike folds and unfolds, what singles one out does not") {
  const graph g = stack();
  const search_ground<graph::ops> ground(g);
  REQUIRE(ground.facts().graph.op_count() < g.op_count());
  plain_vector<action> folded;
  const auto all = tiles(g, "w/", 1, 1, 0, layers);
  REQUIRE(all.size() == layers);
  REQUIRE(ground.fold_actions(all, folded));
  CHECK(folded.size() == 3);
  plain_vector<action> back = ground.unfold(folded);
  sort_in_place(back, [](const action& a, const action& b) { return a.value < b.value; });
  CHECK(back == plain_vector<action>(all));
  // The middle layers are one to the folded program.
  CHECK_FALSE(ground.fold_actions(tiles(g, "w/", 1, 1, 2, 3), folded));
  // Not all of them the same.
  auto mixed = tiles(g, "w/", 1, 1, 0, 3);
  for (const action& a : tiles(g, "w/", 0, 1, 3, layers)) mixed.push_back(a);
  CHECK_FALSE(ground.fold_actions(mixed, folded));
  // On its own each layer may be what it likes.
  const search_ground<graph::ops> unfolded(g, search_ground<graph::ops>::unfolded_t{});
  CHECK(unfolded.facts().graph.op_count() == g.op_count());
  CHECK(unfolded.fold_actions(mixed, folded));
}

TEST_CASE("the estimate of a folded program is that of all its layers") {
  const graph g = stack();
  const auto where = default_target(tpu_v3, on);
  const search_ground<graph::ops> ground(g);
  REQUIRE(ground.facts().graph.op_count() < g.op_count());
  const program_facts facts(g);
  const std::vector<std::vector<action>> tactics{
      {{action_kind::tile, 0, 0, g.arguments()[0], 0}}, tiles(g, "w/", 1, 1, 0, layers), tiles(g, "v/", 1, 0, 0, layers)};
  for (std::size_t count = 0; count <= tactics.size(); ++count) {
    CAPTURE(count);
    partitioning whole(facts, on.sizes());
    evaluated_partitioning<graph::ops> kept(ground.facts(), on.sizes(), where, {}, ground.repeats());
    for (std::size_t t = 0; t < count; ++t) {
      plain_vector<action> folded;
      REQUIRE(ground.fold_actions(tactics[t], folded));
      whole.apply(tactics[t]);
      kept.apply(folded);
    }
    testing::check_same(kept.full(), simulate(whole.lower().graph, where.device, where.topology, where.cost));
  }
}

TEST_CASE("a search goes on from a tactic that singles a layer out") {
  const graph g = stack();
  plan_options options;
  options.search = search_budget::of_evaluations(200);
  const auto p = partition(g, on, shard<"model">("w/3", 1) >> automatic<"batch", "model">(), tpu_v3, options);
  CHECK(p.total().step_time_s < p.tactics[0].step_time_s);
  // The first tactic holds.
  for (const boundary_value& v : p.inputs) {
    if (v.name == "w/3") CHECK(v.at.dim_of(1) == 1);
  }
}
