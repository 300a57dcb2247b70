// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: subject_to: takes comparisons such as peak_memory <= 16_GiB

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto bad = subject_to(16_GiB);

int main() {}
