// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: shard: the dim is a whole number, first_divisible_dim, replicated, unknown, or a callable

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto bad = shard<"batch">("x", "0");

int main() {}
