// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an automatic tactic is asked for, as data:
//   minimize(step_time), subject_to(peak_memory <= 16_GiB, step_time <= 0.5_s)
//   minimize(step_time / 1_s + 0.5 * peak_memory / device_memory)    a weighted sum
//   minimize(rounded(step_time, 0.05), peak_memory)                  in order of importance
//   pareto_front(step_time, peak_memory)                             all that neither of them can do without
// How it is found is the business of a search.

#include <concepts>
#include <cstddef>
#include <type_traits>

#include <partita/support/error.hpp>
#include <partita/support/static_vector.hpp>
#include <partita/tactic/amount.hpp>

namespace partita {

/// An upper bound on a metric.
struct bound {
  partita::metric metric = partita::metric::peak_memory;
  quantity limit;
  [[nodiscard]] friend constexpr bool operator==(const bound&, const bound&) = default;
};

/// A metric as a share of an amount, times a weight: 0.5 * peak_memory / 16_GiB.
struct weighted_metric {
  partita::metric metric = partita::metric::step_time;
  double weight = 1;
  quantity over;  ///< one byte, second or dollar for a metric by itself
  [[nodiscard]] friend constexpr bool operator==(const weighted_metric&, const weighted_metric&) = default;
};

/// A goal has at most this many bounds, a sum as many metrics, and minimize as many objectives.
inline constexpr std::size_t max_bounds = 8, max_addends = 4, max_objectives = 4;

/// What is to be small: a sum of weighted metrics.
struct objective {
  static_vector<weighted_metric, max_addends> sum;
  double rounding = 0;  ///< values within steps of this share count alike; 0: they are told apart
  [[nodiscard]] friend constexpr bool operator==(const objective&, const objective&) = default;
};

/// A metric by itself.
[[nodiscard]] constexpr objective to_objective(metric m) { return {{{m, 1, base_units(m, 1)}}, 0}; }

/// What to make small, and what must hold. Without bounds of its own a goal still wants the device's memory
/// to suffice: the search compares plans by bytes over it first.
struct goal {
  static_vector<objective, max_objectives> minimized{to_objective(metric::step_time)};  ///< in order of importance
  bool front = false;  ///< all plans are wanted that cannot be bettered in one of both objectives without the other
  static_vector<bound, max_bounds + 2> bounds;  ///< with room for what a search adds

  [[nodiscard]] constexpr bool mentions(metric m) const {
    for (const objective& o : minimized) {
      for (const weighted_metric& w : o.sum) {
        if (w.metric == m) return true;
      }
    }
    return bounds_on(m);
  }
  [[nodiscard]] constexpr bool bounds_on(metric m) const {
    for (const bound& b : bounds) {
      if (b.metric == m) return true;
    }
    return false;
  }
  [[nodiscard]] friend constexpr bool operator==(const goal&, const goal&) = default;
};

namespace detail {

[[noreturn]] inline void goal_has_more_than_8_bounds() { throw schedule_error("subject_to: a goal has at most 8 bounds"); }
[[noreturn]] inline void sum_has_more_than_4_metrics() { throw schedule_error("minimize: a sum has at most 4 metrics"); }
[[noreturn]] inline void weight_is_not_positive() {
  throw schedule_error("minimize: the weight or amount of a metric is a positive number");
}
[[noreturn]] inline void rounding_is_no_share() {
  throw schedule_error("rounded: the step is a share between 0.0001 and 10, as 0.05 for steps of 5 %");
}

/// Whether weight and amount are numbers that a sum can be made of.
[[nodiscard]] constexpr bool is_weight(const weighted_metric& w) {
  constexpr double least = 1e-100, most = 1e100;
  const bool amount = w.over.device_memory || (w.over.count > least && w.over.count < most);
  return w.weight > least && w.weight < most && amount;
}
[[nodiscard]] constexpr bool is_rounding(double share) { return share >= 1e-4 && share <= 10; }

/// A sum of weighted metrics in the making.
struct metric_sum {
  objective made;

  [[nodiscard]] friend constexpr metric_sum operator+(metric_sum a, const metric_sum& b) {
    for (const weighted_metric& w : b.made.sum) {
      if (a.made.sum.size() == max_addends) sum_has_more_than_4_metrics();
      a.made.sum.push_back(w);
    }
    return a;
  }
  [[nodiscard]] friend constexpr metric_sum operator*(double weight, metric_sum a) {
    for (weighted_metric& w : a.made.sum) w = checked({w.metric, weight * w.weight, w.over});
    return a;
  }
  [[nodiscard]] friend constexpr metric_sum operator*(const metric_sum& a, double weight) { return weight * a; }

  [[nodiscard]] static constexpr weighted_metric checked(const weighted_metric& w) {
    if (!is_weight(w)) weight_is_not_positive();
    return w;
  }
};

template <metric M, class A>
concept AmountOf =
    std::same_as<A, amount<dimension_of(M)>> || (M == metric::peak_memory && std::same_as<A, device_memory_t>);

/// 0.5 * peak_memory, which wants an amount.
template <metric M>
struct scaled_metric {
  double weight;
  template <class A>
    requires AmountOf<M, A>
  [[nodiscard]] friend constexpr metric_sum operator/(const scaled_metric& m, const A& over) {
    return {{{metric_sum::checked({M, m.weight, over})}, 0}};
  }
};

}  // namespace detail

/// A metric as a value to write goals with: peak_memory <= 16_GiB, 0.5 * step_time / 20_ms.
template <metric M>
struct metric_t {
  template <class A>
    requires detail::AmountOf<M, A>
  [[nodiscard]] friend constexpr bound operator<=(metric_t, const A& limit) {
    return {M, limit};
  }
  template <class A>
    requires detail::AmountOf<M, A>
  [[nodiscard]] friend constexpr detail::metric_sum operator/(metric_t, const A& over) {
    return detail::scaled_metric<M>{1} / over;
  }
  [[nodiscard]] friend constexpr detail::scaled_metric<M> operator*(double weight, metric_t) { return {weight}; }
};

inline constexpr metric_t<metric::step_time> step_time{};                    ///< of one run of the program
inline constexpr metric_t<metric::peak_memory> peak_memory{};                ///< of the fullest device
inline constexpr metric_t<metric::communicated_bytes> communicated_bytes{};  ///< sent by one device in one run
inline constexpr metric_t<metric::dollars> dollars{};                        ///< of one run on all devices

namespace detail {

template <metric M>
constexpr objective objective_of(metric_t<M>) {
  return to_objective(M);
}
constexpr objective objective_of(const metric_sum& s) { return s.made; }
constexpr const objective& objective_of(const objective& o) { return o; }

template <class O>
concept Objective = requires(const O& o) {
  { objective_of(o) } -> std::convertible_to<objective>;
};
template <class M>
inline constexpr bool is_metric = false;
template <metric M>
inline constexpr bool is_metric<metric_t<M>> = true;

struct minimized_clause {
  static_vector<objective, max_objectives> minimized;
  bool front;
};

}  // namespace detail

/// rounded(step_time, 0.05): values count alike within steps of 5 %, so that the next objective decides among them. The
/// steps are powers of 1.05, not distances between two plans: to be about as good is then the same for all.
struct rounded_t {
  template <class O>
  [[nodiscard]] constexpr objective operator()(const O& what, double share) const {
    static_assert(detail::Objective<O>, "rounded: takes a metric, or a sum of metrics over amounts, and a share such as "
                                        "0.05 (docs/reference/errors.md#objective)");
    objective o = detail::objective_of(what);
    if (!detail::is_rounding(share)) detail::rounding_is_no_share();
    o.rounding = share;
    return o;
  }
};
inline constexpr rounded_t rounded{};

/// minimize(step_time): what plans are ranked by; of several objectives, a later one where all before it are equal.
struct minimize_t {
  template <class... Os>
  [[nodiscard]] constexpr detail::minimized_clause operator()(const Os&... objectives) const {
    static_assert((detail::Objective<Os> && ...) && sizeof...(Os) >= 1 && sizeof...(Os) <= max_objectives,
                  "minimize: takes 1 to 4 objectives: metrics such as step_time, sums of metrics over amounts such as "
                  "step_time / 1_s + 0.5 * peak_memory / 16_GiB, or rounded ones (docs/reference/errors.md#objective)");
    return {{detail::objective_of(objectives)...}, false};
  }
};
inline constexpr minimize_t minimize{};

/// pareto_front(step_time, peak_memory): the plans that nothing found betters in one metric unless it is worse in the
/// other. The one that minimize(step_time, peak_memory) would name is the result, the others stand beside it.
struct pareto_front_t {
  template <class... Ms>
  [[nodiscard]] constexpr detail::minimized_clause operator()(const Ms&... metrics) const {
    static_assert((detail::is_metric<Ms> && ...) && sizeof...(Ms) == 2,
                  "pareto_front: takes two metrics such as step_time and peak_memory (docs/reference/errors.md#objective)");
    return {{detail::objective_of(metrics)...}, true};
  }
};
inline constexpr pareto_front_t pareto_front{};

/// subject_to(peak_memory <= 16_GiB, step_time <= 0.5_s): what must hold.
struct subject_to_t {
  struct clause {
    static_vector<bound, max_bounds> bounds;
  };
  [[nodiscard]] constexpr clause operator()(const auto&... bounds) const {
    static_assert((std::same_as<bound, std::remove_cvref_t<decltype(bounds)>> && ...),
                  "subject_to: takes comparisons such as peak_memory <= 16_GiB (docs/reference/errors.md#bound)");
    static_assert(sizeof...(bounds) <= max_bounds, "subject_to: a goal has at most 8 bounds");
    return {{bounds...}};
  }
};
inline constexpr subject_to_t subject_to{};

namespace detail {

constexpr void add_clause(goal& g, const minimized_clause& c) {
  g.minimized = c.minimized;
  g.front = c.front;
}
constexpr void add_clause(goal& g, const subject_to_t::clause& c) {
  for (const bound& b : c.bounds) {
    if (g.bounds.size() == max_bounds) goal_has_more_than_8_bounds();
    g.bounds.push_back(b);
  }
}

template <class C>
concept GoalClause = requires(goal& g, const C& c) { add_clause(g, c); };

/// The goal of automatic and choose.
template <class... Clauses>
constexpr goal goal_of(const Clauses&... clauses) {
  static_assert((GoalClause<Clauses> && ...),
                "automatic: takes minimize(objective, ...) or pareto_front(metric, metric), and "
                "subject_to(metric <= amount, ...) (docs/reference/errors.md#goal)");
  static_assert((0 + ... + (std::same_as<Clauses, minimized_clause> ? 1 : 0)) <= 1,
                "automatic: a goal has one minimize or pareto_front; minimize(a, b) puts a before b "
                "(docs/reference/errors.md#goal)");
  goal wanted;
  (add_clause(wanted, clauses), ...);
  return wanted;
}

}  // namespace detail

}  // namespace partita
