// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A Pareto front by searches for one metric under a bound on the other: first each metric by itself, then the first one with
// ever more of the other allowed. Any search will do, and what it is good at it is good at here.

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <partita/search/budget.hpp>
#include <partita/search/strategy.hpp>
#include <partita/support/sort.hpp>

namespace partita {

/// What a search for a front found.
template <class Outcome>
struct front_result {
  search_result<Outcome> best;                 ///< in the order of the goal; evaluations and seconds are those of all
  std::vector<search_result<Outcome>> points;  ///< none betters another in both metrics; the first metric grows
};

namespace detail {

/// The searches that a front is made of: two for the ends and one for each bound between them.
inline constexpr std::size_t front_searches = 8;

/// Leaves those that hold the bounds of the request, or the best if none does, and of these those that no other one betters.
template <class Outcome>
void keep_front(std::vector<search_result<Outcome>>& points, const search_request& request) {
  const auto excess = [&](const Outcome& o) { return request.memory_excess(o) + request.other_excess(o); };
  const auto second = [&](const Outcome& o) { return request.value(request.wanted.minimized[1], o); };
  // In the order of the goal each one has to be smaller in the second metric than all before it.
  sort_in_place(points, [&](const auto& a, const auto& b) { return request.better(a.outcome, b.outcome); });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Outcome& o = points[i].outcome;
    if (kept != 0 && (excess(o) > 0 || second(o) >= second(points[kept - 1].outcome))) continue;
    if (kept != i) points[kept] = std::move(points[i]);
    ++kept;
  }
  points.resize(kept);
}

}  // namespace detail

/// Searches a problem whose goal asks for a front (see pareto_front in tactic/goal.hpp) and leaves it as it was.
///
/// The budget is that of all searches together. With a budget of evaluations and a search that is deterministic the
/// front is the same every time. Source: the bounds are the epsilon-constraint method of Haimes, Lasdon, Wismer, IEEE
/// Transactions on Systems, Man, and Cybernetics 1(3), 1971.
template <class P, SearchStrategy<P> Search>
front_result<outcome_of<P>> search_front(P& p, const Search& search, const search_budget& budget) {
  const search_request whole = p.request();
  front_result<outcome_of<P>> all;
  const search_budget share = budget.part(detail::front_searches);
  const auto run = [&](const goal& aim) {
    p.set_goal(aim);
    search_result<outcome_of<P>> found = search(p, share);
    found.best_at += all.best.evaluations;
    all.best.evaluations += found.evaluations;
    all.best.seconds += found.seconds;
    if (found.found) all.points.push_back(std::move(found));
  };
  const objective& second = whole.wanted.minimized[1];
  const metric bounded = second.sum[0].metric;
  goal aim = whole.wanted;
  aim.front = false;
  goal other = aim;
  other.minimized = {second, whole.wanted.minimized[0]};
  run(aim);
  run(other);
  if (all.points.size() == 2) {
    const double most = value_of(bounded, all.points[0].outcome), least = value_of(bounded, all.points[1].outcome);
    constexpr std::size_t between = detail::front_searches - 2;
    for (std::size_t i = 1; i <= between && most > least; ++i) {
      const double part = static_cast<double>(i) / static_cast<double>(between + 1);
      const double limit = least > 0 ? least * std::pow(most / least, part) : most * part;
      goal bound_by = aim;
      bound_by.bounds.push_back({bounded, base_units(bounded, limit)});
      run(bound_by);
    }
  }
  p.set_goal(whole.wanted);
  detail::keep_front(all.points, whole);
  if (!all.points.empty()) {
    search_result<outcome_of<P>> best = all.points.front();
    best.evaluations = all.best.evaluations;
    best.seconds = all.best.seconds;
    all.best = std::move(best);
  }
  return all;
}

}  // namespace partita
