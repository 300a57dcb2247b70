// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand from the StableHLO specification.
#include "matrix_testing.hpp"

using namespace matrix_testing;

namespace {

// One spatial dim of 4 elements with the values 1, 2, 3, 4, and the window 1, 10.
doubles slide(const std::string& window, const std::string& size) {
  const std::string out = "tensor<1x" + size + "x1xi32>";
  return run("(%a: tensor<1x4x1xi32>, %k: tensor<2x1x1xi32>) -> " + out,
             "%r = stablehlo.convolution(%a, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {" + window +
                 "} {batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x4x1xi32>, "
                 "tensor<2x1x1xi32>) -> " +
                 out + "\nreturn %r : " + out,
             {array_of(i32, {1, 4, 1}, {1, 2, 3, 4}), array_of(i32, {2, 1, 1}, {1, 10})});
}

}  // namespace

TEST_CASE("convolution: strides, padding of both signs, dilation of both sides, reversal") {
  CHECK(slide("", "3") == doubles{21, 32, 43});
  CHECK(slide("stride = [2]", "2") == doubles{21, 43});
  CHECK(slide("pad = [[1, 1]]", "5") == doubles{10, 21, 32, 43, 4});
  CHECK(slide("pad = [[-1, 0]]", "2") == doubles{32, 43});
  CHECK(slide("pad = [[-3, -2]]", "0") == doubles{});
  CHECK(slide("lhs_dilate = [2]", "6") == doubles{1, 20, 2, 30, 3, 40});
  CHECK(slide("rhs_dilate = [3]", "1") == doubles{41});
  CHECK(slide("reverse = [true]", "3") == doubles{12, 23, 34});
}

TEST_CASE("convolution: narrow floats are rounded once, and not at all with widened numerics") {
  // The neighbours of 256 in bf16 are 255 and 258.
  const auto sum = [](numerics n) {
    return run("(%a: tensor<1x3x1xbf16>, %k: tensor<3x1x1xbf16>) -> tensor<1x1x1xbf16>",
               "%r = stablehlo.convolution(%a, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} "
               "{batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x3x1xbf16>, "
               "tensor<3x1x1xbf16>) -> tensor<1x1x1xbf16>\nreturn %r : tensor<1x1x1xbf16>",
               {array_of(bf16, {1, 3, 1}, {256, 1, 1}, n), array_of(bf16, {3, 1, 1}, {1, 1, 1}, n)}, n);
  };
  CHECK(sum(numerics::own) == doubles{258});  // 256 if each partial sum were rounded
  CHECK(sum(numerics::widened) == doubles{258});
  CHECK(run("(%a: tensor<1x1x1xbf16>, %k: tensor<1x1x1xbf16>) -> tensor<1x1x1xbf16>",
            "%r = stablehlo.convolution(%a, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} "
            "{batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x1x1xbf16>, "
            "tensor<1x1x1xbf16>) -> tensor<1x1x1xbf16>\nreturn %r : tensor<1x1x1xbf16>",
            {array_of(bf16, {1, 1, 1}, {257}, numerics::widened), array_of(bf16, {1, 1, 1}, {1}, numerics::widened)},
            numerics::widened) == doubles{257});
}

TEST_CASE("convolution: groups of features, and groups of the batch") {
  const std::string in = "tensor<1x2x1xi32>", kernel = "tensor<1x1x2xi32>";
  const auto grouped = [&](const std::string& input, const std::string& output, const std::string& groups,
                           const std::vector<std::int64_t>& dims) {
    return run("(%a: " + input + ", %k: " + kernel + ") -> " + output,
               "%r = stablehlo.convolution(%a, %k) dim_numbers = [b, f, 0]x[0, i, o]->[b, f, 0], window = {} {" +
                   groups + "} : (" + input + ", " + kernel + ") -> " + output + "\nreturn %r : " + output,
               {array_of(i32, dims, {3, 5}), array_of(i32, {1, 1, 2}, {10, 100})});
  };
  CHECK(grouped(in, in, "batch_group_count = 1 : i64, feature_group_count = 2 : i64", {1, 2, 1}) == doubles{30, 500});
  CHECK(grouped("tensor<2x1x1xi32>", in, "batch_group_count = 2 : i64, feature_group_count = 1 : i64", {2, 1, 1}) ==
        doubles{30, 500});
}

TEST_CASE("dynamic_conv: the padding is an operand") {
  const std::string text =
      "%r = \"stablehlo.dynamic_conv\"(%a, %k, %p) {dimension_numbers = #stablehlo.conv<[b, 0, f]x[0, i, o]->[b, 0, "
      "f]>, "
      "batch_group_count = 1 : i64, feature_group_count = 1 : i64} : (tensor<1x2x1xi32>, tensor<2x1x1xi32>, "
      "tensor<1x2xi64>) -> tensor<1x?x1xi32>\nreturn %r : tensor<1x?x1xi32>";
  const std::string signature =
      "(%a: tensor<1x2x1xi32>, %k: tensor<2x1x1xi32>, %p: tensor<1x2xi64>) -> tensor<1x?x1xi32>";
  const auto padded = [&](const doubles& edges) {
    return std::vector<array>{array_of(i32, {1, 2, 1}, {1, 2}), array_of(i32, {2, 1, 1}, {1, 10}),
                              array_of(i64, {1, 2}, edges)};
  };
  CHECK(run(signature, text, padded({1, 0})) == doubles{10, 21});
  CHECK(run(signature, text, padded({-1, 0})) == doubles{});
  CHECK(failure(signature, text, padded({0x1p60, 0})).find("padding is beyond 2^48") != std::string::npos);
}
