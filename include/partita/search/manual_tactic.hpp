// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a search found, as a tactic that one could have written: few terms, and only those that propagation does not
// bring about from the others. On the same program in the same state it leads to the same state.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <partita/search/partitioning.hpp>
#include <partita/tactic/describe.hpp>

namespace partita {

namespace detail {

/// Leaves out terms as long as the state that the rest leads to stays the same.
template <class Ops>
class term_reducer {
 public:
  term_reducer(partitioning<Ops>& p, std::vector<described_term>& terms, const sharding_state::mark& wanted)
      : partitioning_(p), terms_(terms), wanted_(wanted) {
    in_.assign(terms.size(), 1);
  }

  /// @pre all terms together lead to the state that is wanted
  void run() {
    plain_vector<std::size_t> order;  // those that select least go first: a number, then what covers little
    for (const bool numbered : {true, false}) {
      for (std::size_t i = terms_.size(); i-- > 0;) {
        if (terms_[i].numbered == numbered) order.push_back(i);
      }
      if (numbered) leave_out(order, 0, order.size());
    }
    for (std::size_t size = (order.size() + 1) / 2, trials = 0; size > 0 && trials < most_trials; size /= 2) {
      for (std::size_t begin = 0; begin < order.size() && trials < most_trials; begin += size) {
        trials += leave_out(order, begin, begin + size < order.size() ? begin + size : order.size()) ? 1u : 0u;
      }
    }
    std::size_t kept = 0;
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      if (in_[i] == 0) continue;
      if (kept != i) terms_[kept] = std::move(terms_[i]);
      ++kept;
    }
    terms_.resize(kept);
  }

 private:
  static constexpr std::size_t most_trials = 100;  // each propagates through the program

  sharding_state::mark outcome() {
    plain_vector<action> actions;
    for (std::size_t i = 0; i < terms_.size(); ++i) {
      if (in_[i] != 0) actions.append(terms_[i].actions);
    }
    const auto before = partitioning_.here();
    partitioning_.apply(actions);
    const sharding_state::mark after = partitioning_.state().here();
    partitioning_.undo(before);
    return after;
  }

  /// Leaves out order[begin, end) if it can. Returns whether there was something to try.
  bool leave_out(const plain_vector<std::size_t>& order, std::size_t begin, std::size_t end) {
    plain_vector<std::size_t> tried;
    for (std::size_t i = begin; i < end; ++i) {
      if (in_[order[i]] != 0) tried.push_back(order[i]);
    }
    for (const std::size_t i : tried) in_[i] = 0;
    if (!tried.empty() && !(outcome() == wanted_)) {
      for (const std::size_t i : tried) in_[i] = 1;
    }
    return !tried.empty();
  }

  partitioning<Ops>& partitioning_;
  std::vector<described_term>& terms_;
  plain_vector<std::uint8_t> in_;
  const sharding_state::mark wanted_;
};

/// Few terms that lead to the state `after`: they may also tile what the actions tile in the end. Where that changes
/// something, since what is asked inside the program decides first around there, they may not.
template <class Ops>
[[nodiscard]] std::vector<described_term> describe_freely(schedule_builder& into, list_view<action> actions, partitioning<Ops>& p,
                                                          const device_mesh& mesh, const sharding_state& after) {
  constexpr int attempts = 4;
  const program_facts<Ops>& facts = p.facts();
  plain_vector<std::uint8_t> barred;  // by value
  barred.assign(facts.graph.value_count(), 0);
  const auto follows = [&](const action& a) {
    if (a.kind != action_kind::tile || barred[a.value.index] != 0) return false;
    return facts.is_remade(a.value) || after(a.value, a.axis).is_tile(a.dim);
  };
  for (int i = 0; i < attempts; ++i) {
    std::vector<described_term> terms = describe(into, actions, p.state(), mesh, follows);
    plain_vector<action> said;
    for (const described_term& t : terms) said.append(t.actions);
    const auto before = p.here();
    p.apply(said);
    const bool same = p.state().here() == after.here();
    for (const unit_id u : facts.rules.units()) {
      if (same) break;
      for (std::size_t a = 0; a < after.axes().size(); ++a) {
        const auto axis = static_cast<axis_index>(a);
        if (p.state()(u, axis) == after(u, axis)) continue;
        for (const slot& s : facts.rules.slots(u)) barred[s.value.index] = 1;
      }
    }
    p.undo(before);
    if (same) return terms;
  }
  return describe(into, actions, p.state(), mesh);
}

}  // namespace detail

/// A tactic, as a part of the schedule that a builder makes, that takes a program to the state to which the actions take it: to
/// the same layouts by the same propagation. `p` is the state before; it is tried on and left as it was.
/// @pre the state allows the actions, see partitioning::apply
template <class Ops>
[[nodiscard]] schedule_builder::fragment manual_tactic(schedule_builder& into, list_view<action> actions,
                                                       partitioning<Ops>& p, const device_mesh& mesh) {
  const auto before = p.here();
  p.apply(actions);
  const sharding_state after = p.state();
  p.undo(before);
  std::vector<described_term> terms = detail::describe_freely(into, actions, p, mesh, after);
  detail::term_reducer<Ops>(p, terms, after.here()).run();
  return together_of(into, terms);
}

}  // namespace partita
