// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ops that change where elements stand (StableHLO specification: reshape, transpose, reverse, broadcast_in_dim, slice,
// dynamic_slice, dynamic_update_slice, pad, concatenate), those that take sizes at run time, tuples and tokens.

#include <string>
#include <vector>

#include <partita/interpret/kernel/strides.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {

inline array reshaped_to(invocation& call, list_view<std::int64_t> dims) {
  array a = call.take(0);
  if (product(dims) != a.size()) {
    call.fail("must keep the number of elements, but " + to_string(a.type()) + " has " + std::to_string(a.size()) +
              " and " + to_string(type_view{a.element(), dims}) + " has " + std::to_string(product(dims)));
  }
  return a.reshaped(dims);
}

/// Operand dim i becomes dim dims[i] of a result of these sizes; all else repeats.
inline array broadcast_to(invocation& call, const array& operand, const dim_list& dims, const size_list& sizes) {
  const size_list steps = row_major_steps(operand.dims());
  size_list from(sizes.size(), 0);
  for (std::size_t i = 0; i < dims.size(); ++i) {
    const std::int64_t size = operand.dims()[i];
    if (size == 1) continue;
    if (size != sizes[dims[i]]) {
      call.fail("dim " + std::to_string(i) + " of " + to_string(operand.type()) + " must be 1 or the size of dim " +
                std::to_string(dims[i]) + " of " + to_string(type_view{operand.element(), sizes.view()}));
    }
    from[dims[i]] = steps[i];
  }
  array out(operand.element(), sizes.view(), call.precision());
  const size_list to = row_major_steps(sizes);
  loops<2> all;
  for (std::size_t d = 0; d < sizes.size(); ++d) all.add(sizes[d], {from[d], to[d]});
  copy_elements(all, operand, 0, out, 0);
  return out;
}

/// Elements start, start + stride, ... before limit of each dim.
inline array slice_of(invocation& call, const array& operand, const size_list& start, const size_list& limit,
                      const size_list& strides) {
  size_list sizes;
  for (std::size_t d = 0; d < operand.rank(); ++d) {
    if (start[d] < 0 || limit[d] < start[d] || limit[d] > operand.dims()[d] || strides[d] < 1) {
      call.fail("takes [" + std::to_string(start[d]) + ":" + std::to_string(limit[d]) + ":" +
                std::to_string(strides[d]) + "] of dim " + std::to_string(d) + " of " + to_string(operand.type()) +
                "; it must be 0 <= start <= limit <= size and stride >= 1");
    }
    sizes.push_back((limit[d] - start[d]) / strides[d] + ((limit[d] - start[d]) % strides[d] != 0 ? 1 : 0));
  }
  array out(operand.element(), sizes.view(), call.precision());
  const size_list from = row_major_steps(operand.dims()), to = row_major_steps(sizes);
  loops<2> all;
  std::int64_t first = 0;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    // A stride may be larger than any array; it is not taken then.
    all.add(sizes[d], {sizes[d] < 2 ? 0 : from[d] * strides[d], to[d]});
    first += from[d] * start[d];
  }
  copy_elements(all, operand, first, out, 0);
  return out;
}

/// Where a dynamic slice of these sizes starts: scalar operands from `first` on, clamped so that it lies inside.
inline size_list clamped_starts(invocation& call, std::size_t first, const size_list& dims,
                                list_view<std::int64_t> sizes) {
  size_list starts;
  for (std::size_t d = 0; d < dims.size(); ++d) {
    if (sizes[d] > dims[d]) {
      call.fail("a slice of " + std::to_string(sizes[d]) + " elements does not fit dim " + std::to_string(d) +
                " of size " + std::to_string(dims[d]));
    }
    starts.push_back(std::clamp(integers_of(call.operand(first + d))[0], std::int64_t{0}, dims[d] - sizes[d]));
  }
  return starts;
}

inline array padded(invocation& call, const array& operand, const array& value, const size_list& low,
                    const size_list& high, const size_list& interior) {
  constexpr std::int64_t limit = std::int64_t{1} << 48;
  size_list sizes;
  for (std::size_t d = 0; d < operand.rank(); ++d) {
    const bool sane = low[d] > -limit && low[d] < limit && high[d] > -limit && high[d] < limit && interior[d] >= 0;
    const std::int64_t size = operand.dims()[d];
    std::int64_t all = -1;
    if (sane)
      all = checked_add(size < 2 ? size : checked_add(size, checked_multiply(size - 1, interior[d])), 2 * limit);
    if (all >= 0) all += low[d] + high[d] - 2 * limit;
    if (all < 0) {
      call.fail("dim " + std::to_string(d) + " of " + to_string(operand.type()) + " cannot be padded by low " +
                std::to_string(low[d]) + ", high " + std::to_string(high[d]) + " and interior " +
                std::to_string(interior[d]) + ": the size would be negative or too large");
    }
    sizes.push_back(all);
  }
  array out(operand.element(), sizes.view(), call.precision());
  fill_elements(out, value);
  const size_list from = row_major_steps(operand.dims()), to = row_major_steps(sizes);
  loops<2> inside;
  std::int64_t from_at = 0, to_at = 0;
  for (std::size_t d = 0; d < sizes.size(); ++d) {
    // Element i stands at low + i * apart: those before 0 or past the end are cut off.
    const std::int64_t size = operand.dims()[d], apart = size < 2 ? 1 : interior[d] + 1;
    const std::int64_t first = low[d] < 0 ? (-low[d] + apart - 1) / apart : 0;
    const std::int64_t room = sizes[d] - 1 - low[d];
    const std::int64_t end = room < 0 ? 0 : std::min(size, room / apart + 1);
    if (first >= end) return out;
    inside.add(end - first, {from[d], to[d] * apart});
    from_at += first * from[d];
    to_at += (low[d] + first * apart) * to[d];
  }
  copy_elements(inside, operand, from_at, out, to_at);
  return out;
}

}  // namespace detail

template <>
struct kernel<op::reshape> {
  static void run(invocation& call) { call.set(detail::reshaped_to(call, call.result_type().dims)); }
};
template <>
struct kernel<op::dynamic_reshape> {
  static void run(invocation& call) {
    const size_list sizes = detail::sizes_of(call, 1);
    call.set(detail::reshaped_to(call, sizes));
  }
};

template <>
struct kernel<op::transpose> {
  static void run(invocation& call, const op::transpose::attributes& a) {
    const array& operand = call.operand(0);
    size_list sizes;
    for (const auto d : a.permutation) sizes.push_back(operand.dims()[d]);
    array out(operand.element(), sizes.view(), call.precision());
    const size_list from = detail::row_major_steps(operand.dims()), to = detail::row_major_steps(sizes);
    detail::loops<2> all;
    for (std::size_t d = 0; d < sizes.size(); ++d) all.add(sizes[d], {from[a.permutation[d]], to[d]});
    detail::copy_elements(all, operand, 0, out, 0);
    call.set(std::move(out));
  }
};

template <>
struct kernel<op::reverse> {
  static void run(invocation& call, const op::reverse::attributes& a) {
    const array& operand = call.operand(0);
    array out(operand.element(), operand.dims(), call.precision());
    const size_list steps = detail::row_major_steps(operand.dims());
    detail::loops<2> all;
    std::int64_t first = 0;
    for (std::size_t d = 0; d < steps.size(); ++d) {
      const bool backwards = a.dimensions.contains(static_cast<std::uint8_t>(d));
      all.add(operand.dims()[d], {backwards ? -steps[d] : steps[d], steps[d]});
      if (backwards) first += steps[d] * (operand.dims()[d] - 1);
    }
    detail::copy_elements(all, operand, first, out, 0);
    call.set(std::move(out));
  }
};

template <>
struct kernel<op::broadcast_in_dim> {
  static void run(invocation& call, const op::broadcast_in_dim::attributes& a) {
    call.set(detail::broadcast_to(call, call.operand(0), a.dimensions, size_list(call.result_type().dims)));
  }
};
template <>
struct kernel<op::broadcast> {
  static void run(invocation& call, const op::broadcast::attributes& a) {
    size_list sizes = a.sizes;
    dim_list dims;
    for (const auto size : call.operand(0).dims()) {
      dims.push_back(static_cast<std::uint8_t>(sizes.size()));
      sizes.push_back(size);
    }
    call.set(detail::broadcast_to(call, call.operand(0), dims, sizes));
  }
};
template <>
struct kernel<op::dynamic_broadcast_in_dim> {
  static void run(invocation& call, const op::dynamic_broadcast_in_dim::attributes& a) {
    const size_list sizes = detail::sizes_of(call, 1);
    call.set(detail::broadcast_to(call, call.operand(0), a.dimensions, sizes));
  }
};

template <>
struct kernel<op::slice> {
  static void run(invocation& call, const op::slice::attributes& a) {
    call.set(detail::slice_of(call, call.operand(0), a.start, a.limit, a.strides));
  }
};
template <>
struct kernel<op::real_dynamic_slice> {
  static void run(invocation& call) {
    const size_list start = detail::sizes_of(call, 1), limit = detail::sizes_of(call, 2);
    call.set(detail::slice_of(call, call.operand(0), start, limit, detail::sizes_of(call, 3)));
  }
};
template <>
struct kernel<op::dynamic_slice> {
  static void run(invocation& call, const op::dynamic_slice::attributes& a) {
    const array& operand = call.operand(0);
    const size_list start = detail::clamped_starts(call, 1, operand.dims(), a.sizes);
    size_list limit = start;
    for (std::size_t d = 0; d < limit.size(); ++d) limit[d] += a.sizes[d];
    call.set(detail::slice_of(call, operand, start, limit, size_list(start.size(), 1)));
  }
};
template <>
struct kernel<op::dynamic_update_slice> {
  static void run(invocation& call) {
    const array update = call.operand(1);
    array out = call.take(0);
    const size_list start = detail::clamped_starts(call, 2, out.dims(), update.dims());
    const size_list from = detail::row_major_steps(update.dims()), to = detail::row_major_steps(out.dims());
    detail::loops<2> all;
    std::int64_t first = 0;
    for (std::size_t d = 0; d < start.size(); ++d) {
      all.add(update.dims()[d], {from[d], to[d]});
      first += to[d] * start[d];
    }
    detail::copy_elements(all, update, 0, out, first);
    call.set(std::move(out));
  }
};

template <>
struct kernel<op::pad> {
  static void run(invocation& call, const op::pad::attributes& a) {
    call.set(detail::padded(call, call.operand(0), call.operand(1), a.low, a.high, a.interior));
  }
};
template <>
struct kernel<op::dynamic_pad> {
  static void run(invocation& call) {
    const auto amounts = [&](std::size_t i) {
      return size_list{list_view<std::int64_t>(detail::integers_of(call.operand(i)))};
    };
    call.set(detail::padded(call, call.operand(0), call.operand(1), amounts(2), amounts(3), amounts(4)));
  }
};

template <>
struct kernel<op::concatenate> {
  static void run(invocation& call, const op::concatenate::attributes& a) {
    const auto along = static_cast<std::size_t>(a.dimension);
    size_list sizes = call.operand(0).dims();
    for (std::size_t i = 1; i < call.operand_count(); ++i) {
      size_list part = call.operand(i).dims();
      const std::int64_t added = part[along];
      part[along] = call.operand(0).dims()[along];
      if (!(part == call.operand(0).dims())) {
        call.fail("operand " + std::to_string(i) + " is " + to_string(call.operand(i).type()) +
                  ", which does not fit " + to_string(call.operand(0).type()) + " beside dim " + std::to_string(along));
      }
      sizes[along] += added;
    }
    array out(call.operand(0).element(), sizes.view(), call.precision());
    const size_list to = detail::row_major_steps(sizes);
    std::int64_t first = 0;
    for (std::size_t i = 0; i < call.operand_count(); ++i) {
      const array& part = call.operand(i);
      const size_list from = detail::row_major_steps(part.dims());
      detail::loops<2> all;
      for (std::size_t d = 0; d < sizes.size(); ++d) all.add(part.dims()[d], {from[d], to[d]});
      detail::copy_elements(all, part, 0, out, first);
      first += to[along] * part.dims()[along];
    }
    call.set(std::move(out));
  }
};

template <>
struct kernel<op::dynamic_iota> {
  static void run(invocation& call, const op::dynamic_iota::attributes& a) {
    const size_list sizes = detail::sizes_of(call, 0);
    const dim_list along{static_cast<std::uint8_t>(a.dimension)};
    const std::int64_t count[] = {sizes[along[0]]};
    array numbers(call.result_type().element, count, call.precision());
    with_type(numbers.kind(), [&]<class T>() {
      if constexpr (!std::is_same_v<T, bool>) {
        std::size_t i = 0;
        for (T& x : numbers.mutable_elements<T>()) {
          if constexpr (is_complex_v<T>) {
            x = T(static_cast<typename T::value_type>(i++));
          } else {
            x = static_cast<T>(i++);
          }
        }
      }
    });
    numbers.normalize();
    call.set(detail::broadcast_to(call, numbers, along, sizes));
  }
};

template <>
struct kernel<op::get_dimension_size> {
  static void run(invocation& call, const op::get_dimension_size::attributes& a) {
    const std::int64_t size = call.operand(0).dims()[static_cast<std::size_t>(a.dimension)];
    if (size > std::numeric_limits<std::int32_t>::max())
      call.fail("the size " + std::to_string(size) + " does not fit 32 bits");
    array out = call.make_result();
    out.mutable_elements<std::int32_t>()[0] = static_cast<std::int32_t>(size);
    call.set(std::move(out));
  }
};
/// What lies past the new size is no longer part of the value.
template <>
struct kernel<op::set_dimension_size> {
  static void run(invocation& call, const op::set_dimension_size::attributes& a) {
    const array& operand = call.operand(0);
    size_list limit = operand.dims();
    limit[static_cast<std::size_t>(a.dimension)] = detail::integers_of(call.operand(1))[0];
    call.set(detail::slice_of(call, operand, size_list(limit.size(), 0), limit, size_list(limit.size(), 1)));
  }
};

template <>
struct kernel<op::tuple> {
  static void run(invocation& call) {
    std::vector<array> parts;
    for (std::size_t i = 0; i < call.operand_count(); ++i) parts.push_back(call.take(i));
    call.set(array::tuple(std::move(parts)));
  }
};
template <>
struct kernel<op::get_tuple_element> {
  static void run(invocation& call, const op::get_tuple_element::attributes& a) {
    const auto index = static_cast<std::size_t>(a.index);
    if (index >= call.operand(0).parts().size()) call.fail("the tuple has no part " + std::to_string(index));
    call.set(call.operand(0).parts()[index]);
  }
};
template <>
struct kernel<op::after_all> {
  static void run(invocation& call) { call.set(call.make_result()); }
};
template <>
struct kernel<op::create_token> {
  static void run(invocation& call) { call.set(call.make_result()); }
};

}  // namespace partita::interpret
