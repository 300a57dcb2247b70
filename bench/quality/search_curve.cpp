// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// How good the best plan of a search is after so many evaluations: one program, mesh and device, several searches and
// seeds. Each better plan is a row of CSV on standard output: search, seed, evaluations, bytes over the device's
// memory, step time. The last row of a run has all of its evaluations. curves.py calls this and draws.
//
//     search_curve FILE MESH DEVICE EVALUATIONS FIRST_SEED LAST_SEED SEARCH...

#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include <partita/mesh.hpp>
#include <partita/plan/partition.hpp>
#include <partita/search.hpp>
#include <partita/stablehlo.hpp>
#include <partita/stablehlo/file.hpp>

namespace {

using namespace partita;
using problem = partition_problem<stablehlo_ops>;
using found = search_result<estimate_summary>;

struct run {
  problem& p;
  search_budget budget;
  std::uint64_t seed;
  std::string name;

  void row(std::uint64_t evaluations, const estimate_summary& e) const {
    std::printf("%s,%llu,%llu,%.0f,%.9g\n", name.c_str(), static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(evaluations), p.request().memory_excess(e), e.step_time_s);
  }
  auto observer() const {
    return [this](const search_progress<estimate_summary>& s) { row(s.evaluations, s.best); };
  }
  template <class Search>
  found by(const Search& search) const {
    return search(p, budget, observer());
  }
  template <class Tree>
  found by_tree(Tree&& tree) const {
    return tree.continue_for(budget, observer());
  }

  found go() const {
    if (name == "iterated_greedy") return by(iterated_greedy{.seed = seed});
    if (name == "random") return by(random_search{.seed = seed, .max_depth = 24});
    if (name == "annealing") return by(simulated_annealing{.seed = seed, .max_depth = 24});
    if (name == "greedy") return by(greedy_descent{});
    if (name == "beam") return by(beam_search{.width = 4});
    const mcts_options options{.seed = seed, .max_depth = 24};
    if (name == "mcts") return by_tree(mcts(p, options, random_rollout{}, uct{.exploration = 0.1, .best_weight = 0.5}));
    if (name == "mcts_direct") {
      const mcts_options narrow{.seed = seed, .max_depth = 24, .widening = 4};
      return by_tree(mcts(p, narrow, direct_evaluation{}, uct{.exploration = 0.1, .best_weight = 0.5}));
    }
    throw error("search_curve: there is no search " + name +
                "; there are iterated_greedy, mcts, mcts_direct, beam, greedy, annealing, random");
  }
};

int curves(int count, char** words) {
  if (count < 8) {
    std::fprintf(stderr, "search_curve FILE MESH DEVICE EVALUATIONS FIRST_SEED LAST_SEED SEARCH...\n");
    return 2;
  }
  const auto program = stablehlo::read_file(words[1]);
  const device_mesh mesh = parse_mesh(words[2]);
  const device& on = find_device(words[3]);
  const auto evaluations = std::stoull(words[4]);
  const search_ground<stablehlo_ops> ground(program);
  search_request request;
  for (std::size_t a = 0; a < mesh.axis_count(); ++a) request.axes.push_back(static_cast<axis_index>(a));
  request.wanted.bounds.push_back({metric::peak_memory, device_memory});
  request.device_memory_bytes = static_cast<double>(on.memory_bytes);
  problem p(ground, mesh.sizes(), default_target(on, mesh), {}, request, {});
  for (std::uint64_t seed = std::stoull(words[5]); seed <= std::stoull(words[6]); ++seed) {
    for (int i = 7; i < count; ++i) {
      const run r{p, search_budget::of_evaluations(evaluations), seed, words[i]};
      const found best = r.go();
      r.row(best.evaluations, best.outcome);
      std::fflush(stdout);
    }
  }
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return curves(count, words);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "search_curve: %s\n", e.what());
    return 2;
  }
}
