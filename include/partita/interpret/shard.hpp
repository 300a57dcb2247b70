// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// One device's part of an array. A layout is anything with `splits`, each of which has a dim and the number of a mesh
// axis; those of one dim stand major first. Devices are numbered row-major over the axes, the first slowest.

#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <partita/interpret/array.hpp>

namespace partita::interpret {

/// Position of a device along each axis of a mesh with these sizes.
[[nodiscard]] inline std::vector<std::int64_t> coordinates(list_view<std::int64_t> mesh, std::int64_t device) {
  std::vector<std::int64_t> at(mesh.size());
  for (std::size_t a = mesh.size(); a-- > 0;) {
    at[a] = device % mesh[a];
    device /= mesh[a];
  }
  return at;
}

/// A box of an array: its offsets and sizes by dim.
struct box {
  size_list offsets, sizes;
};

/// The box of an array of these dims that a device holds.
template <class Layout>
[[nodiscard]] box box_of(list_view<std::int64_t> dims, const Layout& layout, list_view<std::int64_t> mesh,
                         std::int64_t device) {
  const std::vector<std::int64_t> at = coordinates(mesh, device);
  box b{size_list(dims.size(), 0), size_list(dims)};
  for (const auto& s : layout.splits) {
    b.sizes[s.dim] /= mesh[s.axis];
    b.offsets[s.dim] += at[s.axis] * b.sizes[s.dim];
  }
  return b;
}

namespace detail {

// Calls f(position of the row in the whole, position in the part, row length) for each innermost row of a box.
template <class F>
void for_each_row(list_view<std::int64_t> dims, const box& b, F&& f) {
  std::int64_t rows = 1, row = 1;
  const std::size_t rank = dims.size();
  if (rank != 0) row = b.sizes[rank - 1];
  for (std::size_t d = 0; d + 1 < rank; ++d) rows *= b.sizes[d];
  if (row == 0) return;
  for (std::int64_t r = 0; r < rows; ++r) {
    std::int64_t rest = r, whole = rank == 0 ? 0 : b.offsets[rank - 1], stride = rank == 0 ? 1 : dims[rank - 1];
    for (std::size_t d = rank < 2 ? 0 : rank - 1; d-- > 0;) {
      whole += (rest % b.sizes[d] + b.offsets[d]) * stride;
      rest /= b.sizes[d];
      stride *= dims[d];
    }
    f(static_cast<std::size_t>(whole), static_cast<std::size_t>(r * row), static_cast<std::size_t>(row));
  }
}

}  // namespace detail

/// The elements of a box, as an array of its own.
[[nodiscard]] inline array part_of(const array& whole, const box& b, numerics n) {
  array part(whole.element(), b.sizes.view(), n);
  const std::size_t bytes = size_of(whole.kind());
  std::byte* const out = part.mutable_data();
  detail::for_each_row(whole.dims().view(), b, [&](std::size_t from, std::size_t to, std::size_t count) {
    std::memcpy(out + to * bytes, whole.data() + from * bytes, count * bytes);
  });
  return part;
}

/// Writes a part into its box of the whole.
inline void set_part(array& whole, const box& b, const array& part) {
  const std::size_t bytes = size_of(whole.kind());
  std::byte* const out = whole.mutable_data();
  detail::for_each_row(whole.dims().view(), b, [&](std::size_t to, std::size_t from, std::size_t count) {
    std::memcpy(out + to * bytes, part.data() + from * bytes, count * bytes);
  });
}

}  // namespace partita::interpret
