// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// How one value lies on the mesh: for each dim the axes that split it, major first, and the axes over which
// it is a partial result still to be combined.

#include <cstdint>

#include <partita/ir/monoid.hpp>
#include <partita/ir/type.hpp>
#include <partita/mesh/axis.hpp>

namespace partita {

/// Dim `dim` is split over `axis`.
struct split {
  std::uint8_t dim = 0;
  axis_index axis = 0;
  [[nodiscard]] friend constexpr bool operator==(const split&, const split&) = default;
};

/// Splits are sorted by dim; those of one dim stand major first.
struct layout {
  static_vector<split, max_axes> splits;
  std::uint8_t partial = 0;           ///< bit a: partial over axis a
  monoid combines = monoid::none;     ///< how partial values combine

  [[nodiscard]] constexpr bool is_whole() const { return splits.empty() && partial == 0; }
  [[nodiscard]] constexpr bool is_partial(axis_index a) const { return (partial >> a & 1) != 0; }

  /// Adds a split, minor to those that the dim has.
  constexpr void add(std::size_t dim, axis_index axis) {
    std::size_t at = splits.size();
    while (at > 0 && splits[at - 1].dim > dim) --at;
    splits.insert(at, {static_cast<std::uint8_t>(dim), axis});
  }
  /// Dim that is split over axis a, or -1.
  [[nodiscard]] constexpr int dim_of(axis_index a) const {
    for (const split& s : splits) {
      if (s.axis == a) return s.dim;
    }
    return -1;
  }
  /// Axes of one dim, major first.
  [[nodiscard]] constexpr axis_list axes_of(std::size_t dim) const {
    axis_list axes;
    for (const split& s : splits) {
      if (s.dim == dim) axes.push_back(s.axis);
    }
    return axes;
  }
  [[nodiscard]] friend constexpr bool operator==(const layout& a, const layout& b) {
    return a.partial == b.partial && a.splits == b.splits && (a.partial == 0 || a.combines == b.combines);
  }
};

/// Sizes of one device's part of a value.
[[nodiscard]] constexpr size_list local_sizes(list_view<std::int64_t> dims, const layout& l, const axis_sizes& axes) {
  size_list local(dims);
  for (const split& s : l.splits) local[s.dim] /= axes[s.axis];
  return local;
}

}  // namespace partita
