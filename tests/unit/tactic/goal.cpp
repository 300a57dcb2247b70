// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <doctest/doctest.h>

#include <partita/tactic.hpp>

#include "support/check_both.hpp"

namespace {

using namespace partita;

template <class M, class A>
concept Comparable = requires(M m, A a) {
  m <= a;
};

constexpr goal wanted(const auto& tactic) {
  const schedule s = to_schedule(tactic);
  return s.automatic(0)->wanted;
}

}  // namespace

TEST_CASE("bounds are in bytes, seconds and dollars") {
  PARTITA_CHECK_BOTH((peak_memory <= 16_GiB).limit(0) == 17179869184.0);
  PARTITA_CHECK_BOTH((communicated_bytes <= 2_GB).limit(0) == 2e9);
  PARTITA_CHECK_BOTH((step_time <= 0.5_s).limit(0) == 0.5);
  PARTITA_CHECK_BOTH((peak_memory <= device_memory).limit(80e9) == 80e9);
}

TEST_CASE("a metric is compared with amounts of its own dimension only") {
  static_assert(Comparable<decltype(peak_memory), decltype(1_GiB)>);
  static_assert(!Comparable<decltype(peak_memory), decltype(1_s)>);
  static_assert(!Comparable<decltype(step_time), decltype(1_GiB)>);
  static_assert(!Comparable<decltype(step_time), decltype(device_memory)>);
  static_assert(!Comparable<decltype(dollars), decltype(1_s)>);
}

TEST_CASE("an automatic tactic minimizes the step's time unless told otherwise") {
  PARTITA_CHECK_BOTH(wanted(automatic<"m">()).minimized == metric::step_time);
  PARTITA_CHECK_BOTH(wanted(automatic<"m">()).bounds.empty());
  PARTITA_CHECK_BOTH(wanted(automatic<"m">(minimize(dollars))).minimized == metric::dollars);
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
