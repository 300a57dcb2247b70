// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Random programs under random tactics on random meshes: each partitioned program computes what its original does,
// value by value. PARTITA_RANDOM_CASES and PARTITA_RANDOM_SEED make the run longer or another one. A case that fails is
// made small and printed.

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <partita/interpret/verify.hpp>
#include <partita/ir/equal.hpp>
#include <partita/search/random_tactics.hpp>
#include <partita/stablehlo/print.hpp>
#include <partita/stablehlo/read.hpp>

#include "support/kernels.hpp"
#include "support/random_program.hpp"
#include "support/shrink.hpp"

namespace {

using namespace partita;
using testing::partition_case;

constexpr const char* meshes[] = {"a=2", "a=3", "a=2,b=2", "a=2,b=3", "a=4,b=2", "a=2,b=2,c=2"};

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

partition_case draw_case(std::uint64_t seed) {
  split_mix random(seed ^ 0x9a11e7ull);
  partition_case c;
  c.seed = seed;
  c.program = testing::random_program{.seed = seed, .ops = 5 + random.below(56)}();
  c.mesh = meshes[random.below(std::size(meshes))];
  c.options.outputs = static_cast<output_policy>(random.below(3));
  c.options.share_gathers = random.below(2) == 0;
  const program_facts<stablehlo_ops> facts(c.program);
  partitioning<stablehlo_ops> p(facts, parse_mesh(c.mesh).sizes());
  for (const auto& tactic :
       random_tactics{.tactics = 1 + random.below(4), .actions = 1 + random.below(5), .seed = seed}(p))
    c.tactics.emplace_back(tactic.begin(), tactic.end());
  return c;
}

struct totals {
  std::size_t ops = 0, values = 0, collectives = 0, communicating = 0, summing_loops = 0;
};

/// Empty when the partitioned program agrees, else what is wrong.
std::string failure_of(const partition_case& c, const interpret::run_options& run = {}, totals* seen = nullptr) {
  const char* stage = "partitioning";
  try {
    const program_facts<stablehlo_ops> facts(c.program);
    const device_mesh mesh = parse_mesh(c.mesh);
    partitioning<stablehlo_ops> p(facts, mesh.sizes());
    testing::apply_tactics(p, c);
    stage = "lowering";
    const auto local = p.lower(c.options);
    stage = "execution";
    const auto report = interpret::verify(c.program, local, mesh.sizes(), {.seed = c.seed, .run = run});
    if (seen != nullptr) {
      seen->ops += c.program.op_count();
      seen->values += report.values;
      seen->collectives += local.collectives.size();
      seen->communicating += local.collectives.empty() ? 0u : 1u;
      for (const accumulator& a : facts.flow.accumulators()) {
        bool sums = false;
        for (std::size_t axis = 0; axis < mesh.axis_count(); ++axis)
          sums = sums || p.state()(a.unit, static_cast<axis_index>(axis)).is_sum();
        seen->summing_loops += sums ? 1u : 0u;
      }
    }
    return report.agrees ? "" : "mismatch: " + report.mismatch;
  } catch (const std::exception& e) {
    return std::string(stage) + ": " + e.what();
  }
}

TEST_CASE("random programs under random tactics agree with the original") {
  const std::uint64_t cases = number_from_environment("PARTITA_RANDOM_CASES", 2000);
  const std::uint64_t first = number_from_environment("PARTITA_RANDOM_SEED", 1);
  MESSAGE("seeds ", first, " to ", first + cases - 1);
  totals seen;
  for (std::uint64_t seed = first; seed < first + cases; ++seed) {
    CAPTURE(seed);
    const partition_case c = draw_case(seed);
    const std::string failure = failure_of(c, {}, &seen);
    if (failure.empty()) continue;
    const auto judge = [](const partition_case& smaller) { return failure_of(smaller); };
    const partition_case small = testing::shrink(c, judge);
    FAIL_CHECK("seed ", seed, ": ", failure, "\nsmaller: ", judge(small), "\n", testing::describe(small));
  }
  MESSAGE(seen.ops, " ops, ", seen.values, " values compared, ", seen.collectives, " collectives in ",
          seen.communicating, " of ", cases, " programs, ", seen.summing_loops, " partial sums carried by loops");
  CHECK(2 * seen.communicating > cases);
  CHECK(50 * seen.summing_loops > cases);
}

TEST_CASE("random programs read back equal from their text") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    const graph g = testing::random_program{.seed = seed, .ops = 5 + seed % 56}();
    const auto read = stablehlo::read(stablehlo::print(g));
    REQUIRE(read.functions.size() == 1);
    CHECK(equal(read.functions[0].graph, g));
  }
}

TEST_CASE("a collective that leaves out a device is noticed, and the case made small") {
  interpret::run_options broken;
  broken.faults = {{.of = interpret::fault::kind::drop, .collective = 0, .device = 0}};
  const auto judge = [&](const partition_case& c) { return failure_of(c, broken); };
  std::size_t noticed = 0;
  for (std::uint64_t seed = 1; noticed < 5 && seed < 200; ++seed) {
    CAPTURE(seed);
    const partition_case c = draw_case(seed);
    const std::string failure = judge(c);
    if (!failure.starts_with("mismatch")) continue;  // no collective, or one whose zeros change nothing
    ++noticed;
    const partition_case small = testing::shrink(c, judge);
    INFO(testing::describe(small));
    CHECK(judge(small).starts_with("mismatch"));
    CHECK(small.program.op_count() <= c.program.op_count());
    CHECK(small.program.op_count() <= 24);
    CHECK(small.tactics.size() <= 2);
    CHECK(failure_of(small) == "");  // nothing is wrong but the fault
  }
  CHECK(noticed == 5);
}

}  // namespace
