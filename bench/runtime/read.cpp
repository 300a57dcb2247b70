// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Reading and printing the training step of a 32-layer transformer, in bytes of text per second.

#include <string>

#include <benchmark/benchmark.h>

#include <partita/stablehlo/file.hpp>

namespace {

using namespace partita;

const std::string& text() {
  static const std::string t = stablehlo::read_text("tests/data/paper_t32.mlir.gz");
  return t;
}

void read_transformer(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(stablehlo::read(text()).entry().op_count());
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text().size()));
}

void print_transformer(benchmark::State& state) {
  const auto m = stablehlo::read(text());
  std::size_t bytes = 0;
  for (auto _ : state) bytes += stablehlo::print(m).size();
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

BENCHMARK(read_transformer)->Unit(benchmark::kMillisecond);
BENCHMARK(print_transformer)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
