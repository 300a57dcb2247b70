// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: axis: the name has 1 to 31 characters

#include <partita/mesh.hpp>

using namespace partita;

constexpr auto devices = make_mesh(axis<"", 4>);

int main() {}
