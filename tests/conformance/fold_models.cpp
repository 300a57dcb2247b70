// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Folds real programs, partitions both the original and the folded one by the schedules that experts use, and compares
// what was decided for each op and value and what is communicated.

#include <array>
#include <cstdint>
#include <string>

#include <doctest/doctest.h>

#include <partita/ir/equal.hpp>
#include <partita/partita.hpp>
#include <partita/search/fold.hpp>

#include "support/copy.hpp"
#include "support/data.hpp"
#include "support/programs.hpp"
#include "support/random_walk.hpp"

namespace {

using namespace partita;

/// By kind and axes.
using totals = std::array<std::array<collective_total, 256>, collective_kinds>;

template <class Count>
totals total(const local_program<graph::ops>& program, Count count) {
  totals all{};
  for (const collective& c : program.collectives) {
    collective_total& t = all[static_cast<std::size_t>(c.kind)][c.axes];
    const std::int64_t times = c.count * static_cast<std::int64_t>(count(c.why));
    t.count += times;
    t.bytes += times * c.bytes;
  }
  return all;
}

void check_same_plan(const graph& g, const folded_program<graph::ops>& f, const schedule& s) {
  const device_mesh mesh = parse_mesh("batch=8,model=4");
  const program_facts<graph::ops> facts(g), folded_facts(f.graph);
  partitioning<graph::ops> whole(facts, mesh.sizes());
  program_repeats repeats;
  for (const folded_segment& part : f.segments) repeats.segments.push_back({part.first, part.end, part.times});
  repeats.arguments = f.argument_counts;
  repeats.results = f.result_counts;
  const auto where = default_target(tpu_v3, mesh);
  evaluated_partitioning<graph::ops> folded(folded_facts, mesh.sizes(), where, {}, repeats);
  for (const std::uint32_t tactic : s.sequence()) {
    const auto callables = callables_for(s);
    whole.apply(resolve(s, tactic, whole.state(), mesh, facts.stacks, callables).actions);
    folded.apply(resolve(s, tactic, folded.state(), mesh, folded_facts.stacks, callables).actions);
  }
  std::size_t wrong_values = 0, wrong_units = 0;
  for (axis_index a = 0; a < mesh.sizes().size(); ++a) {
    for (std::uint32_t i = 0; i < g.value_count(); ++i) {
      wrong_values += !(whole.state()(value_id{i}, a) == folded.state()(f.values[i], a));
    }
    for (std::uint32_t i = 0; i < g.op_count(); ++i) {
      const auto units = facts.rules.units(op_id{i}), folded_units = folded_facts.rules.units(f.ops[i]);
      // A loop around layers carries less when folded; the carried values have been compared.
      if (g.info(op_id{i}).traits.transparent) continue;
      REQUIRE(units.size() == folded_units.size());
      for (std::size_t k = 0; k < units.size(); ++k) {
        wrong_units += !(whole.state()(units[k], a) == folded.state()(folded_units[k], a));
      }
    }
  }
  CHECK(wrong_values == 0);
  CHECK(wrong_units == 0);
  const auto once = [](const cause&) { return 1u; };
  const local_program<graph::ops> program = whole.lower();
  CHECK(total(program, once) == total(folded.plain().lower(), [&](const cause& why) { return f.count(why); }));
  const estimate& shorter = folded.full();
  const estimate longer = simulate(program.graph, where.device, where.topology, where.cost);
  CHECK(testing::near(shorter.compute_time_s, longer.compute_time_s));
  CHECK(testing::near(shorter.communicate_time_s, longer.communicate_time_s));
  CHECK(testing::near(static_cast<double>(shorter.peak_memory_bytes), static_cast<double>(longer.peak_memory_bytes)));
}

struct model {
  const char* program;
  const char* schedules;
  std::uint32_t layers;  ///< as in its configuration; a graph network's first and last step may differ from the others
};

}  // namespace

TEST_CASE("a folded program is partitioned as the whole one") {
  const model models[] = {
      {"t32_8_layers", "t32", 8},      {"t32_16_layers", "t32", 16}, {"t32", "t32", 32},
      {"t32_64_layers", "t32", 64},    {"it32", "it32", 32},         {"llama_prefill", "llama_prefill", 80},
      {"long_context", "t32", 8},      {"moe", "moe", 8},            {"vit", "vit", 24},
      {"paper_it32_mq", "paper_it32_mq", 32}, {"paper_t32", "paper_t32", 32}, {"gns", "gns", 23},
      {"paper_gns", "paper_gns", 22},
  };
  for (const model& m : models) {
    const auto file = testing::shared_file(std::string("models/full/") + m.program + ".mlir.gz");
    if (!file) return;
    const graph g = stablehlo::read_file(file->string());
    const auto f = fold(g);
    INFO(m.program, ": ", g.op_count(), " ops, folded ", f.graph.op_count());
    CHECK(equal(testing::copy_of(f.graph).graph, f.graph));
    CHECK(f.is_contiguous());
    REQUIRE(!f.runs.empty());
    CHECK(f.runs[0].layers == m.layers);
    CHECK(f.runs[0].kept == 3);
    const auto schedules = file->parent_path().parent_path() / "schedules";
    std::size_t tried = 0;
    for (const char* strategy : {"BP", "MP", "BP+MP", "BP+MP+Z2", "BP+MP+Z3", "BP+MP+Z3+EMB", "BP+MP+MQ", "ES"}) {
      const auto path = schedules / (std::string(m.schedules) + "." + strategy + ".sched");
      if (!std::filesystem::exists(path)) continue;
      INFO(path.filename().string());
      check_same_plan(g, f, testing::schedule_file(path.string()));
      ++tried;
    }
    CHECK(tried > 0);
  }
}

TEST_CASE("a transformer folds to one size, whatever its depth") {
  std::size_t size = 0;
  for (const char* name : {"t32_8_layers", "t32_16_layers", "t32", "t32_64_layers"}) {
    const auto file = testing::shared_file(std::string("models/full/") + name + ".mlir.gz");
    if (!file) return;
    const auto f = fold(stablehlo::read_file(file->string()));
    if (size == 0) size = f.graph.op_count();
    CHECK(f.graph.op_count() == size);
  }
}

TEST_CASE("a model of few layers, or of one that is a loop, stays whole") {
  for (const char* name : {"mlp", "mlp_train", "t32_scan", "lstm", "pde_stencil"}) {
    const auto file = testing::shared_file(std::string("models/full/") + name + ".mlir.gz");
    if (!file) return;
    INFO(name);
    const graph g = stablehlo::read_file(file->string());
    const auto f = fold(g);
    CHECK(f.runs.empty());
    CHECK(equal(f.graph, g));
  }
}
