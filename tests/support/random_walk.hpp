// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A walk over states of a partitioning: tactics at random, undone at random, and after each step the estimate that is
// kept up to date against the one of the whole program.

#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include <doctest/doctest.h>

#include <partita/search/evaluator.hpp>
#include <partita/search/random_tactics.hpp>

namespace partita::testing {

inline bool near(double a, double b) { return std::abs(a - b) <= 1e-9 * std::abs(b); }

inline void check_same(const estimate& kept, const estimate& whole) {
  CHECK(near(kept.step_time_s, whole.step_time_s));
  CHECK(near(kept.compute_time_s, whole.compute_time_s));
  CHECK(near(kept.communicate_time_s, whole.communicate_time_s));
  CHECK(near(kept.communicated_bytes(), whole.communicated_bytes()));
  CHECK(near(kept.memory_traffic_bytes, whole.memory_traffic_bytes));
  CHECK(near(kept.flops, whole.flops));
  CHECK(kept.launches == whole.launches);
  CHECK(kept.peak_memory_bytes == whole.peak_memory_bytes);
  for (std::size_t k = 0; k < collective_kinds; ++k) CHECK(kept.collectives[k].count == whole.collectives[k].count);
}

/// Takes `steps` steps and compares after each.
template <class Ops, class Target>
void walk(const basic_graph<Ops>& g, const axis_sizes& axes, const Target& where, int steps, unsigned seed) {
  INFO("seed ", seed);
  const program_facts<Ops> facts(g);
  evaluated_partitioning<Ops> evaluated(facts, axes, where);
  std::mt19937 random(seed);
  std::vector<typename evaluated_partitioning<Ops>::mark> marks;
  for (int step = 0; step < steps; ++step) {
    INFO("step ", step);
    const auto local = evaluated.plain().lower();
    check_same(evaluated.full(), simulate(local.graph, where.device, where.topology, where.cost));
    if (!marks.empty() && random() % 3 == 0) {
      const std::size_t back = random() % marks.size();
      evaluated.undo(marks[back]);
      marks.resize(back);
    } else {
      marks.push_back(evaluated.here());
      (void)random_tactics{1, 1 + random() % 30, random()}(evaluated);
    }
  }
}

}  // namespace partita::testing
