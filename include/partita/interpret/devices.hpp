// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// N virtual devices. Each runs its program until it ends or stands at a collective; a collective takes place when all
// devices of a group stand at it and agree about it. Devices that wait for what can never come are an error that names
// them, never a hang. Neither results nor errors depend on the order in which devices are advanced or on threads.

#include <algorithm>
#include <cstdint>
#include <exception>
#include <map>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <partita/interpret/crew.hpp>
#include <partita/interpret/faults.hpp>
#include <partita/interpret/machine.hpp>

namespace partita::interpret {

/// How devices are run. None of this but faults changes a result.
struct run_options {
  unsigned threads = 0;          ///< 0: as many as the machine has, where that pays
  std::uint64_t order_seed = 0;  ///< in which order devices are advanced; 0: by number
  std::vector<fault> faults;     ///< made on purpose; one that never comes about is an error
};

class devices {
 public:
  /// @param programs one per device, replica by replica
  /// @param functions of the module, for ops that call them
  /// @param o is called for every op of every device, with several threads at the same time
  /// Throws execution_error when the grid has no devices, or not as many as the mesh or the programs.
  devices(std::vector<const program*> programs, device_grid grid, numerics n, run_options options = {},
          const observer& o = {}, const program_set* functions = nullptr)
      : programs_(std::move(programs)), grid_(std::move(grid)), options_(std::move(options)),
        joined_(programs_.size(), 0), made_(options_.faults.size(), false), errors_(programs_.size()),
        crew_(thread_count()) {
    expect_grid();
    machines_.reserve(programs_.size());
    for (std::uint32_t d = 0; d < grid_.size(); ++d) {
      machines_.emplace_back(*programs_[d], n, grid_, device_position{d / grid_.partitions, d % grid_.partitions},
                             functions);
      machines_.back().observe(o);
    }
    std::mt19937_64 random(options_.order_seed);
    for (std::uint32_t d = 0; d < grid_.size(); ++d) order_.push_back(d);
    if (options_.order_seed != 0) std::shuffle(order_.begin(), order_.end(), random);
  }
  devices(const devices&) = delete;
  devices& operator=(const devices&) = delete;

  /// Executes all programs to their ends. Returns each device's results.
  /// Throws execution_error; of several devices with errors the one of the lowest number counts.
  [[nodiscard]] std::vector<std::vector<array>> run(std::vector<std::vector<array>> arguments) {
    if (arguments.size() != machines_.size()) {
      throw execution_error("arguments for " + std::to_string(arguments.size()) +
                            " devices were given, but there are " + std::to_string(machines_.size()));
    }
    for (std::size_t d = 0; d < machines_.size(); ++d) machines_[d].start(std::move(arguments[d]));
    while (advance()) {
      if (!exchange_data()) fail_stalled();
    }
    expect_faults();
    std::vector<std::vector<array>> results;
    for (machine& m : machines_) results.push_back(m.take_results());
    return results;
  }

  [[nodiscard]] std::size_t size() const { return machines_.size(); }
  [[nodiscard]] const machine& operator[](std::size_t device) const { return machines_[device]; }
  /// How many collectives the device has taken part in.
  [[nodiscard]] std::size_t collectives(std::size_t device) const { return joined_[device]; }

 private:
  using state = machine::state;
  static constexpr std::uint32_t no_group = ~std::uint32_t{0};

  // The groups of one op.
  struct meeting {
    exchange_groups groups;
    std::vector<std::uint32_t> group_of;  // by device
  };

  void expect_grid() const {
    if (grid_.replicas == 0 || grid_.partitions == 0) throw execution_error("a grid has at least one device");
    const auto count = std::uint64_t{grid_.replicas} * grid_.partitions;
    if (count != programs_.size()) {
      throw execution_error("a grid of " + std::to_string(count) + " devices needs as many programs, not " +
                            std::to_string(programs_.size()));
    }
    if (grid_.mesh.empty()) return;
    std::int64_t product = 1;
    for (const std::int64_t size : grid_.mesh) {
      if (size < 1 || size > std::int64_t{grid_.partitions})
        throw execution_error("a mesh axis has a wrong size: " + std::to_string(size));
      product *= size;
      if (product > std::int64_t{grid_.partitions}) break;
    }
    if (product != std::int64_t{grid_.partitions}) {
      throw execution_error("the product of the mesh axes must be the number of partitions, " +
                            std::to_string(grid_.partitions));
    }
  }

  // Threads pay when what all devices compute between two collectives takes longer than waking threads: values are
  // counted, of all devices, for each collective of a program.
  [[nodiscard]] unsigned thread_count() const {
    constexpr std::int64_t worth_threads = 1 << 20;
    const auto most = static_cast<unsigned>(std::clamp<std::size_t>(programs_.size(), 1, 256));
    if (options_.threads != 0) return std::min(options_.threads, most);
    std::int64_t elements = 0, collectives = 0;
    for (std::size_t d = 0; d < programs_.size(); ++d) {
      if (d != 0 && programs_[d] == programs_[d - 1]) continue;
      const program& p = *programs_[d];
      const graph_base& g = p.graph();
      for (std::uint32_t v = 0; v < g.value_count(); ++v) {
        const type_view t = g.type(value_id{v});
        if (t.is_tensor()) elements += std::clamp<std::int64_t>(t.elements(), 0, std::int64_t{1} << 31);
      }
      for (std::uint32_t o = 0; o < g.op_count(); ++o) collectives += p.kernel({o}).kind == flow::exchange ? 1 : 0;
    }
    const double each = static_cast<double>(elements) / static_cast<double>(collectives + 1) * most;
    return each < static_cast<double>(worth_threads) ? 1 : std::clamp(std::thread::hardware_concurrency(), 1u, most);
  }

  // Throws the error of the lowest device that has one.
  void rethrow() {
    for (const std::exception_ptr& e : errors_) {
      if (e) std::rethrow_exception(e);
    }
  }

  // Runs every device as far as it comes by itself. False when all have finished.
  bool advance() {
    crew_.for_each(order_.size(), [&](std::size_t i) {
      const std::uint32_t d = order_[i];
      try {
        (void)machines_[d].run();
      } catch (...) {
        errors_[d] = std::current_exception();
      }
    });
    rethrow();
    return std::any_of(machines_.begin(), machines_.end(),
                       [](const machine& m) { return m.status() == state::waiting; });
  }

  [[nodiscard]] op_view op_of(std::uint32_t d) const { return programs_[d]->view(machines_[d].waiting_at()); }
  [[nodiscard]] const kernel_row& row_of(std::uint32_t d) const {
    return programs_[d]->kernel(machines_[d].waiting_at());
  }

  // The groups of the op at which device d waits.
  const meeting& meeting_of(std::uint32_t d) {
    const op_id o = machines_[d].waiting_at();
    const auto [at, is_new] = meetings_.try_emplace({programs_[d], o.index});
    meeting& m = at->second;
    if (!is_new) return m;
    try {
      m.groups = row_of(d).groups(op_of(d), grid_);
    } catch (const execution_error& e) {
      machines_[d].fail_at(o, e.what());
    }
    m.group_of.assign(machines_.size(), no_group);
    for (std::uint32_t g = 0; g < m.groups.size(); ++g) {
      for (const std::uint32_t member : m.groups[g]) {
        if (member >= machines_.size()) {
          machines_[d].fail_at(o, "a group names device " + std::to_string(member) + ", but there are " +
                                      std::to_string(machines_.size()) + " devices");
        }
        if (m.group_of[member] != no_group) {
          machines_[d].fail_at(o, "device " + std::to_string(member) + " is in its groups twice");
        }
        m.group_of[member] = g;
      }
    }
    return m;
  }

  // Lets the collectives take place that can. False when there are none.
  bool exchange_data() {
    std::vector<std::vector<std::uint32_t>> ready;
    std::vector<std::uint32_t> alone;
    std::vector<bool> seen(machines_.size(), false);
    for (std::uint32_t d = 0; d < machines_.size(); ++d) {
      if (machines_[d].status() != state::waiting || seen[d]) continue;
      const meeting& m = meeting_of(d);
      if (m.group_of[d] == no_group) {
        if (!row_of(d).zeros_outside)
          machines_[d].fail_at(machines_[d].waiting_at(), "device " + std::to_string(d) + " is in none of its groups");
        alone.push_back(d);
        continue;
      }
      const std::vector<std::uint32_t>& group = m.groups[m.group_of[d]];
      bool all = true;
      for (const std::uint32_t member : group) all = all && obstacle(d, member).empty();
      if (!all) continue;
      for (const std::uint32_t member : group) seen[member] = true;
      ready.push_back(group);
    }
    for (const std::uint32_t d : alone) give_zeros(d);
    if (options_.faults.empty()) {
      crew_.for_each(ready.size(), [&](std::size_t i) { meet(ready[i]); });
    } else {
      for (const std::vector<std::uint32_t>& group : ready) meet(group);
    }
    rethrow();
    return !ready.empty() || !alone.empty();
  }

  void meet(const std::vector<std::uint32_t>& group) {
    try {
      const kernel_row& row = row_of(group[0]);
      std::vector<machine*> members;
      for (const std::uint32_t d : group) members.push_back(&machines_[d]);
      exchange e(op_of(group[0]), std::move(members));
      each_fault(group,
                 [&](const fault& f, std::size_t member) { detail::make_fault_before(e, f, member, row.reduces); });
      row.combine(e);
      each_fault(group, [&](const fault& f, std::size_t member) { detail::make_fault_after(e, f, member); });
      e.finish();
      for (const std::uint32_t d : group) ++joined_[d];
    } catch (...) {
      errors_[*std::min_element(group.begin(), group.end())] = std::current_exception();
    }
  }

  void give_zeros(std::uint32_t d) {
    machine& m = machines_[d];
    const op_view op = op_of(d);
    // Results of these ops have the types of their operands, whose sizes are known here.
    for (std::size_t i = 0; i < op.result_count(); ++i) {
      const type_view t{op.result(i).element, m.exchanged_operands()[i].type().dims};
      m.exchanged_results().push_back(zeros(t, m.precision()));
    }
    m.resume();
    ++joined_[d];
  }

  template <class F>
  void each_fault(const std::vector<std::uint32_t>& group, F&& f) {
    for (std::size_t i = 0; i < options_.faults.size(); ++i) {
      const fault& wanted = options_.faults[i];
      for (std::size_t member = 0; member < group.size(); ++member) {
        if (group[member] != wanted.device || joined_[wanted.device] != wanted.collective) continue;
        f(wanted, member);
        made_[i] = true;
      }
    }
  }

  void expect_faults() const {
    for (std::size_t i = 0; i < made_.size(); ++i) {
      if (made_[i]) continue;
      const fault& f = options_.faults[i];
      throw execution_error(
          "the wanted fault did not come about: " +
          (f.device < joined_.size() ? "device " + std::to_string(f.device) + " takes part in " +
                                           std::to_string(joined_[f.device]) + " collectives, and not in number " +
                                           std::to_string(f.collective)
                                     : "there is no device " + std::to_string(f.device)));
    }
  }

  // --- what keeps a collective from taking place ---------------------------------------------------------

  [[nodiscard]] std::string place_of(std::uint32_t d) const {
    const op_view op = op_of(d);
    const std::string_view scope = op.graph().scope(op.id());
    return std::string(op.name()) + (scope.empty() ? "" : " (" + std::string(scope) + ")");
  }
  [[nodiscard]] static std::string numbers(std::span<const std::uint32_t> list) {
    std::string text;
    for (std::size_t i = 0; i < list.size() && i < 16; ++i) text += (i == 0 ? "" : ", ") + std::to_string(list[i]);
    return list.size() > 16 ? text + ", ..." : text;
  }

  // Why device m cannot take part in what device d waits for; empty when it can.
  [[nodiscard]] std::string obstacle(std::uint32_t d, std::uint32_t m) {
    if (d == m) return {};
    const std::string who = "device " + std::to_string(m);
    if (machines_[m].status() == state::finished) return who + " has finished without it";
    const op_view mine = op_of(d), other = op_of(m);
    if (programs_[d] != programs_[m] || mine.id() != other.id()) {
      if (mine.name() != other.name()) return who + " waits at " + place_of(m);
      const kernel_row &row = row_of(d), &other_row = row_of(m);
      if (row.channel(mine) != other_row.channel(other)) {
        return who + " waits on channel " + std::to_string(other_row.channel(other)) + ", not " +
               std::to_string(row.channel(mine));
      }
      const meeting &at = meeting_of(d), &other_at = meeting_of(m);
      if (other_at.group_of[m] == no_group) return who + " is in none of the groups of its own op";
      if (at.groups[at.group_of[d]] != other_at.groups[other_at.group_of[m]])
        return who + " waits with devices " + numbers(other_at.groups[other_at.group_of[m]]);
      if (row.agreement(mine) != other_row.agreement(other)) return who + " waits at this op with other attributes";
      if (!same_regions(mine, other)) return who + " combines values otherwise";
    }
    const std::vector<array>&a = machines_[d].exchanged_operands(), &b = machines_[m].exchanged_operands();
    if (a.size() != b.size()) {
      return who + " brings " + std::to_string(b.size()) + " operands, not " + std::to_string(a.size());
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!(a[i].type() == b[i].type())) {
        return "operand " + std::to_string(i) + " of " + who + " is " + to_string(b[i].type()) + ", not " +
               to_string(a[i].type());
      }
    }
    return {};
  }

  // Whether two ops' regions consist of the same ops.
  [[nodiscard]] static bool same_regions(const op_view& a, const op_view& b) {
    const auto ops = [](const op_view& v) {
      std::string text;
      for (std::size_t i = 0; i < v.region_count(); ++i) {
        const graph_base& g = v.graph();
        for (op_id o = g.first_op(v.region(i)); o != g.end_op(v.region(i)); o = g.next(o))
          text += std::to_string(g.code(o)) + " ";
      }
      return text;
    };
    return ops(a) == ops(b);
  }

  [[noreturn]] void fail_stalled() {
    constexpr std::size_t most = 8;
    std::string text = "no device can go on:";
    std::size_t waiting = 0;
    for (std::uint32_t d = 0; d < machines_.size(); ++d) {
      if (machines_[d].status() != state::waiting || ++waiting > most) continue;
      const meeting& m = meeting_of(d);
      const std::vector<std::uint32_t>& group = m.groups[m.group_of[d]];
      text += "\n  device " + std::to_string(d) + " waits at " + place_of(d) + " with devices " + numbers(group) + ": ";
      std::string reason;
      for (std::size_t i = 0; i < group.size() && reason.empty(); ++i) reason = obstacle(d, group[i]);
      text += reason;
    }
    if (waiting > most) text += "\n  and " + std::to_string(waiting - most) + " more";
    throw execution_error(text);
  }

  std::vector<const program*> programs_;
  device_grid grid_;
  run_options options_;
  std::vector<machine> machines_;
  std::vector<std::uint32_t> order_;
  std::vector<std::size_t> joined_;
  std::vector<bool> made_;  // by fault
  std::vector<std::exception_ptr> errors_;
  std::map<std::pair<const program*, std::uint32_t>, meeting> meetings_;
  crew crew_;
};

/// Executes one program on all devices of a grid. `arguments` and results are per device.
[[nodiscard]] inline std::vector<std::vector<array>> run_on_devices(const program& p, const device_grid& grid,
                                                                    std::vector<std::vector<array>> arguments,
                                                                    numerics n = numerics::own,
                                                                    const run_options& options = {},
                                                                    const observer& o = {},
                                                                    const program_set* functions = nullptr) {
  const std::uint64_t count = std::uint64_t{grid.replicas} * grid.partitions;
  if (count > arguments.size()) {
    throw execution_error("a grid of " + std::to_string(count) + " devices needs arguments for each, not for " +
                          std::to_string(arguments.size()));
  }
  devices all(std::vector<const program*>(static_cast<std::size_t>(count), &p), grid, n, options, o, functions);
  return all.run(std::move(arguments));
}

}  // namespace partita::interpret
