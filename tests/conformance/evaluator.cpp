// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The estimate that a search keeps up to date, against lowering and simulating the whole program: random states of real
// programs, small ones and those of full size.

#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include <partita/mesh.hpp>
#include <partita/plan/partition.hpp>
#include <partita/stablehlo/file.hpp>

#include "support/data.hpp"
#include "support/random_walk.hpp"

namespace {

using namespace partita;

void walk_all(const std::filesystem::path& folder, int steps) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string file = entry.path().filename().string();
    if (file.find(".mlir") == std::string::npos) continue;
    CAPTURE(file);
    const graph g = stablehlo::read_file(entry.path().string());
    for (const char* text : {"batch=4,model=2", "batch=2,model=2,x=2"}) {
      CAPTURE(text);
      const device_mesh mesh = parse_mesh(text);
      testing::walk(g, mesh.sizes(), default_target(tpu_v3, mesh), steps, 1);
    }
  }
}

TEST_CASE("kept estimates of the project's programs are those of the whole program") { walk_all(testing::data_file(""), 20); }

TEST_CASE("kept estimates of full-size programs are those of the whole program") {
  if (const auto folder = testing::shared_file("models/full")) walk_all(*folder, 5);
}

}  // namespace
