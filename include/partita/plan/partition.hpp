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
#include <partita/search/iterated_greedy.hpp>
#include <partita/search/manual_tactic.hpp>
#include <partita/search/partition_problem.hpp>
#include <partita/simulate.hpp>
#include <partita/tactic/print_schedule.hpp>

namespace partita {

struct plan_options {
  lowering_options lowering;
  search_budget search = search_budget::of_evaluations(2000);  ///< for each automatic tactic
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

template <class Ops, class Target, class Search, class Callables, bool Searches>
class planner {
 public:
  planner(const basic_graph<Ops>& g, const device_mesh& mesh, const schedule& s, const Callables& callables,
          const Target& target, const Search& search, const plan_options& options)
      : g_(g), mesh_(mesh), schedule_(s), callables_(callables), target_(target), search_(search), options_(options),
        facts_(g), partitioning_(facts_, mesh.sizes()) {}

  plan<Ops> run() {
    plan_.mesh = mesh_;
    plan_.device_name = std::string(target_.device.name);
    plan_.device_memory_bytes = static_cast<std::int64_t>(target_.device.memory_bytes);
    plan_.schedule = to_text(schedule_);
    local_program<Ops> program = report(plan_.before, "(none)", [] {});
    for (const std::uint32_t tactic : schedule_.sequence()) {
      const std::string name = name_of(schedule_, tactic);
      if (const automatic_wish* wish = schedule_.automatic(tactic)) {
        tactic_report t;
        if constexpr (Searches) program = report(t, name, [&] { search(*wish, name); });
        plan_.tactics.push_back(std::move(t));
      } else {
        tactic_report t;
        program = report(t, name, [&] {
          const resolution r = resolve(schedule_, tactic, partitioning_.state(), mesh_, facts_.stacks, callables_);
          for (const not_applied& n : r.skipped) t.not_applied.push_back(to_string(n, g_, mesh_));
          apply(r.actions, name, false);
        });
        plan_.tactics.push_back(std::move(t));
      }
    }
    plan_.found_schedule = plan_.searches.empty() ? plan_.schedule : found_schedule();
    finish(std::move(program));
    return std::move(plan_);
  }

 private:
  void apply(list_view<action> actions, const std::string& name, bool found) {
    partitioning_.apply(actions);
    plan_.applied.push_back({name, found, plain_vector<action>(actions)});
    names_.push_back(name);
  }

  /// Applies what was found as the tactic that it is written as, so that the written one gives this plan.
  schedule_builder::fragment apply_found(const plain_vector<action>& actions, const std::string& name) {
    schedule_builder builder;
    const schedule tactic = builder.finish(manual_tactic(builder, actions, partitioning_, mesh_));
    apply(resolve(tactic, tactic.sequence()[0], partitioning_.state(), mesh_, facts_.stacks).actions, name, true);
    plan_.applied.back().actions = actions;  // the same state, and all layers alike: what a further search starts from
    return manual_.named("found_" + std::to_string(++found_count_), manual_.import(tactic));
  }

  std::string found_schedule() {
    const auto written = manual_.import(schedule_).order;
    plain_vector<schedule_builder::fragment> parts;
    std::size_t next = 0;
    for (std::size_t i = 0; i < schedule_.sequence().size(); ++i) {
      if (schedule_.automatic(schedule_.sequence()[i]) != nullptr) {
        parts.push_back(found_[next++]);
      } else {
        parts.push_back(manual_.skip());
        parts.back().order.push_back(written[i]);
        parts.back().ends.back() = 1;
      }
    }
    return to_text(manual_.finish(manual_.then(parts)));
  }

  void search(const automatic_wish& wish, const std::string& name) {
    search_request request;
    for (const text_id a : wish.axes) request.axes.push_back(*mesh_.find(schedule_.text(a)));
    request.wanted = wish.wanted;
    bool memory = false;
    for (const bound& b : wish.wanted.bounds) memory = memory || b.metric == metric::peak_memory;
    // A plan that does not fit the device is no plan: its memory is a bound unless the goal states one.
    if (!memory && wish.wanted.bounds.size() < max_bounds) request.wanted.bounds.push_back({metric::peak_memory, true, 0, 0});
    request.device_memory_bytes = static_cast<double>(target_.device.memory_bytes);
    plain_vector<plain_vector<action>> earlier;
    const search_ground<Ops>& ground = ground_for(earlier);
    static_assert(SearchStrategy<Search, partition_problem<Ops, Target>>,
                  "partition: the search must be callable as search(problem, budget) and return a search_result of the "
                  "problem's outcome (search/strategy.hpp)");
    partition_problem<Ops, Target> problem(ground, mesh_.sizes(), target_, options_.lowering, request, earlier);
    const auto found = search_(problem, options_.search);
    for (const search_action a : found.actions) problem.apply(a);
    plain_vector<schedule_builder::fragment> parts;
    for (const auto& actions : problem.tactics()) parts.push_back(apply_found(actions, name));
    found_.push_back(manual_.then(parts));
    plan_.searches.push_back({name, found.evaluations, found.seconds, found.best_at, to_text(manual_.finish(found_.back()))});
  }

  /// The program as the search sees it, and the tactics so far on it: folded, unless they tell layers apart.
  const search_ground<Ops>& ground_for(plain_vector<plain_vector<action>>& earlier) {
    if (!ground_) ground_.emplace(g_);
    if (fold_all(earlier)) return *ground_;
    ground_.emplace(g_, typename search_ground<Ops>::unfolded_t{});
    (void)fold_all(earlier);
    return *ground_;
  }

  bool fold_all(plain_vector<plain_vector<action>>& folded) const {
    folded.clear();
    for (const applied_tactic& t : plan_.applied) {
      folded.push_back({});
      if (!ground_->fold_actions(t.actions, folded.back())) return false;
    }
    return true;
  }

  template <class F>
  local_program<Ops> report(tactic_report& t, const std::string& name, F&& work) {
    detail::stopwatch watch;
    std::forward<F>(work)();
    local_program<Ops> program = partitioning_.lower(options_.lowering);
    const estimate e = simulate(program.graph, target_.device, target_.topology, target_.cost);
    t.seconds = watch.seconds();
    t.name = name;
    t.collectives = total_collectives(program);
    t.step_time_s = e.step_time_s;
    t.peak_memory_bytes = static_cast<std::int64_t>(e.peak_memory_bytes);
    t.conflicts = partitioning_.conflicts().size();
    return program;
  }

  void finish(local_program<Ops> program) {
    for (std::size_t i = 0; i < g_.arguments().size(); ++i) {
      plan_.inputs.push_back({std::string(g_.argument_name(i)), tensor_of(g_.arguments()[i]), program.arguments[i]});
    }
    for (std::size_t i = 0; i < g_.results().size(); ++i) {
      plan_.outputs.push_back({std::string(g_.result_name(i)), tensor_of(g_.results()[i]), program.results[i]});
    }
    plan_.collectives = report_collectives(g_, program, names_, mesh_);
    for (const conflict& c : partitioning_.conflicts()) plan_.conflicts.push_back(report_conflict(c));
    plan_.program = std::move(program);
  }

  tensor_type tensor_of(value_id v) const {
    const type_view t = g_.type(v);
    return t.is_tensor() ? tensor_type(t) : tensor_type{t.element, {}};
  }

  conflict_report report_conflict(const conflict& c) const {
    conflict_report r;
    r.tactic = names_[c.tactic - 1u];
    r.axis = std::string(mesh_.name(c.axis));
    const op_id o = facts_.rules[c.unit].op;
    r.op = describe_op(g_, o);
    r.scope = std::string(g_.scope(o));
    const auto reason = [&](int i) {
      const slot& s = facts_.rules.slots(c.unit)[c.slot[i]];
      const value_sharding known = partitioning_.state()(s.value, c.axis);
      std::string text = describe_value(g_, s.value);
      if (known.is_tile()) {
        text += " is split on dim " + std::to_string(known.dim()) + " by " +
                names_[partitioning_.state().tactic_of(s.value, c.axis) - 1u];
      }
      return text;
    };
    r.first = reason(0);
    r.second = c.slot[0] == c.slot[1] ? std::string("a neighbour asks for another dim of one of its values") : reason(1);
    return r;
  }

  const basic_graph<Ops>& g_;
  const device_mesh& mesh_;
  const schedule& schedule_;
  const Callables& callables_;
  const Target& target_;
  const Search& search_;
  plan_options options_;
  program_facts<Ops> facts_;
  partitioning<Ops> partitioning_;
  std::vector<std::string> names_;  // by tactic number of the state, from 1
  std::optional<search_ground<Ops>> ground_;
  schedule_builder manual_;
  plain_vector<schedule_builder::fragment> found_;  // by automatic tactic
  std::size_t found_count_ = 0;
  plan<Ops> plan_;
};

}  // namespace detail

/// Partitions a program for a mesh by a schedule.
///
/// `g`: the program, kept unchanged. `mesh`: from make_mesh or parse_mesh. `tactic`: an expression over tactics or a
/// schedule from text. `device` or `target`: for the estimates (seconds, bytes). `search`: finds automatic tactics.
/// Throws schedule_error when the schedule does not fit the program or the mesh; a tile that cannot be applied is
/// reported in the plan instead. Source: PartIR (arXiv 2401.11202), section 4. Example: examples/01_first_plan.cpp.
struct partition_t {
  template <class Ops, std::derived_from<device_mesh> Mesh, Tactic T, class Topology, class Cost, class Search = iterated_greedy>
  [[nodiscard]] plan<Ops> operator()(const basic_graph<Ops>& g, const Mesh& mesh, const T& tactic,
                                     const target<Topology, Cost>& where, const plan_options& options = {},
                                     const Search& search = {}) const {
    const schedule s = sequence_for(mesh, tactic);
    const auto callables = callables_for(tactic);
    return detail::planner<Ops, target<Topology, Cost>, Search, decltype(callables), T::has_automatic>(g, mesh, s, callables, where, search, options).run();
  }
  template <class Ops, std::derived_from<device_mesh> Mesh, Tactic T>
  [[nodiscard]] plan<Ops> operator()(const basic_graph<Ops>& g, const Mesh& mesh, const T& tactic, const device& d,
                                     const plan_options& options = {}) const {
    return (*this)(g, mesh, tactic, default_target(d, mesh), options);
  }
};
inline constexpr partition_t partition{};

}  // namespace partita
