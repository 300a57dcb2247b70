// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Colours of small programs, derived by hand. Below, `x[n,d]` is a value with the names of its dims; an op joins what
// has one letter in its einsum form.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/search/choices.hpp>
#include <partita/stablehlo.hpp>

#include "support/analysis.hpp"
#include "support/check_both.hpp"
#include "support/programs.hpp"

namespace {

using namespace partita;
using testing::colours_of;
using testing::value_names;
using texts = std::vector<std::string>;

// PartIR's running example: f(x, w1, w2) = (x @ w1) @ w2.
constexpr graph chain() {
  builder f;
  const auto x = f.argument("x", tensor<f32>(256, 8)), w1 = f.argument("w1", tensor<f32>(8, 16)),
             w2 = f.argument("w2", tensor<f32>(16, 8));
  f.result("y", matmul(matmul(x, w1), w2));
  return f.finish();
}

/// A multiplication of matrices with the transpose of the second, under another name: an op that users might bring.
struct gram {
  static constexpr std::string_view name = "my.gram";
  static constexpr void infer(const op_view& op, result_types& types) {
    types.add(tensor_type{op.operand(0).element, {op.operand(0).dims[0], op.operand(1).dims[0]}});
  }
  static constexpr void rule(const op_view& op, rule_builder& r) {
    const factor_index i = r.add(op.operand(0).dims[0]), j = r.add(op.operand(1).dims[0]);
    const factor_index k = r.add(op.operand(0).dims[1], factor_kind::reduction, monoid::add);
    r.operand(0, 0, i);
    r.operand(0, 1, k);
    r.operand(1, 0, j);
    r.operand(1, 1, k);
    r.result(0, 0, i);
    r.result(0, 1, j);
  }
};
struct my_ops : op_set<stablehlo_ops, gram> {};

}  // namespace

TEST_CASE("the running example has four colours") {
  // x[b,d] w1[d,h] -> h[b,h]; h[b,h] w2[h,o] -> y[b,o]: b, d, h and o, nothing else is joined. d is reduced over by the
  // first matmul, h by the second.
  const graph g = chain();
  const program_facts facts(g);
  const program_analysis a(facts);
  const value_names names{{"x", {0}}, {"w1", {1}}, {"w2", {2}}, {"h", {3}}, {"y", {4}}};
  CHECK(colours_of(a, names) == texts{"x.0 h.0 y.0", "x.1 w1.0", "w1.1 w2.0 h.1", "w2.1 y.1"});
  CHECK(a.conflicts.size() == 0);

  const colour& b = a.names[colour_id{0}];
  CHECK(b.size == 256);
  CHECK(b.largest == 256);
  CHECK(b.values == 3);
  CHECK(b.arguments == 1);
  CHECK(b.units == 2);
  CHECK(b.reductions == 0);
  CHECK(b.walls == 0);
  CHECK(b.bytes == 4 * (256 * 8 + 256 * 16 + 256 * 8));
  const colour& d = a.names[colour_id{1}];
  CHECK(d.size == 8);
  CHECK(d.arguments == 2);
  CHECK(d.units == 1);
  CHECK(d.reductions == 1);
  const colour& h = a.names[colour_id{2}];
  CHECK(h.size == 16);
  CHECK(h.arguments == 2);
  CHECK(h.units == 2);
  CHECK(h.reductions == 1);
  CHECK(h.bytes == 4 * (8 * 16 + 16 * 8 + 256 * 16));
}

TEST_CASE("colours can be found in constant expressions") {
  constexpr auto count = [] {
    const graph g = chain();
    const program_facts facts(g);
    const program_analysis a(facts);
    return a.names.size() * 100 + a.conflicts.size() * 10 +
           (a.names.of(value_id{1}, 1) == a.names.of(value_id{2}, 0) ? 1 : 0);
  };
  PARTITA_CHECK_BOTH(count() == 401);
}

TEST_CASE("attention over one sequence gives queries and keys one colour") {
  // q[s,h] = x[s,d] wq[d,h], k[t,h] = x[t,d] wk[d,h], v[t,e] = x[t,d] wv[d,e]: x makes s and t one.
  // p[s,t] = exp(q k^T) / sum_t; o[s,e] = p[s,t] v[t,e].
  builder f;
  const auto x = f.argument("x", tensor<f32>(64, 16)), wq = f.argument("wq", tensor<f32>(16, 8)),
             wk = f.argument("wk", tensor<f32>(16, 8)), wv = f.argument("wv", tensor<f32>(16, 4));
  const auto q = matmul(x, wq), k = matmul(x, wk), v = matmul(x, wv);
  const auto s = contract(q, k, {1}, {1}), e = exp(s), z = sum(e, {1}), zb = broadcast(z, {64, 64}, {0}), p = e / zb;
  const auto o = matmul(p, v);
  f.result("o", o);
  const value_names names{{"x", x.id()},   {"wq", wq.id()}, {"wk", wk.id()}, {"wv", wv.id()}, {"q", q.id()},
                          {"k", k.id()},   {"v", v.id()},   {"s", s.id()},   {"e", e.id()},   {"z", z.id()},
                          {"zb", zb.id()}, {"p", p.id()},   {"o", o.id()}};
  const graph g = f.finish();
  const program_facts facts(g);
  const program_analysis a(facts);
  CHECK(colours_of(a, names) == texts{"x.0 q.0 k.0 v.0 s.0 s.1 e.0 e.1 z.0 zb.0 zb.1 p.0 p.1 o.0", "x.1 wq.0 wk.0 wv.0",
                                      "wq.1 wk.1 q.1 k.1", "wv.1 v.1 o.1"});
}

TEST_CASE("x times its transpose has the rows of x twice") {
  // t[d,n] = x[n,d]; y[n,m] = x[n,d] t[d,m]: m is n, since both come from x.
  builder f;
  const auto x = f.argument("x", tensor<f32>(16, 8));
  const auto t = transpose(x, {1, 0}), y = matmul(x, t);
  f.result("y", y);
  const value_names names{{"x", x.id()}, {"t", t.id()}, {"y", y.id()}};
  const graph g = f.finish();
  const program_facts facts(g);
  CHECK(colours_of(program_analysis(facts), names) == texts{"x.0 t.1 y.0 y.1", "x.1 t.0"});
}

TEST_CASE("a residual stream joins both dims of a square weight") {
  // h[b,e] = x[b,d] w[d,e]; y[b,d] = x[b,d] + h[b,e]: e is d, in every layer.
  builder f;
  const auto x = f.argument("x", tensor<f32>(32, 8)), w1 = f.argument("w1", tensor<f32>(8, 8)),
             w2 = f.argument("w2", tensor<f32>(8, 8));
  const auto h1 = matmul(x, w1), x1 = x + h1, h2 = matmul(x1, w2), x2 = x1 + h2;
  f.result("y", x2);
  const value_names names{{"x", x.id()},   {"w1", w1.id()}, {"w2", w2.id()}, {"h1", h1.id()},
                          {"x1", x1.id()}, {"h2", h2.id()}, {"x2", x2.id()}};
  const graph g = f.finish();
  const program_facts facts(g);
  CHECK(colours_of(program_analysis(facts), names) ==
        texts{"x.0 h1.0 x1.0 h2.0 x2.0", "x.1 w1.0 w1.1 w2.0 w2.1 h1.1 x1.1 h2.1 x2.1"});
}

TEST_CASE("a loop joins what it carries, at its start, in its body and after it") {
  // tests/data/loop.mlir: x[r,c] goes round, x = x @ w[c,c']: what the body yields is what it takes, so c' is c. The
  // counter has no dims. Values: x, w, three constants, the arguments of cond (x, i) and its result, those of the body,
  // ...
  const graph g = testing::small_program("loop");
  const program_facts facts(g);
  const program_analysis a(facts);
  REQUIRE(a.names.size() == 2);
  const value_id x = g.arguments()[0], w = g.arguments()[1], y = g.results()[0];
  CHECK(a.names.of(x, 0) == colour_id{0});
  CHECK(a.names.of(y, 0) == colour_id{0});
  CHECK(a.names.of(x, 1) == colour_id{1});
  CHECK(a.names.of(w, 0) == colour_id{1});
  CHECK(a.names.of(w, 1) == colour_id{1});
  CHECK(a.names.of(y, 1) == colour_id{1});
  // x, cond's and the body's argument, the product, the loop's result; and w.
  CHECK(a.names[colour_id{0}].values == 5);
  CHECK(a.names[colour_id{1}].values == 6);
  // The loop's unit of x and the matmul; the matmul has c and c'.
  CHECK(a.names[colour_id{0}].units == 2);
  CHECK(a.names[colour_id{1}].units == 3);
}

TEST_CASE("a user's own op takes part by its rule") {
  // y[n,m] = gram(a[n,k], b[m,k]).
  basic_builder<my_ops> f;
  const auto x = f.argument("a", tensor<f32>(16, 8)), b = f.argument("b", tensor<f32>(32, 8));
  const auto y = f.add1<gram>({x, b});
  f.result("y", y);
  const value_names names{{"a", x.id()}, {"b", b.id()}, {"y", y.id()}};
  const auto g = f.finish();
  const program_facts facts(g);
  const program_analysis a(facts);
  CHECK(colours_of(a, names) == texts{"a.0 y.0", "a.1 b.1", "b.0 y.1"});
  CHECK(a.names[colour_id{1}].reductions == 1);
  CHECK(a.conflicts.size() == 0);
}

TEST_CASE("a merged dim goes by its major part") {
  // r[a,b,d] = x[(a b),d] = 4 x 8 x 2; y = r again. Only a can be split alone: x.0 is a, and b is met whole by the
  // second reshape.
  builder f;
  const auto x = f.argument("x", tensor<f32>(32, 2));
  const auto r = reshape(x, {4, 8, 2}), y = reshape(r, {32, 2});
  f.result("y", y);
  const value_names names{{"x", x.id()}, {"r", r.id()}, {"y", y.id()}};
  const graph g = f.finish();
  const program_facts facts(g);
  const program_analysis a(facts);
  CHECK(colours_of(a, names) == texts{"x.0 r.0 y.0", "x.1 r.2 y.1", "r.1"});
  // 32 can be split by 8, but 4 cannot: an axis must divide both.
  CHECK(a.names[colour_id{0}].size == 4);
  CHECK(a.names[colour_id{0}].largest == 32);
  CHECK(a.names[colour_id{0}].walls == 0);
  CHECK(a.names[colour_id{2}].units == 0);
  CHECK(a.names[colour_id{2}].walls == 1);
}

TEST_CASE("constants join nothing and have no colour") {
  // a + c and b * c: each use makes its own c.
  builder f;
  const auto x = f.argument("a", tensor<f32>(8)), b = f.argument("b", tensor<f32>(8));
  const auto c = broadcast(scalar(f, 1.0f), {8}, {});
  const auto y = x + c, z = b * c;
  f.result("y", y);
  f.result("z", z);
  const value_names names{{"a", x.id()}, {"b", b.id()}, {"y", y.id()}, {"z", z.id()}};
  const graph g = f.finish();
  const program_facts facts(g);
  const program_analysis a(facts);
  CHECK(colours_of(a, names) == texts{"a.0 y.0", "b.0 z.0"});
  CHECK_FALSE(a.names.of(c.id(), 0));
}

TEST_CASE("dims that cannot be split have no colour, or one that no op splits") {
  // A dim of size 1 has no name. Reversing needs its dim in order: what goes in and what comes out are apart.
  const graph g = stablehlo::read(R"(func.func public @main(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
    %r = stablehlo.reverse %x, dims = [1] : tensor<1x8xf32>
    return %r : tensor<1x8xf32>
  })")
                      .entry();
  const program_facts facts(g);
  const program_analysis a(facts);
  const value_id x = g.arguments()[0], r = g.results()[0];
  CHECK_FALSE(a.names.of(x, 0));
  CHECK(a.names.of(x, 1));
  CHECK_FALSE(a.names.of(x, 1) == a.names.of(r, 1));
  CHECK(a.names[a.names.of(x, 1)].units == 0);
  CHECK(a.names[a.names.of(x, 1)].walls == 1);
  CHECK(a.choices.all().empty());
}
