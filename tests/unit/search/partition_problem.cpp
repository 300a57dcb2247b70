// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Automatic partitioning keeps the laws of a problem, and what a state costs is what the program costs.

#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>

#include "support/problem_laws.hpp"
#include "support/programs.hpp"

namespace {

using namespace partita;

search_request all_axes(const device_mesh& mesh, double memory) {
  search_request request;
  for (std::size_t a = 0; a < mesh.axis_count(); ++a) request.axes.push_back(static_cast<axis_index>(a));
  request.device_memory_bytes = memory;
  request.wanted.bounds.push_back({metric::peak_memory, device_memory});
  return request;
}

void check_laws(const char* name, double memory) {
  CAPTURE(name);
  const graph g = testing::small_program(name);
  const auto mesh = make_mesh(axis<"batch", 4>, axis<"model", 2>);
  const search_ground<graph::ops> ground(g);
  partition_problem<graph::ops> p(ground, mesh.sizes(), default_target(tpu_v3, mesh), {}, all_axes(mesh, memory), {});
  testing::check_problem_laws(p, 1, 6);
  // What is legal has an effect, what is not has none.
  const std::uint64_t start = p.hash();
  for (search_action a = 0; a < p.action_count(); ++a) {
    const bool legal = p.is_legal(a);
    p.apply(a);
    CHECK((p.hash() != start) == legal);
    p.undo();
    CHECK(p.hash() == start);
    CHECK(p.is_legal(a) == legal);
  }
}

}  // namespace

TEST_CASE("partitioning a training step keeps the laws of a problem") { check_laws("mlp_train", 1e9); }
TEST_CASE("partitioning for a device that is too small keeps the laws of a problem") { check_laws("mlp_train", 1e4); }
TEST_CASE("partitioning loops and layers keeps the laws of a problem") { check_laws("t32_scan", 5e5); }

TEST_CASE("states that order the axes of a dim differently are different") {
  builder f;
  const auto x = f.argument("x", tensor<f32>(64, 64));
  f.result("y", x + x);
  const graph g = f.finish();
  const program_facts facts(g);
  const auto mesh = make_mesh(axis<"a", 2>, axis<"b", 4>);
  const auto tile = [&](std::uint8_t dim, axis_index a) { return action{action_kind::tile, dim, a, g.arguments()[0], 0}; };
  const auto hash_after = [&](const std::vector<std::vector<action>>& tactics) {
    partitioning p(facts, mesh.sizes());
    const std::uint64_t nothing = p.state().hash();
    const auto start = p.here();
    for (const auto& actions : tactics) p.apply(actions);
    const std::uint64_t hash = p.state().hash();
    p.undo(start);
    CHECK(p.state().hash() == nothing);
    return hash;
  };
  // Of one dim the axis that was decided first is major; within a tactic the first of the mesh.
  const std::uint64_t a_is_major = hash_after({{tile(0, 0)}, {tile(0, 1)}});
  CHECK(a_is_major != hash_after({{tile(0, 1)}, {tile(0, 0)}}));
  CHECK(a_is_major == hash_after({{tile(0, 0), tile(0, 1)}}));
  CHECK(a_is_major == hash_after({{tile(0, 1), tile(0, 0)}}));
  // Two dims have nothing to order.
  CHECK(hash_after({{tile(0, 0)}, {tile(1, 1)}}) == hash_after({{tile(1, 1)}, {tile(0, 0)}}));
}
