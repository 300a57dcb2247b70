// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// slice, dynamic_slice and dynamic_update_slice (StableHLO specification): parts of a tensor at fixed places
// and at places known at run time. A dim that is taken whole is parallel: a dynamic start is clamped to
// [0, size - slice size], which leaves 0.

#include <string_view>

#include <partita/op/placed.hpp>

namespace partita::op {

struct slice {
  static constexpr std::string_view name = "stablehlo.slice";
  static constexpr op_traits traits{.elementwise = true, .forwards_elements = true};

  struct attributes {
    size_list start, limit, strides;
    static constexpr void describe(auto& self, auto&& field) {
      field("start_indices", self.start);
      field("limit_indices", self.limit);
      field("strides", self.strides);
    }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 1);
    const type_view operand = op.operand(0);
    detail::expect_length(op, "start_indices", a.start.size(), operand.rank());
    detail::expect_length(op, "limit_indices", a.limit.size(), operand.rank());
    detail::expect_length(op, "strides", a.strides.size(), operand.rank());
    tensor_type result{operand.element, {}};
    for (std::size_t d = 0; d < operand.rank(); ++d) {
      const std::int64_t start = a.start[d], limit = a.limit[d], stride = a.strides[d];
      const bool beyond = operand.dims[d] != dynamic_size && limit > operand.dims[d];
      if (start < 0 || limit < start || beyond || stride < 1) out_of_range(op, d, start, limit, stride);
      result.dims.push_back((limit - start) / stride + ((limit - start) % stride != 0 ? 1 : 0));
    }
    types.add(result);
  }

  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const type_view t = op.operand(0);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const factor_index f = r.add(t.dims[d], whole(t, a, d) ? factor_kind::parallel : factor_kind::permutation);
      r.operand(0, d, f);
      r.result(0, d, f);
    }
  }

  static constexpr work cost(const op_view& op, const attributes&) {
    return {0, 2.0 * static_cast<double>(op.result(0).bytes())};
  }

  static constexpr void localize(const op_view& op, attributes& a, const local_shapes& shapes) {
    for (std::size_t d = 0; d < a.limit.size(); ++d) {
      if (whole(op.operand(0), a, d)) a.limit[d] = shapes.operands[0][d];
    }
  }

 private:
  static constexpr bool whole(const type_view& t, const attributes& a, std::size_t d) {
    return a.start[d] == 0 && a.limit[d] == t.dims[d] && a.strides[d] == 1;
  }
  [[noreturn]] static void out_of_range(const op_view& op, std::size_t d, std::int64_t start, std::int64_t limit,
                                        std::int64_t stride) {
    op.fail("takes [" + std::to_string(start) + ":" + std::to_string(limit) + ":" + std::to_string(stride) +
            "] of dim " + std::to_string(d) + " of " + to_string(op.operand(0)) +
            "; it must be 0 <= start <= limit <= size and stride >= 1");
  }
};

namespace detail {

/// The operands of an op whose operands from `first` on are starts in operand 0 of slices of these sizes, with starts in
/// the device's part for the dims that are split; `mine` is whether all of these lie in the part. Slices have size 1
/// there.
template <class P>
constexpr plain_vector<value_id> placed_starts(const op_view& op, P& p, std::size_t first, list_view<std::int64_t> sizes,
                                               value_id& mine) {
  plain_vector<value_id> operands(p.operands);
  for (std::size_t i = first; i < operands.size(); ++i) {
    const std::size_t d = i - first;
    operands[i] = placed_clamp(p, operands[i], op.operand(0).dims[d] - sizes[d]);
    const value_id start = p.start(0, d);
    if (!start) continue;
    operands[i] = placed_own(p, operands[i], start);
    mine = placed_and(p, mine, placed_inside(p, operands[i], p.type(operands[0]).dims[d]));
  }
  return operands;
}

}  // namespace detail

/// slice_sizes elements from starts that are scalar operands, one per dim.
struct dynamic_slice : detail::placed_op {
  static constexpr std::string_view name = "stablehlo.dynamic_slice";
  static constexpr op_traits traits{
      .elementwise = true, .forwards_elements = true, .indexes_operand = true, .placed = true};

  struct attributes {
    size_list sizes;
    static constexpr void describe(auto& self, auto&& field) { field("slice_sizes", self.sizes); }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    if (op.operand_count() == 0 || !op.operand(0).is_tensor()) op.fail("takes a tensor and one start per dim");
    const type_view operand = op.operand(0);
    detail::expect_starts(op, 1, operand.rank());
    detail::expect_length(op, "slice_sizes", a.sizes.size(), operand.rank());
    for (std::size_t d = 0; d < operand.rank(); ++d) {
      if (a.sizes[d] >= 0 && (operand.dims[d] == dynamic_size || a.sizes[d] <= operand.dims[d])) continue;
      op.fail("takes " + std::to_string(a.sizes[d]) + " elements of dim " + std::to_string(d) + " of " +
              to_string(operand) + "; slice_sizes must lie between 0 and the dim's size");
    }
    types.add(tensor_type{operand.element, a.sizes});
  }

  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const type_view t = op.operand(0);
    const monoid combines = detail::masked_monoid(t.element);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const bool whole = a.sizes[d] == t.dims[d];
      // One element of many, as of a stack of layers: the device that has it gives it, all others give zero.
      if (a.sizes[d] == 1 && !whole && combines != monoid::none) {
        r.operand(0, d, r.add_placed(t.dims[d], factor_kind::reduction, combines));
        r.result(0, d, r.add(1, factor_kind::needs_replication));
        continue;
      }
      const factor_index f =
          r.add(t.dims[d], whole ? factor_kind::parallel : factor_kind::needs_replication, monoid::none, !whole);
      r.operand(0, d, f);
      r.result(0, d, f);
    }
  }

  /// Reads what it takes and the starts.
  static constexpr work cost(const op_view& op, const attributes&) {
    double bytes = 2.0 * static_cast<double>(op.result(0).bytes());
    for (std::size_t i = 1; i < op.operand_count(); ++i) bytes += static_cast<double>(op.operand(i).bytes());
    return {0, bytes};
  }

  static constexpr void localize(const op_view&, attributes& a, const local_shapes& shapes) {
    for (std::size_t d = 0; d < a.sizes.size(); ++d) {
      if (shapes.results[0][d] != dynamic_size) a.sizes[d] = shapes.results[0][d];
    }
  }

  static constexpr void place(const op_view& op, const attributes& a, auto& p) {
    value_id mine;
    const auto operands = detail::placed_starts(op, p, 1, a.sizes, mine);
    const value_id slice = p.make(operands)[0];
    p.results.push_back(p.template add<select>({mine, slice, detail::placed_zeros(p, slice)}));
  }
};

/// Operand 0 with operand 1 written over it from starts that are scalar operands, one per dim.
struct dynamic_update_slice : detail::placed_op {
  static constexpr std::string_view name = "stablehlo.dynamic_update_slice";
  static constexpr op_traits traits{.elementwise = true, .indexes_operand = true, .placed = true};

  static constexpr void infer(const op_view& op, result_types& types) {
    if (op.operand_count() < 2 || !op.operand(0).is_tensor() || !op.operand(1).is_tensor()) {
      op.fail("takes a tensor, the tensor to be written into it, and one start per dim");
    }
    const type_view operand = op.operand(0), update = op.operand(1);
    if (operand.element != update.element) detail::elements_differ(op, 0, 1);
    if (operand.rank() != update.rank()) {
      op.fail("the update must have the operand's rank but they are " + to_string(update) + " and " +
              to_string(operand));
    }
    detail::expect_starts(op, 2, operand.rank());
    for (std::size_t d = 0; d < operand.rank(); ++d) {
      const std::int64_t size = operand.dims[d], written = update.dims[d];
      if (size == dynamic_size || written == dynamic_size || written <= size) continue;
      op.fail("the update " + to_string(update) + " is larger than the operand " + to_string(operand) + " in dim " +
              std::to_string(d));
    }
    types.add(operand);
  }

  static constexpr void rule(const op_view& op, rule_builder& r) {
    const type_view operand = op.operand(0), update = op.operand(1);
    for (std::size_t d = 0; d < operand.rank(); ++d) {
      const bool whole = operand.dims[d] == update.dims[d] && operand.dims[d] != dynamic_size;
      // One element of many is written by the device that has it.
      const factor_index f = whole               ? r.add(operand.dims[d])
                             : update.dims[d] == 1 ? r.add_placed(operand.dims[d], factor_kind::parallel)
                                                   : r.add(operand.dims[d], factor_kind::needs_replication);
      r.operand(0, d, f);
      r.operand(1, d, whole ? f : r.add(update.dims[d], factor_kind::needs_replication));
      r.result(0, d, f);
    }
  }

  /// Writes the update in place.
  static constexpr work cost(const op_view& op) {
    double bytes = 2.0 * static_cast<double>(op.operand(1).bytes());
    for (std::size_t i = 2; i < op.operand_count(); ++i) bytes += static_cast<double>(op.operand(i).bytes());
    return {0, bytes};
  }

  /// The others write what they have: the update takes place in memory on every device.
  static constexpr void place(const op_view& op, auto& p) {
    value_id mine;
    auto operands = detail::placed_starts(op, p, 2, op.operand(1).dims, mine);
    plain_vector<value_id> slice;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      if (i != 1) slice.push_back(operands[i]);
    }
    const value_id kept = p.template add<dynamic_slice>(slice, {size_list(p.type(operands[1]).dims)});
    operands[1] = p.template add<select>({mine, operands[1], kept});
    p.results.push_back(p.make(operands)[0]);
  }
};

using slice_ops = op_set<slice, dynamic_slice, dynamic_update_slice>;

}  // namespace partita::op
