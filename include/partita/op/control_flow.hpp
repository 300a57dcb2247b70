// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Loops, branches and barriers (StableHLO specification: while, case, if, optimization_barrier). Each value
// that a loop carries or a branch returns is a unit of decision of its own, which ties operand, region
// arguments, yielded values and result.

#include <string_view>

#include <partita/op/checks.hpp>

namespace partita::op {

namespace detail {

/// The current unit's slots share one parallel factor per dim.
constexpr void tie_slots(const type_view& t, rule_builder& r) {
  if (!t.is_tensor()) return;
  for (std::size_t d = 0; d < t.rank(); ++d) r.every_slot(d, r.add(t.dims[d]));
}

constexpr void expect_regions(const op_view& op, std::size_t count) {
  if (op.region_count() != count) {
    op.fail("takes " + std::to_string(count) + (count == 1 ? " region" : " regions") + " but has " +
            std::to_string(op.region_count()));
  }
}

/// Whether two types in one graph agree where both are known.
constexpr bool agree_in(const graph_base& g, type_id a, type_id b) {
  if (a == b) return true;
  const type_view x = g.type(a), y = g.type(b);
  if (x.element != y.element || x.rank() != y.rank() || !x.is_tensor()) return false;
  for (std::size_t d = 0; d < x.rank(); ++d) {
    if (!fits(x.dims[d], y.dims[d])) return false;
  }
  return true;
}

[[noreturn]] inline void region_count_differs(const op_view& op, std::string_view what, std::size_t i, std::size_t has,
                                              std::size_t wanted) {
  op.fail("region " + std::to_string(i) + " must have " + std::to_string(wanted) + " " + std::string(what) +
          " but has " + std::to_string(has));
}
[[noreturn]] inline void region_type_differs(const op_view& op, std::string_view what, std::size_t k,
                                             const type_view& has, const type_view& wanted) {
  op.fail(std::string(what) + " " + std::to_string(k) + " must be " + to_string(wanted) + " but is " + to_string(has));
}

constexpr void expect_values(const op_view& op, std::string_view what, std::size_t region, const auto& values,
                             std::size_t wanted) {
  if (values.size() != wanted) region_count_differs(op, what, region, values.size(), wanted);
}

}  // namespace detail

/// Runs its body as long as its condition holds. Each carried value is a unit; a loop that carries nothing has none.
struct while_ {
  static constexpr std::string_view name = "stablehlo.while";
  static constexpr op_traits traits{.loop = true, .transparent = true};

  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_regions(op, 2);
    const graph_base& g = op.graph();
    const std::size_t carried = op.operand_count();
    for (std::size_t i = 0; i < 2; ++i) {
      const auto arguments = g.arguments(op.region(i));
      detail::expect_values(op, "arguments", i, arguments, carried);
      for (std::size_t k = 0; k < carried; ++k) {
        if (!detail::agree_in(g, g.type_index(arguments[k]), g.type_index(op.operand_value(k)))) {
          detail::region_type_differs(op, i == 0 ? "argument of cond" : "argument of body", k, g.type(arguments[k]),
                                      op.operand(k));
        }
      }
    }
    const auto condition = g.results(op.region(0)), yielded = g.results(op.region(1));
    detail::expect_values(op, "results", 0, condition, 1);
    const type_view predicate = g.type(condition[0]);
    if (predicate.element != element_type::i1 || predicate.rank() != 0)
      op.fail("cond must return tensor<i1> but returns " + to_string(predicate));
    detail::expect_values(op, "results", 1, yielded, carried);
    for (std::size_t k = 0; k < carried; ++k) {
      if (!detail::agree_in(g, g.type_index(yielded[k]), g.type_index(op.operand_value(k)))) {
        detail::region_type_differs(op, "result of body", k, g.type(yielded[k]), op.operand(k));
      }
      types.add(g.type_index(op.operand_value(k)));
    }
  }

  static constexpr void rule(const op_view& op, rule_builder& r) {
    r.begin_unit(op);
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      if (i != 0) r.begin_unit(op);
      r.add_slot(slot_role::operand, 0, i);
      r.add_slot(slot_role::yield, 1, i);
      r.add_slot(slot_role::argument, 0, i);
      r.add_slot(slot_role::argument, 1, i);
      r.add_slot(slot_role::result, 0, i);
      detail::tie_slots(op.operand(i), r);
    }
  }
  static constexpr work cost(const op_view&) { return {}; }  // its regions' ops are counted
};

namespace detail {

/// One unit for the operand that chooses, then one for each result.
struct branches {
  static constexpr op_traits traits{.transparent = true};

  static constexpr void infer_branches(const op_view& op, result_types& types) {
    const graph_base& g = op.graph();
    if (op.region_count() == 0) op.fail("needs at least one branch");
    const auto first = g.results(op.region(0));
    for (std::size_t i = 0; i < op.region_count(); ++i) {
      const auto results = g.results(op.region(i));
      expect_values(op, "arguments", i, g.arguments(op.region(i)), 0);
      expect_values(op, "results", i, results, first.size());
      for (std::size_t k = 0; k < first.size(); ++k) {
        if (!agree_in(g, g.type_index(results[k]), g.type_index(first[k]))) {
          region_type_differs(op, "result of branch " + std::to_string(i) + ",", k, g.type(results[k]),
                              g.type(first[k]));
        }
      }
    }
    for (const value_id v : first) types.add(g.type_index(v));
  }

  static constexpr void rule(const op_view& op, rule_builder& r) {
    r.begin_unit(op);
    r.add_slot(slot_role::operand, 0, 0);
    for (std::size_t i = 0; i < op.result_count(); ++i) {
      r.begin_unit(op);
      for (std::size_t b = 0; b < op.region_count(); ++b) r.add_slot(slot_role::yield, b, i);
      r.add_slot(slot_role::result, 0, i);
      tie_slots(op.result(i), r);
    }
  }
  static constexpr work cost(const op_view&) { return {}; }
};

}  // namespace detail

/// Runs the branch whose number its operand holds, or the last one.
struct case_ : detail::branches {
  static constexpr std::string_view name = "stablehlo.case";
  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 1);
    if (op.operand(0).element != element_type::i32 || op.operand(0).rank() != 0)
      detail::wrong_operand(op, 0, "tensor<i32>");
    infer_branches(op, types);
  }
};

/// Runs the first branch where its operand holds, else the second.
struct if_ : detail::branches {
  static constexpr std::string_view name = "stablehlo.if";
  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 1);
    if (op.operand(0).element != element_type::i1 || op.operand(0).rank() != 0)
      detail::wrong_operand(op, 0, "tensor<i1>");
    detail::expect_regions(op, 2);
    infer_branches(op, types);
  }
};

/// Passes its operands on; each is a unit of its own, since they do not depend on one another.
struct optimization_barrier {
  static constexpr std::string_view name = "stablehlo.optimization_barrier";
  static constexpr void infer(const op_view& op, result_types& types) {
    for (std::size_t i = 0; i < op.operand_count(); ++i) types.add(op.graph().type_index(op.operand_value(i)));
  }
  static constexpr void rule(const op_view& op, rule_builder& r) {
    r.begin_unit(op);
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      if (i != 0) r.begin_unit(op);
      r.add_slot(slot_role::operand, 0, i);
      r.add_slot(slot_role::result, 0, i);
      detail::tie_slots(op.operand(i), r);
    }
  }
  static constexpr work cost(const op_view&) { return {}; }  // values pass through
};

using control_flow_ops = op_set<while_, case_, if_, optimization_barrier>;

}  // namespace partita::op
