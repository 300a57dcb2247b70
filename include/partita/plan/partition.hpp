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

namespace partita {

struct plan_options {
  lowering_options lowering;
  search_budget search = search_budget::of_evaluations(2000);  ///< for each automatic tactic, of all alternatives together
};

/// What a plan is made for: a device, the network between devices, and an idea of cost.
template <class Topology = ring_topology, class Cost = roofline>
struct target {
  partita::device device;
  Topology topology;
  Cost cost;
};
template <class Topology, class Cost>
target(device, Topology, Cost) -> target<Topology, Cost>;

/// The usual target: a device with its own interconnect as rings along the axes of a mesh.
[[nodiscard]] inline target<> default_target(const device& d, const device_mesh& mesh) {
  return {d, ring_topology(d, mesh.sizes()), roofline{}};
}

namespace detail {

/// Applies the tactics of one alternative of a schedule one after the other, for a target and with a search.
template <class Ops, class Target, class Search, class Callables, bool Searches>
class planner {
 public:
  planner(const basic_graph<Ops>& g, const device_mesh& mesh, const schedule& s, std::size_t alternative,
          const Callables& callables, const Target& target, const Search& search, const plan_options& options)
      : mesh_(mesh), schedule_(s), tactics_(s.sequence(alternative)), callables_(callables), target_(target),
        search_(search), options_(options), builder_(g, mesh, s, alternative, target.device) {}

  plan<Ops> run();

 private:
  using problem = partition_problem<Ops, Target>;

  void search(const search_request& request, const std::string& name) {
    static_assert(SearchStrategy<Search, problem>,
                  "partition: the search must be callable as search(problem, budget) and return a search_result of the "
                  "problem's outcome (search/strategy.hpp)");
    plain_vector<plain_vector<action>> earlier;
    const search_ground<Ops>& ground = builder_.ground_for(earlier);
    problem p(ground, mesh_.sizes(), target_, options_.lowering, request, earlier);
    search_report report;
    report.tactic = name;
    const auto found = request.wanted.front ? search_front(p, report.front) : search_(p, options_.search);
    report.evaluations = found.evaluations;
    report.seconds = found.seconds;
    report.best_at = found.best_at;
    for (const search_action a : found.actions) p.apply(a);
    builder_.apply_found(p.tactics(), std::move(report));
  }
  search_result<estimate_summary> search_front(problem& p, std::vector<candidate>& points) {
    auto front = partita::search_front(p, search_, options_.search);
    for (const auto& point : front.points) {
      excursion<problem> there(p);
      for (const search_action a : point.actions) there.apply(a);
      points.push_back({point.outcome, builder_.schedule_with(p.tactics())});
    }
    return front.best;
  }

  /// Fills in what a tactic costs; `work` applies it.
  template <class F>
  local_program<Ops> report(tactic_report& t, F&& work) {
    detail::stopwatch watch;
    std::forward<F>(work)();
    local_program<Ops> program = builder_.lower(options_.lowering);
    const estimate e = simulate(program.graph, target_.device, target_.topology, target_.cost);
    t.seconds = watch.seconds();
    t.collectives = total_collectives(program);
    t.step_time_s = e.step_time_s;
    t.peak_memory_bytes = static_cast<std::int64_t>(e.peak_memory_bytes);
    t.dollars = target_.device.dollars(e.step_time_s) * static_cast<double>(mesh_.devices());
    t.conflicts = builder_.state().conflicts().size();
    return program;
  }

  const device_mesh& mesh_;
  const schedule& schedule_;
  list_view<std::uint32_t> tactics_;
  const Callables& callables_;
  const Target& target_;
  const Search& search_;
  plan_options options_;
  plan_builder<Ops> builder_;
};

template <class Ops, class Target, class Search, class Callables, bool Searches>
plan<Ops> planner<Ops, Target, Search, Callables, Searches>::run() {
  builder_.before().name = "(none)";
  local_program<Ops> program = report(builder_.before(), [] {});
  for (std::size_t i = 0; i < tactics_.size(); ++i) {
    const std::uint32_t tactic = tactics_[i];
    tactic_report t;
    t.name = name_of(schedule_, tactic);
    if (schedule_.automatic(tactic) != nullptr) {
      const search_request request = request_for(schedule_, tactic, mesh_, target_.device);
      builder_.add_goal(t.name, request);
      if (request.axes.empty()) continue;
      if constexpr (Searches) program = report(t, [&] { search(request, t.name); });
    } else {
      program = report(t, [&] {
        builder_.apply_written(
            i, resolve(schedule_, tactic, builder_.state().state(), mesh_, builder_.stacks(), callables_), t);
      });
    }
    builder_.add(std::move(t));
  }
  return builder_.finish(std::move(program));
}

/// The best plan of all alternatives by the goal of the schedule; make(i, options) is that of one.
template <class Plan>
Plan best_alternative(const schedule& s, const search_request& request, plan_options options, const auto& make) {
  options.search = options.search.part(s.alternative_count());
  std::optional<Plan> best;
  std::vector<candidate> all;
  for (std::size_t i = 0; i < s.alternative_count(); ++i) {
    Plan p = make(i, options);
    all.push_back({summary_of(p.total()), p.found_schedule});
    if (best && !request.better(all.back().cost, all[best->alternative].cost)) continue;
    best = std::move(p);
    best->alternative = i;
  }
  best->alternatives = std::move(all);
  return *std::move(best);
}

}  // namespace detail

/// Partitions a program for a mesh by a schedule.
///
/// `g`: the program, kept unchanged. `mesh`: from make_mesh or parse_mesh. `tactic`: an expression over tactics or a
/// schedule from text; of its alternatives the best by its goal is taken. `device` or `target`: for the estimates
/// (seconds, bytes). `search`: finds automatic tactics. Throws schedule_error when the schedule does not fit the program
/// or the mesh; a tile that cannot be applied is reported in the plan instead. Source: PartIR (arXiv 2401.11202), section 4. Example: examples/01_first_plan.cpp.
struct partition_t {
  template <class Ops, std::derived_from<device_mesh> Mesh, Tactic T, class Topology, class Cost, class Search = iterated_greedy>
  [[nodiscard]] plan<Ops> operator()(const basic_graph<Ops>& g, const Mesh& mesh, const T& tactic,
                                     const target<Topology, Cost>& where, const plan_options& options = {},
                                     const Search& search = {}) const {
    const schedule s = choice_for(mesh, tactic);
    const auto callables = callables_for(tactic);
    const auto make = [&](std::size_t alternative, const plan_options& o) {
      return detail::planner<Ops, target<Topology, Cost>, Search, decltype(callables), T::has_automatic>(
                 g, mesh, s, alternative, callables, where, search, o)
          .run();
    };
    if constexpr (T::has_automatic) {
      if (const std::uint32_t chooser = s.chooser(); s.alternative_count() > 1) {
        return detail::best_alternative<plan<Ops>>(s, detail::request_for(s, chooser, mesh, where.device), options, make);
      }
    }
    return make(0, options);
  }
  template <class Ops, std::derived_from<device_mesh> Mesh, Tactic T>
  [[nodiscard]] plan<Ops> operator()(const basic_graph<Ops>& g, const Mesh& mesh, const T& tactic, const device& d,
                                     const plan_options& options = {}) const {
    return (*this)(g, mesh, tactic, default_target(d, mesh), options);
  }
};
inline constexpr partition_t partition{};

}  // namespace partita
