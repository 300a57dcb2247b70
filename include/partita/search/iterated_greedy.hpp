// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Iterated greedy search: take the action that gains most until none gains, then take back some actions of the best
// result, do a few at random, and descend again. Actions are tried in the order of what they gained when they were tried
// last, so that most steps look at few of them.

#include <cstdint>

#include <partita/search/budget.hpp>
#include <partita/search/problem.hpp>
#include <partita/support/key_table.hpp>
#include <partita/support/sort.hpp>
#include <partita/support/split_mix.hpp>

namespace partita {

/// For problems whose states may be results though they go on (can_stop()), and whose actions mean much the same from
/// state to state.
///
/// Only states that it has not met are evaluated. The same seed and number of evaluations give the same result.
/// Sources: Ruiz, Stuetzle, "A simple and effective iterated greedy algorithm", European Journal of Operational
/// Research 177(3), 2007; the order is that of Minoux, "Accelerated greedy algorithms", 1978.
struct iterated_greedy {
  std::uint64_t seed = 1;
  std::size_t max_depth = 256;  ///< actions of a result
  std::size_t enough = 64;      ///< actions tried in one step, if one of them gains
  double least_gain = 1e-4;     ///< of a step, as a share of the range of rewards seen

  template <Problem P, class Observer = unobserved, class Stop = never_stop>
  search_result<outcome_of<P>> operator()(P& p, search_budget budget, const Observer& observer = {}, const Stop& stop = {}) const {
    static_assert(requires { p.can_stop(); }, "iterated_greedy: the problem needs can_stop(): results are states that are no ends");
    detail::incumbent<P, Observer, Stop> best(p, budget, observer, stop);
    {
      walk<P, decltype(best)> w(p, best, *this);
      w.all();
    }
    return best.result(false);
  }

 private:
  // Rounds that meet nothing new say that there is little left to meet.
  static constexpr int idle_rounds = 100;

  template <class P, class Best>
  class walk {
   public:
    walk(P& p, Best& best, const iterated_greedy& options) : p_(p), best_(best), options_(options), random_(options.seed), out_(p) {}

    void all() {
      if (best_.over()) return;
      descend(false);
      polish();
      for (int idle = 0; idle < idle_rounds && !best_.over(); ++idle) {
        const std::size_t before = outcomes_.size();
        const std::uint64_t best = best_.best().best_at;
        perturb();
        descend(random_.below(3) != 0);
        if (best_.best().best_at != best) polish();
        if (outcomes_.size() != before) idle = -1;
      }
    }

   private:
    using outcome = outcome_of<P>;
    static constexpr double untried = 1e300;

    void apply(search_action a) {
      out_.apply(a);
      path_.push_back(a);
    }
    void back_to(std::size_t depth) {
      out_.back_to(depth);
      path_.resize(depth);
    }

    /// Outcome of the state as it is, which becomes the best if it is.
    outcome look() {
      const std::uint64_t hash = p_.hash();
      const std::uint32_t known = seen_.find(hash);
      if (known != key_table::none) return outcomes_[known];
      const outcome o = best_.evaluate();
      seen_.add(hash, outcomes_.size());
      outcomes_.push_back(o);
      if (best_.usable(o)) {
        const double reward = best_.reward(o);
        low_ = reward < low_ ? reward : low_;
        high_ = reward > high_ ? reward : high_;
      }
      if (p_.can_stop()) best_.offer(o, path_);
      return o;
    }

    void apply_if_legal(search_action a) {
      if (path_.size() < options_.max_depth && is_legal(p_, a, legal_)) apply(a);
    }

    /// The best result without one of its actions, and with one more before all others, which changes what these do,
    /// until neither is better.
    void polish() {
      for (std::uint64_t before = 0; before != best_.best().best_at && !best_.over();) {
        before = best_.best().best_at;
        for (std::size_t left_out = 0; left_out < best_.best().actions.size() && !best_.over(); ++left_out) {
          const search_actions actions = best_.best().actions;
          back_to(0);
          for (std::size_t i = 0; i < actions.size(); ++i) {
            if (i != left_out) apply_if_legal(actions[i]);
          }
          look();
        }
        back_to(0);
        find_legal();
        const search_actions first = legal_;
        for (std::size_t i = 0; i < first.size() && !best_.over(); ++i) {
          // Of many actions some, other ones each time.
          if (first.size() > 4 * options_.enough && random_.below(first.size()) >= 2 * options_.enough) continue;
          const search_actions actions = best_.best().actions;
          back_to(0);
          apply_if_legal(first[i]);
          for (const search_action a : actions) apply_if_legal(a);
          look();
        }
      }
    }

    /// Some actions of the best result, and some others.
    void perturb() {
      back_to(0);
      const search_actions kept = best_.best().actions;
      for (const search_action a : kept) {
        if (random_.below(4) != 0) apply_if_legal(a);
      }
      for (std::size_t kicks = random_.below(3); kicks > 0; --kicks) {
        find_legal();
        if (!legal_.empty() && path_.size() < options_.max_depth) apply(legal_[random_.below(legal_.size())]);
      }
    }
    void find_legal() {
      legal_.clear();
      p_.legal_actions(legal_);
    }

    /// @param some whether to look at some of the actions only: such descents are quick and end elsewhere
    void descend(bool some) {
      outcome at = look();
      while (!best_.over() && path_.size() < options_.max_depth) {
        find_legal();
        // What gained something, then what is unknown, then the rest.
        const auto hope = [this](search_action a) { return gain(a) == untried ? 0 : gain(a) > 0 ? gain(a) : gain(a) - 1; };
        sort_in_place(legal_, [&](search_action a, search_action b) { return hope(a) != hope(b) ? hope(a) > hope(b) : a < b; });
        const double before = best_.usable(at) ? best_.reward(at) : low_;
        const std::size_t depth = path_.size();
        outcome next = at;
        search_action chosen = stop_action;
        double gained = high_ > low_ ? options_.least_gain * (high_ - low_) : 0;
        std::size_t tried = 0;
        for (const search_action a : legal_) {
          const bool promises_less = gain(a) != untried && gain(a) <= gained;
          if (best_.over() || (chosen != stop_action && (promises_less || tried >= options_.enough))) break;
          if (some && gain(a) != untried && random_.below(3) != 0) continue;
          ++tried;
          apply(a);
          const outcome o = look();
          back_to(depth);
          gain(a) = best_.usable(o) ? best_.reward(o) - before : -untried;
          if (!(gain(a) > gained)) continue;
          next = o;
          chosen = a;
          gained = gain(a);
        }
        if (chosen == stop_action) return;
        apply(chosen);
        at = next;
      }
    }
    double& gain(search_action a) {
      if (a >= gains_.size()) gains_.resize(a + 1u, untried);
      return gains_[a];
    }

    P& p_;
    Best& best_;
    const iterated_greedy& options_;
    split_mix random_;
    detail::excursion<P> out_;
    key_table seen_;
    plain_vector<outcome> outcomes_;
    plain_vector<double> gains_;  // by action: of reward, when it was tried last
    double low_ = untried, high_ = -untried;  // rewards seen
    search_actions legal_, path_;
  };
};

}  // namespace partita
