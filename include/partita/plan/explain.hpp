// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Why each collective is there, in words, and the same folded: layers that repeat count as one cause.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <partita/plan/plan.hpp>

namespace partita {

/// A layout as one list of axis names per dim: [{batch}, {}, {model}]; partial axes follow.
[[nodiscard]] inline std::string to_string(const layout& l, std::size_t rank, const device_mesh& mesh) {
  std::string text = "[";
  for (std::size_t d = 0; d < rank; ++d) {
    text += d == 0 ? "{" : ", {";
    bool first = true;
    for (const axis_index a : l.axes_of(d)) {
      text += std::string(first ? "" : ", ") + std::string(mesh.name(a));
      first = false;
    }
    text += "}";
  }
  text += "]";
  for (std::size_t a = 0; a < mesh.axis_count(); ++a) {
    if (!l.is_partial(static_cast<axis_index>(a))) continue;
    text += " partial " + std::string(name_of(l.combines)) + " over " + std::string(mesh.name(static_cast<axis_index>(a)));
  }
  return text;
}

/// Names of the axes in a set, in mesh order: "batch, model".
[[nodiscard]] inline std::string axis_names(std::uint8_t axes, const device_mesh& mesh) {
  std::string text;
  for (std::size_t a = 0; a < mesh.axis_count(); ++a) {
    if ((axes >> a & 1) == 0) continue;
    text += std::string(text.empty() ? "" : ", ") + std::string(mesh.name(static_cast<axis_index>(a)));
  }
  return text;
}

template <class Ops>
[[nodiscard]] std::string describe_op(const basic_graph<Ops>& g, op_id o);

/// What to call a value: its argument's or result's name, else the scope of the op that makes it.
template <class Ops>
[[nodiscard]] std::string describe_value(const basic_graph<Ops>& g, value_id v) {
  if (g.argument_of(v) == g.body()) return std::string(g.argument_name(g.position(v)));
  const op_id o = g.definition(v);
  if (!o) return "argument " + std::to_string(g.position(v)) + " of a region of " + describe_op(g, g.owner(g.argument_of(v)));
  return describe_op(g, o);
}

/// What to call an op: its scope, with its name where the scope does not end in it.
template <class Ops>
[[nodiscard]] std::string describe_op(const basic_graph<Ops>& g, op_id o) {
  const std::string_view full = g.info(o).name, scope = g.scope(o);
  const std::string_view name = full.substr(full.find('.') + 1);
  if (scope.empty()) return std::string(name);
  return scope.ends_with(name) ? std::string(scope) : std::string(scope) + " (" + std::string(name) + ")";
}

template <class Ops>
[[nodiscard]] std::vector<collective_report> report_collectives(const basic_graph<Ops>& g, const local_program<Ops>& program,
                                                                const std::vector<std::string>& tactic_names,
                                                                const device_mesh& mesh) {
  std::vector<collective_report> reports;
  for (const collective& c : program.collectives) {
    collective_report r;
    r.kind = c.kind;
    r.axes = c.axes;
    r.count = c.count;
    r.bytes = checked_multiply(c.bytes, c.count);
    r.tactic = c.why.tactic == 0 ? "" : tactic_names[c.why.tactic - 1u];
    r.value = describe_value(g, c.why.value);
    const std::size_t rank = g.type(c.why.value).rank();
    const std::string by = r.tactic.empty() ? "" : " by " + r.tactic;
    const std::string user = c.why.op ? describe_op(g, c.why.op) : std::string("the program's result");
    switch (c.kind) {
      case collective_kind::all_reduce:
        r.because = user + ": partial " + std::string(name_of(c.why.from.combines)) + " over " + axis_names(c.axes, mesh) + ", split" + by;
        break;
      case collective_kind::reduce_scatter:
        r.because = user + ": partial " + std::string(name_of(c.why.from.combines)) + " over " + axis_names(c.axes, mesh) +
                    ", used only as " + to_string(c.why.to, rank, mesh) + ", split" + by;
        break;
      default:
        r.because = user + ": needs " + r.value + " as " + to_string(c.why.to, rank, mesh) + " but it lies as " +
                    to_string(c.why.from, rank, mesh) + by;
        break;
    }
    reports.push_back(std::move(r));
  }
  return reports;
}

/// Replaces every run of digits that stands alone in a path by '*': blocks/12/w becomes blocks/*/w.
[[nodiscard]] inline std::string fold(std::string_view text) {
  const auto word = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  std::string folded;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && word(text[end])) ++end;
    if (end == i) {
      folded += text[i++];
      continue;
    }
    const std::string_view run = text.substr(i, end - i);
    const bool digits = run.find_first_not_of("0123456789") == std::string_view::npos;
    const bool path = digits && (i == 0 || text[i - 1] == '/' || text[i - 1] == '[') &&
                      (end == text.size() || text[end] == '/' || text[end] == ']' || text[end] == ' ');
    folded += path ? std::string_view("*") : run;
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
    if (c.kind != collective_kind::all_slice) keyed.emplace_back(fold(c.because), &c);
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
