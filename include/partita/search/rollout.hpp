// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a new state of a tree is worth: evaluators, which judge it as it stands or go on to a result, and the policies
// by which they go on.

#include <type_traits>

#include <partita/search/problem.hpp>
#include <partita/support/split_mix.hpp>

namespace partita {

/// What an evaluator may use, and where it says what it did.
struct leaf {
  split_mix random{0};       ///< of this evaluation alone
  std::size_t depth_left = 0;  ///< actions that it may still do
  search_actions actions;    ///< for the evaluator to add the actions that led to the outcome
  search_actions legal;      ///< room for lists of actions
};

/// What an evaluator says.
template <class Outcome>
struct evaluation {
  Outcome outcome{};
  bool result = false;  ///< whether the outcome is that of a result, which a search may return
};

/// Judges a state.
///
/// Intuition: what a player guesses at who looks at a position, or plays it out.
/// Minimal definition: `e(p, at)` returns an evaluation and leaves p as it was; if the outcome is that of a result
/// that lies further on, the actions that lead there are added to at.actions, no more than at.depth_left.
/// A member `static constexpr bool as_it_stands = true` promises that the outcome is always p.evaluate(): the state
/// then need not be evaluated again to stop there.
/// Laws: the evaluation depends on the state and on at.random and on nothing else; a copy of an evaluator gives the
/// same (else threads would change results).
/// Models: direct_evaluation, rollout.
template <class E, class P>
concept Evaluator = Problem<P> && requires(E& e, P& p, leaf& at) {
  { e(p, at) } -> std::convertible_to<evaluation<typename P::outcome>>;
};

/// Chooses how a rollout goes on.
///
/// Minimal definition: `r(p, legal, random)` returns one of the actions of a list that is not empty; the list holds
/// stop_action where the state may be a result.
/// Laws: as for Evaluator. Models: uniform_policy, epsilon_greedy_policy.
template <class R, class P>
concept RolloutPolicy = Problem<P> && requires(R& r, P& p, list_view<search_action> legal, split_mix& random) {
  { r(p, legal, random) } -> std::convertible_to<search_action>;
};

/// Every action is as likely.
struct uniform_policy {
  template <class P>
  constexpr search_action operator()(P&, list_view<search_action> legal, split_mix& random) const {
    // The high half of a product: no division.
    return legal[static_cast<std::size_t>(((random() >> 32) * legal.size()) >> 32)];
  }
};

/// With probability epsilon any action, else the one after which the state is best as it stands. Costs an evaluation
/// for every action, which budgets do not count: for problems whose evaluation is cheap.
struct epsilon_greedy_policy {
  double epsilon = 0.1;

  template <class P>
  constexpr search_action operator()(P& p, list_view<search_action> legal, split_mix& random) const {
    if (random.unit() < epsilon) return uniform_policy{}(p, legal, random);
    search_action best = legal[0];
    outcome_of<P> best_outcome{};
    for (std::size_t i = 0; i < legal.size(); ++i) {
      if (legal[i] != stop_action) p.apply(legal[i]);
      const outcome_of<P> o = p.evaluate();
      if (legal[i] != stop_action) p.undo();
      if (i != 0 && !p.better(o, best_outcome)) continue;
      best = legal[i];
      best_outcome = o;
    }
    return best;
  }
};

/// The state as it stands. For problems in which any state tells how good its successors may be.
struct direct_evaluation {
  static constexpr bool as_it_stands = true;

  template <Problem P>
  constexpr evaluation<outcome_of<P>> operator()(P& p, leaf& at) const {
    bool result = can_stop(p);
    if (!result) {
      at.legal.clear();
      p.legal_actions(at.legal);
      result = at.legal.empty();
    }
    return {p.evaluate(), result};
  }
};

/// Goes on by a policy to a result or to the depth limit, and judges that.
template <class Policy = uniform_policy>
struct rollout {
  Policy policy{};

  template <Problem P>
    requires RolloutPolicy<Policy, P>
  constexpr evaluation<outcome_of<P>> operator()(P& p, leaf& at) {
    // A copy of what is as small as this costs less than to undo.
    if constexpr (std::is_trivially_copyable_v<P> && sizeof(P) <= 128) {
      P own = p;
      const bool result = go_on(own, at, [&](search_action a) { own.apply(a); });
      return {own.evaluate(), result};
    } else {
      detail::excursion<P> out(p);
      const bool result = go_on(p, at, [&](search_action a) { out.apply(a); });
      return {p.evaluate(), result};
    }
  }

 private:
  // Whether it ends at a result.
  template <class P>
  constexpr bool go_on(P& p, leaf& at, const auto& apply) {
    for (std::size_t left = at.depth_left;; --left) {
      at.legal.clear();
      p.legal_actions(at.legal);
      if (at.legal.empty()) return true;
      const bool stops = can_stop(p);
      if (left == 0) return stops;
      if (stops) at.legal.push_back(stop_action);
      const search_action a = policy(p, at.legal, at.random);
      if (a == stop_action) return true;
      apply(a);
      at.actions.push_back(a);
    }
  }
};

using random_rollout = rollout<uniform_policy>;

}  // namespace partita
