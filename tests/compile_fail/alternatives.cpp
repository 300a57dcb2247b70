// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: schedule: \| leaves a choice, which only a search with a goal can take

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto devices = make_mesh(axis<"batch", 4>, axis<"model", 2>);
constexpr auto s = sequence_for(devices, shard<"batch">("x", 0) >> (skip | shard<"model">("w1", 1)));

int main() {}
