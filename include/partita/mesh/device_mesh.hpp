// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// device_mesh: named axes with sizes. Devices are numbered row-major: the first axis is the slowest.
// The one implementation beneath meshes known at compile time (static_mesh) and at run time (parse_mesh).

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <partita/mesh/axis.hpp>
#include <partita/support/error.hpp>

namespace partita {

/// A mesh has at most this many devices.
inline constexpr std::int64_t max_devices = std::numeric_limits<std::int32_t>::max();

namespace detail {

// In a constant expression a call of one of these stops the compiler, which then shows the name.
[[noreturn]] inline void mesh_axis_name_is_empty_or_longer_than_31_characters(std::string_view name) {
  throw schedule_error("mesh: an axis name has 1 to 31 characters, not " + std::to_string(name.size()) + ": '" +
                       std::string(name.substr(0, 40)) + "'");
}
[[noreturn]] inline void mesh_axis_size_is_less_than_one(std::string_view name, std::int64_t size) {
  throw schedule_error("mesh: axis '" + std::string(name) + "' has size " + std::to_string(size) +
                       "; a size is 1 or more");
}
[[noreturn]] inline void mesh_has_two_axes_of_one_name(std::string_view name) {
  throw schedule_error("mesh: two axes are called '" + std::string(name) + "'; every axis needs a name of its own");
}
[[noreturn]] inline void mesh_has_more_than_8_axes() {
  throw schedule_error("mesh: more than 8 axes; join axes that are always used together");
}
[[noreturn]] inline void mesh_has_more_than_2147483647_devices() {
  throw schedule_error("mesh: more than 2147483647 devices; the sizes of all axes are multiplied");
}

}  // namespace detail

class device_mesh {
 public:
  /// No axes: one device.
  constexpr device_mesh() = default;

  /// Adds the next axis, faster than those before it. Throws schedule_error for a size below 1, an empty, long
  /// or repeated name, a ninth axis, or more than max_devices devices. An axis of size 1 is legal.
  constexpr void add(std::string_view name, std::int64_t size) {
    if (name.empty() || name.size() > axis_name::max_size) {
      detail::mesh_axis_name_is_empty_or_longer_than_31_characters(name);
    }
    if (size < 1) detail::mesh_axis_size_is_less_than_one(name, size);
    if (find(name)) detail::mesh_has_two_axes_of_one_name(name);
    if (axes_.size() == max_axes) detail::mesh_has_more_than_8_axes();
    if (size > max_devices / devices_) detail::mesh_has_more_than_2147483647_devices();
    axes_.push_back({axis_name(name), size});
    devices_ *= size;
  }

  [[nodiscard]] constexpr std::size_t axis_count() const { return axes_.size(); }
  [[nodiscard]] constexpr std::int64_t devices() const { return devices_; }
  [[nodiscard]] constexpr std::string_view name(axis_index a) const { return axes_[a].name.view(); }
  [[nodiscard]] constexpr std::int64_t size(axis_index a) const { return axes_[a].size; }
  [[nodiscard]] constexpr axis_sizes sizes() const {
    axis_sizes all;
    for (const mesh_axis& a : axes_) all.push_back(a.size);
    return all;
  }

  /// The axis with this name, if there is one.
  [[nodiscard]] constexpr std::optional<axis_index> find(std::string_view name) const {
    for (std::size_t a = 0; a < axes_.size(); ++a) {
      if (axes_[a].name.view() == name) return static_cast<axis_index>(a);
    }
    return std::nullopt;
  }

  /// How far apart in device numbers two neighbours along the axis are.
  [[nodiscard]] constexpr std::int64_t stride(axis_index a) const {
    std::int64_t n = 1;
    for (std::size_t b = a + 1u; b < axes_.size(); ++b) n *= axes_[b].size;
    return n;
  }
  /// Where a device stands along the axis.
  /// @pre 0 <= device < devices()
  /// @post 0 <= result < size(a), and the sum over all axes of coordinate * stride is `device`
  [[nodiscard]] constexpr std::int64_t coordinate(std::int64_t device, axis_index a) const {
    return device / stride(a) % size(a);
  }

  [[nodiscard]] friend constexpr bool operator==(const device_mesh& a, const device_mesh& b) {
    return a.axes_ == b.axes_;
  }

 private:
  static_vector<mesh_axis, max_axes> axes_;
  std::int64_t devices_ = 1;
};

/// Text that parse_mesh reads back: batch=4,model=2.
[[nodiscard]] inline std::string to_string(const device_mesh& mesh) {
  std::string text;
  for (std::size_t i = 0; i < mesh.axis_count(); ++i) {
    const auto a = static_cast<axis_index>(i);
    if (i > 0) text += ',';
    text += std::string(mesh.name(a)) + "=" + std::to_string(mesh.size(a));
  }
  return text;
}

}  // namespace partita
