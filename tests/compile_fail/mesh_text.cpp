// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: mesh_text_is_malformed

#include <partita/mesh.hpp>

using namespace partita;

constexpr auto devices = parse_mesh("batch=4;model=2");

int main() {}
