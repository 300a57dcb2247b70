// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: together_takes_single_tactics_but_here_is_a_sequence

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto count =
    to_schedule(shard<"model">("w2", 0) * (shard<"batch">("x", 0) >> shard<"model">("w1", 1))).tactic_count();

int main() {}
