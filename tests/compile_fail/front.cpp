// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: pareto_front: takes two metrics such as step_time and peak_memory

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto bad = pareto_front(step_time);

int main() {}
