// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The causes of a plan's collectives, folded: layers that repeat count as one cause.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <partita/plan/explain.hpp>

namespace partita {

/// Replaces numbers that count layers or values by '*': digits that make up a part of a path, end a word after '_', or
/// follow '%'. blocks/12/w becomes blocks/*/w, block_12/attention becomes block_*/attention; w1 and f32 stay.
[[nodiscard]] inline std::string without_numbers(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto word = [&](char c) { return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  std::string folded;
  for (std::size_t i = 0; i < text.size();) {
    if (!digit(text[i]) || (i > 0 && text[i - 1] != '/' && text[i - 1] != '_' && text[i - 1] != '%')) {
      folded += text[i++];
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && digit(text[end])) ++end;
    const bool ends_word = end == text.size() || !word(text[end]);
    folded += ends_word ? std::string_view("*") : text.substr(i, end - i);
    i = end;
  }
  return folded;
}

/// Causes that differ only in the number of a layer, together.
struct cause_group {
  collective_kind kind = collective_kind::all_gather;
  std::uint8_t axes = 0;
  std::int64_t count = 0, bytes = 0;
  std::string because;
};

/// Groups of causes, heaviest first; slices, which cost no communication, are left out.
[[nodiscard]] inline std::vector<cause_group> group_causes(const std::vector<collective_report>& collectives) {
  std::vector<cause_group> groups;
  std::vector<std::pair<std::string, const collective_report*>> keyed;
  for (const collective_report& c : collectives) {
    if (c.kind != collective_kind::all_slice) keyed.emplace_back(without_numbers(c.because), &c);
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second->kind, a.second->axes) < std::tie(b.first, b.second->kind, b.second->axes);
  });
  for (const auto& [because, c] : keyed) {
    if (groups.empty() || groups.back().because != because || groups.back().kind != c->kind || groups.back().axes != c->axes) {
      groups.push_back({c->kind, c->axes, 0, 0, because});
    }
    groups.back().count += c->count;
    groups.back().bytes += c->bytes;
  }
  std::stable_sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) { return a.bytes > b.bytes; });
  return groups;
}

}  // namespace partita
