// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: no match for .operator\+|invalid operands to binary expression

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto both = shard<"batch">("x", 0) + shard<"model">("w1", 1);

int main() {}
