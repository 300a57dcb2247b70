// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a search is of: states that actions change and that can be judged. Searches (mcts, beam_search,
// branch_and_bound, ...) are templates over the Problem concept, so that a puzzle, a game and the partitioning of a
// program are searched by the same code and none pays for a virtual call.

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <partita/support/plain_vector.hpp>

namespace partita {

/// An action by its number; what it means is up to the problem.
using search_action = std::uint32_t;
using search_actions = plain_vector<search_action>;

/// Not an action of any problem: to leave the state as it is and call it the result. Searches try it where
/// can_stop() says so.
inline constexpr search_action stop_action = ~search_action{0};

template <class P>
using outcome_of = typename P::outcome;

/// A state that knows how it goes on.
///
/// Intuition: a board with its history. Actions are done and undone on the one object; a search never copies it,
/// except to give each thread its own.
/// Minimal definition:
///   `typename P::outcome`       what a state is judged by: a cost, costs in order of importance, the result of a game
///   `p.legal_actions(list)`     adds the actions possible here to the list
///   `p.apply(a)`, `p.undo()`    does a legal action; takes back the last one
///   `p.hash()`                  64 bits that tell states apart
///   `p.evaluate()`              the outcome of the state as it stands
///   `p.better(x, y)`            whether outcome x is better than y: a strict weak order
///   `p.reward(x)`               the outcome as one number, more is better; of any scale, since searches normalise
/// Optional: `p.is_legal(a)`, where that is quicker to say than all legal actions are;
/// `p.can_stop()`, where a state with legal actions may be a result too; `p.player()`, see
/// AdversarialProblem; `p.bound()`, see BoundedProblem.
/// Laws:
///   1. apply then undo leaves hash, legal actions and outcome as they were.
///   2. States of equal hash have the same legal actions, in the same order, and the same outcome, and so do the
///      states that the same actions lead to. Whatever the outcome depends on is part of the hash.
///   3. better(x, y) implies reward(x) >= reward(y). A reward that is not finite marks an outcome of no use: it counts
///      as the worst so far and is never returned.
///   4. A state without legal actions is a result. No law says that an action changes the state: searches leave out
///      those that do not.
/// Models: tests/support/games.hpp and tests/support/planning_problems.hpp.
/// Checked by check_problem_laws (tests/support/problem_laws.hpp).
template <class P>
concept Problem = std::default_initializable<typename P::outcome> && std::copyable<typename P::outcome> &&
                  requires(P& p, search_actions& list, search_action a, const typename P::outcome& x) {
                    p.legal_actions(list);
                    p.apply(a);
                    p.undo();
                    { p.hash() } -> std::convertible_to<std::uint64_t>;
                    { p.evaluate() } -> std::convertible_to<typename P::outcome>;
                    { p.better(x, x) } -> std::convertible_to<bool>;
                    { p.reward(x) } -> std::convertible_to<double>;
                  };

/// A game of two players, one of whom gains what the other loses.
///
/// Intuition: who is to move decides whether a large reward is good.
/// Minimal definition: `p.player()`, 0 where the player to move wants large rewards and 1 where small ones.
/// Laws: states of equal hash have the same player.
/// Models: connect_four, tic_tac_toe (tests/support/games.hpp).
template <class P>
concept AdversarialProblem = Problem<P> && requires(P& p) {
  { p.player() } -> std::convertible_to<int>;
};

/// A problem that knows how good its results can be at best.
///
/// Minimal definition: `p.bound()`, an outcome.
/// Laws: no result that further actions lead to, nor the state itself, is better than bound() (the bound is
/// admissible).
/// Models: knapsack, travelling_salesman (tests/support/planning_problems.hpp).
template <class P>
concept BoundedProblem = Problem<P> && requires(P& p) {
  { p.bound() } -> std::convertible_to<typename P::outcome>;
};

/// Whether the state may be a result although it has legal actions.
template <Problem P>
[[nodiscard]] constexpr bool can_stop(P& p) {
  if constexpr (requires { p.can_stop(); }) {
    return p.can_stop();
  } else {
    return false;
  }
}

/// Whether an action is legal. `room` is overwritten.
template <Problem P>
[[nodiscard]] constexpr bool is_legal(P& p, search_action a, search_actions& room) {
  if constexpr (requires { p.is_legal(a); }) {
    return p.is_legal(a);
  } else {
    room.clear();
    p.legal_actions(room);
    for (const search_action b : room) {
      if (a == b) return true;
    }
    return false;
  }
}

namespace detail {

/// Neither infinite nor NaN.
[[nodiscard]] constexpr bool is_finite(double x) { return x - x == 0; }

/// Does actions on a problem and takes them back at the end, also when an exception leaves the search.
template <class P>
class excursion {
 public:
  constexpr explicit excursion(P& p) : p_(p) {}
  excursion(const excursion&) = delete;
  excursion& operator=(const excursion&) = delete;
  constexpr ~excursion() { back_to(0); }

  constexpr void apply(search_action a) {
    p_.apply(a);
    ++depth_;
  }
  constexpr void back_to(std::size_t depth) {
    for (; depth_ > depth; --depth_) p_.undo();
  }
  [[nodiscard]] constexpr std::size_t depth() const { return depth_; }

 private:
  P& p_;
  std::size_t depth_ = 0;
};

}  // namespace detail

}  // namespace partita
