// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <initializer_list>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/ir/graph.hpp>
#include <partita/mesh.hpp>
#include <partita/rule/rule_table.hpp>
#include <partita/tactic.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/check_both.hpp"

namespace {

using namespace partita;
using program = basic_graph<op_set<>>;

constexpr auto on = make_mesh(axis<"batch", 4>, axis<"model", 2>, axis<"one", 1>);

constexpr program make_program() {
  program g;
  g.add_argument(g.intern(tensor<f32>(8, 6)), "w/0");   // value 0
  g.add_argument(g.intern(tensor<f32>(6, 16)), "w/1");  // value 1
  g.add_argument(g.intern(tensor<f32>(4)), "w/bias");   // value 2
  g.add_argument(g.intern(tensor<f32>()), "w/step");    // value 3
  g.add_argument(g.intern(tensor<f32>(3, 5)), "odd");   // value 4
  g.finish();
  return g;
}

struct expected_action {
  std::uint32_t value;
  int dim;  // -1 for a pin
  axis_index axis;
};
struct expected_skip {
  std::uint32_t value;
  obstacle reason;
};

// The first tactic of an expression, resolved where `before` has been set.
constexpr resolution resolved(const auto& tactic, std::initializer_list<expected_action> before = {}) {
  const program g = make_program();
  const rule_table rules;
  sharding_state state(g, rules, on.sizes());
  for (const expected_action& b : before) {
    state.set(value_id{b.value}, b.axis,
              b.dim < 0 ? value_sharding::pin() : value_sharding::tile(static_cast<std::size_t>(b.dim)), 1);
  }
  return resolve(schedule_for(on, tactic), 0, state, on, no_skipped_dims{}, callables_of(tactic));
}

constexpr bool is(const resolution& r, std::initializer_list<expected_action> actions,
                  std::initializer_list<expected_skip> skipped = {}) {
  if (r.actions.size() != actions.size() || r.skipped.size() != skipped.size()) return false;
  std::size_t i = 0;
  for (const expected_action& e : actions) {
    const action& a = r.actions[i++];
    if (a.value.index != e.value || a.axis != e.axis || (a.kind == action_kind::pin) != (e.dim < 0)) return false;
    if (e.dim >= 0 && a.dim != e.dim) return false;
  }
  i = 0;
  for (const expected_skip& e : skipped) {
    const not_applied& n = r.skipped[i++];
    if (n.wished.value.index != e.value || n.reason != e.reason) return false;
  }
  return true;
}

std::string only_sentence(const resolution& r) {
  REQUIRE(r.skipped.size() == 1);
  const program g = make_program();
  return to_string(r.skipped[0], g, on);
}

}  // namespace

TEST_CASE("terms become tiles and pins") {
  PARTITA_CHECK_BOTH(is(resolved(shard<"batch">("w/0", 0)), {{0, 0, 0}}));
  PARTITA_CHECK_BOTH(is(resolved(pin<"model">("w/1")), {{1, -1, 1}}));
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/1", replicated)), {{1, -1, 1}}));
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/1", unknown)), {}));
  PARTITA_CHECK_BOTH(
      is(resolved(shard<"model">("w/1", [](const value_view& v) { return v.size(1) == 16 ? 1 : 0; })), {{1, 1, 1}}));
  PARTITA_CHECK_BOTH(
      is(resolved(shard<"batch">("w/0", [](const value_view&) { return first_divisible_dim; })), {{0, 0, 0}}));
}

TEST_CASE("actions stand by value and axis, whatever the order of terms") {
  const auto a = shard<"batch">("w/1", 1), b = shard<"batch">("w/0", 0);
  const auto c = shard<"model">("w/0", 0);
  CHECK(is(resolved(a * b * c), {{0, 0, 0}, {0, 0, 1}, {1, 1, 0}}));
  CHECK(is(resolved(c * b * a), {{0, 0, 0}, {0, 0, 1}, {1, 1, 0}}));
}

TEST_CASE("values of a glob without the dim are skipped and reported") {
  PARTITA_CHECK_BOTH(
      is(resolved(shard<"model">("w/*", 0)), {{0, 0, 1}, {1, 0, 1}, {2, 0, 1}}, {{3, obstacle::no_such_dim}}));
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/*", 1)), {{0, 1, 1}, {1, 1, 1}},
                        {{2, obstacle::no_such_dim}, {3, obstacle::no_such_dim}}));
}

TEST_CASE("a dim that no selected value has is an error") {
  CHECK_THROWS_WITH_AS((void)resolved(shard<"model">("w/step", 0)),
                       "shard<\"model\">(\"w/step\", 0): the selector matches only scalars, which have no dim to split",
                       schedule_error);
  CHECK_THROWS_WITH_AS((void)resolved(shard<"model">("w/step", first_divisible_dim)), doctest::Contains("only scalars"),
                       schedule_error);
  CHECK_THROWS_WITH_AS((void)resolved(shard<"model">("w/bias", 1)),
                       doctest::Contains("dim 1 does not exist; the selected values have at most 1 dims"),
                       schedule_error);
  CHECK_THROWS_WITH_AS((void)resolved(shard<"model">("w/*", 2)), doctest::Contains("dim 2 does not exist"),
                       schedule_error);
  CHECK_THROWS_WITH_AS((void)resolved(shard<"model">("w/0", -1)), doctest::Contains("dims are counted from 0"),
                       schedule_error);
  CHECK_THROWS_WITH_AS((void)resolved(shard<"model">("w/0", std::int64_t{1} << 40)),
                       doctest::Contains("does not exist"), schedule_error);
}

TEST_CASE("an error in a schedule from text points into it") {
  CHECK_THROWS_WITH_AS(
      (void)resolved(parse_schedule("B = shard<\"batch\">(\"w/0\", 0)\n  * pin<\"model\">(\"w/2\")\nB", "b.sched")),
      doctest::Contains("b.sched:2:5: pin<\"model\">(\"w/2\"): no argument or result"), schedule_error);
}

TEST_CASE("a dim that does not divide is reported, not applied") {
  PARTITA_CHECK_BOTH(is(resolved(shard<"batch">("w/0", 1)), {}, {{0, obstacle::not_divisible}}));
  PARTITA_CHECK_BOTH(is(resolved(shard<"batch">("odd", first_divisible_dim)), {}, {{4, obstacle::none_divisible}}));
  CHECK(only_sentence(resolved(shard<"batch">("w/0", 1))) ==
        "tile of w/0 dim 1 over batch: not applied, because its local size 6 does not divide evenly among 4 devices");
  CHECK(only_sentence(resolved(shard<"batch">("odd", first_divisible_dim))) ==
        "tile of odd over batch: not applied, because no dim divides evenly among 4 devices");
}

TEST_CASE("the first divisible dim is the first whose local size the axis divides") {
  PARTITA_CHECK_BOTH(is(resolved(shard<"batch">("w/1", first_divisible_dim)), {{1, 1, 0}}));
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/1", first_divisible_dim)), {{1, 0, 1}}));
  // 8 rows over batch leave 2 per device, which model divides; 6 rows over model leave 3, which it does not.
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/0", first_divisible_dim), {{0, 0, 0}}), {{0, 0, 1}}));
  PARTITA_CHECK_BOTH(is(resolved(shard<"batch">("w/0", first_divisible_dim), {{0, 0, 1}}), {{0, 0, 0}}));
}

TEST_CASE("dims that the caller names are no first divisible dim") {
  const program g = make_program();
  const rule_table rules;
  const sharding_state state(g, rules, on.sizes());
  const auto not_rows = [](value_id, std::size_t dim) { return dim == 0; };
  const auto s = to_schedule(shard<"model">("w/0", first_divisible_dim));
  CHECK(is(resolve(s, 0, state, on, not_rows), {{0, 1, 1}}));
  CHECK(is(resolve(to_schedule(shard<"model">("w/0", 0)), 0, state, on, not_rows), {{0, 0, 1}}));
}

TEST_CASE("two axes on one dim go in mesh order and must divide it together") {
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/0", 0) * shard<"batch">("w/0", 0)), {{0, 0, 0}, {0, 0, 1}}));
  // 4 elements: batch takes them all, nothing is left for model.
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/bias", 0) * shard<"batch">("w/bias", 0)), {{2, 0, 0}},
                        {{2, obstacle::not_divisible}}));
}

TEST_CASE("wishes that contradict one another are all dropped") {
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/0", 0) * shard<"model">("w/0", 1) * shard<"model">("w/1", 1)),
                        {{1, 1, 1}}, {{0, obstacle::contradiction}, {0, obstacle::contradiction}}));
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/0", 0) * pin<"model">("w/0")), {},
                        {{0, obstacle::contradiction}, {0, obstacle::contradiction}}));
  // The same wish twice, by a path and by a glob, is one.
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/0", 0) * shard<"model">("*/0", 0)), {{0, 0, 1}}));
}

TEST_CASE("an earlier tactic is not undone") {
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/0", 1), {{0, 0, 1}}), {}, {{0, obstacle::already_tiled}}));
  PARTITA_CHECK_BOTH(is(resolved(pin<"model">("w/0"), {{0, 0, 1}}), {}, {{0, obstacle::already_tiled}}));
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/0", 1), {{0, -1, 1}}), {}, {{0, obstacle::already_pinned}}));
  PARTITA_CHECK_BOTH(is(resolved(shard<"model">("w/0", 0), {{0, 0, 1}}), {{0, 0, 1}}));
  PARTITA_CHECK_BOTH(is(resolved(shard<"batch">("w/bias", first_divisible_dim), {{2, 0, 0}}), {{2, 0, 0}}));
  PARTITA_CHECK_BOTH(is(resolved(pin<"model">("w/0"), {{0, -1, 1}}), {{0, -1, 1}}));
}

TEST_CASE("along an axis of one device nothing is done and nothing reported") {
  PARTITA_CHECK_BOTH(is(resolved(shard<"one">("w/*", 0) * shard<"batch">("w/0", 0) * pin<"one">("odd")), {{0, 0, 0}}));
  CHECK_THROWS_AS((void)resolved(shard<"one">("missing", 0)), schedule_error);
}

TEST_CASE("automatic tactics are not resolved") {
  CHECK_THROWS_WITH_AS((void)resolved(automatic<"model">()), doctest::Contains("found by a search"), schedule_error);
}
