// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Automatic partitioning as a problem for a search. An action splits one choice of the analysis over one axis: it tiles
// and pins what the state still allows, and propagates. The outcome is what the program costs then; every state is a
// plan, so that one may stop at any time.
//
// A search does again most of what it takes back. So actions are taken back only when something else is done or asked,
// and what an action did in a state that was met before is not propagated again.

#include <cstdint>

#include <partita/search/search_ground.hpp>
#include <partita/search/strategy.hpp>

namespace partita {

template <class Ops>
class partition_problem {
 public:
  using outcome = estimate_summary;

  /// @param earlier tactics that were applied before, on the folded program: the search starts behind them
  partition_problem(const search_ground<Ops>& ground, const axis_sizes& axes, const any_target& target,
                    const lowering_options& options, const search_request& request,
                    list_view<plain_vector<action>> earlier)
      : ground_(&ground), request_(request), options_(options), earlier_(earlier),
        state_(ground.facts(), axes, target, options, ground.repeats()) {
    for (const plain_vector<action>& actions : earlier) state_.apply(actions);
    start_ = state_.state().hash();
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
      : ground_(other.ground_), request_(other.request_), options_(other.options_), earlier_(other.earlier_),
        state_(ground_->facts(), other.state_.state().axes(), other.state_.target(), options_, ground_->repeats()),
        usual_(other.usual_), start_(other.start_), moves_(other.moves_) {
    for (const plain_vector<action>& actions : earlier_) state_.apply(actions);
    for (std::size_t i = 0; i < other.depth_; ++i) apply(other.made_[i].move);
  }
  partition_problem& operator=(const partition_problem&) = delete;

  // --- the problem: see Problem ------------------------------------------------------------------------------

  /// Actions are numbers below this.
  [[nodiscard]] search_action action_count() const { return static_cast<search_action>(moves_.size()); }
  void legal_actions(search_actions& list) {
    settle();
    for (search_action m = 0; m < action_count(); ++m) {
      if (has_effect(m)) list.push_back(m);
    }
  }
  [[nodiscard]] bool is_legal(search_action m) {
    if (depth_ < made_.size() && made_[depth_].move == m) return made_[depth_].after != hash();
    settle();
    return has_effect(m);
  }
  void apply(search_action m) {
    if (depth_ == made_.size() || made_[depth_].move != m) {
      settle();
      made_.push_back({m, state_.here(), 0});
      make(m);
      made_.back().after = state_.state().hash();
    }
    ++depth_;
  }
  void undo() { --depth_; }
  [[nodiscard]] std::uint64_t hash() const { return depth_ == 0 ? start_ : made_[depth_ - 1].after; }
  [[nodiscard]] estimate_summary evaluate() {
    settle();
    return state_.summary();
  }
  [[nodiscard]] bool better(const estimate_summary& a, const estimate_summary& b) const { return request_.better(a, b); }
  [[nodiscard]] double reward(const estimate_summary& e) const { return request_.reward(e, usual_); }
  [[nodiscard]] bool can_stop() const { return true; }

  [[nodiscard]] std::size_t depth() const { return depth_; }
  [[nodiscard]] const search_request& request() const { return request_; }
  /// Judges outcomes by another goal from now on.
  void set_goal(const goal& wanted) { request_.wanted = wanted; }

  /// The actions so far as tactics of the program itself.
  [[nodiscard]] plain_vector<plain_vector<action>> tactics() const {
    partitioning<Ops> p(ground_->facts(), state_.state().axes());
    for (const plain_vector<action>& actions : earlier_) p.apply(actions);
    plain_vector<plain_vector<action>> all;
    for (std::size_t i = 0; i < depth_; ++i) {
      const plain_vector<action> actions = actions_of(made_[i].move, p.state());
      p.apply(actions);
      all.push_back(ground_->unfold(actions));
    }
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

  using cell_change = sharding_state::change;
  struct made_move {
    search_action move = 0;
    typename evaluated_partitioning<Ops>::mark before{};
    std::uint64_t after = 0;  // hash of the state
  };
  /// What an action did in a state.
  struct effect {
    std::size_t first = 0, count = 0;  // in changes_
    std::uint64_t after = 0;           // hash of the state
  };
  static constexpr std::size_t most_changes = std::size_t{1} << 21;  // 16 MiB of them

  [[nodiscard]] plain_vector<action> actions_of(search_action m, const sharding_state& state) const {
    return ground_->analysis().choices.actions(*moves_[m].choice, moves_[m].axis, state);
  }
  [[nodiscard]] bool has_effect(search_action m) const {
    return ground_->analysis().choices.has_effect(*moves_[m].choice, moves_[m].axis, state_.state());
  }
  /// Takes back what was taken back by name only.
  void settle() {
    if (depth_ == made_.size()) return;
    state_.undo(made_[depth_].before);
    made_.resize(depth_);
  }
  void make(search_action m) {
    const std::uint64_t key = detail::mixed(state_.state().hash(), m);
    if (const std::uint32_t known = known_effects_.find(key); known != key_table::none) {
      const effect& e = effects_[known];
      state_.redo({changes_.data() + e.first, e.count}, e.after);
      return;
    }
    if (changes_.size() > most_changes) {
      known_effects_.clear();
      effects_.clear();
      changes_.clear();
    }
    const sharding_state::mark before = state_.state().here();
    const std::size_t first = changes_.size();
    state_.apply(actions_of(m, state_.state()));
    state_.state().append_changes(before, changes_);
    known_effects_.add(key, effects_.size());
    effects_.push_back({first, changes_.size() - first, state_.state().hash()});
  }

  const search_ground<Ops>* ground_;
  search_request request_;
  lowering_options options_;
  plain_vector<plain_vector<action>> earlier_;
  evaluated_partitioning<Ops> state_;
  estimate_summary usual_;  // of the state in which the search starts
  std::uint64_t start_ = 0;  // its hash
  plain_vector<move> moves_;
  plain_vector<made_move> made_;  // the first depth_ of them are where the problem stands, the others not taken back yet
  std::size_t depth_ = 0;
  key_table known_effects_;  // by hash of the state and action
  plain_vector<effect> effects_;
  plain_vector<cell_change> changes_;
};

}  // namespace partita
