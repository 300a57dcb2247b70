// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Which values loops only add to. tests/conformance/loop_sums.cpp has what partitioning makes of them.

#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <partita/op.hpp>
#include <partita/propagate/dataflow.hpp>
#include <partita/stablehlo.hpp>

namespace {

using namespace partita;

/// A loop that carries %acc, of type T, which starts as %x.
std::string loop(std::string_view type, std::string_view body) {
  std::string text = R"(func.func public @main(%x: T, %n: tensor<i32>) -> T {
    %zero = stablehlo.constant dense<0> : tensor<i32>
    %r:2 = stablehlo.while(%i = %zero, %acc = %x) : tensor<i32>, T
    cond {
      %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
      stablehlo.return %c : tensor<i1>
    } do {
      %one = stablehlo.constant dense<1> : tensor<i32>
      %j = stablehlo.add %i, %one : tensor<i32>
      BODY
      stablehlo.return %j, %next : tensor<i32>, T
    }
    return %r#1 : T
  })";
  text.replace(text.find("BODY"), 4, body);
  for (std::size_t at = text.find(" T"); at != std::string::npos; at = text.find(" T", at + 1))
    text.replace(at + 1, 1, type);
  return text;
}

template <class Ops = stablehlo_ops>
std::size_t accumulated(const std::string& text) {
  const basic_graph<Ops> g = stablehlo::read<Ops>(text).entry();
  return dataflow(g, make_rules(g)).accumulators().size();
}

constexpr std::string_view adds = "%next = stablehlo.add %acc, %x : T";

}  // namespace

TEST_CASE("a value is only added to where nothing else happens to it") {
  const std::string_view type = "tensor<4x4xf32>";
  CHECK(accumulated(loop(type, adds)) == 1);
  CHECK(accumulated(loop(type, "%s = stablehlo.negate %acc : T\n%next = stablehlo.add %x, %s : T")) == 1);
  CHECK(accumulated(loop(type, "%s = stablehlo.add %acc, %x : T\n%next = stablehlo.tanh %s : T")) == 0);
  CHECK(accumulated(loop(type, "%s = stablehlo.tanh %acc : T\n%next = stablehlo.add %s, %acc : T")) == 0);
  CHECK(accumulated(loop(type, "%next = stablehlo.negate %acc : T")) == 0);
  CHECK(accumulated(loop(type, "%next = stablehlo.add %x, %x : T")) == 0);
}

TEST_CASE("a value is only added to where one device alone can start from it") {
  CHECK(accumulated(loop("tensor<i32>", adds)) == 1);
  CHECK(accumulated(loop("tensor<4xcomplex<f64>>", adds)) == 1);
  CHECK(accumulated(loop("tensor<4xi1>", adds)) == 0);         // an addition of booleans is another monoid
  CHECK(accumulated(loop("tensor<?x4xf32>", adds)) == 0);      // zeros of a size that is not known
  CHECK(accumulated(loop("tensor<4xf8E8M0FNU>", adds)) == 0);  // there are no zeros
  using few_ops = op_set<op::add, op::compare, op::constant, op::while_>;
  CHECK(accumulated<few_ops>(loop("tensor<4x4xf32>", adds)) == 0);
}

TEST_CASE("inner loops come first") {
  const std::string text = loop("tensor<4x4xf32>", R"(%r2:2 = stablehlo.while(%i2 = %i, %acc2 = %acc) : tensor<i32>, T
      cond {
        %c2 = stablehlo.compare LT, %i2, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
        stablehlo.return %c2 : tensor<i1>
      } do {
        %j2 = stablehlo.add %i2, %one : tensor<i32>
        %n2 = stablehlo.add %acc2, %x : T
        stablehlo.return %j2, %n2 : tensor<i32>, T
      }
      %next = stablehlo.negate %r2#1 : T)");
  const graph g = stablehlo::read(text).entry();
  const rule_table rules = make_rules(g);
  const dataflow flow(g, rules);
  REQUIRE(flow.accumulators().size() == 2);
  CHECK(rules[flow.accumulators()[0].unit].op.index > rules[flow.accumulators()[1].unit].op.index);
}
