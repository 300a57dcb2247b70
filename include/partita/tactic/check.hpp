// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Checks of a schedule that need its mesh only: axes exist, and alternatives stand where a search can choose.
// A mesh known at compile time is checked by the compiler.

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <partita/mesh/device_mesh.hpp>
#include <partita/mesh/static_mesh.hpp>
#include <partita/tactic/schedule_builder.hpp>

namespace partita {

namespace detail {

constexpr std::string_view word_of(term_kind k) {
  return k == term_kind::shard ? "shard" : k == term_kind::pin ? "pin" : "automatic";
}

[[nodiscard]] inline schedule_place place_of(const schedule& s, const term& t) {
  if (t.place == term::no_place) return {};
  return {s.source_name(), s.source(), t.place};
}

[[noreturn]] inline void schedule_names_an_axis_that_the_mesh_does_not_have(const schedule& s, const term& t,
                                                                            std::string_view axis,
                                                                            const device_mesh& mesh) {
  std::string known;
  for (std::size_t a = 0; a < mesh.axis_count(); ++a) {
    known += (a == 0 ? "" : ", ") + std::string(mesh.name(static_cast<axis_index>(a)));
  }
  throw schedule_error(message_at(place_of(s, t), std::string(word_of(t.kind)) + ": the mesh has no axis '" +
                                                      std::string(axis) +
                                                      "'; its axes are: " + (known.empty() ? "none" : known)));
}

[[noreturn]] inline void schedule_leaves_a_choice_that_only_a_search_can_take(std::size_t alternatives) {
  throw schedule_error("schedule: | leaves a choice of " + std::to_string(alternatives) +
                       " alternatives, which only a search with a goal can take; write one of them, or end in >> "
                       "choose(minimize(step_time))");
}
[[noreturn]] inline void alternatives_have_different_goals(const schedule_place& where) {
  throw schedule_error(message_at(where,
                                  "the alternatives of | end in tactics with different goals, so that there is no telling "
                                  "which is the best; give them one: (a | b) >> choose(minimize(step_time))"));
}

template <bool HasGoal, class T>
constexpr void explain_alternatives() {
  static_assert(HasGoal || !T::has_alternatives,
                "schedule: | leaves a choice, which only a search with a goal can take; write one of the alternatives, or "
                "end in >> choose(minimize(step_time)) (docs/reference/errors.md#alternatives)");
}

}  // namespace detail

/// Throws schedule_error when the schedule names an axis that the mesh does not have.
constexpr void check_axes(const schedule& s, const device_mesh& mesh) {
  for (std::uint32_t number = 0; number < s.tactic_count(); ++number) {
    for (const term& t : s.terms(number)) {
      if (t.kind != term_kind::automatic) {
        if (!mesh.find(s.text(t.axis))) {
          detail::schedule_names_an_axis_that_the_mesh_does_not_have(s, t, s.text(t.axis), mesh);
        }
        continue;
      }
      for (const text_id a : s.automatic(t).axes) {
        if (!mesh.find(s.text(a))) {
          detail::schedule_names_an_axis_that_the_mesh_does_not_have(s, t, s.text(a), mesh);
        }
      }
    }
  }
}

/// The schedule of an expression, checked against the mesh: at compile time where both are known by type, else by
/// throwing schedule_error.
struct schedule_for_t {
  template <std::derived_from<device_mesh> Mesh, Tactic T>
  [[nodiscard]] constexpr schedule operator()(const Mesh& mesh, const T& tactic) const {
    if constexpr (StaticMesh<Mesh>) {
      tactic.for_each_term([]<class Term>(const Term&) { Term::template explain_axes<Mesh>(); });
    }
    schedule s = to_schedule(tactic);
    check_axes(s, mesh);
    return s;
  }
};
inline constexpr schedule_for_t schedule_for{};

/// As schedule_for, where no search can choose: a schedule with alternatives is refused.
struct sequence_for_t {
  template <std::derived_from<device_mesh> Mesh, Tactic T>
  [[nodiscard]] constexpr schedule operator()(const Mesh& mesh, const T& tactic) const {
    detail::explain_alternatives<false, T>();
    schedule s = schedule_for(mesh, tactic);
    if (s.alternative_count() > 1) {
      detail::schedule_leaves_a_choice_that_only_a_search_can_take(s.alternative_count());
    }
    return s;
  }
};
inline constexpr sequence_for_t sequence_for{};

/// As schedule_for, where the goal of the schedule can choose: alternatives need one goal.
struct choice_for_t {
  template <std::derived_from<device_mesh> Mesh, Tactic T>
  [[nodiscard]] constexpr schedule operator()(const Mesh& mesh, const T& tactic) const {
    detail::explain_alternatives<T::has_automatic, T>();
    schedule s = schedule_for(mesh, tactic);
    if (s.alternative_count() == 1) return s;
    const std::uint32_t chooser = s.chooser();
    if (chooser == schedule::none) detail::schedule_leaves_a_choice_that_only_a_search_can_take(s.alternative_count());
    for (std::size_t a = 0; a < s.alternative_count(); ++a) {
      const std::uint32_t last = s.last_automatic(a);
      if (last != schedule::none && !(s.automatic(last)->wanted == s.automatic(chooser)->wanted)) {
        detail::alternatives_have_different_goals(detail::place_of(s, s.terms(chooser)[0]));
      }
    }
    return s;
  }
};
inline constexpr choice_for_t choice_for{};

}  // namespace partita
