// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <partita/interpret/compare.hpp>

#include <limits>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace partita;
using namespace partita::interpret;

constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();

array doubles(std::vector<double> values) {
  const std::int64_t dims[] = {static_cast<std::int64_t>(values.size())};
  array a(element_type::f64, dims, numerics::own);
  std::copy(values.begin(), values.end(), a.mutable_elements<double>().begin());
  return a;
}

TEST_CASE("the largest difference, where it is, and how large the numbers are") {
  const difference d = compare(doubles({1, -8, 3}), doubles({1, -8.5, 3.25}));
  CHECK(d.largest == 0.5);
  CHECK(d.at == 1);
  CHECK(d.magnitude == 8);
  CHECK(d.relative() == 0.0625);
}

TEST_CASE("NaN equals NaN and infinity equals infinity, and nothing else") {
  CHECK(compare(doubles({nan, infinity}), doubles({nan, infinity})).largest == 0);
  CHECK(compare(doubles({nan}), doubles({1})).largest == infinity);
  CHECK(compare(doubles({1}), doubles({infinity})).largest == infinity);
  CHECK(compare(doubles({infinity}), doubles({-infinity})).largest == infinity);
}

TEST_CASE("integers that differ, and arrays of other shapes, differ infinitely") {
  const std::int64_t one[] = {1}, two[] = {2};
  array a(element_type::i32, one, numerics::own), b = a;
  a.mutable_elements<std::int32_t>()[0] = 1;
  b.mutable_elements<std::int32_t>()[0] = 2;
  CHECK(compare(a, b).largest == infinity);
  CHECK(compare(a, array(element_type::i32, two, numerics::own)).largest == infinity);
}

TEST_CASE("a difference from nothing but zeros has no measure") {
  CHECK(compare(doubles({0, 0}), doubles({0, 0})).relative() == 0);
  CHECK(compare(doubles({0, 0}), doubles({0, 1e-30})).relative() == infinity);
}

TEST_CASE("positions are written by dim") {
  const std::int64_t dims[] = {2, 3, 4};
  CHECK(position_text(array(element_type::f32, dims, numerics::own), 23) == "[1, 2, 3]");
  CHECK(position_text(array(element_type::f32, {}, numerics::own), 0) == "[]");
}

}  // namespace
