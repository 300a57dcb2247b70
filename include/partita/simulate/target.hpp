// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a program is judged for: a device, the network between devices, and an idea of cost. As a type of one's own, whose
// functions the compiler sees through, or with that type forgotten.

#include <concepts>
#include <cstdint>
#include <utility>

#include <partita/mesh/device_mesh.hpp>
#include <partita/simulate/cost_model.hpp>
#include <partita/simulate/timing.hpp>
#include <partita/simulate/topology.hpp>

namespace partita {

/// Something that tasks take time on.
///
/// Minimal definition: `t.communicate(transfer)`, seconds of a collective, and `t.time(timing, tasks, fusion)`, the
/// estimate of a list of tasks without its memory.
/// Laws: those of CostModel, of what it is made of.
/// Models: target, any_target.
template <class T>
concept Target = requires(const T& t, const transfer& m, timing& clock, const task_list& tasks, const fusion_plan& fusion) {
  { t.communicate(m) } -> std::convertible_to<double>;
  { t.time(clock, tasks, fusion) } -> std::same_as<estimate>;
};

/// What a plan is made for: a device, the network between devices, and an idea of cost.
/// Example: target<my_network, my_cost>{a100_80, {}, {}}, as in bench/compile_time/own_parts.cpp.
template <class Topology = ring_topology, class Cost = roofline>
struct target {
  static_assert(CostModel<Cost, Topology>,
                "target: the idea of cost must tell the seconds of an op on a device, compute(op_work, device), and of a "
                "collective on the network, communicate(transfer, network) (simulate/cost_model.hpp)");
  partita::device device;
  Topology topology;
  Cost cost;

  [[nodiscard]] constexpr double communicate(const transfer& t) const { return cost.communicate(t, topology); }
  [[nodiscard]] constexpr estimate time(timing& clock, const task_list& tasks, const fusion_plan& fusion) const {
    return clock.run(tasks, fusion, device, cost);
  }
};
template <class Topology, class Cost>
target(device, Topology, Cost) -> target<Topology, Cost>;

/// The usual target: a device with its own interconnect as rings along the axes of a mesh.
[[nodiscard]] inline target<> default_target(const device& d, const device_mesh& mesh) {
  return {d, ring_topology(d, mesh.sizes()), roofline{}};
}

/// A target of any type, which it holds a copy of. What takes one is compiled once for all of them, and calls through a
/// pointer once for a whole list of tasks, so that the cost model is still inlined into the loop over tasks.
class any_target {
 public:
  template <class Topology, class Cost>
  any_target(const target<Topology, Cost>& t)  // implicit, as a parameter of this type takes a target
      : device_(t.device), held_(new target<Topology, Cost>(t)), calls_(&calls_of<target<Topology, Cost>>) {}
  any_target(const any_target& other)
      : device_(other.device_), held_(other.calls_->copy(other.held_)), calls_(other.calls_) {}
  any_target(any_target&& other) noexcept
      : device_(other.device_), held_(std::exchange(other.held_, nullptr)), calls_(other.calls_) {}
  any_target& operator=(any_target other) noexcept {
    std::swap(device_, other.device_);
    std::swap(held_, other.held_);
    std::swap(calls_, other.calls_);
    return *this;
  }
  ~any_target() {
    if (held_ != nullptr) calls_->destroy(held_);
  }

  [[nodiscard]] const partita::device& device() const { return device_; }
  [[nodiscard]] double communicate(const transfer& t) const { return calls_->communicate(held_, t); }
  [[nodiscard]] estimate time(timing& clock, const task_list& tasks, const fusion_plan& fusion) const {
    return calls_->time(held_, clock, tasks, fusion);
  }

 private:
  struct calls {
    void* (*copy)(const void*);
    void (*destroy)(void*);
    double (*communicate)(const void*, const transfer&);
    estimate (*time)(const void*, timing&, const task_list&, const fusion_plan&);
  };
  template <class T>
  static constexpr calls calls_of{
      [](const void* t) -> void* { return new T(*static_cast<const T*>(t)); },
      [](void* t) { delete static_cast<T*>(t); },
      [](const void* t, const transfer& m) { return static_cast<const T*>(t)->communicate(m); },
      [](const void* t, timing& clock, const task_list& tasks, const fusion_plan& fusion) {
        return static_cast<const T*>(t)->time(clock, tasks, fusion);
      }};

  partita::device device_;
  void* held_;
  const calls* calls_;
};

}  // namespace partita
