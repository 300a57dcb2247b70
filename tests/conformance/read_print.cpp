// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Reads StableHLO programs that JAX, PyTorch/XLA and StableHLO's own tests wrote, prints them, reads the print and
// compares.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <partita/ir/equal.hpp>
#include <partita/stablehlo/file.hpp>

#include "support/data.hpp"

namespace {

using namespace partita;
namespace fs = std::filesystem;

// Programs in a folder and below, without those that are wrong on purpose.
std::vector<fs::path> programs_under(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().parent_path().filename() == "bad") continue;
    if (name.ends_with(".mlir") || name.ends_with(".mlir.gz")) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// What is wrong with the round trip of one text; empty when nothing is.
std::string round_trip(std::string_view text, const std::string& name) {
  try {
    const stablehlo::module first = stablehlo::read(text, name);
    const std::string printed = stablehlo::print(first);
    const stablehlo::module second = stablehlo::read(printed, name + ", printed");
    if (first.name != second.name || first.functions.size() != second.functions.size())
      return name + ": other functions";
    for (std::size_t i = 0; i < first.functions.size(); ++i) {
      const auto &a = first.functions[i], &b = second.functions[i];
      if (a.name != b.name || a.is_private != b.is_private || !equal(a.graph, b.graph))
        return name + ": @" + a.name + " differs";
    }
    if (stablehlo::print(second) != printed) return name + ": prints differently the second time";
  } catch (const std::exception& e) {
    return e.what();
  }
  return {};
}

void check_programs_under(const fs::path& path) {
  const auto files = programs_under(path);
  CHECK(!files.empty());
  for (const fs::path& file : files) {
    INFO(file.string());
    CHECK(round_trip(stablehlo::read_text(file.string()), file.filename().string()) == "");
  }
}

void check_programs(const char* folder) {
  if (const auto path = testing::shared_file(folder)) check_programs_under(*path);
}

// A bundle holds cases, each after a line `// ----- FILE: NAME`.
void check_bundles(const char* folder) {
  const auto path = testing::shared_file(folder);
  if (!path) return;
  const std::string mark = "// ----- FILE: ";
  std::size_t cases = 0;
  for (const fs::path& file : programs_under(*path)) {
    const std::string text = stablehlo::read_text(file.string());
    for (std::size_t at = text.find(mark); at != std::string::npos;) {
      const std::size_t next = text.find("\n" + mark, at);
      const std::string part = text.substr(at, next == std::string::npos ? next : next + 1 - at);
      const std::string name = part.substr(mark.size(), part.find('\n') - mark.size());
      const std::string problem = round_trip(part, name);
      INFO(name);
      CHECK(problem == "");
      ++cases;
      at = next == std::string::npos ? next : next + 1;
    }
  }
  CHECK(cases > 0);
}

TEST_CASE("models that JAX printed survive printing and reading") {
  check_programs_under(testing::source_folder() / "tests" / "data");
  check_programs("models/tiny");
  check_programs("models/full");
  check_programs("models/example");
}

TEST_CASE("real LLM programs survive printing and reading") { check_programs("conformance/llm/visible"); }

TEST_CASE("StableHLO's test data survives printing and reading") {
  check_bundles("conformance/stablehlo/visible/testdata");
}

TEST_CASE("StableHLO's interpreter cases survive printing and reading") {
  check_bundles("conformance/stablehlo/visible/interpret");
  check_bundles("conformance/stablehlo/visible/interpret_chlo");
}

// JAX's own paths of arguments and results, taken down when the programs were made, are the expected names.
TEST_CASE("arguments and results have the paths that JAX gave them") {
  const auto manifest = testing::shared_file("models/manifest.json");
  if (!manifest) return;
  std::ifstream file(*manifest);
  for (const auto& model : nlohmann::json::parse(file)) {
    const std::string name = model.at("file");
    INFO(name);
    const graph g = stablehlo::read_file((manifest->parent_path() / name).string());
    REQUIRE(g.arguments().size() == model.at("n_args").get<std::size_t>());
    REQUIRE(g.results().size() == model.at("n_results").get<std::size_t>());
    if (!model.at("args").is_array()) continue;  // names are listed for the small variants
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < g.arguments().size(); ++i) {
      wrong += g.argument_name(i) != model.at("args")[i].at("name").get<std::string>();
    }
    for (std::size_t i = 0; i < g.results().size(); ++i) {
      wrong += g.result_name(i) != model.at("results")[i].get<std::string>();
    }
    CHECK(wrong == 0);
  }
}

}  // namespace
