// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// concatenate and pad (StableHLO specification, concatenate and pad): tensors grow along some dims. Along
// these the parts of a split operand are not the parts of the result, so they stay whole.

#include <string_view>

#include <partita/op/checks.hpp>

namespace partita::op {

struct concatenate {
  static constexpr std::string_view name = "stablehlo.concatenate";
  static constexpr op_traits traits{.elementwise = true};

  struct attributes {
    std::int64_t dimension = 0;
    static constexpr void describe(auto& self, auto&& field) { field("dimension", self.dimension); }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    if (op.operand_count() == 0) op.fail("takes at least one operand");
    detail::expect_tensors(op, op.operand_count());
    tensor_type result(op.operand(0));
    detail::expect_dim(op, "dimension", a.dimension, result.rank());
    const auto along = static_cast<std::size_t>(a.dimension);
    for (std::size_t i = 1; i < op.operand_count(); ++i) {
      const type_view t = op.operand(i);
      detail::expect_same_element(op, 0, i);
      bool match = t.rank() == result.rank();
      for (std::size_t d = 0; match && d < t.rank(); ++d) match = d == along || detail::fits(t.dims[d], result.dims[d]);
      if (!match) {
        op.fail("operand " + std::to_string(i) + " is " + to_string(t) + ", which does not fit " +
                to_string(op.operand(0)) + ": all sizes but that of dim " + std::to_string(along) + " must be equal");
      }
      for (std::size_t d = 0; d < t.rank(); ++d) {
        std::int64_t& size = result.dims[d];
        if (d != along) {
          size = detail::known_size(size, t.dims[d]);
        } else {
          size = size == dynamic_size || t.dims[d] == dynamic_size ? dynamic_size : checked_add(size, t.dims[d]);
        }
      }
    }
    types.add(result);
  }

  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const type_view t = op.result(0);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const bool along = d == static_cast<std::size_t>(a.dimension);
      std::int64_t size = t.dims[d];
      for (std::size_t i = 0; !along && i < op.operand_count(); ++i)
        size = detail::factor_size(size, op.operand(i).dims[d]);
      const factor_index f = r.add(size, along ? factor_kind::permutation : factor_kind::parallel);
      for (std::size_t i = 0; i < op.operand_count(); ++i) r.operand(i, d, f);
      r.result(0, d, f);
    }
  }
};

/// Operand 1, a scalar, before, after and between the elements of operand 0. Negative edge padding takes
/// elements away.
struct pad {
  static constexpr std::string_view name = "stablehlo.pad";
  static constexpr op_traits traits{.elementwise = true};

  struct attributes {
    size_list low, high, interior;
    static constexpr void describe(auto& self, auto&& field) {
      field("edge_padding_low", self.low);
      field("edge_padding_high", self.high);
      field("interior_padding", self.interior);
    }
  };

  /// Size of a dim of `size` elements after padding; throws verify_error when it would be negative.
  static constexpr std::int64_t padded_size(const op_view& op, std::size_t d, std::int64_t size, std::int64_t low,
                                            std::int64_t high, std::int64_t interior) {
    detail::expect_at_least(op, "interior padding", interior, 0);
    if (low > edge_limit || low < -edge_limit || high > edge_limit || high < -edge_limit) {
      op.fail("edge padding of dim " + std::to_string(d) + " is beyond 2^48 elements");
    }
    if (size == dynamic_size) return dynamic_size;
    const std::int64_t inner = size < 2 ? size : checked_add(size, checked_multiply(size - 1, interior));
    const std::int64_t edges = low + high, result = edges < 0 ? inner + edges : checked_add(inner, edges);
    if (result < 0) {
      op.fail("dim " + std::to_string(d) + " would have " + std::to_string(result) +
              " elements: negative padding takes more than the operand has");
    }
    return result;
  }

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 2);
    detail::expect_same_element(op, 0, 1);
    if (op.operand(1).rank() != 0) detail::wrong_operand(op, 1, "a scalar");
    const type_view operand = op.operand(0);
    detail::expect_length(op, "edge_padding_low", a.low.size(), operand.rank());
    detail::expect_length(op, "edge_padding_high", a.high.size(), operand.rank());
    detail::expect_length(op, "interior_padding", a.interior.size(), operand.rank());
    tensor_type result{operand.element, {}};
    for (std::size_t d = 0; d < operand.rank(); ++d) {
      result.dims.push_back(padded_size(op, d, operand.dims[d], a.low[d], a.high[d], a.interior[d]));
    }
    types.add(result);
  }

  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const type_view t = op.operand(0);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const bool padded = a.low[d] != 0 || a.high[d] != 0 || a.interior[d] != 0;
      const factor_index f = r.add(t.dims[d], padded ? factor_kind::permutation : factor_kind::parallel);
      r.operand(0, d, f);
      r.result(0, d, f);
    }
  }

 private:
  static constexpr std::int64_t edge_limit = std::int64_t{1} << 48;
};

using join_ops = op_set<concatenate, pad>;

}  // namespace partita::op
