// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Layers that a loop runs over their stacked parameters shard as layers written one after the other.

#include <array>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/programs.hpp"

namespace {

using namespace partita;

using totals = std::array<collective_total, collective_kinds>;

totals totals_of(const graph& g, const device_mesh& mesh, const schedule& s) {
  return with_schedule(g, mesh, s, [](const auto& p) { return total_collectives(p.lower()); });
}

// Megatron's split of the four matrices of a layer; `stacked` has the layers in front.
schedule model_parallel(bool stacked) {
  const auto dim = [&](int d) { return std::to_string(d + (stacked ? 1 : 0)); };
  return parse_schedule("shard<\"model\">(\"*/qkv_einsum/w\", " + dim(1) + ") * shard<\"model\">(\"*/linear/w\", " +
                            dim(0) + ") * shard<\"model\">(\"*/dense_up/w\", " + dim(2) +
                            ") * shard<\"model\">(\"*/dense_down/w\", " + dim(0) + ")",
                        "MP");
}

std::int64_t parameter_bytes(const graph& g) {
  std::int64_t bytes = 0;
  for (std::size_t i = 0; i < g.arguments().size(); ++i) {
    if (g.argument_name(i).starts_with("params/")) bytes += g.type(g.arguments()[i]).bytes();
  }
  return bytes;
}

void check_equal_bytes(const graph& unrolled, const graph& scanned, const device_mesh& mesh) {
  const schedule batch = parse_schedule("shard<\"batch\">(\"batch/*\", 0)", "BP");
  const totals data = totals_of(unrolled, mesh, batch);
  CHECK(totals_of(scanned, mesh, batch) == data);
  // One all_reduce for the gradient of each parameter and one for the loss, an f32.
  CHECK(data[static_cast<std::size_t>(collective_kind::all_reduce)].bytes == parameter_bytes(unrolled) + 4);
  CHECK(totals_of(scanned, mesh, model_parallel(true)) == totals_of(unrolled, mesh, model_parallel(false)));
}

// A loop of four trips that takes row `index` of x, a matrix of four rows, each time.
graph sliced_in_loop(std::string_view index) {
  return stablehlo::read(R"(func.func public @main(%x: tensor<4x8xf32>, %k: tensor<i32>) -> tensor<1x8xf32> {
    %zero = stablehlo.constant dense<0> : tensor<i32>
    %y = stablehlo.constant dense<0.0> : tensor<1x8xf32>
    %t = stablehlo.tanh %x : tensor<4x8xf32>
    %r:3 = stablehlo.while(%i = %zero, %stack = %t, %sum = %y) : tensor<i32>, tensor<4x8xf32>, tensor<1x8xf32>
    cond {
      %n = stablehlo.constant dense<4> : tensor<i32>
      %c = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    } do {
      %one = stablehlo.constant dense<1> : tensor<i32>
      %next = stablehlo.add %i, %one : tensor<i32>
      %row = stablehlo.dynamic_slice %stack, )" +
                         std::string(index) +
                         R"(, %zero, sizes = [1, 8] : (tensor<4x8xf32>, tensor<i32>, tensor<i32>) -> tensor<1x8xf32>
      %s = stablehlo.add %sum, %row : tensor<1x8xf32>
      stablehlo.return %next, %stack, %s : tensor<i32>, tensor<4x8xf32>, tensor<1x8xf32>
    }
    return %r#2 : tensor<1x8xf32>
  })")
      .entry();
}

}  // namespace

TEST_CASE("a scanned transformer communicates as many bytes as its unrolled form") {
  check_equal_bytes(testing::small_program("t32"), testing::small_program("t32_scan"),
                    make_mesh(axis<"batch", 4>, axis<"model", 2>));
}

TEST_CASE("a scanned transformer of full size communicates as many bytes as its unrolled form") {
  const auto unrolled = testing::shared_file("models/full/t32.mlir.gz"),
             scanned = testing::shared_file("models/full/t32_scan.mlir.gz");
  if (!unrolled || !scanned) return;
  const auto mesh = make_mesh(axis<"batch", 8>, axis<"model", 4>);
  const graph g = stablehlo::read_file(scanned->string());
  check_equal_bytes(stablehlo::read_file(unrolled->string()), g, mesh);
  // 32 layers with two sums forward and two backward, each of batch x sequence x width f32.
  const totals model = totals_of(g, mesh, model_parallel(true));
  CHECK(model[static_cast<std::size_t>(collective_kind::all_reduce)] ==
        collective_total{128, 128 * std::int64_t{48} * 2048 * 4096 * 4});
}

TEST_CASE("a dim that a loop slices at its counter stacks layers") {
  const graph by_counter = sliced_in_loop("%i"), by_argument = sliced_in_loop("%k");
  const program_facts facts(by_counter), other_facts(by_argument);
  const value_id x = by_counter.arguments()[0];
  // Through the loop's operand and the elementwise op before it.
  CHECK(facts.stacks(x, 0));
  CHECK_FALSE(facts.stacks(x, 1));
  CHECK_FALSE(other_facts.stacks(by_argument.arguments()[0], 0));
  const auto tiled_dim = [](const graph& g) {
    return with_schedule(g, make_mesh(axis<"m", 4>), shard<"m">("arg0", first_divisible_dim),
                         [&](const auto& p) { return p.state()(g.arguments()[0], 0).dim(); });
  };
  CHECK(tiled_dim(by_counter) == 1);
  CHECK(tiled_dim(by_argument) == 0);
}

TEST_CASE("first_divisible_dim does not split the layers of a scanned transformer") {
  const graph g = testing::small_program("t32_scan");
  const program_facts facts(g);
  const auto mesh = make_mesh(axis<"batch", 2>);
  const schedule s = parse_schedule(
      "shard<\"batch\">(\"params/*\", first_divisible_dim) * shard<\"batch\">(\"opt_state/*\", first_divisible_dim)",
      "Z3");
  partitioning p(facts, mesh.sizes());
  std::size_t stacked = 0;
  for (const action& a : resolve(s, 0, p.state(), mesh, facts.stacks).actions) {
    const std::size_t i = a.value.index;
    // Two layers, which the axis divides.
    if (g.argument_name(i).find("/blocks/") == std::string_view::npos) continue;
    CAPTURE(g.argument_name(i));
    REQUIRE(g.type(a.value).dims[0] == 2);
    CHECK(a.dim != 0);
    ++stacked;
  }
  CHECK(stacked > 0);
}
