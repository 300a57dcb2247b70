// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand from the StableHLO specification.
#include "matrix_testing.hpp"

using namespace matrix_testing;

TEST_CASE("dot_general: dims of any order are batched, contracted or free") {
  // result[b, m, n] = sum over k of a[k, b, m] * c[n, k, b]
  CHECK(run("(%a: tensor<2x2x1xi32>, %c: tensor<2x2x2xi32>) -> tensor<2x1x2xi32>",
            "%r = stablehlo.dot_general %a, %c, batching_dims = [1] x [2], contracting_dims = [0] x [1] : "
            "(tensor<2x2x1xi32>, tensor<2x2x2xi32>) -> tensor<2x1x2xi32>\nreturn %r : tensor<2x1x2xi32>",
            {array_of(i32, {2, 2, 1}, {1, 2, 3, 4}), array_of(i32, {2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8})}) ==
        doubles{1 * 1 + 3 * 3, 1 * 5 + 3 * 7, 2 * 2 + 4 * 4, 2 * 6 + 4 * 8});
}

TEST_CASE("dot_general: a contraction over nothing is zero, and there may be no elements") {
  const std::string body = "%r = stablehlo.dot_general %a, %b, contracting_dims = [1] x [0] : ";
  CHECK(run("(%a: tensor<2x0xf32>, %b: tensor<0x1xf32>) -> tensor<2x1xf32>",
            body + "(tensor<2x0xf32>, tensor<0x1xf32>) -> tensor<2x1xf32>\nreturn %r : tensor<2x1xf32>",
            {array_of(f32, {2, 0}, {}), array_of(f32, {0, 1}, {})}) == doubles{0, 0});
  CHECK(run("(%a: tensor<0x2xi64>, %b: tensor<2x3xi64>) -> tensor<0x3xi64>",
            body + "(tensor<0x2xi64>, tensor<2x3xi64>) -> tensor<0x3xi64>\nreturn %r : tensor<0x3xi64>",
            {array_of(i64, {0, 2}, {}), array_of(i64, {2, 3}, {1, 2, 3, 4, 5, 6})}) == doubles{});
}

TEST_CASE("dot_general: elements are converted to the result's type before they are multiplied") {
  const auto product = [](element_type e, const std::string& from, const std::string& to, const doubles& a,
                          const doubles& b, numerics n = numerics::own) {
    return run("(%a: tensor<2x" + from + ">, %b: tensor<2x" + from + ">) -> tensor<" + to + ">",
               "%r = stablehlo.dot_general %a, %b, contracting_dims = [0] x [0] : (tensor<2x" + from + ">, tensor<2x" +
                   from + ">) -> tensor<" + to + ">\nreturn %r : tensor<" + to + ">",
               {array_of(e, {2}, a, n), array_of(e, {2}, b, n)}, n);
  };
  CHECK(product(i8, "i8", "i32", {127, -128}, {127, -128}) == doubles{127 * 127 + 128 * 128});
  CHECK(product(i8, "i8", "i8", {127, 1}, {2, 1}) == doubles{-1});
  CHECK(product(i64, "i64", "i64", {0x1p62, 1}, {4, 5}) == doubles{5});
  CHECK(product(i1, "i1", "i1", {1, 1}, {1, 1}) == doubles{1});
  CHECK(product(i1, "i1", "i1", {1, 0}, {0, 1}) == doubles{0});
  // 257 lies between the neighbours 256 and 258 of bf16.
  CHECK(product(bf16, "bf16", "bf16", {256, 1}, {1, 1}) == doubles{256});
  CHECK(product(bf16, "bf16", "f32", {256, 1}, {1, 1}) == doubles{257});
  CHECK(product(bf16, "bf16", "bf16", {256, 1}, {1, 1}, numerics::widened) == doubles{257});
  CHECK(product(f32, "f32", "f32", {0x1p30, 1}, {1, 1}, numerics::widened) == doubles{0x1p30 + 1});
}

TEST_CASE("einsum: letters that the result lacks are summed, a letter twice is the diagonal") {
  const std::vector<array> two = {array_of(i32, {2, 2}, {1, 2, 3, 4}), array_of(i32, {2, 2}, {5, 6, 7, 8})};
  const auto einsum = [&](const std::string& letters, const std::string& result) {
    return run("(%a: tensor<2x2xi32>, %b: tensor<2x2xi32>) -> " + result,
               "%r = \"stablehlo.einsum\"(%a, %b) {einsum_config = \"" + letters +
                   "\"} : (tensor<2x2xi32>, tensor<2x2xi32>) -> " + result + "\nreturn %r : " + result,
               two);
  };
  CHECK(einsum("ab,bc->ca", "tensor<2x2xi32>") == doubles{19, 43, 22, 50});
  CHECK(einsum("ab,cd->a", "tensor<2xi32>") == doubles{3 * 26, 7 * 26});
  CHECK(einsum("...a,a...->...", "tensor<2xi32>") == doubles{1 * 5 + 2 * 7, 3 * 6 + 4 * 8});
  CHECK(run("(%a: tensor<2x2xi32>) -> tensor<2xi32>",
            "%r = \"stablehlo.unary_einsum\"(%a) {einsum_config = \"aa->a\"} : (tensor<2x2xi32>) -> tensor<2xi32>\n"
            "return %r : tensor<2xi32>",
            {two[0]}) == doubles{1, 4});
}

TEST_CASE("ragged_dot: groups of rows meet their own matrix, rows beyond the groups are zero") {
  const auto ragged = [](const doubles& sizes) {
    return run("(%a: tensor<4x1xi32>, %b: tensor<2x1x1xi32>, %g: tensor<2xi32>) -> tensor<4x1xi32>",
               "%r = \"chlo.ragged_dot\"(%a, %b, %g) {ragged_dot_dimension_numbers = #chlo.ragged_dot<"
               "lhs_batching_dimensions = [], rhs_batching_dimensions = [], lhs_contracting_dimensions = [1], "
               "rhs_contracting_dimensions = [1], lhs_ragged_dimensions = [0], rhs_group_dimensions = [0]>} : "
               "(tensor<4x1xi32>, tensor<2x1x1xi32>, tensor<2xi32>) -> tensor<4x1xi32>\nreturn %r : tensor<4x1xi32>",
               {array_of(i32, {4, 1}, {1, 2, 3, 4}), array_of(i32, {2, 1, 1}, {10, 100}), array_of(i32, {2}, sizes)});
  };
  CHECK(ragged({1, 2}) == doubles{10, 200, 300, 0});
  CHECK(ragged({0, 4}) == doubles{100, 200, 300, 400});
  CHECK(ragged({-1, 9}) == doubles{100, 200, 300, 400});
}

TEST_CASE("ragged_dot: a contracted dim in groups gives one sum for each") {
  CHECK(run("(%a: tensor<3x2xi32>, %b: tensor<3x1xi32>, %g: tensor<2xi32>) -> tensor<2x2x1xi32>",
            "%r = \"chlo.ragged_dot\"(%a, %b, %g) {ragged_dot_dimension_numbers = #chlo.ragged_dot<"
            "lhs_batching_dimensions = [], rhs_batching_dimensions = [], lhs_contracting_dimensions = [0], "
            "rhs_contracting_dimensions = [0], lhs_ragged_dimensions = [0], rhs_group_dimensions = []>} : "
            "(tensor<3x2xi32>, tensor<3x1xi32>, tensor<2xi32>) -> tensor<2x2x1xi32>\nreturn %r : tensor<2x2x1xi32>",
            {array_of(i32, {3, 2}, {1, 2, 3, 4, 5, 6}), array_of(i32, {3, 1}, {1, 10, 100}),
             array_of(i32, {2}, {1, 2})}) == doubles{1, 2, 530, 640});
}
