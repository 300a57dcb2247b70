// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand from the StableHLO specification.
#include <partita/interpret/kernel/data_movement.hpp>

#include "text_testing.hpp"

namespace {

using namespace text_testing;
using enum element_type;
namespace op = partita::op;

struct movement_ops
    : partita::op_set<op::constant, op::broadcast_ops, op::reshape_ops, op::transpose_ops, op::slice_ops, op::join_ops,
                      op::dynamic_shape_ops, op::dynamic_iota, op::tuple, op::get_tuple_element> {};

array run(const std::string& signature, const std::string& body, const std::vector<array>& arguments,
          numerics n = numerics::own) {
  return text_testing::run<movement_ops>(signature, body, arguments, n)[0];
}
const array one_two_three = array_of(f32, {3}, {1, 2, 3});

doubles padded(std::int64_t low, std::int64_t high, std::int64_t interior, std::int64_t size) {
  const std::string type = "tensor<" + std::to_string(size) + "xf32>";
  return numbers(run("(%a: tensor<3xf32>) -> " + type,
                     "%p = stablehlo.constant dense<9.0> : tensor<f32>\n%r = stablehlo.pad %a, %p, low = [" +
                         std::to_string(low) + "], high = [" + std::to_string(high) + "], interior = [" +
                         std::to_string(interior) + "] : (tensor<3xf32>, tensor<f32>) -> " + type +
                         "\nreturn %r : " + type,
                     {one_two_three}));
}

doubles sliced(const std::string& start_type, double start) {
  return numbers(run("(%a: tensor<3xf32>, %i: " + start_type + ") -> tensor<2xf32>",
                     "%r = stablehlo.dynamic_slice %a, %i, sizes = [2] : (tensor<3xf32>, " + start_type +
                         ") -> tensor<2xf32>\nreturn %r : tensor<2xf32>",
                     {one_two_three, array_of(start_type == "tensor<ui64>" ? ui64 : i8, {}, {start})}));
}

const std::string transpose_40_24 =
    "%r = stablehlo.transpose %a, dims = [1, 0] : (tensor<40x24xf32>) -> tensor<24x40xf32>\nreturn %r : "
    "tensor<24x40xf32>";

}  // namespace

TEST_CASE("pad: negative edges cut, interior spreads, in any combination") {
  CHECK(padded(1, 2, 0, 6) == doubles{9, 1, 2, 3, 9, 9});
  CHECK(padded(0, 0, 2, 7) == doubles{1, 9, 9, 2, 9, 9, 3});
  CHECK(padded(-1, 2, 1, 6) == doubles{9, 2, 9, 3, 9, 9});
  CHECK(padded(-2, -1, 1, 2) == doubles{2, 9});
  CHECK(padded(-4, 4, 0, 3) == doubles{9, 9, 9});
  CHECK(padded(4, -4, 0, 3) == doubles{9, 9, 9});
  CHECK(padded(-1, -2, 0, 0) == doubles{});
}

TEST_CASE("pad: an empty operand gives padding alone") {
  const array out = run("(%a: tensor<0x2xi32>) -> tensor<1x3xi32>",
                        "%p = stablehlo.constant dense<7> : tensor<i32>\n"
                        "%r = stablehlo.pad %a, %p, low = [1, 0], high = [0, 0], interior = [3, 1] : (tensor<0x2xi32>, "
                        "tensor<i32>) -> tensor<1x3xi32>\nreturn %r : tensor<1x3xi32>",
                        {array_of(i32, {0, 2}, {})});
  CHECK(numbers(out) == doubles{7, 7, 7});
}

TEST_CASE("dynamic_slice: starts are clamped, whatever their type") {
  CHECK(sliced("tensor<i8>", 0) == doubles{1, 2});
  CHECK(sliced("tensor<i8>", 1) == doubles{2, 3});
  CHECK(sliced("tensor<i8>", 100) == doubles{2, 3});
  CHECK(sliced("tensor<i8>", -100) == doubles{1, 2});
  CHECK(sliced("tensor<ui64>", 0x1.8p63) == doubles{2, 3});  // negative if it were signed
}

TEST_CASE("dynamic_update_slice: starts are clamped and the operand keeps its value") {
  const auto out = text_testing::run<movement_ops>(
      "(%a: tensor<3xf32>, %u: tensor<2xf32>, %i: tensor<i32>) -> (tensor<3xf32>, tensor<3xf32>)",
      "%r = stablehlo.dynamic_update_slice %a, %u, %i : (tensor<3xf32>, tensor<2xf32>, tensor<i32>) -> tensor<3xf32>\n"
      "return %r, %a : tensor<3xf32>, tensor<3xf32>",
      {one_two_three, array_of(f32, {2}, {8, 9}), array_of(i32, {}, {5})});
  CHECK(numbers(out[0]) == doubles{1, 8, 9});
  CHECK(numbers(out[1]) == doubles{1, 2, 3});
}

TEST_CASE("transpose and reverse: each element goes where it belongs, also tile by tile") {
  doubles in, expected;
  for (int i = 0; i < 40 * 24; ++i) in.push_back(i);
  for (int i = 0; i < 24; ++i) {
    for (int j = 0; j < 40; ++j) expected.push_back(j * 24 + i);
  }
  CHECK(numbers(run("(%a: tensor<40x24xf32>) -> tensor<24x40xf32>", transpose_40_24, {array_of(f32, {40, 24}, in)})) ==
        expected);
  CHECK(numbers(run("(%a: tensor<2x3xui8>) -> tensor<2x3xui8>",
                    "%r = stablehlo.reverse %a, dims = [0, 1] : tensor<2x3xui8>\nreturn %r : tensor<2x3xui8>",
                    {array_of(ui8, {2, 3}, {1, 2, 3, 4, 5, 6})})) == doubles{6, 5, 4, 3, 2, 1});
}

TEST_CASE("broadcast_in_dim: dims may change places") {
  CHECK(numbers(run("(%a: tensor<2x3xi16>) -> tensor<3x2x2xi16>",
                    "%r = stablehlo.broadcast_in_dim %a, dims = [2, 0] : (tensor<2x3xi16>) -> tensor<3x2x2xi16>\n"
                    "return %r : tensor<3x2x2xi16>",
                    {array_of(i16, {2, 3}, {1, 2, 3, 4, 5, 6})})) == doubles{1, 4, 1, 4, 2, 5, 2, 5, 3, 6, 3, 6});
}

TEST_CASE("concatenate: empty parts add nothing") {
  CHECK(numbers(run("(%a: tensor<2x1xi32>, %b: tensor<2x0xi32>, %c: tensor<2x2xi32>) -> tensor<2x3xi32>",
                    "%r = stablehlo.concatenate %a, %b, %c, dim = 1 : (tensor<2x1xi32>, tensor<2x0xi32>, "
                    "tensor<2x2xi32>) -> tensor<2x3xi32>\nreturn %r : tensor<2x3xi32>",
                    {array_of(i32, {2, 1}, {1, 2}), array_of(i32, {2, 0}, {}), array_of(i32, {2, 2}, {3, 4, 5, 6})})) ==
        doubles{1, 3, 4, 2, 5, 6});
}

TEST_CASE("widened floats and complex numbers move without a loss") {
  array a(f32, std::vector<std::int64_t>{40, 24}, numerics::widened);
  for (double& x : a.mutable_elements<double>()) x = 1 + 0x1p-40;
  const array b = run("(%a: tensor<40x24xf32>) -> tensor<24x40xf32>", transpose_40_24, {a}, numerics::widened);
  CHECK(b.elements<double>()[77] == 1 + 0x1p-40);
  array c(complex_f32, std::vector<std::int64_t>{2}, numerics::widened);
  const std::complex<double> x{1, 2}, y{3, 4};
  c.mutable_elements<std::complex<double>>()[0] = x;
  c.mutable_elements<std::complex<double>>()[1] = y;
  const array d =
      run("(%a: tensor<2xcomplex<f32>>) -> tensor<2xcomplex<f32>>",
          "%r = stablehlo.reverse %a, dims = [0] : tensor<2xcomplex<f32>>\nreturn %r : tensor<2xcomplex<f32>>", {c},
          numerics::widened);
  CHECK(d.elements<std::complex<double>>()[0] == y);
  CHECK(d.elements<std::complex<double>>()[1] == x);
}

TEST_CASE("sizes at run time: results take them, and wrong ones are refused") {
  const auto slice = [](double start, double limit, double stride) {
    return run("(%a: tensor<3xf32>, %s: tensor<1xi32>, %l: tensor<1xi32>, %t: tensor<1xi32>) -> tensor<?xf32>",
               "%r = stablehlo.real_dynamic_slice %a, %s, %l, %t : (tensor<3xf32>, tensor<1xi32>, tensor<1xi32>, "
               "tensor<1xi32>) -> tensor<?xf32>\nreturn %r : tensor<?xf32>",
               {one_two_three, array_of(i32, {1}, {start}), array_of(i32, {1}, {limit}), array_of(i32, {1}, {stride})});
  };
  CHECK(numbers(slice(0, 3, 2)) == doubles{1, 3});
  CHECK(numbers(slice(1, 1, 1)) == doubles{});
  CHECK_THROWS_AS(slice(0, 4, 1), execution_error);
  CHECK_THROWS_AS(slice(-1, 2, 1), execution_error);
  CHECK_THROWS_AS(slice(2, 1, 1), execution_error);
  CHECK_THROWS_AS(slice(0, 3, 0), execution_error);

  const auto reshape = [](double size) {
    return run("(%a: tensor<3xf32>, %s: tensor<2xi64>) -> tensor<?x?xf32>",
               "%r = stablehlo.dynamic_reshape %a, %s : (tensor<3xf32>, tensor<2xi64>) -> tensor<?x?xf32>\n"
               "return %r : tensor<?x?xf32>",
               {one_two_three, array_of(i64, {2}, {size, 1})});
  };
  CHECK(reshape(3).dims()[0] == 3);
  CHECK_THROWS_AS(reshape(4), execution_error);
  CHECK_THROWS_AS(reshape(-3), execution_error);

  const auto set = [](double size) {
    return run("(%a: tensor<3xf32>, %s: tensor<i32>) -> tensor<?xf32>",
               "%r = stablehlo.set_dimension_size %a, %s, dim = 0 : (tensor<3xf32>, tensor<i32>) -> tensor<?xf32>\n"
               "return %r : tensor<?xf32>",
               {one_two_three, array_of(i32, {}, {size})});
  };
  CHECK(numbers(set(2)) == doubles{1, 2});
  CHECK_THROWS_AS(set(4), execution_error);

  CHECK(numbers(run("(%s: tensor<2xi64>) -> tensor<?x?xi8>",
                    "%r = stablehlo.dynamic_iota %s, dim = 0 : (tensor<2xi64>) -> tensor<?x?xi8>\n"
                    "return %r : tensor<?x?xi8>",
                    {array_of(i64, {2}, {2, 2})})) == doubles{0, 0, 1, 1});
}
