// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Collectives of device-local programs, said in terms of mesh axes: what lowering writes and what the
// simulator and the printers read. Device i holds shard (coordinate of i on the axes, major first).

#include <string_view>

#include <partita/ir/graph.hpp>
#include <partita/rule/rule_table.hpp>

namespace partita::op {

/// One mesh axis in a collective, with the dims that it leaves and enters. A dim that plays no part is 0.
struct axis_move {
  std::uint8_t axis = 0;      ///< number of the axis in the mesh
  std::int64_t size = 1;      ///< devices along the axis
  std::uint8_t from_dim = 0;  ///< dim that is split over the axis before (all_gather, all_to_all)
  std::uint8_t to_dim = 0;    ///< dim that is split over the axis after (all_slice, reduce_scatter, all_to_all)
  [[nodiscard]] friend constexpr bool operator==(const axis_move&, const axis_move&) = default;
};

namespace detail {

/// Common part of the collectives: one move per axis, and how values combine for those that reduce.
struct mesh_collective {
  static constexpr op_traits traits{.collective = true};

  struct attributes {
    dim_list axes;               ///< numbers of mesh axes; axes of one dim stand major first
    size_list sizes;             ///< devices along each axis
    dim_list from_dims, to_dims; ///< see axis_move
    monoid combines = monoid::none;

    static constexpr void describe(auto& self, auto&& field) {
      field("axes", self.axes);
      field("sizes", self.sizes);
      field("from_dims", self.from_dims);
      field("to_dims", self.to_dims);
      field("combines", self.combines, monoid::none);
    }

    [[nodiscard]] constexpr std::size_t size() const { return axes.size(); }
    [[nodiscard]] constexpr axis_move operator[](std::size_t i) const {
      return {axes[i], sizes[i], from_dims[i], to_dims[i]};
    }
    constexpr void push_back(const axis_move& m) {
      axes.push_back(m.axis);
      sizes.push_back(m.size);
      from_dims.push_back(m.from_dim);
      to_dims.push_back(m.to_dim);
    }
  };

  /// Devices that take part in one group.
  static constexpr std::int64_t group_size(const attributes& a) {
    std::int64_t n = 1;
    for (const std::int64_t size : a.sizes) n *= size;
    return n;
  }

  // Communication belongs to the network, not to a device's arithmetic.
  static constexpr work cost(const op_view& op, const attributes&) { return {0, bytes_touched(op)}; }
  // A device-local program is not partitioned again: no dim of a collective splits.
  static constexpr void rule(const op_view&, const attributes&, rule_builder&) {}

 protected:
  static constexpr tensor_type single_operand(const op_view& op) {
    if (op.operand_count() != 1 || !op.operand(0).is_tensor()) op.fail("takes one tensor");
    return tensor_type(op.operand(0));
  }
  static constexpr void multiply_dim(const op_view& op, tensor_type& t, std::size_t d, std::int64_t n) {
    if (d >= t.rank()) op.fail("names a dim beyond the operand's rank");
    t.dims[d] = checked_multiply(t.dims[d], n);
  }
  static constexpr void divide_dim(const op_view& op, tensor_type& t, std::size_t d, std::int64_t n) {
    if (d >= t.rank()) op.fail("names a dim beyond the operand's rank");
    if (n < 1 || t.dims[d] % n != 0) op.fail("splits a dim that the axis does not divide");
    t.dims[d] /= n;
  }
};

}  // namespace detail

/// Every device gets the combination (`combines`) of the group's values.
struct mesh_all_reduce : detail::mesh_collective {
  static constexpr std::string_view name = "partita.all_reduce";
  static constexpr void infer(const op_view& op, const attributes&, result_types& types) {
    types.add(single_operand(op));
  }
};

/// Every device gets the group's shards put together along each move's from_dim.
struct mesh_all_gather : detail::mesh_collective {
  static constexpr std::string_view name = "partita.all_gather";
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    tensor_type t = single_operand(op);
    for (std::size_t i = 0; i < a.size(); ++i) multiply_dim(op, t, a[i].from_dim, a[i].size);
    types.add(t);
  }
};

/// The combination of the group's values, of which each device keeps its shard along each move's to_dim.
struct mesh_reduce_scatter : detail::mesh_collective {
  static constexpr std::string_view name = "partita.reduce_scatter";
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    tensor_type t = single_operand(op);
    for (std::size_t i = 0; i < a.size(); ++i) divide_dim(op, t, a[i].to_dim, a[i].size);
    types.add(t);
  }
};

/// The split along from_dim becomes a split along to_dim.
struct mesh_all_to_all : detail::mesh_collective {
  static constexpr std::string_view name = "partita.all_to_all";
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    tensor_type t = single_operand(op);
    for (std::size_t i = 0; i < a.size(); ++i) {
      multiply_dim(op, t, a[i].from_dim, a[i].size);
      divide_dim(op, t, a[i].to_dim, a[i].size);
    }
    types.add(t);
  }
};

/// Shards change places: the axes of one dim stand in another order of major and minor. The moves list the
/// order before; to_dim holds each axis's position in the order after.
struct mesh_collective_permute : detail::mesh_collective {
  static constexpr std::string_view name = "partita.collective_permute";
  static constexpr void infer(const op_view& op, const attributes&, result_types& types) {
    types.add(single_operand(op));
  }
};

/// Each device keeps its shard along each move's to_dim of a value that all hold. No communication.
struct mesh_all_slice : detail::mesh_collective {
  static constexpr std::string_view name = "partita.all_slice";
  static constexpr op_traits traits{.elementwise = true};
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    tensor_type t = single_operand(op);
    for (std::size_t i = 0; i < a.size(); ++i) divide_dim(op, t, a[i].to_dim, a[i].size);
    types.add(t);
  }
};

using mesh_collective_ops = op_set<mesh_all_reduce, mesh_all_gather, mesh_reduce_scatter, mesh_all_to_all,
                                   mesh_collective_permute, mesh_all_slice>;

}  // namespace partita::op

template <>
struct partita::enumerators_of<partita::monoid> {
  static constexpr std::string_view mnemonic = "combine";
  static constexpr std::string_view names[] = {"none", "add", "multiply", "minimum", "maximum", "and", "or"};
};
