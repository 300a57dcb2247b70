// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: minimize: takes 1 to 4 objectives: metrics such as step_time

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto bad = minimize(0.5 * step_time);

int main() {}
