// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Why each collective is there, in words.

#include <cstdint>
#include <string>
#include <string_view>
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
        if (c.why.from.partial != 0) {
          r.because = user + ": combines results of parts over " + axis_names(c.axes, mesh) + ", split" + by;
          break;
        }
        r.because = user + ": needs " + r.value + " as " + to_string(c.why.to, rank, mesh) + " but it lies as " +
                    to_string(c.why.from, rank, mesh) + by;
        break;
    }
    reports.push_back(std::move(r));
  }
  return reports;
}

}  // namespace partita
