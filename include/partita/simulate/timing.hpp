// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Seconds of compute and of communication that a list of tasks takes, and what they are made of.

#include <array>
#include <cstdint>

#include <partita/simulate/cost_model.hpp>
#include <partita/simulate/fusion.hpp>
#include <partita/simulate/task_list.hpp>

namespace partita {

/// Collectives of one kind. Loops multiply, branches add.
struct collective_estimate {
  std::int64_t count = 0;
  double bytes = 0;  ///< of the larger side on one device
};

/// What one run of a program costs on each device.
struct estimate {
  double step_time_s = 0;         ///< compute_time_s + communicate_time_s: nothing overlaps
  double compute_time_s = 0;
  double communicate_time_s = 0;
  std::int64_t peak_memory_bytes = 0;
  double flops = 0;
  double memory_traffic_bytes = 0;  ///< read from and written to the device's memory by compute
  double launches = 0;              ///< fused groups started
  std::array<collective_estimate, collective_kinds> collectives{};
  bool unknown_trip_counts = false;      ///< a loop whose trip count is not known was counted once
  std::int64_t unknown_collectives = 0;  ///< collectives that name no mesh axes: counted as free

  [[nodiscard]] constexpr const collective_estimate& of(collective_kind k) const {
    return collectives[static_cast<std::size_t>(k)];
  }
  /// Bytes of all collectives that communicate.
  [[nodiscard]] constexpr double communicated_bytes() const {
    double sum = 0;
    for (std::size_t k = 0; k < collective_kinds; ++k) {
      if (static_cast<collective_kind>(k) != collective_kind::all_slice) sum += collectives[k].bytes;
    }
    return sum;
  }
};

/// Time of a list of tasks. An object can be asked again and again and keeps its memory.
class timing {
 public:
  template <class Cost>
  [[nodiscard]] constexpr estimate run(const task_list& list, const fusion_plan& fusion, const device& d, const Cost& cost) {
    readers_.assign(list.values.size(), nobody);
    return run(list, 0, fusion, d, cost);
  }

 private:
  using task = task_list::task;
  static constexpr std::uint32_t nobody = fusion_plan::several, not_stored = nobody - 1;

  template <class Cost>
  constexpr estimate run(const task_list& list, std::uint32_t r, const fusion_plan& fusion, const device& d, const Cost& cost) {
    estimate e;
    list.for_each_stretch(r, [&](std::uint32_t begin, std::uint32_t end, std::uint32_t times) {
      add(e, run(list, begin, end, fusion, d, cost), times, true);
    });
    e.step_time_s = e.compute_time_s + e.communicate_time_s;
    return e;
  }

  template <class Cost>
  constexpr estimate run(const task_list& list, std::uint32_t begin, std::uint32_t end, const fusion_plan& fusion,
                         const device& d, const Cost& cost) {
    estimate e;
    for (std::uint32_t i = begin; i < end; i = list.tasks[i].end) {
      const task& t = list.tasks[i];
      if (fusion.fused(i)) readers_[t.first_result] = not_stored;
      if (t.loop) {
        e.unknown_trip_counts = e.unknown_trip_counts || t.unknown_trips;
        for (std::uint32_t k = 0; k < t.region_count; ++k) {
          add(e, run(list, t.first_region + k, fusion, d, cost), list.work[t.work].trips, true);
        }
      } else if (t.branches) {
        add_branches(e, list, t, fusion, d, cost);
      } else if (t.communicates) {
        e.communicate_time_s += list.work[t.work].seconds;
        count(e, list.work[t.work]);
      } else if (t.free_collective) {
        ++e.unknown_collectives;
      } else if (!t.idle) {
        add_compute(e, list, i, fusion, d, cost);
        // A slice of what every device holds is an op like any other, and counted besides.
        if (t.counted) count(e, list.work[t.work]);
      }
    }
    return e;
  }

  static constexpr void count(estimate& e, const task_work& w) {
    collective_estimate& c = e.collectives[static_cast<std::size_t>(w.kind)];
    c.count += 1;
    c.bytes += w.moved;
  }

  /// Whether a task of the group reads v from memory where the group has not done so before.
  constexpr bool reads(std::uint32_t group, std::uint32_t v) {
    std::uint32_t& reader = readers_[v];
    if (reader == not_stored) return false;
    const bool first = group == fusion_plan::several || reader != group;
    reader = group;
    return first;
  }

  /// Memory traffic of a task: fused values are neither read nor written, others are read once by each group.
  constexpr double traffic(const task_list& list, const fusion_plan& fusion, std::uint32_t i) {
    const task& t = list.tasks[i];
    const std::uint32_t group = fusion.group(i);
    const std::uint32_t* const operands = list.operands.data() + t.first_operand;
    const auto bytes = [&](std::uint32_t v) { return static_cast<double>(list.values[v].bytes); };
    if (t.view) {
      // A view inside a group reads for the group.
      return group != i && reads(group, operands[0]) ? bytes(operands[0]) : 0;
    }
    const auto written = static_cast<double>(list.result_bytes(t));
    const double touched = list.work[t.work].bytes;
    const double writes = written < touched ? written : touched;
    double read = touched - writes;
    for (std::uint32_t k = 0; k < t.operand_count; ++k) {
      if (!reads(group, operands[k])) read -= bytes(operands[k]);
    }
    return (read > 0 ? read : 0) + (group != i ? 0 : writes);
  }

  template <class Cost>
  constexpr void add_compute(estimate& e, const task_list& list, std::uint32_t i, const fusion_plan& fusion,
                             const device& d, const Cost& cost) {
    const task& t = list.tasks[i];
    const task_work& all = list.work[t.work];
    op_work w;
    w.flops = all.flops;
    w.bytes = traffic(list, fusion, i);
    w.unit = t.matrix ? compute_unit::matrix : compute_unit::vector;
    w.element = all.element;
    w.launches = !fusion.fused(i) && !t.view && (all.flops > 0 || all.bytes > 0);
    if (w.flops <= 0 && w.bytes <= 0 && !w.launches) return;
    e.compute_time_s += cost.compute(w, d);
    e.flops += w.flops;
    e.memory_traffic_bytes += w.bytes;
    e.launches += w.launches ? 1 : 0;
  }

  /// Adds `inner`, run `times` times; `timed` is false for branches that are not the slowest.
  static constexpr void add(estimate& e, const estimate& inner, std::int64_t times, bool timed) {
    const auto n = static_cast<double>(times);
    if (timed) {
      e.compute_time_s += n * inner.compute_time_s;
      e.communicate_time_s += n * inner.communicate_time_s;
      e.flops += n * inner.flops;
      e.memory_traffic_bytes += n * inner.memory_traffic_bytes;
      e.launches += n * inner.launches;
    }
    for (std::size_t k = 0; k < collective_kinds; ++k) {
      e.collectives[k].count = checked_add(e.collectives[k].count, checked_multiply(inner.collectives[k].count, times));
      e.collectives[k].bytes += n * inner.collectives[k].bytes;
    }
    e.unknown_trip_counts = e.unknown_trip_counts || inner.unknown_trip_counts;
    e.unknown_collectives = checked_add(e.unknown_collectives, checked_multiply(inner.unknown_collectives, times));
  }

  template <class Cost>
  constexpr void add_branches(estimate& e, const task_list& list, const task& t, const fusion_plan& fusion,
                              const device& d, const Cost& cost) {
    plain_vector<estimate> branches;
    std::size_t slowest = 0;
    for (std::uint32_t k = 0; k < t.region_count; ++k) {
      branches.push_back(run(list, t.first_region + k, fusion, d, cost));
      if (branches.back().step_time_s > branches[slowest].step_time_s) slowest = branches.size() - 1;
    }
    for (std::size_t i = 0; i < branches.size(); ++i) add(e, branches[i], 1, i == slowest);
  }

  plain_vector<std::uint32_t> readers_;  // by value: the group that read it last, if it is stored
};

}  // namespace partita
