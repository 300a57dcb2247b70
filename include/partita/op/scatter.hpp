// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// scatter (StableHLO specification, scatter): a tensor with updates combined into it at places that another
// tensor lists. The dims over which the list runs are reductions where the updates are combined by a monoid: each
// device combines its part of them into the whole operand, which does no harm where the operand is the identity (0 for
// a sum) or the monoid is idempotent (minimum, maximum, and, or). For other sums and products the device with the first
// updates alone starts from the operand, all others from the identity.

#include <string_view>

#include <partita/op/gather.hpp>

namespace partita::op {

struct scatter : detail::placed_op {
  static constexpr std::string_view name = "stablehlo.scatter";
  static constexpr op_traits traits{.placed = true};

  /// Operand dims are of three kinds: batching, inserted (absent from the updates), and window dims, which are
  /// all others in order.
  struct dimension_numbers {
    static constexpr std::string_view mnemonic = "stablehlo.scatter";
    dim_list update_window_dims, inserted_window_dims, input_batching_dims, scatter_indices_batching_dims,
        scatter_dims_to_operand_dims;
    std::int64_t index_vector_dim = 0;
    static constexpr void describe(auto& self, auto&& field) {
      field("update_window_dims", self.update_window_dims, dim_list{});
      field("inserted_window_dims", self.inserted_window_dims, dim_list{});
      field("input_batching_dims", self.input_batching_dims, dim_list{});
      field("scatter_indices_batching_dims", self.scatter_indices_batching_dims, dim_list{});
      field("scatter_dims_to_operand_dims", self.scatter_dims_to_operand_dims, dim_list{});
      field("index_vector_dim", self.index_vector_dim, std::int64_t{0});
    }
  };

  struct attributes {
    dimension_numbers dims;
    bool indices_are_sorted = false, unique_indices = false;
    static constexpr void describe(auto& self, auto&& field) {
      field("scatter_dimension_numbers", self.dims);
      field("indices_are_sorted", self.indices_are_sorted, false);
      field("unique_indices", self.unique_indices, false);
    }
  };

  static constexpr void infer(const op_view& op, const attributes& attributes, result_types& types) {
    const dimension_numbers& a = attributes.dims;
    if (op.operand_count() < 3 || op.operand_count() % 2 == 0) {
      op.fail("takes n tensors, one tensor of indices and n tensors of updates but has " +
              std::to_string(op.operand_count()) + " operands");
    }
    detail::expect_tensors(op, op.operand_count());
    const std::size_t n = inputs(op);
    const type_view input = op.operand(0), indices = op.operand(n), update = op.operand(n + 1);
    for (std::size_t i = 1; i < n; ++i) {
      expect_same_dims(op, 0, i);
      expect_same_dims(op, n + 1, n + 1 + i);
    }
    detail::expect_indexing(op, {n, "inserted_window_dims", "input_batching_dims", "scatter_indices_batching_dims",
                                 "scatter_dims_to_operand_dims", a.inserted_window_dims, a.input_batching_dims,
                                 a.scatter_indices_batching_dims, a.scatter_dims_to_operand_dims, a.index_vector_dim});
    const dim_list list = detail::list_dims(op, n, a.index_vector_dim);
    const dim_list window = detail::other_dims(input.rank(), a.inserted_window_dims, a.input_batching_dims);
    detail::expect_length(op, "update_window_dims", a.update_window_dims.size(), window.size());
    if (update.rank() != list.size() + window.size()) {
      op.fail("the updates must have rank " + std::to_string(list.size() + window.size()) +
              ", the dims over which the indices run and the window dims, but are " + to_string(update));
    }
    detail::expect_dims(op, "update_window_dims", a.update_window_dims, update.rank());
    detail::expect_sorted(op, "update_window_dims", a.update_window_dims);
    for (std::size_t i = 0; i < window.size(); ++i) {
      const std::int64_t size = input.dims[window[i]], written = update.dims[a.update_window_dims[i]];
      if (size == dynamic_size || written == dynamic_size || written <= size) continue;
      op.fail("dim " + std::to_string(a.update_window_dims[i]) + " of the updates has size " + std::to_string(written) +
              ", more than the " + std::to_string(size) + " of dim " + std::to_string(window[i]) + " of the operand");
    }
    const dim_list list_updates = detail::other_dims(update.rank(), a.update_window_dims);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::int64_t x = indices.dims[list[i]], y = update.dims[list_updates[i]];
      if (!detail::fits(x, y))
        detail::sizes_differ(op, "a dim over which the indices run and its dim of the updates", x, y);
    }
    expect_region(op, n);
    const auto combined = op.graph().results(op.region(0));
    for (std::size_t i = 0; i < n; ++i) {
      tensor_type result(op.operand(i));
      result.element = op.graph().type(combined[i]).element;
      types.add(result);
    }
  }

  static constexpr void rule(const op_view& op, const attributes& attributes, rule_builder& r) {
    const dimension_numbers& a = attributes.dims;
    const std::size_t n = inputs(op);
    const type_view input = op.operand(0), indices = op.operand(n), update = op.operand(n + 1);
    const auto whole_inputs = [&](std::size_t d, factor_index f) {
      for (std::size_t i = 0; i < n; ++i) {
        r.operand(i, d, f);
        r.result(i, d, f);
      }
    };
    const auto updates = [&](std::size_t d, factor_index f) {
      for (std::size_t i = 0; i < n; ++i) r.operand(n + 1 + i, d, f);
    };

    const monoid combines = n == 1 ? op.reducer(0) : monoid::none;
    const bool by_identity = combines == monoid::add || combines == monoid::multiply;
    const bool from_whole = combines != monoid::none && (!by_identity || op.is_identity(0, combines));
    const bool from_first = !from_whole && by_identity && detail::has_identity(input.element, combines);
    const dim_list list = detail::list_dims(op, n, a.index_vector_dim);
    const dim_list list_updates = detail::other_dims(update.rank(), a.update_window_dims);
    for (std::size_t i = 0; i < list.size(); ++i) {
      const std::int64_t size = detail::factor_size(indices.dims[list[i]], update.dims[list_updates[i]]);
      const std::size_t batch = a.scatter_indices_batching_dims.find(list[i]);
      factor_index f = 0;
      if (batch < a.scatter_indices_batching_dims.size()) {
        const std::size_t d = a.input_batching_dims[batch];
        f = r.add(detail::factor_size(size, input.dims[d]));
        whole_inputs(d, f);
      } else {
        f = from_whole   ? r.add(size, factor_kind::reduction, combines)
            : from_first ? r.add_placed(size, factor_kind::reduction, combines)
                         : r.add(size, factor_kind::needs_replication);
      }
      r.operand(n, list[i], f);
      updates(list_updates[i], f);
    }
    const dim_list window = detail::other_dims(input.rank(), a.inserted_window_dims, a.input_batching_dims);
    for (std::size_t i = 0; i < window.size(); ++i) {
      const std::int64_t size = input.dims[window[i]], written = update.dims[a.update_window_dims[i]];
      const bool whole = size == written && size != dynamic_size;
      // Unlike gather, scatter does not clamp: an index along a dim moves even a window of the dim's size.
      const bool moves = a.scatter_dims_to_operand_dims.contains(window[i]);
      const factor_index f = r.add(size, whole && !moves ? factor_kind::parallel : factor_kind::needs_replication);
      whole_inputs(window[i], f);
      updates(a.update_window_dims[i], whole ? f : r.add(written, factor_kind::needs_replication));
    }
    // Each device applies the updates that meet its part; what lies beyond it is skipped like all that lies outside.
    for (const auto d : a.inserted_window_dims) {
      const bool placed = a.scatter_dims_to_operand_dims.contains(d) && input.dims[d] > 1;
      whole_inputs(d, placed ? r.add_placed(input.dims[d], factor_kind::parallel)
                             : r.add(input.dims[d], factor_kind::needs_replication));
    }
    if (list.size() < indices.rank()) {
      const auto d = static_cast<std::size_t>(a.index_vector_dim);
      r.operand(n, d, r.add(indices.dims[d], factor_kind::needs_replication));
    }
  }

  /// One operation per element of the updates; reads them, the indices and the elements they meet, which are
  /// written back.
  static constexpr work cost(const op_view& op, const attributes&) {
    const std::size_t n = inputs(op);
    work w{0, static_cast<double>(op.operand(n).bytes())};
    for (std::size_t i = n + 1; i < op.operand_count(); ++i) {
      w.flops += static_cast<double>(op.operand(i).elements());
      w.bytes += 3.0 * static_cast<double>(op.operand(i).bytes());
    }
    return w;
  }

  static constexpr void place(const op_view& op, const attributes& a, auto& p) {
    plain_vector<value_id> operands(p.operands);
    const std::size_t n = inputs(op);
    const auto unclamped = [](std::size_t) { return std::int64_t{-1}; };
    bool indexed = false;
    value_id first;  // whether the device has the first updates
    for (const auto& part : p.parts) {
      indexed = indexed || part.operand == 0;
      if (part.operand == n) first = detail::placed_and(p, first, detail::placed_first(p, p.start(n, part.dim)));
    }
    if (indexed) {
      operands[n] = detail::placed_indices(p, n, a.dims.scatter_dims_to_operand_dims, a.dims.index_vector_dim,
                                           unclamped, nullptr);
    }
    if (first) {
      const value_id nothing = detail::placed_identity(p, operands[0], op.reducer(0));
      operands[0] = p.template add<select>({first, operands[0], nothing});
    }
    for (const value_id v : p.make(operands)) p.results.push_back(v);
  }

 private:
  static constexpr std::size_t inputs(const op_view& op) { return op.operand_count() / 2; }

  static constexpr void expect_same_dims(const op_view& op, std::size_t i, std::size_t k) {
    const type_view a = op.operand(i), b = op.operand(k);
    bool same = a.rank() == b.rank();
    for (std::size_t d = 0; same && d < a.rank(); ++d) same = detail::fits(a.dims[d], b.dims[d]);
    if (!same) {
      op.fail("operands " + std::to_string(i) + " and " + std::to_string(k) + " must have one shape but are " +
              to_string(a) + " and " + to_string(b));
    }
  }

  // Whether an element can stand where the region computes with the other type: the same kind, as wide or wider.
  static constexpr bool promotes(element_type from, element_type to) {
    const bool same_kind = (is_signed_integer(from) && is_signed_integer(to)) ||
                           (is_unsigned_integer(from) && is_unsigned_integer(to)) || (is_float(from) && is_float(to)) ||
                           (is_complex(from) && is_complex(to));
    return from == to || (same_kind && bits_of(from) <= bits_of(to));
  }

  static constexpr void expect_region(const op_view& op, std::size_t n) {
    if (op.region_count() != 1) op.fail("has " + std::to_string(op.region_count()) + " regions but must have one");
    const graph_base& g = op.graph();
    const auto arguments = g.arguments(op.region(0));
    const auto results = g.results(op.region(0));
    if (arguments.size() != 2 * n || results.size() != n) {
      op.fail("its region must take " + std::to_string(2 * n) + " scalars and return " + std::to_string(n) +
              " but takes " + std::to_string(arguments.size()) + " and returns " + std::to_string(results.size()));
    }
    for (std::size_t i = 0; i < 2 * n; ++i) {
      const type_view argument = g.type(arguments[i]), result = g.type(results[i % n]);
      const type_view tensor = op.operand(i < n ? i : i + 1);
      if (argument.is_tensor() && argument.rank() == 0 && argument == result &&
          promotes(tensor.element, argument.element)) {
        continue;
      }
      op.fail("argument " + std::to_string(i) + " of its region is " + to_string(argument) + " for elements of " +
              to_string(tensor) + " and a result " + to_string(result) +
              "; argument and result must be scalars of one type, to which the elements can be widened");
    }
  }
};

using scatter_ops = op_set<scatter>;

}  // namespace partita::op
