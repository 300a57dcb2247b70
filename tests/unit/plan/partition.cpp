// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Plans as partition returns them: rows in the order of the paper's table, and what is said about what did not
// work.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/programs.hpp"

namespace {

using namespace partita;

constexpr auto on = make_mesh(axis<"batch", 4>, axis<"model", 2>);

graph product() {
  builder f;
  const auto x = f.argument("x", tensor<f32>(16, 6));
  const auto w = f.argument("w", tensor<f32>(6, 16));
  f.scope("model/project");
  f.result("y", matmul(x, w));
  return f.finish();
}

}  // namespace

TEST_CASE("a plan has a row for the program as it is and one for each tactic") {
  const graph g = product();
  const auto p = partition(g, on, named("BP", shard<"batch">("x", 0)) >> named("MP", shard<"model">("x", 1)), tpu_v3);
  REQUIRE(p.tactics.size() == 2);
  CHECK(p.tactics[0].name == "BP");
  CHECK(p.tactics[1].name == "MP");
  CHECK(&p.total() == &p.tactics[1]);
  for (std::size_t k = 0; k < collective_kinds; ++k) CHECK(p.before.collectives[k] == collective_total{});
  CHECK(p.tactics[0].of(collective_kind::all_reduce) == collective_total{});
  // Over the contraction: the sum of two parts of 4 x 16 f32.
  CHECK(p.tactics[1].of(collective_kind::all_reduce) == collective_total{1, 4 * 16 * 4});
  REQUIRE(p.collectives.size() == 1);
  CHECK(p.collectives[0].kind == collective_kind::all_reduce);
  CHECK(p.collectives[0].axes == 2);
  CHECK(p.collectives[0].tactic == "MP");
  REQUIRE(p.inputs.size() == 2);
  CHECK(p.inputs[0].name == "x");
  CHECK(p.inputs[0].type == tensor<f32>(16, 6));
  CHECK(p.inputs[0].at.axes_of(0) == axis_list{0});
  CHECK(p.inputs[0].at.axes_of(1) == axis_list{1});
  CHECK(p.inputs[1].at.axes_of(0) == axis_list{1});
  REQUIRE(p.outputs.size() == 1);
  CHECK(p.outputs[0].at.axes_of(0) == axis_list{0});
}

TEST_CASE("a conflict is told with the op, the tactic and the two values that ask") {
  const graph g = product();
  const auto p = partition(g, on, named("both", shard<"batch">("x", 0) * shard<"batch">("w", 1)), tpu_v3);
  REQUIRE(p.conflicts.size() == 1);
  const conflict_report& c = p.conflicts[0];
  CHECK(c.tactic == "both");
  CHECK(c.axis == "batch");
  CHECK(c.scope == "model/project");
  CHECK(c.op.find("dot_general") != std::string::npos);
  CHECK(c.first.find("x") != std::string::npos);
  CHECK(c.first.find("dim 0") != std::string::npos);
  CHECK(c.second.find("w") != std::string::npos);
  CHECK(c.second.find("dim 1") != std::string::npos);
  CHECK(p.total().conflicts == 1);
}

TEST_CASE("a tile that cannot be applied is told and the rest of the tactic applies") {
  const graph g = product();
  const auto p = partition(g, on, shard<"batch">("x", 0) * shard<"batch">("w", 0), tpu_v3);
  REQUIRE(p.tactics[0].not_applied.size() == 1);
  const std::string& why = p.tactics[0].not_applied[0];
  CHECK(why.find("w") != std::string::npos);
  CHECK(why.find("local size 6 does not divide evenly among 4 devices") != std::string::npos);
  CHECK(p.inputs[0].at.axes_of(0) == axis_list{0});
  CHECK(p.inputs[1].at.is_whole());
}

TEST_CASE("a tile of what is made of constants alone is told, and every other value that the glob selects is split") {
  const graph g = stablehlo::read(R"(
func.func @main(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %i = stablehlo.iota dim = 0 : tensor<8x8xf32>
  %y = stablehlo.add %x, %i : tensor<8x8xf32>
  %z = stablehlo.tanh %y : tensor<8x8xf32>
  return %z : tensor<8x8xf32>
})").entry();
  const auto p = partition(g, on, shard<"batch">(made_by("*8x8xf32*"), 0), tpu_v3);
  REQUIRE(p.tactics[0].not_applied.size() == 1);
  CHECK(p.tactics[0].not_applied[0].find("made of constants alone") != std::string::npos);
  REQUIRE(p.applied.size() == 1);
  CHECK(p.applied[0].actions.size() == 3);  // x, y, z
  CHECK(p.outputs[0].at.axes_of(0) == axis_list{0});
}

// Estimates of PartIR (arXiv 2401.11202), section 7, for a 32-layer transformer: of its figures only order and
// ratios carry over to another simulator.
TEST_CASE("estimates of a 32-layer transformer order strategies as the paper does") {
  const graph g = stablehlo::read_file(testing::data_file("paper_t32.mlir.gz"));
  const auto mesh = make_mesh(axis<"batch", 8>, axis<"model", 4>);
  const std::string big[] = {"*/qkv_einsum/w", "*/linear/w", "*/dense_up/w", "*/dense_down/w", "*/embed"};
  std::string state, whole, split;
  for (const std::string& name : big) {
    // Every path ends in what the selector names: params/embed as well as params/layers/0/linear/w.
    const std::string rest = name.starts_with("*/embed") ? name.substr(1) : "/" + name;
    state +=
        (state.empty() ? "" : " * ") + std::string("shard<\"batch\">(\"opt_state/") + name + "\", first_divisible_dim)";
    whole += " * pin<\"batch\">(\"params" + rest + "\")";
    split += " * shard<\"batch\">(\"params" + rest + "\", first_divisible_dim)";
  }
  const std::string tactics =
      "BP = shard<\"batch\">(\"data/*\", 0)\n"
      "MP = shard<\"model\">(\"params/*/linear/w\", 0) * shard<\"model\">(\"params/*/dense_up/w\", 2)\n"
      "   * shard<\"model\">(\"params/*/qkv_einsum/w\", 1)\nZ2 = " +
      state + whole + "\nZ3 = " + state + split + "\n";
  const auto rows = [&](const char* schedule) {
    return partition(g, mesh, parse_schedule(tactics + schedule + "\n", "paper"), tpu_v3).tactics;
  };
  const tactic_report model = rows("MP")[0];
  const auto z2 = rows("BP >> MP >> Z2"), z3 = rows("BP >> MP >> Z3");
  CHECK(model.peak_memory_bytes > z2[0].peak_memory_bytes);
  CHECK(z2[0].peak_memory_bytes > z2[1].peak_memory_bytes);
  CHECK(z2[1].peak_memory_bytes > z2[2].peak_memory_bytes);
  CHECK(z2[2].peak_memory_bytes > z3[2].peak_memory_bytes);
  for (const tactic_report& t : {z2[0], z2[1], z2[2], z3[2]}) {
    CHECK(model.step_time_s > t.step_time_s);
    MESSAGE(t.name, ": ", t.step_time_s, " s, ", t.peak_memory_bytes / 1000000, " MB");
  }
  MESSAGE("MP alone: ", model.step_time_s, " s, ", model.peak_memory_bytes / 1000000, " MB");
}
