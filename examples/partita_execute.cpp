// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include "partita_execute.hpp"

#include <cstdio>
#include <iostream>
#include <optional>
#include <string_view>
#include <utility>

#include <partita/exchange/from_sdy.hpp>
#include <partita/interpret/check.hpp>
#include <partita/interpret/lift_constants.hpp>
#include <partita/interpret/safetensors.hpp>
#include <partita/interpret/verify.hpp>
#include <partita/search/random_tactics.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/stablehlo_instance.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "partita_files.hpp"

extern template std::span<const partita::interpret::kernel_row>
partita::interpret::kernel_table<partita::stablehlo_ops>();

namespace partita {

namespace {

using interpret::array;
using interpret::numerics;

/// Whether a case leaves something open that only its execution fixes: such a case is not partitioned.
bool has_dynamic_shapes(const graph& g) {
  for (std::uint32_t v = 0; v < g.value_count(); ++v) {
    const type_view t = g.type(value_id{v});
    if (t.is_tensor() && !t.is_static()) return true;
  }
  return false;
}

struct partitioned_outcome {
  interpret::check_outcome outcome;
  bool split = false;  ///< some op was split
};

/// Partitions each function of a case by random tactics and runs it on the mesh. Its data is made arguments first.
partitioned_outcome run_partitioned_case(const interpret::check_case& c, const device_mesh& mesh, std::uint64_t seed) {
  using kind = interpret::check_outcome::kind;
  partitioned_outcome result;
  if (const std::string_view need = interpret::need_of(c.text); !need.empty()) {
    result.outcome = {kind::skipped, std::string(need)};
    return result;
  }
  if (c.text.find("interpreter.run_parallel") != std::string::npos) {
    result.outcome = {kind::skipped, "it says itself what each device runs"};
    return result;
  }
  try {
    const auto m = stablehlo::read(c.text, c.name);
    const interpret::program_set functions(m);
    const auto grid = interpret::device_grid::over(mesh.sizes());
    const auto* const main = m.find("main");
    for (const auto& f : m.functions) {
      if (main != nullptr ? &f != main : f.is_private) continue;
      if (has_dynamic_shapes(f.graph)) {
        result.outcome = {kind::skipped, "shapes that only execution fixes are not partitioned"};
        return result;
      }
      // Tactics that split nothing prove nothing: others are drawn then.
      constexpr int attempts = 16;
      split_mix random(seed);
      for (int attempt = 1;; ++attempt) {
        const auto lifted =
            interpret::lift_constants(f.graph, numerics::own, [&](const type_view&, const constant_data& data) {
              return !data.splat || random.below(4) != 0;
            });
        const program_facts<stablehlo_ops> facts(lifted.graph);
        partitioning<stablehlo_ops> p(facts, mesh.sizes());
        (void)random_tactics{.tactics = 2, .actions = 3, .seed = random()}(p);
        bool split = false;
        for (const unit_id u : facts.rules.units()) split = split || p.state().decided(u);
        if (!split && attempt < attempts) continue;
        result.split = result.split || split;
        const auto local = p.lower();
        (void)interpret::run_partitioned(local, interpret::program(local.graph), grid, lifted.constants, numerics::own, {},
                                         {}, &functions);
        break;
      }
    }
  } catch (const error& e) {
    result.outcome = {kind::failed, e.what()};
  }
  return result;
}

/// Runs a program that says itself how it lies on a mesh: whole arguments are dealt out, results put together.
std::vector<array> run_sharded(const graph& g, const std::string& file, std::int64_t devices,
                               const std::vector<array>& arguments, const interpret::program_set& functions) {
  const auto p = from_sdy(g);
  if (p.mesh.devices() != devices) {
    throw error(file + ": its mesh, " + to_string(p.mesh) + ", has " + std::to_string(p.mesh.devices()) +
                " devices; expected --devices " + std::to_string(p.mesh.devices()));
  }
  for (const std::string& left : p.left_whole) std::cerr << "not split: " << left << "\n";
  const auto grid = interpret::device_grid::over(p.mesh.sizes());
  const auto parts =
      interpret::run_partitioned(p, interpret::program(p.graph), grid, arguments, numerics::own, {}, {}, &functions);
  return interpret::assemble_results(p, g, grid, parts, numerics::own);
}

}  // namespace

execute_commands::execute_commands(CLI::App& app)
    : check_(app.add_subcommand("check", "runs test programs that compare what they compute with what is expected")),
      run_(app.add_subcommand("run", "executes a program on given inputs")),
      verify_(app.add_subcommand("verify", "executes a program and its partitioned form and compares them")) {
  check_->add_option("FILE", check_files_, "test programs, bundles of them, or StableHLO text")->required();
  auto* const mesh = check_->add_option("--mesh", mesh_, "partitions each case by random tactics: a=2,b=2");
  check_->add_option("--seed", seed_, "of the random tactics")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str()
      ->needs(mesh);

  run_->add_option("FILE", file_, "StableHLO text, gzipped or not; - reads standard input")->required();
  run_->add_option("--inputs", inputs_, "arguments by name, a safetensors file; NAME@k is that of device k");
  run_->add_option("--outputs", outputs_, "results by name, a safetensors file; NAME@k with several devices")->required();
  run_->add_option("--devices", devices_,
                   "how many devices run the program; those of its mesh, where it says how it lies on one")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();

  verify_->add_option("FILE", file_, "StableHLO text, gzipped or not; - reads standard input")->required();
  verify_->add_option("--mesh", mesh_, "axes and sizes: batch=4,model=2")->required();
  auto* const text = verify_->add_option("--schedule", schedule_, "the schedule: shard<\"batch\">(\"x\", 0) >> ...");
  verify_->add_option("--schedule-file", schedule_file_, "a file that holds the schedule")->excludes(text);
  verify_->add_option("--outputs", output_policy_, "how results leave")
      ->check(CLI::IsMember({"like_inputs", "infer", "whole"}))
      ->capture_default_str();
  verify_->add_option("--seed", seed_, "of the inputs")->check(CLI::NonNegativeNumber)->capture_default_str();
}

int execute_commands::run() const {
  if (check_->parsed()) return check();
  if (run_->parsed()) return run_program();
  return verify();
}

int execute_commands::check() const {
  using kind = interpret::check_outcome::kind;
  std::size_t passed = 0, failed = 0, skipped = 0, split = 0;
  std::vector<std::pair<std::string, std::size_t>> reasons;
  std::optional<device_mesh> mesh;
  if (!mesh_.empty()) mesh = parse_mesh(mesh_);
  std::uint64_t number = 0;
  for (const std::string& file : check_files_) {
    for (const interpret::check_case& c : interpret::cases_of(stablehlo::read_text(file), file)) {
      ++number;
      partitioned_outcome o;
      if (mesh) {
        o = run_partitioned_case(c, *mesh, seed_ * 1000003 + number);
      } else {
        o.outcome = interpret::run_case(c);
      }
      if (o.outcome.of == kind::passed) {
        ++passed;
        if (o.split) ++split;
      } else if (o.outcome.of == kind::failed) {
        ++failed;
        std::cout << "FAILED " << c.name << "\n  " << o.outcome.message << "\n";
      } else {
        ++skipped;
        std::size_t i = 0;
        while (i < reasons.size() && reasons[i].first != o.outcome.message) ++i;
        if (i == reasons.size()) reasons.emplace_back(o.outcome.message, 0);
        ++reasons[i].second;
      }
    }
  }
  for (const auto& [reason, count] : reasons) std::cout << "skipped " << count << ": " << reason << "\n";
  if (mesh && passed != 0) {
    char line[96];
    std::snprintf(line, sizeof line, "split: at least one op in %zu of %zu cases that passed (%.0f %%)\n", split, passed,
                  100.0 * static_cast<double>(split) / static_cast<double>(passed));
    std::cout << line;
  }
  std::cout << passed << " passed, " << failed << " failed, " << skipped << " skipped\n";
  return failed == 0 ? 0 : 1;
}

int execute_commands::run_program() const {
  check_not_input("--outputs", outputs_, file_);
  check_not_input("--outputs", outputs_, inputs_);
  const auto m = stablehlo::read_module_file(file_);
  const graph& g = m.entry();
  const interpret::program_set functions(m);
  interpret::tensor_file inputs;
  if (!inputs_.empty()) inputs = interpret::read_safetensors(read_text(inputs_), inputs_);
  const auto arguments = [&](const std::string& device) {
    std::vector<array> all;
    for (std::size_t i = 0; i < g.arguments().size(); ++i) {
      const std::string name(g.argument_name(i));
      auto found = inputs.find(name + device);
      if (found == inputs.end()) found = inputs.find(name);
      if (found == inputs.end()) {
        throw error((inputs_.empty() ? std::string("--inputs") : inputs_) + ": holds no tensor '" + name +
                    "', which is an argument of the program");
      }
      const type_view wanted = g.type(g.arguments()[i]);
      if (!(found->second.type.view() == wanted)) {
        throw error(inputs_ + ": tensor '" + name + "' is " + to_string(found->second.type.view()) +
                    " but the program takes " + to_string(wanted));
      }
      all.push_back(interpret::array_from_bytes(wanted, found->second.bytes, numerics::own));
    }
    return all;
  };
  std::vector<std::vector<array>> results;
  if (needs_mesh(g) || (devices_ > 1 && has_shardings(g))) {
    results.push_back(run_sharded(g, file_, devices_, arguments(""), functions));
  } else {
    std::vector<std::vector<array>> of_devices;
    for (std::uint32_t device = 0; device < devices_; ++device) of_devices.push_back(arguments("@" + std::to_string(device)));
    interpret::device_grid grid;
    grid.partitions = devices_;
    results = interpret::run_on_devices(interpret::program(g), grid, std::move(of_devices), numerics::own, {}, {}, &functions);
  }
  interpret::tensor_file outputs;
  for (std::size_t device = 0; device < results.size(); ++device) {
    for (std::size_t i = 0; i < results[device].size(); ++i) {
      std::string name(g.result_name(i));
      if (results.size() > 1) name += "@" + std::to_string(device);
      const array& a = results[device][i];
      if (a.kind() == interpret::storage::none) continue;  // a token is no data
      outputs[name] = {tensor_type(a.type()), interpret::to_bytes(a)};
    }
  }
  output_file out(outputs_);
  out.prepare(interpret::write_safetensors(outputs));
  out.commit();
  return 0;
}

int execute_commands::verify() const {
  if (schedule_.empty() && schedule_file_.empty()) throw error("verify: give --schedule or --schedule-file");
  const device_mesh mesh = parse_mesh(mesh_);
  const schedule s = schedule_file_.empty() ? parse_schedule(schedule_, "--schedule")
                                            : parse_schedule(read_text(schedule_file_), schedule_file_);
  plan_options options;
  options.lowering.outputs = output_policy_ == "whole"   ? output_policy::whole
                             : output_policy_ == "infer" ? output_policy::infer
                                                         : output_policy::like_inputs;
  const auto m = stablehlo::read_module_file(file_);
  const graph& g = m.entry();
  const interpret::program_set functions(m);
  const auto p = partition(g, mesh, s, find_device("tpu_v3"), options);
  const auto report = interpret::verify(g, p.program, mesh.sizes(), {.seed = seed_}, &functions);
  if (!report.agrees) {
    std::cout << "the partitioned program computes something else\n  " << report.mismatch << "\n";
    return 1;
  }
  char line[256];
  std::snprintf(line, sizeof line,
                "%zu values agree on %lld devices (%zu comparisons, %zu of them of nothing but rounding)\n"
                "largest relative error: %.2g with floats computed in f64, %.2g in the program's own types",
                report.values, static_cast<long long>(mesh.devices()), report.comparisons, report.noise,
                report.largest_error,
                report.largest_own_error());
  std::cout << line << "\n";
  return 0;
}

}  // namespace partita
