// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Automatic partitioning from end to end, on tests/data and, where PARTITA_SHARED has them, full-size programs: the
// analysis that finds the choices, the tree search on them, and the whole of partition() on one thread and on two.
//
//     build/bench/bench_automatic --benchmark_filter=/unet
//
// Rates of whole searches are per second of wall time, since threads are what they compare.

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include <benchmark/benchmark.h>

#include <partita/partita.hpp>
#include <partita/search/mcts.hpp>
#include <partita/search/parallel_greedy.hpp>
#include <partita/stablehlo.hpp>
#include <partita/stablehlo/file.hpp>

namespace {

using namespace partita;

constexpr auto devices = make_mesh(axis<"batch", 8>, axis<"model", 4>);

std::string shared_folder() {
  const char* set = std::getenv("PARTITA_SHARED");
  return (set != nullptr && *set != '\0' ? std::string(set) : std::string("../shared")) + "/models/full/";
}

const graph& program(const std::string& path) {
  static std::map<std::string, graph> read;
  const auto found = read.find(path);
  return found != read.end() ? found->second : read.emplace(path, stablehlo::read_file(path)).first->second;
}

void count_ops(benchmark::State& state, const graph& g) {
  state.counters["ops"] = static_cast<double>(g.op_count());
  state.counters["ops_per_second"] =
      benchmark::Counter(static_cast<double>(g.op_count()), benchmark::Counter::kIsIterationInvariantRate);
}

// --- analysis: of the program itself, with every layer --------------------------------------------------------------

void fold_program(benchmark::State& state, const std::string& path) {
  const graph& g = program(path);
  std::size_t folded = 0;
  for (auto _ : state) benchmark::DoNotOptimize(folded = fold(g).graph.op_count());
  count_ops(state, g);
  state.counters["folded_ops"] = static_cast<double>(folded);
}

void find_named_dims(benchmark::State& state, const std::string& path) {
  const graph& g = program(path);
  const program_facts facts(g);
  std::size_t colours = 0;
  for (auto _ : state) benchmark::DoNotOptimize(colours = named_dims(g, facts.rules, facts.flow, facts.stacks).size());
  count_ops(state, g);
  state.counters["colours"] = static_cast<double>(colours);
}

void find_conflicts(benchmark::State& state, const std::string& path) {
  const graph& g = program(path);
  const program_facts facts(g);
  const named_dims names(g, facts.rules, facts.flow, facts.stacks);
  std::size_t sets = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sets = dim_conflicts(g, facts.rules, names).size());
  count_ops(state, g);
  state.counters["sets"] = static_cast<double>(sets);
}

void find_choices(benchmark::State& state, const std::string& path) {
  const graph& g = program(path);
  const program_facts facts(g);
  std::size_t choices = 0;
  for (auto _ : state) benchmark::DoNotOptimize(choices = program_analysis(facts).choices.all().size());
  count_ops(state, g);
  state.counters["choices"] = static_cast<double>(choices);
}

// --- search ---------------------------------------------------------------------------------------------------------

/// Each evaluation is of a state that is new to the tree, as it stands. A first search also makes the pieces of the program
/// that it meets; others on the same problem find them made.
void tree_search(benchmark::State& state, const std::string& path, bool first) {
  const search_ground<graph::ops> ground(program(path));
  search_request request;
  for (std::size_t a = 0; a < devices.axis_count(); ++a) request.axes.push_back(static_cast<axis_index>(a));
  request.wanted.bounds.push_back({metric::peak_memory, device_memory});
  request.device_memory_bytes = tpu_v3.memory_bytes;
  using problem = partition_problem<graph::ops>;
  std::optional<problem> p;
  std::uint64_t evaluations = 0, nodes = 0, dropped = 0;
  for (auto _ : state) {
    if (first || !p) {
      state.PauseTiming();
      p.emplace(ground, devices.sizes(), default_target(tpu_v3, devices), lowering_options{}, request, list_view<plain_vector<action>>{});
      state.ResumeTiming();
    }
    mcts search(*p, mcts_options{}, direct_evaluation{});
    evaluations += search.continue_for(search_budget::of_evaluations(500)).evaluations;
    nodes += search.statistics().nodes;
    dropped += search.statistics().dropped;
  }
  const auto rate = [](std::uint64_t n) { return benchmark::Counter(static_cast<double>(n), benchmark::Counter::kIsRate); };
  state.counters["expansions_per_second"] = rate(nodes);
  state.counters["evaluations_per_second"] = rate(evaluations);
  state.counters["without_effect_per_second"] = rate(dropped);
}

void whole_search(benchmark::State& state, const std::string& path) {
  const graph& g = program(path);
  const auto where = default_target(tpu_v3, devices);
  const auto threads = static_cast<std::size_t>(state.range(0));
  std::uint64_t evaluations = 0;
  double found = 0;
  for (auto _ : state) {
    const auto wish = automatic<"batch", "model">(minimize(step_time));
    const auto plan = partition(g, devices, wish, where, {}, parallel_greedy{{}, threads});
    evaluations += plan.searches[0].evaluations;
    found = plan.total().step_time_s;
  }
  state.counters["evaluations_per_second"] = benchmark::Counter(static_cast<double>(evaluations), benchmark::Counter::kIsRate);
  state.counters["step_time_s"] = found;
}

void add(const std::string& name, const std::string& path) {
  const auto unit = benchmark::kMillisecond;
  benchmark::RegisterBenchmark(("fold/" + name).c_str(), fold_program, path)->Unit(unit);
  benchmark::RegisterBenchmark(("named_dims/" + name).c_str(), find_named_dims, path)->Unit(unit);
  benchmark::RegisterBenchmark(("conflicts/" + name).c_str(), find_conflicts, path)->Unit(unit);
  benchmark::RegisterBenchmark(("analysis/" + name).c_str(), find_choices, path)->Unit(unit);
  benchmark::RegisterBenchmark(("first_tree_search/" + name).c_str(), tree_search, path, true)->Unit(unit);
  benchmark::RegisterBenchmark(("tree_search/" + name).c_str(), tree_search, path, false)->Unit(unit);
  benchmark::RegisterBenchmark(("whole_search/" + name).c_str(), whole_search, path)
      ->Unit(unit)
      ->ArgName("threads")
      ->Arg(1)
      ->Arg(2)
      ->UseRealTime()
      ->MeasureProcessCPUTime();
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  add("mlp_train", "tests/data/mlp_train.mlir");
  add("paper_t32", "tests/data/paper_t32.mlir.gz");
  std::error_code error;
  for (const std::string name : {"t32", "t32_64_layers", "unet", "moe", "gns", "vit"}) {
    const std::string path = shared_folder() + name + ".mlir.gz";
    if (std::filesystem::exists(path, error)) add(name, path);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
