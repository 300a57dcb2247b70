// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: axis: the size is 1 or more

#include <partita/mesh.hpp>

using namespace partita;

constexpr auto devices = make_mesh(axis<"batch", 0>);

int main() {}
