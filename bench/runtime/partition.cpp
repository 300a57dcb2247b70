// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// From text to plan on the training step of a 32-layer transformer: reading, propagating, lowering, estimating.

#include <fstream>
#include <iterator>
#include <string>

#include <benchmark/benchmark.h>

#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>
#include <partita/stablehlo/file.hpp>

namespace {

using namespace partita;

constexpr auto devices = make_mesh(axis<"batch", 8>, axis<"model", 4>);

const graph& step() {
  static const graph g = stablehlo::read_file("tests/data/paper_t32.mlir.gz");
  return g;
}

schedule zero3() {
  std::ifstream file("examples/schedules/zero3.sched");
  return parse_schedule(std::string(std::istreambuf_iterator<char>(file), {}), "zero3.sched");
}

void read(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(stablehlo::read_file("tests/data/paper_t32.mlir.gz").op_count());
}

void facts(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(program_facts(step()).rules.size());
}

void propagate_and_lower(benchmark::State& state) {
  const schedule s = zero3();
  const program_facts facts(step());
  for (auto _ : state) {
    partitioning p(facts, devices.sizes());
    for (const std::uint32_t tactic : s.sequence()) {
      p.apply(resolve(s, tactic, p.state(), devices, facts.stacks).actions);
    }
    benchmark::DoNotOptimize(p.lower({}).collectives.size());
  }
}

void estimate_program(benchmark::State& state) {
  const auto plan = partition(step(), devices, zero3(), tpu_v3);
  const auto where = default_target(tpu_v3, devices);
  for (auto _ : state) {
    benchmark::DoNotOptimize(simulate(plan.program.graph, where.device, where.topology, where.cost).step_time_s);
  }
}

void plan_with_reports(benchmark::State& state) {
  const schedule s = zero3();
  for (auto _ : state) benchmark::DoNotOptimize(partition(step(), devices, s, tpu_v3).tactics.size());
}

BENCHMARK(read)->Unit(benchmark::kMillisecond);
BENCHMARK(facts)->Unit(benchmark::kMillisecond);
BENCHMARK(propagate_and_lower)->Unit(benchmark::kMillisecond);
BENCHMARK(estimate_program)->Unit(benchmark::kMillisecond);
BENCHMARK(plan_with_reports)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
