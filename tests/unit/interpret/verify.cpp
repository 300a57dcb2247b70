// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// verify agrees with right plans and notices what changes data: every fault of every collective, and wrong layouts.

#include <partita/interpret/verify.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/mesh.hpp>
#include <partita/search/partitioning.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/data.hpp"
#include "support/kernels.hpp"

namespace {

using namespace partita;
using interpret::fault;

struct partitioned_program {
  graph original;
  device_mesh mesh;
  local_program<stablehlo_ops> local;

  partitioned_program(const std::string& file, const char* mesh_text, const char* schedule_text)
      : original(stablehlo::read_file(testing::data_file(file))), mesh(parse_mesh(mesh_text)) {
    const program_facts<stablehlo_ops> facts(original);
    partitioning<stablehlo_ops> p(facts, mesh.sizes());
    const schedule s = parse_schedule(schedule_text, "schedule");
    for (const std::uint32_t t : s.sequence()) p.apply(resolve(s, t, p.state(), mesh, facts.stacks).actions);
    local = p.lower();
  }
  [[nodiscard]] interpret::verify_report verify(std::vector<fault> faults = {}) const {
    interpret::verify_options options;
    options.run.faults = std::move(faults);
    return interpret::verify(original, local, mesh.sizes(), options);
  }
};

constexpr const char* step_schedule = R"(shard<"batch">("x", 0) >> shard<"model">("w1", 1) >> shard<"batch">("w1", 0) * shard<"batch">("w2", 1))";

TEST_CASE("a right plan agrees, to the last digits of f64") {
  const partitioned_program p("mlp.mlir", "batch=4,model=2", step_schedule);
  const auto report = p.verify();
  CHECK_MESSAGE(report.agrees, report.mismatch);
  CHECK(report.values >= 2);
  CHECK(report.largest_error < 1e-14);
  CHECK(report.largest_own_error() < 1e-6);  // 24 bits
  REQUIRE(report.own_types.size() == 1);
}

TEST_CASE("every fault of every collective that changes data is noticed") {
  const partitioned_program p("mlp.mlir", "batch=4,model=2", step_schedule);
  REQUIRE(p.local.collectives.size() == 3);
  for (const auto kind : {fault::kind::drop, fault::kind::duplicate, fault::kind::corrupt, fault::kind::skip, fault::kind::swap}) {
    for (std::size_t collective = 0; collective < 3; ++collective) {
      const bool gathers = p.local.collectives[collective].kind == collective_kind::all_gather;
      const bool reduces = p.local.collectives[collective].kind == collective_kind::all_reduce;
      // A gather that does not take place has results of the wrong size; what all members get cannot change places.
      if (kind == fault::kind::skip && gathers) continue;
      if (kind == fault::kind::swap && (gathers || reduces)) continue;
      for (std::uint32_t device = 0; device < 8; ++device) {
        // Another device of the group: along model, or along batch.
        const std::uint32_t other = reduces ? device ^ 1u : (device + 2) % 8;
        INFO(name_of(kind), " in collective ", collective, " on device ", device);
        const auto report = p.verify({{kind, collective, device, other}});
        CHECK_FALSE(report.agrees);
        CHECK(report.mismatch.find("device") != std::string::npos);
      }
    }
  }
}

TEST_CASE("the first wrong op is named, in the order of the original") {
  const partitioned_program p("mlp.mlir", "batch=4,model=2", step_schedule);
  // The gather of w1 feeds the first product, the sum comes after the second.
  const auto report = p.verify({{fault::kind::corrupt, 0, 5, 0}});
  CHECK_FALSE(report.agrees);
  CHECK(report.mismatch.find("result of stablehlo.dot_general") == 0);
  const auto later = p.verify({{fault::kind::skip, 2, 5, 0}});
  CHECK_FALSE(later.agrees);
  CHECK(later.mismatch.find("result") == 0);
}

TEST_CASE("a layout that is not what the program makes is noticed") {
  partitioned_program p("mlp.mlir", "batch=2,model=2", R"(shard<"batch">("x", 0))");
  REQUIRE(p.local.results[0].splits.size() == 1);
  p.local.results[0] = {};
  const auto whole = p.verify();
  CHECK_FALSE(whole.agrees);
  CHECK(whole.mismatch.find("holds tensor<128x8xf32> where tensor<256x8xf32> is right") != std::string::npos);
  p.local.results[0].add(0, 1);  // the other axis
  CHECK_FALSE(p.verify().agrees);
}

TEST_CASE("loops are compared run by run") {
  const partitioned_program p("loop.mlir", "a=2", R"(shard<"a">("*", first_divisible_dim))");
  const auto report = p.verify();
  CHECK_MESSAGE(report.agrees, report.mismatch);
  CHECK(report.comparisons > report.values * 2);
}

}  // namespace
