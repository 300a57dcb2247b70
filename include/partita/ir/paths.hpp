// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which results of a program update which of its arguments, told by their paths: result/0/w updates
// params/w when params is the first top-level argument. Training steps donate and re-shard by this.

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include <partita/ir/graph_base.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/sort.hpp>

namespace partita {

/// For each result the number of the argument that it updates, or -1: result/i/rest matches the argument
/// `rest` under the i-th top-level argument (in order of first appearance), of equal type; result/i without
/// a rest matches the i-th top-level argument itself. One argument has one twin at most.
[[nodiscard]] constexpr std::vector<std::int32_t> argument_twins(const graph_base& g) {
  const auto top = [](std::string_view path) { return path.substr(0, path.find('/')); };
  const auto rest = [](std::string_view path) {
    const std::size_t slash = path.find('/');
    return slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  };
  struct entry {
    std::uint32_t top;
    std::string_view rest;
    std::uint32_t argument;
    constexpr bool operator<(const entry& other) const {
      return top != other.top ? top < other.top : rest != other.rest ? rest < other.rest : argument < other.argument;
    }
  };
  plain_vector<std::string_view> tops;
  plain_vector<entry> entries;
  for (std::uint32_t i = 0; i < g.arguments().size(); ++i) {
    const std::string_view name = g.argument_name(i);
    // Arguments of one top-level name stand together, so that looking at the last one usually suffices.
    std::size_t t = tops.size();
    while (t > 0 && tops[t - 1] != top(name)) --t;
    if (t == 0) {
      tops.push_back(top(name));
      t = tops.size();
    }
    entries.push_back({static_cast<std::uint32_t>(t - 1), rest(name), i});
  }
  sort_in_place(entries);
  std::vector<std::int32_t> twins;
  plain_vector<std::uint8_t> taken;
  taken.assign(g.arguments().size(), 0);
  for (std::size_t i = 0; i < g.results().size(); ++i) {
    twins.push_back(-1);
    const std::string_view name = g.result_name(i);
    if (top(name) != "result" || name.size() <= 7) continue;
    const std::string_view path = name.substr(7);
    std::uint32_t number = 0;
    bool digits = !top(path).empty() && top(path).size() < 9;
    for (const char c : top(path)) {
      digits = digits && c >= '0' && c <= '9';
      number = number * 10 + static_cast<std::uint32_t>(c - '0');
    }
    if (!digits) continue;
    const auto found = std::lower_bound(entries.begin(), entries.end(), entry{number, rest(path), 0});
    if (found == entries.end() || found->top != number || found->rest != rest(path) || taken[found->argument] != 0) continue;
    if (!(g.type_index(g.arguments()[found->argument]) == g.type_index(g.results()[i]))) continue;
    twins.back() = static_cast<std::int32_t>(found->argument);
    taken[found->argument] = 1;
  }
  return twins;
}

}  // namespace partita
