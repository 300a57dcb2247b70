// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Real training and serving steps, small, partitioned by what practitioners do and by random tactics on several meshes:
// every partitioned program computes what the original does, value by value, and what JAX computed on one device.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <partita/interpret/safetensors.hpp>
#include <partita/interpret/verify.hpp>
#include <partita/mesh.hpp>
#include <partita/search/random_tactics.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/tactic/parse_schedule.hpp>
#include <partita/tactic/print_schedule.hpp>

#include "support/data.hpp"
#include "support/kernels.hpp"

namespace {

using namespace partita;
using interpret::numerics;

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

/// The tactics of a schedule file without the terms of axes that the mesh lacks.
std::string for_mesh(const schedule& s, const device_mesh& mesh) {
  std::string text;
  for (const std::uint32_t t : s.sequence()) {
    std::string tactic;
    for (const term& wish : s.terms(t)) {
      if (mesh.find(s.text(wish.axis))) tactic += (tactic.empty() ? "" : " * ") + partita::detail::text_of(s, wish);
    }
    if (!tactic.empty()) text += (text.empty() ? "" : "\n  >> ") + tactic;
  }
  return text.empty() ? "skip" : text;
}

struct model {
  std::string name;
  graph program;
  std::vector<std::vector<std::uint8_t>> inputs;
  std::vector<interpret::array> outputs;  // as JAX computed them
  // What XLA computes in bf16 it keeps in f32 between ops where it can (xla_allow_excess_precision), so its results are
  // compared with those of unrounded numbers; rounding after each op, as the specification has it, is further from both.
  numerics precision = numerics::own;

  model(const std::filesystem::path& folder, const std::string& called) : name(called) {
    const std::string base = (folder / called).string();
    program = stablehlo::read_file(base + ".mlir");
    const auto in = interpret::read_safetensors(bytes_of(base + ".in.safetensors"), called + ".in");
    const auto out = interpret::read_safetensors(bytes_of(base + ".out.safetensors"), called + ".out");
    for (std::size_t i = 0; i < program.arguments().size(); ++i) {
      inputs.push_back(in.at(std::string(program.argument_name(i))).bytes);
      if (program.type(program.arguments()[i]).element == element_type::bf16) precision = numerics::widened;
    }
    for (std::size_t i = 0; i < program.results().size(); ++i) {
      const auto& t = out.at(std::string(program.result_name(i)));
      outputs.push_back(interpret::array_from_bytes(t.type.view(), t.bytes, precision));
    }
  }
};

/// To 2e-4 of a result's largest magnitude, 2e-2 for programs in bf16; integers and booleans exactly.
void expect_reference(const model& m, const std::vector<interpret::array>& results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const double bound = m.precision == numerics::widened ? 2e-2 : 2e-4;
    const auto d = interpret::compare(m.outputs[i], results[i]);
    INFO("result ", m.program.result_name(i), " differs by ", d.largest, " of ", d.magnitude);
    CHECK((d.largest == 0 || d.relative() <= bound));
  }
}

void expect_agreement(const model& m, const interpret::verifier<stablehlo_ops>& verify,
                      const partitioning<stablehlo_ops>& p, const device_mesh& mesh, bool against_reference) {
  const auto local = p.lower();
  const auto report = verify(local, mesh.sizes());
  CHECK_MESSAGE(report.agrees, report.mismatch);
  if (!against_reference) return;
  const auto grid = interpret::device_grid::over(mesh.sizes());
  const auto arguments = interpret::arguments_from_bytes(m.program, m.inputs, m.precision);
  const auto parts = interpret::run_partitioned(local, interpret::program(local.graph), grid, arguments, m.precision);
  expect_reference(m, interpret::assemble_results(local, m.program, grid, parts, m.precision));
}

constexpr std::string_view strategies[] = {"BP", "MP", "BP+MP", "BP+MP+Z2", "BP+MP+Z3"};
constexpr std::string_view meshes[] = {"batch=2", "batch=8", "batch=4,model=2", "batch=2,model=2,x=2"};
constexpr std::string_view model_names[] = {"mlp", "mlp_train", "paper_t32", "t32", "t32_scan", "it32", "unet", "gns", "moe",
                                       "vit", "llama_prefill", "lstm", "long_context", "pde_stencil"};

TEST_CASE("every tiny model computes on one device what JAX computed") {
  const auto folder = testing::shared_file("models/tiny");
  if (!folder) return;
  for (const std::string_view name : model_names) {
    CAPTURE(name);
    const model m(*folder, std::string(name));
    const auto arguments = interpret::arguments_from_bytes(m.program, m.inputs, m.precision);
    expect_reference(m, interpret::run(interpret::program(m.program), arguments, m.precision));
  }
}

TEST_CASE("every tiny model under every strategy on every mesh agrees with the original") {
  const auto folder = testing::shared_file("models/tiny");
  const auto schedules = testing::shared_file("models/schedules");
  if (!folder || !schedules) return;
  for (const std::string_view name : model_names) {
    CAPTURE(name);
    const model m(*folder, std::string(name));
    const program_facts<stablehlo_ops> facts(m.program);
    const interpret::verifier verify(m.program);
    // Transformers without files of their own follow t32's, with their own names for its arguments.
    const bool follows = name == "paper_t32" || name == "long_context";
    const std::string called(follows ? "t32" : name);
    for (const std::string_view strategy : strategies) {
      const auto file = *schedules / (called + "." + std::string(strategy) + ".tiny.sched");
      if (!std::filesystem::exists(file)) continue;  // pde_stencil has no model parallel form
      CAPTURE(strategy);
      std::string text = bytes_of(file);
      if (name == "paper_t32") {
        replace_all(text, "batch/*", "data/*");
        replace_all(text, "embedding", "embed");
      }
      const schedule written = parse_schedule(text, file.filename().string());
      for (const std::string_view mesh_text : meshes) {
        CAPTURE(mesh_text);
        const device_mesh mesh = parse_mesh(mesh_text);
        const schedule s = parse_schedule(for_mesh(written, mesh), "for this mesh");
        partitioning<stablehlo_ops> p(facts, mesh.sizes());
        for (const std::uint32_t t : s.sequence())
          p.apply(resolve(s, t, p.state(), mesh, facts.stacks).actions);
        expect_agreement(m, verify, p, mesh, true);
      }
    }
  }
}

TEST_CASE("every tiny model under random tactics agrees with the original") {
  const auto folder = testing::shared_file("models/tiny");
  if (!folder) return;
  for (const std::string_view name : model_names) {
    CAPTURE(name);
    const model m(*folder, std::string(name));
    const program_facts<stablehlo_ops> facts(m.program);
    const interpret::verifier verify(m.program);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      CAPTURE(seed);
      const device_mesh mesh = parse_mesh(meshes[seed % 4]);
      partitioning<stablehlo_ops> p(facts, mesh.sizes());
      (void)random_tactics{.tactics = 4, .actions = 6, .seed = seed}(p);
      expect_agreement(m, verify, p, mesh, false);
    }
  }
}

}  // namespace
