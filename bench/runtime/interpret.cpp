// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The interpreter on the small models of PARTITA_SHARED (../shared) with their inputs: on one device, and on eight
// virtual ones. interpret_jax.py puts the first beside XLA.
//
// `copies`: eight devices that each run the whole program, and say nothing to one another.
// `parts`: the program is split by batch and parameters, with its collectives.
// Counters compare processor time with that on one device, in turns: `copies` by eight times as much, since that is the
// work; `parts` by as much. 1 is what the devices themselves cost nothing.

#include <chrono>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include <partita/interpret/safetensors.hpp>
#include <partita/interpret/verify.hpp>
#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/tactic/parse_schedule.hpp>

extern template std::span<const partita::interpret::kernel_row>
partita::interpret::kernel_table<partita::stablehlo_ops>();

namespace {

using namespace partita;
using namespace partita::interpret;

constexpr auto mesh = make_mesh(axis<"batch", 4>, axis<"model", 2>);

std::string folder() {
  const char* set = std::getenv("PARTITA_SHARED");
  return (set != nullptr && *set != '\0' ? std::string(set) : std::string("../shared")) + "/models/tiny/";
}

struct model {
  graph program_text;
  program executable;
  std::vector<array> arguments;

  explicit model(const std::string& name) : program_text(stablehlo::read_file(folder() + name + ".mlir")), executable(program_text) {
    const auto inputs = read_safetensors(stablehlo::read_text(folder() + name + ".in.safetensors"), name);
    for (std::size_t i = 0; i < program_text.arguments().size(); ++i) {
      const auto& tensor = inputs.at(std::string(program_text.argument_name(i)));
      arguments.push_back(array_from_bytes(program_text.type(program_text.arguments()[i]), tensor.bytes, numerics::own));
    }
  }
  model(const model&) = delete;
  model& operator=(const model&) = delete;
};

const model& read(const std::string& name) {
  static std::map<std::string, model> known;
  return known.try_emplace(name, name).first->second;
}

void run_alone(const model& m) {
  benchmark::DoNotOptimize(run_on_devices(m.executable, {}, {m.arguments}, numerics::own));
}

void one_device(benchmark::State& state, const std::string& name) {
  const model& m = read(name);
  for (auto _ : state) run_alone(m);
  state.counters["ops"] = static_cast<double>(m.program_text.op_count());
  state.counters["ops_per_second"] =
      benchmark::Counter(static_cast<double>(m.program_text.op_count()), benchmark::Counter::kIsIterationInvariantRate);
}

/// Processor time of `other` over that of one device, and wall time over wall time.
template <class Other>
void compare(benchmark::State& state, const model& m, double share, const std::string& counter, const Other& other) {
  using clock = std::chrono::steady_clock;
  std::clock_t alone = 0, theirs = 0;
  clock::duration wall_alone{}, wall_theirs{};
  for (auto _ : state) {
    const std::clock_t start = std::clock();
    const auto wall_start = clock::now();
    run_alone(m);
    const std::clock_t middle = std::clock();
    const auto wall_middle = clock::now();
    other();
    wall_theirs += clock::now() - wall_middle;
    wall_alone += wall_middle - wall_start;
    theirs += std::clock() - middle;
    alone += middle - start;
  }
  state.counters[counter] = static_cast<double>(theirs) / (share * static_cast<double>(alone));
  state.counters["wall_" + counter] = static_cast<double>(wall_theirs.count()) / (share * static_cast<double>(wall_alone.count()));
}

void copies(benchmark::State& state, const std::string& name) {
  const model& m = read(name);
  device_grid grid;
  grid.partitions = 8;
  compare(state, m, 8, "over_eight_alone", [&] {
    benchmark::DoNotOptimize(run_on_devices(m.executable, grid, std::vector(8, m.arguments), numerics::own));
  });
}

void parts(benchmark::State& state, const std::string& name) {
  const model& m = read(name);
  const schedule s = parse_schedule(
      "shard<\"batch\">(\"*\", first_divisible_dim) >> shard<\"model\">(\"*\", first_divisible_dim)", "bench");
  const auto plan = partition(m.program_text, mesh, s, tpu_v3);
  const program local(plan.program.graph);
  const auto grid = device_grid::over(mesh.sizes());
  compare(state, m, 1, "over_one_alone", [&] {
    benchmark::DoNotOptimize(run_partitioned(plan.program, local, grid, m.arguments, numerics::own));
  });
  const collective_counts c = count_collectives(plan.program);
  const std::int64_t collectives = c.all_gather + c.all_reduce + c.reduce_scatter + c.all_to_all + c.collective_permute;
  state.counters["collectives"] = static_cast<double>(collectives);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  std::map<std::string, bool> names;
  std::error_code error;
  for (const auto& file : std::filesystem::directory_iterator(folder(), error)) {
    if (file.path().extension() == ".mlir") names[file.path().stem().string()] = true;
  }
  for (const auto& [name, _] : names) {
    benchmark::RegisterBenchmark(("one_device/" + name).c_str(), one_device, name)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("copies/" + name).c_str(), copies, name)->Unit(benchmark::kMillisecond);
    benchmark::RegisterBenchmark(("parts/" + name).c_str(), parts, name)->Unit(benchmark::kMillisecond);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
