// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The words of the schedule language, and what is left for names of tactics.

#include <array>
#include <string_view>

namespace partita::detail {

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The words that schedules use themselves.
inline constexpr std::array<std::string_view, 25> schedule_words{
    "shard", "pin", "automatic", "choose", "tagged", "made_by", "skip", "first_divisible_dim", "replicated", "unknown",
    "then", "together", "either", "repeat", "minimize", "rounded", "pareto_front", "subject_to", "step_time",
    "peak_memory", "communicated_bytes", "dollars", "device_memory", "predicate", "callable",
};

/// Whether the text can name a tactic in a schedule file.
constexpr bool is_schedule_name(std::string_view text) {
  if (text.empty() || !is_letter(text[0])) return false;
  for (const char c : text) {
    if (!is_letter(c) && !is_digit(c)) return false;
  }
  for (const std::string_view word : schedule_words) {
    if (word == text) return false;
  }
  return true;
}

}  // namespace partita::detail
