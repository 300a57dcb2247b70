// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <vector>

#include <doctest/doctest.h>

#include <partita/ir/graph.hpp>
#include <partita/sharding/state.hpp>

#include "support/check_both.hpp"

namespace {

using namespace partita;
using program = basic_graph<op_set<>>;

constexpr program two_matrices() {
  program g;
  g.add_argument(g.intern(tensor<f32>(16, 6)), "a");
  g.add_argument(g.intern(tensor<f32>(16, 6)), "b");
  g.finish();
  return g;
}

constexpr value_id a{0}, b{1};

/// What `check` says of an empty state on a mesh of 4 x 2 x 2 devices.
constexpr bool holds(auto&& check) {
  const program g = two_matrices();
  const rule_table rules;
  sharding_state s(g, rules, {4, 2, 2});
  return check(s);
}

}  // namespace

TEST_CASE("a cell keeps what it was first told") {
  PARTITA_CHECK_BOTH(holds([](sharding_state& s) {
    if (s(a, 0).known()) return false;
    s.set(a, 0, value_sharding::tile(1), 1);
    s.set(a, 0, value_sharding::tile(1), 2);
    return s(a, 0).is_tile(1) && !s(a, 0).is_pin() && s.tactic_of(a, 0) == 1 && !s(b, 0).known() && !s(a, 1).known();
  }));
}

TEST_CASE("equal states have equal hashes, whatever came first") {
  PARTITA_CHECK_BOTH(holds([](sharding_state& s) {
    const std::uint64_t nothing = s.hash();
    const sharding_state::mark start = s.here();
    s.set(a, 0, value_sharding::tile(0), 1);
    s.set(b, 1, value_sharding::pin(), 1);
    const std::uint64_t both = s.hash();
    s.undo(start);
    if (s.hash() != nothing || s(a, 0).known() || s(b, 1).known()) return false;
    s.set(b, 1, value_sharding::pin(), 1);
    const sharding_state::mark middle = s.here();
    const std::uint64_t one = s.hash();
    s.set(a, 0, value_sharding::tile(0), 1);
    const bool same = s.hash() == both && both != one && one != nothing;
    s.undo(middle);
    return same && s.hash() == one && s(b, 1).is_pin() && !s(a, 0).known();
  }));
}

TEST_CASE("what was undone can be made again, by another tactic") {
  PARTITA_CHECK_BOTH(holds([](sharding_state& s) {
    s.set(b, 1, value_sharding::pin(), 1);
    const sharding_state::mark mark = s.here();
    s.set(a, 0, value_sharding::tile(1), 2);
    s.set(a, 2, value_sharding::tile(0), 2);
    const std::uint64_t hash = s.hash();
    plain_vector<sharding_state::change> changes;
    s.append_changes(mark, changes);
    s.undo(mark);
    if (changes.size() != 2 || s(a, 0).known() || s(a, 2).known()) return false;
    s.redo(changes, hash, 5);
    return s.hash() == hash && s(a, 0).is_tile(1) && s(a, 2).is_tile(0) && !s(a, 1).known() && s.tactic_of(a, 2) == 5;
  }));
}

TEST_CASE("states that differ in one cell have different hashes") {
  PARTITA_CHECK_BOTH(holds([](sharding_state& s) {
    std::vector<std::uint64_t> seen;
    seen.push_back(s.hash());
    for (const value_id v : {a, b}) {
      for (axis_index x = 0; x < 3; ++x) {
        for (const value_sharding k : {value_sharding::pin(), value_sharding::tile(0), value_sharding::tile(1)}) {
          const sharding_state::mark mark = s.here();
          s.set(v, x, k, 1);
          for (const std::uint64_t h : seen) {
            if (h == s.hash()) return false;
          }
          seen.push_back(s.hash());
          s.undo(mark);
        }
      }
    }
    return seen.size() == 19;
  }));
}

TEST_CASE("axes of one dim stand in the order of tactics, then of the mesh") {
  PARTITA_CHECK_BOTH(holds([](sharding_state& s) {
    s.set(a, 2, value_sharding::tile(0), 1);
    s.set(a, 1, value_sharding::tile(0), 2);
    s.set(a, 0, value_sharding::tile(0), 2);
    return s.axes_of(a, 0) == axis_list{2, 0, 1} && s.layout_of(a).axes_of(0) == axis_list{2, 0, 1} &&
           s.axes_of(a, 1).empty() && s.local_size(a, 0) == 1 && s.local_size(a, 1) == 6;
  }));
}

TEST_CASE("a layout tells the tiles, and a pin leaves its axis whole") {
  PARTITA_CHECK_BOTH(holds([](sharding_state& s) {
    s.set(a, 0, value_sharding::tile(0), 1);
    s.set(a, 1, value_sharding::tile(1), 1);
    s.set(a, 2, value_sharding::pin(), 1);
    const layout l = s.layout_of(a);
    return l.splits.size() == 2 && l.dim_of(0) == 0 && l.dim_of(1) == 1 && l.dim_of(2) == -1 &&
           local_sizes(s.program().type(a).dims, l, s.axes()) == size_list{4, 3} && s.layout_of(b).is_whole();
  }));
}
