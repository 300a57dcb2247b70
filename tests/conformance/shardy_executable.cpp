// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Shardy's executable cases (openxla/shardy, executable_*): functions with shardings, lowered as those say and run on
// devices by a module that checks what each device gets. A case has two parts: functions, and @main with the checks.

#include <algorithm>
#include <cctype>
#include <deque>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <partita/exchange/from_sdy.hpp>
#include <partita/interpret/check.hpp>
#include <partita/interpret/verify.hpp>
#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>

#include "support/data.hpp"
#include "support/kernels.hpp"

namespace {

using namespace partita;

constexpr std::string_view marks[] = {"//--- part1.mlir", "//--- part2.mlir"};

/// The text of each function, by name. Functions end with a brace at the beginning of a line.
std::map<std::string, std::string> functions_in(const std::string& text) {
  std::map<std::string, std::string> found;
  constexpr std::string_view head = "func.func @";
  for (std::size_t at = text.find(head); at != std::string::npos; at = text.find(head, at + 1)) {
    const std::size_t name = at + head.size(), end = text.find("\n}\n", at);
    found[text.substr(name, text.find('(', name) - name)] = text.substr(at, end + 3 - at);
  }
  return found;
}

/// What stands after each @ of a text.
std::set<std::string> names_in(std::string_view text) {
  std::set<std::string> found;
  for (std::size_t at = text.find('@'); at != std::string_view::npos; at = text.find('@', at + 1)) {
    std::size_t end = at + 1;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_')) ++end;
    found.emplace(text.substr(at + 1, end - at - 1));
  }
  return found;
}

/// Functions that @main calls and no part has are copies under another name: of the parallel or transformed form, or of
/// the only function.
std::string copies(const std::string& functions, const std::string& main) {
  const auto given = functions_in(functions);
  std::string made;
  for (const std::string& name : names_in(main)) {
    if (name == "main" || given.contains(name)) continue;
    auto source = given.begin();
    const std::size_t stem = name.find('_');
    for (const std::string_view form : {"parallel", "transformed"}) {
      const auto other = given.find(std::string(form) + name.substr(std::min(stem, name.size())));
      if (other != given.end()) source = other;
    }
    REQUIRE(source != given.end());
    std::string text = source->second;
    text.replace(text.find('@') + 1, source->first.size(), name);
    made += text;
  }
  return made;
}

/// The functions that run_parallel is given.
std::set<std::string> programs_in(std::string_view main) {
  std::set<std::string> found;
  constexpr std::string_view head = "programs = [";
  for (std::size_t at = main.find(head); at != std::string_view::npos; at = main.find(head, at + 1))
    found.merge(names_in(main.substr(at, main.find("]]", at) - at)));
  return found;
}

struct tally {
  std::size_t as_said = 0, left_whole = 0, checks = 0;
  std::map<std::string, std::vector<std::string>> needs;
};

void run_case(const std::filesystem::path& file, tally& t) {
  const std::string name = file.filename().string();
  CAPTURE(name);
  std::ifstream in(file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::size_t first = text.find(marks[0]), second = text.find(marks[1]);
  REQUIRE(second < text.size());
  const std::string functions = text.substr(first + marks[0].size(), second - first - marks[0].size());
  const std::string main = text.substr(second + marks[1].size());
  try {
    const auto m = stablehlo::read(functions + copies(functions, main) + main, name);
    std::deque<graph> lowered;
    interpret::program_set programs;
    bool whole = false;
    for (const std::string& called : programs_in(main)) {
      const auto* const f = m.find(called);
      REQUIRE(f != nullptr);
      const auto p = from_sdy(f->graph);
      whole = whole || !p.left_whole.empty();
      lowered.push_back(to_stablehlo(p));
      programs.add(called, interpret::program(lowered.back()));
    }
    const auto* const entry = m.find("main");
    REQUIRE(entry != nullptr);
    (void)interpret::run(interpret::program(entry->graph), {}, interpret::numerics::own, &programs);
    ++(whole ? t.left_whole : t.as_said);
    if (whole) t.needs[std::string(name_of(sdy::need::padding)) + ", for splits that were left out"].push_back(name);
    for (std::size_t at = main.find("check.expect_"); at != std::string::npos; at = main.find("check.expect_", at + 1))
      ++t.checks;
  } catch (const sdy::unsupported_sharding& e) {
    t.needs[std::string(name_of(e.lacks())) + ", to run at all"].push_back(name + ": " + e.what());
  } catch (const error& e) {
    FAIL_CHECK(e.what());
  }
}

tally run_folder(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  tally t;
  for (const auto& file : files) run_case(file, t);
  MESSAGE(folder.filename().string(), ": ", t.as_said, " of ", files.size(), " cases pass as their shardings say, ",
          t.left_whole, " more with splits left out, ", t.checks, " checks");
  for (const auto& [need, cases] : t.needs) {
    std::string list;
    for (const std::string& c : cases) list += "\n  " + c;
    MESSAGE("needs ", need, ":", list);
  }
  return t;
}

/// Whether a function can be run here: its values are small, and it has no loop, which may run for ever.
bool is_small(const graph& g, std::int64_t devices) {
  constexpr std::int64_t most = 200'000;  // elements of a value, on all devices
  for (std::uint32_t i = 0; i < g.op_count(); ++i) {
    if (g.info(op_id{i}).traits.loop) return false;
  }
  for (std::uint32_t i = 0; i < g.value_count(); ++i) {
    const type_view t = g.type(value_id{i});
    if (t.is_tensor() && t.elements() > most / devices) return false;
  }
  return true;
}

/// Whether a function with shardings computes on devices what it computes as a whole; says nothing where either cannot
/// be.
bool agrees_with_whole(const graph& g) {
  using interpret::numerics;
  const auto p = from_sdy(g);
  if (!is_small(g, p.mesh.devices())) return false;
  const auto arguments = interpret::arguments_from_bytes(g, interpret::draw_arguments(g, 3), numerics::widened);
  std::vector<interpret::array> whole;
  try {
    whole = interpret::run(interpret::program(g), arguments, numerics::widened);
  } catch (const interpret::execution_error&) {
    return false;  // calls whose meaning is not known, code for one device
  }
  const auto grid = interpret::device_grid::over(p.mesh.sizes());
  const auto parts = interpret::run_partitioned(p, interpret::program(p.graph), grid, arguments, numerics::widened);
  const auto together = interpret::assemble_results(p, g, grid, parts, numerics::widened);
  for (std::size_t i = 0; i < whole.size(); ++i) CHECK(interpret::compare(whole[i], together[i]).relative() <= 1e-9);
  return true;
}

}  // namespace

TEST_CASE("programs whose reshards are explicit compute on devices what Shardy's cases say") {
  const auto folder = testing::shared_file("conformance/shardy/visible/executable/executable_convert_global_to_local");
  if (!folder) return;
  const tally t = run_folder(*folder);
  CHECK(t.as_said > 0);
  CHECK(t.needs.empty());
}

TEST_CASE("programs that need the whole partitioner compute on devices what Shardy's cases say") {
  const auto folder = testing::shared_file("conformance/shardy/visible/executable/executable_partitioner_pipeline");
  if (!folder) return;
  const tally t = run_folder(*folder);
  CHECK(t.as_said > 0);
}

TEST_CASE("programs of Shardy's that no mesh splits keep their values") {
  const auto folder =
      testing::shared_file("conformance/shardy/visible/executable/executable_explicit_gather_scatter_batching");
  if (!folder) return;
  const tally t = run_folder(*folder);
  CHECK(t.as_said > 0);
  CHECK(t.needs.empty());
}

TEST_CASE("functions of Shardy's other tests compute on devices what they compute as a whole") {
  const auto folder = testing::shared_file("conformance/shardy/visible/raw");
  if (!folder) return;
  std::size_t agreeing = 0;
  std::map<std::string_view, std::size_t> needs;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path());
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (const interpret::check_case& c : interpret::cases_of(text, entry.path().filename().string())) {
      CAPTURE(c.name);
      stablehlo::module m;
      try {
        m = stablehlo::read(c.text, c.name);
      } catch (const parse_error&) {
        continue;  // ops that are not read; tests of reading count these
      }
      for (const auto& f : m.functions) {
        CAPTURE(f.name);
        try {
          if (agrees_with_whole(f.graph)) ++agreeing;
        } catch (const sdy::unsupported_sharding& e) {
          ++needs[name_of(e.lacks())];
        } catch (const interpret::execution_error& e) {
          FAIL_CHECK(e.what());
        } catch (const error&) {
          ++needs["shardings that fit"];
        }
      }
    }
  }
  MESSAGE(agreeing, " functions agree");
  for (const auto& [need, count] : needs) MESSAGE(count, " need ", need);
  CHECK(agreeing > 0);
}
