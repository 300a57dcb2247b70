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
    cheap_.resize(list.tasks.size());
    users_.assign(list.values.size(), unused);
    for (const task_list::region& r : list.regions) {
      for (const std::uint32_t v : list.results_of(r)) users_[v] = kept;
    }
    for (std::uint32_t i = 0; i < list.tasks.size(); ++i) cheap_[i] = is_cheap(list, list.tasks[i]);
    for (std::uint32_t i = static_cast<std::uint32_t>(list.tasks.size()); i-- > 0;) decide(list, i);
  }

  /// The task's result exists only inside the fused groups of its users.
  [[nodiscard]] constexpr bool fused(std::uint32_t task) const { return groups_[task] != task; }
  /// The task that ends the group which computes `task`; `several` when more than one group does.
  [[nodiscard]] constexpr std::uint32_t group(std::uint32_t task) const { return groups_[task]; }

 private:
  static constexpr std::uint32_t unused = ~std::uint32_t{0};
  static constexpr std::uint32_t kept = unused - 2;  // some use needs the value in memory

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
    if (t.fusible) {
      const std::uint32_t users = users_[t.first_result];
      if (users < kept || (users == several && cheap_[i] != 0)) group = users;
    }
    groups_[i] = group;
    const bool takes_in = t.takes_in && (!t.view || group != i);
    const std::uint32_t* const operands = list.operands.data() + t.first_operand;
    for (std::uint32_t k = 0; k < t.operand_count; ++k) {
      std::uint32_t& users = users_[operands[k]];
      if (!takes_in || (k == 0 && t.in_place) || list.values[operands[k]].region != t.region) {
        users = kept;
      } else if (users == unused) {
        users = group;
      } else if (users != group && users != kept) {
        users = several;
      }
    }
  }

  plain_vector<std::uint32_t> groups_;  // by task; its own number where it is not fused
  plain_vector<std::uint8_t> cheap_;    // by task
  plain_vector<std::uint32_t> users_;   // by value: the one group that uses it, or how else it is used
};

}  // namespace partita
