// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Searches that look one action ahead: of all next states they keep the best one, or the best few.

#include <cstdint>

#include <partita/search/budget.hpp>
#include <partita/search/problem.hpp>
#include <partita/support/key_table.hpp>
#include <partita/support/sort.hpp>

namespace partita {

/// Beam search (Lowerre, "The Harpy speech recognition system", 1976): of all states that one more action leads to,
/// the `width` best as they stand are kept, each state once. Ends when no state is left, or, where any state may be a
/// result, when an action more gave nothing better `patience` times.
struct beam_search {
  std::size_t width = 8;
  std::size_t max_depth = 256;
  std::size_t patience = 1;

  template <Problem P, class Observer = unobserved, class Stop = never_stop>
  search_result<outcome_of<P>> operator()(P& p, search_budget budget, const Observer& observer = {}, const Stop& stop = {}) const {
    detail::incumbent<P, Observer, Stop> best(p, budget, observer, stop);
    look(p, best);
    return best.result(false);
  }

 private:
  template <class P>
  struct candidate {
    std::uint32_t parent = 0;
    search_action action = 0;
    outcome_of<P> outcome{};
    std::uint32_t number = 0;  // in the order found, which settles ties
  };

  template <class P>
  void look(P& p, auto& best) const {
    detail::excursion<P> out(p);
    plain_vector<search_actions> beam(1), next_beam;
    plain_vector<candidate<P>> next;
    search_actions legal, after, plan;
    key_table seen;
    if (width == 0 || best.over()) return;
    if (is_result(p, after)) best.offer(best.evaluate(), plan);
    for (std::size_t depth = 0, idle = 0; depth < max_depth && !beam.empty(); ++depth) {
      next.clear();
      seen.clear();
      bool improved = false, stoppable = true;
      for (std::uint32_t b = 0; b < beam.size(); ++b) {
        out.back_to(0);
        for (const search_action a : beam[b]) out.apply(a);
        stoppable = stoppable && can_stop(p);
        const std::uint64_t here = p.hash();
        legal.clear();
        p.legal_actions(legal);
        for (const search_action a : legal) {
          if (best.over()) return;
          out.apply(a);
          if (p.hash() != here && seen.insert(p.hash())) {
            const auto o = best.evaluate();
            if (best.usable(o)) next.push_back({b, a, o, static_cast<std::uint32_t>(next.size())});
            if (is_result(p, after)) {
              plan = beam[b];
              plan.push_back(a);
              improved = best.offer(o, plan) || improved;
            }
          }
          out.back_to(beam[b].size());
        }
      }
      idle = improved ? 0 : idle + 1;
      if (stoppable && idle >= patience) return;
      sort_in_place(next, [&p](const candidate<P>& x, const candidate<P>& y) {
        return p.better(x.outcome, y.outcome) || (!p.better(y.outcome, x.outcome) && x.number < y.number);
      });
      next_beam.clear();
      for (std::size_t i = 0; i < next.size() && i < width; ++i) {
        plan = beam[next[i].parent];
        plan.push_back(next[i].action);
        next_beam.push_back(plan);
      }
      beam = next_beam;
    }
  }
  template <class P>
  static bool is_result(P& p, search_actions& room) {
    if (can_stop(p)) return true;
    room.clear();
    p.legal_actions(room);
    return room.empty();
  }
};

/// Takes the action that leads to the best state, as long as that gains something or the state is no result.
struct greedy_descent {
  std::size_t max_depth = 256;

  template <Problem P, class Observer = unobserved, class Stop = never_stop>
  search_result<outcome_of<P>> operator()(P& p, search_budget budget, const Observer& observer = {}, const Stop& stop = {}) const {
    return beam_search{1, max_depth, 1}(p, budget, observer, stop);
  }
};

}  // namespace partita
