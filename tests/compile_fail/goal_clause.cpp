// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: automatic: takes minimize\(objective, ...\) or pareto_front

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto bad = automatic<"model">(step_time);

int main() {}
