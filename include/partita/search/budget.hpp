// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// How long a search may go on, what it says meanwhile and what it returns. Every search is anytime: it ends when its
// budget is spent, when it has seen everything or when it is told to, and returns the best result so far.

#include <cstddef>
#include <cstdint>
#include <ctime>

#include <partita/search/problem.hpp>

namespace partita {

/// The search ends when either is spent. Only evaluations give the same result on every machine.
struct search_budget {
  std::uint64_t evaluations = ~std::uint64_t{0};
  double seconds = 0;  ///< 0: any

  [[nodiscard]] static constexpr search_budget of_evaluations(std::uint64_t n) { return {n, 0}; }
  /// Seconds of wall time; none at all if not positive.
  [[nodiscard]] static constexpr search_budget of_seconds(double s) { return {s > 0 ? ~std::uint64_t{0} : 0, s > 0 ? s : 0}; }
  /// What each of n searches may spend, at least one evaluation.
  [[nodiscard]] constexpr search_budget part(std::size_t n) const {
    const bool counted = evaluations != ~std::uint64_t{0};
    return {counted ? (evaluations + n - 1) / n : evaluations, seconds / static_cast<double>(n)};
  }
};

/// What a search found. `found` is false if it saw no result with a finite reward; `outcome` is then a default one.
template <class Outcome>
struct search_result {
  search_actions actions;          ///< from the state in which the problem was given
  Outcome outcome{};
  bool found = false;
  bool complete = false;           ///< nothing was left out: the outcome is the best there is, up to the depth limit
  std::uint64_t evaluations = 0;   ///< outcomes computed
  std::uint64_t best_at = 0;       ///< how many had been computed when this was found
  double seconds = 0;
};

/// What an observer is told when a better result is found.
template <class Outcome>
struct search_progress {
  const Outcome& best;
  std::uint64_t evaluations;
  double seconds;
};

/// An observer that does not look. Any callable with a search_progress will do.
struct unobserved {
  constexpr void operator()(const auto&) const {}
};

/// A stop token that never stops. Any callable that returns whether to stop will do, with the number of evaluations so
/// far or without; it is asked between evaluations.
struct never_stop {
  [[nodiscard]] constexpr bool operator()() const { return false; }
};

namespace detail {

[[nodiscard]] bool is_stopped(const auto& stop, std::uint64_t evaluations) {
  if constexpr (requires { stop(evaluations); }) {
    return stop(evaluations);
  } else {
    return stop();
  }
}

/// Seconds since it was made. A clock that is set back does not make the search longer.
class stopwatch {
 public:
  double seconds() {
    const double t = now();
    if (t > last_) passed_ += t - last_;
    last_ = t;
    return passed_;
  }

 private:
  static double now() {
    std::timespec t{};
    (void)std::timespec_get(&t, TIME_UTC);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
  }
  double last_ = now(), passed_ = 0;
};

/// Takes o into r if it is usable and better than what r has; whether it did.
template <Problem P>
bool take_if_better(P& p, search_result<outcome_of<P>>& r, const outcome_of<P>& o, list_view<search_action> actions) {
  if (!is_finite(p.reward(o)) || (r.found && !p.better(o, r.outcome))) return false;
  r.found = true;
  r.outcome = o;
  r.actions.clear();
  r.actions.append(actions);
  r.best_at = r.evaluations;
  return true;
}

/// Leaves out actions that do not change the state.
template <Problem P>
void drop_idle_actions(P& p, search_actions& actions) {
  excursion<P> out(p);
  std::size_t kept = 0;
  std::uint64_t before = p.hash();
  for (std::size_t i = 0; i < actions.size(); ++i) {
    out.apply(actions[i]);
    const std::uint64_t after = p.hash();
    if (after != before) actions[kept++] = actions[i];
    before = after;
  }
  actions.resize(kept);
}

/// The best so far of a search, and whether it may go on.
template <Problem P, class Observer, class Stop>
class incumbent {
 public:
  incumbent(P& p, search_budget budget, const Observer& observer, const Stop& stop)
      : p_(p), budget_(budget), observer_(observer), stop_(stop) {}

  /// Whether the budget is spent, or the search told to stop.
  [[nodiscard]] bool over() {
    return result_.evaluations >= budget_.evaluations || (budget_.seconds > 0 && watch_.seconds() >= budget_.seconds) ||
           is_stopped(stop_, result_.evaluations);
  }
  /// The outcome of the problem as it stands; counted.
  [[nodiscard]] outcome_of<P> evaluate() {
    ++result_.evaluations;
    return p_.evaluate();
  }
  void count() { ++result_.evaluations; }
  /// Evaluations that the budget has left.
  [[nodiscard]] std::uint64_t left() const {
    return result_.evaluations < budget_.evaluations ? budget_.evaluations - result_.evaluations : 0;
  }
  [[nodiscard]] double reward(const outcome_of<P>& o) const { return p_.reward(o); }
  /// The share of the budget that is spent, from 0 to 1.
  [[nodiscard]] double spent() {
    const double e = static_cast<double>(result_.evaluations) / static_cast<double>(budget_.evaluations);
    const double s = budget_.seconds > 0 ? watch_.seconds() / budget_.seconds : 0;
    const double most = e > s ? e : s;
    return most < 1 ? most : 1;
  }
  /// Offers a result: whether it is the best so far.
  bool offer(const outcome_of<P>& o, list_view<search_action> actions) {
    if (!take_if_better(p_, result_, o, actions)) return false;
    observer_(search_progress<outcome_of<P>>{result_.outcome, result_.evaluations, watch_.seconds()});
    return true;
  }
  [[nodiscard]] bool usable(const outcome_of<P>& o) const { return is_finite(reward(o)); }
  [[nodiscard]] const search_result<outcome_of<P>>& best() const { return result_; }

  /// @pre the problem is as it was given
  [[nodiscard]] search_result<outcome_of<P>> result(bool complete) {
    drop_idle_actions(p_, result_.actions);
    result_.complete = complete;
    result_.seconds = watch_.seconds();
    return result_;
  }

 private:
  P& p_;
  search_budget budget_;
  const Observer& observer_;
  const Stop& stop_;
  stopwatch watch_;
  search_result<outcome_of<P>> result_;
};

}  // namespace detail

}  // namespace partita
