// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Collectives over groups of device numbers (StableHLO specification: all_gather, all_reduce, all_to_all,
// collective_broadcast, collective_permute, collective_reduce, reduce_scatter, partition_id, replica_id; section
// Process groups). Values are combined in the order of the group.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <partita/interpret/faults.hpp>
#include <partita/interpret/promote.hpp>
#include <partita/interpret/region_function.hpp>
#include <partita/interpret/shard.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {

// --- groups ------------------------------------------------------------------------------------------------

/// What the numbers of replica_groups stand for.
enum class group_numbers : std::uint8_t {
  replicas,     ///< cross_replica: replicas, one group for each partition
  partitions,   ///< cross_partition: partitions, one group for each replica
  both,         ///< cross_replica_and_partition: replicas, each with all its partitions
  devices,      ///< flattened_ids
};

/// As the specification chooses for reductions and all_gather, and for the others.
[[nodiscard]] inline group_numbers numbers_of(const op::channel_handle& channel, bool global) {
  if (global) return group_numbers::devices;
  return channel.handle > 0 ? group_numbers::both : group_numbers::replicas;
}
[[nodiscard]] inline group_numbers numbers_of(const op::channel_handle& channel) {
  return channel.handle > 0 ? group_numbers::partitions : group_numbers::replicas;
}

/// The rows of a matrix of numbers below `limit`; -1 stands for nothing. Without rows, one of all numbers.
[[nodiscard]] inline std::vector<std::vector<std::uint32_t>> number_rows(const op_view& op, const device_groups& groups,
                                                                         std::uint32_t limit) {
  const auto numbers = op::detail::device_numbers(op, groups);
  std::vector<std::vector<std::uint32_t>> rows;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i % static_cast<std::size_t>(groups.columns) == 0) rows.emplace_back();
    if (numbers[i] == -1) continue;
    if (numbers[i] < 0 || numbers[i] >= std::int64_t{limit}) {
      throw execution_error("its groups name number " + std::to_string(numbers[i]) + ", but there are only " +
                            std::to_string(limit) + ", from 0 on");
    }
    rows.back().push_back(static_cast<std::uint32_t>(numbers[i]));
  }
  return rows;
}

[[nodiscard]] inline std::uint32_t numbers_in(const device_grid& grid, group_numbers k) {
  switch (k) {
    case group_numbers::partitions: return grid.partitions;
    case group_numbers::devices: return grid.size();
    default: return grid.replicas;
  }
}

[[nodiscard]] inline exchange_groups groups_of(const op_view& op, const device_groups& given, const device_grid& grid,
                                               group_numbers k) {
  std::vector<std::vector<std::uint32_t>> rows = number_rows(op, given, numbers_in(grid, k));
  if (rows.empty()) {
    rows.emplace_back();
    for (std::uint32_t i = 0; i < numbers_in(grid, k); ++i) rows.back().push_back(i);
  }
  if (k == group_numbers::devices) return rows;
  exchange_groups groups;
  for (const std::vector<std::uint32_t>& row : rows) {
    // A group for each number on the other side, or one group that goes over them all.
    const std::uint32_t others = k == group_numbers::partitions ? grid.replicas : grid.partitions;
    for (std::uint32_t other = 0; other < others; ++other) {
      if (other == 0 || k != group_numbers::both) groups.emplace_back();
      for (const std::uint32_t n : row) {
        groups.back().push_back(k == group_numbers::partitions ? other * grid.partitions + n
                                                               : n * grid.partitions + other);
      }
    }
  }
  std::erase_if(groups, [](const std::vector<std::uint32_t>& group) { return group.empty(); });
  return groups;
}

// --- data --------------------------------------------------------------------------------------------------

/// Gives a member a result whose sizes are known from the data. What the program says of them must fit.
inline void give(exchange& e, std::size_t member, std::size_t i, const array& a) {
  const type_view stated = e.op().result(i);
  bool fits = stated.rank() == a.rank();
  for (std::size_t d = 0; fits && d < a.rank(); ++d)
    fits = stated.dims[d] == dynamic_size || stated.dims[d] == a.dims()[d];
  if (!fits) {
    e.fail("with " + std::to_string(e.size()) + " devices in a group the result is " + to_string(a.type()) +
           ", but the program says " + to_string(stated));
  }
  e.set(member, i, a);
}

/// The box of a part: `size` elements of dim d from `offset` on, and all of the others.
[[nodiscard]] inline box part_box(list_view<std::int64_t> dims, std::size_t d, std::int64_t offset,
                                  std::int64_t size) {
  box b{size_list(dims.size(), 0), size_list(dims)};
  b.offsets[d] = offset;
  b.sizes[d] = size;
  return b;
}

/// The combination of the contributors' operands i by the op's region.
[[nodiscard]] inline array reduced(exchange& e, std::size_t i = 0) {
  const graph_base& g = e.op().graph();
  const element_type element = g.type(g.results(e.op().region(0))[0]).element;
  if (e.contributors().empty()) return zeros({element, e.operand(0, i).type().dims}, e.precision());
  std::vector<array> parts;
  for (const std::size_t member : e.contributors())
    parts.push_back(promoted(e.operand(member, i), element, e.precision()));
  array sum = parts[0];
  std::byte* const to = sum.mutable_data();
  region_function combine(e.device(0), e.op().region(0));
  const std::size_t bytes = size_of(sum.kind());
  for (std::size_t at = 0; at < sum.size(); at += region_function::width) {
    for (std::size_t k = 1; k < parts.size(); ++k) {
      const element_operand in[] = {{to + at * bytes, 1}, {parts[k].data() + at * bytes, 1}};
      void* const out[] = {to + at * bytes};
      combine(std::min(region_function::width, sum.size() - at), in, out);
    }
  }
  return sum;
}

/// Part `index` of `parts` equal ones along dim d.
[[nodiscard]] inline array part_along(const exchange& e, const array& a, std::size_t d, std::size_t index,
                                      std::size_t parts) {
  const std::int64_t size = a.dims()[d], count = static_cast<std::int64_t>(parts);
  if (size % count != 0) {
    e.fail("dim " + std::to_string(d) + " of " + to_string(a.type()) + " cannot be split among " +
           std::to_string(count) + " devices");
  }
  return part_of(a, part_box(a.dims().view(), d, static_cast<std::int64_t>(index) * (size / count), size / count),
                 e.precision());
}

/// Arrays of one type put together along dim d.
[[nodiscard]] inline array joined_along(std::span<const array> parts, std::size_t d, numerics n) {
  size_list dims = parts[0].dims();
  const std::int64_t size = dims[d];
  dims[d] = checked_multiply(size, static_cast<std::int64_t>(parts.size()));
  array whole(parts[0].element(), dims.view(), n);
  for (std::size_t k = 0; k < parts.size(); ++k)
    set_part(whole, part_box(dims.view(), d, static_cast<std::int64_t>(k) * size, size), parts[k]);
  return whole;
}

/// Which member of the group is the root for operand i: the first, or the one that the last operand names.
[[nodiscard]] inline std::size_t root_of(const exchange& e, std::size_t i, bool is_dynamic) {
  if (!is_dynamic) return 0;
  const std::size_t last = e.operand_count() - 1;
  const std::int64_t root = e.operand(0, last).integer(i);
  for (std::size_t m = 0; m < e.size(); ++m) {
    if (e.operand(m, last).integer(i) != root) e.fail("the devices of a group name different roots");
  }
  if (root < 0 || root >= static_cast<std::int64_t>(e.size())) {
    e.fail("the root " + std::to_string(root) + " is no place in a group of " + std::to_string(e.size()) + " devices");
  }
  return static_cast<std::size_t>(root);
}

/// How reductions and all_gather choose groups.
template <class O>
struct grouped_kernel {
  using attributes = typename O::attributes;
  static exchange_groups groups(const op_view& op, const attributes& a, const device_grid& grid) {
    return groups_of(op, a.replica_groups, grid, numbers_of(a.channel_handle, a.use_global_device_ids));
  }
  static std::int64_t channel(const attributes& a) { return a.channel_handle.handle; }
  static std::vector<std::int64_t> agreement(const attributes&) { return {}; }
};

}  // namespace detail

template <>
struct kernel<op::all_gather> : detail::grouped_kernel<op::all_gather> {
  static std::vector<std::int64_t> agreement(const attributes& a) { return {a.all_gather_dim}; }
  static void combine(exchange& e, const attributes& a) {
    for (std::size_t i = 0; i < e.operand_count(); ++i) {
      std::vector<array> parts;
      for (std::size_t m = 0; m < e.size(); ++m) parts.push_back(e.operand(m, i));
      const array whole = detail::joined_along(parts, static_cast<std::size_t>(a.all_gather_dim), e.precision());
      for (std::size_t m = 0; m < e.size(); ++m) detail::give(e, m, i, whole);
    }
  }
};

template <>
struct kernel<op::all_reduce> : detail::grouped_kernel<op::all_reduce> {
  static constexpr bool reduces = true;
  static void combine(exchange& e, const attributes&) {
    for (std::size_t i = 0; i < e.operand_count(); ++i) {
      const array sum = detail::reduced(e, i);
      for (std::size_t m = 0; m < e.size(); ++m) detail::give(e, m, i, sum);
    }
  }
};

template <>
struct kernel<op::reduce_scatter> : detail::grouped_kernel<op::reduce_scatter> {
  static constexpr bool reduces = true;
  static std::vector<std::int64_t> agreement(const attributes& a) { return {a.scatter_dimension}; }
  static void combine(exchange& e, const attributes& a) {
    const array sum = detail::reduced(e);
    for (std::size_t m = 0; m < e.size(); ++m)
      detail::give(e, m, 0, detail::part_along(e, sum, static_cast<std::size_t>(a.scatter_dimension), m, e.size()));
  }
};

template <>
struct kernel<op::collective_reduce> : detail::grouped_kernel<op::collective_reduce> {
  static constexpr bool reduces = true;
  static constexpr bool zeros_outside = true;
  static std::vector<std::int64_t> agreement(const attributes& a) { return {a.has_dynamic_root}; }
  static void combine(exchange& e, const attributes& a) {
    for (std::size_t i = 0; i < e.op().result_count(); ++i) {
      const std::size_t root = detail::root_of(e, i, a.has_dynamic_root);
      const array sum = detail::reduced(e, i);
      for (std::size_t m = 0; m < e.size(); ++m)
        detail::give(e, m, i, m == root ? sum : zeros(sum.type(), e.precision()));
    }
  }
};

template <>
struct kernel<op::all_to_all> {
  using attributes = op::all_to_all::attributes;
  static exchange_groups groups(const op_view& op, const attributes& a, const device_grid& grid) {
    return detail::groups_of(op, a.replica_groups, grid, detail::numbers_of(a.channel_handle));
  }
  static std::int64_t channel(const attributes& a) { return a.channel_handle.handle; }
  static std::vector<std::int64_t> agreement(const attributes& a) {
    return {a.split_dimension, a.concat_dimension, a.split_count};
  }
  static void combine(exchange& e, const attributes& a) {
    const auto split = static_cast<std::size_t>(a.split_dimension),
               concat = static_cast<std::size_t>(a.concat_dimension);
    if (static_cast<std::int64_t>(e.size()) != a.split_count) {
      e.fail("split_count is " + std::to_string(a.split_count) + ", but groups have " + std::to_string(e.size()) +
             " devices");
    }
    for (std::size_t i = 0; i < e.operand_count(); ++i) {
      for (std::size_t receiver = 0; receiver < e.size(); ++receiver) {
        std::vector<array> parts;
        for (std::size_t m = 0; m < e.size(); ++m)
          parts.push_back(detail::part_along(e, e.operand(m, i), split, receiver, e.size()));
        detail::give(e, receiver, i, detail::joined_along(parts, concat, e.precision()));
      }
    }
  }
};

template <>
struct kernel<op::collective_broadcast> {
  using attributes = op::collective_broadcast::attributes;
  static constexpr bool zeros_outside = true;
  static exchange_groups groups(const op_view& op, const attributes& a, const device_grid& grid) {
    return detail::groups_of(op, a.groups, grid, detail::numbers_of(a.channel_handle));
  }
  static std::int64_t channel(const attributes& a) { return a.channel_handle.handle; }
  static std::vector<std::int64_t> agreement(const attributes& a) { return {a.has_dynamic_root}; }
  static void combine(exchange& e, const attributes& a) {
    for (std::size_t i = 0; i < e.op().result_count(); ++i) {
      const array sent = e.operand(detail::root_of(e, i, a.has_dynamic_root), i);
      for (std::size_t m = 0; m < e.size(); ++m) detail::give(e, m, i, sent);
    }
  }
};

// Devices between which pairs lead, over any number of steps, form a group; one in no pair gets zeros.
template <>
struct kernel<op::collective_permute> {
  using attributes = op::collective_permute::attributes;
  static constexpr bool zeros_outside = true;
  static exchange_groups groups(const op_view& op, const attributes& a, const device_grid& grid) {
    std::vector<std::uint32_t> leader(grid.size());
    for (std::uint32_t d = 0; d < grid.size(); ++d) leader[d] = d;
    const auto find = [&](std::uint32_t d) {
      while (leader[d] != d) d = leader[d] = leader[leader[d]];
      return d;
    };
    std::vector<bool> paired(grid.size(), false);
    for (const auto& [source, target] : pairs(op, a, grid)) {
      paired[source] = paired[target] = true;
      const std::uint32_t s = find(source), t = find(target);
      leader[std::max(s, t)] = std::min(s, t);
    }
    exchange_groups groups;
    std::vector<std::size_t> place(grid.size(), 0);
    for (std::uint32_t d = 0; d < grid.size(); ++d) {
      if (!paired[d]) continue;
      const std::uint32_t first = find(d);
      if (first == d) {
        place[d] = groups.size();
        groups.emplace_back();
      }
      groups[place[first]].push_back(d);
    }
    return groups;
  }
  static std::int64_t channel(const attributes& a) { return a.channel_handle.handle; }
  static std::vector<std::int64_t> agreement(const attributes&) { return {}; }
  static void combine(exchange& e, const attributes& a) {
    const auto list = pairs(e.op(), a, e.device(0).grid());
    for (std::size_t m = 0; m < e.size(); ++m) {
      const auto pair = std::find_if(list.begin(), list.end(),
                                     [&](const device_pair& p) { return p.target == e.device(m).number(); });
      if (pair == list.end()) {
        detail::give(e, m, 0, zeros(e.operand(m).type(), e.precision()));
        continue;
      }
      std::size_t source = 0;
      while (e.device(source).number() != pair->source) ++source;
      detail::give(e, m, 0, e.operand(source));
    }
  }

 private:
  struct device_pair {
    std::uint32_t source = 0, target = 0;
  };
  static std::vector<device_pair> pairs(const op_view& op, const attributes& a, const device_grid& grid) {
    std::vector<device_pair> list;
    const bool partitions = a.channel_handle.handle > 0;
    for (const auto& row : detail::number_rows(op, a.groups, partitions ? grid.partitions : grid.replicas)) {
      if (row.size() != 2) throw execution_error("its source_target_pairs are no pairs");
      if (partitions) {
        for (std::uint32_t r = 0; r < grid.replicas; ++r)
          list.push_back({r * grid.partitions + row[0], r * grid.partitions + row[1]});
      } else {
        for (std::uint32_t p = 0; p < grid.partitions; ++p)
          list.push_back({row[0] * grid.partitions + p, row[1] * grid.partitions + p});
      }
    }
    return list;
  }
};

namespace detail {
inline void give_number(invocation& call, std::uint32_t n) {
  array out = call.make_result();
  out.mutable_elements<std::uint32_t>()[0] = n;
  call.set(std::move(out));
}
}  // namespace detail

template <>
struct kernel<op::replica_id> {
  static void run(invocation& call) { detail::give_number(call, call.device().position().replica); }
};
template <>
struct kernel<op::partition_id> {
  static void run(invocation& call) { detail::give_number(call, call.device().position().partition); }
};

}  // namespace partita::interpret
