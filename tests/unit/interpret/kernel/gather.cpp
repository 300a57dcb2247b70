// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand from the StableHLO specification.
#include <partita/interpret/kernel/gather.hpp>

#include "text_testing.hpp"

namespace {

using namespace text_testing;
using enum element_type;
namespace op = partita::op;

struct gather_test_ops : partita::op_set<op::constant, op::gather_ops> {};

doubles run(const std::string& signature, const std::string& body, const std::vector<array>& arguments) {
  return numbers(text_testing::run<gather_test_ops>(signature, body, arguments)[0]);
}

doubles pairs_at(const doubles& places) {
  const std::string n = std::to_string(places.size()),
                    types = "(tensor<4xf32>, tensor<" + n + "xi64>) -> tensor<" + n + "x2xf32>";
  return run("(%a: tensor<4xf32>, %i: tensor<" + n + "xi64>) -> tensor<" + n + "x2xf32>",
             "%r = \"stablehlo.gather\"(%a, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], "
             "start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 2>}> : " +
                 types + "\nreturn %r : tensor<" + n + "x2xf32>",
             {array_of(f32, {4}, {1, 2, 3, 4}), array_of(i64, {static_cast<std::int64_t>(places.size())}, places)});
}

}  // namespace

TEST_CASE("gather: a slice that would reach outside starts where it fits") {
  CHECK(pairs_at({0, 2, 3, -1}) == doubles{1, 2, 3, 4, 3, 4, 1, 2});
  CHECK(pairs_at({0x1p62, -0x1p63}) == doubles{3, 4, 1, 2});
  CHECK(pairs_at({}) == doubles{});
}

TEST_CASE("gather: batching dims of operand and indices go together") {
  CHECK(run("(%a: tensor<2x3xi32>, %i: tensor<2x1xi32>) -> tensor<2xi32>",
            "%r = \"stablehlo.gather\"(%a, %i) <{dimension_numbers = #stablehlo.gather<collapsed_slice_dims = [1], "
            "operand_batching_dims = [0], start_indices_batching_dims = [0], start_index_map = [1], index_vector_dim = "
            "1>, slice_sizes = array<i64: 1, 1>}> : (tensor<2x3xi32>, tensor<2x1xi32>) -> tensor<2xi32>\n"
            "return %r : tensor<2xi32>",
            {array_of(i32, {2, 3}, {1, 2, 3, 4, 5, 6}), array_of(i32, {2, 1}, {2, -5})}) == doubles{3, 4});
}

TEST_CASE("gather: offset dims may stand before the dims of the indices") {
  CHECK(run("(%a: tensor<3x2xi32>, %i: tensor<2xi32>) -> tensor<2x2xi32>",
            "%r = \"stablehlo.gather\"(%a, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [0], "
            "collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, "
            "2>}> : (tensor<3x2xi32>, tensor<2xi32>) -> tensor<2x2xi32>\nreturn %r : tensor<2x2xi32>",
            {array_of(i32, {3, 2}, {1, 2, 3, 4, 5, 6}), array_of(i32, {2}, {2, 0})}) == doubles{5, 1, 6, 2});
}

TEST_CASE("dynamic_gather: slice sizes are a value, which must fit the operand") {
  const auto gather = [](double size) {
    return run("(%a: tensor<4xf32>, %i: tensor<1xi32>, %s: tensor<1xi32>) -> tensor<?xf32>",
               "%r = \"stablehlo.dynamic_gather\"(%a, %i, %s) <{dimension_numbers = #stablehlo.gather<offset_dims = "
               "[0], start_index_map = [0]>}> : (tensor<4xf32>, tensor<1xi32>, tensor<1xi32>) -> tensor<?xf32>\n"
               "return %r : tensor<?xf32>",
               {array_of(f32, {4}, {1, 2, 3, 4}), array_of(i32, {1}, {2}), array_of(i32, {1}, {size})});
  };
  CHECK(gather(3) == doubles{2, 3, 4});
  CHECK(gather(0) == doubles{});
  CHECK_THROWS_AS(gather(5), execution_error);
  CHECK_THROWS_AS(gather(-1), execution_error);
}

TEST_CASE("torch_index_select: leading batch dims in common") {
  CHECK(run("(%a: tensor<2x3xi32>, %i: tensor<2x2xi32>) -> tensor<2x2xi32>",
            "%r = \"stablehlo.torch_index_select\"(%a, %i) <{dim = 1 : i64, batch_dims = 1 : i64}> : (tensor<2x3xi32>, "
            "tensor<2x2xi32>) -> tensor<2x2xi32>\nreturn %r : tensor<2x2xi32>",
            {array_of(i32, {2, 3}, {1, 2, 3, 4, 5, 6}), array_of(i32, {2, 2}, {0, 2, 1, 1})}) == doubles{1, 3, 5, 5});
}
