// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Collectives of real training steps against the table of the paper (PartIR, arXiv 2401.11202, Table 3) and
// against an independent model of the same semantics.

#include <optional>
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

namespace {

/// Counts for a program of the shared folder, or nothing where that is absent.
std::optional<collective_counts> shared_counts(const char* program, const char* mesh, const std::string& schedule) {
  const auto file = testing::shared_file(std::string("models/full/") + program + ".mlir.gz");
  if (!file) return std::nullopt;
  return counts(stablehlo::read_file(file->string()), mesh, schedule);
}

}  // namespace

TEST_CASE("serving, a diffusion model and a graph network communicate as in the paper's table") {
  const std::string serving =
      "BP = shard<\"batch\">(\"X\", 0) * shard<\"batch\">(\"caches/*\", 0)\n"
      "keep = pin<\"model\">(tagged(\"tag_q\")) * pin<\"model\">(tagged(\"tag_k\")) * pin<\"model\">(tagged(\"tag_v\"))\n"
      "   * pin<\"model\">(tagged(\"tag_o\")) * pin<\"model\">(tagged(\"tag_ph\"))\n"
      "MP = shard<\"model\">(\"params/*/q_einsum/w\", 0) * shard<\"model\">(\"params/*/linear/w\", 0)\n"
      "   * shard<\"model\">(\"params/*/dense_up/w\", 2)\n"
      "MQ = shard<\"model\">(\"caches/*\", 0)\n";
  // Two decode all_reduces in each of 32 layers and 1,536 steps; multi-query attention moves q and the output.
  if (const auto n = shared_counts("paper_it32_mq", "batch=8,model=2", serving + "BP\n")) CHECK(*n == no_collectives);
  if (const auto n = shared_counts("paper_it32_mq", "batch=8,model=2", serving + "BP >> MP\n")) {
    CHECK(*n == all_reduce * 98304);
  }
  if (const auto n = shared_counts("paper_it32_mq", "batch=8,model=2", serving + "BP >> keep >> MP >> MQ\n")) {
    CHECK(*n == all_gather * 64 + all_reduce * 98304 + all_to_all * 98240);
  }
  if (const auto n = shared_counts("paper_gns", "batch=8", "shard<\"batch\">(\"edges/*\", 0)\n")) {
    CHECK(*n == all_reduce * 423);
  }
  if (const auto n = shared_counts("unet", "batch=8,model=4", "shard<\"batch\">(\"batch/*\", 0)\n")) {
    CHECK(*n == all_reduce * 503);
  }
}
