// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Programs with Shardy's shardings, lowered and run. Expected numbers are worked out by hand.

#include <cstring>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/exchange/from_sdy.hpp>
#include <partita/interpret/verify.hpp>
#include <partita/op.hpp>
#include <partita/stablehlo.hpp>

#include "support/kernels.hpp"

namespace {

using namespace partita;
using numbers = std::vector<std::int32_t>;

constexpr std::string_view meshes = R"(
  sdy.mesh @x2 = <["x"=2]>
  sdy.mesh @x4 = <["x"=4]>
  sdy.mesh @xy = <["x"=2, "y"=2]>
  sdy.mesh @y4 = <["x"=2, "y"=4]>
  sdy.mesh @y6 = <["y"=6]>
  sdy.mesh @other = <["z"=4]>
  sdy.mesh @shifted = <["x"=4], device_ids=[1, 2, 3, 0]>
  sdy.mesh @second = <[], device_ids=[1]>
)";

graph program(const std::string& function) {
  return stablehlo::read("module @m {" + std::string(meshes) + function + "\n}\n", "m.mlir").entry();
}

/// A function of one argument. @param sharding and `result` are those at the boundary, e.g. <@x2, [{"x"}]>
std::string function(const std::string& type, const std::string& sharding, const std::string& body,
                     const std::string& result_type, const std::string& result) {
  const auto said = [](const std::string& s) { return s.empty() ? s : " {sdy.sharding = #sdy.sharding" + s + "}"; };
  return "func.func @main(%a: tensor<" + type + ">" + said(sharding) + ") -> (tensor<" + result_type + ">" +
         said(result) + ") {\n" + body + "\n}";
}

interpret::array array_of(const type_view& t, const numbers& values) {
  interpret::array a(t, interpret::numerics::own);
  REQUIRE(a.size() == values.size());
  std::memcpy(a.mutable_data(), values.data(), values.size() * sizeof(std::int32_t));
  return a;
}
numbers numbers_of(const interpret::array& a) {
  const auto all = a.elements<std::int32_t>();
  return {all.begin(), all.end()};
}

/// What each device gets of the first result when it is given these arguments.
std::vector<numbers> run_devices(const graph& g, const std::vector<numbers>& given) {
  const auto p = from_sdy(g);
  const graph spmd = to_stablehlo(p);
  interpret::device_grid grid;
  grid.partitions = static_cast<std::uint32_t>(given.size());
  std::vector<std::vector<interpret::array>> arguments;
  for (const numbers& n : given) arguments.push_back({array_of(spmd.type(spmd.arguments()[0]), n)});
  std::vector<numbers> results;
  for (const auto& of_device : interpret::run_on_devices(interpret::program(spmd), grid, arguments))
    results.push_back(numbers_of(of_device[0]));
  return results;
}

std::size_t count(const graph& g, std::string_view name) {
  std::size_t n = 0;
  for (std::uint32_t i = 0; i < g.op_count(); ++i) n += g.info(op_id{i}).name == name;
  return n;
}

sdy::need lacks(const graph& g) {
  try {
    (void)from_sdy(g);
  } catch (const sdy::unsupported_sharding& e) {
    return e.lacks();
  }
  FAIL("it was lowered");
  return {};
}

}  // namespace

TEST_CASE("what operands are split over and results are not is reduced over") {
  const graph g = program(R"(
func.func @main(%a: tensor<4x6xf32> {sdy.sharding = #sdy.sharding<@xy, [{"x"}, {"y"}]>},
                %b: tensor<6x2xf32> {sdy.sharding = #sdy.sharding<@xy, [{"y"}, {}]>})
    -> (tensor<4x2xf32> {sdy.sharding = #sdy.sharding<@xy, [{"x"}, {}]>}) {
  %0 = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0]
    {sdy.sharding = #sdy.sharding_per_value<[<@xy, [{"x"}, {}]>]>} : (tensor<4x6xf32>, tensor<6x2xf32>) -> tensor<4x2xf32>
  return %0 : tensor<4x2xf32>
})");
  const auto p = from_sdy(g);
  CHECK(to_string(p.mesh) == "x=2,y=2");
  CHECK(to_string(p.graph.type(p.graph.arguments()[0])) == "tensor<2x3xf32>");
  CHECK(to_string(p.graph.type(p.graph.results()[0])) == "tensor<2x2xf32>");
  CHECK(p.graph.op_count() == 2);  // the product and one all_reduce
  CHECK(count(p.graph, "partita.all_reduce") == 1);
}

TEST_CASE("axes of a dim stand in the order of the text, whatever that of the mesh") {
  // Place (x, y) holds block 2 y + x before and 2 x + y after.
  const graph g = program(function("4xi32", R"(<@xy, [{"y", "x"}]>)",
                                   R"(  %0 = sdy.reshard %a <@xy, [{"x", "y"}]> : tensor<4xi32>
  return %0 : tensor<4xi32>)",
                                   "4xi32", R"(<@xy, [{"x", "y"}]>)"));
  CHECK(run_devices(g, {{10}, {12}, {11}, {13}}) == std::vector<numbers>{{10}, {11}, {12}, {13}});
}

TEST_CASE("nothing moves where all values lie alike") {
  const graph g = program(function(
      "4xi32", R"(<@xy, [{"y", "x"}]>)",
      R"(  %0 = stablehlo.negate %a {sdy.sharding = #sdy.sharding_per_value<[<@xy, [{"y", "x"}]>]>} : tensor<4xi32>
  return %0 : tensor<4xi32>)",
      "4xi32", R"(<@xy, [{"y", "x"}]>)"));
  CHECK(from_sdy(g).graph.op_count() == 1);
}

TEST_CASE("a dim may be split over a part of an axis") {
  // Part (2)2 of y is its minor half: devices 0, 1, 2, 3 stand at y = 0, 1, 2, 3 and keep blocks 0, 1, 0, 1.
  const std::string body = R"(  %0 = sdy.all_slice [{"y":(2)2}] %a out_sharding=<@y4, [{"y":(2)2}]> : tensor<4xi32>
  return %0 : tensor<4xi32>)";
  const graph g = program(function("4xi32", "", body, "4xi32", R"(<@y4, [{"y":(2)2}]>)"));
  CHECK(to_string(from_sdy(g).mesh) == "x=2,y:(1)2=2,y:(2)2=2");
  const numbers whole{1, 2, 3, 4}, low{1, 2}, high{3, 4};
  CHECK(run_devices(g, std::vector<numbers>(8, whole)) ==
        std::vector<numbers>{low, high, low, high, low, high, low, high});
}

TEST_CASE("parts of an axis that overlap are refused") {
  const graph g =
      program(function("12xi32", R"(<@y6, [{"y":(1)2}]>)", R"(  %0 = sdy.reshard %a <@y6, [{"y":(1)3}]> : tensor<12xi32>
  return %0 : tensor<12xi32>)",
                       "12xi32", R"(<@y6, [{"y":(1)3}]>)"));
  CHECK(lacks(g) == sdy::need::nested_parts);
}

TEST_CASE("an argument that is summed arrives as parts of the sum") {
  const auto summed = [](const std::string& axes, const std::string& rest = "  return %0 : tensor<2xi32>") {
    return program(function("2xi32", R"(<@xy, [{}]>)",
                            "  %0 = sdy.all_reduce {" + axes + "} %a out_sharding=<@xy, [{}]> : tensor<2xi32>\n" + rest,
                            "2xi32", R"(<@xy, [{}]>)"));
  };
  const std::vector<numbers> parts{{1, 2}, {10, 20}, {100, 200}, {1000, 2000}};
  CHECK(run_devices(summed(R"("x", "y")"), parts) == std::vector<numbers>(4, {1111, 2222}));
  CHECK(run_devices(summed(R"("x")"), parts) ==
        std::vector<numbers>{{101, 202}, {1010, 2020}, {101, 202}, {1010, 2020}});
  CHECK(run_devices(summed(R"("x")", R"(  %1 = sdy.all_reduce {"y"} %0 out_sharding=<@xy, [{}]> : tensor<2xi32>
  return %1 : tensor<2xi32>)"),
                    parts) == std::vector<numbers>(4, {1111, 2222}));
}

TEST_CASE("what combines an argument's parts may stand in its sharding") {
  const graph g = program(function("2xi32", R"(<@x2, [{}], unreduced=max{"x"}>)",
                                   R"(  %0 = sdy.reshard %a <@x2, [{}]> : tensor<2xi32>
  return %0 : tensor<2xi32>)",
                                   "2xi32", ""));
  CHECK(run_devices(g, {{1, 7}, {5, 2}}) == std::vector<numbers>(2, {5, 7}));
}

TEST_CASE("an op that cannot be split over what it reduces works on whole values, and its sum is done") {
  // The scatter adds to an operand that is not zero: added up as parts it would count the operand twice.
  const graph g = program(R"(
func.func @main(%a: tensor<2x1xi32> {sdy.sharding = #sdy.sharding<@x2, [{"x"}, {}]>}) -> tensor<4xi32> {
  %ones = stablehlo.constant dense<1> : tensor<4xi32>
  %tens = stablehlo.constant dense<10> : tensor<2xi32>
  %0 = "stablehlo.scatter"(%ones, %a, %tens) ({
    ^bb0(%p: tensor<i32>, %q: tensor<i32>):
      %1 = stablehlo.add %p, %q : tensor<i32>
      stablehlo.return %1 : tensor<i32>
  }) {scatter_dimension_numbers = #stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}
    : (tensor<4xi32>, tensor<2x1xi32>, tensor<2xi32>) -> tensor<4xi32>
  %2 = sdy.all_reduce {"x"} %0 out_sharding=<@x2, [{}]> : tensor<4xi32>
  return %2 : tensor<4xi32>
})");
  CHECK(run_devices(g, {{1}, {3}}) == std::vector<numbers>(2, {1, 11, 1, 11}));
}

TEST_CASE("sums of what is not known to be parts of one value are refused") {
  const auto body = [](const std::string& ops) {
    return program(function("2xi32", R"(<@x2, [{}]>)", ops + "\n  return %1 : tensor<2xi32>", "2xi32", ""));
  };
  const std::string sum = R"( out_sharding=<@x2, [{}]> : tensor<2xi32>)";
  SUBCASE("a value that is the same on all devices") {
    CHECK(lacks(body("%0 = stablehlo.negate %a : tensor<2xi32>\n%1 = sdy.all_reduce {\"x\"} %0" + sum)) ==
          sdy::need::known_parts);
  }
  SUBCASE("a value with another use") {
    CHECK(lacks(body("%0 = sdy.all_reduce {\"x\"} %a" + sum + "\n%1 = stablehlo.add %0, %a : tensor<2xi32>")) ==
          sdy::need::known_parts);
  }
  SUBCASE("a sum") {
    CHECK(lacks(body("%0 = sdy.all_reduce {\"x\"} %a" + sum + "\n%1 = sdy.all_reduce {\"x\"} %0" + sum)) ==
          sdy::need::known_parts);
  }
}

TEST_CASE("a manual computation runs on each device's parts") {
  // Each device adds up its two numbers; the sums are put together.
  const std::string body = R"(
  %0 = sdy.manual_computation(%a) in_shardings=[<@x2, [{"x"}]>] out_shardings=[<@x2, [{"x"}]>] manual_axes={"x"} (%b: tensor<2xi32>) {
    %first = stablehlo.slice %b [0:1] : (tensor<2xi32>) -> tensor<1xi32>
    %second = stablehlo.slice %b [1:2] : (tensor<2xi32>) -> tensor<1xi32>
    %s = stablehlo.add %first, %second : tensor<1xi32>
    sdy.return %s : tensor<1xi32>
  } : (tensor<4xi32>) -> tensor<2xi32>
  return %0 : tensor<2xi32>)";
  const graph g = program(function("4xi32", R"(<@x2, [{"x"}]>)", body, "2xi32", ""));
  CHECK(run_devices(g, {{1, 2}, {30, 40}}) == std::vector<numbers>(2, {3, 70}));
  CHECK(needs_mesh(g));
}

TEST_CASE("the body of a manual computation is split over the axes that are not manual") {
  const std::string body = R"(
  %0 = sdy.manual_computation(%a) in_shardings=[<@xy, [{"x", "y"}]>] out_shardings=[<@xy, [{"x", "y"}]>] manual_axes={"x"} (%b: tensor<4xi32>) {
    %1 = stablehlo.negate %b {sdy.sharding = #sdy.sharding_per_value<[<@xy, [{"y"}]>]>} : tensor<4xi32>
    sdy.return %1 : tensor<4xi32>
  } : (tensor<8xi32>) -> tensor<8xi32>
  return %0 : tensor<8xi32>)";
  const graph g = program(function("8xi32", R"(<@xy, [{"x", "y"}]>)", body, "8xi32", R"(<@xy, [{"x", "y"}]>)"));
  const auto p = from_sdy(g);
  CHECK(p.graph.op_count() == 1);  // nothing is gathered
  CHECK(run_devices(g, {{1, 2}, {3, 4}, {5, 6}, {7, 8}}) ==
        std::vector<numbers>{{-1, -2}, {-3, -4}, {-5, -6}, {-7, -8}});
}

TEST_CASE("manual computations that fit neither types nor devices are refused") {
  const auto manual = [](const std::string& in, const std::string& axes, const std::string& type) {
    return program(function("8xi32", "",
                            "  %0 = sdy.manual_computation(%a) in_shardings=[" + in + "] out_shardings=[" + in +
                                "] manual_axes={" + axes + "} (%b: tensor<" + type +
                                ">) {\n    sdy.return %b : tensor<" + type +
                                ">\n  } : (tensor<8xi32>) -> tensor<8xi32>\n" + "  return %0 : tensor<8xi32>",
                            "8xi32", ""));
  };
  CHECK_NOTHROW(static_cast<void>(from_sdy(manual(R"(<@xy, [{"x", "y"}]>)", R"("x")", "4xi32"))));
  CHECK_THROWS_WITH_AS(static_cast<void>(from_sdy(manual(R"(<@xy, [{"x", "y"}]>)", R"("x")", "2xi32"))),
                       doctest::Contains("tensor<4xi32> over the manual axes"), error);
  CHECK_THROWS_WITH_AS(static_cast<void>(from_sdy(manual(R"(<@xy, [{"x", "y"}]>)", R"("y")", "4xi32"))),
                       doctest::Contains("manual axes must split a dim before others do"), error);
  CHECK(lacks(manual(R"(<@shifted, [{"x"}]>)", R"("x")", "2xi32")) == sdy::need::one_device_order);
}

TEST_CASE("parts that would not be equal are left whole inside, and refused at the boundary") {
  const std::string slice =
      R"(  %0 = stablehlo.slice %a [0:3] {sdy.sharding = #sdy.sharding_per_value<[<@x2, [{"x"}]>]>} : (tensor<4xi32>) -> tensor<3xi32>
  return %0 : tensor<3xi32>)";
  const graph inside = program(function("4xi32", R"(<@x2, [{"x"}]>)", slice, "3xi32", R"(<@x2, [{}]>)"));
  CHECK(from_sdy(inside).left_whole ==
        std::vector<std::string>{"the result of slice: dim 0 of tensor<3xi32> over x: the parts would not be equal"});
  CHECK(run_devices(inside, {{1, 2}, {3, 4}}) == std::vector<numbers>(2, {1, 2, 3}));
  CHECK(lacks(program(function("4xi32", R"(<@x2, [{"x"}]>)", slice, "3xi32", R"(<@x2, [{"x"}]>)"))) ==
        sdy::need::padding);
  CHECK(lacks(program(function("3xi32", R"(<@x2, [{"x"}]>)", "  return %a : tensor<3xi32>", "3xi32", ""))) ==
        sdy::need::padding);
}

TEST_CASE("values enter and leave in the order of devices of their mesh") {
  // Place k of the shifted mesh is device k + 1, and the last is device 0.
  const graph to = program(function("4xi32", R"(<@x4, [{"x"}]>)",
                                    R"(  %0 = sdy.collective_permute %a out_sharding=<@shifted, [{"x"}]> : tensor<4xi32>
  return %0 : tensor<4xi32>)",
                                    "4xi32", R"(<@shifted, [{"x"}]>)"));
  CHECK(run_devices(to, {{1}, {2}, {3}, {4}}) == std::vector<numbers>{{4}, {1}, {2}, {3}});
  const graph from = program(function("4xi32", R"(<@shifted, [{"x"}]>)", "  return %a : tensor<4xi32>", "4xi32", ""));
  CHECK(run_devices(from, {{4}, {1}, {2}, {3}}) == std::vector<numbers>(4, {1, 2, 3, 4}));
}

TEST_CASE("what one device computes is sent to all") {
  const graph g = program(function("2xi32", R"(<@x2, [{"x"}]>)", R"(  %0 = stablehlo.partition_id : tensor<ui32>
  %1 = stablehlo.convert %0 : (tensor<ui32>) -> tensor<i32>
  %2 = stablehlo.broadcast_in_dim %1, dims = [] : (tensor<i32>) -> tensor<2xi32>
  %3 = stablehlo.add %a, %2 {sdy.sharding = #sdy.sharding_per_value<[<@second, []>]>} : tensor<2xi32>
  return %3 : tensor<2xi32>)",
                                   "2xi32", ""));
  CHECK(run_devices(g, {{5}, {7}}) == std::vector<numbers>(2, {6, 8}));
}

TEST_CASE("split values are on meshes of the same axes; whole ones may be on any") {
  const auto resharded = [](const std::string& to) {
    return program(function("4xi32", R"(<@x4, [{"x"}]>)",
                            "  %0 = sdy.reshard %a " + to + " : tensor<4xi32>\n  return %0 : tensor<4xi32>", "4xi32",
                            ""));
  };
  CHECK(lacks(resharded(R"(<@other, [{"z"}]>)")) == sdy::need::one_mesh);
  CHECK(run_devices(resharded("<@other, [{}]>"), {{1}, {2}, {3}, {4}}) == std::vector<numbers>(4, {1, 2, 3, 4}));
}

TEST_CASE("shardings that do not fit say where and why") {
  const auto message = [](const std::string& sharding) {
    try {
      (void)from_sdy(program(function("4xi32", sharding, "  return %a : tensor<4xi32>", "4xi32", "")));
    } catch (const error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  CHECK(message(R"(<@nowhere, [{"x"}]>)") == "argument arg0 is on mesh @nowhere, which the program does not have");
  CHECK(message(R"(<@x2, [{"q"}]>)") == "argument arg0 names axis \"q\", which its mesh does not have");
  CHECK(message(R"(<@x2, [{"x"}, {}]>)") == "argument arg0 is tensor<4xi32>, but its sharding is of 2 dims");
  CHECK(message(R"(<@x2, [{"x", "x"}]>)") == "argument arg0: its sharding names x twice");
  CHECK(message(R"(<@y4, [{"y":(2)4}]>)") == "argument arg0: y:(2)4 is no part of an axis of size 4");
  CHECK(message(R"(<mesh<["x"=2], device_ids=[0, 0]>, [{"x"}]>)") ==
        "sdy.mesh @: device_ids must name each of 2 devices once");
}
