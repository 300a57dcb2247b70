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
TEST_CASE("the estimate of loops in layers follows their decisions") { walk("t32_scan.mlir.gz", "a=4,b=2", 3); }

}  // namespace
