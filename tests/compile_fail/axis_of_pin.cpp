// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// expect-error: pin: the mesh has no such axis; the axis and those of the mesh are listed in the note below
// expect-error(g++): explain_pin_axis\(\).*"modle".*"batch".*"model"
// expect-error(clang++-19): explain_pin_axis<.*"modle".*"batch".*"model"

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>

using namespace partita;

constexpr auto devices = make_mesh(axis<"batch", 4>, axis<"model", 2>);
constexpr auto s = sequence_for(devices, shard<"batch">("x", 0) * pin<"modle">("w1"));

int main() {}
