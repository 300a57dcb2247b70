// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Actions written as terms: few, readable, and exactly these actions when they are resolved again.

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/tactic/describe.hpp>
#include <partita/tactic/parse_schedule.hpp>

namespace {

using namespace partita;

constexpr auto on = make_mesh(axis<"batch", 4>, axis<"model", 2>);

struct written {
  const graph& g;
  program_facts<graph::ops> facts{g};
  partitioning<graph::ops> p{facts, on.sizes()};

  std::string operator()(const plain_vector<action>& actions) {
    schedule_builder builder;
    const schedule s = builder.finish(together_of(builder, describe(builder, actions, p.state(), on)));
    const std::string text = to_text(s);
    const schedule again = parse_schedule(text);
    CHECK(again == s);
    const resolution r = resolve(again, 0, p.state(), on, facts.stacks);
    CHECK_MESSAGE(same(r.actions, actions), text);
    return text;
  }
  static bool same(const std::vector<action>& found, const plain_vector<action>& wanted) {
    std::size_t hits = 0;
    for (const action& w : wanted) {
      for (const action& f : found) {
        hits += f.kind == w.kind && f.dim == w.dim && f.axis == w.axis && f.value == w.value ? 1u : 0u;
      }
    }
    return hits == wanted.size() && found.size() == wanted.size();
  }
};

action tile(value_id v, std::uint8_t dim, axis_index axis = 0) { return {action_kind::tile, dim, axis, v, 0}; }
action pinned(value_id v, axis_index axis = 0) { return {action_kind::pin, 0, axis, v, 0}; }

/// A graph whose arguments have these names, all 8x8.
graph program_of(const std::vector<std::string>& names) {
  builder f;
  std::vector<builder::tensor> arguments;
  for (const std::string& name : names) arguments.push_back(f.argument(name, tensor<f32>(8, 8)));
  for (std::size_t i = 0; i < names.size(); ++i) f.result(names[i] + "'", exp(arguments[i]));
  return f.finish();
}
plain_vector<action> tiles_of(const graph& g, const std::vector<std::size_t>& arguments, std::uint8_t dim) {
  plain_vector<action> actions;
  for (const std::size_t i : arguments) actions.push_back(tile(g.arguments()[i], dim));
  return actions;
}

}  // namespace

TEST_CASE("what differs in its number only is one glob") {
  const graph g = program_of({"params/0/w", "params/0/v", "params/1/w", "params/1/v", "params/2/w", "params/2/v"});
  CHECK(written{g}(tiles_of(g, {0, 2, 4}, 1)) == "shard<\"batch\">(\"*/w\", 1)\n");
}

TEST_CASE("a glob takes nothing that would change otherwise") {
  const graph g = program_of({"params/0/w", "opt/0/w", "params/1/w", "opt/1/w"});
  CHECK(written{g}(tiles_of(g, {0, 2}, 0)) == "shard<\"batch\">(\"params/*\", 0)\n");
  CHECK(written{g}(tiles_of(g, {0, 1}, 0)) == "shard<\"batch\">(\"*/0/w\", 0)\n");
  CHECK(written{g}(tiles_of(g, {0, 1, 2}, 0)) == "shard<\"batch\">(\"params/*\", 0) * shard<\"batch\">(\"*/0/w\", 0)\n");
}

TEST_CASE("a glob may take what the term cannot change") {
  builder f;
  const auto a = f.argument("p/a", tensor<f32>(8, 8));
  const auto b = f.argument("p/b", tensor<f32>(6));       // has no dim 1
  const auto c = f.argument("p/c", tensor<f32>(8, 6));    // 4 devices do not divide 6
  const auto d = f.argument("p/d", tensor<f32>(8, 8));
  f.result("r", a + d);
  f.result("s", exp(b));
  f.result("t", exp(c));
  const graph g = f.finish();
  CHECK(written{g}(tiles_of(g, {0, 3}, 1)) == "shard<\"batch\">(\"*\", 1)\n");
}

TEST_CASE("tiles along two dims over two axes and pins are apart") {
  const graph g = program_of({"a", "b", "c"});
  plain_vector<action> actions;
  actions.push_back(tile(g.arguments()[0], 0));
  actions.push_back(tile(g.arguments()[0], 0, 1));
  actions.push_back(tile(g.arguments()[1], 1));
  actions.push_back(pinned(g.arguments()[2]));
  CHECK(written{g}(actions) == "shard<\"batch\">(\"a\", 0) * shard<\"batch\">(\"b\", 1) * pin<\"batch\">(\"c\") * "
                               "shard<\"model\">(\"a\", 0)\n");
}

TEST_CASE("names that no path selects alone give way to the number") {
  // Two of one name, one that holds a star, one that holds a line's end, and one that a result has.
  const graph g = program_of({"w", "w", "x*", "xy", "a\nb", "none"});
  CHECK(written{g}(tiles_of(g, {0, 1}, 0)) == "shard<\"batch\">(\"w\", 0)\n");
  CHECK(written{g}(tiles_of(g, {1}, 0)) == "shard<\"batch\">(made_by(\"argument 8x8xf32 %" +
                                               std::to_string(g.arguments()[1].index) + "\"), 0)\n");
  (void)written{g}(tiles_of(g, {2}, 0));
  (void)written{g}(tiles_of(g, {2, 3}, 0));
  (void)written{g}(tiles_of(g, {4}, 0));
}

TEST_CASE("a name that looks like a glob of another") {
  const graph g = program_of({"p/*", "p/a", "p/b", "q/a"});
  for (const std::vector<std::size_t>& some : std::vector<std::vector<std::size_t>>{{0}, {1, 2}, {0, 1, 2}, {0, 3}, {1, 3}}) {
    (void)written{g}(tiles_of(g, some, 0));
  }
}

TEST_CASE("arguments without names have their position") {
  const graph g = program_of({"", "", ""});
  CHECK(written{g}(tiles_of(g, {1}, 0)) == "shard<\"batch\">(\"arg1\", 0)\n");
  CHECK(written{g}(tiles_of(g, {0, 1, 2}, 0)) == "shard<\"batch\">(\"*\", 0)\n");
}

TEST_CASE("any set of arguments of any names") {
  const std::vector<std::string> words = {"params", "opt", "*", "0", "1", "12", "w", "w1", "b", "", "a b", "\"", "\\", "\n"};
  std::uint32_t random = 7;
  const auto next = [&](std::size_t below) {
    random = random * 1664525u + 1013904223u;
    return (random >> 8) % below;
  };
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    std::vector<std::string> names;
    for (std::size_t i = 0; i < 1 + next(9); ++i) {
      std::string name;
      for (std::size_t k = 0; k < 1 + next(9); ++k) name += (k == 0 ? "" : "/") + words[next(words.size())];
      names.push_back(name);
    }
    const graph g = program_of(names);
    written w{g};
    for (const value_id v : g.arguments()) {
      if (next(4) == 0) w.p.apply(plain_vector<action>(1, tile(v, static_cast<std::uint8_t>(next(2)), 0)));
    }
    plain_vector<action> actions;
    for (const value_id v : g.arguments()) {
      for (const axis_index axis : {axis_index{0}, axis_index{1}}) {
        if (w.p.state()(v, axis).known() || next(3) == 0) continue;
        if (next(4) == 0) actions.push_back(pinned(v, axis));
        else actions.push_back(tile(v, axis, axis));
      }
    }
    if (!actions.empty()) (void)w(actions);
  }
}

TEST_CASE("values inside are selected by scope and type, else by their number") {
  builder f;
  const auto x = f.argument("x", tensor<f32>(8, 8));
  f.scope("layer/attn");
  const auto a = exp(x);
  const auto b = exp(a);
  f.scope("layer/out");
  f.result("y", exp(b));
  const graph g = f.finish();
  plain_vector<action> both;
  both.push_back(tile(a.id(), 0));
  both.push_back(tile(b.id(), 0));
  CHECK(written{g}(both) == "shard<\"batch\">(made_by(\"*/attn *\"), 0)\n");
  CHECK(written{g}(plain_vector<action>(1, tile(b.id(), 1))) ==
        "shard<\"batch\">(made_by(\"layer/attn 8x8xf32 %" + std::to_string(b.id().index) + "\"), 1)\n");
}

TEST_CASE("what follows anyway may be said, where it makes terms fewer") {
  // Three values of one type and scope: without what follows two of them need their numbers.
  builder f;
  const auto x = f.argument("x", tensor<f32>(8, 8));
  const auto a = exp(x), b = tanh(a), c = exp(b);
  f.result("y", c);
  const graph g = f.finish();
  const program_facts facts(g);
  partitioning p(facts, on.sizes());
  plain_vector<action> actions;
  for (const value_id v : {a.id(), c.id()}) actions.push_back(tile(v, 0));
  const auto written_with = [&](const auto& follows) {
    schedule_builder builder;
    const std::vector<described_term> terms = describe(builder, actions, p.state(), on, follows);
    std::size_t said = 0;
    for (const described_term& t : terms) said += t.actions.size();
    const schedule s = builder.finish(together_of(builder, terms));
    CHECK(resolve(parse_schedule(to_text(s)), 0, p.state(), on, facts.stacks).actions.size() == said);
    return std::array<std::size_t, 2>{terms.size(), said};
  };
  CHECK(written_with(nothing_follows{}) == std::array<std::size_t, 2>{2, 2});
  CHECK(written_with([&](const action& t) { return t == tile(b.id(), 0); }) == std::array<std::size_t, 2>{1, 3});
  CHECK(written_with([&](const action& t) { return t == tile(b.id(), 1); }) == std::array<std::size_t, 2>{2, 2});
}
