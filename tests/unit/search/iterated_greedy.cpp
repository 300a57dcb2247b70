// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Where descents end, by design, and what iterated greedy search does about it.

#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <partita/search/iterated_greedy.hpp>

#include "support/planning_problems.hpp"

namespace {

using namespace partita;

/// Each of fifty actions once; most lose. The order of the first few matters, so states are told by it.
class among_losers : public testing::maximized {
 public:
  void legal_actions(search_actions& list) const {
    for (search_action a = 0; a < 50; ++a) {
      if (at(a) < 0) list.push_back(a);
    }
  }
  void apply(search_action a) { taken_.push_back(a); }
  void undo() { taken_.pop_back(); }
  [[nodiscard]] std::uint64_t hash() const {
    std::uint64_t h = 0;
    for (const search_action a : taken_) h = detail::mixed(h, a + 1);
    return h;
  }
  [[nodiscard]] bool can_stop() const { return true; }

 protected:
  [[nodiscard]] int at(search_action a) const {
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      if (taken_[i] == a) return static_cast<int>(i);
    }
    return -1;
  }
  [[nodiscard]] bool before(search_action a, search_action b) const { return at(a) >= 0 && at(b) >= 0 && at(a) < at(b); }
  [[nodiscard]] double losers() const {
    double n = 0;
    for (const search_action a : taken_) n += a >= 4 ? 1 : 0;
    return n;
  }
  std::vector<search_action> taken_;
};

/// Every action gains 1.
struct all_gain : among_losers {
  [[nodiscard]] double evaluate() const { return static_cast<double>(taken_.size()); }
};

/// The only action that gains is the 21st to be tried.
struct one_gains : among_losers {
  [[nodiscard]] double evaluate() const { return at(20) >= 0 ? 5 - losers() : -losers(); }
};

/// 40 is a door: nothing by itself. Behind it 0 gains 2 and then 1 gains 8, else they lose. 2 gains 3 and spoils both.
struct behind_a_door : among_losers {
  [[nodiscard]] double evaluate() const {
    const bool spoilt = at(2) >= 0, open = !spoilt && before(40, 0);
    double v = (spoilt ? 3 : 0) - losers() + (at(40) >= 0 ? 1 : 0);  // the door is no loser
    v += at(0) < 0 ? 0 : open ? 2 : -1;
    v += at(1) < 0 ? 0 : open && before(0, 1) ? 8 : -1;
    return v;
  }
};

/// 0 gains 5, and 1 gains 6. 2 gains 1, and 7 more before 0, but 1 and 2 together lose 9. So one begins with 1.
struct wrong_at_first : among_losers {
  [[nodiscard]] double evaluate() const {
    double v = (at(0) >= 0 ? 5 : 0) + (at(1) >= 0 ? 6 : 0) + (at(2) >= 0 ? 1 : 0) + (before(2, 0) ? 7 : 0) - losers();
    return at(1) >= 0 && at(2) >= 0 ? v - 9 : v;
  }
};

/// 0 gains 5; another one gains 4 if it is made before 0, else it loses. Alone it loses too.
struct wanted_first : among_losers {
  search_action other = 1;
  [[nodiscard]] double evaluate() const {
    const bool first = before(other, 0);
    return (at(0) >= 0 ? 5 : 0) + (first ? 4 : at(other) >= 0 ? -1 : 0) - (losers() - (other >= 4 && at(other) >= 0 ? 1 : 0));
  }
};

/// 0 gains 5, and then 25 gains 3; before 0 or without it 25 loses.
struct wanted_after : among_losers {
  [[nodiscard]] double evaluate() const { return (at(0) >= 0 ? 5 : 0) + (before(0, 25) ? 4 : 0) - losers(); }
};

/// 10 and 30 gain 9 together, and cost 1 each. 0 gains 3.
struct a_pair : among_losers {
  [[nodiscard]] double evaluate() const { return (at(0) >= 0 ? 3 : 0) + (at(10) >= 0 && at(30) >= 0 ? 9 : 0) - losers(); }
};

}  // namespace

TEST_CASE("what gains only after an action that does nothing by itself is found") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    behind_a_door p;
    CHECK(iterated_greedy{.seed = seed}(p, search_budget::of_evaluations(10'000)).outcome == 10);
  }
}

TEST_CASE("an action that was taken too early is replaced where it stands") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    wrong_at_first p;
    CHECK(iterated_greedy{.seed = seed}(p, search_budget::of_evaluations(1500)).outcome == 13);
  }
}

TEST_CASE("an action that gains only before others is found by descents, or after them") {
  // The start and the first step are nine evaluations, of actions 0 to 7. The second step ends after 8 to 15, which lose: after
  // that moves before others promise more, a twentieth of what the first step gained, and the next descent begins with 1
  // before 0. If it is 45, descents end after 16 and 32 moves that gain nothing; then the result is tried with each action
  // before it, of which those up to 45 are 45 at most.
  wanted_first soon, late;
  late.other = 45;
  CHECK(iterated_greedy{}(soon, search_budget::of_evaluations(9 + 8 + 1)).outcome == 9);
  CHECK(iterated_greedy{}(late, search_budget::of_evaluations(9 + 8 + 16 + 32 + 45)).outcome == 9);
}

TEST_CASE("two actions that lose apart and gain together are found") {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    a_pair p;
    CHECK(iterated_greedy{.seed = seed}(p, search_budget::of_evaluations(10'000)).outcome == 10);
  }
}

TEST_CASE("few evaluations go deep, and a few more look at many actions") {
  // Nine of twenty for the start and the first step, one for each step after it.
  all_gain deep;
  CHECK(iterated_greedy{}(deep, search_budget::of_evaluations(20)).actions.size() == 12);
  // The start, 0 to 7, then 8 to 20.
  one_gains wide;
  CHECK(iterated_greedy{}(wide, search_budget::of_evaluations(1 + 8 + 13)).outcome == 4);
  // After 0: 8 to 15 in vain, sixteen actions before it in vain, then 16 to 25.
  wanted_after patient;
  CHECK(iterated_greedy{}(patient, search_budget::of_evaluations(9 + 8 + 16 + 10)).outcome == 8);
}
