// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// sort (StableHLO specification, sort).

#include <string_view>

#include <partita/op/reduce.hpp>

namespace partita::op {

namespace detail {

/// ceil(log2 n): levels of a sorting network's or a radix-2 transform's recursion.
constexpr double levels_of(std::int64_t n) {
  double levels = 0;
  for (; n > 1; n = n / 2 + n % 2) ++levels;
  return levels;
}

}  // namespace detail

/// Sorts inputs together along one dim by a comparator; the other dims are independent.
struct sort {
  static constexpr std::string_view name = "stablehlo.sort";
  struct attributes {
    std::int64_t dimension = -1;
    bool is_stable = false;
    static constexpr void describe(auto& self, auto&& field) {
      field("dimension", self.dimension, std::int64_t{-1});
      field("is_stable", self.is_stable, false);
    }
  };
  static constexpr std::size_t dim_of(const op_view& op, const attributes& a) {
    const auto rank = static_cast<std::int64_t>(op.operand(0).rank());
    return static_cast<std::size_t>(a.dimension < 0 ? a.dimension + rank : a.dimension);
  }
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    if (op.operand_count() == 0) detail::wrong_operand_count(op, 1);
    detail::expect_tensors(op, op.operand_count());
    detail::expect_regions(op, 1);
    const auto rank = static_cast<std::int64_t>(op.operand(0).rank());
    if (a.dimension < -rank || a.dimension >= rank)
      detail::wrong_dim(op, "dimension", a.dimension, op.operand(0).rank());
    detail::expect_one_shape(op, op.operand_count());
    const graph_base& g = op.graph();
    const auto arguments = g.arguments(op.region(0));
    detail::expect_values(op, "arguments", 0, arguments, 2 * op.operand_count());
    for (std::size_t k = 0; k < arguments.size(); ++k) {
      detail::expect_type(op, "argument of the comparator", k, g.type(arguments[k]), {op.operand(k / 2).element, {}});
    }
    detail::expect_values(op, "results", 0, g.results(op.region(0)), 1);
    detail::expect_type(op, "result of the comparator", 0, g.type(g.results(op.region(0))[0]), {element_type::i1, {}});
    for (std::size_t i = 0; i < op.operand_count(); ++i) types.add(op.graph().type_index(op.operand_value(i)));
  }
  /// A sorted dim beside which all are of size 1 is blocked: nothing could be split in its place.
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    bool alone = true;
    for (std::size_t d = 0; d < op.operand(0).rank(); ++d)
      alone = alone && (d == dim_of(op, a) || op.operand(0).dims[d] == 1);
    for (std::size_t d = 0; d < op.operand(0).rank(); ++d) {
      const bool sorted = d == dim_of(op, a);
      const factor_index f =
          r.add(detail::shared_size(op, op.operand_count(), d),
                sorted ? factor_kind::needs_replication : factor_kind::parallel, monoid::none, sorted && alone);
      for (std::size_t i = 0; i < op.operand_count(); ++i) {
        r.operand(i, d, f);
        r.result(i, d, f);
      }
    }
  }
  /// n log2 n comparisons along the sorted dim.
  static constexpr work cost(const op_view& op, const attributes& a) {
    const double levels = detail::levels_of(op.operand(0).dims[dim_of(op, a)]);
    return {static_cast<double>(op.operand(0).elements()) * levels, bytes_touched(op)};
  }
};

}  // namespace partita::op
