// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Meshes whose axes are part of their type, so that a schedule can be checked against them by the compiler.

#include <concepts>
#include <cstdint>
#include <string_view>

#include <partita/mesh/device_mesh.hpp>
#include <partita/support/fixed_string.hpp>

namespace partita {

/// Type of axis<"batch", 4>.
template <fixed_string Name, std::int64_t Size>
struct axis_t {
  static_assert(Name.view().size() >= 1 && Name.view().size() <= axis_name::max_size,
                "axis: the name has 1 to 31 characters (docs/reference/errors.md#axis-name)");
  static_assert(Size >= 1, "axis: the size is 1 or more (docs/reference/errors.md#axis-size)");
  static constexpr std::string_view name = Name.view();
  static constexpr std::int64_t size = Size;
};

/// One axis of a mesh: axis<"batch", 4>.
template <fixed_string Name, std::int64_t Size>
inline constexpr axis_t<Name, Size> axis{};

/// A device_mesh that remembers its axes in its type.
template <class... Axes>
class static_mesh : public device_mesh {
 public:
  constexpr static_mesh() { (add(Axes::name, Axes::size), ...); }

  /// Whether the mesh has an axis of this name.
  [[nodiscard]] static constexpr bool has(std::string_view name) { return ((Axes::name == name) || ...); }
};

/// Makes a mesh: `constexpr auto mesh = make_mesh(axis<"batch", 4>, axis<"model", 2>)`. The first axis is the
/// slowest in device numbers. Two axes of one name, more than 8 axes or more than 2^31 - 1 devices throw
/// schedule_error, and do not compile in a constant expression.
struct make_mesh_t {
  template <fixed_string... Names, std::int64_t... Sizes>
  [[nodiscard]] constexpr auto operator()(axis_t<Names, Sizes>...) const {
    return static_mesh<axis_t<Names, Sizes>...>{};
  }
};
inline constexpr make_mesh_t make_mesh{};

/// A mesh whose axes the compiler knows.
template <class M>
concept StaticMesh = std::derived_from<M, device_mesh> && requires {
  { M::has(std::string_view{}) } -> std::same_as<bool>;
};

}  // namespace partita
