// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Compatibility sets of small programs and what their resolutions communicate, derived by hand.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/search/choices.hpp>
#include <partita/stablehlo.hpp>

#include "support/analysis.hpp"
#include "support/programs.hpp"

namespace {

using namespace partita;
using testing::choice;
using testing::counts_after;
using testing::side_of;
using testing::value_names;
using texts = std::vector<std::string>;

/// The sum over i and j of a[i] * b[j]: no value holds both i and j.
struct sum_of_products {
  static constexpr std::string_view name = "my.sum_of_products";
  static constexpr void infer(const op_view& op, result_types& types) {
    types.add(tensor_type{op.operand(0).element, {}});
  }
  static constexpr void rule(const op_view& op, rule_builder& r) {
    for (std::size_t i = 0; i < 2; ++i)
      r.operand(i, 0, r.add(op.operand(i).dims[0], factor_kind::reduction, monoid::add));
  }
};
struct my_ops : op_set<stablehlo_ops, sum_of_products> {};

}  // namespace

TEST_CASE("attention over one sequence is one choice between queries and keys") {
  builder f;
  const auto x = f.argument("x", tensor<f32>(64, 16)), wq = f.argument("wq", tensor<f32>(16, 8)),
             wk = f.argument("wk", tensor<f32>(16, 8)), wv = f.argument("wv", tensor<f32>(16, 4));
  const auto q = matmul(x, wq), k = matmul(x, wk), v = matmul(x, wv);
  const auto s = contract(q, k, {1}, {1}), e = exp(s), z = sum(e, {1}), zb = broadcast(z, {64, 64}, {0}), p = e / zb;
  f.result("o", matmul(p, v));
  const value_names names{{"x", x.id()}, {"s", s.id()}, {"e", e.id()}, {"zb", zb.id()}, {"p", p.id()}};
  const graph g = f.finish();
  const program_facts facts(g);
  const program_analysis a(facts);
  // s, e, zb and p are queries x keys. The units are the two matmuls around them, exp, the sum, its broadcast, the
  // division: each hands queries on as queries.
  REQUIRE(a.conflicts.size() == 1);
  CHECK(side_of(a, names, 0, 0) == "s.0 e.0 zb.0 p.0 + 6 units");
  CHECK(side_of(a, names, 0, 1) == "s.1 e.1 zb.1 p.1 + 6 units");
  CHECK_FALSE(a.conflicts[conflict_set_id{0}].twisted);
  CHECK(a.conflicts[conflict_set_id{0}].bytes == 4 * 4 * 64 * 64);
  CHECK(a.names.of(x.id(), 0) == a.conflicts[conflict_set_id{0}].colour);

  const split_choice colour = choice(a, choice_kind::split_colour, 0);
  const split_choice queries = choice(a, choice_kind::settle, 0), keys = choice(a, choice_kind::settle, 1);
  std::size_t conflicts = 0;
  // Queries: each device has its rows of the scores, and needs all keys and all values.
  CHECK(counts_after(facts, a, 8, {queries, colour}, &conflicts) == all_gather * 2);
  CHECK(conflicts == 0);
  // Keys: each device has its columns, and needs all queries; the softmax's denominator and the output are sums.
  CHECK(counts_after(facts, a, 8, {keys, colour}, &conflicts) == all_gather * 1 + all_reduce * 2);
  CHECK(conflicts == 0);
  // Neither: queries and keys meet, both are gathered.
  CHECK(counts_after(facts, a, 8, {colour}, &conflicts).all_gather >= 2);
  CHECK(conflicts > 0);
}

TEST_CASE("x times its transpose gathers one of them, by either choice") {
  builder f;
  const auto x = f.argument("x", tensor<f32>(16, 8));
  const auto y = matmul(x, transpose(x, {1, 0}));
  f.result("y", y);
  const value_names names{{"y", y.id()}};
  const graph g = f.finish();
  const program_facts facts(g);
  const program_analysis a(facts);
  REQUIRE(a.conflicts.size() == 1);
  CHECK(side_of(a, names, 0, 0) == "y.0 + 1 units");
  CHECK(side_of(a, names, 0, 1) == "y.1 + 1 units");
  CHECK_FALSE(a.conflicts[conflict_set_id{0}].twisted);
  const split_choice colour = choice(a, choice_kind::split_colour, 0);
  CHECK(counts_after(facts, a, 2, {colour}) == all_gather * 2);
  CHECK(counts_after(facts, a, 2, {choice(a, choice_kind::settle, 0), colour}) == all_gather * 1);
  CHECK(counts_after(facts, a, 2, {choice(a, choice_kind::settle, 1), colour}) == all_gather * 1);
}

TEST_CASE("square weights of a residual stream are one choice in all layers") {
  builder f;
  const auto x = f.argument("x", tensor<f32>(32, 8)), w1 = f.argument("w1", tensor<f32>(8, 8)),
             w2 = f.argument("w2", tensor<f32>(8, 8));
  const auto h1 = matmul(x, w1), x1 = x + h1, h2 = matmul(x1, w2), x2 = x1 + h2;
  f.result("y", x2);
  const value_names names{{"x", x.id()}, {"w1", w1.id()}, {"w2", w2.id()}, {"h1", h1.id()}, {"h2", h2.id()}};
  const graph g = f.finish();
  const program_facts facts(g);
  const program_analysis a(facts);
  // Activations have the colour once, so nothing carries a choice from layer to layer: a set for each, of the weight
  // and its matmul. The layers are alike: rows or columns is one choice for both.
  REQUIRE(a.conflicts.size() == 2);
  CHECK(side_of(a, names, 0, 0) == "w1.0 + 1 units");
  CHECK(side_of(a, names, 1, 1) == "w2.1 + 1 units");
  CHECK(a.choices.class_of(conflict_set_id{0}) == a.choices.class_of(conflict_set_id{1}));
  CHECK(testing::choices_of(a, names, choice_kind::settle) ==
        texts{"tile w1.0, tile w2.0", "tile w1.1, tile w2.1, tile h1.1, tile h2.1"});
  // The weights hold the colour twice, x holds it once.
  const split_choice colour = choice(a, choice_kind::split_colour, 1);
  CHECK(testing::text_of(a, names, colour) == "tile x.1");
  // Rows: each matmul gives partial sums, which leave split as the stream is.
  CHECK(counts_after(facts, a, 4, {choice(a, choice_kind::settle, 0), colour}) == reduce_scatter * 2);
}

TEST_CASE("a square weight by rows sums, by columns gathers") {
  builder f;
  const auto x = f.argument("x", tensor<f32>(32, 8)), w = f.argument("w", tensor<f32>(8, 8));
  f.result("y", x + matmul(x, w));
  const graph g = f.finish();
  const program_facts facts(g);
  const program_analysis a(facts);
  const split_choice colour = choice(a, choice_kind::split_colour, 1);
  CHECK(counts_after(facts, a, 4, {choice(a, choice_kind::settle, 0), colour}) == reduce_scatter * 1);
  CHECK(counts_after(facts, a, 4, {choice(a, choice_kind::settle, 1), colour}) == all_gather * 1);
}

TEST_CASE("a loop is one set with what its body holds") {
  // x = x @ w: w is square by the loop.
  const graph g = testing::small_program("loop");
  const program_facts facts(g);
  const program_analysis a(facts);
  const value_names names{{"w", g.arguments()[1]}};
  REQUIRE(a.conflicts.size() == 1);
  CHECK(side_of(a, names, 0, 0) == "w.0 + 1 units");
}

TEST_CASE("an op that leads from one side to the other twists its set") {
  // y is symmetric: y + transpose(y) wants rows of one where it has columns of the other.
  builder f;
  const auto x = f.argument("x", tensor<f32>(16, 8));
  const auto y = matmul(x, transpose(x, {1, 0})), t = transpose(y, {1, 0});
  f.result("z", y + t);
  const graph g = f.finish();
  const program_facts facts(g);
  const program_analysis a(facts);
  REQUIRE(a.conflicts.size() == 1);
  CHECK(a.conflicts[conflict_set_id{0}].twisted);
  CHECK(a.conflicts[conflict_set_id{0}].values == 3);
  CHECK(a.conflicts[conflict_set_id{0}].units == 3);
  // By either choice one operand is gathered for the matmul; the addition finds rows and columns, stays whole, and both
  // its operands are gathered.
  const split_choice colour = choice(a, choice_kind::split_colour, 0);
  for (const std::size_t side : {0u, 1u}) {
    std::size_t conflicts = 0;
    CHECK(counts_after(facts, a, 4, {choice(a, choice_kind::settle, side), colour}, &conflicts) == all_gather * 3);
    CHECK(conflicts == 1);
  }
}

TEST_CASE("three dims of one colour are three choices between two") {
  // u[i,j,k] = a[i] + a[j] + a[k].
  builder f;
  const auto x = f.argument("a", tensor<f32>(8));
  const auto i = broadcast(x, {8, 8, 8}, {0}), j = broadcast(x, {8, 8, 8}, {1}), k = broadcast(x, {8, 8, 8}, {2});
  const auto ij = i + j, ijk = ij + k;
  f.result("u", ijk);
  const value_names names{{"i", i.id()}, {"j", j.id()}, {"k", k.id()}, {"ij", ij.id()}, {"u", ijk.id()}};
  const graph g = f.finish();
  const program_facts facts(g);
  const program_analysis a(facts);
  CHECK(a.names.size() == 1);
  REQUIRE(a.conflicts.size() == 3);
  CHECK(side_of(a, names, 0, 0) == "i.0 j.0 k.0 ij.0 u.0 + 5 units");
  CHECK(side_of(a, names, 0, 1) == "i.1 j.1 k.1 ij.1 u.1 + 5 units");
  CHECK(side_of(a, names, 1, 1) == "i.2 j.2 k.2 ij.2 u.2 + 5 units");
  CHECK(side_of(a, names, 2, 0) == "i.1 j.1 k.1 ij.1 u.1 + 5 units");
}

TEST_CASE("a conflict that no value holds is settled by what the op takes") {
  // z = x + y gives x and y one colour; the op's i and j are x's and y's.
  basic_builder<my_ops> f;
  const auto x = f.argument("x", tensor<f32>(16)), y = f.argument("y", tensor<f32>(16));
  f.result("z", x + y);
  f.result("s", f.add1<sum_of_products>({x, y}));
  const value_names names{{"x", x.id()}, {"y", y.id()}};
  const auto g = f.finish();
  const program_facts facts(g);
  const program_analysis a(facts);
  REQUIRE(a.conflicts.size() == 1);
  CHECK(side_of(a, names, 0, 0) == "+ 1 units");
  CHECK(testing::choices_of(a, names, choice_kind::settle) == texts{"tile x.0", "tile y.0"});
  // The op splits its own side; the other operand is gathered, the result is a sum.
  std::size_t conflicts = 0;
  const split_choice colour = choice(a, choice_kind::split_colour, 0);
  CHECK(counts_after(facts, a, 4, {choice(a, choice_kind::settle, 0), colour}, &conflicts) ==
        all_gather * 1 + all_reduce * 1);
  CHECK(conflicts == 0);
  CHECK(counts_after(facts, a, 4, {colour}, &conflicts) == all_gather * 2);
  CHECK(conflicts == 1);
}

TEST_CASE("sides asked for in all layers hold in all layers") {
  // Unrolled, what follows from the first layer reaches the second; scanned, there is one body.
  const graph unrolled = testing::small_program("t32"), scanned = testing::small_program("t32_scan");
  const program_facts facts(unrolled), scanned_facts(scanned);
  const program_analysis a(facts), b(scanned_facts);
  for (const std::size_t side : {0u, 1u}) {
    const auto colour_of = [](const program_analysis& analysis) {
      split_choice found;
      for (const split_choice& c : analysis.choices.all()) {
        if (c.kind == choice_kind::split_colour && c.colour == analysis.conflicts[conflict_set_id{0}].colour) found = c;
      }
      return found;
    };
    std::size_t conflicts = 0, scanned_conflicts = 0;
    const auto counts = counts_after(facts, a, 2, {choice(a, choice_kind::settle, side), colour_of(a)}, &conflicts);
    CHECK(conflicts == 0);
    CHECK(counts == counts_after(scanned_facts, b, 2, {choice(b, choice_kind::settle, side), colour_of(b)}, &scanned_conflicts));
    CHECK(scanned_conflicts == 0);
  }
}
