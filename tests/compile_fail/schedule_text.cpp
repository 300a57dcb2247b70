// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: text_is_malformed

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>
#include <partita/tactic/parse_schedule.hpp>

using namespace partita;

constexpr auto count = parse_schedule("shard<\"batch\">(\"x\", )").tactic_count();

int main() {}
