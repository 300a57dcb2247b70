// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <cmath>

#include <doctest/doctest.h>

#include <partita/tactic.hpp>

#include "support/check_both.hpp"

namespace {

using namespace partita;

template <class M, class A>
concept Comparable = requires(M m, A a) {
  m <= a;
};
template <class M, class A>
concept Divisible = requires(M m, A a) {
  m / a;
};
template <class A, class B>
concept Addable = requires(A a, B b) {
  a + b;
};

constexpr goal wanted(const auto& tactic) {
  const schedule s = to_schedule(tactic);
  return s.automatic(0)->wanted;
}

}  // namespace

TEST_CASE("bounds are in bytes, seconds and dollars") {
  PARTITA_CHECK_BOTH((peak_memory <= 16_GiB).limit.value(0) == 17179869184.0);
  PARTITA_CHECK_BOTH((communicated_bytes <= 2_GB).limit.value(0) == 2e9);
  PARTITA_CHECK_BOTH((step_time <= 0.5_s).limit.value(0) == 0.5);
  PARTITA_CHECK_BOTH((peak_memory <= device_memory).limit.value(80e9) == 80e9);
}

TEST_CASE("a metric is compared with amounts of its own dimension only") {
  static_assert(Comparable<decltype(peak_memory), decltype(1_GiB)>);
  static_assert(!Comparable<decltype(peak_memory), decltype(1_s)>);
  static_assert(!Comparable<decltype(step_time), decltype(1_GiB)>);
  static_assert(!Comparable<decltype(step_time), decltype(device_memory)>);
  static_assert(!Comparable<decltype(dollars), decltype(1_s)>);
  static_assert(Divisible<decltype(peak_memory), decltype(device_memory)>);
  static_assert(!Divisible<decltype(peak_memory), decltype(1_s)>);
  static_assert(!Divisible<decltype(step_time), decltype(device_memory)>);
  static_assert(!Divisible<decltype(0.5 * step_time), decltype(1_GiB)>);
}

TEST_CASE("metrics add up as shares of amounts") {
  static_assert(!Addable<decltype(step_time), decltype(peak_memory)>);
  static_assert(!Addable<decltype(step_time / 1_s), decltype(peak_memory)>);
  PARTITA_CHECK_BOTH(wanted(choose(minimize(step_time / 20_ms + 3 * communicated_bytes / 1_GB))).minimized[0].sum.size() == 2);
  PARTITA_CHECK_BOTH(wanted(choose(minimize(3 * communicated_bytes / 1_GB))) ==
                     wanted(choose(minimize(3 * (communicated_bytes / 1_GB)))));
  PARTITA_CHECK_BOTH(wanted(choose(minimize(2 * (step_time / 1_s + 0.5 * peak_memory / device_memory)))) ==
                     wanted(choose(minimize(step_time / 1_s * 2 + peak_memory / device_memory))));
  // A metric is itself over one second, byte or dollar.
  PARTITA_CHECK_BOTH(wanted(choose(minimize(step_time / 1_s))) == wanted(choose(minimize(step_time))));
  PARTITA_CHECK_BOTH(wanted(choose(minimize(peak_memory / 1_B))) == wanted(choose(minimize(peak_memory))));
  for (const double weight : {0.0, -1.0, std::nan(""), HUGE_VAL}) {
    CHECK_THROWS_WITH_AS((void)(weight * step_time / 1_s), doctest::Contains("positive number"), schedule_error);
  }
  CHECK_THROWS_WITH_AS((void)(step_time / 0_s), doctest::Contains("positive number"), schedule_error);
  const auto two = step_time / 1_s + peak_memory / 1_GiB;
  CHECK_THROWS_WITH_AS((void)(two + two + two), doctest::Contains("at most 4 metrics"), schedule_error);
}

TEST_CASE("objectives stand in the order of their importance") {
  PARTITA_CHECK_BOTH(wanted(choose(minimize(rounded(step_time, 0.05), peak_memory))).minimized.size() == 2);
  PARTITA_CHECK_BOTH(wanted(choose(minimize(rounded(step_time, 0.05), peak_memory))).minimized[0].rounding == 0.05);
  PARTITA_CHECK_BOTH(wanted(choose(minimize(step_time, peak_memory))) != wanted(choose(minimize(peak_memory, step_time))));
  for (const double share : {0.0, -0.1, 1e-5, 11.0, std::nan("")}) {
    CHECK_THROWS_WITH_AS((void)rounded(step_time, share), doctest::Contains("a share between"), schedule_error);
  }
}

TEST_CASE("a front is of two metrics, of which the first decides") {
  PARTITA_CHECK_BOTH(wanted(choose(pareto_front(step_time, peak_memory))).front);
  PARTITA_CHECK_BOTH(wanted(choose(pareto_front(step_time, peak_memory))).minimized ==
                     wanted(choose(minimize(step_time, peak_memory))).minimized);
  PARTITA_CHECK_BOTH(wanted(choose(pareto_front(step_time, peak_memory))) != wanted(choose(minimize(step_time, peak_memory))));
}

TEST_CASE("a goal knows what it is about") {
  PARTITA_CHECK_BOTH(wanted(choose(minimize(step_time / 1_s + dollars / 1_USD))).mentions(metric::dollars));
  PARTITA_CHECK_BOTH(wanted(choose(subject_to(dollars <= 1_USD))).mentions(metric::dollars));
  PARTITA_CHECK_BOTH(!wanted(choose(minimize(step_time, peak_memory))).mentions(metric::dollars));
  PARTITA_CHECK_BOTH(!wanted(choose(minimize(peak_memory))).bounds_on(metric::peak_memory));
}

TEST_CASE("an automatic tactic minimizes the step's time unless told otherwise") {
  PARTITA_CHECK_BOTH(wanted(automatic<"m">()) == wanted(automatic<"m">(minimize(step_time))));
  PARTITA_CHECK_BOTH(wanted(automatic<"m">()).minimized[0] == to_objective(metric::step_time));
  PARTITA_CHECK_BOTH(wanted(automatic<"m">()).bounds.empty());
  PARTITA_CHECK_BOTH(wanted(automatic<"m">(minimize(dollars))).minimized[0] == to_objective(metric::dollars));
  PARTITA_CHECK_BOTH(wanted(choose()) == wanted(automatic<"m">()));
}

TEST_CASE("clauses add up") {
  PARTITA_CHECK_BOTH(
      wanted(automatic<"m">(subject_to(peak_memory <= 1_GiB), minimize(step_time), subject_to(step_time <= 1_s)))
          .bounds.size() == 2);
  CHECK_THROWS_WITH_AS(
      (void)automatic<"m">(subject_to(step_time <= 1_s, step_time <= 1_s, step_time <= 1_s, step_time <= 1_s),
                           subject_to(step_time <= 1_s, step_time <= 1_s, step_time <= 1_s, step_time <= 1_s),
                           subject_to(step_time <= 1_s)),
      doctest::Contains("at most 8 bounds"), schedule_error);
}
