// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: no match for .operator<=|invalid operands to binary expression

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto bad = subject_to(peak_memory <= 16_s);

int main() {}
