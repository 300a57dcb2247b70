// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The simplest search: try each tile of an argument on the axis, keep the best, repeat until nothing
// improves. Arguments whose paths differ only in numbers (the layers of a model) and whose types are equal
// are tiled together, so that the number of trials does not grow with depth.

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <partita/search/strategy.hpp>

namespace partita {

namespace detail {

/// A path with every run of digits replaced by one '#', so that layers compare equal.
inline std::string without_numbers(std::string_view path) {
  std::string text;
  for (const char c : path) {
    const bool digit = c >= '0' && c <= '9';
    if (digit && !text.empty() && text.back() == '#') continue;
    text += digit ? '#' : c;
  }
  return text;
}

}  // namespace detail

struct greedy_search {
  /// Finds tactics of one tile each (of one group of arguments), best first. Deterministic.
  template <class Partitioning, class Evaluate>
  std::vector<std::vector<action>> operator()(Partitioning& p, const Evaluate& evaluate, const search_request& request) const {
    const auto groups = group_arguments(p.facts().graph);
    std::vector<std::vector<action>> found;
    const auto start = p.here();
    estimate_summary best = evaluate(p);
    while (true) {
      std::vector<action> best_actions;
      for (const std::vector<value_id>& group : groups) {
        const type_view type = p.facts().graph.type(group[0]);
        for (const axis_index axis : request.axes) {
          for (std::size_t d = 0; d < type.rank(); ++d) {
            std::vector<action> actions = tiles(p, group, d, axis);
            if (actions.empty()) continue;
            const auto before = p.here();
            p.apply(actions);
            const estimate_summary e = evaluate(p);
            p.undo(before);
            if (request.better(e, best)) {
              best = e;
              best_actions = std::move(actions);
            }
          }
        }
      }
      if (best_actions.empty()) break;
      p.apply(best_actions);
      found.push_back(std::move(best_actions));
    }
    p.undo(start);
    return found;
  }

 private:
  template <class Graph>
  static std::vector<std::vector<value_id>> group_arguments(const Graph& g) {
    std::vector<std::pair<std::string, value_id>> keyed;
    for (std::size_t i = 0; i < g.arguments().size(); ++i) {
      const value_id v = g.arguments()[i];
      if (g.type(v).rank() == 0) continue;
      keyed.emplace_back(detail::without_numbers(g.argument_name(i)) + " " + to_string(g.type(v)), v);
    }
    std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<std::vector<value_id>> groups;
    for (std::size_t i = 0; i < keyed.size(); ++i) {
      if (i == 0 || keyed[i].first != keyed[i - 1].first) groups.emplace_back();
      groups.back().push_back(keyed[i].second);
    }
    return groups;
  }

  template <class Partitioning>
  static std::vector<action> tiles(const Partitioning& p, const std::vector<value_id>& group, std::size_t d, axis_index axis) {
    std::vector<action> actions;
    const std::int64_t devices = p.state().axes()[axis];
    for (const value_id v : group) {
      if (devices == 1 || p.state()(v, axis).known() || p.facts().stacks(v, d)) continue;
      const std::int64_t size = p.state().local_size(v, d);
      if (size < devices || size % devices != 0) continue;
      actions.push_back({action_kind::tile, static_cast<std::uint8_t>(d), axis, v, 0});
    }
    return actions;
  }
};

}  // namespace partita
