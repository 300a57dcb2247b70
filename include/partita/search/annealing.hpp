// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Simulated annealing over plans: a plan is changed at one place and what follows is kept as far as it is still legal.

#include <cmath>
#include <cstdint>

#include <partita/search/budget.hpp>
#include <partita/search/problem.hpp>
#include <partita/support/split_mix.hpp>

namespace partita {

/// Kirkpatrick, Gelatt, Vecchi, "Optimization by simulated annealing", Science 220, 1983. A change inserts, replaces or
/// removes an action; a plan that is no result is completed at random. A worse plan is taken with probability
/// exp(-loss / temperature), the loss as a share of the range of rewards seen. The temperature falls from `hot` to
/// `cold` over the budget of evaluations, or of seconds, whichever is further spent.
struct simulated_annealing {
  std::uint64_t seed = 1;
  std::size_t max_depth = 256;
  double hot = 0.3, cold = 0.001;
  std::uint64_t most_idle = 1000;  ///< ends after so many changes in a row that led to the same state

  template <Problem P, class Observer = unobserved, class Stop = never_stop>
  search_result<outcome_of<P>> operator()(P& p, search_budget budget, const Observer& observer = {}, const Stop& stop = {}) const {
    detail::incumbent<P, Observer, Stop> best(p, budget, observer, stop);
    walk(p, best);
    return best.result(false);
  }

 private:
  enum class change : std::uint8_t { insert, replace, remove };

  template <class P>
  void walk(P& p, auto& best) const {
    split_mix random(seed);
    detail::excursion<P> out(p);
    search_actions now, next, legal;
    if (best.over()) return;
    bool ended = complete(p, out, now, legal, random);
    std::uint64_t state = p.hash();
    double reward = judge(best, now, ended), low = reward, high = reward;
    for (std::uint64_t idle = 0; idle < most_idle && !best.over();) {
      out.back_to(0);
      next.clear();
      const auto kind = static_cast<change>(now.empty() ? 0 : random.below(3));
      const std::size_t place = random.below(now.size() + (kind == change::insert ? 1 : 0));
      for (std::size_t i = 0; i < place; ++i) do_if_legal(p, out, now[i], next, legal);
      if (kind != change::remove && next.size() < max_depth) {
        legal.clear();
        p.legal_actions(legal);
        if (!legal.empty()) add(out, legal[random.below(legal.size())], next);
      }
      for (std::size_t i = place + (kind == change::insert ? 0 : 1); i < now.size(); ++i) do_if_legal(p, out, now[i], next, legal);
      ended = complete(p, out, next, legal, random);
      if (p.hash() == state) {
        ++idle;
        continue;
      }
      idle = 0;
      const double r = judge(best, next, ended);
      if (!detail::is_finite(r)) continue;
      low = detail::is_finite(low) && low < r ? low : r;
      high = detail::is_finite(high) && high > r ? high : r;
      const double temperature = hot * std::pow(cold / hot, best.spent());
      const double loss = high > low ? (reward - r) / (high - low) : 0;
      if (detail::is_finite(reward) && loss > 0 && random.unit() >= std::exp(-loss / temperature)) continue;
      now = next;
      reward = r;
      state = p.hash();
    }
  }
  // The reward of the plan whose end the problem stands at.
  static double judge(auto& best, const search_actions& plan, bool ended) {
    const auto o = best.evaluate();
    if (ended) best.offer(o, plan);
    return best.reward(o);
  }
  static void add(auto& out, search_action a, search_actions& plan) {
    out.apply(a);
    plan.push_back(a);
  }
  // Actions without effect are left out.
  template <class P>
  void do_if_legal(P& p, detail::excursion<P>& out, search_action a, search_actions& plan, search_actions& legal) const {
    if (plan.size() >= max_depth) return;
    legal.clear();
    p.legal_actions(legal);
    for (const search_action x : legal) {
      if (x != a) continue;
      const std::uint64_t before = p.hash();
      out.apply(a);
      if (p.hash() == before) {
        out.back_to(plan.size());
      } else {
        plan.push_back(a);
      }
      return;
    }
  }
  // Goes on at random to a result; whether there is one within the depth limit.
  template <class P>
  bool complete(P& p, detail::excursion<P>& out, search_actions& plan, search_actions& legal, split_mix& random) const {
    while (!can_stop(p)) {
      legal.clear();
      p.legal_actions(legal);
      if (legal.empty()) return true;
      if (plan.size() >= max_depth) return false;
      add(out, legal[random.below(legal.size())], plan);
    }
    return true;
  }
};

}  // namespace partita
