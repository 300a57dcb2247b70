// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// batch_norm_inference, batch_norm_training and batch_norm_grad (StableHLO specification).

#include <string_view>

#include <partita/op/elementwise.hpp>

namespace partita::op {

namespace detail {

struct batch_norm {
  struct attributes {
    double epsilon = 0;
    std::int64_t feature_index = 0;
    static constexpr void describe(auto& self, auto&& field) {
      field("epsilon", self.epsilon);
      field("feature_index", self.feature_index);
    }
  };
  /// Operand 0 is the tensor; the others are one-dimensional over its feature dim unless `full` names them.
  static constexpr void expect(const op_view& op, const attributes& a, std::size_t count, std::size_t full) {
    expect_tensors(op, count);
    if (!is_float(op.operand(0).element)) wrong_elements(op, 0, floats);
    expect_dim(op, "feature_index", a.feature_index, op.operand(0).rank());
    const std::int64_t features = op.operand(0).dims[static_cast<std::size_t>(a.feature_index)];
    for (std::size_t i = 1; i < count; ++i) {
      expect_same_element(op, 0, i);
      if (i == full) {
        if (!agree(op.operand(i), op.operand(0))) wrong_operand(op, i, "of the type of operand 0");
      } else if (op.operand(i).rank() != 1 || !fits(op.operand(i).dims[0], features)) {
        wrong_operand(op, i, "one-dimensional with " + size_text(features) + " entries");
      }
    }
  }
  static constexpr void batch_norm_rule(const op_view& op, const attributes& a, rule_builder& r, bool statistics) {
    const type_view t = op.operand(0);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const bool feature = static_cast<std::int64_t>(d) == a.feature_index;
      std::int64_t size = t.dims[d];
      for (std::size_t i = 1; feature && i < op.operand_count(); ++i) {
        size = factor_size(size, op.operand(i).dims[op.operand(i).rank() == t.rank() ? d : 0]);
      }
      const bool splits = feature || !statistics;
      const factor_index f = r.add(size, splits ? factor_kind::parallel : factor_kind::needs_replication);
      for (std::size_t i = 0; i < op.operand_count(); ++i) {
        if (op.operand(i).rank() == t.rank() && t.rank() != 1)
          r.operand(i, d, f);
        else if (feature)
          r.operand(i, 0, f);
      }
      for (std::size_t i = 0; i < op.result_count(); ++i) {
        if (op.result(i).rank() == t.rank() && t.rank() != 1)
          r.result(i, d, f);
        else if (feature)
          r.result(i, 0, f);
      }
    }
  }
};

}  // namespace detail

/// By given statistics: every dim splits. A subtraction, two multiplications and an addition per element.
struct batch_norm_inference : detail::batch_norm {
  static constexpr std::string_view name = "stablehlo.batch_norm_inference";
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    expect(op, a, 5, 0);
    types.add(op.operand(0));
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    batch_norm_rule(op, a, r, false);
  }
  static constexpr work cost(const op_view& op, const attributes&) { return detail::flops_per_element(op, 4); }
};
/// Statistics over all dims but the feature dim, then as inference: three more operations per element for them.
struct batch_norm_training : detail::batch_norm {
  static constexpr std::string_view name = "stablehlo.batch_norm_training";
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    expect(op, a, 3, 0);
    types.add(op.operand(0));
    types.add(op.operand(1));
    types.add(op.operand(1));
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    batch_norm_rule(op, a, r, true);
  }
  static constexpr work cost(const op_view& op, const attributes&) { return detail::flops_per_element(op, 7); }
};
/// Gradients of training: two sums over the batch, three products and the combination of the three terms.
struct batch_norm_grad : detail::batch_norm {
  static constexpr std::string_view name = "stablehlo.batch_norm_grad";
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    expect(op, a, 5, 4);
    types.add(op.operand(0));
    types.add(op.operand(1));
    types.add(op.operand(1));
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    batch_norm_rule(op, a, r, true);
  }
  static constexpr work cost(const op_view& op, const attributes&) { return detail::flops_per_element(op, 12); }
};

using normalization_ops = op_set<batch_norm_inference, batch_norm_training, batch_norm_grad>;

}  // namespace partita::op
