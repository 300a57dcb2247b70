// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text of a sharding rule in the form that Shardy prints:
//   ([i, k], [k, j])->([i, j]) {i=8, j=16, k=32} reduction={k}

#include <string>

#include <partita/rule/rule_table.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

/// Name of the n-th factor: i to z, then z_1, z_2, ...
[[nodiscard]] inline std::string factor_name(std::size_t n) {
  constexpr std::size_t letters = 'z' - 'i' + 1;
  if (n < letters) return std::string(1, static_cast<char>('i' + n));
  return "z_" + std::to_string(n - letters + 1);
}

/// Text of unit u's rule. Factors have names in the order in which the op's definition lists them; those that no
/// dim holds are left out. A dim without factors gets one in need_replication, whose size the rule does not know.
/// Uses (operands, what regions yield) stand left of the arrow, definitions right.
[[nodiscard]] inline std::string to_string(const rule_table& rules, unit_id u) {
  const auto factors = rules.factors(u);
  const auto slots = rules.slots(u);
  constexpr std::size_t unnamed = ~std::size_t{0};
  plain_vector<std::size_t> number(factors.size(), unnamed);
  for (const slot& s : slots) {
    for (std::size_t d = 0; d < s.rank; ++d) {
      for (const factor_index f : rules.dim(s, d)) number[f] = 0;
    }
  }
  std::size_t letters = 0;
  for (std::size_t& n : number) {
    if (n != unnamed) n = letters++;
  }

  std::size_t made_up = letters;
  const auto side = [&](bool uses) {
    std::string text = "(";
    for (const slot& s : slots) {
      if (s.is_use() != uses) continue;
      if (text.size() > 1) text += ", ";
      text += "[";
      for (std::size_t d = 0; d < s.rank; ++d) {
        if (d > 0) text += ", ";
        const auto dim = rules.dim(s, d);
        if (dim.empty()) text += factor_name(made_up++);
        for (const factor_index f : dim) text += factor_name(number[f]);
      }
      text += "]";
    }
    return text + ")";
  };
  std::string text = side(true);
  text += "->";
  text += side(false);

  std::string sizes;
  for (std::size_t f = 0; f < factors.size(); ++f) {
    if (number[f] == unnamed) continue;
    sizes += (sizes.empty() ? "" : ", ") + factor_name(number[f]) + "=";
    sizes += factors[f].size == dynamic_size ? std::string("?") : std::to_string(factors[f].size);
  }
  if (!sizes.empty()) text += " {" + sizes + "}";

  const auto set = [&](const char* name, auto&& holds, bool with_made_up) {
    std::string names;
    for (std::size_t f = 0; f < factors.size(); ++f) {
      if (number[f] != unnamed && holds(factors[f])) names += (names.empty() ? "" : ", ") + factor_name(number[f]);
    }
    for (std::size_t n = letters; with_made_up && n < made_up; ++n) names += (names.empty() ? "" : ", ") + factor_name(n);
    if (!names.empty()) text += std::string(" ") + name + "={" + names + "}";
  };
  set(
      "reduction", [](const factor& f) { return f.kind == factor_kind::reduction; }, false);
  set(
      "need_replication", [](const factor& f) { return f.kind == factor_kind::needs_replication; }, true);
  set(
      "permutation", [](const factor& f) { return f.kind == factor_kind::permutation; }, false);
  set(
      "blocked_propagation", [](const factor& f) { return f.blocked; }, false);
  return text;
}

}  // namespace partita
