// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// dot_general (StableHLO specification, dot_general): contraction over some dims, batched over others.

#include <string_view>

#include <partita/op/elementwise.hpp>

namespace partita::op {

struct dot_general {
  static constexpr std::string_view name = "stablehlo.dot_general";

  struct dimension_numbers {
    static constexpr std::string_view mnemonic = "stablehlo.dot";
    dim_list lhs_batching, rhs_batching, lhs_contracting, rhs_contracting;
    static constexpr void describe(auto& self, auto&& field) {
      field("lhs_batching_dimensions", self.lhs_batching, dim_list{});
      field("rhs_batching_dimensions", self.rhs_batching, dim_list{});
      field("lhs_contracting_dimensions", self.lhs_contracting, dim_list{});
      field("rhs_contracting_dimensions", self.rhs_contracting, dim_list{});
    }
  };

  struct attributes {
    dimension_numbers dims;
    raw_text precision, algorithm;
    static constexpr void describe(auto& self, auto&& field) {
      field("dot_dimension_numbers", self.dims);
      field("precision_config", self.precision, raw_text{});
      field("algorithm", self.algorithm, raw_text{});
    }
  };

  static constexpr void infer(const op_view& op, const attributes& attributes, result_types& types) {
    const dimension_numbers& a = attributes.dims;
    detail::expect_operands(op, 2);
    const type_view lhs = op.operand(0), rhs = op.operand(1);
    tensor_type result;
    result.element = types.stated_count() != 0 ? types.stated(0).element : lhs.element;
    for (std::size_t i = 0; i < a.lhs_batching.size(); ++i) result.dims.push_back(lhs.dims[a.lhs_batching[i]]);
    for (std::size_t d = 0; d < lhs.rank(); ++d) {
      if (free_in(a.lhs_batching, a.lhs_contracting, d)) result.dims.push_back(lhs.dims[d]);
    }
    for (std::size_t d = 0; d < rhs.rank(); ++d) {
      if (free_in(a.rhs_batching, a.rhs_contracting, d)) result.dims.push_back(rhs.dims[d]);
    }
    types.add(result);
  }

  static constexpr void rule(const op_view& op, const attributes& attributes, rule_builder& r) {
    const dimension_numbers& a = attributes.dims;
    const type_view lhs = op.operand(0), rhs = op.operand(1);
    std::size_t at = 0;
    for (std::size_t i = 0; i < a.lhs_batching.size(); ++i, ++at) {
      const factor_index f = r.add(lhs.dims[a.lhs_batching[i]]);
      r.operand(0, a.lhs_batching[i], f);
      r.operand(1, a.rhs_batching[i], f);
      r.result(0, at, f);
    }
    for (std::size_t d = 0; d < lhs.rank(); ++d) {
      if (!free_in(a.lhs_batching, a.lhs_contracting, d)) continue;
      const factor_index f = r.add(lhs.dims[d]);
      r.operand(0, d, f);
      r.result(0, at++, f);
    }
    for (std::size_t d = 0; d < rhs.rank(); ++d) {
      if (!free_in(a.rhs_batching, a.rhs_contracting, d)) continue;
      const factor_index f = r.add(rhs.dims[d]);
      r.operand(1, d, f);
      r.result(0, at++, f);
    }
    for (std::size_t i = 0; i < a.lhs_contracting.size(); ++i) {
      const factor_index f = r.add(lhs.dims[a.lhs_contracting[i]], factor_kind::reduction, monoid::add);
      r.operand(0, a.lhs_contracting[i], f);
      r.operand(1, a.rhs_contracting[i], f);
    }
  }

  /// Two operations, a multiplication and an addition, per element of the iteration space.
  static constexpr work cost(const op_view& op, const attributes& a) {
    double flops = 2.0 * static_cast<double>(op.result(0).elements());
    for (const auto d : a.dims.lhs_contracting) flops *= static_cast<double>(op.operand(0).dims[d]);
    return {flops, bytes_touched(op)};
  }

 private:
  static constexpr bool free_in(const dim_list& batching, const dim_list& contracting, std::size_t d) {
    const auto n = static_cast<std::uint8_t>(d);
    return !batching.contains(n) && !contracting.contains(n);
  }
};

}  // namespace partita::op
