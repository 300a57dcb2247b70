// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand.
#include <partita/interpret/kernel/scan.hpp>

#include "text_testing.hpp"

namespace {

using namespace text_testing;
using enum element_type;
namespace op = partita::op;

struct scan_test_ops : partita::op_set<op::constant, op::chlo::scan, op::add, op::multiply> {};

// Running sums along a dim of a 2 x 3 tensor, and the sum.
std::vector<array> running_sums(const std::string& dim, const std::string& carry, const std::string& attributes) {
  const std::int64_t width = carry[0] - '0';
  const std::string part = "tensor<" + carry + "xi32>";
  return text_testing::run<scan_test_ops>(
      "(%a: tensor<2x3xi32>, %i: " + part + ") -> (tensor<2x3xi32>, " + part + ")",
      "%r:2 = chlo.scan(%a) inits(%i) dimension=" + dim + attributes + " {\n^bb0(%x: " + part + ", %c: " + part +
          "):\n%s = stablehlo.add %x, %c : " + part + "\nstablehlo.return %s, %s : " + part + ", " + part +
          "\n} : (tensor<2x3xi32>, " + part + ") -> (tensor<2x3xi32>, " + part +
          ")\nreturn %r#0, %r#1 : tensor<2x3xi32>, " + part,
      {array_of(i32, {2, 3}, {1, 2, 3, 4, 5, 6}),
       array_of(i32, {width}, doubles(static_cast<std::size_t>(width), 10.0))});
}

}  // namespace

TEST_CASE("scan: slices along any dim, from either end") {
  auto out = running_sums("1", "2", "");
  CHECK(numbers(out[0]) == doubles{11, 13, 16, 14, 19, 25});
  CHECK(numbers(out[1]) == doubles{16, 25});
  out = running_sums("0", "3", "");
  CHECK(numbers(out[0]) == doubles{11, 12, 13, 15, 17, 19});
  CHECK(numbers(out[1]) == doubles{15, 17, 19});
  out = running_sums("1", "2", " attributes {is_reverse = true}");
  CHECK(numbers(out[0]) == doubles{16, 15, 13, 25, 21, 16});
  CHECK(numbers(out[1]) == doubles{16, 25});
}

TEST_CASE("scan: no steps leave what was carried in") {
  const auto out = text_testing::run<scan_test_ops>(
      "(%a: tensor<0xf32>, %i: tensor<f32>) -> (tensor<0xf32>, tensor<f32>)",
      "%r:2 = chlo.scan(%a) inits(%i) dimension=0 {\n^bb0(%x: tensor<f32>, %c: tensor<f32>):\n"
      "%s = stablehlo.multiply %x, %c : tensor<f32>\nstablehlo.return %s, %s : tensor<f32>, tensor<f32>\n"
      "} : (tensor<0xf32>, tensor<f32>) -> (tensor<0xf32>, tensor<f32>)\nreturn %r#0, %r#1 : tensor<0xf32>, "
      "tensor<f32>",
      {array_of(f32, {0}, {}), array_of(f32, {}, {3})});
  CHECK(numbers(out[0]) == doubles{});
  CHECK(numbers(out[1]) == doubles{3});
}
