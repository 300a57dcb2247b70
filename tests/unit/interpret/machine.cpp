// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <partita/interpret/machine.hpp>

#include <string>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <partita/interpret/check.hpp>
#include <partita/interpret/inputs.hpp>
#include <partita/interpret/lift_constants.hpp>
#include <partita/stablehlo/read.hpp>

#include "support/composite.hpp"
#include "support/kernels.hpp"

namespace {

using namespace partita;
using namespace partita::interpret;
using testing::composite_of;

std::vector<array> execute(const std::string& text, observer o = {}) {
  const auto m = stablehlo::read(text, "text");
  return run(program(m.entry()), {}, numerics::own, nullptr, std::move(o));
}
std::vector<std::int64_t> integers(const array& a) {
  std::vector<std::int64_t> all;
  for (std::size_t i = 0; i < a.size(); ++i) all.push_back(a.integer(i));
  return all;
}

TEST_CASE("a loop carries its values, and runs no time when its condition does not hold at first") {
  const auto text = [](const char* limit) {
    return std::string(R"(func.func @main() -> (tensor<i32>, tensor<i32>) {
      %n = stablehlo.constant dense<)") + limit + R"(> : tensor<i32>
      %zero = stablehlo.constant dense<0> : tensor<i32>
      %one = stablehlo.constant dense<1> : tensor<i32>
      %r:2 = stablehlo.while(%i = %zero, %s = %one) : tensor<i32>, tensor<i32>
        cond {
          %c = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
          stablehlo.return %c : tensor<i1>
        } do {
          %next = stablehlo.add %i, %one : tensor<i32>
          %twice = stablehlo.add %s, %s : tensor<i32>
          stablehlo.return %next, %twice : tensor<i32>, tensor<i32>
        }
      return %r#0, %r#1 : tensor<i32>, tensor<i32>
    })";
  };
  auto results = execute(text("5"));
  CHECK((results[0].integer() == 5 && results[1].integer() == 32));
  results = execute(text("0"));
  CHECK((results[0].integer() == 0 && results[1].integer() == 1));
}

TEST_CASE("the last branch is taken for an index that names none") {
  const auto branch = [](const char* index) {
    return execute(std::string(R"(func.func @main() -> tensor<i32> {
      %i = stablehlo.constant dense<)") + index + R"(> : tensor<i32>
      %r = "stablehlo.case"(%i) ({
        %a = stablehlo.constant dense<10> : tensor<i32>
        stablehlo.return %a : tensor<i32>
      }, {
        %b = stablehlo.constant dense<20> : tensor<i32>
        stablehlo.return %b : tensor<i32>
      }) : (tensor<i32>) -> tensor<i32>
      return %r : tensor<i32>
    })")[0].integer();
  };
  CHECK(branch("0") == 10);
  CHECK(branch("1") == 20);
  CHECK(branch("7") == 20);
  CHECK(branch("-1") == 20);
}

constexpr const char* outer_value_in_region = R"(func.func @main() -> tensor<2xi32> {
  %x = stablehlo.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %ten = stablehlo.constant dense<10> : tensor<i32>
  %r = "stablehlo.reduce"(%x, %zero) ({
  ^bb0(%a: tensor<i32>, %b: tensor<i32>):
    %s = stablehlo.add %a, %b : tensor<i32>
    %t = stablehlo.multiply %b, %ten : tensor<i32>
    %u = stablehlo.maximum %s, %t : tensor<i32>
    stablehlo.return %u : tensor<i32>
  }) {dimensions = array<i64: 1>} : (tensor<2x2xi32>, tensor<i32>) -> tensor<2xi32>
  return %r : tensor<2xi32>
})";

TEST_CASE("a region that other ops execute may use values from outside") {
  // max(max(0 + 1, 10) + 2, 20) = 20, and the same with 3 and 4: 40.
  CHECK(integers(execute(outer_value_in_region)[0]) == std::vector<std::int64_t>{20, 40});
}

TEST_CASE("a function computes floats as its caller does") {
  const auto m = stablehlo::read(R"(
    func.func private @above_one(%x: tensor<f32>) -> tensor<f32> {
      %one = stablehlo.constant dense<1.0> : tensor<f32>
      %sum = stablehlo.add %one, %x : tensor<f32>
      %r = stablehlo.subtract %sum, %one : tensor<f32>
      return %r : tensor<f32>
    }
    func.func public @main() {
      return
    })",
                                 "text");
  const program_set functions(m);
  const graph g = composite_of("above_one", tensor_type{element_type::f32, {}});
  const auto above_one = [&](numerics n) {
    array x(element_type::f32, {}, n);
    with_type(x.kind(), [&]<class T>() {
      if constexpr (std::is_floating_point_v<T>) x.mutable_elements<T>()[0] = static_cast<T>(0x1p-30);
    });
    return run(program(g), {x}, n, &functions)[0];
  };
  CHECK(above_one(numerics::own).elements<float>()[0] == 0.0f);  // 1 + 2^-30 is 1 for 24 bits
  CHECK(above_one(numerics::widened).elements<double>()[0] == 0x1p-30);
}

TEST_CASE("the observer sees each op once for each time it runs") {
  std::vector<std::string> seen;
  (void)execute(outer_value_in_region, [&](const machine& m, op_id o, std::span<const array> results) {
    seen.push_back(std::string(m.program().view(o).name()) + " " + std::to_string(results.size()));
  });
  CHECK(seen == std::vector<std::string>{"stablehlo.constant 1", "stablehlo.constant 1", "stablehlo.constant 1",
                                         "stablehlo.reduce 1"});
}

TEST_CASE("the program goes on with what the observer leaves") {
  // The sums start from 35 instead of 0: max(max(35 + 1, 10) + 2, 20) = 38, and the same with 3 and 4: 42.
  int constants = 0;
  const auto results = execute(outer_value_in_region, [&](const machine&, op_id, std::span<array> made) {
    if (++constants == 2) made[0].mutable_elements<std::int32_t>()[0] = 35;
  });
  CHECK(integers(results[0]) == std::vector<std::int64_t>{38, 42});
}

TEST_CASE("a collective on one device alone is refused with a remedy") {
  CHECK_THROWS_WITH_AS(
      execute(R"(func.func @main() -> tensor<2xi32> {
        %x = stablehlo.constant dense<1> : tensor<1xi32>
        %y = "stablehlo.all_gather"(%x) {all_gather_dim = 0 : i64, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>}
          : (tensor<1xi32>) -> tensor<2xi32>
        return %y : tensor<2xi32>
      })"),
      "stablehlo.all_gather: a collective needs devices: run this program on the number of devices it is for",
      execution_error);
}

TEST_CASE("constants become arguments, scalars stay") {
  const auto m = stablehlo::read(outer_value_in_region, "text");
  const auto lifted = lift_constants(m.entry(), numerics::own, [](const type_view&, const constant_data&) { return true; });
  REQUIRE(lifted.graph.arguments().size() == 1);
  CHECK(lifted.graph.argument_name(0) == "constant/0");
  CHECK(integers(lifted.constants[0]) == std::vector<std::int64_t>{1, 2, 3, 4});
  CHECK(integers(run(program(lifted.graph), lifted.constants)[0]) == std::vector<std::int64_t>{20, 40});
}

TEST_CASE("cases of a bundle, of a split file and of a single file") {
  const auto bundle = cases_of("RUN line\n// ----- FILE: a.mlir\nx\ny\n// ----- FILE: b.mlir\nz", "file");
  REQUIRE(bundle.size() == 2);
  CHECK((bundle[0].name == "a.mlir" && bundle[0].text == "x\ny\n"));
  CHECK((bundle[1].name == "b.mlir" && bundle[1].text == "z"));
  const auto split = cases_of("x\n// -----\ny\n", "file");
  REQUIRE(split.size() == 2);
  CHECK((split[0].name == "file" && split[1].name == "file#2" && split[1].text == "y\n"));
  CHECK(cases_of("x", "file").size() == 1);
}

TEST_CASE("arguments that index lie within what they index, and what is rooted is positive") {
  const auto m = stablehlo::read(R"(func.func @main(%table: tensor<50x4xf32>, %ids: tensor<64x1xi32>, %v: tensor<16xf32>)
      -> (tensor<64x4xf32>, tensor<16xf32>) {
    %rows = "stablehlo.gather"(%table, %ids) {dimension_numbers = #stablehlo.gather<offset_dims = [1],
      collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 4>}
      : (tensor<50x4xf32>, tensor<64x1xi32>) -> tensor<64x4xf32>
    %c = stablehlo.constant dense<2.0> : tensor<16xf32>
    %w = stablehlo.multiply %v, %c : tensor<16xf32>
    %root = stablehlo.sqrt %w : tensor<16xf32>
    return %rows, %root : tensor<64x4xf32>, tensor<16xf32>
  })", "text");
  const auto drawn = arguments_from_bytes(m.entry(), draw_arguments(m.entry(), 3), numerics::own);
  std::int64_t largest = 0;
  for (const std::int64_t i : integers(drawn[1])) {
    CHECK((i >= 0 && i < 50));
    largest = std::max(largest, i);
  }
  CHECK(largest > 25);  // all of the table is reached
  for (const float x : drawn[2].elements<float>()) CHECK(x > 0);
  bool negative = false;
  for (const float x : drawn[0].elements<float>()) negative = negative || x < 0;
  CHECK(negative);
  CHECK(draw_arguments(m.entry(), 3) == draw_arguments(m.entry(), 3));
  CHECK(draw_arguments(m.entry(), 3) != draw_arguments(m.entry(), 4));
}

}  // namespace
