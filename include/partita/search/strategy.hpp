// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// How an automatic tactic is found: the order in which plans compare, and the concept through which searches plug in.

#include <cmath>
#include <concepts>
#include <cstdint>

#include <partita/mesh/axis.hpp>
#include <partita/search/budget.hpp>
#include <partita/search/problem.hpp>
#include <partita/tactic/goal.hpp>

namespace partita {

/// What a plan is judged by.
struct estimate_summary {
  double step_time_s = 0;
  double peak_memory_bytes = 0;
  double communicated_bytes = 0;  ///< per device and step
};

/// Value of one metric; dollars are not estimated yet and count as step time.
[[nodiscard]] constexpr double value_of(metric m, const estimate_summary& e) {
  switch (m) {
    case metric::peak_memory: return e.peak_memory_bytes;
    case metric::communicated_bytes: return e.communicated_bytes;
    default: return e.step_time_s;
  }
}

/// What an automatic tactic is asked to do: over which axes, and how two outcomes compare. Bounds on memory
/// come first, by how far they are missed, then the other bounds, then the metric.
struct search_request {
  axis_list axes;
  goal wanted;
  double device_memory_bytes = 0;

  /// How far the bounds are missed, memory first.
  [[nodiscard]] constexpr double memory_excess(const estimate_summary& e) const { return excess(e, true); }
  [[nodiscard]] constexpr double other_excess(const estimate_summary& e) const { return excess(e, false); }

  /// A number that grows as outcomes get better and agrees with better(): above -1 when all bounds hold, then by the
  /// metric against that of `usual`; down to -2 when all but memory bounds do not; below that by the memory that is missing.
  [[nodiscard]] double reward(const estimate_summary& e, const estimate_summary& usual) const {
    const auto squash = [](double x) { return x / (1 + std::abs(x)); };
    const double memory = memory_excess(e), other = other_excess(e);
    if (memory > 0) return -2 - std::log1p(device_memory_bytes > 0 ? memory / device_memory_bytes : memory);
    if (other > 0) return -1 - squash(other);
    constexpr double least = 1e-30;  // nothing costs nothing, but for bytes that are not sent
    return -squash(std::log((value_of(wanted.minimized, e) + least) / (value_of(wanted.minimized, usual) + least)));
  }

  /// Whether a is better than b.
  [[nodiscard]] constexpr bool better(const estimate_summary& a, const estimate_summary& b) const {
    const double memory_a = memory_excess(a), memory_b = memory_excess(b);
    if (memory_a != memory_b) return memory_a < memory_b;
    const double other_a = other_excess(a), other_b = other_excess(b);
    if (other_a != other_b) return other_a < other_b;
    return value_of(wanted.minimized, a) < value_of(wanted.minimized, b);
  }

 private:
  [[nodiscard]] constexpr double excess(const estimate_summary& e, bool memory) const {
    double sum = 0;
    for (const bound& b : wanted.bounds) {
      if ((b.metric == metric::peak_memory) != memory) continue;
      const double limit = b.limit(device_memory_bytes), value = value_of(b.metric, e);
      if (value > limit) sum += memory ? value - limit : (value - limit) / (limit > 0 ? limit : 1);
    }
    return sum;
  }
};

/// A search for the actions of an automatic tactic.
///
/// Minimal definition: `s(problem, budget)` searches a Problem, leaves it as it found it, and returns the best that it
/// found.
/// Models: iterated_greedy, beam_search and the others of this folder. Checked by tests/unit/search/automatic.cpp.
template <class S, class P>
concept SearchStrategy = Problem<P> && requires(const S& s, P& p, const search_budget& budget) {
  { s(p, budget) } -> std::same_as<search_result<outcome_of<P>>>;
};

}  // namespace partita
