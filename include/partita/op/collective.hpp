// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Collectives of StableHLO (specification: all_gather, all_reduce, ...), over groups of device numbers. They
// stand in programs that are device-local already: nothing splits.

#include <string_view>

#include <partita/op/reduce.hpp>
#include <partita/op/token.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/sort.hpp>

namespace partita::op {

namespace detail {

/// The numbers of a matrix of devices, row-major.
constexpr plain_vector<std::int64_t> device_numbers(const op_view& op, const device_groups& groups) {
  plain_vector<std::int64_t> numbers;
  if (groups.rows <= 0 || groups.columns <= 0) return numbers;
  const std::int64_t count = checked_multiply(groups.rows, groups.columns);
  if (count > std::int64_t{1} << 24) op.fail("names more than 2^24 devices");
  for (std::int64_t i = 0; i < count; ++i) {
    const auto bytes = op.graph().bytes(groups.first + static_cast<std::uint32_t>(8 * i), 8);
    numbers.push_back(integer_value(element_type::i64, bytes));
  }
  return numbers;
}

/// replica_groups name each of the devices 0, 1, ... once. Groups of differing sizes are padded with -1 where the op
/// allows it. `size`, if positive, is the number of devices that a group must have.
constexpr void expect_groups(const op_view& op, const device_groups& groups, bool may_differ, std::int64_t size = 0) {
  plain_vector<std::int64_t> numbers = device_numbers(op, groups);
  if (size > 0 && groups.columns != size) {
    op.fail("groups of replica_groups must have " + std::to_string(size) + " devices but have " +
            std::to_string(groups.columns));
  }
  sort_in_place(numbers);
  std::int64_t next = 0;
  for (const std::int64_t n : numbers) {
    if (n == -1 && may_differ) continue;
    if (n < 0) wrong_value(op, "an entry of replica_groups", n, "at least 0");
    if (n < next) op.fail("replica_groups names device " + std::to_string(n) + " twice");
    if (n > next)
      op.fail("replica_groups must name the devices 0, 1, ... without gaps: " + std::to_string(next) + " is missing");
    ++next;
  }
}

/// With use_global_device_ids, groups and a channel must be given.
constexpr void expect_channel(const op_view& op, const device_groups& groups, const channel_handle& channel,
                              bool global) {
  if (!global) return;
  if (channel.handle <= 0) {
    wrong_value(op, "with use_global_device_ids, the handle of channel_handle", channel.handle, "positive");
  }
  if (groups.rows <= 0 || groups.columns <= 0) op.fail("with use_global_device_ids, replica_groups must not be empty");
}

constexpr std::int64_t multiplied(const op_view& op, std::int64_t size, std::int64_t n) {
  if (size == dynamic_size) return size;
  if (n < 1) op.fail("needs at least one device in a group");
  return checked_multiply(size, n);
}
constexpr std::int64_t divided(const op_view& op, std::int64_t size, std::int64_t n, std::size_t d) {
  if (size == dynamic_size) return size;
  if (n < 1 || size % n != 0) {
    op.fail("dim " + std::to_string(d) + " of size " + size_text(size) + " cannot be split into " + std::to_string(n) +
            " parts");
  }
  return size / n;
}

/// Whether replica_groups alone say how many devices a group has. Without groups all devices are one; with a channel
/// and numbers of replicas, each entry stands for all partitions of a replica, whose number a program does not hold.
constexpr bool groups_are_whole(const device_groups& groups, const channel_handle& channel, bool global) {
  return groups.columns > 0 && (global || channel.handle <= 0);
}

constexpr void expect_multiple(const op_view& op, std::string_view what, std::int64_t size, std::int64_t part) {
  if (size == dynamic_size || part == dynamic_size) return;
  if (part == 0 ? size == 0 : size % part == 0) return;
  op.fail(std::string(what) + " has size " + std::to_string(size) + ", which is no multiple of " +
          std::to_string(part));
}

/// All dims need replication. Those of operands and results that correspond share a factor, unless a collective
/// moves the data along them.
constexpr void collective_rule(const op_view& op, rule_builder& r, std::int64_t moved = -1,
                               std::int64_t moved_too = -1) {
  if (op.operand_count() == 0 || op.result_count() == 0) return;
  const type_view from = op.operand(0), to = op.result(0);
  for (std::size_t d = 0; d < from.rank(); ++d) {
    const bool moves = static_cast<std::int64_t>(d) == moved || static_cast<std::int64_t>(d) == moved_too;
    const factor_index in = r.add(from.dims[d], factor_kind::needs_replication);
    const factor_index out = moves ? r.add(to.dims[d], factor_kind::needs_replication) : in;
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      if (op.operand(i).rank() == from.rank()) r.operand(i, d, in);
    }
    for (std::size_t i = 0; i < op.result_count(); ++i) {
      if (op.result(i).rank() == from.rank()) r.result(i, d, out);
    }
  }
}

struct collective {
  static constexpr op_traits traits{.collective = true};
};

}  // namespace detail

/// Every device of a group gets the operands of all, put together along a dim.
struct all_gather : detail::collective {
  static constexpr std::string_view name = "stablehlo.all_gather";
  struct attributes {
    std::int64_t all_gather_dim = 0;
    device_groups replica_groups;
    op::channel_handle channel_handle;
    bool use_global_device_ids = false;
    static constexpr void describe(auto& self, auto&& field) {
      field("all_gather_dim", self.all_gather_dim);
      field("replica_groups", self.replica_groups);
      field("channel_handle", self.channel_handle, op::channel_handle{});
      field("use_global_device_ids", self.use_global_device_ids, false);
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, op.operand_count());
    detail::expect_groups(op, a.replica_groups, false);
    detail::expect_channel(op, a.replica_groups, a.channel_handle, a.use_global_device_ids);
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      tensor_type t(op.operand(i));
      detail::expect_dim(op, "all_gather_dim", a.all_gather_dim, t.rank());
      auto& size = t.dims[static_cast<std::size_t>(a.all_gather_dim)];
      if (detail::groups_are_whole(a.replica_groups, a.channel_handle, a.use_global_device_ids)) {
        size = detail::multiplied(op, size, a.replica_groups.columns);
      } else {
        const type_view stated = types.stated(i);
        detail::expect_dim(op, "all_gather_dim", a.all_gather_dim, stated.rank());
        const std::int64_t gathered = stated.dims[static_cast<std::size_t>(a.all_gather_dim)];
        detail::expect_multiple(op, "the gathered dim", gathered, size);
        size = gathered;
      }
      types.add(t);
    }
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    detail::collective_rule(op, r, a.all_gather_dim);
  }
};

namespace detail {

struct grouped {
  device_groups replica_groups;
  op::channel_handle channel_handle;
  bool use_global_device_ids = false;
  static constexpr void describe(auto& self, auto&& field) {
    field("replica_groups", self.replica_groups);
    field("channel_handle", self.channel_handle, op::channel_handle{});
    field("use_global_device_ids", self.use_global_device_ids, false);
  }
};

/// The first `data` operands are reduced over the groups, each by itself, by the region.
constexpr void infer_reduced(const op_view& op, const device_groups& groups, const channel_handle& channel, bool global,
                             std::size_t data, result_types& types) {
  expect_groups(op, groups, true);
  expect_channel(op, groups, channel, global);
  expect_regions(op, 1);
  for (std::size_t i = 0; i < data; ++i) expect_reducer(op, 0, 1, i);
  const graph_base& g = op.graph();
  for (std::size_t i = 0; i < data; ++i)
    types.add(type_view{g.type(g.results(op.region(0))[0]).element, op.operand(i).dims});
}

/// Number of data operands, without the one that holds the roots when these are given at run time.
constexpr std::size_t expect_data(const op_view& op, bool has_dynamic_root) {
  const std::size_t count = op.operand_count();
  expect_tensors(op, count);
  if (!has_dynamic_root && count != 0) return count;
  if (!has_dynamic_root) op.fail("takes one operand at least");
  if (count < 2)
    op.fail("with has_dynamic_root, takes data and then the roots, but has " + std::to_string(count) + " operands");
  const type_view root = op.operand(count - 1);
  if (!is_integer(root.element) || root.rank() != 1 || !fits(root.dims[0], static_cast<std::int64_t>(count - 1))) {
    wrong_operand(op, count - 1, "a one-dimensional tensor of integers, with one root for each other operand");
  }
  return count - 1;
}

}  // namespace detail

/// Every device of a group gets the reduction of the operands of all.
struct all_reduce : detail::collective {
  static constexpr std::string_view name = "stablehlo.all_reduce";
  using attributes = detail::grouped;
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, op.operand_count());
    detail::infer_reduced(op, a.replica_groups, a.channel_handle, a.use_global_device_ids, op.operand_count(), types);
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::collective_rule(op, r); }
};

/// Every device of a group gets its part along a dim of the reduction of the operands of all.
struct reduce_scatter : detail::collective {
  static constexpr std::string_view name = "stablehlo.reduce_scatter";
  struct attributes {
    std::int64_t scatter_dimension = 0;
    device_groups replica_groups;
    op::channel_handle channel_handle;
    bool use_global_device_ids = false;
    static constexpr void describe(auto& self, auto&& field) {
      field("scatter_dimension", self.scatter_dimension);
      field("replica_groups", self.replica_groups);
      field("channel_handle", self.channel_handle, op::channel_handle{});
      field("use_global_device_ids", self.use_global_device_ids, false);
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 1);
    detail::expect_groups(op, a.replica_groups, false);
    detail::expect_channel(op, a.replica_groups, a.channel_handle, a.use_global_device_ids);
    detail::expect_regions(op, 1);
    detail::expect_reducer(op, 0, 1, 0);
    tensor_type t(op.operand(0));
    t.element = op.graph().type(op.graph().results(op.region(0))[0]).element;
    detail::expect_dim(op, "scatter_dimension", a.scatter_dimension, t.rank());
    const auto d = static_cast<std::size_t>(a.scatter_dimension);
    if (detail::groups_are_whole(a.replica_groups, a.channel_handle, a.use_global_device_ids)) {
      t.dims[d] = detail::divided(op, t.dims[d], a.replica_groups.columns, d);
    } else {
      const type_view stated = types.stated(0);
      detail::expect_dim(op, "scatter_dimension", a.scatter_dimension, stated.rank());
      detail::expect_multiple(op, "the scattered dim", t.dims[d], stated.dims[d]);
      t.dims[d] = stated.dims[d];
    }
    types.add(t);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    detail::collective_rule(op, r, a.scatter_dimension);
  }
};

/// Every device of a group sends one part of its operand to each other, and puts together what it gets.
struct all_to_all : detail::collective {
  static constexpr std::string_view name = "stablehlo.all_to_all";
  struct attributes {
    std::int64_t split_dimension = 0, concat_dimension = 0, split_count = 1;
    device_groups replica_groups;
    op::channel_handle channel_handle;
    static constexpr void describe(auto& self, auto&& field) {
      field("split_dimension", self.split_dimension);
      field("concat_dimension", self.concat_dimension);
      field("split_count", self.split_count);
      field("replica_groups", self.replica_groups);
      field("channel_handle", self.channel_handle, op::channel_handle{});
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, op.operand_count());
    detail::expect_at_least(op, "split_count", a.split_count, 1);
    detail::expect_groups(op, a.replica_groups, false, a.split_count);
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      tensor_type t(op.operand(i));
      detail::expect_dim(op, "split_dimension", a.split_dimension, t.rank());
      detail::expect_dim(op, "concat_dimension", a.concat_dimension, t.rank());
      const auto from = static_cast<std::size_t>(a.split_dimension), to = static_cast<std::size_t>(a.concat_dimension);
      t.dims[from] = detail::divided(op, t.dims[from], a.split_count, from);
      t.dims[to] = detail::multiplied(op, t.dims[to], a.split_count);
      types.add(t);
    }
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    detail::collective_rule(op, r, a.split_dimension, a.concat_dimension);
  }
};

/// Each source's operand goes to its target; devices that are no target get zeros.
struct collective_permute : detail::collective {
  static constexpr std::string_view name = "stablehlo.collective_permute";
  struct attributes {
    device_groups groups;
    op::channel_handle channel_handle;
    static constexpr void describe(auto& self, auto&& field) {
      field("source_target_pairs", self.groups);
      field("channel_handle", self.channel_handle, op::channel_handle{});
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 1);
    if (a.groups.rows > 0 && a.groups.columns != 2) op.fail("source_target_pairs must be pairs of device numbers");
    const plain_vector<std::int64_t> numbers = detail::device_numbers(op, a.groups);
    for (std::size_t side = 0; side < 2; ++side) {
      plain_vector<std::int64_t> devices;
      for (std::size_t i = side; i < numbers.size(); i += 2) devices.push_back(numbers[i]);
      sort_in_place(devices);
      for (std::size_t i = 0; i < devices.size(); ++i) {
        detail::expect_at_least(op, "a device of source_target_pairs", devices[i], 0);
        if (i != 0 && devices[i] == devices[i - 1]) repeated(op, side, devices[i]);
      }
    }
    types.add(op.operand(0));
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::collective_rule(op, r); }

 private:
  [[noreturn]] static void repeated(const op_view& op, std::size_t side, std::int64_t device) {
    op.fail("source_target_pairs names device " + std::to_string(device) + " twice as a " +
            (side == 0 ? "source" : "target"));
  }
};

/// The first device's operand, or that of the root, goes to all devices of its group.
struct collective_broadcast : detail::collective {
  static constexpr std::string_view name = "stablehlo.collective_broadcast";
  struct attributes {
    device_groups groups;
    op::channel_handle channel_handle;
    bool has_dynamic_root = false;
    static constexpr void describe(auto& self, auto&& field) {
      field("replica_groups", self.groups);
      field("channel_handle", self.channel_handle, op::channel_handle{});
      field("has_dynamic_root", self.has_dynamic_root, false);
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    const std::size_t data = detail::expect_data(op, a.has_dynamic_root);
    detail::expect_groups(op, a.groups, true);
    for (std::size_t i = 0; i < data; ++i) types.add(op.operand(i));
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

/// Like all_reduce, but only the first device of a group, or the root, gets the result.
struct collective_reduce : detail::collective {
  static constexpr std::string_view name = "stablehlo.collective_reduce";
  struct attributes : detail::grouped {
    bool has_dynamic_root = false;
    static constexpr void describe(auto& self, auto&& field) {
      detail::grouped::describe(self, field);
      field("has_dynamic_root", self.has_dynamic_root, false);
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    const std::size_t data = detail::expect_data(op, a.has_dynamic_root);
    detail::infer_reduced(op, a.replica_groups, a.channel_handle, a.use_global_device_ids, data, types);
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

namespace detail {
struct device_number : opaque {
  static constexpr void infer(const op_view& op, result_types& types) {
    expect_tensors(op, 0);
    types.add(type_view{element_type::ui32, {}});
  }
};
}  // namespace detail
struct partition_id : detail::device_number {
  static constexpr std::string_view name = "stablehlo.partition_id";
};
struct replica_id : detail::device_number {
  static constexpr std::string_view name = "stablehlo.replica_id";
};

// Asynchronous collectives keep their region and are not looked into.
struct async_start : detail::opaque {
  static constexpr std::string_view name = "stablehlo.async_start";
};
struct async_done : detail::opaque {
  static constexpr std::string_view name = "stablehlo.async_done";
};

using collective_ops =
    op_set<all_gather, all_reduce, reduce_scatter, all_to_all, collective_permute, collective_broadcast,
           collective_reduce, partition_id, replica_id, async_start, async_done>;

}  // namespace partita::op
