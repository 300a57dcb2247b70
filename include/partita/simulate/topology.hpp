// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the devices of a mesh reach one another: for each axis a latency and a bandwidth.

#include <concepts>

#include <partita/mesh/axis.hpp>
#include <partita/simulate/device.hpp>

namespace partita {

/// A network between the devices of a mesh, seen along its axes.
///
/// Minimal definition: `t.latency(axis)`, seconds until the first byte of a message is at the next device of the axis;
/// `t.bandwidth(axis)`, bytes per second that each device can send along the axis while all others do the same,
/// all directions together.
/// Laws: latency >= 0 and bandwidth > 0 for every axis of the mesh; both depend on the axis only.
/// Models: ring_topology.
template <class T>
concept Topology = requires(const T& t, axis_index axis) {
  { t.latency(axis) } -> std::convertible_to<double>;
  { t.bandwidth(axis) } -> std::convertible_to<double>;
};

/// Figures of the ring along one axis.
struct ring {
  double latency = 0;    ///< seconds
  double bandwidth = 0;  ///< bytes per second that each device sends along the ring
};

/// Every axis of the mesh is a ring of its own; on each a device has the full link bandwidth of an axis. That is a
/// torus with as many dims as the mesh, or devices on one switch. Axes that use slower links are set apart:
///
///   ring_topology t(a100_80, mesh.sizes());
///   t.set(0, {.latency = 5e-6, .bandwidth = 25e9});    // axis 0 crosses nodes
class ring_topology {
 public:
  constexpr explicit ring_topology(const device& d, const axis_sizes& sizes = {})
      : other_{d.link_latency, d.link_bandwidth * d.link_efficiency}, rings_(sizes.size(), other_) {}

  constexpr void set(axis_index axis, const ring& r) {
    if (rings_.size() <= axis) rings_.resize(axis + 1u, other_);
    rings_[axis] = r;
  }

  [[nodiscard]] constexpr double latency(axis_index axis) const { return at(axis).latency; }
  [[nodiscard]] constexpr double bandwidth(axis_index axis) const { return at(axis).bandwidth; }

 private:
  [[nodiscard]] constexpr const ring& at(axis_index axis) const { return axis < rings_.size() ? rings_[axis] : other_; }

  ring other_;
  static_vector<ring, max_axes> rings_;
};

}  // namespace partita
