// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Plans in constant expressions: what a schedule makes a program communicate.
//
//   static_assert(collectives_of(chain, mesh, BP >> MP) == all_reduce * 1);

#include <concepts>
#include <utility>

#include <partita/search/partitioning.hpp>
#include <partita/tactic/check.hpp>

namespace partita {

namespace detail {

template <class Ops>
constexpr const basic_graph<Ops>& graph_of(const basic_graph<Ops>& g) {
  return g;
}
template <class F>
  requires std::invocable<const F&>
constexpr auto graph_of(const F& make) {
  return make();
}

/// Applies every tactic of a schedule without automatic ones.
template <class Ops, class Callables, class F>
constexpr auto apply_schedule(const basic_graph<Ops>& g, const schedule& s, const device_mesh& mesh,
                              const Callables& callables, F&& f) {
  const program_facts<Ops> facts(g);
  partitioning<Ops> p(facts, mesh.sizes());
  for (const std::uint32_t tactic : s.sequence()) {
    p.apply(resolve(s, tactic, p.state(), mesh, facts.stacks, callables).actions);
  }
  return std::forward<F>(f)(p);
}

struct count_of_collectives {
  constexpr collective_counts operator()(const auto& p) const { return count_collectives(p.lower()); }
};

}  // namespace detail

/// Applies a schedule of manual tactics to a program and returns what `f` makes of the partitioning.
///
/// `program` is a graph or a callable that returns one. Throws schedule_error as resolve does.
struct with_schedule_t {
  template <class Program, std::derived_from<device_mesh> Mesh, Tactic T, class F>
  constexpr auto operator()(const Program& program, const Mesh& mesh, const T& tactic, F&& f) const {
    const schedule s = sequence_for(mesh, tactic);
    return detail::apply_schedule(detail::graph_of(program), s, mesh, callables_for(tactic), std::forward<F>(f));
  }
};
inline constexpr with_schedule_t with_schedule{};

/// The collectives of the device-local program, by kind. Usable in constant expressions for small programs.
///
/// `program`: a graph or a callable that returns one; `tactic`: any expression over tactics.
/// Throws schedule_error as resolve does; in a constant expression that stops the compiler with a sentence.
/// Source: PartIR (arXiv 2401.11202), section 7, for what is counted. Example: tests/static/running_example.cpp.
struct collectives_of_t {
  template <class Program, std::derived_from<device_mesh> Mesh, Tactic T>
  [[nodiscard]] constexpr collective_counts operator()(const Program& program, const Mesh& mesh, const T& tactic) const {
    return with_schedule(program, mesh, tactic, detail::count_of_collectives{});
  }
};
inline constexpr collectives_of_t collectives_of{};

}  // namespace partita
