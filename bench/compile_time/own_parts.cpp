// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// A network, an idea of cost and a problem to search of one's own: measure.py --user tells what such a file
// costs to compile.

#include <cassert>
#include <cstdint>
#include <iostream>

#include <partita/partita.hpp>

// A model of Topology: one switch for axis 0, a slower one for the others.
struct my_network {
  static constexpr double latency(partita::axis_index axis) { return axis == 0 ? 1e-6 : 5e-6; }
  static constexpr double bandwidth(partita::axis_index axis) { return axis == 0 ? 300e9 : 25e9; }
};

// A model of CostModel: memory traffic and the bytes sent, nothing else.
struct my_cost {
  static constexpr double compute(const partita::op_work& w, const partita::device& d) { return w.bytes / d.memory_bandwidth; }
  static constexpr double communicate(const partita::transfer& t, const partita::Topology auto& network) {
    double seconds = 0;
    for (const partita::axis_index a : t.axes) seconds += network.latency(a) + t.bytes / network.bandwidth(a);
    return seconds;
  }
};

// A model of Problem: digits whose sum is to be 20, as few as possible.
class my_problem {
 public:
  using outcome = double;
  void legal_actions(partita::search_actions& list) const {
    if (count_ == 6) return;
    for (partita::search_action digit = 0; digit < 10; ++digit) list.push_back(digit);
  }
  void apply(partita::search_action digit) { digits_[count_++] = digit; }
  void undo() { --count_; }
  [[nodiscard]] std::uint64_t hash() const {
    std::uint64_t h = 1;
    for (std::size_t i = 0; i < count_; ++i) h = h * 10 + digits_[i];
    return h;
  }
  [[nodiscard]] double evaluate() const {
    double sum = 0;
    for (std::size_t i = 0; i < count_; ++i) sum += digits_[i];
    return (sum > 20 ? sum - 20 : 20 - sum) * 10 + static_cast<double>(count_);
  }
  [[nodiscard]] bool better(double a, double b) const { return a < b; }
  [[nodiscard]] double reward(double x) const { return -x; }
  [[nodiscard]] bool can_stop() const { return true; }

 private:
  partita::search_action digits_[6] = {};
  std::size_t count_ = 0;
};

int main() {
  using namespace partita;
  builder f;
  const auto x = f.argument("x", tensor<f32>(512, 1024));
  const auto w1 = f.argument("w1", tensor<f32>(1024, 4096));
  const auto w2 = f.argument("w2", tensor<f32>(4096, 1024));
  f.result("y", matmul(tanh(matmul(x, w1)), w2));
  const graph g = f.finish();

  constexpr auto mesh = make_mesh(axis<"data", 4>, axis<"model", 4>);
  const auto where = target<my_network, my_cost>{a100_80, {}, {}};
  const auto plan = partition(g, mesh, shard<"data">("x", 0) >> automatic<"model">(minimize(step_time)), where);
  for (const tactic_report& t : plan.tactics) std::cout << t.name << ": " << t.step_time_s << " s\n";
  assert(plan.tactics.back().step_time_s < plan.before.step_time_s);

  // 20 takes three digits: 9 + 9 is 18.
  my_problem digits;
  const auto found = iterated_greedy{}(digits, search_budget::of_evaluations(5000));
  std::cout << found.actions.size() << " digits\n";
  assert(found.actions.size() == 3 && found.outcome == 3);
}
