// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: schedule: \| leaves a choice, which only a search with a goal can take

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto devices = make_mesh(axis<"batch", 4>, axis<"model", 2>);
// With a goal this would do.
static_assert(choice_for(devices, (skip | shard<"model">("w1", 1)) >> choose(minimize(step_time))).alternative_count() == 2);
constexpr auto bad = choice_for(devices, skip | shard<"model">("w1", 1)).alternative_count();

int main() {}
