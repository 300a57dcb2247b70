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
#include <partita/tactic/print_schedule.hpp>

namespace partita::detail {

template <class Ops>
class plan_builder {
 public:
  plan_builder(const basic_graph<Ops>& g, const device_mesh& mesh, const schedule& s, const device& d);
  plan_builder(const plan_builder&) = delete;
  plan_builder& operator=(const plan_builder&) = delete;

  [[nodiscard]] const partitioning<Ops>& state() const { return partitioning_; }
  [[nodiscard]] const layer_stacks& stacks() const { return facts_.stacks; }
  [[nodiscard]] local_program<Ops> lower(const lowering_options& options) const;

  void apply_written(const resolution& r, tactic_report& t);

  /// What a search is asked for, and the program as it sees it, with the tactics so far on it.
  [[nodiscard]] search_request request_for(const automatic_wish& wish) const;
  [[nodiscard]] const search_ground<Ops>& ground_for(plain_vector<plain_vector<action>>& earlier);
  /// Applies what was found as the tactics that it is written as, so that the written ones give this plan.
  void apply_found(const plain_vector<plain_vector<action>>& tactics, const std::string& name, search_report report);

  void add(tactic_report t) { plan_.tactics.push_back(std::move(t)); }
  [[nodiscard]] tactic_report& before() { return plan_.before; }
  [[nodiscard]] plan<Ops> finish(local_program<Ops> program);

 private:
  void apply(list_view<action> actions, const std::string& name, bool found);
  schedule_builder::fragment apply_found(const plain_vector<action>& actions, const std::string& name);
  bool fold_all(plain_vector<plain_vector<action>>& folded) const;
  std::string found_schedule();
  tensor_type tensor_of(value_id v) const;
  conflict_report report_conflict(const conflict& c) const;

  const basic_graph<Ops>& g_;
  const device_mesh& mesh_;
  const schedule& schedule_;
  program_facts<Ops> facts_;
  partitioning<Ops> partitioning_;
  std::vector<std::string> names_;  // by tactic number of the state, from 1
  std::optional<search_ground<Ops>> ground_;
  schedule_builder manual_;
  plain_vector<schedule_builder::fragment> found_;  // by automatic tactic
  std::size_t found_count_ = 0;
  plan<Ops> plan_;
};

template <class Ops>
plan_builder<Ops>::plan_builder(const basic_graph<Ops>& g, const device_mesh& mesh, const schedule& s, const device& d)
    : g_(g), mesh_(mesh), schedule_(s), facts_(g), partitioning_(facts_, mesh.sizes()) {
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
void plan_builder<Ops>::apply_written(const resolution& r, tactic_report& t) {
  for (const not_applied& n : r.skipped) t.not_applied.push_back(to_string(n, g_, mesh_));
  apply(r.actions, t.name, false);
}

template <class Ops>
void plan_builder<Ops>::apply(list_view<action> actions, const std::string& name, bool found) {
  partitioning_.apply(actions);
  plan_.applied.push_back({name, found, plain_vector<action>(actions)});
  names_.push_back(name);
}

template <class Ops>
search_request plan_builder<Ops>::request_for(const automatic_wish& wish) const {
  search_request request;
  for (const text_id a : wish.axes) request.axes.push_back(*mesh_.find(schedule_.text(a)));
  request.wanted = wish.wanted;
  bool memory = false;
  for (const bound& b : wish.wanted.bounds) memory = memory || b.metric == metric::peak_memory;
  // A plan that does not fit the device is no plan: its memory is a bound unless the goal states one.
  if (!memory && wish.wanted.bounds.size() < max_bounds) request.wanted.bounds.push_back({metric::peak_memory, true, 0, 0});
  request.device_memory_bytes = static_cast<double>(plan_.device_memory_bytes);
  return request;
}

/// The program is folded, unless the tactics so far tell layers apart.
template <class Ops>
const search_ground<Ops>& plan_builder<Ops>::ground_for(plain_vector<plain_vector<action>>& earlier) {
  if (!ground_) ground_.emplace(g_);
  if (fold_all(earlier)) return *ground_;
  ground_.emplace(g_, typename search_ground<Ops>::unfolded_t{});
  (void)fold_all(earlier);
  return *ground_;
}

template <class Ops>
bool plan_builder<Ops>::fold_all(plain_vector<plain_vector<action>>& folded) const {
  folded.clear();
  for (const applied_tactic& t : plan_.applied) {
    folded.push_back({});
    if (!ground_->fold_actions(t.actions, folded.back())) return false;
  }
  return true;
}

template <class Ops>
void plan_builder<Ops>::apply_found(const plain_vector<plain_vector<action>>& tactics, const std::string& name,
                                    search_report report) {
  plain_vector<schedule_builder::fragment> parts;
  for (const auto& actions : tactics) parts.push_back(apply_found(actions, name));
  found_.push_back(manual_.then(parts));
  report.schedule = to_text(manual_.finish(found_.back()));
  plan_.searches.push_back(std::move(report));
}

template <class Ops>
schedule_builder::fragment plan_builder<Ops>::apply_found(const plain_vector<action>& actions, const std::string& name) {
  schedule_builder builder;
  const schedule tactic = builder.finish(manual_tactic(builder, actions, partitioning_, mesh_));
  apply(resolve(tactic, tactic.sequence()[0], partitioning_.state(), mesh_, facts_.stacks).actions, name, true);
  plan_.applied.back().actions = actions;  // the same state, and all layers alike: what a further search starts from
  return manual_.named("found_" + std::to_string(++found_count_), manual_.import(tactic));
}

template <class Ops>
std::string plan_builder<Ops>::found_schedule() {
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

template <class Ops>
plan<Ops> plan_builder<Ops>::finish(local_program<Ops> program) {
  plan_.found_schedule = plan_.searches.empty() ? plan_.schedule : found_schedule();
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

}  // namespace partita::detail
