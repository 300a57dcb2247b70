// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The sentences with which the compiler refuses an axis that a mesh does not have. The note below each
// shows the axis and the axes of the mesh, as template arguments.

#include <partita/mesh/static_mesh.hpp>

namespace partita {

template <fixed_string Axis, class Mesh>
constexpr void explain_shard_axis() {
  static_assert(Mesh::has(Axis.view()),
                "shard: the mesh has no such axis; the axis and those of the mesh are listed in the note below "
                "(docs/reference/errors.md#no-such-axis)");
}

template <fixed_string Axis, class Mesh>
constexpr void explain_pin_axis() {
  static_assert(Mesh::has(Axis.view()),
                "pin: the mesh has no such axis; the axis and those of the mesh are listed in the note below "
                "(docs/reference/errors.md#no-such-axis)");
}

template <fixed_string Axis, class Mesh>
constexpr void explain_automatic_axis() {
  static_assert(Mesh::has(Axis.view()),
                "automatic: the mesh has no such axis; the axis and those of the mesh are listed in the note below "
                "(docs/reference/errors.md#no-such-axis)");
}

}  // namespace partita
