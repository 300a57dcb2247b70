// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand.
#include "matrix_testing.hpp"

using namespace matrix_testing;

namespace {

doubles factor(const std::string& lower, const doubles& a, element_type e = f64, const std::string& name = "f64") {
  const std::string t = "tensor<2x2x" + name + ">";
  return run("(%a: " + t + ") -> " + t,
             "%r = stablehlo.cholesky %a, lower = " + lower + " : " + t + "\nreturn %r : " + t,
             {array_of(e, {2, 2}, a)});
}

}  // namespace

TEST_CASE("cholesky: reads and writes one triangle, and gives NaN where there is no factor") {
  CHECK(factor("true", {4, 99, 6, 13}) == doubles{2, 0, 3, 2});
  CHECK(factor("false", {4, 6, 99, 13}) == doubles{2, 3, 0, 2});
  CHECK(factor("true", {4, 6, 6, 13}, bf16, "bf16") == doubles{2, 0, 3, 2});
  for (const double x : factor("true", {1, 2, 2, 1})) CHECK(std::isnan(x));
  CHECK(run("(%a: tensor<2x0x0xf32>) -> tensor<2x0x0xf32>",
            "%r = stablehlo.cholesky %a, lower = true : tensor<2x0x0xf32>\nreturn %r : tensor<2x0x0xf32>",
            {array_of(f32, {2, 0, 0}, {})}) == doubles{});
}

TEST_CASE("triangular_solve: either side, either triangle, transposed or not; the other triangle is not read") {
  const auto solve = [](bool left, bool lower, bool unit, const std::string& transpose, const doubles& a) {
    const auto word = [](bool b) { return std::string(b ? "true" : "false"); };
    const std::string b = left ? "tensor<2x1xf64>" : "tensor<1x2xf64>";
    return run("(%a: tensor<2x2xf64>, %b: " + b + ") -> " + b,
               "%r = \"stablehlo.triangular_solve\"(%a, %b) {left_side = " + word(left) + ", lower = " + word(lower) +
                   ", unit_diagonal = " + word(unit) + ", transpose_a = #stablehlo<transpose " + transpose +
                   ">} : (tensor<2x2xf64>, " + b + ") -> " + b + "\nreturn %r : " + b,
               {array_of(f64, {2, 2}, a),
                array_of(f64, left ? std::vector<std::int64_t>{2, 1} : std::vector<std::int64_t>{1, 2}, {4, 11})});
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(solve(true, true, false, "NO_TRANSPOSE", {2, nan, 3, 5}) == doubles{2, 1});
  CHECK(solve(true, true, true, "NO_TRANSPOSE", {nan, nan, 3, nan}) == doubles{4, -1});
  CHECK(solve(true, false, false, "TRANSPOSE", {2, 3, nan, 5}) == doubles{2, 1});
  CHECK(solve(false, false, false, "NO_TRANSPOSE", {2, 3, nan, 5}) == doubles{2, 1});
  CHECK(solve(false, true, false, "ADJOINT", {2, nan, 3, 5}) == doubles{2, 1});
}
