// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Lesson 9: a problem of your own. Searches are not about programs: here they put jobs in order on one machine, so that
// the weighted sum of the times at which jobs are done is least. Smith's rule says what the answer is.

#include <algorithm>
#include <cassert>
#include <iostream>
#include <vector>

#include <partita/search.hpp>

namespace {

using namespace partita;

struct job {
  int time, weight;
};

/// The state is the jobs done so far, in order; an action does one more.
class job_order {
 public:
  using outcome = int;

  explicit job_order(std::vector<job> jobs) : jobs_(std::move(jobs)) {}

  void legal_actions(search_actions& list) const {
    for (search_action j = 0; j < jobs_.size(); ++j) {
      if ((done_ >> j & 1) == 0) list.push_back(j);
    }
  }
  void apply(search_action j) {
    order_.push_back(j);
    done_ |= std::uint64_t{1} << j;
    clock_ += jobs_[j].time;
    cost_ += jobs_[j].weight * clock_;
  }
  void undo() {
    const search_action j = order_.back();
    cost_ -= jobs_[j].weight * clock_;
    clock_ -= jobs_[j].time;
    done_ &= ~(std::uint64_t{1} << j);
    order_.pop_back();
  }
  /// What the rest costs follows from the set of jobs that are done, and what has been paid so far is part of the
  /// outcome: both belong to the hash.
  [[nodiscard]] std::uint64_t hash() const { return done_ * 0x9e3779b97f4a7c15 ^ static_cast<std::uint64_t>(cost_); }
  [[nodiscard]] int evaluate() const { return cost_; }
  [[nodiscard]] bool better(int a, int b) const { return a < b; }
  [[nodiscard]] double reward(int cost) const { return -cost; }

  /// No better than this from here on: every job that is left ends after its own time at the earliest. With it
  /// branch_and_bound proves what it finds.
  [[nodiscard]] int bound() const {
    int least = cost_;
    for (std::size_t j = 0; j < jobs_.size(); ++j) {
      if ((done_ >> j & 1) == 0) least += jobs_[j].weight * (clock_ + jobs_[j].time);
    }
    return least;
  }

 private:
  std::vector<job> jobs_;
  std::vector<search_action> order_;
  std::uint64_t done_ = 0;
  int clock_ = 0, cost_ = 0;
};
static_assert(BoundedProblem<job_order>);

/// Smith, "Various optimizers for single-stage production", Naval Research Logistics Quarterly 3, 1956: the larger
/// weight / time, the earlier.
int by_smiths_rule(std::vector<job> jobs) {
  std::sort(jobs.begin(), jobs.end(), [](const job& a, const job& b) { return a.weight * b.time > b.weight * a.time; });
  int clock = 0, cost = 0;
  for (const job& j : jobs) cost += j.weight * (clock += j.time);
  return cost;
}

}  // namespace

int main() {
  const std::vector<job> jobs{{7, 3}, {2, 9}, {5, 1}, {9, 8}, {1, 2}, {6, 6}, {4, 7}, {8, 2}};
  const int optimum = by_smiths_rule(jobs);
  job_order problem(jobs);

  const auto proven = branch_and_bound{}(problem);
  std::cout << "branch and bound: " << proven.outcome << " after " << proven.evaluations << " results\n";
  assert(proven.complete && proven.outcome == optimum);

  // The tree search needs no bound. Rollouts to the end of the list tell it where to look.
  mcts search(problem, mcts_options{.seed = 1});
  const auto& found = search.continue_for(search_budget::of_evaluations(5000));
  std::cout << "tree search: " << found.outcome << " after " << found.best_at << " of " << found.evaluations << "; order";
  for (const search_action j : found.actions) std::cout << " " << j;
  std::cout << "\n";
  assert(found.outcome == optimum);
}
