// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The two forms in which XLA takes a plan. That XLA runs them is shown by tests/golden/xla_run.py.

#include <string>

#include <doctest/doctest.h>

#include <partita/exchange/to_sdy.hpp>
#include <partita/ir/equal.hpp>
#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>
#include <partita/tactic/parse_schedule.hpp>

namespace {

using namespace partita;

graph product(const std::string& step = "") {
  return stablehlo::read(R"(
module @m {
  sdy.mesh @other = <["z"=2]>
  func.func public @main(%a: tensor<8x4xf32> {sdy.sharding = #sdy.sharding<@other, [{"z"}, {}]>} loc("x"),
                         %b: tensor<4x6xf32> loc("w")) -> tensor<8x6xf32> {
    %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : (tensor<8x4xf32>, tensor<4x6xf32>) -> tensor<8x6xf32>
)" + (step.empty() ? "    return %0 : tensor<8x6xf32>" : step) + "\n  }\n}\n", "m.mlir").entry();
}

auto plan_for(const graph& g, const std::string& schedule) {
  return partition(g, parse_mesh("batch=4,model=2"), parse_schedule(schedule, "schedule"), tpu_v3);
}

std::size_t count(const graph& g, std::string_view name) {
  std::size_t n = 0;
  for (std::uint32_t i = 0; i < g.op_count(); ++i) n += g.info(op_id{i}).name == name;
  return n;
}

std::string text_of(const graph& g, annotation::place where, std::uint32_t index) {
  std::string found;
  for (const annotation& a : g.annotations()) {
    if (a.where == where && a.index == index) found += std::string(g.text(a.value));
  }
  return found;
}

// The contracted dim is split over model, so each device has a part of the sum: one all_reduce over model.
const std::string split_sum = "shard<\"batch\">(\"x\", 0) >> shard<\"model\">(\"w\", 0)";

}  // namespace

TEST_CASE("the device-local program is the body of one manual computation with global shapes outside") {
  const graph g = product();
  const graph out = manual_program(plan_for(g, split_sum));
  CHECK(to_string(out.type(out.arguments()[0])) == to_string(g.type(g.arguments()[0])));
  CHECK(out.argument_name(1) == "w");
  REQUIRE(out.is<op::sdy::manual_computation>(op_id{0}));
  CHECK(out.next(op_id{0}) == out.end_op(out.body()));
  const auto& a = out.attributes<op::sdy::manual_computation>(op_id{0});
  CHECK(out.text(a.in_shardings.text) == R"([<@mesh, [{"batch"}, {"model"}]>, <@mesh, [{"model"}, {}]>])");
  CHECK(out.text(a.out_shardings.text) == R"([<@mesh, [{"batch"}, {}]>])");
  CHECK(out.text(a.manual_axes.text) == R"({"batch", "model"})");
  const region_id body = out.regions(op_id{0})[0];
  // 8 rows over 4 devices, 4 columns over 2; 4 rows over 2.
  CHECK(to_string(out.type(out.arguments(body)[0])) == "tensor<2x2xf32>");
  CHECK(to_string(out.type(out.arguments(body)[1])) == "tensor<2x6xf32>");
  CHECK(count(out, "stablehlo.all_reduce") == 1);
}

TEST_CASE("shardings of another mesh give way to the plan's") {
  const graph g = product();
  for (const graph& out : {manual_program(plan_for(g, split_sum)), annotated_program(g, plan_for(g, split_sum))}) {
    CHECK(text_of(out, annotation::place::program, 0) == R"(@mesh = <["batch"=4, "model"=2]>)");
    CHECK(text_of(out, annotation::place::argument, 0) == R"(#sdy.sharding<@mesh, [{"batch"}, {"model"}]>)");
    CHECK(text_of(out, annotation::place::argument, 1) == R"(#sdy.sharding<@mesh, [{"model"}, {}]>)");
    CHECK(text_of(out, annotation::place::result, 0) == R"(#sdy.sharding<@mesh, [{"batch"}, {}]>)");
    CHECK(count(out, "stablehlo.dot_general") == 1);
  }
}

TEST_CASE("two axes on one dim stand major first") {
  const graph g = product();
  const graph out = annotated_program(g, plan_for(g, "shard<\"model\">(\"x\", 0) >> shard<\"batch\">(\"x\", 0)"));
  CHECK(text_of(out, annotation::place::argument, 0) == R"(#sdy.sharding<@mesh, [{"model", "batch"}, {}]>)");
}

TEST_CASE("ops that only state a sharding are left out") {
  const graph g = product(R"(
    %1 = sdy.sharding_constraint %0 <@other, [{"z"}, {}]> : tensor<8x6xf32>
    return %1 : tensor<8x6xf32>)");
  CHECK(count(annotated_program(g, plan_for(g, split_sum)), "sdy.sharding_constraint") == 0);
  CHECK(count(manual_program(plan_for(g, split_sum)), "sdy.sharding_constraint") == 0);
}

TEST_CASE("what is printed for XLA can be read again") {
  const graph out = manual_program(plan_for(product(), split_sum));
  const std::string text = stablehlo::print(out, 8);
  CHECK(text.find("attributes {mhlo.num_partitions = 8 : i32, mhlo.num_replicas = 1 : i32}") != std::string::npos);
  CHECK(equal(stablehlo::read(text, "printed").entry(), out));
}

TEST_CASE("a program written for one mesh, or with a token outside, is refused") {
  const graph manual = product(R"(
    %1 = sdy.manual_computation(%0) in_shardings=[<@other, [{"z"}, {}]>] out_shardings=[<@other, [{"z"}, {}]>] manual_axes={"z"} (%c: tensor<4x6xf32>) {
      sdy.return %c : tensor<4x6xf32>
    } : (tensor<8x6xf32>) -> tensor<8x6xf32>
    return %1 : tensor<8x6xf32>)");
  CHECK_THROWS_WITH_AS(static_cast<void>(annotated_program(manual, plan_for(manual, "skip"))),
                       doctest::Contains("sdy.manual_computation"), error);
  const graph token = stablehlo::read("module @m { func.func public @main(%a: !stablehlo.token loc(\"t\")) -> "
                                      "!stablehlo.token { return %a : !stablehlo.token } }", "t.mlir").entry();
  CHECK_THROWS_WITH_AS(static_cast<void>(manual_program(plan_for(token, "skip"))),
                       doctest::Contains("argument t is a token"), error);
}
