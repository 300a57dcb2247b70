// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Lesson 6: a goal of your own. minimize(step_time) takes a plan that is a microsecond faster, whatever it costs in
// memory. Here times that differ by less than an estimate can know count as equal, and then memory decides.

#include <cassert>
#include <cmath>
#include <iostream>

#include <partita/partita.hpp>
#include <partita/report/terminal.hpp>
#include <partita/search/judged.hpp>

namespace {

using namespace partita;

/// Step times within a few percent are the same; of the same, the one with less memory is better.
struct within {
  double percent = 5;

  /// "Nearly equal" is no equivalence: a near b and b near c does not make a near c. Intervals are.
  double interval(const estimate_summary& e) const { return std::floor(std::log(e.step_time_s) / std::log1p(percent / 100)); }

  bool better(const estimate_summary& a, const estimate_summary& b) const {
    if (interval(a) != interval(b)) return interval(a) < interval(b);
    return a.peak_memory_bytes < b.peak_memory_bytes;
  }
  /// One number that agrees: memory moves it within an interval.
  double reward(const estimate_summary& e) const {
    return -(interval(e) + e.peak_memory_bytes / (e.peak_memory_bytes + 1e9));
  }
};
static_assert(OutcomeOrder<within, estimate_summary>);

constexpr auto mesh = make_mesh(axis<"batch", 8>);

}  // namespace

int main() {
  // A layer whose weights are gathered fast compared with what is computed.
  builder f;
  const auto x = f.argument("x", tensor<bf16>(262144, 4096));
  const auto w1 = f.argument("w1", tensor<bf16>(4096, 16384)), w2 = f.argument("w2", tensor<bf16>(16384, 4096));
  f.result("y", matmul(tanh(matmul(x, w1)), w2));
  const graph layer = f.finish();

  const auto where = default_target(tpu_v3, mesh);
  const auto fastest = partition(layer, mesh, automatic<"batch">(minimize(step_time)), where);
  const auto smaller = partition(layer, mesh, automatic<"batch">(), where, {}, judged_by{within{5}});
  std::cout << summary(fastest) << smaller.found_schedule << "\n" << summary(smaller);

  // Data parallel is fastest: nothing is sent. The weights lie whole on every device.
  assert(count_collectives(fastest.program) == no_collectives);
  // Gathering them where they are used is nearly as fast, and each device keeps an eighth.
  assert(count_collectives(smaller.program).all_gather > 0);
  assert(smaller.total().peak_memory_bytes < fastest.total().peak_memory_bytes);
  assert(smaller.total().step_time_s < 1.05 * fastest.total().step_time_s);
}
