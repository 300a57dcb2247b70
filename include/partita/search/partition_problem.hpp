// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Automatic partitioning as a problem for a search. An action splits one choice of the analysis over one axis: it tiles
// and pins what the state still allows, and propagates. The outcome is what the program costs then; every state is a
// plan, so that one may stop at any time.

#include <cstdint>

#include <partita/search/search_ground.hpp>
#include <partita/search/strategy.hpp>

namespace partita {

template <class Ops, class Target>
class partition_problem {
 public:
  using outcome = estimate_summary;

  /// @param earlier tactics that were applied before, on the folded program: the search starts behind them
  partition_problem(const search_ground<Ops>& ground, const axis_sizes& axes, const Target& target,
                    const lowering_options& options, const search_request& request,
                    list_view<plain_vector<action>> earlier)
      : ground_(&ground), request_(request), target_(target), options_(options), earlier_(earlier),
        state_(ground.facts(), axes, target, options, ground.repeats()) {
    for (const plain_vector<action>& actions : earlier) state_.apply(actions);
    usual_ = state_.summary();
    // What touches most comes first: a search that has no time for all actions has seen these.
    plain_vector<weighted_choice> order;
    for (const split_choice& c : ground.analysis().choices.all()) order.push_back({&c, weight(c), order.size()});
    sort_in_place(order);
    for (const weighted_choice& c : order) {
      for (const axis_index a : request.axes) {
        if (axes[a] != 1) moves_.push_back({c.choice, a});
      }
    }
  }

  /// In the state in which the other one is: for another thread.
  partition_problem(const partition_problem& other)
      : ground_(other.ground_), request_(other.request_), target_(other.target_), options_(other.options_),
        earlier_(other.earlier_),
        state_(ground_->facts(), other.state_.state().axes(), target_, options_, ground_->repeats()),
        usual_(other.usual_), moves_(other.moves_) {
    for (const plain_vector<action>& actions : earlier_) state_.apply(actions);
    for (const plain_vector<action>& actions : other.made_) {
      marks_.push_back(state_.here());
      made_.push_back(actions);
      state_.apply(actions);
    }
  }
  partition_problem& operator=(const partition_problem&) = delete;

  // --- the problem: see Problem ------------------------------------------------------------------------------

  /// Actions are numbers below this.
  [[nodiscard]] search_action action_count() const { return static_cast<search_action>(moves_.size()); }
  void legal_actions(search_actions& list) const {
    for (search_action m = 0; m < action_count(); ++m) {
      if (is_legal(m)) list.push_back(m);
    }
  }
  [[nodiscard]] bool is_legal(search_action m) const {
    return ground_->analysis().choices.has_effect(*moves_[m].choice, moves_[m].axis, state_.state());
  }
  void apply(search_action m) {
    marks_.push_back(state_.here());
    made_.push_back(ground_->analysis().choices.actions(*moves_[m].choice, moves_[m].axis, state_.state()));
    state_.apply(made_.back());
  }
  void undo() {
    state_.undo(marks_.back());
    marks_.pop_back();
    made_.pop_back();
  }
  [[nodiscard]] std::uint64_t hash() const { return state_.state().hash(); }
  [[nodiscard]] estimate_summary evaluate() { return state_.summary(); }
  [[nodiscard]] bool better(const estimate_summary& a, const estimate_summary& b) const { return request_.better(a, b); }
  [[nodiscard]] double reward(const estimate_summary& e) const { return request_.reward(e, usual_); }
  [[nodiscard]] bool can_stop() const { return true; }

  [[nodiscard]] std::size_t depth() const { return marks_.size(); }
  [[nodiscard]] const search_request& request() const { return request_; }
  /// Judges outcomes by another goal from now on.
  void set_goal(const goal& wanted) { request_.wanted = wanted; }

  /// The actions so far as tactics of the program itself.
  [[nodiscard]] plain_vector<plain_vector<action>> tactics() const {
    plain_vector<plain_vector<action>> all;
    for (const plain_vector<action>& actions : made_) all.push_back(ground_->unfold(actions));
    return all;
  }

 private:
  struct weighted_choice {
    const split_choice* choice = nullptr;
    std::int64_t weight = 0;
    std::size_t number = 0;
    [[nodiscard]] friend bool operator<(const weighted_choice& a, const weighted_choice& b) {
      return a.weight != b.weight ? a.weight > b.weight : a.number < b.number;
    }
  };
  /// Bytes of the values that a choice splits, as far as that is known without trying.
  [[nodiscard]] std::int64_t weight(const split_choice& c) const {
    const program_analysis& analysis = ground_->analysis();
    if (c.kind == choice_kind::split_colour || c.kind == choice_kind::split_large) return analysis.names[c.colour].bytes;
    if (c.kind == choice_kind::settle) return analysis.conflicts[c.set].bytes;
    std::int64_t bytes = 0;
    for (const action& a : analysis.choices.actions(c)) {
      if (a.kind == action_kind::tile) bytes += ground_->facts().graph.type(a.value).bytes();
    }
    return bytes;
  }

  struct move {
    const split_choice* choice = nullptr;
    axis_index axis = 0;
  };

  const search_ground<Ops>* ground_;
  search_request request_;
  Target target_;
  lowering_options options_;
  plain_vector<plain_vector<action>> earlier_;
  evaluated_partitioning<Ops, Target> state_;
  estimate_summary usual_;  ///< of the state in which the search starts
  plain_vector<move> moves_;
  plain_vector<typename evaluated_partitioning<Ops, Target>::mark> marks_;
  plain_vector<plain_vector<action>> made_;
};

}  // namespace partita
