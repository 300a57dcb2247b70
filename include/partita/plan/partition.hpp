// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// partition(program, mesh, schedule, device): applies the tactics one after the other and reports what each
// one costs.

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <partita/plan/collectives_of.hpp>
#include <partita/plan/explain.hpp>
#include <partita/plan/plan_builder.hpp>
#include <partita/search/iterated_greedy.hpp>
#include <partita/search/pareto_front.hpp>
#include <partita/search/partition_problem.hpp>
#include <partita/simulate.hpp>
#include <partita/support/function_view.hpp>

namespace partita {

struct plan_options {
  lowering_options lowering;
  search_budget search = search_budget::of_evaluations(2000);  ///< for each automatic tactic, of all alternatives together
};

namespace detail {

/// Makes the plan of a schedule for a target, with a search. Its functions are not inline: see plan_builder.
template <class Ops, class Search, class Callables, bool Searches>
class planner {
 public:
  planner(const basic_graph<Ops>& g, const device_mesh& mesh, const schedule& s, const Callables& callables,
          const any_target& target, const Search& search, const plan_options& options)
      : basis_(g), mesh_(mesh), schedule_(s), callables_(callables), target_(target), search_(search), options_(options) {}

  /// Of the alternatives of the schedule the best by its goal.
  plan<Ops> run();

 private:
  using problem = partition_problem<Ops>;
  using builder = plan_builder<Ops>;

  plan<Ops> follow(std::size_t alternative);
  void find(builder& b, const search_request& request, const std::string& name);
  search_result<estimate_summary> find_front(builder& b, problem& p, std::vector<candidate>& points);
  local_program<Ops> report(const builder& b, tactic_report& t, function_view<void()> work);

  plan_basis<Ops> basis_;
  const device_mesh& mesh_;
  const schedule& schedule_;
  const Callables& callables_;
  const any_target& target_;
  const Search& search_;
  plan_options options_;
};

template <class Ops, class Search, class Callables, bool Searches>
plan<Ops> planner<Ops, Search, Callables, Searches>::run() {
  const std::size_t count = schedule_.alternative_count();
  if (count < 2) return follow(0);
  const search_request request = request_for(schedule_, schedule_.chooser(), mesh_, target_.device());
  options_.search = options_.search.part(count);
  std::optional<plan<Ops>> best;
  std::vector<candidate> all;
  for (std::size_t i = 0; i < count; ++i) {
    plan<Ops> p = follow(i);
    all.push_back({summary_of(p.total()), p.found_schedule});
    if (best && !request.better(all.back().cost, all[best->alternative].cost)) continue;
    best = std::move(p);
    best->alternative = i;
  }
  best->alternatives = std::move(all);
  return *std::move(best);
}

/// Applies the tactics of one alternative one after the other.
template <class Ops, class Search, class Callables, bool Searches>
plan<Ops> planner<Ops, Search, Callables, Searches>::follow(std::size_t alternative) {
  builder b(basis_, mesh_, schedule_, alternative, target_.device());
  b.before().name = "(none)";
  local_program<Ops> program = report(b, b.before(), [] {});
  const list_view<std::uint32_t> tactics = schedule_.sequence(alternative);
  for (std::size_t i = 0; i < tactics.size(); ++i) {
    tactic_report t;
    t.name = name_of(schedule_, tactics[i]);
    if (schedule_.automatic(tactics[i]) != nullptr) {
      const search_request request = request_for(schedule_, tactics[i], mesh_, target_.device());
      b.add_goal(t.name, request);
      if (request.axes.empty()) continue;
      if constexpr (Searches) program = report(b, t, [&] { find(b, request, t.name); });
    } else {
      program = report(b, t, [&] {
        b.apply_written(i, resolve(schedule_, tactics[i], b.state().state(), mesh_, b.stacks(), callables_), t);
      });
    }
    b.add(std::move(t));
  }
  return b.finish(std::move(program));
}

template <class Ops, class Search, class Callables, bool Searches>
void planner<Ops, Search, Callables, Searches>::find(builder& b, const search_request& request, const std::string& name) {
  static_assert(SearchStrategy<Search, problem>,
                "partition: the search must be callable as search(problem, budget) and return a search_result of the "
                "problem's outcome (search/strategy.hpp)");
  plain_vector<plain_vector<action>> earlier;
  const search_ground<Ops>& ground = b.ground_for(earlier);
  problem p(ground, mesh_.sizes(), target_, options_.lowering, request, earlier);
  search_report found_by;
  found_by.tactic = name;
  const auto found = request.wanted.front ? find_front(b, p, found_by.front) : search_(p, options_.search);
  found_by.evaluations = found.evaluations;
  found_by.seconds = found.seconds;
  found_by.best_at = found.best_at;
  for (const search_action a : found.actions) p.apply(a);
  b.apply_found(p.tactics(), std::move(found_by));
}

template <class Ops, class Search, class Callables, bool Searches>
search_result<estimate_summary> planner<Ops, Search, Callables, Searches>::find_front(builder& b, problem& p,
                                                                                      std::vector<candidate>& points) {
  auto front = search_front(p, search_, options_.search);
  for (const auto& point : front.points) {
    excursion<problem> there(p);
    for (const search_action a : point.actions) there.apply(a);
    points.push_back({point.outcome, b.schedule_with(p.tactics())});
  }
  return front.best;
}

/// Fills in what a tactic costs; `work` applies it.
template <class Ops, class Search, class Callables, bool Searches>
local_program<Ops> planner<Ops, Search, Callables, Searches>::report(const builder& b, tactic_report& t,
                                                                     function_view<void()> work) {
  stopwatch watch;
  work();
  local_program<Ops> program = b.lower(options_.lowering);
  const estimate e = simulate(program.graph, target_);
  t.seconds = watch.seconds();
  t.collectives = total_collectives(program);
  t.step_time_s = e.step_time_s;
  t.peak_memory_bytes = static_cast<std::int64_t>(e.peak_memory_bytes);
  t.dollars = target_.device().dollars(e.step_time_s) * static_cast<double>(mesh_.devices());
  t.conflicts = b.state().conflicts().size();
  return program;
}

}  // namespace detail

/// Partitions a program for a mesh by a schedule.
///
/// `g`: the program, kept unchanged. `mesh`: from make_mesh or parse_mesh. `tactic`: an expression over tactics or a
/// schedule from text; of its alternatives the best by its goal is taken. `device`, or a `target`: for the estimates
/// (seconds, bytes). `search`: finds automatic tactics. Throws schedule_error when the schedule does not fit the program
/// or the mesh; a tile that cannot be applied is reported in the plan instead. Source: PartIR (arXiv 2401.11202), section 4. Example: examples/01_first_plan.cpp.
struct partition_t {
  template <class Ops, std::derived_from<device_mesh> Mesh, Tactic T, class Search = iterated_greedy>
  [[nodiscard]] plan<Ops> operator()(const basic_graph<Ops>& g, const Mesh& mesh, const T& tactic, const any_target& where,
                                     const plan_options& options = {}, const Search& search = {}) const {
    const schedule s = choice_for(mesh, tactic);
    auto callables = callables_for(tactic);  // not const: the type is that of the instance
    return detail::planner<Ops, Search, decltype(callables), T::has_automatic>(g, mesh, s, callables, where, search, options).run();
  }
  template <class Ops, std::derived_from<device_mesh> Mesh, Tactic T>
  [[nodiscard]] plan<Ops> operator()(const basic_graph<Ops>& g, const Mesh& mesh, const T& tactic, const device& d,
                                     const plan_options& options = {}) const {
    return (*this)(g, mesh, tactic, default_target(d, mesh), options);
  }
};
inline constexpr partition_t partition{};

}  // namespace partita
