// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// An estimate that is kept up to date is that of the whole program, whatever was applied and undone before.

#include <doctest/doctest.h>

#include <partita/mesh.hpp>
#include <partita/plan/partition.hpp>
#include <partita/stablehlo/file.hpp>

#include "support/data.hpp"
#include "support/random_walk.hpp"

namespace {

using namespace partita;

void walk(const std::string& file, const char* mesh_text, unsigned seed) {
  CAPTURE(file);
  const graph g = stablehlo::read_file(testing::data_file(file));
  const device_mesh mesh = parse_mesh(mesh_text);
  testing::walk(g, mesh.sizes(), default_target(tpu_v3, mesh), 30, seed);
}

TEST_CASE("the estimate of a training step follows its decisions") { walk("mlp_train.mlir", "a=4,b=2,c=2", 1); }
TEST_CASE("the estimate of a loop follows its decisions") { walk("loop.mlir", "a=2,b=2", 2); }
TEST_CASE("a constant that a loop uses is made again behind it") {
  const graph g = stablehlo::read(R"(
func.func @main(%x: tensor<4x4xf32>, %n: tensor<i32>) -> tensor<4x4xf32> {
  %c = stablehlo.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0], [9.0, 8.0, 7.0, 6.0], [5.0, 4.0, 3.0, 2.0]]> : tensor<4x4xf32>
  %zero = stablehlo.constant dense<0> : tensor<i32>
  %one = stablehlo.constant dense<1> : tensor<i32>
  %0:2 = stablehlo.while(%y = %x, %i = %zero) : tensor<4x4xf32>, tensor<i32> cond {
    %1 = stablehlo.compare LT, %i, %n : (tensor<i32>, tensor<i32>) -> tensor<i1>
    stablehlo.return %1 : tensor<i1>
  } do {
    %1 = stablehlo.dot_general %y, %c, contracting_dims = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
    %2 = stablehlo.add %i, %one : tensor<i32>
    stablehlo.return %1, %2 : tensor<4x4xf32>, tensor<i32>
  }
  %3 = stablehlo.dot_general %0#0, %c, contracting_dims = [1] x [0] : (tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<4x4xf32>
  return %3 : tensor<4x4xf32>
}
)").entry();
  const device_mesh mesh = parse_mesh("a=2,b=2");
  testing::walk(g, mesh.sizes(), default_target(tpu_v3, mesh), 10, 4);
}
TEST_CASE("the estimate of loops in layers follows their decisions") { walk("t32_scan.mlir.gz", "a=4,b=2", 3); }

}  // namespace
