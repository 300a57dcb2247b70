// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Small training steps and simulations that JAX wrote, with the schedules that experts use for them.

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <partita/mesh.hpp>
#include <partita/stablehlo.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "data.hpp"

namespace partita::testing {

/// Programs under tests/data that have the schedules NAME.Z2.sched and NAME.Z3.sched, on axes batch and model.
inline constexpr std::string_view small_programs[] = {"mlp_train", "t32", "t32_scan", "lstm", "moe", "gns", "unet"};

[[nodiscard]] inline graph small_program(std::string_view name) {
  const std::string plain = data_file(std::string(name) + ".mlir");
  return stablehlo::read_file(std::filesystem::exists(plain) ? plain : plain + ".gz");
}

[[nodiscard]] inline schedule schedule_file(const std::string& path) {
  std::ifstream file(path);
  REQUIRE_MESSAGE(file.good(), path);
  return parse_schedule(std::string(std::istreambuf_iterator<char>(file), {}), path);
}

/// @param strategy "Z2" or "Z3": data parallel, then model parallel, then ZeRO of that stage
[[nodiscard]] inline schedule small_schedule(std::string_view name, std::string_view strategy) {
  return schedule_file(data_file("schedules/" + std::string(name) + "." + std::string(strategy) + ".sched"));
}

}  // namespace partita::testing
