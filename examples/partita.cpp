// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The command-line program: inspect, rules, plan, fmt.
//
//   partita plan step.mlir.gz --mesh batch=8,model=4 --device tpu_v3 --schedule-file zero3.sched --explain
//
// Exit status: 0 done; 1 the plan cannot meet what was asked; 2 bad input or usage.

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>

#include <CLI/CLI.hpp>

#include <partita/exchange/plan_json.hpp>
#include <partita/partita.hpp>
#include <partita/report/terminal.hpp>
#include <partita/rule/format.hpp>
#include <partita/stablehlo.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/tactic/parse_schedule.hpp>

namespace {

using namespace partita;

std::string read_text(const std::string& path) {
  std::ostringstream text;
  if (path == "-") {
    text << std::cin.rdbuf();
  } else {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw error(path + ": cannot be opened for reading; is the path right?");
    text << file.rdbuf();
  }
  return std::move(text).str();
}

/// Writes a whole file or, on an error, leaves what was there.
void write_text(const std::string& path, const std::string& text) {
  if (path == "-") {
    std::cout << text;
    return;
  }
  const std::string temporary = path + ".partial";
  {
    std::ofstream file(temporary, std::ios::binary);
    file << text;
    file.flush();
    if (!file) {
      std::remove(temporary.c_str());
      throw error(path + ": cannot be written; is the folder there, and is there room?");
    }
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    std::remove(temporary.c_str());
    throw error(path + ": cannot be written; is the folder there, and is it a file?");
  }
}

bool is_argument(const graph& g, value_id v) { return g.argument_of(v) == g.body(); }

int inspect(const std::string& path) {
  const auto g = stablehlo::read_file(path);
  std::vector<std::size_t> histogram(graph::table().size(), 0);
  double flops = 0, bytes = 0;
  for (std::uint32_t i = 0; i < g.op_count(); ++i) {
    ++histogram[g.code(op_id{i})];
    if (!g.info(op_id{i}).traits.collective) {
      const work w = g.info(op_id{i}).cost(g.view(op_id{i}));
      flops += w.flops;
      bytes += w.bytes;
    }
  }
  // Parameters are what stands under the first top-level argument of a step that returns them updated.
  const auto twins = argument_twins(g);
  std::int64_t parameters = 0, elements = 0, argument_bytes = 0;
  const std::string_view first = g.arguments().empty() ? std::string_view{} : g.argument_name(0);
  const std::string_view top = first.substr(0, first.find('/'));
  const bool nested = first.find('/') != std::string_view::npos;
  for (std::size_t i = 0; i < g.arguments().size(); ++i) {
    const type_view t = g.type(g.arguments()[i]);
    argument_bytes += t.bytes();
    const std::string_view name = g.argument_name(i);
    if (nested && name.substr(0, name.find('/')) == top) {
      ++parameters;
      elements += t.elements();
    }
  }
  std::cout << (g.name().empty() ? std::string("program") : std::string(g.name())) << "   " << format_count(static_cast<std::int64_t>(g.op_count()))
            << " ops   " << format_count(static_cast<std::int64_t>(g.arguments().size())) << " arguments, "
            << format_memory(static_cast<double>(argument_bytes)) << "   " << g.results().size() << " results\n";
  if (nested) std::cout << "parameters under " << top << ": " << format_count(parameters) << " tensors, " << format_count(elements) << " elements\n";
  char line[128];
  std::snprintf(line, sizeof line, "one pass: %.4g flops, %.4g bytes to and from memory without fusion (loop bodies once)\n", flops, bytes);
  std::cout << line << "\nops\n";
  std::vector<std::size_t> order;
  for (std::size_t c = 0; c < histogram.size(); ++c) {
    if (histogram[c] != 0) order.push_back(c);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return histogram[a] > histogram[b]; });
  for (const std::size_t c : order) {
    std::cout << detail::pad_left(format_count(static_cast<std::int64_t>(histogram[c])), 9) << "  " << graph::table()[c].name << "\n";
  }
  std::cout << "\narguments\n";
  for (std::size_t i = 0; i < g.arguments().size(); ++i) {
    const bool updated = std::find(twins.begin(), twins.end(), static_cast<std::int32_t>(i)) != twins.end();
    std::cout << "  " << g.argument_name(i) << "  " << to_string(g.type(g.arguments()[i])) << (updated ? "  updated" : "") << "\n";
  }
  std::cout << "\nresults\n";
  for (std::size_t i = 0; i < g.results().size(); ++i) {
    std::cout << "  " << g.result_name(i) << "  " << to_string(g.type(g.results()[i])) << "\n";
  }
  return 0;
}

int print_rules(const std::string& path) {
  const auto g = stablehlo::read_file(path);
  const rule_table rules = make_rules(g);
  for (std::uint32_t i = 0; i < g.op_count(); ++i) {
    for (const unit_id u : rules.units(op_id{i})) {
      std::cout << g.info(op_id{i}).name << "  " << to_string(rules, u) << "\n";
    }
  }
  return 0;
}

int format(const std::string& path) {
  const auto module = stablehlo::read_module_file(path);
  for (const auto& [key, count] : module.dropped) {
    std::cerr << "note: attribute " << key << " belongs to another dialect and is dropped (" << count << " x)\n";
  }
  std::cout << stablehlo::print(module);
  return 0;
}

struct plan_arguments {
  std::string file, mesh, device = "tpu_v3", schedule, schedule_file, outputs = "like_inputs", json, emit;
  bool explain = false, share_gathers = false;
  std::size_t causes = 0;
};

int make_plan(const plan_arguments& a) {
  const device_mesh mesh = parse_mesh(a.mesh);
  const device d = find_device(a.device);
  const schedule s = a.schedule_file.empty() ? parse_schedule(a.schedule, "--schedule")
                                             : parse_schedule(read_text(a.schedule_file), a.schedule_file);
  plan_options options;
  options.lowering.outputs = a.outputs == "whole" ? output_policy::whole : a.outputs == "infer" ? output_policy::infer : output_policy::like_inputs;
  options.lowering.share_gathers = a.share_gathers;
  const auto g = stablehlo::read_file(a.file);
  const auto p = partition(g, mesh, s, d, options);
  if (!a.json.empty()) write_text(a.json, to_json(p).dump(1) + "\n");
  if (!a.emit.empty()) write_text(a.emit, stablehlo::print(p.program.graph));
  const bool color = isatty(STDOUT_FILENO) != 0;
  std::string devices;
  for (std::size_t i = 0; i < mesh.axis_count(); ++i) {
    const auto axis = static_cast<axis_index>(i);
    devices += std::string(i == 0 ? "" : " x ") + std::string(mesh.name(axis)) + " " + std::to_string(mesh.size(axis));
  }
  std::cout << (g.name().empty() ? a.file : std::string(g.name())) << "   " << format_count(static_cast<std::int64_t>(g.op_count()))
            << " ops   mesh " << devices << " = " << mesh.devices() << " " << p.device_name << "\n\n"
            << summary(p, color) << "\n";
  if (a.explain) std::cout << explain(p, a.causes) << "\n";
  std::cout << remarks(p);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Partitions tensor programs for device meshes."};
  app.require_subcommand(1);
  std::string file;
  const auto add_file = [&](CLI::App* command, std::string& target) {
    command->add_option("FILE", target, "StableHLO text, gzipped or not; - reads standard input")->required();
  };
  CLI::App* inspect_command = app.add_subcommand("inspect", "ops, arguments by path, parameters, flops, bytes");
  add_file(inspect_command, file);
  CLI::App* rules_command = app.add_subcommand("rules", "the sharding rule of each op");
  add_file(rules_command, file);
  CLI::App* format_command = app.add_subcommand("fmt", "reads, verifies and prints the inlined program");
  add_file(format_command, file);
  plan_arguments a;
  CLI::App* plan_command = app.add_subcommand("plan", "partitions by a schedule and shows what it costs");
  add_file(plan_command, a.file);
  plan_command->add_option("--mesh", a.mesh, "axes and sizes: batch=8,model=4")->required();
  plan_command->add_option("--device", a.device, "tpu_v3, tpu_v5p, a100_80, h100")->capture_default_str();
  auto* text = plan_command->add_option("--schedule", a.schedule, "the schedule: shard<\"batch\">(\"x\", 0) >> ...");
  auto* schedule_file = plan_command->add_option("--schedule-file", a.schedule_file, "a file that holds the schedule");
  text->excludes(schedule_file);
  plan_command->add_option("--outputs", a.outputs, "how results leave")->check(CLI::IsMember({"like_inputs", "infer", "whole"}))->capture_default_str();
  plan_command->add_option("--json", a.json, "writes the plan as JSON");
  plan_command->add_option("--emit", a.emit, "writes the device-local program as StableHLO");
  plan_command->add_flag("--explain", a.explain, "prints why each collective is there, heaviest first");
  plan_command->add_option("--causes", a.causes, "at most this many causes; 0 is all")->capture_default_str();
  plan_command->add_flag("--share-gathers", a.share_gathers, "uses of one value share a gather");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int status = app.exit(e);
    return status == 0 ? 0 : 2;
  }
  try {
    if (inspect_command->parsed()) return inspect(file);
    if (rules_command->parsed()) return print_rules(file);
    if (format_command->parsed()) return format(file);
    if (a.schedule.empty() && a.schedule_file.empty()) throw error("plan: give --schedule or --schedule-file");
    return make_plan(a);
  } catch (const std::exception& e) {
    std::cout.flush();
    std::cerr << "partita: " << e.what() << "\n";
    return 2;
  }
}
