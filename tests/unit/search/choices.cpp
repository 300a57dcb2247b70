// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What there is to choose between in small programs, derived by hand.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/search/choices.hpp>

#include "support/analysis.hpp"
#include "support/programs.hpp"

namespace {

using namespace partita;
using testing::choice;
using testing::choices_of;
using testing::counts_after;
using testing::value_names;
using texts = std::vector<std::string>;

/// One step of descent with momentum: m' = m * m + x^T (x w), w' = w - m'. (The factor of m is m itself, to be short.)
struct momentum_step {
  value_names names;
  graph program;
  momentum_step() {
    builder f;
    const auto w = f.argument("w", tensor<f32>(16, 8)), m = f.argument("m", tensor<f32>(16, 8)),
               x = f.argument("x", tensor<f32>(64, 16));
    const auto gradient = contract(x, matmul(x, w), {0}, {0});
    const auto m1 = m * m + gradient;
    f.result("result/0", w - m1);
    f.result("result/1", m1);
    names = {{"w", w.id()}, {"m", m.id()}, {"x", x.id()}};
    program = f.finish();
  }
};

}  // namespace

TEST_CASE("the running example offers its colours and its arguments' dims") {
  builder f;
  const auto x = f.argument("x", tensor<f32>(256, 8)), w1 = f.argument("w1", tensor<f32>(8, 16)),
             w2 = f.argument("w2", tensor<f32>(16, 8));
  f.result("y", matmul(matmul(x, w1), w2));
  const value_names names{{"x", x.id()}, {"w1", w1.id()}, {"w2", w2.id()}};
  const graph g = f.finish();
  const program_facts facts(g);
  const program_analysis a(facts);
  CHECK(choices_of(a, names, choice_kind::split_colour) ==
        texts{"tile x.0", "tile x.1, tile w1.0", "tile w1.1, tile w2.0", "tile w2.1"});
  CHECK(choices_of(a, names, choice_kind::settle).empty());
  // x.0 and w2.1 are all that their colours have.
  CHECK(choices_of(a, names, choice_kind::split_family) == texts{"tile x.1", "tile w1.0", "tile w1.1", "tile w2.0"});
  CHECK(choices_of(a, names, choice_kind::split_part).empty());
}

TEST_CASE("a parameter and its optimizer state are a family of two parts") {
  // h[b,e] = x[b,d] w[d,e]; gradient[d,e] = x[b,d] h[b,e]: b, d and e stand once in each value. The update makes m's and
  // w's dims those of the gradient.
  const momentum_step step;
  const program_facts facts(step.program);
  const program_analysis a(facts);
  CHECK(testing::colours_of(a, step.names).size() == 3);
  CHECK(a.conflicts.size() == 0);
  CHECK(a.choices.family_of(0) == a.choices.family_of(1));
  CHECK_FALSE(a.choices.family_of(0) == a.choices.family_of(2));
  CHECK_FALSE(a.choices.part_of(0) == a.choices.part_of(1));
  CHECK(choices_of(a, step.names, choice_kind::split_colour) ==
        texts{"tile w.0, tile m.0, tile x.1", "tile w.1, tile m.1", "tile x.0"});
  // Along dim 1 the family is all that its colour has, and x is along dim 0.
  CHECK(choices_of(a, step.names, choice_kind::split_family) == texts{"tile w.0, tile m.0", "tile x.1"});
  CHECK(choices_of(a, step.names, choice_kind::split_part) ==
        texts{"tile w.0, pin m", "pin w, tile m.0", "tile w.1, pin m", "pin w, tile m.1"});

  // Data parallelism sums the gradient. ZeRO-2: state split, parameter whole: the gradient leaves its sum split, and
  // what is updated is gathered.
  const split_choice batch = choice(a, choice_kind::split_colour, 2), state = choice(a, choice_kind::split_part, 1);
  CHECK(counts_after(facts, a, 4, {batch}) == all_reduce * 1);
  CHECK(counts_after(facts, a, 4, {batch, state}) == all_gather * 1 + reduce_scatter * 1);
  // ZeRO-3: both split; the parameter is gathered for the product.
  CHECK(counts_after(facts, a, 4, {batch, choice(a, choice_kind::split_family, 0)}) ==
        all_gather * 1 + reduce_scatter * 1);
}

TEST_CASE("actions on an axis are those that the state allows") {
  const momentum_step step;
  const program_facts facts(step.program);
  const program_analysis a(facts);
  axis_sizes axes;
  axes.push_back(4);
  axes.push_back(3);
  axes.push_back(1);
  partitioning p(facts, axes);
  const split_choice columns = choice(a, choice_kind::split_colour, 1);
  const auto first = a.choices.actions(columns, 0, p.state());
  REQUIRE(first.size() == 2);
  CHECK(first[0] == action{action_kind::tile, 1, 0, step.names[0].second, 0});
  CHECK(a.choices.actions(columns, 1, p.state()).empty());  // 3 does not divide 8
  CHECK(a.choices.actions(columns, 2, p.state()).empty());  // one device splits nothing
  p.apply(first);
  CHECK(a.choices.actions(columns, 0, p.state()).empty());  // split already
  // Pins without a tile are no action.
  CHECK(a.choices.actions(choice(a, choice_kind::split_part, 0), 0, p.state()).empty());
}

TEST_CASE("repeated layers add no choices") {
  const graph g = testing::small_program("t32");
  const program_facts facts(g);
  const program_analysis a(facts);
  // Two layers: what one of them has of its own is there twice, alike.
  const auto argument = [&](std::string_view name) {
    for (std::size_t i = 0; i < g.arguments().size(); ++i) {
      if (g.argument_name(i) == name) return g.arguments()[i];
    }
    FAIL("no argument ", name);
    return value_id{};
  };
  const value_id up0 = argument("params/blocks/0/dense_up/w"), up1 = argument("params/blocks/1/dense_up/w");
  const colour_id hidden0 = a.names.of(up0, 2), hidden1 = a.names.of(up1, 2);
  CHECK_FALSE(hidden0 == hidden1);
  CHECK(a.choices.class_of(hidden0) == a.choices.class_of(hidden1));
  REQUIRE(a.conflicts.size() == 2);  // the scores of each layer
  CHECK(a.choices.class_of(conflict_set_id{0}) == a.choices.class_of(conflict_set_id{1}));
  std::size_t settle = 0;
  for (const split_choice& c : a.choices.all()) settle += c.kind == choice_kind::settle ? 1u : 0u;
  CHECK(settle == 2);
}
