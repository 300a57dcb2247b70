// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Composites that stay calls: the reader inlines those of a text.

#include <string>
#include <string_view>

#include <partita/ir/graph.hpp>
#include <partita/op.hpp>

namespace partita::testing {

/// The program y = f(x), where f is a function of a module that holds the program, and x and y are of one type.
[[nodiscard]] inline graph composite_of(std::string_view function, const tensor_type& type) {
  graph g;
  const type_id t = g.intern(type);
  const value_id x = g.add_argument(t, "x");
  op::composite::attributes a;
  a.composite_name.text = g.intern("\"test." + std::string(function) + "\"");
  a.decomposition.text = g.intern("@" + std::string(function));
  g.add_result(g.add<op::composite>(g.body(), {&x, 1}, a, {&t, 1})[0], "y");
  g.finish();
  return g;
}

}  // namespace partita::testing
