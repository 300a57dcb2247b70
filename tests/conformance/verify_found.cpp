// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Every plan that a search finds for the tiny models computes what the program computes.

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <partita/interpret/verify.hpp>
#include <partita/partita.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/data.hpp"
#include "support/kernels.hpp"

namespace {

using namespace partita;

/// A device on which also tiny programs gain by being split: no latencies, slow at everything but communication.
device patient() {
  device d = tpu_v3;
  d.name = "patient";
  d.link_latency = d.launch_overhead = 0;
  d.memory_bandwidth /= 1000;
  return d;
}

constexpr std::string_view model_names[] = {"mlp", "mlp_train", "paper_t32", "t32", "t32_scan", "it32", "unet", "gns", "moe",
                                       "vit", "llama_prefill", "lstm", "long_context", "pde_stencil"};
struct wish {
  std::string_view mesh, schedule;
};
constexpr wish wishes[] = {
    {"batch=8", "automatic<\"batch\">(minimize(step_time))"},
    {"batch=4,model=2", "automatic<\"batch\", \"model\">(minimize(step_time))"},
    {"batch=2,model=2", "automatic<\"batch\", \"model\">(minimize(peak_memory))"},
    {"batch=2,model=2,x=2", "automatic<\"model\">(minimize(step_time)) >> automatic<\"batch\", \"x\">(minimize(peak_memory))"},
};

}  // namespace

TEST_CASE("every plan found for a tiny model computes what the model does") {
  const auto folder = testing::shared_file("models/tiny");
  if (!folder) return;
  const device on = patient();
  std::size_t plans = 0, split = 0, moving = 0;
  for (const std::string_view name : model_names) {
    CAPTURE(name);
    const auto g = stablehlo::read_file((*folder / (std::string(name) + ".mlir")).string());
    const interpret::verifier verify(g);
    std::uint64_t seed = 0;
    for (const wish& w : wishes) {
      CAPTURE(w.mesh);
      const device_mesh mesh = parse_mesh(w.mesh);
      plan_options options;
      options.search = search_budget::of_evaluations(150);
      const auto p = partition(g, mesh, parse_schedule(w.schedule, "wish"), default_target(on, mesh), options, iterated_greedy{.seed = ++seed});
      const auto report = verify(p.program, mesh.sizes());
      CHECK_MESSAGE(report.agrees, report.mismatch, "\n", p.found_schedule);
      ++plans;
      bool any = false;
      for (const boundary_value& v : p.inputs) any = any || !v.at.splits.empty();
      split += any ? 1u : 0u;
      moving += count_collectives(p.program) == no_collectives ? 0u : 1u;
    }
  }
  MESSAGE(plans, " plans, ", split, " of them with split arguments, ", moving, " with collectives");
  // Else nothing was tried.
  CHECK(split > plans * 3 / 4);
  CHECK(moving > plans / 2);
}
