// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// gather, dynamic_gather (StableHLO specification, gather and dynamic_gather) and torch_index_select: slices
// of a tensor at places that another tensor lists. Dims that index, and dims of which a part is taken, stay
// whole; the dims over which the list of places runs, batching dims and dims taken whole are parallel.

#include <string_view>

#include <partita/op/concatenate.hpp>
#include <partita/op/placed.hpp>
#include <partita/op/reshape.hpp>
#include <partita/op/slice.hpp>

namespace partita::op {

/// Which dims of operand, indices and result belong together. Operand dims are of three kinds: batching,
/// collapsed (of slice size 1 and absent from the result), and offset dims, which are all others in order.
struct gather_dimension_numbers {
  static constexpr std::string_view mnemonic = "stablehlo.gather";
  dim_list offset_dims, collapsed_slice_dims, operand_batching_dims, start_indices_batching_dims, start_index_map;
  std::int64_t index_vector_dim = 0;

  static constexpr void describe(auto& self, auto&& field) {
    field("offset_dims", self.offset_dims, dim_list{});
    field("collapsed_slice_dims", self.collapsed_slice_dims, dim_list{});
    field("operand_batching_dims", self.operand_batching_dims, dim_list{});
    field("start_indices_batching_dims", self.start_indices_batching_dims, dim_list{});
    field("start_index_map", self.start_index_map, dim_list{});
    field("index_vector_dim", self.index_vector_dim, std::int64_t{0});
  }
};

namespace detail {

/// Dims of a tensor of this rank that are in neither list, in order.
[[nodiscard]] constexpr dim_list other_dims(std::size_t rank, const dim_list& a, const dim_list& b = {}) {
  dim_list others;
  for (std::size_t d = 0; d < rank; ++d) {
    if (!a.contains(dim_number(d)) && !b.contains(dim_number(d))) others.push_back(dim_number(d));
  }
  return others;
}

/// Dims of the indices (operand 1) over which the list of places runs: all but index_vector_dim.
[[nodiscard]] constexpr dim_list list_dims(const op_view& op, std::size_t indices, std::int64_t index_vector_dim) {
  dim_list dims;
  for (std::size_t d = 0; d < op.operand(indices).rank(); ++d) {
    if (static_cast<std::int64_t>(d) != index_vector_dim) dims.push_back(dim_number(d));
  }
  return dims;
}

/// What gather and scatter ask of the dims that relate the tensor `operand` to the tensor of indices.
struct indexing {
  std::size_t indices;  ///< number of the operand that holds the indices
  std::string_view window_name, batching_name, indices_batching_name, map_name;
  const dim_list &window, &batching, &indices_batching, &map;
  std::int64_t index_vector_dim;
};

constexpr void expect_indexing(const op_view& op, const indexing& x) {
  const type_view operand = op.operand(0), indices = op.operand(x.indices);
  if (!is_integer(indices.element)) wrong_operand(op, x.indices, "a tensor of integers");
  if (x.index_vector_dim < 0 || x.index_vector_dim > static_cast<std::int64_t>(indices.rank())) {
    op.fail("index_vector_dim is " + std::to_string(x.index_vector_dim) + " but must be in [0, " +
            std::to_string(indices.rank()) + "], where the upper end stands for no such dim");
  }
  expect_dims(op, x.window_name, x.window, operand.rank());
  expect_sorted(op, x.window_name, x.window);
  expect_dims(op, x.batching_name, x.batching, operand.rank());
  expect_sorted(op, x.batching_name, x.batching);
  expect_disjoint(op, x.window_name, x.window, x.batching_name, x.batching);
  expect_dims(op, x.map_name, x.map, operand.rank());
  expect_disjoint(op, x.map_name, x.map, x.batching_name, x.batching);
  expect_dims(op, x.indices_batching_name, x.indices_batching, indices.rank());
  expect_length(op, x.indices_batching_name, x.indices_batching.size(), x.batching.size());
  for (std::size_t i = 0; i < x.batching.size(); ++i) {
    if (x.indices_batching[i] == x.index_vector_dim) {
      op.fail(std::string(x.indices_batching_name) + " names index_vector_dim " + std::to_string(x.index_vector_dim));
    }
    const std::int64_t a = operand.dims[x.batching[i]], b = indices.dims[x.indices_batching[i]];
    if (!fits(a, b)) sizes_differ(op, "batching dims of the operand and of the indices", a, b);
  }
  const bool implicit = x.index_vector_dim == static_cast<std::int64_t>(indices.rank());
  const std::int64_t entries = implicit ? 1 : indices.dims[static_cast<std::size_t>(x.index_vector_dim)];
  if (!fits(entries, static_cast<std::int64_t>(x.map.size()))) {
    op.fail(std::string(x.map_name) + " has " + std::to_string(x.map.size()) + " entries but an index has " +
            std::to_string(entries) + ", the size of index_vector_dim");
  }
}

/// Slice sizes that are not known are dynamic_size.
constexpr void gather_infer(const op_view& op, const gather_dimension_numbers& a, const size_list& slice_sizes,
                            result_types& types) {
  const type_view operand = op.operand(0), indices = op.operand(1);
  expect_indexing(op, {1, "collapsed_slice_dims", "operand_batching_dims", "start_indices_batching_dims",
                       "start_index_map", a.collapsed_slice_dims, a.operand_batching_dims,
                       a.start_indices_batching_dims, a.start_index_map, a.index_vector_dim});
  expect_length(op, "slice_sizes", slice_sizes.size(), operand.rank());
  const dim_list list = list_dims(op, 1, a.index_vector_dim);
  const dim_list offset = other_dims(operand.rank(), a.collapsed_slice_dims, a.operand_batching_dims);
  expect_length(op, "offset_dims", a.offset_dims.size(), offset.size());
  const std::size_t rank = list.size() + offset.size();
  expect_rank_fits(op, rank);
  expect_dims(op, "offset_dims", a.offset_dims, rank);
  expect_sorted(op, "offset_dims", a.offset_dims);
  for (std::size_t d = 0; d < operand.rank(); ++d) {
    const std::int64_t size = slice_sizes[d], whole = operand.dims[d];
    if (size == dynamic_size) continue;
    const bool single =
        a.collapsed_slice_dims.contains(dim_number(d)) || a.operand_batching_dims.contains(dim_number(d));
    if (single && size > 1) wrong_value(op, "the slice size of a collapsed or batching dim", size, "1 or less");
    if (size < 0 || (whole != dynamic_size && size > whole)) {
      op.fail("takes " + std::to_string(size) + " elements of dim " + std::to_string(d) + " of " + to_string(operand) +
              "; slice_sizes must lie between 0 and the dim's size");
    }
  }
  tensor_type result{operand.element, {}};
  std::size_t next_list = 0, next_offset = 0;
  for (std::size_t d = 0; d < rank; ++d) {
    const bool is_offset = a.offset_dims.contains(dim_number(d));
    result.dims.push_back(is_offset ? slice_sizes[offset[next_offset++]] : indices.dims[list[next_list++]]);
  }
  types.add(result);
}

/// @param indexed the op can make its own form where an indexed dim is split
constexpr void gather_rule(const op_view& op, const gather_dimension_numbers& a, const size_list& slice_sizes,
                           bool indexed, rule_builder& r) {
  const type_view operand = op.operand(0), indices = op.operand(1);
  const dim_list list = list_dims(op, 1, a.index_vector_dim);
  const dim_list offset = other_dims(operand.rank(), a.collapsed_slice_dims, a.operand_batching_dims);
  const dim_list list_results = other_dims(op.result(0).rank(), a.offset_dims);
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::size_t batch = a.start_indices_batching_dims.find(list[i]);
    const bool batching = batch < a.start_indices_batching_dims.size();
    const std::int64_t size = indices.dims[list[i]];
    const factor_index f = r.add(batching ? factor_size(size, operand.dims[a.operand_batching_dims[batch]]) : size);
    if (batching) r.operand(0, a.operand_batching_dims[batch], f);
    r.operand(1, list[i], f);
    r.result(0, list_results[i], f);
  }
  // A table split by its rows: each device looks up what lies in its part and gives zeros for the rest.
  const monoid combines = masked_monoid(operand.element);
  const auto add_looked_up = [&](std::size_t d) {
    const bool placed =
        indexed && combines != monoid::none && a.start_index_map.contains(dim_number(d)) && operand.dims[d] > 1;
    return placed ? r.add_placed(operand.dims[d], factor_kind::reduction, combines)
                  : r.add(operand.dims[d], factor_kind::needs_replication);
  };
  for (std::size_t i = 0; i < offset.size(); ++i) {
    const std::int64_t size = operand.dims[offset[i]], taken = slice_sizes[offset[i]];
    const bool whole = size == taken && size != dynamic_size;
    // One element of many: no factor of the operand's dim reaches the result's dim of size 1.
    const bool apart = taken == 1 && !whole;
    const factor_index f = whole   ? r.add(size)
                           : apart ? add_looked_up(offset[i])
                                   : r.add(size, factor_kind::needs_replication, monoid::none, true);
    r.operand(0, offset[i], f);
    r.result(0, a.offset_dims[i], apart ? r.add(taken, factor_kind::needs_replication) : f);
  }
  for (const auto d : a.collapsed_slice_dims) r.operand(0, d, add_looked_up(d));
  if (list.size() < indices.rank()) {
    const auto d = static_cast<std::size_t>(a.index_vector_dim);
    r.operand(1, d, r.add(indices.dims[d], factor_kind::needs_replication));
  }
}

/// Indices into the device's part of operand 0, in i64. `map` says which dim each entry of an index names; `last(d)`, if
/// it is not negative, is what an index along d is clamped to. `mine`, if asked for, becomes where the entries of all
/// split dims lie in the part; it has the shape of the list of indices.
template <class P, class Last>
constexpr value_id placed_indices(P& p, std::size_t operand, const dim_list& map, std::int64_t index_vector_dim,
                                  const Last& last, value_id* mine) {
  const value_id indices = p.operands[operand];
  const size_list sizes(p.type(indices).dims);
  const auto vector_dim = static_cast<std::size_t>(index_vector_dim);
  const bool implicit = vector_dim == sizes.size();
  tensor_type entry(element_type::i64, sizes), list = entry;
  if (!implicit) {
    entry.dims[vector_dim] = 1;
    list.dims.erase(vector_dim);
  }
  plain_vector<value_id> entries;
  for (std::size_t k = 0; k < map.size(); ++k) {
    size_list from(sizes.size(), 0), to = sizes;
    if (!implicit) from[vector_dim] = static_cast<std::int64_t>(k), to[vector_dim] = from[vector_dim] + 1;
    value_id index = map.size() == 1 ? indices : p.template add<slice>({indices}, {from, to, size_list(sizes.size(), 1)});
    const std::int64_t end = last(map[k]);
    index = end < 0 ? placed_convert(p, index, element_type::i64) : placed_clamp(p, index, end);
    if (const value_id start = p.start(0, map[k])) {
      index = placed_own(p, index, start);
      if (mine != nullptr) *mine = placed_and(p, *mine, placed_inside(p, index, p.type(p.operands[0]).dims[map[k]]));
    }
    entries.push_back(index);
  }
  list.element = element_type::i1;
  if (!implicit && mine != nullptr) *mine = p.template add_as<reshape>(list, {*mine});
  return entries.size() == 1
             ? entries[0]
             : p.template add<concatenate>(entries, {static_cast<std::int64_t>(vector_dim)});
}

/// Reads what it takes and the indices.
constexpr work gather_cost(const op_view& op) {
  return {0, 2.0 * static_cast<double>(op.result(0).bytes()) + static_cast<double>(op.operand(1).bytes())};
}

}  // namespace detail

struct gather : detail::placed_op {
  static constexpr std::string_view name = "stablehlo.gather";
  static constexpr op_traits traits{.elementwise = true, .forwards_elements = true, .placed = true};

  struct attributes {
    gather_dimension_numbers dims;
    size_list slice_sizes;
    bool indices_are_sorted = false;
    static constexpr void describe(auto& self, auto&& field) {
      field("dimension_numbers", self.dims);
      field("slice_sizes", self.slice_sizes);
      field("indices_are_sorted", self.indices_are_sorted, false);
    }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 2);
    for (const auto size : a.slice_sizes) detail::expect_at_least(op, "an entry of slice_sizes", size, 0);
    detail::gather_infer(op, a.dims, a.slice_sizes, types);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    detail::gather_rule(op, a.dims, a.slice_sizes, true, r);
  }
  static constexpr work cost(const op_view& op, const attributes&) { return detail::gather_cost(op); }

  static constexpr void localize(const op_view& op, attributes& a, const local_shapes& shapes) {
    const dim_list offset =
        detail::other_dims(op.operand(0).rank(), a.dims.collapsed_slice_dims, a.dims.operand_batching_dims);
    for (std::size_t i = 0; i < offset.size(); ++i) {
      const std::int64_t size = shapes.results[0][a.dims.offset_dims[i]];
      if (size != dynamic_size) a.slice_sizes[offset[i]] = size;
    }
  }

  static constexpr void place(const op_view& op, const attributes& a, auto& p) {
    value_id mine;
    const auto last = [&](std::size_t d) { return op.operand(0).dims[d] - a.slice_sizes[d]; };
    const value_id operands[] = {p.operands[0], detail::placed_indices(p, 1, a.dims.start_index_map,
                                                                       a.dims.index_vector_dim, last, &mine)};
    const value_id taken = p.make(operands)[0];
    const dim_list list = detail::other_dims(p.type(taken).rank(), a.dims.offset_dims);
    p.results.push_back(p.template add<select>(
        {detail::placed_broadcast(p, mine, list, taken), taken, detail::placed_zeros(p, taken)}));
  }
};

/// gather whose slice sizes are operand 2.
struct dynamic_gather {
  static constexpr std::string_view name = "stablehlo.dynamic_gather";
  static constexpr op_traits traits{.elementwise = true, .forwards_elements = true};

  struct attributes {
    gather_dimension_numbers dims;
    bool indices_are_sorted = false;
    static constexpr void describe(auto& self, auto&& field) {
      field("dimension_numbers", self.dims);
      field("indices_are_sorted", self.indices_are_sorted, false);
    }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 3);
    const std::size_t rank = op.operand(0).rank();
    detail::expect_size_operand(op, 2, rank);
    const size_list known = op.constant_integers(2);
    for (const auto size : known) detail::expect_at_least(op, "an entry of slice_sizes", size, 0);
    detail::gather_infer(op, a.dims, known.size() == rank ? known : size_list(rank, dynamic_size), types);
  }
  // The slice sizes are a value, which does not follow when a dim is split: offset dims stay whole.
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    detail::gather_rule(op, a.dims, size_list(op.operand(0).rank(), dynamic_size), false, r);
    detail::replicate_operand(op, 2, r);
  }
  static constexpr work cost(const op_view& op, const attributes&) { return detail::gather_cost(op); }
};

/// torch_index_select (StableHLO 1.0): slices of operand 0 along `dim` at the places that operand 1 lists, with
/// `batch_dims` leading dims in common.
struct torch_index_select {
  static constexpr std::string_view name = "stablehlo.torch_index_select";
  static constexpr op_traits traits{.elementwise = true, .forwards_elements = true};

  struct attributes {
    std::int64_t dim = 0, batch_dims = 0;
    static constexpr void describe(auto& self, auto&& field) {
      field("dim", self.dim);
      field("batch_dims", self.batch_dims);
    }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 2);
    const type_view operand = op.operand(0), index = op.operand(1);
    if (!is_integer(index.element)) detail::wrong_operand(op, 1, "a tensor of integers");
    detail::expect_dim(op, "dim", a.dim, operand.rank());
    const auto along = static_cast<std::size_t>(a.dim);
    if (a.batch_dims < 0 || a.batch_dims > a.dim || a.batch_dims > static_cast<std::int64_t>(index.rank())) {
      op.fail("batch_dims is " + std::to_string(a.batch_dims) +
              " but must lie between 0 and both dim and the rank of the indices");
    }
    const auto batch = static_cast<std::size_t>(a.batch_dims);
    detail::expect_rank_fits(op, operand.rank() - 1 + index.rank() - batch);
    tensor_type result{operand.element, {}};
    for (std::size_t d = 0; d < along; ++d) {
      if (d < batch && !detail::fits(operand.dims[d], index.dims[d])) {
        detail::sizes_differ(op, "batch dims of the operand and of the indices", operand.dims[d], index.dims[d]);
      }
      result.dims.push_back(d < batch ? detail::known_size(operand.dims[d], index.dims[d]) : operand.dims[d]);
    }
    for (std::size_t d = batch; d < index.rank(); ++d) result.dims.push_back(index.dims[d]);
    for (std::size_t d = along + 1; d < operand.rank(); ++d) result.dims.push_back(operand.dims[d]);
    types.add(result);
  }

  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const type_view operand = op.operand(0), index = op.operand(1);
    const auto along = static_cast<std::size_t>(a.dim), batch = static_cast<std::size_t>(a.batch_dims);
    std::size_t at = 0;
    for (std::size_t d = 0; d < along; ++d) {
      const factor_index f = r.add(d < batch ? detail::factor_size(operand.dims[d], index.dims[d]) : operand.dims[d]);
      r.operand(0, d, f);
      if (d < batch) r.operand(1, d, f);
      r.result(0, at++, f);
    }
    for (std::size_t d = batch; d < index.rank(); ++d) {
      const factor_index f = r.add(index.dims[d]);
      r.operand(1, d, f);
      r.result(0, at++, f);
    }
    for (std::size_t d = along + 1; d < operand.rank(); ++d) {
      const factor_index f = r.add(operand.dims[d]);
      r.operand(0, d, f);
      r.result(0, at++, f);
    }
    r.operand(0, along, r.add(operand.dims[along], factor_kind::needs_replication));
  }
  static constexpr work cost(const op_view& op, const attributes&) { return detail::gather_cost(op); }
};

using gather_ops = op_set<gather, dynamic_gather, torch_index_select>;

}  // namespace partita::op
