// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a program is judged for: a device, the network between devices, and an idea of cost. As a type of one's own, whose
// functions the compiler sees through, or with that type forgotten.

#include <concepts>
#include <memory>

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

/// A target of any type. What takes one is compiled once for all of them, and calls through a pointer once for a whole list
/// of tasks, so that the cost model is still inlined into the loop over tasks. Copies share what they hold: it never changes.
class any_target {
 public:
  template <class Topology, class Cost>
  any_target(const target<Topology, Cost>& t)  // implicit, as a parameter of this type takes a target
      : any_target(std::make_shared<const target<Topology, Cost>>(t)) {}

  [[nodiscard]] const partita::device& device() const { return *device_; }
  [[nodiscard]] double communicate(const transfer& t) const { return communicate_(held_.get(), t); }
  [[nodiscard]] estimate time(timing& clock, const task_list& tasks, const fusion_plan& fusion) const {
    return time_(held_.get(), clock, tasks, fusion);
  }

 private:
  template <class T>
  explicit any_target(const std::shared_ptr<const T>& t)
      : held_(t), device_(&t->device),
        communicate_([](const void* held, const transfer& m) { return static_cast<const T*>(held)->communicate(m); }),
        time_([](const void* held, timing& clock, const task_list& tasks, const fusion_plan& fusion) {
          return static_cast<const T*>(held)->time(clock, tasks, fusion);
        }) {}

  std::shared_ptr<const void> held_;
  const partita::device* device_;  // of what is held
  double (*communicate_)(const void*, const transfer&);
  estimate (*time_)(const void*, timing&, const task_list&, const fusion_plan&);
};

}  // namespace partita
