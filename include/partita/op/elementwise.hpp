// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ops that compute each result element from the operands' elements at the same place (StableHLO
// specification: abs, add, ..., xor). All share one inference and one rule: every dim is a parallel factor.

#include <cstddef>
#include <string_view>

#include <partita/ir/graph.hpp>
#include <partita/rule/rule_table.hpp>

namespace partita::op {

namespace detail {

/// Rule of elementwise ops: one parallel factor per dim, shared by all operands and results of that rank;
/// scalars among them (select's predicate, clamp's bounds) stay whole.
constexpr void elementwise_rule(const op_view& op, rule_builder& rule) {
  const type_view shape = op.result(0);
  for (std::size_t d = 0; d < shape.rank(); ++d) {
    const factor_index f = rule.add(shape.dims[d]);
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      if (op.operand(i).rank() == shape.rank()) rule.operand(i, d, f);
    }
    for (std::size_t i = 0; i < op.result_count(); ++i) rule.result(i, d, f);
  }
}

constexpr void expect_operands(const op_view& op, std::size_t count) {
  if (op.operand_count() != count) {
    op.fail("takes " + std::to_string(count) + " operands but has " + std::to_string(op.operand_count()));
  }
}

/// One operation per element of the result.
constexpr work elementwise_cost(const op_view& op) {
  return {static_cast<double>(op.result(0).elements()), bytes_touched(op)};
}

template <std::size_t Operands>
struct elementwise {
  static constexpr op_traits traits{.elementwise = true};

  static constexpr void infer(const op_view& op, result_types& types) {
    expect_operands(op, Operands);
    for (std::size_t i = 1; i < Operands; ++i) {
      if (!(op.operand(i) == op.operand(0))) {
        op.fail("operands must have one type but are " + to_string(op.operand(0)) + " and " + to_string(op.operand(i)));
      }
    }
    types.add(op.operand(0));
  }
  static constexpr void rule(const op_view& op, rule_builder& r) { elementwise_rule(op, r); }
  static constexpr work cost(const op_view& op) { return elementwise_cost(op); }
};

}  // namespace detail

struct add : detail::elementwise<2> {
  static constexpr std::string_view name = "stablehlo.add";
  static constexpr op_traits traits{.combines = monoid::add, .additive = true, .elementwise = true};
};
struct multiply : detail::elementwise<2> {
  static constexpr std::string_view name = "stablehlo.multiply";
  static constexpr op_traits traits{.combines = monoid::multiply, .elementwise = true};
};

using elementwise_ops = op_set<add, multiply>;

}  // namespace partita::op
