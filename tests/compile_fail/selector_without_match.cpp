// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: selector_matches_no_value_of_the_program

#include <partita/ir.hpp>
#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto devices = make_mesh(axis<"batch", 4>, axis<"model", 2>);

constexpr bool resolves(const auto& tactic) {
  basic_graph<op_set<>> g;
  g.add_argument(g.intern(tensor<f32>(256, 8)), "x");
  g.add_argument(g.intern(tensor<f32>()), "step");
  g.finish();
  const rule_table rules;
  const sharding_state state(g, rules, devices.sizes());
  return resolve(sequence_for(devices, tactic), 0, state, devices).skipped.empty();
}

static_assert(resolves(shard<"batch">("y", 0)));

int main() {}
