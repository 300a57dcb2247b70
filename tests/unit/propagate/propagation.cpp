// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What propagation decides depends neither on the order of ops in the file nor on the order of actions in a
// tactic; each tactic only adds; and undo goes back exactly. On real training steps with experts' schedules and
// with random tactics that merge what has nothing to do with each other.

#include <algorithm>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>

#include "support/copy.hpp"
#include "support/programs.hpp"
#include "support/random_tactic.hpp"

namespace {

using namespace partita;
using facts_of_program = program_facts<graph::ops>;

/// Every cell of a state and every conflict, in the numbering of the original program.
struct snapshot {
  std::vector<int> cells;
  std::vector<std::tuple<std::uint32_t, int, int, int, int, int, int, int>> conflicts;
  bool operator==(const snapshot&) const = default;
};

/// @param copy where the values and ops of `original` are in the program of `p`; nothing for the same program
snapshot snapshot_of(const partitioning<graph::ops>& p, const graph& original,
                     const testing::program_copy<graph::ops>* copy) {
  snapshot s;
  const sharding_state& state = p.state();
  const rule_table& rules = state.rules();
  const auto axes = static_cast<axis_index>(state.axes().size());
  for (std::uint32_t i = 0; i < original.value_count(); ++i) {
    const value_id v = copy != nullptr ? copy->values[i] : value_id{i};
    for (axis_index a = 0; a < axes; ++a) {
      s.cells.push_back(state(v, a).code);
      s.cells.push_back(state(v, a).known() ? state.tactic_of(v, a) : 0);
    }
  }
  std::vector<std::uint32_t> original_op(original.op_count());
  for (std::uint32_t i = 0; i < original.op_count(); ++i) {
    const op_id o = copy != nullptr ? copy->ops[i] : op_id{i};
    original_op[o.index] = i;
    for (const unit_id u : rules.units(o)) {
      for (axis_index a = 0; a < axes; ++a) {
        s.cells.push_back(state(u, a).code);
        s.cells.push_back(state(u, a).known() ? state.tactic_of(u, a) : 0);
      }
    }
  }
  for (const conflict& c : p.conflicts()) {
    const op_id o = rules[c.unit].op;
    s.conflicts.emplace_back(original_op[o.index], static_cast<int>(c.unit.index - rules.units(o)[0].index), c.axis,
                             c.tactic, c.factor[0], c.factor[1], c.slot[0], c.slot[1]);
  }
  std::sort(s.conflicts.begin(), s.conflicts.end());
  return s;
}

/// Every cell that is set keeps what it holds.
bool only_adds(const snapshot& before, const snapshot& after) {
  if (before.cells.size() != after.cells.size()) return false;
  for (std::size_t i = 0; i < before.cells.size(); ++i) {
    if (before.cells[i] != 0 && before.cells[i] != after.cells[i]) return false;
  }
  return true;
}

/// The same program in another order with the same tactics, each shuffled, step by step beside the original.
void check_order(const graph& g, const axis_sizes& axes, std::uint32_t seed, int tactics, auto&& next_tactic) {
  CAPTURE(seed);
  std::mt19937 random(seed);
  const testing::program_copy<graph::ops> copy = testing::reordered(g, random);
  const facts_of_program facts(g), other_facts(copy.graph);
  partitioning<graph::ops> p(facts, axes), other(other_facts, axes);
  snapshot before = snapshot_of(p, g, nullptr);
  for (int t = 0; t < tactics; ++t) {
    CAPTURE(t);
    std::vector<action> actions = next_tactic(p, t, random);
    std::vector<action> mapped = actions;
    for (action& a : mapped) a.value = copy.values[a.value.index];
    std::shuffle(mapped.begin(), mapped.end(), random);
    const auto mark = p.here();
    const std::uint64_t hash = p.state().hash();
    p.apply(actions);
    const std::uint64_t hash_after = p.state().hash();
    const snapshot after = snapshot_of(p, g, nullptr);
    CHECK(only_adds(before, after));
    p.undo(mark);
    CHECK(p.state().hash() == hash);
    CHECK(snapshot_of(p, g, nullptr) == before);
    std::shuffle(actions.begin(), actions.end(), random);
    p.apply(actions);
    CHECK(p.state().hash() == hash_after);
    CHECK(snapshot_of(p, g, nullptr) == after);
    other.apply(mapped);
    CHECK(snapshot_of(other, g, &copy) == after);
    CHECK(count_collectives(other.lower()) == count_collectives(p.lower()));
    before = after;
  }
}

/// Sums, products and transposes of square matrices at random: every value may be split along either dim.
graph random_program(std::mt19937& random) {
  builder f;
  std::vector<builder::tensor> values;
  for (const char* name : {"a", "b", "c", "d", "e"}) values.push_back(f.argument(name, tensor<f32>(8, 8)));
  const auto any = [&] { return values[random() % values.size()]; };
  for (int i = 0; i < 16; ++i) {
    switch (random() % 5) {
      case 0:
        values.push_back(matmul(any(), any()));
        break;
      case 1:
        values.push_back(transpose(any(), {1, 0}));
        break;
      case 2:
        values.push_back(tanh(any()));
        break;
      default:
        values.push_back(any() + any());
    }
  }
  f.result("y", values.back());
  f.result("z", any());
  return f.finish();
}

}  // namespace

TEST_CASE("two ops at one depth that want different dims of a value both wait") {
  builder f;
  const auto a = f.argument("a", tensor<f32>(8, 8));
  const auto b = f.argument("b", tensor<f32>(8, 8));
  const auto v = f.argument("v", tensor<f32>(8, 8));
  f.result("rows", v + a);
  f.result("columns", v + b);
  const graph g = f.finish();
  const facts_of_program facts(g);
  partitioning<graph::ops> p(facts, {2});
  p.apply(std::vector<action>{{action_kind::tile, 0, 0, a.id(), 0}, {action_kind::tile, 1, 0, b.id(), 0}});
  CHECK_FALSE(p.state()(v.id(), 0).known());
  CHECK(p.conflicts().size() == 2);
}

TEST_CASE("random programs give one result in every order of ops and actions") {
  for (std::uint32_t seed = 1000; seed < 1300; ++seed) {
    std::mt19937 random(seed);
    const graph g = random_program(random);
    check_order(g, seed % 2 == 0 ? axis_sizes{2, 2} : axis_sizes{2}, seed, 2,
                [](const auto& p, int, std::mt19937& r) { return testing::random_tactic(p, r); });
  }
}

TEST_CASE("experts' schedules give one result in every order of ops and actions") {
  const auto mesh = make_mesh(axis<"batch", 4>, axis<"model", 2>);
  for (const std::string_view name : testing::small_programs) {
    CAPTURE(name);
    const graph g = testing::small_program(name);
    for (const std::string_view strategy : {"Z2", "Z3"}) {
      CAPTURE(strategy);
      const schedule s = testing::small_schedule(name, strategy);
      const std::vector<std::uint32_t> sequence(s.sequence().begin(), s.sequence().end());
      check_order(g, mesh.sizes(), strategy == "Z2" ? 11u : 12u, static_cast<int>(sequence.size()),
                  [&](const auto& p, int t, std::mt19937&) {
                    return resolve(s, sequence[static_cast<std::size_t>(t)], p.state(), mesh, p.facts().stacks).actions;
                  });
    }
  }
}

TEST_CASE("merged tactics give one result in every order of ops and actions") {
  const axis_sizes meshes[] = {{4, 2}, {2, 2, 2}, {8}};
  for (const std::string_view name : {"mlp_train", "pde_stencil", "t32", "t32_scan", "lstm", "moe", "gns", "unet"}) {
    CAPTURE(name);
    const graph g = testing::small_program(name);
    std::uint32_t seed = 100;
    for (const axis_sizes& axes : meshes) {
      check_order(g, axes, seed++, 3,
                  [](const auto& p, int, std::mt19937& random) { return testing::random_tactic(p, random); });
    }
  }
}

TEST_CASE("what is made of constants alone is not split, unless the program returns it") {
  const graph g = stablehlo::read(R"(
func.func @main(%x: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %returned = stablehlo.iota dim = 0 : tensor<8x8xf32>
  %used = stablehlo.negate %returned : tensor<8x8xf32>
  %y = stablehlo.add %x, %used : tensor<8x8xf32>
  return %y, %returned : tensor<8x8xf32>, tensor<8x8xf32>
})").entry();
  const facts_of_program facts(g);
  partitioning<graph::ops> p(facts, make_mesh(axis<"a", 2>).sizes());
  const op_id sum = g.definition(g.results()[0]);
  const value_id used = g.operands(sum)[1], returned = g.results()[1];
  const auto start = p.here();
  for (const action_kind kind : {action_kind::tile, action_kind::pin}) {
    p.apply(plain_vector<action>(1, {kind, 0, 0, used, 0}));
    CHECK(p.state().here() == start.state);
    p.apply(plain_vector<action>(1, {kind, 0, 0, returned, 0}));
    CHECK(p.state()(returned, 0).known());
    CHECK(!p.state()(g.results()[0], 0).known());
    p.undo(start);
  }
}
