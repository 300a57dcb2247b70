// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A program with the tactics that partition it, as one case of a test; and from a case that fails a smaller one that
// fails in the same way: fewer tactics and actions, fewer results, ops replaced by arguments or by their operands.

#include <string>
#include <utility>
#include <vector>

#include <partita/ir/rewriter.hpp>
#include <partita/mesh/parse_mesh.hpp>
#include <partita/search/partitioning.hpp>
#include <partita/stablehlo/print.hpp>

namespace partita::testing {

struct partition_case {
  graph program;
  std::string mesh;
  std::vector<std::vector<action>> tactics;
  lowering_options options;
  std::uint64_t seed = 1;  ///< of the inputs
};

/// Applies the case's tactics, without actions that the state no longer allows. Smaller programs propagate otherwise.
template <class Partitioning>
void apply_tactics(Partitioning& p, const partition_case& c) {
  for (const std::vector<action>& tactic : c.tactics) {
    std::vector<action> allowed;
    for (const action& a : tactic) {
      const sharding_state& state = p.state();
      const bool known = state(a.value, a.axis).known();
      if (known || (a.kind == action_kind::tile && state.local_size(a.value, a.dim) % state.axes()[a.axis] != 0))
        continue;
      allowed.push_back(a);
    }
    if (!allowed.empty()) p.apply(allowed);
  }
}

namespace detail {

/// A change to a program that leaves a program.
struct edit {
  std::vector<std::size_t> results;  ///< which are kept
  value_id only_result;              ///< the program's one result instead
  op_id cut;                         ///< its results become arguments
  op_id bypassed;                    ///< its one result becomes operand `by`
  std::size_t by = 0;
};

class case_rebuilder {
 public:
  case_rebuilder(const partition_case& from, const edit& e) : from_(from), g_(from.program), edit_(e), to_(g_) {
    needed_.assign(g_.value_count(), false);
    kept_.assign(g_.op_count(), false);
  }

  partition_case run() {
    if (edit_.only_result) {
      needed_[edit_.only_result.index] = true;
    } else {
      for (const std::size_t i : edit_.results) needed_[g_.results()[i].index] = true;
    }
    mark(g_.body());
    for (std::size_t i = 0; i < g_.arguments().size(); ++i) {
      const value_id v = g_.arguments()[i];
      if (needed_[v.index]) to_.set(v, to_.out().add_argument(to_.type_of(v), g_.argument_name(i)));
    }
    if (edit_.cut) {
      for (const value_id v : g_.results(edit_.cut)) {
        if (needed_[v.index]) to_.set(v, to_.out().add_argument(to_.type_of(v), "cut" + std::to_string(v.index)));
      }
    }
    to_.copy_body([&](op_id o) {
      if (o == edit_.bypassed) to_.set(g_.results(o)[0], to_[g_.operands(o)[edit_.by]]);
      return !kept_[o.index];
    });
    if (edit_.only_result) {
      to_.out().add_result(to_[edit_.only_result], "result");
    } else {
      for (const std::size_t i : edit_.results) to_.out().add_result(to_[g_.results()[i]], g_.result_name(i));
    }
    to_.out().finish();
    partition_case made{std::move(to_.out()), from_.mesh, {}, from_.options, from_.seed};
    for (const std::vector<action>& tactic : from_.tactics) {
      std::vector<action> left;
      for (action a : tactic) {
        if (a.value = to_[a.value]; a.value) left.push_back(a);
      }
      if (!left.empty()) made.tactics.push_back(left);
    }
    return made;
  }

 private:
  // Backwards: what an op uses is needed when one of its results is.
  void mark(region_id r) {
    for (const value_id v : g_.results(r)) needed_[v.index] = needed_[v.index] || !(r == g_.body());
    std::vector<op_id> ops;
    for (op_id o = g_.first_op(r); !(o == g_.end_op(r)); o = g_.next(o)) ops.push_back(o);
    while (!ops.empty()) {
      const op_id o = ops.back();
      ops.pop_back();
      bool wanted = false;
      for (const value_id v : g_.results(o)) wanted = wanted || needed_[v.index];
      if (!wanted || o == edit_.cut) continue;
      if (o == edit_.bypassed) {
        needed_[g_.operands(o)[edit_.by].index] = true;
        continue;
      }
      kept_[o.index] = true;
      for (const value_id v : g_.operands(o)) needed_[v.index] = true;
      for (const region_id inner : g_.regions(o)) mark(inner);
    }
  }

  const partition_case& from_;
  const graph& g_;
  edit edit_;
  graph_rewriter<stablehlo_ops> to_;
  std::vector<bool> needed_, kept_;
};

template <class Judge>
class shrinker {
 public:
  shrinker(partition_case failing, const Judge& judge)
      : best_(std::move(failing)), judge_(judge), kind_(kind_of(judge(best_))) {}

  partition_case run() {
    shrink_results_to_one_value();
    while (shrink_tactics() || shrink_options() || shrink_results() || shrink_ops()) {
    }
    return std::move(best_);
  }

 private:
  static constexpr std::size_t most_tries = 4000;

  // What comes before the first colon says in which way a case fails.
  static std::string kind_of(const std::string& failure) { return failure.substr(0, failure.find(':')); }

  bool try_case(partition_case smaller) {
    if (++tries_ > most_tries) return false;
    const std::string failure = judge_(smaller);
    if (failure.empty() || kind_of(failure) != kind_) return false;
    best_ = std::move(smaller);
    return true;
  }
  bool try_edit(const edit& e) { return try_case(case_rebuilder(best_, e).run()); }

  edit keep_all() const {
    edit e;
    for (std::size_t i = 0; i < best_.program.results().size(); ++i) e.results.push_back(i);
    return e;
  }

  // The first value that fails when it is the only result.
  void shrink_results_to_one_value() {
    const graph& g = best_.program;
    for (op_id o = g.first_op(g.body()); !(o == g.end_op(g.body())); o = g.next(o)) {
      for (const value_id v : g.results(o)) {
        edit e;
        e.only_result = v;
        if (try_edit(e)) return;
      }
    }
  }

  bool shrink_tactics() {
    bool any = false;
    for (std::size_t t = best_.tactics.size(); t-- > 0;) {
      partition_case smaller = best_;
      smaller.tactics.erase(smaller.tactics.begin() + static_cast<std::ptrdiff_t>(t));
      any = try_case(std::move(smaller)) || any;
    }
    for (std::size_t t = 0; t < best_.tactics.size(); ++t) {
      for (std::size_t a = best_.tactics[t].size(); a-- > 0 && best_.tactics[t].size() > 1;) {
        partition_case smaller = best_;
        smaller.tactics[t].erase(smaller.tactics[t].begin() + static_cast<std::ptrdiff_t>(a));
        any = try_case(std::move(smaller)) || any;
      }
    }
    return any;
  }

  bool shrink_options() {
    bool any = false;
    if (best_.options.share_gathers) {
      partition_case smaller = best_;
      smaller.options.share_gathers = false;
      any = try_case(std::move(smaller));
    }
    if (best_.options.outputs != output_policy::infer) {
      partition_case smaller = best_;
      smaller.options.outputs = output_policy::infer;
      any = try_case(std::move(smaller)) || any;
    }
    return any;
  }

  bool shrink_results() {
    bool any = false;
    for (std::size_t i = best_.program.results().size(); i-- > 0 && best_.program.results().size() > 1;) {
      edit e = keep_all();
      e.results.erase(e.results.begin() + static_cast<std::ptrdiff_t>(i));
      any = try_edit(e) || any;
    }
    return any;
  }

  bool shrink_ops() {
    for (std::size_t i = best_.program.op_count(); i-- > 0;) {
      const graph& g = best_.program;
      const op_id o{static_cast<std::uint32_t>(i)};
      const auto results = g.results(o);
      const bool top = g.parent(o) == g.body();
      // Counters of loops stay as they are, so that loops end.
      if (results.empty() || (!top && g.type(results[0]).rank() == 0 && is_integer(g.type(results[0]).element)))
        continue;
      if (results.size() == 1 && g.regions(o).size() < 2) {
        for (std::size_t k = 0; k < g.operands(o).size(); ++k) {
          if (!(g.type_index(g.operands(o)[k]) == g.type_index(results[0]))) continue;
          edit e = keep_all();
          e.bypassed = o;
          e.by = k;
          if (try_edit(e)) return true;
        }
      }
      if (!top || g.operands(o).empty()) continue;
      edit e = keep_all();
      e.cut = o;
      if (try_edit(e)) return true;
    }
    return false;
  }

  partition_case best_;
  const Judge& judge_;
  std::string kind_;
  std::size_t tries_ = 0;
};

}  // namespace detail

/// A smaller case that fails in the same way. `judge(case)` is empty for a case that passes, else a text of which the
/// part before the first colon says in which way the case fails.
template <class Judge>
[[nodiscard]] partition_case shrink(partition_case failing, const Judge& judge) {
  return detail::shrinker<Judge>(std::move(failing), judge).run();
}

/// The tactics as a schedule in text. Ops of one result are named by their scope; values that nothing names stand as
/// %n.
[[nodiscard]] inline std::string schedule_text(const partition_case& c) {
  const graph& g = c.program;
  const device_mesh mesh = parse_mesh(c.mesh);
  const auto name = [&](value_id v) -> std::string {
    for (std::size_t i = 0; i < g.arguments().size(); ++i) {
      if (g.arguments()[i] == v) return "\"" + std::string(g.argument_name(i)) + "\"";
    }
    const op_id o = g.definition(v);
    if (!o || g.results(o).size() != 1 || g.scope(o).empty()) return "%" + std::to_string(v.index);
    return "tagged(\"" + std::string(g.scope(o)) + "\")";
  };
  std::string text;
  for (const std::vector<action>& tactic : c.tactics) {
    text += text.empty() ? "" : "\n  >> ";
    for (std::size_t i = 0; i < tactic.size(); ++i) {
      const action& a = tactic[i];
      const bool pins = a.kind == action_kind::pin;
      text += (i == 0 ? "" : " * ") + std::string(pins ? "pin" : "shard") + "<\"" + std::string(mesh.name(a.axis)) +
              "\">(" + name(a.value) + (pins ? ")" : ", " + std::to_string(a.dim) + ")");
    }
  }
  return text.empty() ? "skip" : text;
}

/// All that is needed to see a case again.
[[nodiscard]] inline std::string describe(const partition_case& c) {
  constexpr const char* policies[] = {"like_inputs", "infer", "whole"};
  return "mesh " + c.mesh + ", outputs " + policies[static_cast<std::size_t>(c.options.outputs)] +
         (c.options.share_gathers ? ", gathers shared" : "") + ", inputs of seed " + std::to_string(c.seed) +
         "\nschedule " + schedule_text(c) + "\n" + stablehlo::print(c.program);
}

}  // namespace partita::testing
