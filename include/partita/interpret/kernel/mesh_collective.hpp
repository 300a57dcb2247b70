// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Collectives over mesh axes (op/mesh_collective.hpp). A group is the devices that differ on the axes of the moves
// alone, in the order of the moves, the first slowest; a member's coordinates say which shard it holds.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <partita/interpret/kernel/collective.hpp>
#include <partita/interpret/kernel/elementwise.hpp>

namespace partita::interpret {

namespace detail {

using mesh_moves = op::detail::mesh_collective::attributes;

/// Coordinates of a member of a group on the axes of the moves.
[[nodiscard]] inline std::vector<std::int64_t> member_coordinates(const mesh_moves& a, std::size_t member) {
  return coordinates(a.sizes.view(), static_cast<std::int64_t>(member));
}

/// The member of a group that stands there.
[[nodiscard]] inline std::size_t member_at(const mesh_moves& a, list_view<std::int64_t> at) {
  std::int64_t member = 0;
  for (std::size_t i = 0; i < a.size(); ++i) member = member * a.sizes[i] + at[i];
  return static_cast<std::size_t>(member);
}

/// The shard at these coordinates of a tensor whose dims the moves split: move i splits dims_split[i].
[[nodiscard]] inline box shard_box(list_view<std::int64_t> dims, const mesh_moves& a, const dim_list& dims_split,
                                   list_view<std::int64_t> at) {
  box b{size_list(dims.size(), 0), size_list(dims)};
  for (std::size_t i = 0; i < a.size(); ++i) {
    const std::size_t d = dims_split[i];
    b.sizes[d] /= a.sizes[i];
    b.offsets[d] += at[i] * b.sizes[d];
  }
  return b;
}

inline void expect_axes(const mesh_moves& a, list_view<std::int64_t> mesh) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a.axes[i] >= mesh.size()) {
      throw execution_error("it moves data over axis " + std::to_string(a.axes[i]) +
                            " of a mesh, but the devices have " + std::to_string(mesh.size()) + " axes");
    }
    if (mesh[a.axes[i]] != a.sizes[i]) {
      throw execution_error("it moves data over axis " + std::to_string(a.axes[i]) + " of size " +
                            std::to_string(a.sizes[i]) + ", but the devices' mesh has size " +
                            std::to_string(mesh[a.axes[i]]) + " there");
    }
    for (std::size_t k = 0; k < i; ++k) {
      if (a.axes[k] == a.axes[i]) throw execution_error("it moves data twice over axis " + std::to_string(a.axes[i]));
    }
  }
}

struct mesh_kernel {
  static exchange_groups groups(const op_view&, const mesh_moves& a, const device_grid& grid) {
    expect_axes(a, grid.mesh);
    std::vector<std::int64_t> strides(grid.mesh.size(), 1);
    for (std::size_t i = grid.mesh.size(); i-- > 1;) strides[i - 1] = strides[i] * grid.mesh[i];
    std::int64_t count = 1;
    for (const std::int64_t size : a.sizes) count *= size;
    exchange_groups groups;
    for (std::uint32_t d = 0; d < grid.size(); ++d) {
      const std::vector<std::int64_t> at = coordinates(grid.mesh, d % grid.partitions);
      bool first = true;
      for (const std::uint8_t axis : a.axes) first = first && at[axis] == 0;
      if (!first) continue;
      groups.emplace_back();
      for (std::int64_t k = 0; k < count; ++k) {
        std::int64_t device = d;
        const std::vector<std::int64_t> moved = member_coordinates(a, static_cast<std::size_t>(k));
        for (std::size_t i = 0; i < a.size(); ++i) device += moved[i] * strides[a.axes[i]];
        groups.back().push_back(static_cast<std::uint32_t>(device));
      }
    }
    return groups;
  }
  static std::int64_t channel(const mesh_moves&) { return 0; }
  static std::vector<std::int64_t> agreement(const mesh_moves& a) {
    std::vector<std::int64_t> list{static_cast<std::int64_t>(a.combines)};
    for (std::size_t i = 0; i < a.size(); ++i) list.insert(list.end(), {a.axes[i], a.from_dims[i], a.to_dims[i]});
    return list;
  }
};

/// How two elements combine, as the op of that name computes them.
[[nodiscard]] inline element_function combination(const exchange& e, monoid m) {
  element_signature s;
  s.operands = {e.operand(0).element(), e.operand(0).element(), element_type::f32};
  s.result = e.operand(0).element();
  s.precision = e.precision();
  element_function f;
  switch (m) {
    case monoid::add: f = kernel<op::add>::element(s); break;
    case monoid::multiply: f = kernel<op::multiply>::element(s); break;
    case monoid::minimum: f = kernel<op::minimum>::element(s); break;
    case monoid::maximum: f = kernel<op::maximum>::element(s); break;
    case monoid::conjunction: f = kernel<op::and_>::element(s); break;
    case monoid::disjunction: f = kernel<op::or_>::element(s); break;
    case monoid::none: e.fail("does not say how values combine");
  }
  f.signature = s;
  return f;
}

[[nodiscard]] inline array combined_by(exchange& e, monoid m) {
  const element_function f = combination(e, m);
  if (e.contributors().empty()) return zeros(e.operand(0).type(), e.precision());
  constexpr std::size_t at_once = 4096;  // what is summed stays in the cache
  array sum = e.operand(e.contributors()[0]);
  std::byte* const to = sum.mutable_data();
  const std::size_t bytes = size_of(sum.kind());
  for (std::size_t at = 0; at < sum.size(); at += at_once) {
    for (std::size_t k = 1; k < e.contributors().size(); ++k) {
      const array& next = e.operand(e.contributors()[k]);
      const element_operand in[3] = {{to + at * bytes, 1}, {next.data() + at * bytes, 1}, {}};
      f(std::min(at_once, sum.size() - at), in, to + at * bytes);
    }
  }
  return sum;
}

}  // namespace detail

template <>
struct kernel<op::mesh_all_reduce> : detail::mesh_kernel {
  static constexpr bool reduces = true;
  static void combine(exchange& e, const detail::mesh_moves& a) {
    const array sum = detail::combined_by(e, a.combines);
    for (std::size_t m = 0; m < e.size(); ++m) detail::give(e, m, 0, sum);
  }
};

template <>
struct kernel<op::mesh_reduce_scatter> : detail::mesh_kernel {
  static constexpr bool reduces = true;
  static void combine(exchange& e, const detail::mesh_moves& a) {
    const array sum = detail::combined_by(e, a.combines);
    for (std::size_t m = 0; m < e.size(); ++m) {
      const box b = detail::shard_box(sum.dims().view(), a, a.to_dims, detail::member_coordinates(a, m));
      detail::give(e, m, 0, part_of(sum, b, e.precision()));
    }
  }
};

template <>
struct kernel<op::mesh_all_gather> : detail::mesh_kernel {
  static void combine(exchange& e, const detail::mesh_moves& a) {
    size_list dims = e.operand(0).dims();
    for (std::size_t i = 0; i < a.size(); ++i)
      dims[a.from_dims[i]] = checked_multiply(dims[a.from_dims[i]], a.sizes[i]);
    array whole(e.operand(0).element(), dims.view(), e.precision());
    for (std::size_t m = 0; m < e.size(); ++m)
      set_part(whole, detail::shard_box(dims.view(), a, a.from_dims, detail::member_coordinates(a, m)), e.operand(m));
    for (std::size_t m = 0; m < e.size(); ++m) detail::give(e, m, 0, whole);
  }
};

// Moves with the same dims are one exchange; those after it exchange what it has made.
template <>
struct kernel<op::mesh_all_to_all> : detail::mesh_kernel {
  static void combine(exchange& e, const detail::mesh_moves& a) {
    std::vector<array> held;
    for (std::size_t m = 0; m < e.size(); ++m) held.push_back(e.operand(m));
    for (std::size_t begin = 0; begin < a.size();) {
      std::size_t end = begin + 1;
      while (end < a.size() && a.from_dims[end] == a.from_dims[begin] && a.to_dims[end] == a.to_dims[begin]) ++end;
      held = moved(e, a, held, begin, end);
      begin = end;
    }
    for (std::size_t m = 0; m < e.size(); ++m) detail::give(e, m, 0, held[m]);
  }

 private:
  static std::vector<array> moved(const exchange& e, const detail::mesh_moves& a, std::span<const array> held,
                                  std::size_t begin, std::size_t end) {
    std::int64_t count = 1;
    for (std::size_t i = begin; i < end; ++i) count *= a.sizes[i];
    const list_view<std::int64_t> sizes = a.sizes.view().subspan(begin, end - begin);
    std::vector<array> result;
    for (std::size_t receiver = 0; receiver < held.size(); ++receiver) {
      std::vector<std::int64_t> at = detail::member_coordinates(a, receiver);
      std::int64_t place = 0;
      for (std::size_t i = begin; i < end; ++i) place = place * a.sizes[i] + at[i];
      std::vector<array> parts;
      for (std::int64_t k = 0; k < count; ++k) {
        const std::vector<std::int64_t> from = coordinates(sizes, k);
        std::copy(from.begin(), from.end(), at.begin() + static_cast<std::ptrdiff_t>(begin));
        parts.push_back(detail::part_along(e, held[detail::member_at(a, at)], a.to_dims[begin],
                                           static_cast<std::size_t>(place), static_cast<std::size_t>(count)));
      }
      result.push_back(detail::joined_along(parts, a.from_dims[begin], e.precision()));
    }
    return result;
  }
};

template <>
struct kernel<op::mesh_collective_permute> : detail::mesh_kernel {
  static void combine(exchange& e, const detail::mesh_moves& a) {
    for (std::size_t m = 0; m < e.size(); ++m) detail::give(e, m, 0, e.operand(source_of(e, a, m)));
  }

 private:
  // Who holds the shard that `target` is to hold. In each dim: the shard's number follows from the target's coordinates
  // in the order after, and the holder's coordinates from that number in the order before.
  static std::size_t source_of(const exchange& e, const detail::mesh_moves& a, std::size_t target) {
    const std::vector<std::int64_t> at = detail::member_coordinates(a, target);
    std::vector<std::int64_t> from = at;
    std::vector<bool> done(a.size(), false);
    for (std::size_t first = 0; first < a.size(); ++first) {
      if (done[first]) continue;
      std::vector<std::size_t> before;
      for (std::size_t i = first; i < a.size(); ++i) {
        if (a.from_dims[i] == a.from_dims[first]) before.push_back(i);
      }
      std::vector<std::size_t> after(before.size(), a.size());
      for (const std::size_t i : before) {
        if (a.to_dims[i] >= after.size() || after[a.to_dims[i]] != a.size())
          e.fail("its moves do not number the axes of dim " + std::to_string(a.from_dims[first]) + " anew");
        after[a.to_dims[i]] = i;
        done[i] = true;
      }
      std::int64_t shard = 0;
      for (const std::size_t i : after) shard = shard * a.sizes[i] + at[i];
      for (std::size_t k = before.size(); k-- > 0;) {
        from[before[k]] = shard % a.sizes[before[k]];
        shard /= a.sizes[before[k]];
      }
    }
    return detail::member_at(a, from);
  }
};

template <>
struct kernel<op::mesh_all_slice> {
  static void run(invocation& call, const detail::mesh_moves& a) {
    const device_grid& grid = call.device().grid();
    try {
      detail::expect_axes(a, grid.mesh);
    } catch (const execution_error& e) {
      call.fail(e.what());
    }
    const std::vector<std::int64_t> device = coordinates(grid.mesh, call.device().position().partition);
    std::vector<std::int64_t> at;
    for (const std::uint8_t axis : a.axes) at.push_back(device[axis]);
    const array& whole = call.operand(0);
    call.set(part_of(whole, detail::shard_box(whole.dims().view(), a, a.to_dims, at), call.precision()));
  }
};

}  // namespace partita::interpret
