// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Simulations of Monte-Carlo tree search a second, on connect four from the empty board, one uniformly random rollout
// to the end of the game in each. search_open_spiel.py puts it beside OpenSpiel's.

#include <cstdint>

#include <benchmark/benchmark.h>

#include <partita/search/mcts.hpp>

#include "../../tests/support/games.hpp"

namespace {

using namespace partita;

/// The tree is built and given back in each iteration.
void connect_four(benchmark::State& state, merging merge) {
  const auto simulations = static_cast<std::uint64_t>(state.range(0));
  std::uint64_t seed = 0, done = 0;
  for (auto _ : state) {
    testing::connect_four game;
    mcts search(game, mcts_options{.seed = ++seed, .merge = merge}, random_rollout{}, uct{});
    benchmark::DoNotOptimize(search.continue_for(search_budget::of_evaluations(simulations)));
    done += search.statistics().simulations;
  }
  state.counters["simulations_per_second"] = benchmark::Counter(static_cast<double>(done), benchmark::Counter::kIsRate);
}

BENCHMARK_CAPTURE(connect_four, tree, merging::never)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(connect_four, merged, merging::same_depth)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
