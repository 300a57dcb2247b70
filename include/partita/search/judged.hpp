// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A goal of one's own: the states and actions of a problem, with another order of what they are worth.

#include <concepts>
#include <cstdint>
#include <utility>

#include <partita/search/iterated_greedy.hpp>
#include <partita/search/strategy.hpp>

namespace partita {

/// An order of outcomes.
///
/// Intuition: what one would rather have.
/// Minimal definition: `g.better(x, y)`, whether outcome x is better than y, and `g.reward(x)`, the outcome as one
/// number, more is better.
/// Laws: better is a strict weak order; better(x, y) implies reward(x) >= reward(y).
/// Models: scarcest in examples/06_own_goal.cpp. Checked by check_problem_laws (tests/support/problem_laws.hpp) on a
/// judged problem.
template <class G, class Outcome>
concept OutcomeOrder = requires(const G& g, const Outcome& x) {
  { g.better(x, x) } -> std::convertible_to<bool>;
  { g.reward(x) } -> std::convertible_to<double>;
};

/// A problem whose outcomes another order judges. It plays on the problem that it is made of; a copy of it, as a thread
/// needs one, has a problem of its own.
template <Problem P, OutcomeOrder<outcome_of<P>> Order>
class judged {
 public:
  using outcome = outcome_of<P>;

  judged(P& p, Order order) : p_(&p), order_(std::move(order)) {}
  judged(const judged& other)
    requires std::copy_constructible<P>
      : own_(new P(*other.p_)), p_(own_), order_(other.order_) {}
  judged& operator=(const judged&) = delete;
  ~judged() { delete own_; }

  void legal_actions(search_actions& list) { p_->legal_actions(list); }
  [[nodiscard]] bool is_legal(search_action a)
    requires requires(P& p) { p.is_legal(a); }
  {
    return p_->is_legal(a);
  }
  void apply(search_action a) { p_->apply(a); }
  void undo() { p_->undo(); }
  [[nodiscard]] std::uint64_t hash() { return p_->hash(); }
  [[nodiscard]] outcome evaluate() { return p_->evaluate(); }
  [[nodiscard]] bool better(const outcome& x, const outcome& y) const { return order_.better(x, y); }
  [[nodiscard]] double reward(const outcome& x) const { return order_.reward(x); }
  [[nodiscard]] bool can_stop() { return partita::can_stop(*p_); }

 private:
  P* own_ = nullptr;
  P* p_;
  Order order_;
};

/// A search for what an order of one's own calls best:
///
///     partition(step, mesh, automatic<"batch">(), target, options, judged_by{my_order{}});
///
/// What the tactic itself asks for, bounds and the memory of the device among it, is then left to the order.
template <class Order, class Search = iterated_greedy>
struct judged_by {
  Order order;
  Search search{};

  template <Problem P>
    requires OutcomeOrder<Order, outcome_of<P>>
  search_result<outcome_of<P>> operator()(P& p, const search_budget& budget) const {
    judged<P, Order> own(p, order);
    return search(own, budget);
  }
};
template <class Order>
judged_by(Order) -> judged_by<Order>;
template <class Order, class Search>
judged_by(Order, Search) -> judged_by<Order, Search>;

}  // namespace partita
