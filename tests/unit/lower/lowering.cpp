// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What propagation and lowering make of small programs, each so small that the collectives it needs can be seen
// by looking at it.

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/programs.hpp"

namespace {

using namespace partita;
using ops = graph::ops;
using program = local_program<ops>;

/// A function of StableHLO text: @main with this signature and body. Arguments are arg0, arg1, ... for selectors.
graph text(std::string_view signature, std::string_view body) {
  return stablehlo::read("func.func public @main" + std::string(signature) + " {\n" + std::string(body) + "\n}\n")
      .entry();
}

program lowered(const graph& g, std::string_view mesh, std::string_view schedule,
                const lowering_options& options = {}) {
  return with_schedule(g, parse_mesh(mesh), parse_schedule(schedule, "test"),
                       [&](const auto& p) { return p.lower(options); });
}

collective_counts counts(const graph& g, std::string_view mesh, std::string_view schedule,
                         const lowering_options& options = {}) {
  return count_collectives(lowered(g, mesh, schedule, options));
}

size_list argument_sizes(const program& p, std::size_t i) {
  return size_list(p.graph.type(p.graph.arguments()[i]).dims);
}
size_list result_sizes(const program& p, std::size_t i) { return size_list(p.graph.type(p.graph.results()[i]).dims); }

std::vector<conflict> conflicts(const graph& g, std::string_view mesh, std::string_view schedule) {
  return with_schedule(g, parse_mesh(mesh), parse_schedule(schedule, "test"),
                       [](const auto& p) { return std::vector<conflict>(p.conflicts().begin(), p.conflicts().end()); });
}

/// How many ops pass partial results on.
int sums(const graph& g, std::string_view mesh, std::string_view schedule) {
  return with_schedule(g, parse_mesh(mesh), parse_schedule(schedule, "test"), [](const auto& p) {
    int n = 0;
    for (const unit_id u : p.state().rules().units()) n += p.state()(u, 0).is_sum() ? 1 : 0;
    return n;
  });
}

// Two products, both contracted over the tiled dim, and what comes between them and the sum of both.
graph two_products(std::string_view between, std::string_view type, std::string_view results = "%s",
                   std::string_view result_types = "") {
  const std::string t(type), all(result_types.empty() ? type : result_types);
  return text(
      "(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>, %c: tensor<8x16xf32>, %d: tensor<16x4xf32>) -> (" + all + ")",
      "%p = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : "
      "(tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>\n"
      "%q0 = stablehlo.dot_general %c, %d, contracting_dims = [1] x [0] : "
      "(tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>\n" +
          std::string(between) + "\nreturn " + std::string(results) + " : " + all);
}
constexpr std::string_view contracted =
    "shard<\"m\">(\"arg0\", 1) * shard<\"m\">(\"arg1\", 0) * shard<\"m\">(\"arg2\", 1) * shard<\"m\">(\"arg3\", 0)";

std::string reduction(std::string_view op, std::string_view element, std::string_view init) {
  const std::string e(element);
  return "%i = stablehlo.constant dense<" + std::string(init) + "> : tensor<" + e +
         ">\n"
         "%r = stablehlo.reduce(%x init: %i) applies stablehlo." +
         std::string(op) + " across dimensions = [0] : (tensor<8x4x" + e + ">, tensor<" + e + ">) -> tensor<4x" + e +
         ">\nreturn %r : tensor<4x" + e + ">";
}
graph reduced(std::string_view op, std::string_view element, std::string_view init) {
  const std::string e(element);
  return text("(%x: tensor<8x4x" + e + ">) -> tensor<4x" + e + ">", reduction(op, element, init));
}

}  // namespace

TEST_CASE("evidence of two factors is a conflict that tells both reasons") {
  const graph g = text("(%x: tensor<16x8xf32>) -> tensor<16x16xf32>",
                       "%t = stablehlo.transpose %x, dims = [1, 0] : (tensor<16x8xf32>) -> tensor<8x16xf32>\n"
                       "%y = stablehlo.dot_general %x, %t, contracting_dims = [1] x [0] : "
                       "(tensor<16x8xf32>, tensor<8x16xf32>) -> tensor<16x16xf32>\n"
                       "return %y : tensor<16x16xf32>");
  const auto found = conflicts(g, "m=2", "shard<\"m\">(\"arg0\", 0)");
  REQUIRE(found.size() == 1);
  const rule_table rules = make_rules(g);
  CHECK(g.info(rules[found[0].unit].op).name == "stablehlo.dot_general");
  CHECK(found[0].axis == 0);
  CHECK(found[0].tactic == 1);
  // The left operand asks for the rows of the product, the right one for its columns.
  CHECK(rules.slots(found[0].unit)[found[0].slot[0]].value == g.arguments()[0]);
  CHECK(rules.slots(found[0].unit)[found[0].slot[1]].value == g.operands(rules[found[0].unit].op)[1]);
  CHECK(found[0].factor[0] != found[0].factor[1]);
  CHECK(counts(g, "m=2", "shard<\"m\">(\"arg0\", 0)") == all_gather * 2);
}

TEST_CASE("what is not decided follows from what is") {
  // (x w1) w2 with w1 split by columns: w2 is split by rows, the result is a sum.
  const graph g = text("(%x: tensor<8x4xf32>, %w1: tensor<4x16xf32>, %w2: tensor<16x4xf32>) -> tensor<8x4xf32>",
                       "%h = stablehlo.dot_general %x, %w1, contracting_dims = [1] x [0] : "
                       "(tensor<8x4xf32>, tensor<4x16xf32>) -> tensor<8x16xf32>\n"
                       "%y = stablehlo.dot_general %h, %w2, contracting_dims = [1] x [0] : "
                       "(tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>\n"
                       "return %y : tensor<8x4xf32>");
  const program p = lowered(g, "m=2", "shard<\"m\">(\"arg1\", 1)");
  CHECK(argument_sizes(p, 0) == size_list{8, 4});
  CHECK(argument_sizes(p, 1) == size_list{4, 8});
  CHECK(argument_sizes(p, 2) == size_list{8, 4});
  CHECK(count_collectives(p) == all_reduce * 1);
}

TEST_CASE("a sum of partial results is reduced once") {
  // Counts of all_reduces and of ops that pass partial results on.
  const auto check = [&](const graph& g, std::int64_t reductions, int passing) {
    CHECK(counts(g, "m=2", contracted) == all_reduce * reductions);
    CHECK(sums(g, "m=2", contracted) == passing);
  };
  const std::string_view type = "tensor<8x4xf32>";
  const auto of = [&](std::string_view between) { return two_products(between, type); };
  check(of("%s = stablehlo.add %p, %q0 : tensor<8x4xf32>"), 1, 1);
  check(of("%q = stablehlo.negate %q0 : tensor<8x4xf32>\n%s = stablehlo.add %p, %q : tensor<8x4xf32>"), 1, 2);
  check(two_products("%p1 = stablehlo.convert %p : (tensor<8x4xf32>) -> tensor<8x4xbf16>\n"
                     "%q1 = stablehlo.convert %q0 : (tensor<8x4xf32>) -> tensor<8x4xbf16>\n"
                     "%p2 = stablehlo.transpose %p1, dims = [1, 0] : (tensor<8x4xbf16>) -> tensor<4x8xbf16>\n"
                     "%q2 = stablehlo.transpose %q1, dims = [1, 0] : (tensor<8x4xbf16>) -> tensor<4x8xbf16>\n"
                     "%p3 = stablehlo.reshape %p2 : (tensor<4x8xbf16>) -> tensor<32xbf16>\n"
                     "%q3 = stablehlo.reshape %q2 : (tensor<4x8xbf16>) -> tensor<32xbf16>\n"
                     "%s = stablehlo.add %p3, %q3 : tensor<32xbf16>",
                     "tensor<32xbf16>"),
        1, 7);
  // A sum over dims, one of them gone before: a bias that was broadcast twice has such a gradient.
  const auto summed = [&](std::string_view init, std::string_view op) {
    return two_products("%i = stablehlo.constant dense<" + std::string(init) + "> : tensor<f32>\n" +
                            "%q = stablehlo.reshape %q0 : (tensor<8x4xf32>) -> tensor<1x8x4xf32>\n"
                            "%p1 = stablehlo.reduce(%p init: %i) applies stablehlo." + std::string(op) +
                            " across dimensions = [0] : (tensor<8x4xf32>, tensor<f32>) -> tensor<4xf32>\n"
                            "%q1 = stablehlo.reduce(%q init: %i) applies stablehlo." + std::string(op) +
                            " across dimensions = [0, 1] : (tensor<1x8x4xf32>, tensor<f32>) -> tensor<4xf32>\n"
                            "%s = stablehlo.add %p1, %q1 : tensor<4xf32>",
                        "tensor<4xf32>");
  };
  check(summed("0.0", "add"), 1, 4);
  check(summed("1.0", "add"), 2, 0);  // each device would add the 1.0
  check(summed("0xFF800000", "maximum"), 2, 0);
  // Wider elements: 100 + 100 is -56 in i8 and not in i32, so where it is added up matters.
  const graph wider = text(
      "(%a: tensor<8x16xi8>, %b: tensor<16x4xi8>, %c: tensor<16xi32>, %d: tensor<16x4xi32>) -> tensor<4xi32>", R"(
      %i = stablehlo.constant dense<0> : tensor<i8>
      %p = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<8x16xi8>, tensor<16x4xi8>) -> tensor<8x4xi8>
      %q = stablehlo.dot_general %c, %d, contracting_dims = [0] x [0] : (tensor<16xi32>, tensor<16x4xi32>) -> tensor<4xi32>
      %w = "stablehlo.reduce"(%p, %i) <{dimensions = array<i64: 0>}> ({
      ^bb0(%x: tensor<i32>, %y: tensor<i32>):
        %z = stablehlo.add %x, %y : tensor<i32>
        stablehlo.return %z : tensor<i32>
      }) : (tensor<8x4xi8>, tensor<i8>) -> tensor<4xi32>
      %s = stablehlo.add %w, %q : tensor<4xi32>
      return %s : tensor<4xi32>)");
  CHECK(counts(wider, "m=2", "shard<\"m\">(\"arg0\", 1) * shard<\"m\">(\"arg2\", 0)") == all_reduce * 2);
  // Nothing else that is linear keeps partial results: each would be reduced further on, apart.
  check(of("%s = stablehlo.subtract %p, %q0 : tensor<8x4xf32>"), 2, 0);
  check(of("%s = stablehlo.multiply %p, %q0 : tensor<8x4xf32>"), 2, 0);
  check(of("%q = stablehlo.tanh %q0 : tensor<8x4xf32>\n%s = stablehlo.add %p, %q : tensor<8x4xf32>"), 2, 0);
  // A partial result that is wanted for itself as well is reduced, and so is then the other one.
  const std::string both = std::string(type) + ", " + std::string(type);
  check(two_products("%s = stablehlo.add %p, %q0 : tensor<8x4xf32>", type, "%s, %q0", both), 2, 0);
  check(of("%u = stablehlo.add %p, %q0 : tensor<8x4xf32>\n%v = stablehlo.tanh %p : tensor<8x4xf32>\n"
           "%s = stablehlo.multiply %u, %v : tensor<8x4xf32>"),
        2, 0);
  // One partial and one whole operand.
  const graph one = text("(%a: tensor<8x16xf32>, %b: tensor<16x4xf32>, %c: tensor<8x4xf32>) -> tensor<8x4xf32>",
                         "%p = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : "
                         "(tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>\n"
                         "%s = stablehlo.add %p, %c : tensor<8x4xf32>\nreturn %s : tensor<8x4xf32>");
  CHECK(counts(one, "m=2", "shard<\"m\">(\"arg0\", 1)") == all_reduce * 1);
}

TEST_CASE("a pinned value is whole, but ops on both sides may be split") {
  builder f;
  const auto x = f.argument("x", tensor<f32>(8, 8));
  const auto b = f.argument("b", tensor<f32>(8, 8));
  f.scope("middle");
  const auto h = tanh(x);
  f.scope("");
  f.result("y", h + b);
  const graph g = f.finish();
  const std::string pinned = "pin<\"m\">(tagged(\"middle\")) * shard<\"m\">(\"x\", 0)";
  CHECK(counts(g, "m=2", "shard<\"m\">(\"x\", 0)") == no_collectives);
  // The addition has no reason to be split.
  CHECK(counts(g, "m=2", pinned) == all_gather * 1);
  // It has one, along the same dim: gather and slice cancel.
  CHECK(counts(g, "m=2", pinned + " * shard<\"m\">(\"b\", 0)") == no_collectives);
  // Along the other dim: together they are an all_to_all. Without the pin they contradict each other.
  CHECK(counts(g, "m=2", pinned + " * shard<\"m\">(\"b\", 1)") == all_to_all * 1);
  CHECK(conflicts(g, "m=2", pinned + " * shard<\"m\">(\"b\", 1)").empty());
  CHECK(counts(g, "m=2", "shard<\"m\">(\"x\", 0) * shard<\"m\">(\"b\", 1)") == all_gather * 2);
}

namespace {

// One step of gradient descent for y = x w with the gradient of y given: w - x^T g. The mean of y is used too, so
// that w has two uses.
graph descent() {
  builder f;
  const auto w = f.argument("w", tensor<f32>(8, 4));
  const auto x = f.argument("x", tensor<f32>(16, 8));
  const auto dy = f.argument("dy", tensor<f32>(16, 4));
  const auto y = matmul(x, w);
  f.result("result/0", w - contract(x, dy, {0}, {0}));
  f.result("result/3", y);
  return f.finish();
}
constexpr std::string_view data = "shard<\"d\">(\"x\", 0) * shard<\"d\">(\"dy\", 0)";

}  // namespace

TEST_CASE("a parameter that is split after the data is gathered where it is used and its gradient scattered") {
  const graph g = descent();
  const std::string data_parallel(data);
  CHECK(counts(g, "d=4", data_parallel) == all_reduce * 1);
  const program p = lowered(g, "d=4", data_parallel + " >> shard<\"d\">(\"w\", 0)");
  // The product is split by data: it gathers w. The update is split as w is: the sum of gradients is scattered.
  CHECK(count_collectives(p) == all_gather * 1 + reduce_scatter * 1);
  CHECK(argument_sizes(p, 0) == size_list{2, 4});
  CHECK(result_sizes(p, 0) == size_list{2, 4});
  CHECK(result_sizes(p, 1) == size_list{4, 4});
}

TEST_CASE("results leave as the argument that they update, as they are made, or whole") {
  builder f;
  const auto w = f.argument("w", tensor<f32>(8, 4));
  const auto x = f.argument("x", tensor<f32>(8, 4));
  f.result("result/0", w + x);
  const graph g = f.finish();
  // w is pinned whole; the addition is split as x is.
  const std::string_view schedule = "pin<\"d\">(\"w\") * shard<\"d\">(\"x\", 0)";
  const program like = lowered(g, "d=4", schedule);
  CHECK(result_sizes(like, 0) == size_list{8, 4});
  CHECK(count_collectives(like) == all_gather * 1);
  const program made = lowered(g, "d=4", schedule, {.outputs = output_policy::infer});
  CHECK(result_sizes(made, 0) == size_list{2, 4});
  CHECK(count_collectives(made) == no_collectives);
  const program split_both = lowered(g, "d=4", "shard<\"d\">(\"x\", 0)", {.outputs = output_policy::whole});
  CHECK(argument_sizes(split_both, 0) == size_list{2, 4});
  CHECK(result_sizes(split_both, 0) == size_list{8, 4});
  CHECK(count_collectives(split_both) == all_gather * 1);
}

TEST_CASE("uses of one parameter gather it each, or share one gather") {
  builder f;
  const auto w = f.argument("w", tensor<f32>(8, 8));
  const auto x = f.argument("x", tensor<f32>(16, 8));
  f.result("y", matmul(tanh(matmul(x, w)), w));
  const graph g = f.finish();
  const std::string_view schedule = "shard<\"d\">(\"x\", 0) >> shard<\"d\">(\"w\", 0)";
  CHECK(counts(g, "d=4", schedule) == all_gather * 2);
  CHECK(counts(g, "d=4", schedule, {.share_gathers = true}) == all_gather * 1);
}

TEST_CASE("a reduced dim that is split is combined as the reduction combines") {
  struct example {
    std::string_view op, element, init;
    monoid combines;
  };
  for (const example& e :
       {example{"add", "f32", "0.0", monoid::add}, example{"multiply", "f32", "1.0", monoid::multiply},
        example{"maximum", "f32", "0xFF800000", monoid::maximum},
        example{"minimum", "i32", "2147483647", monoid::minimum}, example{"and", "i1", "true", monoid::conjunction},
        example{"or", "i1", "false", monoid::disjunction}}) {
    CAPTURE(e.op);
    const program p = lowered(reduced(e.op, e.element, e.init), "m=4", "shard<\"m\">(\"arg0\", 0)");
    CHECK(count_collectives(p) == all_reduce * 1);
    REQUIRE(p.collectives.size() == 1);
    REQUIRE(p.graph.is<op::mesh_all_reduce>(p.collectives[0].op));
    CHECK(p.graph.attributes<op::mesh_all_reduce>(p.collectives[0].op).combines == e.combines);
  }
}

TEST_CASE("a reduction whose initial value counts is not split") {
  // Four devices would add the 1.0 four times.
  CHECK(counts(reduced("add", "f32", "1.0"), "m=4", "shard<\"m\">(\"arg0\", 0)") == all_gather * 1);
  CHECK(counts(reduced("multiply", "f32", "3.0"), "m=4", "shard<\"m\">(\"arg0\", 0)") == all_gather * 1);
  // The other dim may be split all the same.
  CHECK(counts(reduced("add", "f32", "1.0"), "m=4", "shard<\"m\">(\"arg0\", 1)") == no_collectives);
  const graph given = text("(%x: tensor<8x4xf32>, %i: tensor<f32>) -> tensor<4xf32>",
                           "%r = stablehlo.reduce(%x init: %i) applies stablehlo.add across dimensions = [0] : "
                           "(tensor<8x4xf32>, tensor<f32>) -> tensor<4xf32>\nreturn %r : tensor<4xf32>");
  CHECK(counts(given, "m=4", "shard<\"m\">(\"arg0\", 0)") == all_gather * 1);
}

TEST_CASE("a reduction of two operands that chooses combines itself what devices found") {
  // The largest element of each column and its row.
  const graph g = text("(%x: tensor<8x4xf32>) -> (tensor<4xf32>, tensor<4xi32>)", R"(
    %n = stablehlo.iota dim = 0 : tensor<8x4xi32>
    %i = stablehlo.constant dense<0xFF800000> : tensor<f32>
    %z = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = stablehlo.reduce(%x init: %i), (%n init: %z) across dimensions = [0] :
        (tensor<8x4xf32>, tensor<8x4xi32>, tensor<f32>, tensor<i32>) -> (tensor<4xf32>, tensor<4xi32>)
     reducer(%a: tensor<f32>, %b: tensor<f32>) (%j: tensor<i32>, %k: tensor<i32>) {
      %c = stablehlo.compare GE, %a, %b, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
      %d = stablehlo.select %c, %a, %b : tensor<i1>, tensor<f32>
      %e = stablehlo.select %c, %j, %k : tensor<i1>, tensor<i32>
      stablehlo.return %d, %e : tensor<f32>, tensor<i32>
    }
    return %r#0, %r#1 : tensor<4xf32>, tensor<4xi32>)");
  CHECK(counts(g, "m=4", "shard<\"m\">(\"arg0\", 0)") == all_gather * 2);  // values, rows
  CHECK(counts(g, "m=4", "shard<\"m\">(\"arg0\", 1)") == no_collectives);
}

TEST_CASE("constants are made in the layout that is wanted and tell nothing") {
  const graph splat = text("(%x: tensor<8x4xf32>) -> tensor<8x4xf32>",
                           "%c = stablehlo.constant dense<2.0> : tensor<f32>\n"
                           "%b = stablehlo.broadcast_in_dim %c, dims = [] : (tensor<f32>) -> tensor<8x4xf32>\n"
                           "%y = stablehlo.multiply %x, %b : tensor<8x4xf32>\nreturn %y : tensor<8x4xf32>");
  CHECK(lowered(splat, "m=4", "shard<\"m\">(\"arg0\", 0)").collectives.empty());
  // Elements that differ: every device has them all and keeps its part, which moves nothing.
  const graph listed = text("(%x: tensor<4xf32>) -> tensor<4xf32>",
                            "%c = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>\n"
                            "%y = stablehlo.multiply %x, %c : tensor<4xf32>\nreturn %y : tensor<4xf32>");
  const program p = lowered(listed, "m=4", "shard<\"m\">(\"arg0\", 0)");
  REQUIRE(p.collectives.size() == 1);
  CHECK(p.collectives[0].kind == collective_kind::all_slice);
  // One constant for two uses that are split along different dims: no conflict.
  const graph shared = text("(%x: tensor<8x8xf32>, %y: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>)",
                            "%c = stablehlo.constant dense<2.0> : tensor<8x8xf32>\n"
                            "%a = stablehlo.multiply %x, %c : tensor<8x8xf32>\n"
                            "%b = stablehlo.multiply %y, %c : tensor<8x8xf32>\n"
                            "return %a, %b : tensor<8x8xf32>, tensor<8x8xf32>");
  const std::string_view apart = "shard<\"m\">(\"arg0\", 0) * shard<\"m\">(\"arg1\", 1)";
  CHECK(conflicts(shared, "m=4", apart).empty());
  CHECK(lowered(shared, "m=4", apart).collectives.empty());
}

TEST_CASE("an iota along the split dim is sliced, along another it is made small") {
  const auto with = [](std::string_view dim) {
    return text("(%x: tensor<8x4xi32>) -> tensor<8x4xi32>",
                "%n = stablehlo.iota dim = " + std::string(dim) +
                    " : tensor<8x4xi32>\n%y = stablehlo.add %x, %n : tensor<8x4xi32>\nreturn %y : tensor<8x4xi32>");
  };
  // Each device's numbers begin elsewhere.
  const program own = lowered(with("0"), "m=4", "shard<\"m\">(\"arg0\", 0)");
  REQUIRE(own.collectives.size() == 1);
  CHECK(own.collectives[0].kind == collective_kind::all_slice);
  CHECK(lowered(with("1"), "m=4", "shard<\"m\">(\"arg0\", 0)").collectives.empty());
}

TEST_CASE("a loop's carried value is one value, and what a body communicates counts for every trip") {
  // x <- x w, five times.
  const graph g = text("(%x: tensor<8x8xf32>, %w: tensor<8x8xf32>) -> tensor<8x8xf32>", R"(
    %zero = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = stablehlo.while(%i = %zero, %v = %x) : tensor<i32>, tensor<8x8xf32>
    cond {
      %n = stablehlo.constant dense<5> : tensor<i32>
      %c = stablehlo.compare LT, %i, %n, SIGNED : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    } do {
      %one = stablehlo.constant dense<1> : tensor<i32>
      %next = stablehlo.add %i, %one : tensor<i32>
      %h = stablehlo.dot_general %v, %w, contracting_dims = [1] x [0] :
          (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
      stablehlo.return %next, %h : tensor<i32>, tensor<8x8xf32>
    }
    return %r#1 : tensor<8x8xf32>)");
  const program rows = lowered(g, "m=4", "shard<\"m\">(\"arg0\", 0)");
  CHECK(rows.collectives.empty());
  CHECK(result_sizes(rows, 0) == size_list{2, 8});
  // From the result backwards as well.
  CHECK(argument_sizes(lowered(g, "m=4", "shard<\"m\">(\"result/0\", 0)"), 0) == size_list{2, 8});
  // w split by rows: each trip adds four products and takes its columns of x again.
  const program sums = lowered(g, "m=4", "shard<\"m\">(\"arg1\", 0)");
  CHECK(argument_sizes(sums, 0) == size_list{8, 2});
  CHECK(result_sizes(sums, 0) == size_list{8, 2});
  CHECK(count_collectives(sums) == reduce_scatter * 5);
  CHECK_FALSE(sums.unknown_trip_counts);
}

TEST_CASE("gradients that a loop over time adds up are summed once after it") {
  // Two layers of an LSTM, each with two weights and a bias, an embedding, a projection and its bias; and the loss.
  const graph g = testing::small_program("lstm");
  const program p = lowered(g, "m=4", "shard<\"m\">(\"batch/*\", 0)");
  CHECK(count_collectives(p) == all_reduce * (9 + 1));
  for (const collective& c : p.collectives) CHECK(c.count == 1);
  // State that is split takes its part of the sum.
  const program state = lowered(g, "m=4", "shard<\"m\">(\"batch/*\", 0) >> shard<\"m\">(\"opt_state/*/wx\", 0) "
                                          "* pin<\"m\">(\"params/*\")");
  CHECK(count_collectives(state) == all_gather * 2 + all_reduce * (7 + 1) + reduce_scatter * 2);
}

TEST_CASE("branches yield what the result is") {
  const graph g = text("(%n: tensor<i32>, %x: tensor<8x4xf32>) -> tensor<8x4xf32>", R"(
    %r = "stablehlo.case"(%n) ({
      %a = stablehlo.tanh %x : tensor<8x4xf32>
      stablehlo.return %a : tensor<8x4xf32>
    }, {
      %b = stablehlo.negate %x : tensor<8x4xf32>
      stablehlo.return %b : tensor<8x4xf32>
    }) : (tensor<i32>) -> tensor<8x4xf32>
    return %r : tensor<8x4xf32>)");
  const program p = lowered(g, "m=4", "shard<\"m\">(\"arg1\", 0)");
  CHECK(p.collectives.empty());
  CHECK(result_sizes(p, 0) == size_list{2, 4});
  CHECK(argument_sizes(lowered(g, "m=4", "shard<\"m\">(\"result/0\", 1)"), 1) == size_list{8, 1});
}

TEST_CASE("a scatter with split updates is a sum over devices, in which the operand counts once") {
  const auto into = [](std::string_view signature, std::string_view operand) {
    return text(std::string(signature) + " -> tensor<16x4xf32>", std::string(operand) + R"(
    %r = "stablehlo.scatter"(%o, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<
        update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0],
        index_vector_dim = 1>}> ({
    ^bb0(%a: tensor<f32>, %b: tensor<f32>):
      %s = stablehlo.add %a, %b : tensor<f32>
      stablehlo.return %s : tensor<f32>
    }) : (tensor<16x4xf32>, tensor<8x1xi32>, tensor<8x4xf32>) -> tensor<16x4xf32>
    return %r : tensor<16x4xf32>)");
  };
  const std::string_view split_updates = "shard<\"m\">(\"arg1\", 0)";
  const graph zero =
      into("(%i: tensor<8x1xi32>, %u: tensor<8x4xf32>)", "%o = stablehlo.constant dense<0.0> : tensor<16x4xf32>");
  const program p = lowered(zero, "m=4", split_updates);
  CHECK(count_collectives(p) == all_reduce * 1);
  CHECK(argument_sizes(p, 0) == size_list{2, 1});
  // Added by each of four devices, an operand that is not zero would count four times: one device alone starts from it.
  const graph given = into("(%i: tensor<8x1xi32>, %u: tensor<8x4xf32>, %o: tensor<16x4xf32>)", "");
  CHECK(counts(given, "m=4", split_updates) == all_reduce * 1);
}

TEST_CASE("an axis of one device changes nothing") {
  const program p = lowered(descent(), "d=1,m=1", std::string(data) + " >> shard<\"m\">(\"w\", 0)");
  CHECK(p.collectives.empty());
  CHECK(p.graph.op_count() == descent().op_count());
  CHECK(argument_sizes(p, 1) == size_list{16, 8});
}

TEST_CASE("nothing is split where the axis does not divide") {
  // Eight rows fit eight devices; as two times four they do not.
  const graph g =
      text("(%x: tensor<8x3xf32>) -> tensor<2x4x3xf32>",
           "%t = stablehlo.tanh %x : tensor<8x3xf32>\n"
           "%y = stablehlo.reshape %t : (tensor<8x3xf32>) -> tensor<2x4x3xf32>\nreturn %y : tensor<2x4x3xf32>");
  const program p = lowered(g, "m=8", "shard<\"m\">(\"arg0\", 0)");
  CHECK(argument_sizes(p, 0) == size_list{1, 3});
  CHECK(count_collectives(p) == all_gather * 1);
  CHECK(result_sizes(p, 0) == size_list{2, 4, 3});
  // Over two devices the major factor is split.
  CHECK(counts(g, "m=2", "shard<\"m\">(\"arg0\", 0)") == no_collectives);
  // The tile itself is not applied: three columns over eight devices.
  const program none = lowered(g, "m=8", "shard<\"m\">(\"arg0\", 1)");
  CHECK(argument_sizes(none, 0) == size_list{8, 3});
  CHECK(none.collectives.empty());
}
