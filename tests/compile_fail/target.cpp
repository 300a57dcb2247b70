// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: target: the idea of cost must tell the seconds of an op on a device

#include <partita/simulate.hpp>

using namespace partita;

struct no_idea_of_collectives {
  static constexpr double compute(const op_work&, const device&) { return 0; }
};

const target<ring_topology, no_idea_of_collectives> bad{a100_80, ring_topology(a100_80), {}};

int main() {}
