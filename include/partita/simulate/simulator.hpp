// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a device-local program costs on a device: seconds of compute and of communication, peak memory, and
// what they are made of.

#include <array>
#include <cstdint>
#include <vector>

#include <partita/ir/paths.hpp>
#include <partita/op/mesh_collective.hpp>
#include <partita/op/trip_count.hpp>
#include <partita/simulate/cost_model.hpp>
#include <partita/simulate/liveness.hpp>

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

struct simulate_options {
  /// Arguments that a result updates (see argument_twins) give their memory to the program.
  bool donate = true;
};

namespace detail {

template <class Ops, class Cost, class Network>
class simulator {
 public:
  constexpr simulator(const basic_graph<Ops>& g, const fusion_plan& fusion, const device& d, const Network& network,
                      const Cost& cost)
      : g_(g), fusion_(fusion), device_(d), network_(network), cost_(cost) {
    readers_.assign(g.value_count(), fusion_plan::several);
  }

  [[nodiscard]] constexpr estimate run(region_id r) {
    estimate e;
    for (op_id o = g_.first_op(r); !(o == g_.end_op(r)); o = g_.next(o)) {
      const op_traits& traits = g_.info(o).traits;
      if (traits.transparent && !g_.regions(o).empty()) {
        if (traits.loop) {
          add_loop(e, o);
        } else {
          add_branches(e, o);
        }
      } else if (traits.collective) {
        if (!add_mesh_collective(e, o)) ++e.unknown_collectives;
      } else {
        add_compute(e, o);
        // A slice of what every device holds is an op like any other, and counted besides.
        if constexpr (knows<op::mesh_all_slice>) {
          if (g_.template is<op::mesh_all_slice>(o)) count(e, collective_kind::all_slice, larger_side(o));
        }
      }
    }
    return e;
  }

 private:
  template <class O>
  static constexpr bool knows = code_of<Ops, O> < op_table<Ops>.size();

  /// Whether o's group reads operand v from memory and has not done so before.
  constexpr bool reads(op_id o, value_id v) {
    if (fusion_.fused(g_, v)) return false;
    std::uint32_t& reader = readers_[v.index];
    const std::uint32_t group = fusion_.group(o);
    const bool first = group == fusion_plan::several || reader != group;
    reader = group;
    return first;
  }

  /// Memory traffic of an op: fused values are neither read nor written, others are read once by each group.
  [[nodiscard]] constexpr double traffic(op_id o) {
    const auto operands = g_.operands(o);
    if (fusion_.is_view(o)) {
      // A view inside a group reads for the group.
      return fusion_.fused(o) && reads(o, operands[0]) ? static_cast<double>(fusion_.bytes(g_, operands[0])) : 0;
    }
    const double touched = fusion_.cost(o).bytes;
    const auto written = static_cast<double>(fusion_.result_bytes(g_, o));
    const double writes = written < touched ? written : touched;
    double read = touched - writes;
    for (const value_id v : operands) {
      if (!reads(o, v)) read -= static_cast<double>(fusion_.bytes(g_, v));
    }
    return (read > 0 ? read : 0) + (fusion_.fused(o) ? 0 : writes);
  }

  constexpr void add_compute(estimate& e, op_id o) {
    const op_traits& traits = g_.info(o).traits;
    const auto operands = g_.operands(o);
    op_work w;
    w.flops = fusion_.cost(o).flops;
    w.bytes = traffic(o);
    w.unit = traits.matrix ? compute_unit::matrix : compute_unit::vector;
    if (!operands.empty()) w.element = g_.type(operands[0]).element;
    w.launches = !fusion_.fused(o) && !fusion_.is_view(o) && (w.flops > 0 || fusion_.cost(o).bytes > 0);
    if (w.flops <= 0 && w.bytes <= 0 && !w.launches) return;
    e.compute_time_s += cost_.compute(w, device_);
    e.flops += w.flops;
    e.memory_traffic_bytes += w.bytes;
    e.launches += w.launches ? 1 : 0;
    e.step_time_s = e.compute_time_s + e.communicate_time_s;
  }

  [[nodiscard]] constexpr double larger_side(op_id o) const {
    const std::int64_t before = fusion_.bytes(g_, g_.operands(o)[0]), after = fusion_.bytes(g_, g_.results(o)[0]);
    return static_cast<double>(before > after ? before : after);
  }
  static constexpr void count(estimate& e, collective_kind kind, double bytes) {
    collective_estimate& c = e.collectives[static_cast<std::size_t>(kind)];
    c.count += 1;
    c.bytes += bytes;
  }

  template <class O>
  constexpr bool add_if(estimate& e, op_id o, collective_kind kind) const {
    if constexpr (knows<O>) {
      if (!g_.template is<O>(o)) return false;
      const auto& moves = g_.template attributes<O>(o);
      const transfer t{kind, moves.axes.view(), moves.sizes.view(), larger_side(o)};
      e.communicate_time_s += cost_.communicate(t, network_);
      e.step_time_s = e.compute_time_s + e.communicate_time_s;
      count(e, kind, t.bytes);
      return true;
    } else {
      return false;
    }
  }
  constexpr bool add_mesh_collective(estimate& e, op_id o) const {
    return add_if<op::mesh_all_gather>(e, o, collective_kind::all_gather) ||
           add_if<op::mesh_all_reduce>(e, o, collective_kind::all_reduce) ||
           add_if<op::mesh_reduce_scatter>(e, o, collective_kind::reduce_scatter) ||
           add_if<op::mesh_all_to_all>(e, o, collective_kind::all_to_all) ||
           add_if<op::mesh_collective_permute>(e, o, collective_kind::collective_permute);
  }

  /// Adds `inner`, run `times` times; `timed` is false for branches that are not the slowest.
  static constexpr void add(estimate& e, const estimate& inner, std::int64_t times, bool timed) {
    const auto n = static_cast<double>(times);
    if (timed) {
      e.compute_time_s += n * inner.compute_time_s;
      e.communicate_time_s += n * inner.communicate_time_s;
      e.step_time_s = e.compute_time_s + e.communicate_time_s;
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

  constexpr void add_loop(estimate& e, op_id o) {
    std::int64_t trips = 1;
    bool known = false;
    if constexpr (knows<op::compare>) {
      if (const auto n = trip_count(g_, o)) {
        trips = *n;
        known = true;
      }
    }
    e.unknown_trip_counts = e.unknown_trip_counts || !known;
    for (const region_id r : g_.regions(o)) add(e, run(r), trips, true);
  }

  constexpr void add_branches(estimate& e, op_id o) {
    std::vector<estimate> branches;
    std::size_t slowest = 0;
    for (const region_id r : g_.regions(o)) {
      branches.push_back(run(r));
      if (branches.back().step_time_s > branches[slowest].step_time_s) slowest = branches.size() - 1;
    }
    for (std::size_t i = 0; i < branches.size(); ++i) add(e, branches[i], 1, i == slowest);
  }

  const basic_graph<Ops>& g_;
  const fusion_plan& fusion_;
  const device& device_;
  const Network& network_;
  const Cost& cost_;
  std::vector<std::uint32_t> readers_;  // by value: the group that read it last
};

}  // namespace detail

/// What a device-local program costs on each device of a mesh.
///
/// Time is a sum of terms, one per op and one per collective, each of which depends only on the op, on which of its
/// operands and results its group keeps to itself, and on the device or the network; nothing overlaps. Loops multiply
/// by their trip count, unknown ones by 1; of branches the slowest takes time while the collectives of all are
/// counted. Peak memory is by liveness (peak_memory_of). Seconds and bytes. Linear in the number of ops.
/// Throws verify_error when sizes or counts do not fit in 64 bits.
/// Explained in docs/explanation/simulator.md.
struct simulate_t {
  template <class Ops, class Network, class Cost = roofline>
    requires CostModel<Cost, Network>
  [[nodiscard]] constexpr estimate operator()(const basic_graph<Ops>& program, const device& d, const Network& network,
                                              const Cost& cost = {}, const simulate_options& options = {}) const {
    const fusion_plan fusion(program);
    estimate e = detail::simulator<Ops, Cost, Network>(program, fusion, d, network, cost).run(program.body());
    std::vector<std::uint8_t> donated;
    donated.assign(program.arguments().size(), 0);
    if (options.donate) {
      for (const std::int32_t twin : argument_twins(program)) {
        if (twin >= 0) donated[static_cast<std::size_t>(twin)] = 1;
      }
    }
    e.peak_memory_bytes = peak_memory_of(program, fusion, donated);
    return e;
  }
};
inline constexpr simulate_t simulate{};

}  // namespace partita
