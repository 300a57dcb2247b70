// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The command-line program: inspect, rules, plan, fmt; what analyses programs (partita_analyse.hpp): analyse; and what
// executes them (partita_execute.hpp): check, run, verify.
//
//   partita plan step.mlir.gz --mesh batch=8,model=4 --device tpu_v3 --schedule-file zero3.sched --explain
//
// Exit status: 0 done; 1 the plan cannot meet what was asked, or a comparison does not hold; 2 bad input or usage.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <new>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include <partita/exchange/plan_json.hpp>
#include <partita/exchange/to_sdy.hpp>
#include <partita/report/terminal.hpp>
#include <partita/rule/format.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/stablehlo_instance.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "partita_analyse.hpp"
#include "partita_execute.hpp"
#include "partita_files.hpp"
#include "partita_search.hpp"

namespace {

using namespace partita;

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
    argument_bytes = checked_add(argument_bytes, t.bytes());
    const std::string_view name = g.argument_name(i);
    if (nested && name.substr(0, name.find('/')) == top) {
      ++parameters;
      elements = checked_add(elements, t.elements());
    }
  }
  std::cout << (g.name().empty() ? std::string("program") : std::string(g.name())) << "   "
            << format_count(static_cast<std::int64_t>(g.op_count())) << " ops   "
            << format_count(static_cast<std::int64_t>(g.arguments().size())) << " arguments, "
            << format_memory(static_cast<double>(argument_bytes)) << "   results: " << g.results().size() << "\n";
  if (nested)
    std::cout << "parameters under " << top << ": " << format_count(parameters) << " tensors, "
              << format_count(elements) << " elements\n";
  char line[128];
  std::snprintf(line, sizeof line,
                "one pass: %.4g flops, %.4g bytes to and from memory without fusion (loop bodies once)\n", flops,
                bytes);
  std::cout << line << "\nops\n";
  std::vector<std::size_t> order;
  for (std::size_t c = 0; c < histogram.size(); ++c) {
    if (histogram[c] != 0) order.push_back(c);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return histogram[a] > histogram[b]; });
  for (const std::size_t c : order) {
    std::cout << detail::pad_left(format_count(static_cast<std::int64_t>(histogram[c])), 9) << "  "
              << graph::table()[c].name << "\n";
  }
  std::cout << "\narguments\n";
  for (std::size_t i = 0; i < g.arguments().size(); ++i) {
    const bool updated = std::find(twins.begin(), twins.end(), static_cast<std::int32_t>(i)) != twins.end();
    std::cout << "  " << g.argument_name(i) << "  " << to_string(g.type(g.arguments()[i]))
              << (updated ? "  updated" : "") << "\n";
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
  std::string file, mesh, device = "tpu_v3", schedule, schedule_file, outputs = "like_inputs", json, emit, annotated;
  std::string budget = std::to_string(plan_options{}.search.evaluations);
  std::uint64_t seed = iterated_greedy{}.seed;
  std::size_t threads = 1;
  double price = 0;
  bool explain = false, share_gathers = false, progress = false;
  std::size_t causes = 0;
};

std::string in_units(metric m, double value) {
  return m == metric::step_time     ? format_seconds(value)
         : m == metric::peak_memory ? format_memory(value)
         : m == metric::dollars     ? format_dollars(value)
                                    : format_bytes(value);
}

int make_plan(const plan_arguments& a) {
  if (a.file == "-" && a.schedule_file == "-")
    throw error("plan: FILE and --schedule-file cannot both be standard input");
  const std::pair<const char*, const std::string&> outputs[] = {
      {"--json", a.json}, {"--emit", a.emit}, {"--emit-annotated", a.annotated}};
  for (const auto& [option, output] : outputs) {
    if (output.empty()) continue;
    check_not_input(option, output, a.file);
    check_not_input(option, output, a.schedule_file);
    for (const auto& [other_option, other] : outputs) {
      if (&other == &output) break;
      check_not_same(other_option, other, option, output);
    }
  }
  const device_mesh mesh = parse_mesh(a.mesh);
  device d = find_device(a.device);
  d.usd_per_hour = a.price;
  const schedule s = a.schedule_file.empty() ? parse_schedule(a.schedule, "--schedule")
                                             : parse_schedule(read_text(a.schedule_file), a.schedule_file);
  plan_options options;
  options.lowering.outputs = a.outputs == "whole"   ? output_policy::whole
                             : a.outputs == "infer" ? output_policy::infer
                                                    : output_policy::like_inputs;
  options.lowering.share_gathers = a.share_gathers;
  options.search = parse_budget(a.budget);
  const watched_search search{{{.seed = a.seed}, a.threads}, a.progress || isatty(STDERR_FILENO) != 0};
  const auto g = stablehlo::read_file(a.file);
  const auto where = default_target(d, mesh);
  const auto p = partition(g, mesh, s, where, options, search);
  if (interrupted != 0) std::cerr << "partita: interrupted; the plan is the best that was found until then\n";

  // All files are prepared before any is put in its place: an error leaves them as they were. Names may hold any
  // bytes, JSON holds text only.
  output_file json(a.json), emit(a.emit), annotated(a.annotated);
  if (!a.json.empty())
    json.prepare(to_json(p).dump(1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
  if (!a.emit.empty()) emit.prepare(stablehlo::print(manual_program(p), mesh.devices()));
  if (!a.annotated.empty()) annotated.prepare(stablehlo::print(annotated_program(g, p), mesh.devices()));
  if (!a.json.empty()) json.commit();
  if (!a.emit.empty()) emit.commit();
  if (!a.annotated.empty()) annotated.commit();

  // Standard output holds one thing: a file that was sent there, else the table.
  const bool taken = a.json == "-" || a.emit == "-" || a.annotated == "-";
  std::ostream& out = taken ? std::cerr : std::cout;
  const bool color = isatty(taken ? STDERR_FILENO : STDOUT_FILENO) != 0;
  std::string devices;
  for (std::size_t i = 0; i < mesh.axis_count(); ++i) {
    const auto axis = static_cast<axis_index>(i);
    devices += std::string(i == 0 ? "" : " x ") + std::string(mesh.name(axis)) + " " + std::to_string(mesh.size(axis));
  }
  out << (g.name().empty() ? a.file : std::string(g.name())) << "   "
      << format_count(static_cast<std::int64_t>(g.op_count())) << " ops   mesh " << devices << " = " << mesh.devices()
      << " " << p.device_name << "\n\n"
      << summary(p, color) << "\n"
      << alternatives(p) << pareto_fronts(p) << found_schedule(p);
  if (a.explain) out << gains(p, gains_of(g, p, where, options.lowering)) << explain(p, a.causes) << "\n";
  out << remarks(p);

  int status = 0;
  const estimate_summary cost = summary_of(p.total());
  for (const auto& [name, asked] : p.goals) {
    for (const bound& b : asked.wanted.bounds) {
      const double value = value_of(b.metric, cost), limit = b.limit.value(asked.device_memory_bytes);
      if (value <= limit) continue;
      status = 1;
      std::cerr << "partita: " << name << ": " << name_of(b.metric) << " is " << in_units(b.metric, value)
                << " and may be at most " << in_units(b.metric, limit) << "; no plan was found that keeps to it\n";
    }
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Partitions tensor programs for device meshes."};
  app.require_subcommand(1);
  std::string file;
  const CLI::Validator not_empty(
      [](const std::string& text) { return std::string(text.empty() ? "expected a file name" : ""); }, "");
  const auto add_file = [&](CLI::App* command, std::string& target) {
    command->add_option("FILE", target, "StableHLO text, gzipped or not; - reads standard input")
        ->required()
        ->check(not_empty);
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
  plan_command->add_option("--price", a.price, "of one device for an hour, in USD: what dollars in goals count with")
      ->check(CLI::PositiveNumber);
  auto* schedule_text =
      plan_command->add_option("--schedule", a.schedule, "the schedule: shard<\"batch\">(\"x\", 0) >> ...");
  auto* schedule_file =
      plan_command->add_option("--schedule-file", a.schedule_file, "a file that holds the schedule")->check(not_empty);
  schedule_text->excludes(schedule_file);
  plan_command->add_option("--outputs", a.outputs, "how results leave")
      ->check(CLI::IsMember({"like_inputs", "infer", "whole"}))
      ->capture_default_str();
  plan_command->add_option("--json", a.json, "writes the plan as JSON; - is standard output")->check(not_empty);
  plan_command->add_option("--emit", a.emit, "writes the device-local program for XLA; - is standard output")
      ->check(not_empty);
  plan_command
      ->add_option("--emit-annotated", a.annotated,
                   "writes the program with the plan's shardings, for XLA to partition; - is standard output")
      ->check(not_empty);
  plan_command
      ->add_option("--budget", a.budget,
                   "of the search for each automatic tactic, all alternatives together: evaluations, or a time as in 500ms, 10s, "
                   "2min")
      ->capture_default_str();
  plan_command->add_option("--seed", a.seed, "of the search")->check(CLI::NonNegativeNumber)->capture_default_str();
  plan_command->add_option("--threads", a.threads, "that search; evaluations give the same plan with any number")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  plan_command->add_flag("--progress", a.progress, "says on standard error how the search goes, also outside a terminal");
  plan_command->add_flag("--explain", a.explain,
                         "prints what each tactic gains and why each collective is there, heaviest first");
  plan_command->add_option("--causes", a.causes, "at most this many causes; 0 is all")
      ->check(CLI::Range(0, 1000000000))
      ->capture_default_str();
  plan_command->add_flag("--share-gathers", a.share_gathers, "uses of one value share a gather");
  analyse_command analyse(app);
  execute_commands execute(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    const int status = app.exit(e);
    return status == 0 ? 0 : 2;
  }
  int status = 2;
  try {
    if (inspect_command->parsed())
      status = inspect(file);
    else if (rules_command->parsed())
      status = print_rules(file);
    else if (format_command->parsed())
      status = format(file);
    else if (analyse.parsed())
      status = analyse.run();
    else if (execute.parsed())
      status = execute.run();
    else if (schedule_text->count() + schedule_file->count() == 0)
      throw error("plan: give --schedule or --schedule-file");
    else
      status = make_plan(a);
    std::cout.flush();
    if (!std::cout) throw error("standard output cannot be written");
  } catch (const std::bad_alloc&) {
    std::cerr << "partita: this needs more memory than there is\n";
    return 2;
  } catch (const std::exception& e) {
    std::cout.flush();
    std::cerr << "partita: " << e.what() << "\n";
    return 2;
  }
  return status;
}
