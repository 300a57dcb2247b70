// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Estimates of a real training step in the order in which the simulator of the paper puts them (PartIR,
// arXiv 2401.11202, Table 4, T32). Only order carries over: devices and costs there are the authors' own.

#include <string>

#include <doctest/doctest.h>

#include <partita/mesh.hpp>
#include <partita/op.hpp>
#include <partita/plan/collectives_of.hpp>
#include <partita/simulate.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/data.hpp"

namespace {

using namespace partita;

// The four big tensors of a layer and the embedding, of the parameters or of the optimizer's state.
std::string big(const std::string& tree, const std::string& verb, const std::string& dim) {
  std::string text;
  for (const char* path : {"/*/qkv_einsum/w", "/*/linear/w", "/*/dense_up/w", "/*/dense_down/w", "/*embed"}) {
    text += (text.empty() ? "" : " * ") + verb + "<\"batch\">(\"" + tree + path + "\"" + dim + ")";
  }
  return text;
}

const std::string tactics =
    "BP = shard<\"batch\">(\"data/*\", 0)\n"
    "MP = shard<\"model\">(\"params/*/linear/w\", 0) * shard<\"model\">(\"params/*/dense_up/w\", 2)\n"
    "   * shard<\"model\">(\"params/*/qkv_einsum/w\", 1)\n"
    "Z2 = " + big("opt_state", "shard", ", first_divisible_dim") + " * " + big("params", "pin", "") + "\n" +
    "Z3 = " + big("opt_state", "shard", ", first_divisible_dim") + " * " +
    big("params", "shard", ", first_divisible_dim") + "\n";

}  // namespace

TEST_CASE("a 32-layer transformer's estimates stand in the order of the paper's table") {
  const graph g = stablehlo::read_file(testing::data_file("paper_t32.mlir.gz"));
  const device_mesh mesh = parse_mesh("batch=8,model=4");
  const auto row = [&](const std::string& text) {
    return with_schedule(g, mesh, parse_schedule(tactics + text + "\n", "schedule"), [&](const auto& p) {
      const auto program = p.lower();
      const estimate e = simulate(program.graph, tpu_v3, ring_topology(tpu_v3, mesh.sizes()));
      // The program tells the simulator what lowering knows of its collectives.
      for (std::size_t k = 0; k < collective_kinds; ++k) {
        double count = 0, bytes = 0;
        for (const collective& c : program.collectives) {
          if (c.kind != static_cast<collective_kind>(k)) continue;
          count += static_cast<double>(c.count);
          bytes += static_cast<double>(c.count * c.bytes);
        }
        CHECK(static_cast<double>(e.collectives[k].count) == count);
        CHECK(e.collectives[k].bytes == bytes);
      }
      return e;
    });
  };
  const estimate bp = row("BP"), mp = row("MP"), bp_mp = row("BP >> MP"), z2 = row("BP >> MP >> Z2"),
                 z3 = row("BP >> MP >> Z3");
  // Table 3 there.
  CHECK(bp.of(collective_kind::all_reduce).count == 290);
  CHECK(z3.of(collective_kind::all_gather).count == 259);
  CHECK(mp.peak_memory_bytes > bp.peak_memory_bytes);
  CHECK(bp.peak_memory_bytes > bp_mp.peak_memory_bytes);
  CHECK(bp_mp.peak_memory_bytes > z2.peak_memory_bytes);
  CHECK(z2.peak_memory_bytes > z3.peak_memory_bytes);
  for (const estimate& e : {bp, bp_mp, z2, z3}) CHECK(mp.step_time_s > e.step_time_s);
  // Gathering parameters for each use costs more than gathering updated ones once.
  CHECK(z3.communicate_time_s > z2.communicate_time_s);
}
