// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes arguments of a program's constants, so that a program that brings its data with it can be partitioned like one
// that gets them.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <partita/interpret/array.hpp>
#include <partita/ir/rewriter.hpp>
#include <partita/op/constant.hpp>

namespace partita::interpret {

template <class Ops>
struct lifted_program {
  basic_graph<Ops> graph;
  std::vector<array> constants;  ///< values of the arguments after those that the program had
};

/// The constants of the body that are no scalars and for which choose(type, attributes) is true become arguments called
/// constant/0, constant/1, ...
template <class Ops, class Choose>
[[nodiscard]] lifted_program<Ops> lift_constants(const basic_graph<Ops>& g, numerics n, Choose&& choose) {
  lifted_program<Ops> lifted;
  graph_rewriter<Ops> to(g);
  to.copy_arguments();
  std::vector<bool> taken(g.op_count(), false);
  for (op_id o = g.first_op(g.body()); o != g.end_op(g.body()); o = g.next(o)) {
    if (!g.template is<op::constant>(o)) continue;
    const value_id v = g.results(o)[0];
    const auto& data = g.template attributes<op::constant>(o).value;
    if (g.type(v).rank() == 0 || !choose(g.type(v), data)) continue;
    taken[o.index] = true;
    to.set(v, to.out().add_argument(to.type_of(v), "constant/" + std::to_string(lifted.constants.size())));
    lifted.constants.push_back(array_from_bytes(g.type(v), g.bytes(data.first, data.count), n, data.splat));
  }
  to.copy_body([&](op_id o) { return taken[o.index]; });
  lifted.graph = to.finish();
  return lifted;
}

}  // namespace partita::interpret
