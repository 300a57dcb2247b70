// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Lesson 1: a first plan. Read a training step that JAX wrote, say how to shard it, look at what that costs.

#include <iostream>

#include <partita/partita.hpp>
#include <partita/report/terminal.hpp>
#include <partita/stablehlo.hpp>
#include <partita/stablehlo/file.hpp>

int main(int argc, char** argv) {
  using namespace partita;
  // A step is a function (params, opt_state, data) -> (params, opt_state, loss). Values have the names that they had
  // in Python, with slashes.
  const auto step = stablehlo::read_file(argc > 1 ? argv[1] : "tests/data/mlp_train.mlir");

  // Eight devices in two groups of axes; their names are ours to choose.
  constexpr auto mesh = make_mesh(axis<"batch", 4>, axis<"model", 2>);

  // Data parallelism splits the examples of a batch over one axis. It says nothing of parameters: their gradients become
  // partial sums, and the plan has one all_reduce for each.
  constexpr auto BP = shard<"batch">("batch/*", 0);
  // Model parallelism splits the first layer by columns. The second layer's rows follow by inference.
  constexpr auto MP = shard<"model">("params/l1/w", 1);

  const auto plan = partition(step, mesh, BP >> MP, tpu_v3);
  std::cout << summary(plan) << "\n" << explain(plan, 5) << "\n" << remarks(plan);
  for (const auto& input : plan.inputs) {
    std::cout << "  " << input.name << "  " << to_string(input.type) << "  " << to_string(input.at, input.type.rank(), plan.mesh) << "\n";
  }
}
