// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// dot_general (StableHLO specification, dot_general): contraction over some dims, batched over others; and
// dot, its special case for vectors and matrices.

#include <string_view>

#include <partita/op/precision.hpp>

namespace partita::op {

struct dot_general {
  static constexpr std::string_view name = "stablehlo.dot_general";
  static constexpr op_traits traits{.matrix = true};

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

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 2);
    detail::expect_precision(op, a.precision);
    detail::expect_algorithm(op, a.algorithm);
    infer_dims(op, a.dims, types);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) { rule_of_dims(op, a.dims, r); }

  /// Two operations, a multiplication and an addition, per element of the iteration space.
  static constexpr work cost(const op_view& op, const attributes& a) { return cost_of_dims(op, a.dims); }

  // --- shared with dot -----------------------------------------------------------------------------------
  static constexpr void infer_dims(const op_view& op, const dimension_numbers& a, result_types& types) {
    const type_view lhs = op.operand(0), rhs = op.operand(1);
    expect_side(op, "lhs_batching_dimensions", a.lhs_batching, "lhs_contracting_dimensions", a.lhs_contracting,
                lhs.rank());
    expect_side(op, "rhs_batching_dimensions", a.rhs_batching, "rhs_contracting_dimensions", a.rhs_contracting,
                rhs.rank());
    detail::expect_length(op, "rhs_batching_dimensions", a.rhs_batching.size(), a.lhs_batching.size());
    detail::expect_length(op, "rhs_contracting_dimensions", a.rhs_contracting.size(), a.lhs_contracting.size());
    expect_pairs(op, "batching dims", a.lhs_batching, a.rhs_batching);
    expect_pairs(op, "contracting dims", a.lhs_contracting, a.rhs_contracting);
    detail::expect_rank_fits(op, lhs.rank() + rhs.rank() - a.lhs_batching.size() - 2 * a.lhs_contracting.size());
    tensor_type result;
    result.element = types.stated_count() != 0 ? types.stated(0).element : lhs.element;
    for (std::size_t i = 0; i < a.lhs_batching.size(); ++i) {
      result.dims.push_back(detail::known_size(lhs.dims[a.lhs_batching[i]], rhs.dims[a.rhs_batching[i]]));
    }
    for (std::size_t d = 0; d < lhs.rank(); ++d) {
      if (free_in(a.lhs_batching, a.lhs_contracting, d)) result.dims.push_back(lhs.dims[d]);
    }
    for (std::size_t d = 0; d < rhs.rank(); ++d) {
      if (free_in(a.rhs_batching, a.rhs_contracting, d)) result.dims.push_back(rhs.dims[d]);
    }
    types.add(result);
  }

  static constexpr void rule_of_dims(const op_view& op, const dimension_numbers& a, rule_builder& r) {
    const type_view lhs = op.operand(0), rhs = op.operand(1);
    std::size_t at = 0;
    for (std::size_t i = 0; i < a.lhs_batching.size(); ++i, ++at) {
      const factor_index f = r.add(detail::factor_size(lhs.dims[a.lhs_batching[i]], rhs.dims[a.rhs_batching[i]]));
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
      const factor_index f = r.add(detail::factor_size(lhs.dims[a.lhs_contracting[i]], rhs.dims[a.rhs_contracting[i]]),
                                   factor_kind::reduction, monoid::add);
      r.operand(0, a.lhs_contracting[i], f);
      r.operand(1, a.rhs_contracting[i], f);
    }
  }

  static constexpr work cost_of_dims(const op_view& op, const dimension_numbers& a) {
    double flops = 2.0 * static_cast<double>(op.result(0).elements());
    for (const auto d : a.lhs_contracting) flops *= detail::count(op.operand(0).dims[d]);
    return {flops, bytes_touched(op)};
  }

 private:
  static constexpr bool free_in(const dim_list& batching, const dim_list& contracting, std::size_t d) {
    const auto n = detail::dim_number(d);
    return !batching.contains(n) && !contracting.contains(n);
  }

  static constexpr void expect_side(const op_view& op, std::string_view batching_name, const dim_list& batching,
                                    std::string_view contracting_name, const dim_list& contracting, std::size_t rank) {
    detail::expect_dims(op, batching_name, batching, rank);
    detail::expect_dims(op, contracting_name, contracting, rank);
    detail::expect_disjoint(op, batching_name, batching, contracting_name, contracting);
  }

  static constexpr void expect_pairs(const op_view& op, std::string_view what, const dim_list& lhs,
                                     const dim_list& rhs) {
    for (std::size_t i = 0; i < lhs.size(); ++i) {
      const std::int64_t a = op.operand(0).dims[lhs[i]], b = op.operand(1).dims[rhs[i]];
      if (!detail::fits(a, b)) size_mismatch(op, what, i, a, b);
    }
  }
  [[noreturn]] static void size_mismatch(const op_view& op, std::string_view what, std::size_t i, std::int64_t a,
                                         std::int64_t b) {
    op.fail("pair " + std::to_string(i) + " of the " + std::string(what) + " has size " + detail::size_text(a) +
            " in the left operand and " + detail::size_text(b) + " in the right one: " + to_string(op.operand(0)) +
            " and " + to_string(op.operand(1)));
  }
};

/// dot (StableHLO 1.0, dot): inner product of vectors and matrices, the left operand's last dim with the
/// right operand's first.
struct dot {
  static constexpr std::string_view name = "stablehlo.dot";
  static constexpr op_traits traits{.matrix = true};

  struct attributes {
    raw_text precision;
    static constexpr void describe(auto& self, auto&& field) { field("precision_config", self.precision, raw_text{}); }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 2);
    detail::expect_precision(op, a.precision);
    for (std::size_t i = 0; i < 2; ++i) {
      if (op.operand(i).rank() < 1 || op.operand(i).rank() > 2) detail::wrong_operand(op, i, "a vector or a matrix");
    }
    dot_general::infer_dims(op, dims(op), types);
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) {
    dot_general::rule_of_dims(op, dims(op), r);
  }
  static constexpr work cost(const op_view& op, const attributes&) { return dot_general::cost_of_dims(op, dims(op)); }

 private:
  static constexpr dot_general::dimension_numbers dims(const op_view& op) {
    dot_general::dimension_numbers d;
    d.lhs_contracting.push_back(detail::dim_number(op.operand(0).rank() - 1));
    d.rhs_contracting.push_back(0);
    return d;
  }
};

using contraction_ops = op_set<dot_general, dot>;

}  // namespace partita::op
