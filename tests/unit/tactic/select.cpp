// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/ir/graph.hpp>
#include <partita/rule/rule_table.hpp>
#include <partita/tactic.hpp>

#include "support/check_both.hpp"

namespace {

using namespace partita;

struct copy_op {
  static constexpr std::string_view name = "test.copy";
  static constexpr void infer(const op_view& op, result_types& types) { types.add(op.operand(0)); }
  static constexpr void rule(const op_view&, rule_builder&) {}
};
using program = basic_graph<op_set<copy_op>>;

// Values: 0..5 are the arguments; 6 = copy of data/x under tag_q, 7 = copy of 6 under tag_q2, both results.
constexpr program make_program() {
  program g;
  const type_id matrix = g.intern(tensor<f32>(16, 8));
  const value_id x = g.add_argument(matrix, "data/x");
  for (const char* name : {"params/0/w", "params/0/b", "params/1/w", "", "params/*"}) g.add_argument(matrix, name);
  const value_id x_only[] = {x};
  const value_id y = g.add<copy_op>(g.body(), x_only, {}, {}, g.intern("jit(step)/tag_q/copy"))[0];
  const value_id y_only[] = {y};
  const value_id z = g.add<copy_op>(g.body(), y_only, {}, {}, g.intern("jit(step)/tag_q2/copy"))[0];
  g.add_result(y, "result/0/w");
  g.add_result(z, "loss");
  g.finish();
  return g;
}

constexpr bool selects(const auto& tactic, std::initializer_list<std::uint32_t> expected) {
  const program g = make_program();
  const schedule s = to_schedule(tactic);
  const std::vector<value_id> found = select(s, s.terms(0)[0], g, callables_of(tactic));
  if (found.size() != expected.size()) return false;
  std::size_t i = 0;
  for (const std::uint32_t v : expected) {
    if (found[i++].index != v) return false;
  }
  return true;
}

void refused(const auto& tactic, const char* message) {
  CHECK_THROWS_WITH_AS((void)selects(tactic, {}), doctest::Contains(message), schedule_error);
}

}  // namespace

TEST_CASE("a star stands for any run of characters, slashes too") {
  PARTITA_CHECK_BOTH(matches_glob("params/*/w", "params/blocks/0/w"));
  PARTITA_CHECK_BOTH(matches_glob("*", ""));
  PARTITA_CHECK_BOTH(matches_glob("*w*", "w"));
  PARTITA_CHECK_BOTH(matches_glob("a*b*c", "a/b/b/c"));
  PARTITA_CHECK_BOTH(matches_glob("**", "x"));
  PARTITA_CHECK_BOTH(!matches_glob("params/*/w", "params/w"));
  PARTITA_CHECK_BOTH(!matches_glob("a*b*c", "a/c/b"));
  PARTITA_CHECK_BOTH(!matches_glob("w", "w2"));
  PARTITA_CHECK_BOTH(!matches_glob("", "w"));
}

TEST_CASE("a pattern of many stars is matched without trying every split") {
  std::string pattern, text(5000, 'a');
  for (int i = 0; i < 500; ++i) pattern += "a*";
  CHECK(matches_glob(pattern, text));
  CHECK_FALSE(matches_glob(pattern + "b", text));
}

TEST_CASE("a path means the argument of that name") {
  PARTITA_CHECK_BOTH(selects(pin<"m">("data/x"), {0}));
  PARTITA_CHECK_BOTH(selects(pin<"m">("params/1/w"), {3}));
}

TEST_CASE("an argument without a name has its number for one") { PARTITA_CHECK_BOTH(selects(pin<"m">("arg4"), {4})); }

TEST_CASE("a name that is there exactly is not taken for a glob") {
  PARTITA_CHECK_BOTH(selects(pin<"m">("params/*"), {5}));
  PARTITA_CHECK_BOTH(selects(pin<"m">("params/*/w"), {1, 3}));
}

TEST_CASE("results are looked up after arguments") {
  PARTITA_CHECK_BOTH(selects(pin<"m">("loss"), {7}));
  PARTITA_CHECK_BOTH(selects(pin<"m">("result/*"), {6}));
  PARTITA_CHECK_BOTH(selects(pin<"m">("*/w"), {1, 3}));
}

TEST_CASE("a tag is a whole segment of a scope") {
  PARTITA_CHECK_BOTH(selects(pin<"m">(tagged("tag_q")), {6}));
  PARTITA_CHECK_BOTH(selects(pin<"m">(tagged("copy")), {6, 7}));
  PARTITA_CHECK_BOTH(selects(pin<"m">(tagged("jit(step)")), {6, 7}));
}

TEST_CASE("made_by means values by scope, type and number") {
  PARTITA_CHECK_BOTH(selects(pin<"m">(made_by("jit(step)/tag_q/copy 16x8xf32 %6")), {6}));
  PARTITA_CHECK_BOTH(selects(pin<"m">(made_by("* %7")), {7}));
  PARTITA_CHECK_BOTH(selects(pin<"m">(made_by("*/tag_q*")), {6, 7}));
  PARTITA_CHECK_BOTH(selects(pin<"m">(made_by("*/copy 16x8xf32 *")), {6, 7}));
  PARTITA_CHECK_BOTH(selects(pin<"m">(made_by("argument *")), {0, 1, 2, 3, 4, 5}));
  PARTITA_CHECK_BOTH(selects(pin<"m">(made_by("argument 16x8xf32 %3")), {3}));
  PARTITA_CHECK_BOTH(selects(shard<"m">(made_by("* %6"), 1), {6}));
}

TEST_CASE("a predicate sees names and types of arguments") {
  PARTITA_CHECK_BOTH(selects(pin<"m">([](const value_view& v) { return v.name.ends_with("/b"); }), {2}));
  PARTITA_CHECK_BOTH(selects(pin<"m">([](const value_view& v) { return v.rank() == 2; }), {0, 1, 2, 3, 4, 5}));
  const std::string wanted = "arg4";
  CHECK(selects(pin<"m">([&](const value_view& v) { return v.name == wanted; }), {4}));
}

TEST_CASE("each predicate of an expression is asked for its own term") {
  const auto first = pin<"m">([](const value_view& v) { return v.name == "data/x"; });
  const auto second =
      shard<"m">([](const value_view& v) { return v.name == "arg4"; }, [](const value_view&) { return 1; });
  const auto third = pin<"m">([](const value_view& v) { return v.name == "params/1/w"; });
  const auto all = first >> (second * third) * 1;
  const program g = make_program();
  const schedule s = to_schedule(all);
  const callables_of callables(all);
  CHECK(select(s, s.terms(0)[0], g, callables) == std::vector<value_id>{{0}});
  CHECK(select(s, s.terms(1)[0], g, callables) == std::vector<value_id>{{4}});
  CHECK(select(s, s.terms(1)[1], g, callables) == std::vector<value_id>{{3}});
}

TEST_CASE("an expression without predicates and callables is of the same callables as every other such one") {
  const auto plain = pin<"m">("params/0/w") >> (shard<"m">("data/x", 0) * named("all", shard<"m">("*", 1)) * 2) >> skip;
  static_assert(std::is_same_v<decltype(callables_for(plain)), partita::no_callables>);
  static_assert(std::is_same_v<decltype(callables_for(to_schedule(plain))), partita::no_callables>);
  const auto asking = plain >> pin<"m">([](const value_view& v) { return v.rank() == 2; });
  static_assert(!std::is_same_v<decltype(callables_for(asking)), partita::no_callables>);
}

TEST_CASE("a selector that matches nothing is refused, with the nearest name") {
  refused(pin<"m">("params/0/v"),
          "no argument or result of the program matches 'params/0/v'; did you mean 'params/0/w'?");
  refused(pin<"m">("nothing/like/it"), "no argument or result of the program matches 'nothing/like/it'");
  refused(pin<"m">("nothing/*"), "no argument or result of the program matches 'nothing/*'");
  refused(pin<"m">(tagged("tag")), "no op stands under a scope that is called 'tag'");
  // Neither a path nor a scope by itself: a description is matched as a whole.
  for (const char* glob : {"data/x", "jit(step)/tag_q/copy", "* %8", "*/tag_q 16x8xf32 *", "*xf64 *"}) {
    refused(pin<"m">(made_by(glob)), "values are called SCOPE TYPE %NUMBER");
  }
  refused(pin<"m">([](const value_view&) { return false; }), "the predicate holds for no argument");
}

TEST_CASE("a schedule without its expression has no predicates") {
  const program g = make_program();
  const schedule s = to_schedule(pin<"m">([](const value_view&) { return true; }));
  CHECK_THROWS_WITH_AS((void)select(s, s.terms(0)[0], g), doctest::Contains("exist only in the C++ expression"),
                       schedule_error);
  CHECK_THROWS_WITH_AS((void)select(s, s.terms(0)[0], g, callables_of(s)),
                       doctest::Contains("exist only in the C++ expression"), schedule_error);
}
