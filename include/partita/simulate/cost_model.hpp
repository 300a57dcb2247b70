// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// From work to seconds: what a cost model is asked, and the default one, a roofline with collectives on rings.

#include <concepts>
#include <cstdint>

#include <partita/lower/local_program.hpp>
#include <partita/simulate/topology.hpp>
#include <partita/support/list_view.hpp>

namespace partita {

/// Which unit of a device computes an op.
enum class compute_unit : std::uint8_t { vector, matrix };

/// One op on one device, as it is after fusion.
struct op_work {
  double flops = 0;
  double bytes = 0;  ///< read from and written to memory: what stays inside a fused group is not counted
  compute_unit unit = compute_unit::vector;
  element_type element = element_type::f32;  ///< of the first operand
  bool launches = false;                     ///< a group ends here: its results are written
};

/// One collective, as a cost model sees it.
struct transfer {
  collective_kind kind = collective_kind::all_gather;
  list_view<axis_index> axes;     ///< the mesh axes along which data moves; those of one dim major first
  list_view<std::int64_t> sizes;  ///< devices along each of them
  double bytes = 0;                     ///< of the larger side on one device
};

/// An idea of cost.
///
/// Minimal definition: `c.compute(op_work, device)` and `c.communicate(transfer, topology)`, both in seconds.
/// Laws: neither is negative, and each depends on its arguments alone, so that the cost of a program is a sum of
/// terms of which a change alters only its own.
/// Models: roofline.
template <class C, class T>
concept CostModel = Topology<T> && requires(const C& c, const op_work& w, const device& d, const transfer& m,
                                            const T& t) {
  { c.compute(w, d) } -> std::convertible_to<double>;
  { c.communicate(m, t) } -> std::convertible_to<double>;
};

/// Seconds of a reduce_scatter of `t.bytes`, axis after axis: n - 1 steps on a ring of n, in each of which a device
/// sends one n-th of what it still holds. An all_gather is the same in reverse.
[[nodiscard]] constexpr double scatter_on_rings(const transfer& t, const Topology auto& topology) {
  double seconds = 0, bytes = t.bytes;
  for (std::size_t i = 0; i < t.axes.size(); ++i) {
    const auto n = static_cast<double>(t.sizes[i]);
    bytes /= n;
    seconds += (n - 1) * (topology.latency(t.axes[i]) + bytes / topology.bandwidth(t.axes[i]));
  }
  return seconds;
}

/// Seconds of an all_to_all, axis after axis. On a ring of n each device has a part of bytes / n for every other one;
/// the parts travel 1, 2, ..., n / 2 hops either way, floor(n^2 / 4) in all, and every hop takes from the bandwidth.
[[nodiscard]] constexpr double exchange_on_rings(const transfer& t, const Topology auto& topology) {
  double seconds = 0;
  for (std::size_t i = 0; i < t.axes.size(); ++i) {
    const auto n = static_cast<double>(t.sizes[i]);
    const auto farthest = static_cast<double>(t.sizes[i] / 2);
    const double hops = farthest * (n - farthest);
    seconds += farthest * topology.latency(t.axes[i]) + hops * t.bytes / n / topology.bandwidth(t.axes[i]);
  }
  return seconds;
}

/// Seconds until each device's shard is at another device: it is sent once, over the slowest of the axes, and passes
/// half of each ring at most.
[[nodiscard]] constexpr double permute_on_rings(const transfer& t, const Topology auto& topology) {
  double seconds = 0, longest = 0;
  for (std::size_t i = 0; i < t.axes.size(); ++i) {
    if (t.sizes[i] == 1) continue;
    seconds += static_cast<double>(t.sizes[i] / 2) * topology.latency(t.axes[i]);
    const double sending = t.bytes / topology.bandwidth(t.axes[i]);
    if (sending > longest) longest = sending;
  }
  return seconds + longest;
}

/// The default: an op takes as long as its arithmetic or its memory traffic, whichever is longer, and each fused group
/// a launch; collectives are alpha-beta on one ring per axis, the axes in sequence.
///
/// Sources: Williams, Waterman, Patterson, "Roofline", CACM 52(4), 2009; Thakur, Rabenseifner, Gropp, "Optimization of
/// Collective Communication Operations in MPICH", IJHPCA 19(1), 2005 (rings). Explained in
/// docs/explanation/simulator.md.
struct roofline {
  [[nodiscard]] constexpr double compute(const op_work& w, const device& d) const {
    const double peak = w.unit == compute_unit::matrix ? d.matrix_flops(w.element) * d.matrix_efficiency
                                                       : d.vector_flops * d.vector_efficiency;
    const double arithmetic = w.flops > 0 ? w.flops / peak : 0;
    const double memory = w.bytes > 0 ? w.bytes / (d.memory_bandwidth * d.memory_efficiency) : 0;
    return (arithmetic > memory ? arithmetic : memory) + (w.launches ? d.launch_overhead : 0);
  }

  [[nodiscard]] constexpr double communicate(const transfer& t, const Topology auto& topology) const {
    switch (t.kind) {
      case collective_kind::all_gather:
      case collective_kind::reduce_scatter: return scatter_on_rings(t, topology);
      case collective_kind::all_reduce: return 2 * scatter_on_rings(t, topology);
      case collective_kind::all_to_all: return exchange_on_rings(t, topology);
      case collective_kind::collective_permute: return permute_on_rings(t, topology);
      case collective_kind::all_slice: break;
    }
    return 0;
  }
};

}  // namespace partita
