// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Collectives of real training steps against the table of the paper (PartIR, arXiv 2401.11202, Table 3) and
// against an independent model of the same semantics.

#include <string>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/data.hpp"

namespace {

using namespace partita;

collective_counts counts(const graph& g, const char* mesh, const std::string& schedule) {
  return collectives_of(g, parse_mesh(mesh), parse_schedule(schedule, "schedule"));
}

// What the paper shards: the tensors of a layer, and the four big ones with the embedding for ZeRO.
const std::string t32_tactics =
    "BP = shard<\"batch\">(\"data/*\", 0)\n"
    "MP = shard<\"model\">(\"params/*/linear/w\", 0) * shard<\"model\">(\"params/*/dense_up/w\", 2)\n"
    "   * shard<\"model\">(\"params/*/qkv_einsum/w\", 1)\n"
    "state = shard<\"batch\">(\"opt_state/*/qkv_einsum/w\", first_divisible_dim)\n"
    "   * shard<\"batch\">(\"opt_state/*/linear/w\", first_divisible_dim)\n"
    "   * shard<\"batch\">(\"opt_state/*/dense_up/w\", first_divisible_dim)\n"
    "   * shard<\"batch\">(\"opt_state/*/dense_down/w\", first_divisible_dim)\n"
    "   * shard<\"batch\">(\"opt_state/*/embed\", first_divisible_dim)\n"
    "Z2 = state * pin<\"batch\">(\"params/*/qkv_einsum/w\") * pin<\"batch\">(\"params/*/linear/w\")\n"
    "   * pin<\"batch\">(\"params/*/dense_up/w\") * pin<\"batch\">(\"params/*/dense_down/w\") * pin<\"batch\">(\"params/embed\")\n"
    "Z3 = state * shard<\"batch\">(\"params/*/qkv_einsum/w\", first_divisible_dim)\n"
    "   * shard<\"batch\">(\"params/*/linear/w\", first_divisible_dim)\n"
    "   * shard<\"batch\">(\"params/*/dense_up/w\", first_divisible_dim)\n"
    "   * shard<\"batch\">(\"params/*/dense_down/w\", first_divisible_dim)\n"
    "   * shard<\"batch\">(\"params/embed\", first_divisible_dim)\n"
    "EMB = shard<\"model\">(\"params/embed\", 1)\n";

}  // namespace

TEST_CASE("a 32-layer transformer communicates as in the paper's table") {
  const graph g = stablehlo::read_file(testing::data_file("paper_t32.mlir.gz"));
  const auto row = [&](const char* schedule) { return counts(g, "batch=8,model=4", t32_tactics + schedule + "\n"); };
  CHECK(row("BP") == all_reduce * 290);
  CHECK(row("BP >> MP") == all_reduce * 418);
  CHECK(row("BP >> MP >> Z2") == all_gather * 129 + all_reduce * 289 + reduce_scatter * 129);
  CHECK(row("BP >> MP >> Z3") == all_gather * 259 + all_reduce * 289 + reduce_scatter * 129);
  CHECK(row("BP >> MP >> Z3 >> EMB") == all_gather * 515 + all_reduce * 354 + reduce_scatter * 257);
  CHECK(row("MP") == all_reduce * 128);
  CHECK(row("MP >> EMB") == all_gather * 256 + all_reduce * 193 + reduce_scatter * 128);
}
