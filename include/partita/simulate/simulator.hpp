// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a device-local program costs on a device: its tasks, fused, timed, and their memory.

#include <cstdint>

#include <partita/ir/paths.hpp>
#include <partita/simulate/fusion.hpp>
#include <partita/simulate/liveness.hpp>
#include <partita/simulate/target.hpp>
#include <partita/simulate/task_list.hpp>

namespace partita {

struct simulate_options {
  /// Arguments that a result updates (see argument_twins) give their memory to the program.
  bool donate = true;
};

/// What a device-local program costs on each device of a mesh.
///
/// Time is a sum of terms, one per op and one per collective, each of which depends only on the op, on which of its
/// operands and results its group keeps to itself, and on the device or the network; nothing overlaps. Loops multiply
/// by their trip count, unknown ones by 1; of branches the slowest takes time while the collectives of all are
/// counted. Peak memory is by liveness. Seconds and bytes. Linear in the number of ops.
/// Throws verify_error when sizes or counts do not fit in 64 bits.
/// Explained in docs/explanation/simulator.md.
struct simulate_t {
  template <class Ops, Target Where>
  [[nodiscard]] constexpr estimate operator()(const basic_graph<Ops>& program, const Where& where,
                                              const simulate_options& options = {}) const {
    const task_list tasks = make_tasks(program, where);
    fusion_plan fusion;
    fusion.make(tasks);
    timing clock;
    estimate e = where.time(clock, tasks, fusion);
    plain_vector<std::uint8_t> donated(program.arguments().size());
    if (options.donate) {
      for (const std::int32_t twin : argument_twins(program)) {
        if (twin >= 0) donated[static_cast<std::size_t>(twin)] = 1;
      }
    }
    e.peak_memory_bytes = liveness().peak(tasks, fusion, donated);
    return e;
  }
  template <class Ops, class Network, class Cost = roofline>
    requires CostModel<Cost, Network>
  [[nodiscard]] constexpr estimate operator()(const basic_graph<Ops>& program, const device& d, const Network& network,
                                              const Cost& cost = {}, const simulate_options& options = {}) const {
    return (*this)(program, target<Network, Cost>{d, network, cost}, options);
  }
};
inline constexpr simulate_t simulate{};

}  // namespace partita
