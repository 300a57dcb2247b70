// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plan in the making: all that has nothing to do with a target or a way to search. Its functions are not inline, so that
// who leaves the instance to another source (stablehlo_instance.hpp) compiles none of them.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <partita/plan/explain.hpp>
#include <partita/plan/plan.hpp>
#include <partita/search/manual_tactic.hpp>
#include <partita/search/search_ground.hpp>
#include <partita/search/strategy.hpp>
#include <partita/simulate/device.hpp>
#include <partita/tactic/check.hpp>
#include <partita/tactic/print_schedule.hpp>

namespace partita::detail {

/// What an automatic tactic asks for on a mesh of devices.
/// Throws schedule_error where it asks for dollars and the device has no price.
[[nodiscard]] inline search_request request_for(const schedule& s, std::uint32_t tactic, const device_mesh& mesh,
                                                const device& d) {
  const automatic_wish& wish = *s.automatic(tactic);
  search_request request{{}, wish.wanted, d.memory_bytes};
  for (const text_id a : wish.axes) request.axes.push_back(*mesh.find(s.text(a)));
  if (wish.wanted.mentions(metric::dollars) && !(d.usd_per_hour > 0)) {
    throw schedule_error(message_at(place_of(s, s.terms(tactic)[0]),
                                    "dollars: the price of " + std::string(d.name) +
                                        " is not known; set device::usd_per_hour, or give --price to the program partita"));
  }
  // A plan that does not fit the device is no plan: its memory is a bound unless the goal states one.
  if (!wish.wanted.bounds_on(metric::peak_memory)) request.wanted.bounds.push_back({metric::peak_memory, device_memory});
  return request;
}

/// What all plans of a program begin with. What a search sees of it is made when it is asked for first.
template <class Ops>
class plan_basis {
 public:
  explicit plan_basis(const basic_graph<Ops>& g);

  const program_facts<Ops> facts;
  /// With repeated layers as one, or each for itself.
  [[nodiscard]] const search_ground<Ops>& folded();
  [[nodiscard]] const search_ground<Ops>& unfolded();

 private:
  std::optional<search_ground<Ops>> folded_, unfolded_;
};

template <class Ops>
plan_basis<Ops>::plan_basis(const basic_graph<Ops>& g) : facts(g) {}

template <class Ops>
const search_ground<Ops>& plan_basis<Ops>::folded() {
  if (!folded_) folded_.emplace(facts.graph);
  return *folded_;
}

template <class Ops>
const search_ground<Ops>& plan_basis<Ops>::unfolded() {
  if (!unfolded_) unfolded_.emplace(facts.graph, typename search_ground<Ops>::unfolded_t{});
  return *unfolded_;
}

template <class Ops>
class plan_builder {
 public:
  plan_builder(plan_basis<Ops>& basis, const device_mesh& mesh, const schedule& s, std::size_t alternative, const device& d);
  plan_builder(const plan_builder&) = delete;
  plan_builder& operator=(const plan_builder&) = delete;

  [[nodiscard]] const partitioning<Ops>& state() const { return partitioning_; }
  [[nodiscard]] const layer_stacks& stacks() const { return basis_.facts.stacks; }
  [[nodiscard]] local_program<Ops> lower(const lowering_options& options) const;

  /// Applies tactic number i of the sequence, which is a written one.
  void apply_written(std::size_t i, const resolution& r, tactic_report& t);

  void add_goal(const std::string& tactic, const search_request& asked) { plan_.goals.push_back({tactic, asked}); }
  /// The program as a search sees it, with the tactics so far on it.
  [[nodiscard]] const search_ground<Ops>& ground_for(plain_vector<plain_vector<action>>& earlier);
  /// The schedule so far as written tactics, followed by what a search found.
  [[nodiscard]] std::string schedule_with(const plain_vector<plain_vector<action>>& tactics);
  /// Applies what was found as the tactics that it is written as, so that the written ones give this plan.
  void apply_found(const plain_vector<plain_vector<action>>& tactics, search_report report);

  void add(tactic_report t) { plan_.tactics.push_back(std::move(t)); }
  [[nodiscard]] tactic_report& before() { return plan_.before; }
  [[nodiscard]] plan<Ops> finish(local_program<Ops> program);

 private:
  void apply(list_view<action> actions, const std::string& name, bool found);
  bool fold_all(const search_ground<Ops>& ground, plain_vector<plain_vector<action>>& folded) const;
  std::vector<action> write_found(const plain_vector<action>& actions);
  tensor_type tensor_of(value_id v) const;
  conflict_report report_conflict(const conflict& c) const;

  plan_basis<Ops>& basis_;
  const basic_graph<Ops>& g_;
  const device_mesh& mesh_;
  partitioning<Ops> partitioning_;
  std::vector<std::string> names_;  // by tactic number of the state, from 1
  schedule_builder manual_;
  schedule_builder::fragment written_;              // the schedule in manual_
  plain_vector<schedule_builder::fragment> parts_;  // the plan so far, as written tactics
  std::size_t alternative_ = 0, found_count_ = 0;
  plan<Ops> plan_;
};

template <class Ops>
plan_builder<Ops>::plan_builder(plan_basis<Ops>& basis, const device_mesh& mesh, const schedule& s,
                                std::size_t alternative, const device& d)
    : basis_(basis), g_(basis.facts.graph), mesh_(mesh), partitioning_(basis.facts, mesh.sizes()),
      written_(manual_.import(s)), alternative_(alternative) {
  plan_.mesh = mesh;
  plan_.device_name = std::string(d.name);
  plan_.device_memory_bytes = static_cast<std::int64_t>(d.memory_bytes);
  plan_.schedule = to_text(s);
}

template <class Ops>
local_program<Ops> plan_builder<Ops>::lower(const lowering_options& options) const {
  return partitioning_.lower(options);
}

template <class Ops>
void plan_builder<Ops>::apply_written(std::size_t i, const resolution& r, tactic_report& t) {
  for (const not_applied& n : r.skipped) t.not_applied.push_back(to_string(n, g_, mesh_));
  for (const action& a : r.actions) {
    if (basis_.facts.is_remade(a.value)) t.not_applied.push_back(to_string({a, obstacle::constant}, g_, mesh_));
  }
  apply(r.actions, t.name, false);
  parts_.push_back(manual_.skip());
  parts_.back().order.push_back(written_.sequence(alternative_)[i]);
  parts_.back().ends.back() = 1;
}

template <class Ops>
void plan_builder<Ops>::apply(list_view<action> actions, const std::string& name, bool found) {
  plain_vector<action> applied;
  for (const action& a : actions) {
    if (!basis_.facts.is_remade(a.value)) applied.push_back(a);
  }
  partitioning_.apply(applied);
  plan_.applied.push_back({name, found, std::move(applied)});
  names_.push_back(name);
}

/// The program is folded, unless the tactics so far tell layers apart.
template <class Ops>
const search_ground<Ops>& plan_builder<Ops>::ground_for(plain_vector<plain_vector<action>>& earlier) {
  if (fold_all(basis_.folded(), earlier)) return basis_.folded();
  (void)fold_all(basis_.unfolded(), earlier);
  return basis_.unfolded();
}

template <class Ops>
bool plan_builder<Ops>::fold_all(const search_ground<Ops>& ground, plain_vector<plain_vector<action>>& folded) const {
  folded.clear();
  for (const applied_tactic& t : plan_.applied) {
    folded.push_back({});
    if (!ground.fold_actions(t.actions, folded.back())) return false;
  }
  return true;
}

/// Adds the manual tactic that does what a search did here and now; its actions.
template <class Ops>
std::vector<action> plan_builder<Ops>::write_found(const plain_vector<action>& actions) {
  schedule_builder builder;
  const schedule tactic = builder.finish(manual_tactic(builder, actions, partitioning_, mesh_));
  parts_.push_back(manual_.named("found_" + std::to_string(++found_count_), manual_.import(tactic)));
  return resolve(tactic, tactic.sequence()[0], partitioning_.state(), mesh_, basis_.facts.stacks).actions;
}

template <class Ops>
void plan_builder<Ops>::apply_found(const plain_vector<plain_vector<action>>& tactics, search_report report) {
  const std::size_t first = parts_.size();
  for (const auto& actions : tactics) {
    apply(write_found(actions), report.tactic, true);
    plan_.applied.back().actions = actions;  // the same state, and all layers alike: what a further search starts from
  }
  const list_view<schedule_builder::fragment> found{parts_.data() + first, parts_.size() - first};
  report.schedule = to_text(manual_.finish(manual_.then(found)));
  plan_.searches.push_back(std::move(report));
}

template <class Ops>
std::string plan_builder<Ops>::schedule_with(const plain_vector<plain_vector<action>>& tactics) {
  const auto here = partitioning_.here();
  const std::size_t parts = parts_.size(), count = found_count_;
  for (const auto& actions : tactics) partitioning_.apply(write_found(actions));
  std::string text = to_text(manual_.finish(manual_.then(parts_)));
  partitioning_.undo(here);
  parts_.resize(parts);
  found_count_ = count;
  return text;
}

template <class Ops>
plan<Ops> plan_builder<Ops>::finish(local_program<Ops> program) {
  plan_.found_schedule = to_text(manual_.finish(manual_.then(parts_)));
  for (std::size_t i = 0; i < g_.arguments().size(); ++i) {
    plan_.inputs.push_back({std::string(g_.argument_name(i)), tensor_of(g_.arguments()[i]), program.arguments[i]});
  }
  for (std::size_t i = 0; i < g_.results().size(); ++i) {
    plan_.outputs.push_back({std::string(g_.result_name(i)), tensor_of(g_.results()[i]), program.results[i]});
  }
  plan_.collectives = report_collectives(g_, program, names_, mesh_);
  for (const conflict& c : partitioning_.conflicts()) plan_.conflicts.push_back(report_conflict(c));
  plan_.program = std::move(program);
  return std::move(plan_);
}

template <class Ops>
tensor_type plan_builder<Ops>::tensor_of(value_id v) const {
  const type_view t = g_.type(v);
  return t.is_tensor() ? tensor_type(t) : tensor_type{t.element, {}};
}

template <class Ops>
conflict_report plan_builder<Ops>::report_conflict(const conflict& c) const {
  conflict_report r;
  r.tactic = names_[c.tactic - 1u];
  r.axis = std::string(mesh_.name(c.axis));
  const op_id o = basis_.facts.rules[c.unit].op;
  r.op = describe_op(g_, o);
  r.scope = std::string(g_.scope(o));
  const auto reason = [&](int i) {
    const slot& s = basis_.facts.rules.slots(c.unit)[c.slot[i]];
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

}  // namespace partita::detail
