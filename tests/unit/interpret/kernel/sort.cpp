// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand, or sorted by the standard library.
#include <partita/interpret/kernel/sort.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "text_testing.hpp"

namespace {

using namespace text_testing;
using enum element_type;
namespace op = partita::op;

struct sort_test_ops : partita::op_set<op::constant, op::sort, op::chlo::top_k, op::compare, op::or_> {};

// Keys and values, sorted together by these lines, which define %z of keys %x and %y and values %v and %w.
std::vector<array> sorted(const std::vector<std::int64_t>& sizes, std::size_t dim, const std::string& lines,
                          const doubles& keys, const doubles& values) {
  std::string type = "tensor<";
  for (const auto size : sizes) type += std::to_string(size) + "x";
  type += "i32>";
  const std::string types = type + ", " + type;
  return text_testing::run<sort_test_ops>(
      "(%a: " + type + ", %b: " + type + ") -> (" + types + ")",
      "%r:2 = \"stablehlo.sort\"(%a, %b) <{dimension = " + std::to_string(dim) +
          " : i64, is_stable = true}> ({\n^bb0(%x: tensor<i32>, %y: tensor<i32>, %v: tensor<i32>, %w: tensor<i32>):\n" +
          lines + "\nstablehlo.return %z : tensor<i1>\n}) : (" + types + ") -> (" + types +
          ")\nreturn %r#0, %r#1 : " + types,
      {array_of(i32, sizes, keys), array_of(i32, sizes, values)});
}
const std::string ascending = "%z = stablehlo.compare LT, %x, %y : (tensor<i32>, tensor<i32>) -> tensor<i1>";
const std::string descending = "%z = stablehlo.compare GT, %x, %y : (tensor<i32>, tensor<i32>) -> tensor<i1>";

std::vector<array> largest(const std::string& element, element_type e, const doubles& values, std::size_t k) {
  const std::string from = "tensor<" + std::to_string(values.size()) + "x" + element + ">";
  const std::string to = "tensor<" + std::to_string(k) + "x" + element + ">",
                    places = "tensor<" + std::to_string(k) + "xi32>";
  return text_testing::run<sort_test_ops>("(%a: " + from + ") -> (" + to + ", " + places + ")",
                                          "%v, %p = chlo.top_k(%a, k = " + std::to_string(k) + ") : " + from + " -> (" +
                                              to + ", " + places + ")\nreturn %v, %p : " + to + ", " + places,
                                          {array_of(e, {static_cast<std::int64_t>(values.size())}, values)});
}

}  // namespace

TEST_CASE("sort: equal keys keep their order, whichever way the comparator goes") {
  const auto up = sorted({4}, 0, ascending, {2, 1, 2, 1}, {0, 1, 2, 3});
  CHECK(numbers(up[0]) == doubles{1, 1, 2, 2});
  CHECK(numbers(up[1]) == doubles{1, 3, 0, 2});
  CHECK(numbers(sorted({4}, 0, descending, {2, 1, 2, 1}, {0, 1, 2, 3})[1]) == doubles{0, 2, 1, 3});
}

TEST_CASE("sort: along any dim, of any size") {
  CHECK(numbers(sorted({3, 2}, 0, ascending, {3, 1, 1, 3, 2, 2}, {0, 1, 2, 3, 4, 5})[1]) == doubles{2, 1, 4, 5, 0, 3});
  CHECK(numbers(sorted({1}, 0, ascending, {3}, {7})[1]) == doubles{7});
  CHECK(numbers(sorted({0, 3}, 1, ascending, {}, {})[1]) == doubles{});
  for (const std::size_t size : {2u, 3u, 7u, 64u, 1025u, 3000u}) {
    doubles keys(size), places(size);
    std::iota(places.begin(), places.end(), 0);
    for (std::size_t i = 0; i < size; ++i) keys[i] = static_cast<double>(i * 7919 % 101);
    doubles expected = places;
    std::stable_sort(expected.begin(), expected.end(), [&](double a, double b) {
      return keys[static_cast<std::size_t>(a)] < keys[static_cast<std::size_t>(b)];
    });
    CHECK(numbers(sorted({static_cast<std::int64_t>(size)}, 0, ascending, keys, places)[1]) == expected);
  }
}

TEST_CASE("sort: a comparator that looks at values") {
  const std::string by_value = "%z = stablehlo.compare GT, %v, %w : (tensor<i32>, tensor<i32>) -> tensor<i1>";
  CHECK(numbers(sorted({3}, 0, by_value, {1, 2, 3}, {5, 9, 7})[0]) == doubles{2, 3, 1});
}

TEST_CASE("sort: a comparator that is no order gives a permutation") {
  doubles keys(200);
  std::iota(keys.begin(), keys.end(), 0);
  doubles out = numbers(sorted({200}, 0, "%z = stablehlo.constant dense<true> : tensor<i1>", keys, keys)[0]);
  std::sort(out.begin(), out.end());
  CHECK(out == keys);
}

TEST_CASE("top_k: floats in total order, the first of equal ones") {
  const double not_a_number = std::numeric_limits<double>::quiet_NaN();
  const auto top = largest("f32", f32, {-0.0, 0.0, not_a_number, 1, -std::numeric_limits<double>::infinity()}, 5);
  CHECK(numbers(top[1]) == doubles{2, 3, 1, 0, 4});
  CHECK(std::isnan(numbers(top[0])[0]));
  CHECK(numbers(largest("i8", i8, {-1, 3, -128, 3, 127}, 3)[1]) == doubles{4, 1, 3});
  CHECK(numbers(largest("ui64", ui64, {1, 0x1p63, 2}, 2)[0]) == doubles{0x1p63, 2});
  CHECK(numbers(largest("f32", f32, {1, 2}, 0)[0]) == doubles{});
}
