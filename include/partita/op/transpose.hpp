// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// transpose and reverse (StableHLO specification, transpose and reverse): elements change places, dim by dim.

#include <string_view>

#include <partita/op/checks.hpp>

namespace partita::op {

/// Result dim d is operand dim permutation[d].
struct transpose {
  static constexpr std::string_view name = "stablehlo.transpose";
  static constexpr op_traits traits{.forwards_partial = true, .elementwise = true, .forwards_elements = true};

  struct attributes {
    dim_list permutation;
    static constexpr void describe(auto& self, auto&& field) { field("permutation", self.permutation); }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 1);
    const type_view operand = op.operand(0);
    detail::expect_length(op, "permutation", a.permutation.size(), operand.rank());
    detail::expect_dims(op, "permutation", a.permutation, operand.rank());
    tensor_type result{operand.element, {}};
    for (const auto d : a.permutation) result.dims.push_back(operand.dims[d]);
    types.add(result);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    for (std::size_t d = 0; d < a.permutation.size(); ++d) {
      const factor_index f = r.add(op.operand(0).dims[a.permutation[d]]);
      r.operand(0, a.permutation[d], f);
      r.result(0, d, f);
    }
  }
};

/// Elements in reverse order along `dimensions`.
struct reverse {
  static constexpr std::string_view name = "stablehlo.reverse";
  static constexpr op_traits traits{.elementwise = true, .forwards_elements = true};

  struct attributes {
    dim_list dimensions;
    static constexpr void describe(auto& self, auto&& field) { field("dimensions", self.dimensions); }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 1);
    detail::expect_dims(op, "dimensions", a.dimensions, op.operand(0).rank());
    types.add(op.operand(0));
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const type_view t = op.operand(0);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const bool reversed = a.dimensions.contains(detail::dim_number(d));
      const factor_index f = r.add(t.dims[d], reversed ? factor_kind::permutation : factor_kind::parallel);
      r.operand(0, d, f);
      r.result(0, d, f);
    }
  }
};

using transpose_ops = op_set<transpose, reverse>;

}  // namespace partita::op
