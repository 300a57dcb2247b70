// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a mesh axis is to the rest of Partita: a small number that stands for a name and a size.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <partita/support/static_vector.hpp>

namespace partita {

/// A mesh has at most this many axes.
inline constexpr std::size_t max_axes = 8;

/// Position of an axis in its mesh.
using axis_index = std::uint8_t;
using axis_list = static_vector<axis_index, max_axes>;
using axis_sizes = static_vector<std::int64_t, max_axes>;  ///< devices along each axis

/// Name of an axis, kept in place so that a mesh is trivially copyable.
class axis_name {
 public:
  static constexpr std::size_t max_size = 31;

  constexpr axis_name() = default;
  /// @pre text.size() <= max_size
  constexpr explicit axis_name(std::string_view text) : size_(static_cast<std::uint8_t>(text.size())) {
    std::copy(text.begin(), text.end(), text_);
  }

  [[nodiscard]] constexpr std::string_view view() const { return {text_, size_}; }
  [[nodiscard]] friend constexpr bool operator==(const axis_name& a, const axis_name& b) {
    return a.view() == b.view();
  }

 private:
  char text_[max_size]{};
  std::uint8_t size_ = 0;
};

/// An axis: `size` groups of devices stand along it.
struct mesh_axis {
  axis_name name;
  std::int64_t size = 1;
  [[nodiscard]] friend constexpr bool operator==(const mesh_axis&, const mesh_axis&) = default;
};

}  // namespace partita
