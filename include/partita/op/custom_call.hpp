// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// custom_call and composite. What a target means is known for those in one table; any other is opaque. A user
// gives a target a meaning by an op of his own whose name is '@' and the target.

#include <string_view>

#include <partita/op/elementwise.hpp>
#include <partita/op/opaque.hpp>

namespace partita::op {

namespace detail {

/// How a custom call's dims relate.
enum class call_shape : std::uint8_t {
  opaque,
  elementwise,      ///< all operands and results have one shape; each element by itself
  last_dim_whole,   ///< as elementwise, but for the last dim, which is sorted or reduced
  batched_matrix,   ///< all but the last two dims of operand 0 are batch dims
};

struct known_call {
  std::string_view target;
  call_shape shape;
};

/// Targets that JAX and XLA emit.
inline constexpr known_call known_calls[] = {
    {"Sharding", call_shape::elementwise},
    {"CompactWyHelper", call_shape::elementwise},
    {"InspectSharding", call_shape::elementwise},
    {"LayoutConstraint", call_shape::elementwise},
    {"MoveToDevice", call_shape::elementwise},
    {"MoveToHost", call_shape::elementwise},
    {"X64Combine", call_shape::elementwise},
    {"X64SplitHigh", call_shape::elementwise},
    {"X64SplitLow", call_shape::elementwise},
    {"annotate_device_placement", call_shape::elementwise},
    {"mhlo.erf", call_shape::elementwise},
    {"xla.megascale.provide_metadata", call_shape::elementwise},
    {"ApproxTopK", call_shape::last_dim_whole},
    {"PartialReduce", call_shape::last_dim_whole},
    {"TopK", call_shape::last_dim_whole},
    {"mhlo.topk", call_shape::last_dim_whole},
    {"Cholesky", call_shape::batched_matrix},
    {"Eigh", call_shape::batched_matrix},
    {"ProductOfElementaryHouseholderReflectors", call_shape::batched_matrix},
    {"Qr", call_shape::batched_matrix},
    {"QrDecompositionBlock", call_shape::batched_matrix},
};

constexpr call_shape shape_of_call(std::string_view target) {
  for (const known_call& k : known_calls) {
    if (k.target == target) return k.shape;
  }
  return call_shape::opaque;
}

/// Dims that all tensors of rank above d share with operand 0 are parallel up to `parallel`, all others whole.
constexpr void shared_leading_dims(const op_view& op, std::size_t parallel, rule_builder& r) {
  const type_view first = op.operand(0);
  const auto each = [&](const type_view& t, auto&& put) {
    for (std::size_t d = 0; d < t.rank(); ++d) {
      if (t.rank() == 0 || (d < parallel && d < first.rank() && t.dims[d] == first.dims[d])) continue;
      put(d, r.add(t.dims[d], factor_kind::needs_replication));
    }
  };
  for (std::size_t d = 0; d < parallel && d < first.rank(); ++d) {
    const factor_index f = r.add(first.dims[d]);
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      if (op.operand(i).rank() > d && op.operand(i).dims[d] == first.dims[d]) r.operand(i, d, f);
    }
    for (std::size_t i = 0; i < op.result_count(); ++i) {
      if (op.result(i).rank() > d && op.result(i).dims[d] == first.dims[d]) r.result(i, d, f);
    }
  }
  for (std::size_t i = 0; i < op.operand_count(); ++i) each(op.operand(i), [&](std::size_t d, factor_index f) { r.operand(i, d, f); });
  for (std::size_t i = 0; i < op.result_count(); ++i) each(op.result(i), [&](std::size_t d, factor_index f) { r.result(i, d, f); });
}

constexpr bool all_tensors(const op_view& op) {
  for (std::size_t i = 0; i < op.operand_count(); ++i) {
    if (!op.operand(i).is_tensor()) return false;
  }
  for (std::size_t i = 0; i < op.result_count(); ++i) {
    if (!op.result(i).is_tensor()) return false;
  }
  return op.operand_count() != 0 && op.result_count() != 0;
}

}  // namespace detail

struct custom_call {
  static constexpr std::string_view name = "stablehlo.custom_call";
  struct attributes {
    raw_text call_target_name;
    bool has_side_effect = false;
    raw_text backend_config, api_version, called_computations, operand_layouts, result_layouts, output_operand_aliases;
    static constexpr void describe(auto& self, auto&& field) {
      field("call_target_name", self.call_target_name);
      field("has_side_effect", self.has_side_effect, false);
      field("backend_config", self.backend_config, raw_text{});
      field("api_version", self.api_version, raw_text{});
      field("called_computations", self.called_computations, raw_text{});
      field("operand_layouts", self.operand_layouts, raw_text{});
      field("result_layouts", self.result_layouts, raw_text{});
      field("output_operand_aliases", self.output_operand_aliases, raw_text{});
    }
  };
  static constexpr void infer(const op_view&, const attributes&, result_types& types) { detail::accept_all_stated(types); }

  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    std::string_view target = op.graph().text(a.call_target_name.text);
    if (target.size() >= 2 && target.front() == '"') target = target.substr(1, target.size() - 2);
    if (!target.empty() && target.front() == '@') target.remove_prefix(1);
    const auto shape = detail::all_tensors(op) ? detail::shape_of_call(target) : detail::call_shape::opaque;
    const std::size_t rank = shape == detail::call_shape::opaque ? 0 : op.operand(0).rank();
    switch (shape) {
      case detail::call_shape::elementwise: detail::shared_leading_dims(op, rank, r); break;
      case detail::call_shape::last_dim_whole: detail::shared_leading_dims(op, rank == 0 ? 0 : rank - 1, r); break;
      case detail::call_shape::batched_matrix: detail::shared_leading_dims(op, rank < 2 ? 0 : rank - 2, r); break;
      case detail::call_shape::opaque: detail::replicate_all(op, r); break;
    }
  }
};

/// A composite that is kept as a call of its decomposition.
struct composite {
  static constexpr std::string_view name = "stablehlo.composite";
  struct attributes {
    raw_text composite_name, composite_attributes, decomposition, version;
    static constexpr void describe(auto& self, auto&& field) {
      field("name", self.composite_name);
      field("composite_attributes", self.composite_attributes, raw_text{});
      field("decomposition", self.decomposition);
      field("version", self.version, raw_text{});
    }
  };
  static constexpr void infer(const op_view&, const attributes&, result_types& types) { detail::accept_all_stated(types); }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

using call_ops = op_set<custom_call, composite>;

}  // namespace partita::op
