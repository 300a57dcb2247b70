// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Collectives of StableHLO (specification: all_gather, all_reduce, ...), over groups of device numbers. They
// stand in programs that are device-local already: nothing splits.

#include <string_view>

#include <partita/op/elementwise.hpp>
#include <partita/op/opaque.hpp>
#include <partita/op/reduce.hpp>

namespace partita::op {

struct channel_handle {
  static constexpr std::string_view mnemonic = "stablehlo.channel_handle";
  std::int64_t handle = 0, type = 0;
  static constexpr void describe(auto& self, auto&& field) {
    field("handle", self.handle);
    field("type", self.type);
  }
  [[nodiscard]] friend constexpr bool operator==(const channel_handle&, const channel_handle&) = default;
};

namespace detail {

constexpr void expect_groups(const op_view& op, const device_groups& groups) {
  if (groups.rows < 0 || groups.columns < 0) op.fail("replica_groups must be a matrix of device numbers");
}

constexpr std::int64_t multiplied(const op_view& op, std::int64_t size, std::int64_t n) {
  if (size == dynamic_size) return size;
  if (n < 1) op.fail("needs at least one device in a group");
  return checked_multiply(size, n);
}
constexpr std::int64_t divided(const op_view& op, std::int64_t size, std::int64_t n, std::size_t d) {
  if (size == dynamic_size) return size;
  if (n < 1 || size % n != 0) op.fail("dim " + std::to_string(d) + " of size " + std::to_string(size) + " cannot be split into " + std::to_string(n) + " parts");
  return size / n;
}

struct collective {
  static constexpr op_traits traits{.collective = true};
};

}  // namespace detail

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
    detail::expect_groups(op, a.replica_groups);
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      tensor_type t(op.operand(i));
      detail::expect_dim(op, "all_gather_dim", a.all_gather_dim, t.rank());
      auto& size = t.dims[static_cast<std::size_t>(a.all_gather_dim)];
      size = detail::multiplied(op, size, a.replica_groups.columns);
      types.add(t);
    }
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

struct all_reduce : detail::collective {
  static constexpr std::string_view name = "stablehlo.all_reduce";
  struct attributes {
    device_groups replica_groups;
    op::channel_handle channel_handle;
    bool use_global_device_ids = false;
    static constexpr void describe(auto& self, auto&& field) {
      field("replica_groups", self.replica_groups);
      field("channel_handle", self.channel_handle, op::channel_handle{});
      field("use_global_device_ids", self.use_global_device_ids, false);
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, op.operand_count());
    detail::expect_groups(op, a.replica_groups);
    detail::expect_regions(op, 1);
    detail::expect_reducer(op, 0, 1);
    const element_type e = op.graph().type(op.graph().results(op.region(0))[0]).element;
    for (std::size_t i = 0; i < op.operand_count(); ++i) types.add(type_view{e, op.operand(i).dims});
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

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
    detail::expect_groups(op, a.replica_groups);
    detail::expect_regions(op, 1);
    detail::expect_reducer(op, 0, 1);
    tensor_type t(op.operand(0));
    t.element = op.graph().type(op.graph().results(op.region(0))[0]).element;
    detail::expect_dim(op, "scatter_dimension", a.scatter_dimension, t.rank());
    const auto d = static_cast<std::size_t>(a.scatter_dimension);
    t.dims[d] = detail::divided(op, t.dims[d], a.replica_groups.columns, d);
    types.add(t);
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

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
    detail::expect_groups(op, a.replica_groups);
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
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

namespace detail {
template <bool Pairs>
struct copying_collective : collective {
  struct attributes {
    device_groups groups;
    op::channel_handle channel_handle;
    static constexpr void describe(auto& self, auto&& field) {
      field(Pairs ? "source_target_pairs" : "replica_groups", self.groups);
      field("channel_handle", self.channel_handle, op::channel_handle{});
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    expect_tensors(op, 1);
    expect_groups(op, a.groups);
    if (Pairs && a.groups.rows != 0 && a.groups.columns != 2) op.fail("source_target_pairs must have two columns");
    types.add(op.operand(0));
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { replicate_all(op, r); }
};
}  // namespace detail

struct collective_permute : detail::copying_collective<true> {
  static constexpr std::string_view name = "stablehlo.collective_permute";
};
struct collective_broadcast : detail::copying_collective<false> {
  static constexpr std::string_view name = "stablehlo.collective_broadcast";
};
/// Like all_reduce, but only the first device of a group gets the result.
struct collective_reduce : all_reduce {
  static constexpr std::string_view name = "stablehlo.collective_reduce";
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

using collective_ops = op_set<all_gather, all_reduce, reduce_scatter, all_to_all, collective_permute, collective_broadcast,
                              collective_reduce, partition_id, replica_id, async_start, async_done>;

}  // namespace partita::op
