// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand from the StableHLO specification: one feature of 1, 3 and one of 2, 6, with
// means 2 and 4 and variances 1 and 4.
#include "matrix_testing.hpp"

using namespace matrix_testing;

namespace {

const std::string matrix = "tensor<2x2xf64>", vector = "tensor<2xf64>";
const std::string attributes = " {epsilon = 0.0 : f32, feature_index = 1 : i64} : ";

}  // namespace

TEST_CASE("batch_norm_training: statistics over all dims but the features'") {
  const auto results =
      run_all("(%x: " + matrix + ", %s: " + vector + ", %o: " + vector + ") -> (" + matrix + ", " + vector + ", " +
                  vector + ")",
              "%y, %m, %v = \"stablehlo.batch_norm_training\"(%x, %s, %o)" + attributes + "(" + matrix + ", " + vector +
                  ", " + vector + ") -> (" + matrix + ", " + vector + ", " + vector +
                  ")\nreturn %y, %m, %v : " + matrix + ", " + vector + ", " + vector,
              {array_of(f64, {2, 2}, {1, 2, 3, 6}), array_of(f64, {2}, {1, 10}), array_of(f64, {2}, {0, 5})});
  CHECK(numbers(results[0]) == doubles{-1, -5, 1, 15});
  CHECK(numbers(results[1]) == doubles{2, 4});
  CHECK(numbers(results[2]) == doubles{1, 4});
}

TEST_CASE("batch_norm_inference: statistics are operands") {
  CHECK(run("(%x: " + matrix + ", %s: " + vector + ", %v: " + vector + ") -> " + matrix,
            "%y = \"stablehlo.batch_norm_inference\"(%x, %s, %s, %s, %v)" + attributes + "(" + matrix + ", " + vector +
                ", " + vector + ", " + vector + ", " + vector + ") -> " + matrix + "\nreturn %y : " + matrix,
            {array_of(f64, {2, 2}, {1, 2, 3, 6}), array_of(f64, {2}, {1, 2}), array_of(f64, {2}, {4, 1})}) ==
        doubles{1, 2, 2, 10});
}

TEST_CASE("batch_norm_grad: gradients of a line and of a shift") {
  const auto results =
      run_all("(%x: " + matrix + ", %s: " + vector + ", %m: " + vector + ", %v: " + vector + ", %g: " + matrix +
                  ") -> (" + matrix + ", " + vector + ", " + vector + ")",
              "%a, %b, %c = \"stablehlo.batch_norm_grad\"(%x, %s, %m, %v, %g)" + attributes + "(" + matrix + ", " +
                  vector + ", " + vector + ", " + vector + ", " + matrix + ") -> (" + matrix + ", " + vector + ", " +
                  vector + ")\nreturn %a, %b, %c : " + matrix + ", " + vector + ", " + vector,
              {array_of(f64, {2, 2}, {1, 2, 3, 6}), array_of(f64, {2}, {1, 1}), array_of(f64, {2}, {2, 4}),
               array_of(f64, {2}, {1, 4}), array_of(f64, {2, 2}, {1, 1, 1, 3})});
  // Of two elements any change of the input is undone by the normalization.
  CHECK(numbers(results[0]) == doubles{0, 0, 0, 0});
  CHECK(numbers(results[1]) == doubles{-1 + 1, -1 + 3});
  CHECK(numbers(results[2]) == doubles{2, 4});
}
