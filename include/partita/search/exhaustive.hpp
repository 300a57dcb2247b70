// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Searches that see everything, for small problems and as the measure of others: exhaustive, and branch and bound.

#include <cstdint>

#include <partita/search/budget.hpp>
#include <partita/search/problem.hpp>
#include <partita/support/key_table.hpp>
#include <partita/support/sort.hpp>

namespace partita {

namespace detail {

/// Depth first through all states, each (at its depth) once.
template <Problem P, class Best>
class depth_first {
 public:
  depth_first(P& p, Best& best, std::size_t max_depth) : p_(p), best_(best), out_(p), max_depth_(max_depth) {}

  /// Whether nothing was left out, up to the depth limit. `bounded` cuts off what bounds say is no better than the
  /// best so far, and goes where bounds are best first.
  template <bool bounded>
  bool run() {
    return visit<bounded>();
  }

 private:
  struct branch {
    search_action action = 0;
    std::uint32_t number = 0;
    outcome_of<P> bound{};
  };

  template <bool bounded>
  bool visit() {
    if (best_.over()) return false;
    const std::size_t depth = path_.size();
    if (!seen_.insert(mixed(p_.hash(), depth))) return true;
    search_actions legal;
    p_.legal_actions(legal);
    if (legal.empty() || can_stop(p_)) best_.offer(best_.evaluate(), path_);
    if (depth == max_depth_) return true;
    plain_vector<branch> branches;
    const std::uint64_t here = p_.hash();
    for (const search_action a : legal) {
      branch b{a, static_cast<std::uint32_t>(branches.size()), {}};
      out_.apply(a);
      if (p_.hash() != here) {
        if constexpr (bounded) b.bound = p_.bound();
        branches.push_back(b);
      }
      out_.back_to(depth);
    }
    if constexpr (bounded) {
      sort_in_place(branches, [this](const branch& x, const branch& y) {
        return p_.better(x.bound, y.bound) || (!p_.better(y.bound, x.bound) && x.number < y.number);
      });
    }
    for (const branch& b : branches) {
      if constexpr (bounded) {
        if (best_.best().found && !p_.better(b.bound, best_.best().outcome)) continue;
      }
      out_.apply(b.action);
      path_.push_back(b.action);
      const bool whole = visit<bounded>();
      path_.pop_back();
      out_.back_to(depth);
      if (!whole) return false;
    }
    return true;
  }

  P& p_;
  Best& best_;
  excursion<P> out_;
  std::size_t max_depth_;
  search_actions path_;
  key_table seen_;
};

}  // namespace detail

/// Every state up to the depth limit, once. `complete` says whether the budget sufficed: the outcome is then the best
/// there is. Memory grows with the number of states.
struct exhaustive_search {
  std::size_t max_depth = 256;

  template <Problem P, class Observer = unobserved, class Stop = never_stop>
  search_result<outcome_of<P>> operator()(P& p, search_budget budget = {}, const Observer& observer = {}, const Stop& stop = {}) const {
    using incumbent = detail::incumbent<P, Observer, Stop>;
    incumbent best(p, budget, observer, stop);
    const bool whole = detail::depth_first<P, incumbent>(p, best, max_depth).template run<false>();
    return best.result(whole);
  }
};

/// Branch and bound (Land, Doig, "An automatic method of solving discrete programming problems", 1960): as exhaustive
/// search, without what cannot be better than the best so far. `complete` says that the outcome is proven to be the
/// best there is, up to the depth limit. Bounds are not counted as evaluations.
struct branch_and_bound {
  std::size_t max_depth = 256;

  template <BoundedProblem P, class Observer = unobserved, class Stop = never_stop>
  search_result<outcome_of<P>> operator()(P& p, search_budget budget = {}, const Observer& observer = {}, const Stop& stop = {}) const {
    using incumbent = detail::incumbent<P, Observer, Stop>;
    incumbent best(p, budget, observer, stop);
    const bool whole = detail::depth_first<P, incumbent>(p, best, max_depth).template run<true>();
    return best.result(whole);
  }
};

}  // namespace partita
