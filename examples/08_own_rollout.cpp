// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Lesson 8: a rollout policy of your own. Monte-Carlo tree search judges a new state by playing on to a result. How it
// plays is where knowledge of the domain goes: here that large tensors are worth splitting, and when to stop.

#include <cassert>
#include <iostream>

#include <partita/partita.hpp>
#include <partita/report/terminal.hpp>
#include <partita/search/mcts.hpp>
#include <partita/stablehlo/file.hpp>

namespace {

using namespace partita;

/// The actions of a partition problem stand in the order of the bytes that they split. Stops one time in three, else
/// takes one of the first of them, the earlier the likelier. A policy depends on what it is given and on nothing else:
/// then the search is the same on any number of threads.
struct large_first {
  template <class P>
  search_action operator()(P&, list_view<search_action> legal, split_mix& random) const {
    const bool may_stop = legal[legal.size() - 1] == stop_action;
    const std::size_t actions = legal.size() - (may_stop ? 1 : 0);
    if (actions == 0 || (may_stop && random.below(3) == 0)) return stop_action;
    std::size_t i = 0;
    while (i + 1 < actions && random.below(2) == 0) ++i;
    return legal[i];
  }
};

/// A tree search with one policy, as partition() wants a search: called with a problem and a budget.
template <class Policy>
struct tree_search {
  std::uint64_t seed = 1;

  template <Problem P>
  search_result<outcome_of<P>> operator()(P& p, const search_budget& budget) const {
    mcts search(p, mcts_options{.seed = seed, .max_depth = 16}, rollout<Policy>{}, uct{0.5});
    return search.continue_for(budget);
  }
};

}  // namespace

int main() {
  const auto step = stablehlo::read_file("tests/data/t32.mlir.gz");
  constexpr auto mesh = make_mesh(axis<"batch", 4>, axis<"model", 2>);
  const auto where = default_target(tpu_v3, mesh);
  plan_options options;
  options.search = search_budget::of_evaluations(100);

  const auto wish = automatic<"batch", "model">(minimize(peak_memory));
  double informed = 0, blind = 0;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto with = partition(step, mesh, wish, where, options, tree_search<large_first>{seed});
    const auto without = partition(step, mesh, wish, where, options, tree_search<uniform_policy>{seed});
    informed += static_cast<double>(with.total().peak_memory_bytes) / 5;
    blind += static_cast<double>(without.total().peak_memory_bytes) / 5;
    if (seed == 1) std::cout << summary(with);
  }
  std::cout << "peak memory, mean of five seeds: " << format_memory(informed) << " with the policy, " << format_memory(blind)
            << " with uniform rollouts\n";
  assert(informed < blind);
}
