// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: mesh_has_two_axes_of_one_name

#include <partita/mesh.hpp>

using namespace partita;

constexpr auto devices = make_mesh(axis<"x", 4>, axis<"x", 2>);

int main() {}
