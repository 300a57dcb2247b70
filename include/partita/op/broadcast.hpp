// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// broadcast_in_dim (StableHLO specification, broadcast_in_dim) and the older broadcast, which puts new dims
// in front. A dim that the op makes is parallel: every device repeats what it holds.

#include <string_view>

#include <partita/op/checks.hpp>

namespace partita::op {

namespace detail {

/// Operand dim i becomes result dim dims[i]; its size is the result's or 1.
constexpr void expect_broadcast(const op_view& op, const dim_list& dims, const type_view& result) {
  const type_view operand = op.operand(0);
  expect_length(op, "broadcast_dimensions", dims.size(), operand.rank());
  expect_dims(op, "broadcast_dimensions", dims, result.rank());
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::int64_t from = operand.dims[i], to = result.dims[dims[i]];
    if (from == 1 || fits(from, to)) continue;
    op.fail("dim " + std::to_string(i) + " of the operand has size " + size_text(from) +
            " but must be 1 or the size of dim " + std::to_string(dims[i]) + " of the result, which is " +
            size_text(to));
  }
}

constexpr void broadcast_rule(const op_view& op, const dim_list& dims, rule_builder& r) {
  const type_view from = op.operand(0), to = op.result(0);
  for (std::size_t d = 0; d < to.rank(); ++d) {
    const std::size_t i = dims.find(dim_number(d));
    const bool kept = i < dims.size() && from.dims[i] == to.dims[d];
    // A dim of dynamic size may or may not be repeated, which no split can know.
    const bool unknown = i < dims.size() && from.dims[i] == dynamic_size;
    const factor_kind kind = unknown ? factor_kind::needs_replication : factor_kind::parallel;
    if (i < dims.size()) {
      const factor_index f = r.add(from.dims[i], kind);
      r.operand(0, i, f);
      if (kept) r.result(0, d, f);
    }
    if (!kept) r.result(0, d, r.add(to.dims[d], kind));
  }
}

}  // namespace detail

struct broadcast_in_dim {
  static constexpr std::string_view name = "stablehlo.broadcast_in_dim";
  static constexpr op_traits traits{.elementwise = true, .forwards_elements = true};

  struct attributes {
    dim_list dimensions;
    static constexpr void describe(auto& self, auto&& field) { field("broadcast_dimensions", self.dimensions); }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 1);
    tensor_type result(types.stated(0));
    if (!result.view().is_tensor() || !result.view().is_static()) {
      op.fail("the result's type must have static sizes but is " + to_string(result) +
              "; dynamic_broadcast_in_dim takes sizes at run time");
    }
    detail::expect_broadcast(op, a.dimensions, result);
    result.element = op.operand(0).element;
    types.add(result);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    detail::broadcast_rule(op, a.dimensions, r);
  }
};

/// Result sizes are broadcast_sizes followed by the operand's.
struct broadcast {
  static constexpr std::string_view name = "stablehlo.broadcast";
  static constexpr op_traits traits{.elementwise = true, .forwards_elements = true};

  struct attributes {
    size_list sizes;
    static constexpr void describe(auto& self, auto&& field) { field("broadcast_sizes", self.sizes); }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 1);
    const type_view operand = op.operand(0);
    detail::expect_rank_fits(op, a.sizes.size() + operand.rank());
    tensor_type result{operand.element, a.sizes};
    for (const auto size : a.sizes) detail::expect_at_least(op, "an entry of broadcast_sizes", size, 0);
    for (const auto size : operand.dims) result.dims.push_back(size);
    types.add(result);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    dim_list dims;
    for (std::size_t d = 0; d < op.operand(0).rank(); ++d) dims.push_back(detail::dim_number(a.sizes.size() + d));
    detail::broadcast_rule(op, dims, r);
  }
  static constexpr void localize(const op_view&, attributes& a, const local_shapes& shapes) {
    for (std::size_t d = 0; d < a.sizes.size(); ++d) a.sizes[d] = shapes.results[0][d];
  }
};

using broadcast_ops = op_set<broadcast_in_dim, broadcast>;

}  // namespace partita::op
