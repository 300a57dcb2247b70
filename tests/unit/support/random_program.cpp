// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <set>
#include <string>

#include <doctest/doctest.h>

#include <partita/ir/equal.hpp>
#include <partita/op/functions.hpp>

#include "support/random_program.hpp"
#include "support/shrink.hpp"

namespace {

using namespace partita;
using testing::partition_case;

TEST_CASE("a seed determines a random program") {
  const graph first = testing::random_program{.seed = 7}();
  CHECK(equal(first, testing::random_program{.seed = 7}()));
  CHECK_FALSE(equal(first, testing::random_program{.seed = 8}()));
}

TEST_CASE("random programs keep to their limits and use ops of every family") {
  std::set<std::string> names;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    const graph g = testing::random_program{.seed = seed, .most_elements = 512}();
    CHECK(g.arguments().size() >= 2);
    CHECK(g.arguments().size() <= 6);
    CHECK(g.results().size() >= 1);
    CHECK(g.results().size() <= 4);
    for (std::uint32_t v = 0; v < g.value_count(); ++v) {
      CHECK(g.type(value_id{v}).elements() <= 512);
    }
    for (std::uint32_t o = 0; o < g.op_count(); ++o) names.insert(std::string(g.info(op_id{o}).name));
  }
  for (const char* name : {"add",
                           "select",
                           "clamp",
                           "convert",
                           "compare",
                           "broadcast_in_dim",
                           "reshape",
                           "transpose",
                           "reverse",
                           "slice",
                           "pad",
                           "concatenate",
                           "dot_general",
                           "convolution",
                           "reduce",
                           "reduce_window",
                           "gather",
                           "scatter",
                           "dynamic_slice",
                           "dynamic_update_slice",
                           "iota",
                           "sort",
                           "select_and_scatter",
                           "while",
                           "case",
                           "if",
                           "optimization_barrier",
                           "rng_bit_generator",
                           "complex"}) {
    CHECK_MESSAGE(names.contains("stablehlo." + std::string(name)), name);
  }
}

TEST_CASE("a case is made as small as what fails in it") {
  // Fails wherever a tanh is left and argument x is tiled on dim 0.
  const auto judge = [](const partition_case& c) -> std::string {
    bool tanh = false, tiled = false;
    for (std::uint32_t o = 0; o < c.program.op_count(); ++o) tanh = tanh || c.program.is<op::tanh>(op_id{o});
    for (const auto& tactic : c.tactics) {
      for (const action& a : tactic) tiled = tiled || (a.value == c.program.arguments()[0] && a.dim == 0);
    }
    return tanh && tiled ? "found: both" : "";
  };
  basic_builder<stablehlo_ops> f;
  const auto x = f.argument("x", tensor<element_type::f32>(4, 4)), y = f.argument("y", tensor<element_type::f32>(4, 4));
  f.scope("middle");
  const auto middle = tanh(x + y);
  f.result("result/1", exp(middle * x));
  f.result("result/2", matmul(x, y));
  partition_case c{f.finish(), "a=2,b=2", {}, {}, 1};
  const value_id first = c.program.arguments()[0], second = c.program.arguments()[1];
  c.tactics = {{{action_kind::tile, 1, 1, second, 0}},
               {{action_kind::pin, 0, 0, second, 0}, {action_kind::tile, 0, 0, first, 0}}};
  c.options.share_gathers = true;
  const partition_case small = testing::shrink(c, judge);
  REQUIRE(small.program.op_count() == 1);
  CHECK(small.program.is<op::tanh>(op_id{0}));
  CHECK(small.program.arguments().size() == 1);
  CHECK(small.program.results().size() == 1);
  CHECK_FALSE(small.options.share_gathers);
  CHECK(testing::schedule_text(small) == "shard<\"a\">(\"x\", 0)");
}

TEST_CASE("schedules name values inside the program by scopes") {
  basic_builder<stablehlo_ops> f;
  const auto x = f.argument("x", tensor<element_type::f32>(4, 4));
  f.scope("n3");
  const auto y = tanh(x);
  f.result("y", y);
  partition_case c{f.finish(), "a=2", {}, {}, 1};
  c.tactics = {{{action_kind::tile, 1, 0, y.id(), 0}}, {{action_kind::pin, 0, 0, x.id(), 0}}};
  CHECK(testing::schedule_text(c) == "shard<\"a\">(tagged(\"n3\"), 1)\n  >> pin<\"a\">(\"x\")");
}

}  // namespace
