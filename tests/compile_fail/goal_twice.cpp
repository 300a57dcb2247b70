// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: automatic: a goal has one minimize or pareto_front

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto bad = automatic<"model">(minimize(step_time), minimize(peak_memory));

int main() {}
