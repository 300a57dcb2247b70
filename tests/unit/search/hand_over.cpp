// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Choices that pin what is handed from ops with a colour's arguments to ops without them, and back.

#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>

#include "support/analysis.hpp"

namespace {

using namespace partita;
using texts = std::vector<std::string>;

// Four experts u with a router r: examples b, sequence s, width k, experts e, capacity c, hidden units f.
constexpr const char* experts = R"(
func.func @main(%x: tensor<8x32x16xf32>, %u: tensor<4x16x64xf32>, %r: tensor<16x4xf32>) -> tensor<8x32x64xf32> {
  %l = stablehlo.dot_general %x, %r, contracting_dims = [2] x [0] : (tensor<8x32x16xf32>, tensor<16x4xf32>) -> tensor<8x32x4xf32>
  %n = stablehlo.broadcast_in_dim %l, dims = [0, 1, 2] : (tensor<8x32x4xf32>) -> tensor<8x32x4x6xf32>
  %d = stablehlo.dot_general %n, %x, batching_dims = [0] x [0], contracting_dims = [1] x [1] : (tensor<8x32x4x6xf32>, tensor<8x32x16xf32>) -> tensor<8x4x6x16xf32>
  %t = stablehlo.transpose %d, dims = [1, 0, 2, 3] : (tensor<8x4x6x16xf32>) -> tensor<4x8x6x16xf32>
  %h = stablehlo.dot_general %t, %u, batching_dims = [0] x [0], contracting_dims = [3] x [1] : (tensor<4x8x6x16xf32>, tensor<4x16x64xf32>) -> tensor<4x8x6x64xf32>
  %y = stablehlo.dot_general %n, %h, batching_dims = [0] x [1], contracting_dims = [2, 3] x [0, 2] : (tensor<8x32x4x6xf32>, tensor<4x8x6x64xf32>) -> tensor<8x32x64xf32>
  return %y : tensor<8x32x64xf32>
})";

testing::value_names names_of(const graph& g) {
  testing::value_names names{{"x", g.arguments()[0]}, {"u", g.arguments()[1]}, {"r", g.arguments()[2]}};
  const char* const made[] = {"l", "n", "d", "t", "h", "y"};
  for (std::uint32_t i = 0; i < 6; ++i) names.push_back({made[i], g.results(op_id{i})[0]});
  return names;
}

const split_choice& splits(const program_analysis& a, value_id v, std::size_t dim) {
  for (const split_choice& c : a.choices.all()) {
    if (c.kind == choice_kind::split_colour && c.colour == a.names.of(v, dim)) return c;
  }
  FAIL("no choice splits this");
  return a.choices.all()[0];
}

}  // namespace

TEST_CASE("what ops with a colour's arguments hand to others is one choice, worked out by hand") {
  const auto m = stablehlo::read(experts);
  const graph& g = m.entry();
  const program_facts<stablehlo_ops> facts(g);
  const program_analysis a(facts);
  CHECK(testing::choices_of(a, names_of(g), choice_kind::hand_over) ==
        texts{"pin l, pin n, pin d",   // b: the products with x, and what is not made with it; h and y are far from x
              "pin l, pin n",          // s: the same without d, which has no sequence
              "pin l, pin d, pin h",   // e: the router's and the experts' products; n is on neither side of one
              "pin h"});               // f; of k all products take an argument
}

TEST_CASE("with what experts take and give pinned, tokens travel by all_to_all, else they are gathered and summed") {
  const auto m = stablehlo::read(experts);
  const graph& g = m.entry();
  const program_facts<stablehlo_ops> facts(g);
  const program_analysis a(facts);
  const split_choice &examples = splits(a, g.arguments()[0], 0), &of_experts = splits(a, g.arguments()[1], 0);
  const split_choice* keep = nullptr;
  for (const split_choice& c : a.choices.all()) {
    if (c.kind == choice_kind::hand_over && c.colour == a.names.of(g.arguments()[1], 0)) keep = &c;
  }
  REQUIRE(keep != nullptr);
  // The router is split with the experts, and is gathered for examples; tokens to the experts and back.
  CHECK(testing::counts_after(facts, a, 4, {*keep, examples, of_experts}) == all_to_all * 2 + all_gather * 1);
  // The router and the dispatch take all tokens, and the combination sums over experts.
  CHECK(testing::counts_after(facts, a, 4, {of_experts, examples}) == all_gather * 2 + all_reduce * 1);
}

TEST_CASE("a pin alone is an action of what is handed over, once") {
  const auto m = stablehlo::read(experts);
  const program_facts<stablehlo_ops> facts(m.entry());
  const program_analysis a(facts);
  axis_sizes axes;
  axes.push_back(4);
  axes.push_back(1);
  partitioning<stablehlo_ops> p(facts, axes);
  const split_choice& last = a.choices.all()[a.choices.all().size() - 1];
  REQUIRE(last.kind == choice_kind::hand_over);
  CHECK(a.choices.has_effect(last, 0, p.state()));
  CHECK_FALSE(a.choices.has_effect(last, 1, p.state()));  // an axis of one device
  p.apply(a.choices.actions(last, 0, p.state()));
  CHECK_FALSE(a.choices.has_effect(last, 0, p.state()));
  CHECK(a.choices.actions(last, 0, p.state()).empty());
}
