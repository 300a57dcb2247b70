// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// From text to plan on training steps of transformers of 32 and, where PARTITA_SHARED has them, 8, 16 and 64
// layers: reading, deriving rules and data flow, propagating one tactic, lowering, estimating, whole plans.
//
// `per_op_64_to_32` of the whole plan over 64 layers is its time per op over that of 32 layers, measured in the
// same run: 1 is linear.

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/tactic/parse_schedule.hpp>

namespace {

using namespace partita;

constexpr auto devices = make_mesh(axis<"batch", 4>, axis<"model", 2>);

std::string shared_folder() {
  const char* set = std::getenv("PARTITA_SHARED");
  return (set != nullptr && *set != '\0' ? std::string(set) : std::string("../shared")) + "/models/full/";
}

const graph& program(const std::string& path) {
  static std::map<std::string, graph> read;
  const auto found = read.find(path);
  return found != read.end() ? found->second : read.emplace(path, stablehlo::read_file(path)).first->second;
}

constexpr std::string_view tactics =
    "MP = shard<\"model\">(\"params/*/linear/w\", 0) * shard<\"model\">(\"params/*/dense_up/w\", 2)\n"
    "   * shard<\"model\">(\"params/*/qkv_einsum/w\", 1) * shard<\"model\">(\"params/*/dense_down/w\", 0)\n"
    "Z3 = shard<\"batch\">(\"params/*/w\", first_divisible_dim) * shard<\"batch\">(\"opt_state/*/w\", "
    "first_divisible_dim)\n";

schedule written(const std::string& path, std::string_view sequence) {
  const std::string data = path.find("paper") != std::string::npos ? "data/*" : "batch/*";
  return parse_schedule(
      "BP = shard<\"batch\">(\"" + data + "\", 0)\n" + std::string(tactics) + std::string(sequence) + "\n", "bench");
}

void apply(partitioning<graph::ops>& p, const schedule& s) {
  for (const std::uint32_t tactic : s.sequence()) {
    p.apply(resolve(s, tactic, p.state(), devices, p.facts().stacks).actions);
  }
}

void count_ops(benchmark::State& state, const graph& g) {
  state.counters["ops"] = static_cast<double>(g.op_count());
  state.counters["ops_per_second"] =
      benchmark::Counter(static_cast<double>(g.op_count()), benchmark::Counter::kIsIterationInvariantRate);
}

void read(benchmark::State& state, const std::string& path) {
  const std::string text = stablehlo::read_text(path);
  for (auto _ : state) benchmark::DoNotOptimize(stablehlo::read(text).entry().op_count());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
  count_ops(state, program(path));
}

void rules_and_dataflow(benchmark::State& state, const std::string& path) {
  const graph& g = program(path);
  for (auto _ : state) benchmark::DoNotOptimize(program_facts(g).rules.size());
  count_ops(state, g);
}

void propagate(benchmark::State& state, const std::string& path) {
  const graph& g = program(path);
  const program_facts facts(g);
  partitioning p(facts, devices.sizes());
  const schedule s = written(path, "BP");
  const auto actions = resolve(s, 0, p.state(), devices, facts.stacks).actions;
  for (auto _ : state) {
    const auto before = p.here();
    p.apply(actions);
    p.undo(before);
  }
  count_ops(state, g);
}

void lower(benchmark::State& state, const std::string& path) {
  const graph& g = program(path);
  const program_facts facts(g);
  partitioning p(facts, devices.sizes());
  apply(p, written(path, "BP >> MP >> Z3"));
  for (auto _ : state) benchmark::DoNotOptimize(p.lower().collectives.size());
  count_ops(state, g);
}

void estimate_program(benchmark::State& state, const std::string& path) {
  const graph& g = program(path);
  const program_facts facts(g);
  partitioning p(facts, devices.sizes());
  apply(p, written(path, "BP >> MP >> Z3"));
  const auto local = p.lower();
  const auto where = default_target(tpu_v3, devices);
  for (auto _ : state) {
    benchmark::DoNotOptimize(simulate(local.graph, where.device, where.topology, where.cost).step_time_s);
  }
  count_ops(state, g);
}

void whole_plan(benchmark::State& state, const std::string& path, const std::string& sequence) {
  const graph& g = program(path);
  const schedule s = written(path, sequence);
  for (auto _ : state) benchmark::DoNotOptimize(partition(g, devices, s, tpu_v3).tactics.size());
  count_ops(state, g);
}

void linearity(benchmark::State& state, const std::string& path, const std::string& half_path) {
  const graph &g = program(path), &half = program(half_path);
  const schedule s = written(path, "BP >> MP >> Z3");
  std::clock_t whole_ticks = 0, half_ticks = 0;  // processor time: other processes do not count
  for (auto _ : state) {
    const std::clock_t start = std::clock();
    benchmark::DoNotOptimize(partition(half, devices, s, tpu_v3).tactics.size());
    const std::clock_t middle = std::clock();
    benchmark::DoNotOptimize(partition(g, devices, s, tpu_v3).tactics.size());
    half_ticks += middle - start;
    whole_ticks += std::clock() - middle;
  }
  state.counters["per_op_64_to_32"] = static_cast<double>(whole_ticks) / static_cast<double>(half_ticks) *
                                      static_cast<double>(half.op_count()) / static_cast<double>(g.op_count());
}

void add(const std::string& name, const std::string& path) {
  const auto unit = benchmark::kMillisecond;
  benchmark::RegisterBenchmark(("read/" + name).c_str(), read, path)->Unit(unit);
  benchmark::RegisterBenchmark(("rules_and_dataflow/" + name).c_str(), rules_and_dataflow, path)->Unit(unit);
  benchmark::RegisterBenchmark(("propagate_one_tactic/" + name).c_str(), propagate, path)->Unit(unit);
  benchmark::RegisterBenchmark(("lower/" + name).c_str(), lower, path)->Unit(unit);
  benchmark::RegisterBenchmark(("simulate/" + name).c_str(), estimate_program, path)->Unit(unit);
  benchmark::RegisterBenchmark(("plan_BP_MP/" + name).c_str(), whole_plan, path, std::string("BP >> MP"))->Unit(unit);
  benchmark::RegisterBenchmark(("plan_BP_MP_Z3/" + name).c_str(), whole_plan, path, std::string("BP >> MP >> Z3"))
      ->Unit(unit);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  add("paper_t32", "tests/data/paper_t32.mlir.gz");
  const std::string folder = shared_folder();
  std::error_code error;
  for (const std::string name : {"t32_8_layers", "t32_16_layers", "t32", "t32_64_layers"}) {
    const std::string path = folder + name + ".mlir.gz";
    if (std::filesystem::exists(path, error)) add(name, path);
  }
  const std::string half = folder + "t32.mlir.gz", whole = folder + "t32_64_layers.mlir.gz";
  if (std::filesystem::exists(half, error) && std::filesystem::exists(whole, error)) {
    benchmark::RegisterBenchmark("linearity/t32", linearity, whole, half)->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
