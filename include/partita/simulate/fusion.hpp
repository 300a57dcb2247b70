// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which values a compiler like XLA would never write to memory because the ops that use them are compiled
// together with the op that makes them. Decided edge by edge from traits, without a cost model.

#include <cstdint>

#include <partita/simulate/task_list.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

/// What fusion makes of a list of tasks. A plan can be made again and again and keeps its memory.
///
/// A task is fused into its users when it is elementwise with one result that stays in its region, and
/// * all its users end up in one group, or it is cheap enough to be computed by each: constants that are splats,
///   generators, what makes much of little (a broadcast), or what follows from such values with one operation per
///   element;
/// * every user can take it in: elementwise ops and reductions, but not an op that updates it in place.
/// A view (an op that touches no memory, such as a reshape) takes a value in only if it is fused itself.
class fusion_plan {
 public:
  static constexpr std::uint32_t several = ~std::uint32_t{0} - 1;

  constexpr void make(const task_list& list) {
    groups_.resize(list.tasks.size());
    fused_.resize(list.tasks.size());
    cheap_.resize(list.tasks.size());
    users_.assign(list.values.size(), unused);
    kept_.assign(list.values.size(), 0);
    for (const task_list::region& r : list.regions) {
      for (const std::uint32_t v : list.results_of(r)) kept_[v] = 1;
    }
    for (std::uint32_t i = 0; i < list.tasks.size(); ++i) cheap_[i] = is_cheap(list, list.tasks[i]);
    for (std::uint32_t i = static_cast<std::uint32_t>(list.tasks.size()); i-- > 0;) decide(list, i);
  }

  /// The task's result exists only inside the fused groups of its users.
  [[nodiscard]] constexpr bool fused(std::uint32_t task) const { return fused_[task] != 0; }
  [[nodiscard]] constexpr bool fused(const task_list& list, std::uint32_t value) const {
    const std::uint32_t maker = list.values[value].maker;
    return maker != task_list::none && fused(maker);
  }
  /// The task that ends the group which computes `task`; `several` when more than one group does.
  [[nodiscard]] constexpr std::uint32_t group(std::uint32_t task) const { return groups_[task]; }

 private:
  static constexpr std::uint32_t unused = ~std::uint32_t{0};

  [[nodiscard]] constexpr bool is_cheap(const task_list& list, const task_list::task& t) const {
    if (t.cheap || !t.cheap_of_cheap) return t.cheap;
    for (const std::uint32_t v : list.operands_of(t)) {
      const std::uint32_t maker = list.values[v].maker;
      if (maker == task_list::none || cheap_[maker] == 0) return false;
    }
    return true;
  }

  /// @pre every user of the task's results has been decided
  constexpr void decide(const task_list& list, std::uint32_t i) {
    const task_list::task& t = list.tasks[i];
    std::uint32_t group = i;
    bool fused = false;
    if (t.fusible) {
      const std::uint32_t users = users_[t.first_result];
      fused = kept_[t.first_result] == 0 && users != unused && (users != several || cheap_[i] != 0);
      if (fused) group = users;
    }
    groups_[i] = group;
    fused_[i] = fused;
    const bool takes_in = t.takes_in && (!t.view || fused);
    const auto operands = list.operands_of(t);
    for (std::size_t k = 0; k < operands.size(); ++k) {
      const std::uint32_t v = operands[k];
      users_[v] = users_[v] == unused || users_[v] == group ? group : several;
      const bool made_here = list.values[v].maker != task_list::none && list.values[v].region == t.region;
      if (!takes_in || (k == 0 && t.in_place) || !made_here) kept_[v] = 1;
    }
  }

  plain_vector<std::uint32_t> groups_;       // by task
  plain_vector<std::uint8_t> fused_, cheap_;  // by task
  plain_vector<std::uint32_t> users_;        // by value: the one group that uses it
  plain_vector<std::uint8_t> kept_;          // by value: some use needs it in memory
};

}  // namespace partita
