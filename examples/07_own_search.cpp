// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Lesson 7: a search of your own. It sees a state with legal actions, apply, undo and an outcome; that this is a program
// on a mesh, it does not know.

#include <cassert>
#include <iostream>

#include <partita/partita.hpp>
#include <partita/report/terminal.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/tactic/parse_schedule.hpp>

namespace {

using namespace partita;

/// Late acceptance hill climbing (Burke, Bykov, European Journal of Operational Research 258(1), 2017): go to a random
/// neighbour if it is no worse than where one was some steps ago. No temperature to tune. A neighbour here is one action
/// more, or, now and then, some actions fewer.
struct late_acceptance {
  std::uint64_t seed = 1;
  std::size_t memory = 10;

  template <Problem P>
  search_result<outcome_of<P>> operator()(P& p, const search_budget& budget) const {
    assert(budget.seconds == 0 && "late_acceptance counts evaluations only");
    split_mix random(seed);
    search_result<outcome_of<P>> best;
    search_actions path, legal;
    const auto look = [&] {
      ++best.evaluations;
      const outcome_of<P> o = p.evaluate();
      if (!best.found || p.better(o, best.outcome)) {
        best.found = true;
        best.outcome = o;
        best.actions = path;
        best.best_at = best.evaluations;
      }
      return o;
    };
    const plain_vector<outcome_of<P>> start(memory, look());
    plain_vector<outcome_of<P>> before = start;
    while (best.evaluations < budget.evaluations) {
      legal.clear();
      p.legal_actions(legal);
      if (legal.empty() && path.empty()) break;
      if (legal.empty() || random.below(8) == 0) {
        for (std::size_t back = 1 + random.below(3); back > 0 && !path.empty(); --back, path.pop_back()) p.undo();
        continue;
      }
      path.push_back(legal[random.below(legal.size())]);
      p.apply(path.back());
      const outcome_of<P> now = look();
      outcome_of<P>& then = before[best.evaluations % memory];
      if (p.better(then, now)) {
        p.undo();
        path.pop_back();
      } else {
        then = now;
      }
    }
    for (; !path.empty(); path.pop_back()) p.undo();  // a problem is left as it was found
    return best;
  }
};

}  // namespace

int main() {
  const auto step = stablehlo::read_file("tests/data/mlp_train.mlir");
  constexpr auto mesh = make_mesh(axis<"batch", 4>, axis<"model", 2>);
  const auto where = default_target(tpu_v3, mesh);
  plan_options options;
  options.search = search_budget::of_evaluations(300);

  const auto wish = automatic<"batch", "model">(minimize(peak_memory));
  const auto found = partition(step, mesh, wish, where, options, late_acceptance{});
  const auto by_hand = partition(step, mesh, shard<"batch">("batch/*", 0) >> shard<"model">("params/l1/w", 1), where);
  std::cout << summary(found) << found.found_schedule << "\n";

  assert(found.searches[0].evaluations == 300);
  assert(found.total().peak_memory_bytes < by_hand.total().peak_memory_bytes);
  // What it found is a schedule like any other.
  const auto again = partition(step, mesh, parse_schedule(found.found_schedule, "found"), where);
  assert(again.total().peak_memory_bytes == found.total().peak_memory_bytes);
}
