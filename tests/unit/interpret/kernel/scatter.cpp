// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand from the StableHLO specification.
#include <partita/interpret/kernel/scatter.hpp>

#include "text_testing.hpp"

namespace {

using namespace text_testing;
using enum element_type;
namespace op = partita::op;

struct scatter_test_ops
    : partita::op_set<op::constant, op::scatter_ops, op::add, op::subtract, op::compare, op::select> {};

// Combines two elements of `element` by these lines, which define %z of %x, the old one, and %y.
doubles scattered(const std::string& element, const std::string& lines, const array& into, const doubles& places,
                  const doubles& updates, std::int64_t width, numerics n = numerics::own) {
  const std::string scalar = "tensor<" + element + ">", count = std::to_string(places.size());
  const std::string result = "tensor<" + std::to_string(into.size()) + "x" + element + ">";
  const std::string update = "tensor<" + count + "x" + std::to_string(width) + "x" + element + ">";
  const std::string index = "tensor<" + count + "x1xi64>";
  const auto rows = static_cast<std::int64_t>(places.size());
  return numbers(text_testing::run<scatter_test_ops>(
      "(%a: " + result + ", %i: " + index + ", %u: " + update + ") -> " + result,
      "%r = \"stablehlo.scatter\"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = "
      "[1], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({\n^bb0(%x: " +
          scalar + ", %y: " + scalar + "):\n" + lines + "\nstablehlo.return %z : " + scalar + "\n}) : (" + result +
          ", " + index + ", " + update + ") -> " + result + "\nreturn %r : " + result,
      {into, array_of(i64, {rows, 1}, places, n), array_of(into.element(), {rows, width}, updates, n)}, n)[0]);
}
const std::string sum_f32 = "%z = stablehlo.add %x, %y : tensor<f32>";

}  // namespace

TEST_CASE("scatter: what falls outside is left out, element by element") {
  const array zeros = array_of(f32, {4}, {0, 0, 0, 0});
  CHECK(scattered("f32", sum_f32, zeros, {3}, {1, 2}, 2) == doubles{0, 0, 0, 1});
  CHECK(scattered("f32", sum_f32, zeros, {-1}, {1, 2}, 2) == doubles{2, 0, 0, 0});
  CHECK(scattered("f32", sum_f32, zeros, {4, -2, 0x1p62, -0x1p63}, {1, 2, 3, 4, 5, 6, 7, 8}, 2) == doubles{0, 0, 0, 0});
  CHECK(scattered("f32", sum_f32, zeros, {-1}, {1, 2, 3, 4}, 4) == doubles{2, 3, 4, 0});
  CHECK(scattered("f32", sum_f32, zeros, {}, {}, 2) == doubles{0, 0, 0, 0});
}

TEST_CASE("scatter: updates of one place combine in order") {
  const array into = array_of(i32, {3}, {10, 20, 30});
  CHECK(scattered("i32", "%z = stablehlo.add %x, %y : tensor<i32>", into, {1, 1, 1}, {1, 2, 3}, 1) ==
        doubles{10, 26, 30});
  CHECK(scattered("i32", "%z = stablehlo.subtract %y, %x : tensor<i32>", into, {1, 1}, {1, 2}, 1) ==
        doubles{10, 21, 30});  // 1 - 20 = -19, 2 + 19 = 21
  const std::string last = "%k = stablehlo.constant dense<0> : tensor<i32>\n%z = stablehlo.add %y, %k : tensor<i32>";
  CHECK(scattered("i32", last, into, {2, 2}, {7, 8}, 1) == doubles{10, 20, 8});
}

TEST_CASE("scatter: narrow floats round after each update, widened ones never") {
  const std::string sum = "%z = stablehlo.add %x, %y : tensor<bf16>";
  // Between 256 and 512 bf16 has the even numbers, and ties go to 256.
  CHECK(scattered("bf16", sum, array_of(bf16, {1}, {256}), {0, 0}, {1, 1}, 1) == doubles{256});
  CHECK(scattered("bf16", sum, array_of(bf16, {1}, {256}, numerics::widened), {0, 0}, {1, 1}, 1, numerics::widened) ==
        doubles{258});
}

TEST_CASE("scatter: several tensors together, by a region that is no single op") {
  const auto out = text_testing::run<scatter_test_ops>(
      "(%a: tensor<2xf32>, %b: tensor<2xi32>, %i: tensor<3x1xi32>, %u: tensor<3xf32>, %v: tensor<3xi32>) -> "
      "(tensor<2xf32>, tensor<2xi32>)",
      "%r:2 = \"stablehlo.scatter\"(%a, %b, %i, %u, %v) <{scatter_dimension_numbers = "
      "#stablehlo.scatter<inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({\n"
      "^bb0(%x: tensor<f32>, %m: tensor<i32>, %y: tensor<f32>, %n: tensor<i32>):\n"
      "%p = stablehlo.compare GE, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>\n"
      "%q = stablehlo.select %p, %x, %y : tensor<i1>, tensor<f32>\n"
      "%s = stablehlo.select %p, %m, %n : tensor<i1>, tensor<i32>\n"
      "stablehlo.return %q, %s : tensor<f32>, tensor<i32>\n"
      "}) : (tensor<2xf32>, tensor<2xi32>, tensor<3x1xi32>, tensor<3xf32>, tensor<3xi32>) -> (tensor<2xf32>, "
      "tensor<2xi32>)\nreturn %r#0, %r#1 : tensor<2xf32>, tensor<2xi32>",
      {array_of(f32, {2}, {0, 5}), array_of(i32, {2}, {-1, -1}), array_of(i32, {3, 1}, {0, 1, 0}),
       array_of(f32, {3}, {3, 4, 3}), array_of(i32, {3}, {0, 1, 2})});
  CHECK(numbers(out[0]) == doubles{3, 5});
  CHECK(numbers(out[1]) == doubles{0, -1});
}
