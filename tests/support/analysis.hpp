// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Colours and compatibility sets of small programs as text, to be compared with what a page of paper says.

#include <string>
#include <utility>
#include <vector>

#include <partita/search/choices.hpp>

namespace partita::testing {

/// Values of a program by the names that a test gives them.
using value_names = std::vector<std::pair<std::string, value_id>>;

[[nodiscard]] inline std::string name_in(const value_names& names, value_id v) {
  for (const auto& [name, value] : names) {
    if (value == v) return name;
  }
  return "%" + std::to_string(v.index);
}

/// The dims of each colour in order: "x.0 h.0 y.0".
[[nodiscard]] inline std::vector<std::string> colours_of(const program_analysis& a, const value_names& names) {
  std::vector<std::string> colours;
  for (const colour_id c : a.names.colours()) {
    std::string text;
    for (const dim_of_value& at : a.names.dims(c)) {
      text += (text.empty() ? "" : " ") + name_in(names, at.value) + "." + std::to_string(at.dim);
    }
    colours.push_back(text);
  }
  return colours;
}

/// The dims of a set's values on one side, then how many units it holds: "s.0 e.0 + 3 units".
[[nodiscard]] inline std::string side_of(const program_analysis& a, const value_names& names, std::uint32_t set,
                                         std::size_t side) {
  std::string text;
  for (const dim_conflict& c : a.conflicts.conflicts({set})) {
    if (c.value) text += name_in(names, c.value) + "." + std::to_string(c.side[side]) + " ";
  }
  return text + "+ " + std::to_string(a.conflicts[conflict_set_id{set}].units) + " units";
}

/// What a choice does: "tile w.0, pin m".
[[nodiscard]] inline std::string text_of(const program_analysis& a, const value_names& names, const split_choice& c) {
  std::string text;
  for (const action& step : a.choices.actions(c)) {
    text += text.empty() ? "" : ", ";
    text += step.kind == action_kind::pin ? "pin " + name_in(names, step.value)
                                          : "tile " + name_in(names, step.value) + "." + std::to_string(step.dim);
  }
  return text;
}

/// What the choices of one kind do, in order.
[[nodiscard]] inline std::vector<std::string> choices_of(const program_analysis& a, const value_names& names,
                                                         choice_kind kind) {
  std::vector<std::string> texts;
  for (const split_choice& c : a.choices.all()) {
    if (c.kind == kind) texts.push_back(text_of(a, names, c));
  }
  return texts;
}

/// Collectives of a program on one axis after these choices, one tactic each; results leave as they were produced or,
/// where they update an argument, as it arrives.
template <class Ops>
[[nodiscard]] collective_counts counts_after(const program_facts<Ops>& facts, const program_analysis& a,
                                             std::int64_t devices, const std::vector<split_choice>& taken,
                                             std::size_t* conflicts = nullptr) {
  axis_sizes axes;
  axes.push_back(devices);
  partitioning<Ops> p(facts, axes);
  for (const split_choice& c : taken) p.apply(a.choices.actions(c, 0, p.state()));
  if (conflicts != nullptr) *conflicts = p.conflicts().size();
  return count_collectives(p.lower());
}

/// The n-th choice of a kind.
[[nodiscard]] inline split_choice choice(const program_analysis& a, choice_kind kind, std::size_t n) {
  for (const split_choice& c : a.choices.all()) {
    if (c.kind == kind && n-- == 0) return c;
  }
  return {};
}

}  // namespace partita::testing
