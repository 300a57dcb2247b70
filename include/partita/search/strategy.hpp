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
  double dollars = 0;             ///< of one step on all devices; 0 where their price is not known
};

/// Value of one metric: seconds, bytes or dollars.
[[nodiscard]] constexpr double value_of(metric m, const estimate_summary& e) {
  switch (m) {
    case metric::step_time: return e.step_time_s;
    case metric::peak_memory: return e.peak_memory_bytes;
    case metric::communicated_bytes: return e.communicated_bytes;
    case metric::dollars: break;
  }
  return e.dollars;
}

/// What an automatic tactic is asked to do: over which axes, and how two outcomes compare. Bounds on memory
/// come first, by how far they are missed, then the other bounds, then what is minimized in its order.
struct search_request {
  axis_list axes;
  goal wanted;
  double device_memory_bytes = 0;

  /// How far the bounds are missed, memory first.
  [[nodiscard]] constexpr double memory_excess(const estimate_summary& e) const { return excess(e, true); }
  [[nodiscard]] constexpr double other_excess(const estimate_summary& e) const { return excess(e, false); }

  /// The sum that an objective is of.
  [[nodiscard]] constexpr double value(const objective& o, const estimate_summary& e) const {
    double sum = 0;
    for (const weighted_metric& w : o.sum) {
      const double over = w.over.value(device_memory_bytes);
      sum += w.weight * value_of(w.metric, e) / (over > 0 ? over : 1);
    }
    return sum;
  }

  /// A number that grows as outcomes get better and agrees with better(): above -1 when all bounds hold, then by what is
  /// minimized against that of `usual`; down to -2 when only memory bounds do; below that by the memory that is missing.
  /// Objectives behind one that is not rounded do not count.
  [[nodiscard]] double reward(const estimate_summary& e, const estimate_summary& usual) const {
    const double memory = memory_excess(e), other = other_excess(e);
    if (memory > 0) return -2 - std::log1p(device_memory_bytes > 0 ? memory / device_memory_bytes : memory);
    if (other > 0) return -1 - squash(other);
    return -squash(loss(0, e, usual));
  }

  /// Whether a is better than b.
  [[nodiscard]] bool better(const estimate_summary& a, const estimate_summary& b) const {
    const double memory_a = memory_excess(a), memory_b = memory_excess(b);
    if (memory_a != memory_b) return memory_a < memory_b;
    const double other_a = other_excess(a), other_b = other_excess(b);
    if (other_a != other_b) return other_a < other_b;
    for (const objective& o : wanted.minimized) {
      const double value_a = o.rounding > 0 ? step(o, a) : value(o, a), value_b = o.rounding > 0 ? step(o, b) : value(o, b);
      if (value_a != value_b) return value_a < value_b;
    }
    return false;
  }

 private:
  static constexpr double squash(double x) { return x < 0 ? x / (1 - x) : x / (1 + x); }
  [[nodiscard]] double log_value(const objective& o, const estimate_summary& e) const {
    constexpr double least = 1e-30;  // nothing costs nothing, but for bytes that are not sent
    return std::log(value(o, e) + least);
  }
  /// Number of the step of a rounded objective that the outcome is on.
  [[nodiscard]] double step(const objective& o, const estimate_summary& e) const {
    return std::floor(log_value(o, e) / std::log1p(o.rounding));
  }
  /// Logarithm of objective i against its usual value. Within a step of a rounded one, those after it say where.
  [[nodiscard]] double loss(std::size_t i, const estimate_summary& e, const estimate_summary& usual) const {
    const objective& o = wanted.minimized[i];
    const double before = log_value(o, usual);
    if (o.rounding <= 0) return log_value(o, e) - before;
    const double within = i + 1 < wanted.minimized.size() ? 0.5 + 0.5 * squash(loss(i + 1, e, usual)) : 0;
    return (step(o, e) + within) * std::log1p(o.rounding) - before;
  }
  [[nodiscard]] constexpr double excess(const estimate_summary& e, bool memory) const {
    double sum = 0;
    for (const bound& b : wanted.bounds) {
      if ((b.metric == metric::peak_memory) != memory) continue;
      const double limit = b.limit.value(device_memory_bytes), value = value_of(b.metric, e);
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
