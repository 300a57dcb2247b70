// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The instances of ops on which sharding rules are tried out, tests/data/rules/*.mlir: each function is one. And the
// page docs/reference/rules-coverage.md, which says what splits in them.

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/rule/format.hpp>
#include <partita/stablehlo/file.hpp>

#include "support/data.hpp"

namespace partita::testing {

struct rule_case {
  std::string name;
  graph program;
};

/// All instances, sorted by file, in each in the order of the file.
[[nodiscard]] inline std::vector<rule_case> rule_cases() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(data_file("rules"))) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<rule_case> cases;
  for (const auto& file : files) {
    auto m = stablehlo::read_module_file(file.string());
    for (auto& f : m.functions) cases.push_back({f.name, std::move(f.graph)});
  }
  return cases;
}

/// Ops that no instance holds, since nothing of them ever splits or nobody but their author can execute them.
struct op_without_case {
  std::string_view reason;
  std::vector<std::string_view> ops;
};
[[nodiscard]] inline const std::vector<op_without_case>& ops_without_cases() {
  static const std::vector<op_without_case> all{
      {"Collectives of a program that speaks of devices itself: nothing of it splits.",
       {"stablehlo.all_gather", "stablehlo.all_reduce", "stablehlo.reduce_scatter", "stablehlo.all_to_all",
        "stablehlo.collective_permute", "stablehlo.collective_broadcast", "stablehlo.collective_reduce",
        "stablehlo.partition_id", "stablehlo.replica_id", "stablehlo.async_start", "stablehlo.async_done",
        "sdy.manual_computation", "sdy.sharding_group"}},
      {"Collectives of a device-local program, which lowering makes.",
       {"partita.all_reduce", "partita.all_gather", "partita.reduce_scatter", "partita.all_to_all",
        "partita.collective_permute", "partita.all_slice"}},
      {"The boundary of code for one device in a program that is lowered by its own shardings; nothing else makes them.",
       {"partita.enter_manual", "partita.leave_manual"}},
      {"Tokens, tuples and what leaves the program: nothing of it splits.",
       {"stablehlo.after_all", "stablehlo.create_token", "stablehlo.tuple", "stablehlo.get_tuple_element",
        "stablehlo.infeed", "stablehlo.outfeed", "stablehlo.send", "stablehlo.recv"}},
      {"Ops of test programs, which compare or print whole values.",
       {"check.expect_eq", "check.expect_eq_const", "check.expect_close", "check.expect_almost_eq",
        "check.expect_almost_eq_const", "check.expect_serialized_eq", "interpreter.probe", "interpreter.print",
        "interpreter.run_parallel"}},
      {"Kept whole, whatever their operands are.",
       {"stablehlo.rng", "stablehlo.rng_bit_generator", "stablehlo.composite", "chlo.ragged_dot", "chlo.scan"}},
  };
  return all;
}

namespace detail {

/// What one rule says of its factors, sizes aside.
struct rule_summary {
  std::string dims, parallel, reduction, whole, permutation;
  bool elementwise = true;  ///< all tensors that are no scalars have the same dims, which split
  [[nodiscard]] bool splits() const { return !parallel.empty() || !reduction.empty(); }
  [[nodiscard]] friend bool operator==(const rule_summary&, const rule_summary&) = default;
};

inline void append(std::string& list, std::string_view item) {
  if (!list.empty()) list += ", ";
  list += item;
}

[[nodiscard]] inline rule_summary summary_of(const rule_table& rules, unit_id u) {
  rule_summary summary;
  const auto factors = rules.factors(u);
  std::vector<std::string> names(factors.size());
  std::size_t letters = 0;
  const auto each_dim = [&](auto&& f) {
    for (const slot& s : rules.slots(u)) {
      for (std::size_t d = 0; d < s.rank; ++d) f(rules.dim(s, d));
    }
  };
  each_dim([&](auto dim) {
    for (const factor_index f : dim) {
      if (names[f].empty()) names[f] = "?";
    }
  });
  for (std::size_t f = 0; f < factors.size(); ++f) {
    if (names[f].empty()) continue;
    names[f] = factor_name(letters++);
    if (factors[f].kind == factor_kind::parallel && !factors[f].blocked) {
      append(summary.parallel, names[f]);
    } else if (factors[f].kind == factor_kind::reduction && !factors[f].blocked) {
      const std::string_view how = factors[f].leaves_partial() ? name_of(factors[f].combines) : "itself";
      append(summary.reduction, names[f] + " (" + std::string(how) + ")");
    } else {
      append(factors[f].kind == factor_kind::permutation ? summary.permutation : summary.whole, names[f]);
    }
  }
  factor_index shared_dims[max_rank] = {};
  std::size_t rank = 0;
  for (const slot& s : rules.slots(u)) {
    if (s.rank == 0) continue;
    summary.elementwise = summary.elementwise && (rank == 0 || rank == s.rank);
    for (std::size_t d = 0; d < s.rank && summary.elementwise; ++d) {
      const auto dim = rules.dim(s, d);
      if (rank == 0 && !dim.empty()) shared_dims[d] = dim[0];
      summary.elementwise = dim.size() == 1 && dim[0] == shared_dims[d];
    }
    rank = s.rank;
  }
  summary.elementwise = summary.elementwise && rank != 0 && summary.reduction.empty() && summary.whole.empty() &&
                        summary.permutation.empty();
  std::string text = to_string(rules, u);
  const std::size_t sizes = text.find(" {");
  summary.dims = text.substr(0, std::min(sizes, text.find('=') == std::string::npos ? text.size() : sizes));
  each_dim([&](auto dim) {
    if (dim.empty()) append(summary.whole, factor_name(letters++));
  });
  return summary;
}

}  // namespace detail

/// The text of docs/reference/rules-coverage.md.
[[nodiscard]] inline std::string coverage_page(const std::vector<rule_case>& cases) {
  struct row {
    detail::rule_summary rule;
    std::string first_case;
  };
  std::map<std::string_view, std::vector<row>> rows;
  for (const rule_case& c : cases) {
    const rule_table rules = make_rules(c.program);
    for (const unit_id u : rules.units()) {
      const std::string_view name = c.program.info(rules[u].op).name;
      const auto slots = rules.slots(u);
      if (std::all_of(slots.begin(), slots.end(), [](const slot& s) { return s.rank == 0; })) continue;
      detail::rule_summary s = detail::summary_of(rules, u);
      std::vector<row>& known = rows[name];
      const bool is_known = std::any_of(known.begin(), known.end(), [&](const row& r) { return r.rule == s; });
      if (!is_known) known.push_back({std::move(s), c.name});
    }
  }
  std::string page =
      "# What splits in each op\n\n"
      "Made from the instances in `tests/data/rules`, with the sharding rules of each op in them. Left of the arrow "
      "stand\n"
      "operands (for loops and branches also what their regions yield), right of it results (and arguments of "
      "regions);\n"
      "each dim is a list of factors, major to minor. A *parallel* factor splits operands and results alike. A\n"
      "*reduction* factor splits operands alone and leaves partial results, combined as stated; where the op combines\n"
      "them *itself*, its results are whole. The others are never split by Partita: *whole* factors because a part of\n"
      "the dim is not enough, or cannot be split soundly; *ordered* ones because neighbours would have to exchange\n"
      "elements. A minor factor splits where the major ones of its dim are split completely. Sizes are left out: a\n"
      "factor splits when its size divides.\n\n"
      "Every parallel and every reduction factor below is executed, split over two and over three devices, alone and "
      "with\n"
      "each other factor of its op, and compared value by value with one device\n"
      "(`tests/conformance/rule_soundness.cpp`).\n";
  enum class part { elementwise, splitting, whole };
  const auto part_of = [](const std::vector<row>& list) {
    bool elementwise = true, splits = false;
    for (const row& r : list) {
      elementwise = elementwise && r.rule.elementwise;
      splits = splits || r.rule.splits();
    }
    return elementwise ? part::elementwise : splits ? part::splitting : part::whole;
  };
  const auto table = [&](part wanted) {
    page += "\n| op | dims | parallel | reduction | whole | ordered | instance |\n|---|---|---|---|---|---|---|\n";
    for (const auto& [name, list] : rows) {
      if (part_of(list) != wanted) continue;
      for (const row& r : list) {
        page += "| " + std::string(name) + " | `" + r.rule.dims + "` | " + r.rule.parallel + " | " + r.rule.reduction +
                " | " + r.rule.whole + " | " + r.rule.permutation + " | " + r.first_case + " |\n";
      }
    }
  };
  page += "\n## Ops that split along some dims\n";
  table(part::splitting);
  page +=
      "\n## Ops that split along every dim\n\nOperands that are no scalars and results have the same dims, all of them "
      "parallel.\n\n";
  for (const auto& [name, list] : rows) {
    if (part_of(list) == part::elementwise) page += "* " + std::string(name) + "\n";
  }
  page += "\n## Ops that never split\n";
  table(part::whole);
  page += "\n## Ops without an instance\n";
  for (const op_without_case& group : ops_without_cases()) {
    page += "\n" + std::string(group.reason) + "\n\n";
    for (const std::string_view name : group.ops) page += "* " + std::string(name) + "\n";
  }
  return page;
}

}  // namespace partita::testing
