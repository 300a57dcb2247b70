// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// How a goal compares outcomes: by hand on a few, by law on many.

#include <cmath>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <partita/search/strategy.hpp>
#include <partita/support/split_mix.hpp>
#include <partita/tactic.hpp>

namespace {

using namespace partita;

search_request asks(const auto&... clauses) { return {{}, detail::goal_of(clauses...), 8.0}; }

estimate_summary costs(double seconds, double memory, double moved = 0, double usd = 0) { return {seconds, memory, moved, usd}; }

std::vector<search_request> all_kinds() {
  return {asks(minimize(step_time)),
          asks(minimize(peak_memory), subject_to(step_time <= 4_s)),
          asks(minimize(step_time), subject_to(peak_memory <= device_memory)),
          asks(minimize(step_time), subject_to(peak_memory <= 4_B, communicated_bytes <= 5_B, dollars <= 6_USD)),
          asks(minimize(dollars)),
          asks(minimize(step_time / 2_s + 3 * peak_memory / device_memory)),
          asks(minimize(step_time, peak_memory)),
          asks(minimize(rounded(step_time, 0.5), peak_memory)),
          asks(minimize(rounded(step_time, 0.5))),
          asks(minimize(rounded(step_time, 1), rounded(peak_memory / 1_B + communicated_bytes / 1_B, 0.3), dollars)),
          asks(minimize(rounded(communicated_bytes, 0.1), step_time)),
          asks(pareto_front(step_time, peak_memory), subject_to(peak_memory <= 5_B))};
}

}  // namespace

TEST_CASE("a weighted sum weighs shares") {
  const search_request r = asks(minimize(step_time / 2_s + 3 * peak_memory / device_memory));
  CHECK(r.value(r.wanted.minimized[0], costs(5, 4)) == doctest::Approx(5 / 2.0 + 3 * 4 / 8.0));
  // A second is worth as much as 4/3 bytes.
  CHECK(r.better(costs(1, 4), costs(3, 2)));
  CHECK(r.better(costs(3, 2), costs(1, 5)));
  CHECK_FALSE(r.better(costs(3, 4), costs(3, 4)));
}

TEST_CASE("a later objective decides among equals only") {
  const search_request r = asks(minimize(communicated_bytes, step_time));
  CHECK(r.better(costs(9, 0, 1), costs(1, 0, 2)));
  CHECK(r.better(costs(1, 0, 1), costs(9, 0, 1)));
  CHECK_FALSE(r.better(costs(1, 7, 1), costs(1, 8, 1)));
}

TEST_CASE("a rounded objective leaves what is about as good to the next one") {
  // Steps of a factor of two: from 1 to 2, from 2 to 4, from 4 to 8.
  const search_request r = asks(minimize(rounded(step_time, 1), peak_memory));
  CHECK(r.better(costs(3.9, 1), costs(2.1, 2)));
  CHECK(r.better(costs(1.9, 9), costs(2.1, 1)));
  CHECK_FALSE(r.better(costs(2.1, 1), costs(3.9, 1)));
  CHECK_FALSE(r.better(costs(3.9, 1), costs(2.1, 1)));
}

TEST_CASE("memory over a bound comes before all, other bounds before what is minimized") {
  const search_request r = asks(minimize(step_time), subject_to(peak_memory <= device_memory, dollars <= 2_USD));
  CHECK(r.better(costs(9, 8, 0, 9), costs(1, 9, 0, 1)));
  CHECK(r.better(costs(9, 8, 0, 2), costs(1, 8, 0, 3)));
  CHECK(r.better(costs(1, 8, 0, 2), costs(9, 1, 0, 1)));
  CHECK(r.memory_excess(costs(1, 11)) == 3);
  CHECK(r.other_excess(costs(1, 1, 0, 3)) == doctest::Approx(0.5));
}

TEST_CASE("dollars are no seconds") {
  const search_request r = asks(minimize(dollars));
  CHECK(r.better(costs(9, 0, 0, 1), costs(1, 0, 0, 2)));
}

TEST_CASE("goals of all kinds are strict weak orders, and rewards agree with them") {
  split_mix random(7);
  // Few values, so that many outcomes are equal in some of them; among them what is free and what is just apart.
  const double values[] = {0, 1e-9, 0.5, 1, 1 + 1e-15, 1.4, 2, 3, 3.5, 4, 6, 8, 8.5, 1e6};
  std::vector<estimate_summary> outcomes;
  const auto any = [&] { return values[random.below(std::size(values))]; };
  for (int i = 0; i < 60; ++i) outcomes.push_back(costs(any(), any(), any(), any()));
  for (const search_request& r : all_kinds()) {
    CAPTURE(detail::text_of(r.wanted));
    const auto same = [&](const auto& a, const auto& b) { return !r.better(a, b) && !r.better(b, a); };
    std::uint64_t wrong = 0, apart = 0;
    for (const auto& a : outcomes) {
      wrong += r.better(a, a) ? 1u : 0u;
      wrong += std::isfinite(r.reward(a, outcomes[0])) ? 0u : 1u;
      for (const auto& b : outcomes) {
        if (r.better(a, b)) {
          ++apart;
          wrong += r.better(b, a) || r.reward(a, outcomes[0]) < r.reward(b, outcomes[0]) ? 1u : 0u;
        }
        for (const auto& c : outcomes) {
          wrong += r.better(a, b) && r.better(b, c) && !r.better(a, c) ? 1u : 0u;
          wrong += same(a, b) && same(b, c) && !same(a, c) ? 1u : 0u;
        }
      }
    }
    CHECK(wrong == 0);
    CHECK(apart > outcomes.size());
  }
}

TEST_CASE("within a step of a rounded objective the reward follows the next one") {
  const search_request r = asks(minimize(rounded(step_time, 1), peak_memory));
  const estimate_summary usual = costs(5, 5);
  CHECK(r.reward(costs(3.9, 1), usual) > r.reward(costs(2.1, 2), usual));
  CHECK(r.reward(costs(1.9, 9), usual) > r.reward(costs(2.1, 1), usual));
  CHECK(r.reward(costs(2.1, 1), usual) == r.reward(costs(3.9, 1), usual));
}
