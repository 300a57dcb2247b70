// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The schedules under examples/schedules: each parses, selects what it names, and is applied to its program as written.

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/plan/collectives_of.hpp>
#include <partita/tactic/print_schedule.hpp>

#include "support/data.hpp"
#include "support/programs.hpp"

namespace {

using namespace partita;

std::vector<std::filesystem::path> expert_schedules() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(testing::source_folder() / "examples" / "schedules")) {
    if (entry.path().extension() == ".sched" && entry.path().filename() != "zero3.sched") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string model_of(const std::filesystem::path& schedule) {
  const std::string name = schedule.filename().string();
  return name.substr(0, name.find('.'));
}

/// Applies a schedule on the mesh that it was written for: every selector matches something. At full size every term is
/// applied and every tactic decides something.
void check_applies(const program_facts<stablehlo_ops>& facts, const std::filesystem::path& file, bool at_full_size) {
  CAPTURE(file.filename().string());
  const schedule s = testing::schedule_file(file.string());
  // Multi-query attention splits the 48 examples over all devices: 16 divide them, 32 do not.
  const device_mesh mesh = parse_mesh(model_of(file) == "paper_it32_mq" ? "batch=8,model=2" : "batch=8,model=4");
  partitioning<stablehlo_ops> p(facts, mesh.sizes());
  std::size_t skipped = 0;
  for (const std::uint32_t tactic : s.sequence()) {
    resolution r;
    // Throws, with the selector, where one matches nothing.
    REQUIRE_NOTHROW_MESSAGE(r = resolve(s, tactic, p.state(), mesh, facts.stacks), name_of(s, tactic));
    skipped += r.skipped.size();
    const std::uint64_t before = p.state().hash();
    p.apply(r.actions);
    if (at_full_size) CHECK_MESSAGE(p.state().hash() != before, name_of(s, tactic), " changes nothing");
  }
  if (at_full_size) CHECK(skipped == 0);
}

}  // namespace

TEST_CASE("every model of the study has the schedules that its table names") {
  std::vector<std::string> names;
  for (const auto& file : expert_schedules()) names.push_back(file.stem().string());
  CHECK(names.size() >= 62);
  for (const char* wanted : {"moe.BP+EP", "long_context.SP", "paper_gns.ES", "gns.BP", "paper_t32.BP+MP+Z3+EMB", "paper_it32_mq.BP+MP+MQ"}) {
    CHECK_MESSAGE(std::find(names.begin(), names.end(), wanted) != names.end(), wanted);
  }
}

TEST_CASE("every expert schedule selects something in the small form of its model") {
  // All but gns, whose small form has fewer layers in its multi-layer perceptrons.
  for (const char* name : {"lstm", "mlp", "mlp_train", "moe", "paper_t32", "pde_stencil", "t32", "t32_scan", "unet"}) {
    const graph g = testing::small_program(name);
    const program_facts<stablehlo_ops> facts(g);
    for (const auto& file : expert_schedules()) {
      if (model_of(file) == name) check_applies(facts, file, false);
    }
  }
}

TEST_CASE("every expert schedule is applied as written to its model at full size") {
  const auto folder = testing::shared_file("models/full");
  if (!folder) return;
  std::string read;
  std::optional<graph> g;
  std::optional<program_facts<stablehlo_ops>> facts;
  for (const auto& file : expert_schedules()) {
    if (model_of(file) != read) {
      read = model_of(file);
      facts.reset();
      g.emplace(stablehlo::read_file((*folder / (read + ".mlir.gz")).string()));
      facts.emplace(*g);
    }
    check_applies(*facts, file, true);
  }
}

TEST_CASE("tokens of the expert-parallel schedule travel by all_to_all") {
  const graph g = testing::small_program("moe");
  const auto file = testing::source_folder() / "examples" / "schedules" / "moe.BP+EP.sched";
  const auto n = collectives_of(g, make_mesh(axis<"batch", 8>), testing::schedule_file(file.string()));
  // Two layers: to the experts and back, both again for the gradients, and back once more for the gradient of the weights
  // that combine what the experts made.
  CHECK(n.all_to_all == 2 * 5);
  CHECK(n.all_gather == 0);
}
