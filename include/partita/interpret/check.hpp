// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files of test programs: each case is a module whose public functions take no arguments and compare what they compute
// with what is expected (kernel/check.hpp). A file may hold many cases: a bundle, where a line `// ----- FILE: NAME`
// starts a case, or MLIR's split form, where a line `// -----` ends one.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/interpret/kernel/check.hpp>
#include <partita/stablehlo/read.hpp>

namespace partita::interpret {

struct check_case {
  std::string name;
  std::string text;
};

/// The cases of a file, in order.
[[nodiscard]] inline std::vector<check_case> cases_of(std::string_view text, std::string_view file_name) {
  constexpr std::string_view split = "// -----", mark = "// ----- FILE:";
  const bool bundle = text.starts_with(mark) || text.find("\n// ----- FILE:") != std::string_view::npos;
  std::vector<check_case> cases;
  if (!bundle) cases.push_back({std::string(file_name), {}});
  while (!text.empty()) {
    const std::size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    std::string_view line = text.substr(0, length);
    text.remove_prefix(length);
    if (bundle && line.starts_with(mark)) {
      line.remove_prefix(mark.size());
      const std::size_t first = line.find_first_not_of(' ');
      line = first == std::string_view::npos ? "" : line.substr(first, line.find_last_not_of(" \r\n") + 1 - first);
      cases.push_back({std::string(line), {}});
    } else if (!bundle && line.starts_with(split)) {
      cases.push_back({std::string(file_name) + "#" + std::to_string(cases.size() + 1), {}});
    } else if (!cases.empty()) {
      cases.back().text += line;
    }
  }
  return cases;
}

struct check_outcome {
  enum class kind : std::uint8_t { passed, failed, skipped } of = kind::passed;
  std::string message;  ///< what failed, or why it was skipped
};

/// What a case can need that the interpreter does not offer. All reasons for which a case is skipped stand here.
struct unsupported_need {
  std::string_view mark;    ///< text that shows the need
  std::string_view reason;
};
inline constexpr unsupported_need unsupported_needs[] = {
    {"!quant.", "quantized types: the reader does not take them"},
    {"--args", "arguments from the command line: a case must stand alone"},
    {"interpreter.probe", "values written to files by interpreter.probe"},
    {"check.expect_serialized_eq", "values read from files by check.expect_serialized_eq"},
    {"stablehlo.send", "send and recv between programs"},
    {"stablehlo.recv", "send and recv between programs"},
    {"stablehlo.infeed", "data fed in from the host"},
    {"stablehlo.outfeed", "data fed out to the host"},
};

/// Why a case cannot be run; empty when it can.
[[nodiscard]] inline std::string_view need_of(std::string_view text) {
  for (const unsupported_need& need : unsupported_needs) {
    if (text.find(need.mark) != std::string_view::npos) return need.reason;
  }
  if (text.find("check.expect_") == std::string_view::npos) return "no check: nothing says what is expected";
  return {};
}

/// Calls f(name, program, functions) for the functions of a module that a case runs: @main, or all public ones.
template <class Ops, class F>
void for_each_entry(const stablehlo::basic_module<Ops>& m, F&& f) {
  const program_set functions(m);
  const auto* const main = m.find("main");
  for (const auto& fn : m.functions) {
    if (main != nullptr ? &fn == main : !fn.is_private) f(fn.name, *functions.find(fn.name), functions);
  }
}

/// Runs one case on one device.
template <class Ops = stablehlo_ops>
[[nodiscard]] check_outcome run_case(const check_case& c) {
  using kind = check_outcome::kind;
  if (const std::string_view need = need_of(c.text); !need.empty()) return {kind::skipped, std::string(need)};
  try {
    const auto m = stablehlo::read<Ops>(c.text, c.name);
    for_each_entry(m, [&](std::string_view, const program& p, const program_set& functions) {
      (void)run(p, {}, numerics::own, &functions);
    });
  } catch (const error& e) {
    return {kind::failed, e.what()};
  }
  return {};
}

}  // namespace partita::interpret
