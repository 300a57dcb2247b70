// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are examples of the StableHLO specification or worked out by hand from it.
#include <partita/interpret/kernel/window.hpp>

#include "text_testing.hpp"

namespace {

using namespace text_testing;
using enum element_type;
namespace op = partita::op;

struct window_test_ops : partita::op_set<op::constant, op::window_ops, op::add, op::maximum, op::compare> {};

// Sums over windows of a vector.
doubles sums(const std::string& element, element_type e, const doubles& values, const std::string& attributes,
             std::size_t windows, double init = 0) {
  const std::string from = "tensor<" + std::to_string(values.size()) + "x" + element + ">";
  const std::string to = "tensor<" + std::to_string(windows) + "x" + element + ">", scalar = "tensor<" + element + ">";
  return numbers(text_testing::run<window_test_ops>(
      "(%a: " + from + ", %i: " + scalar + ") -> " + to,
      "%r = \"stablehlo.reduce_window\"(%a, %i) <{" + attributes + "}> ({\n^bb0(%x: " + scalar + ", %y: " + scalar +
          "):\n%z = stablehlo.add %x, %y : " + scalar + "\nstablehlo.return %z : " + scalar + "\n}) : (" + from + ", " +
          scalar + ") -> " + to + "\nreturn %r : " + to,
      {array_of(e, {static_cast<std::int64_t>(values.size())}, values), array_of(e, {}, {init})})[0]);
}

// For each window of a vector the place of its largest element, to which the source is added.
doubles spread(const doubles& values, const doubles& source, const std::string& attributes) {
  const std::string type = "tensor<" + std::to_string(values.size()) + "xf32>";
  const std::string sources = "tensor<" + std::to_string(source.size()) + "xf32>";
  return numbers(text_testing::run<window_test_ops>(
      "(%a: " + type + ", %s: " + sources + ", %i: tensor<f32>) -> " + type,
      "%r = \"stablehlo.select_and_scatter\"(%a, %s, %i) <{" + attributes +
          "}> ({\n^bb0(%x: tensor<f32>, %y: tensor<f32>):\n"
          "%z = stablehlo.compare GE, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>\n"
          "stablehlo.return %z : tensor<i1>\n}, {\n^bb0(%x: tensor<f32>, %y: tensor<f32>):\n"
          "%z = stablehlo.add %x, %y : tensor<f32>\nstablehlo.return %z : tensor<f32>\n}) : (" +
          type + ", " + sources + ", tensor<f32>) -> " + type + "\nreturn %r : " + type,
      {array_of(f32, {static_cast<std::int64_t>(values.size())}, values),
       array_of(f32, {static_cast<std::int64_t>(source.size())}, source), array_of(f32, {}, {0})})[0]);
}

}  // namespace

TEST_CASE("reduce_window: padding counts as the initial value") {
  const std::string cumulative = "window_dimensions = array<i64: 4>, padding = dense<[[3, 0]]> : tensor<1x2xi64>";
  CHECK(sums("i32", i32, {1, 2, 3, 4}, cumulative, 4) == doubles{1, 3, 6, 10});
  // Once as the initial value, and once for each element of padding.
  CHECK(sums("i32", i32, {1, 2, 3, 4}, cumulative, 4, 100) == doubles{401, 303, 206, 110});
  CHECK(sums("i32", i32, {1, 2, 3, 4},
             "window_dimensions = array<i64: 2>, padding = dense<[[-1, -1]]> : tensor<1x2xi64>", 1) == doubles{5});
}

TEST_CASE("reduce_window: strides and both dilations") {
  // Dilated by 2 the input is 1 0 2 0 3; a window of 2 takes elements 2 apart.
  CHECK(sums("f32", f32, {1, 2, 3},
             "window_dimensions = array<i64: 2>, base_dilations = array<i64: 2>, window_dilations = array<i64: 2>",
             3) == doubles{3, 0, 5});
  CHECK(sums("f32", f32, {1, 2, 3, 4, 5}, "window_dimensions = array<i64: 2>, window_strides = array<i64: 3>", 2) ==
        doubles{3, 9});
  CHECK(sums("f32", f32, {1, 2}, "window_dimensions = array<i64: 3>", 0) == doubles{});
  CHECK(sums("f32", f32, {}, "window_dimensions = array<i64: 2>, padding = dense<[[1, 1]]> : tensor<1x2xi64>", 1, 7) ==
        doubles{21});
}

TEST_CASE("reduce_window: narrow floats round after each step") {
  // Between 256 and 512 bf16 has the even numbers, and ties go to 256.
  CHECK(sums("bf16", bf16, {256, 1, 1}, "window_dimensions = array<i64: 3>", 1) == doubles{256});
}

TEST_CASE("select_and_scatter: the first of equal elements, windows that overlap, windows of padding alone") {
  const std::string three_by_two =
      "window_dimensions = array<i64: 3>, window_strides = array<i64: 2>, padding = "
      "dense<[[0, 1]]> : tensor<1x2xi64>";
  CHECK(spread({1, 2, 3, 4}, {5, 7}, three_by_two) == doubles{0, 0, 5, 7});
  CHECK(spread({5, 5, 6, 4}, {6, 8}, three_by_two) == doubles{0, 0, 14, 0});
  CHECK(spread({3, 3, 3, 1}, {1, 2}, three_by_two) == doubles{1, 0, 2, 0});
  CHECK(spread({9}, {5, 6, 7}, "window_dimensions = array<i64: 1>, padding = dense<1> : tensor<1x2xi64>") ==
        doubles{6});
  CHECK(spread({-5, -6}, {1}, "window_dimensions = array<i64: 4>, padding = dense<1> : tensor<1x2xi64>") ==
        doubles{1, 0});
}
