// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Lesson 6: a goal of your own. In a weighted sum, minimize(step_time / 1_s + peak_memory / 1_GiB), much of one thing makes
// up for little of another. Here it does not: a device is shared with others, and a plan is as good as the larger part
// that it takes of the two things that are scarce.

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iostream>

#include <partita/partita.hpp>
#include <partita/report/terminal.hpp>
#include <partita/search/judged.hpp>

namespace {

using namespace partita;

/// The larger share of the time and of the memory that one has.
struct scarcest {
  double seconds, bytes;

  double share(const estimate_summary& e) const { return std::max(e.step_time_s / seconds, e.peak_memory_bytes / bytes); }

  bool better(const estimate_summary& a, const estimate_summary& b) const { return share(a) < share(b); }
  /// One number that agrees. Searches do not mind its scale.
  double reward(const estimate_summary& e) const { return -std::log(share(e)); }
};
static_assert(OutcomeOrder<scarcest, estimate_summary>);

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
  // Half of the memory that the fastest plan takes, and somewhat more time than it takes.
  const scarcest order{1.2 * fastest.total().step_time_s, 0.5 * static_cast<double>(fastest.total().peak_memory_bytes)};
  const auto fair = partition(layer, mesh, automatic<"batch">(), where, {}, judged_by{order});
  std::cout << summary(fastest) << fair.found_schedule << "\n" << summary(fair);

  // Data parallel is fastest: nothing is sent. The weights lie whole on every device.
  assert(count_collectives(fastest.program) == no_collectives);
  // Gathering them where they are used takes little time, and each device keeps an eighth.
  assert(count_collectives(fair.program).all_gather > 0);
  assert(order.share(summary_of(fair.total())) < order.share(summary_of(fastest.total())));
  assert(fair.total().peak_memory_bytes < fastest.total().peak_memory_bytes);
}
