// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: together_takes_manual_tactics_but_here_is_an_automatic_one

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto count = to_schedule(shard<"model">("w2", 0) * automatic<"model">()).tactic_count();

int main() {}
