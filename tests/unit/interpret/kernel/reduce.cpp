// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand from the StableHLO specification.
#include <partita/interpret/kernel/reduce.hpp>

#include <cmath>
#include <limits>
#include <numeric>

#include "text_testing.hpp"

namespace {

using namespace text_testing;
using enum element_type;
namespace op = partita::op;

struct reduce_test_ops : partita::op_set<op::constant, op::reduce, op::map, op::add, op::multiply, op::minimum,
                                         op::maximum, op::and_, op::or_, op::compare, op::select> {};

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// All of a vector by one op.
array folded(const std::string& element, element_type e, const std::string& name, double init, const doubles& values,
             numerics n = numerics::own) {
  const std::string type = "tensor<" + std::to_string(values.size()) + "x" + element + ">";
  const std::string scalar = "tensor<" + element + ">";
  return text_testing::run<reduce_test_ops>(
      "(%a: " + type + ", %i: " + scalar + ") -> " + scalar,
      "%r = stablehlo.reduce(%a init: %i) applies stablehlo." + name + " across dimensions = [0] : (" + type + ", " +
          scalar + ") -> " + scalar + "\nreturn %r : " + scalar,
      {array_of(e, {static_cast<std::int64_t>(values.size())}, values, n), array_of(e, {}, {init}, n)}, n)[0];
}
double fold(const std::string& element, element_type e, const std::string& name, double init, const doubles& values,
            numerics n = numerics::own) {
  return numbers(folded(element, e, name, init, values, n))[0];
}

// The last in order, over these dims of a tensor of 0, 1, 2, ...
doubles last_of(const std::vector<std::int64_t>& sizes, const std::string& dims, const std::string& result) {
  std::string type = "tensor<";
  std::int64_t count = 1;
  for (const auto size : sizes) {
    type += std::to_string(size) + "x";
    count *= size;
  }
  type += "i32>";
  doubles values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0);
  return numbers(text_testing::run<reduce_test_ops>(
      "(%a: " + type + ", %i: tensor<i32>) -> " + result,
      "%r = stablehlo.reduce(%a init: %i) across dimensions = " + dims + " : (" + type + ", tensor<i32>) -> " + result +
          "\nreducer(%x: tensor<i32>, %y: tensor<i32>) {\nstablehlo.return %y : tensor<i32>\n}\nreturn %r : " + result,
      {array_of(i32, sizes, values), array_of(i32, {}, {-1})})[0]);
}

}  // namespace

TEST_CASE("reduce: NaN wins in minimum and maximum, wherever it stands, and zeros have an order") {
  for (std::size_t i = 0; i < 20; ++i) {
    doubles values(20, 1.0);
    values[i] = not_a_number;
    CHECK(std::isnan(fold("f32", f32, "maximum", 0, values)));
    CHECK(std::isnan(fold("f64", f64, "minimum", 0, values)));
  }
  CHECK(std::isnan(fold("f32", f32, "maximum", not_a_number, {1, 2})));
  CHECK_FALSE(std::signbit(fold("f32", f32, "maximum", -0.0, {-0.0, 0.0, -0.0})));
  CHECK(std::signbit(fold("f32", f32, "minimum", 0.0, {0.0, -0.0, 0.0})));
}

TEST_CASE("reduce: nothing to reduce gives the initial value, which counts once") {
  CHECK(fold("f32", f32, "add", 7, {}) == 7);
  CHECK(fold("i32", i32, "add", 7, doubles(5000, 1.0)) == 5007);
  CHECK(last_of({0}, "[0]", "tensor<i32>") == doubles{-1});
  CHECK(last_of({2, 0}, "[0]", "tensor<0xi32>") == doubles{});
}

TEST_CASE("reduce: integers wrap, booleans add and multiply as or and and") {
  CHECK(fold("i4", i4, "add", 0, {5, 5}) == -6);
  CHECK(fold("i32", i32, "add", 0x7fffffff, {1}) == -0x1p31);
  CHECK(fold("ui16", ui16, "multiply", 0xffff, {0xffff}) == 1);
  CHECK(fold("i64", i64, "multiply", -0x1p63, {-1}) == -0x1p63);
  CHECK(fold("i1", i1, "add", 0, {1, 1}) == 1);
  CHECK(fold("i1", i1, "multiply", 1, {1, 0}) == 0);
}

TEST_CASE("reduce: narrow floats round once, widened ones never") {
  // One by one, sums of bf16 would not go past 256. 513 lies between 512 and 516.
  CHECK(fold("bf16", bf16, "add", 1, doubles(512, 1.0)) == 512);
  CHECK(fold("bf16", bf16, "add", 1, doubles(512, 1.0), numerics::widened) == 513);
  CHECK(fold("f32", f32, "add", 1, {0x1p-40}, numerics::widened) == 1 + 0x1p-40);
  // Long sums of f32 do not lose what is small beside them.
  CHECK(fold("f32", f32, "add", 0x1p24, doubles(4096, 1.0)) == 0x1p24 + 4096);
}

TEST_CASE("reduce: any region keeps the order of elements, also where folds are cut into parts") {
  CHECK(last_of({5000}, "[0]", "tensor<i32>") == doubles{4999});
  CHECK(last_of({1025}, "[0]", "tensor<i32>") == doubles{1024});
  CHECK(last_of({2, 3, 2}, "[0, 2]", "tensor<3xi32>") == doubles{7, 9, 11});
  CHECK(last_of({2, 1500}, "[1]", "tensor<2xi32>") == doubles{1499, 2999});
  const doubles columns = last_of({3, 700}, "[0]", "tensor<700xi32>");
  CHECK(columns.front() == 1400);
  CHECK(columns.back() == 2099);
}

TEST_CASE("reduce: the place of the largest, the first of equal ones") {
  doubles values(3000, 0.0), places(3000);
  std::iota(places.begin(), places.end(), 0);
  values[1234] = values[2345] = 5;
  const auto out = text_testing::run<reduce_test_ops>(
      "(%a: tensor<3000xf32>, %b: tensor<3000xi32>, %i: tensor<f32>, %j: tensor<i32>) -> (tensor<f32>, tensor<i32>)",
      "%r:2 = stablehlo.reduce(%a init: %i), (%b init: %j) across dimensions = [0] : (tensor<3000xf32>, "
      "tensor<3000xi32>, tensor<f32>, tensor<i32>) -> (tensor<f32>, tensor<i32>)\n"
      "reducer(%x: tensor<f32>, %y: tensor<f32>) (%m: tensor<i32>, %n: tensor<i32>) {\n"
      "%p = stablehlo.compare GE, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>\n"
      "%q = stablehlo.select %p, %x, %y : tensor<i1>, tensor<f32>\n"
      "%s = stablehlo.select %p, %m, %n : tensor<i1>, tensor<i32>\n"
      "stablehlo.return %q, %s : tensor<f32>, tensor<i32>\n}\nreturn %r#0, %r#1 : tensor<f32>, tensor<i32>",
      {array_of(f32, {3000}, values), array_of(i32, {3000}, places), array_of(f32, {}, {-1}), array_of(i32, {}, {-1})});
  CHECK(numbers(out[0]) == doubles{5});
  CHECK(numbers(out[1]) == doubles{1234});
}

TEST_CASE("map: a region over all elements, empty tensors too") {
  const auto squared = [](const doubles& values) {
    const std::string type = "tensor<" + std::to_string(values.size()) + "xf32>";
    return numbers(text_testing::run<reduce_test_ops>(
        "(%a: " + type + ") -> " + type,
        "%r = \"stablehlo.map\"(%a, %a) <{dimensions = array<i64: 0>}> ({\n^bb0(%x: tensor<f32>, %y: tensor<f32>):\n"
        "%z = stablehlo.multiply %x, %y : tensor<f32>\nstablehlo.return %z : tensor<f32>\n}) : (" +
            type + ", " + type + ") -> " + type + "\nreturn %r : " + type,
        {array_of(f32, {static_cast<std::int64_t>(values.size())}, values)})[0]);
  };
  CHECK(squared({1, 2, 3}) == doubles{1, 4, 9});
  CHECK(squared({}) == doubles{});
  CHECK(squared(doubles(1300, 3.0)) == doubles(1300, 9.0));
}
