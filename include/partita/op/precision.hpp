// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Checks of the attributes that say how precisely a contraction is computed. They change no shape and no
// sharding, so they are kept as text.

#include <string>
#include <string_view>

#include <partita/op/checks.hpp>

namespace partita::op::detail {

/// precision_config: at most one of DEFAULT, HIGH, HIGHEST for each of the two operands.
constexpr void expect_precision(const op_view& op, raw_text config) {
  std::string_view text = op.graph().text(config.text);
  int entries = 0;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    const std::string_view entry = text.substr(0, comma);
    text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    if (entry == "[]") return;
    const bool known = entry.find("precision DEFAULT") != std::string_view::npos ||
                       entry.find("precision HIGH") != std::string_view::npos;
    if (!known || ++entries > 2) {
      op.fail(
          "precision_config must have at most two entries, each of them #stablehlo<precision DEFAULT>, HIGH or "
          "HIGHEST");
    }
  }
}

/// The value of `key = value` in the text of an attribute; empty when the key is absent.
[[nodiscard]] constexpr std::string_view entry_of(std::string_view text, std::string_view key) {
  std::size_t at = text.find(key);
  if (at == std::string_view::npos) return {};
  at += key.size();
  while (at < text.size() && (text[at] == ' ' || text[at] == '=')) ++at;
  std::size_t end = at;
  while (end < text.size() && text[end] != ',' && text[end] != '>' && text[end] != ' ') ++end;
  return text.substr(at, end - at);
}

/// algorithm: float types, and positive counts of components and operations.
constexpr void expect_algorithm(const op_view& op, raw_text algorithm) {
  const std::string_view text = op.graph().text(algorithm.text);
  if (text.empty()) return;
  for (const std::string_view key : {"lhs_component_count", "rhs_component_count", "num_primitive_operations"}) {
    const std::string_view number = entry_of(text, key);
    if (number.empty() || number[0] < '1' || number[0] > '9')
      op.fail("algorithm: " + std::string(key) + " must be positive");
  }
  for (const std::string_view key : {"lhs_precision_type", "rhs_precision_type", "accumulation_type"}) {
    const std::string_view type = entry_of(text, key);
    const bool is_float = type.starts_with("f") || type.starts_with("bf") || type.starts_with("tf");
    if (!is_float)
      op.fail("algorithm: " + std::string(key) + " must be a float type; no hardware computes it otherwise");
  }
  const std::string_view lhs = entry_of(text, "lhs_precision_type"), rhs = entry_of(text, "rhs_precision_type");
  if (lhs != rhs && !(lhs.starts_with("f8") && rhs.starts_with("f8"))) {
    op.fail("algorithm: the precision types of both operands must be one type, or both be 8-bit floats");
  }
}

}  // namespace partita::op::detail
