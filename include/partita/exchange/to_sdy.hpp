// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plan in the two forms that XLA takes as they are, both with Shardy's mesh and shardings at the arguments and
// results of @main: manual_program() has the device-local program in it, annotated_program() leaves it to XLA to
// find one. Both take and return the same shards, so one can be run in the other's place.

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/exchange/to_stablehlo.hpp>
#include <partita/ir/rewriter.hpp>
#include <partita/op/sdy.hpp>
#include <partita/plan/plan.hpp>
#include <partita/stablehlo/cursor.hpp>

namespace partita {

namespace detail {

/// @mesh = <["batch"=4, "model"=2]>
inline std::string sdy_mesh(const device_mesh& mesh) {
  std::string text = "@mesh = <[";
  for (std::size_t a = 0; a < mesh.axis_count(); ++a) {
    const auto axis = static_cast<axis_index>(a);
    text += (a == 0 ? "" : ", ") + stablehlo::detail::quoted(mesh.name(axis)) + "=" + std::to_string(mesh.size(axis));
  }
  return text + "]>";
}

/// <@mesh, [{"batch"}, {}]>: dims are closed, so nothing is added to what the plan decided.
inline std::string sdy_sharding(const boundary_value& v, const device_mesh& mesh) {
  std::string text = "<@mesh, [";
  for (std::size_t d = 0; d < v.type.rank(); ++d) {
    text += d == 0 ? "{" : ", {";
    std::string_view separator;
    for (const axis_index a : v.at.axes_of(d)) {
      text += std::string(separator) + stablehlo::detail::quoted(mesh.name(a));
      separator = ", ";
    }
    text += "}";
  }
  return text + "]>";
}

inline std::string sdy_shardings(const std::vector<boundary_value>& values, const device_mesh& mesh) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) text += (i == 0 ? "" : ", ") + sdy_sharding(values[i], mesh);
  return text + "]";
}

/// Throws error when a value cannot have a sharding.
inline void annotate_boundary(graph_base& g, annotation::place where, const std::vector<boundary_value>& values,
                              const device_mesh& mesh) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const element_type e = values[i].type.element;
    if (e == element_type::token || e == element_type::tuple) {
      throw error((where == annotation::place::argument ? "argument " : "result ") + values[i].name + " is a " +
                  std::string(name_of(e)) + "; only tensors have a sharding, so XLA cannot be given this program");
    }
    g.annotate({where, static_cast<std::uint32_t>(i), g.intern("sdy.sharding"),
                g.intern("#sdy.sharding" + sdy_sharding(values[i], mesh))});
  }
}

template <class Ops>
void annotate_program(graph_base& g, const plan<Ops>& p) {
  g.annotate({annotation::place::program, 0, g.intern("sdy.mesh"), g.intern(sdy_mesh(p.mesh))});
  annotate_boundary(g, annotation::place::argument, p.inputs, p.mesh);
  annotate_boundary(g, annotation::place::result, p.outputs, p.mesh);
}

/// Ops that only say how their operand is to be sharded. What they said was of another mesh, and the plan has
/// decided since.
template <class Ops>
bool says_sharding(const basic_graph<Ops>& g, op_id o) {
  const std::string_view name = g.info(o).name;
  return name.starts_with("sdy.") && g.operands(o).size() == 1 && g.regions(o).empty();
}

/// A hook that leaves out such ops.
template <class Ops>
auto without_shardings(const basic_graph<Ops>& g, graph_rewriter<Ops>& to) {
  return [&g, &to](op_id o) {
    if (g.template is<op::sdy::manual_computation>(o)) {
      throw error("the program has a sdy.manual_computation, which is written for one mesh; "
                  "XLA takes it on no other");
    }
    if (!says_sharding(g, o)) return false;
    for (const value_id v : g.results(o)) to.set(v, to[g.operands(o)[0]]);
    return true;
  };
}

}  // namespace detail

/// The device-local program as the body of one sdy.manual_computation over all axes, with the global shapes
/// outside. Print it for mesh.devices() partitions. Source: Shardy's dialect, sdy.manual_computation. Throws
/// error for arguments or results that are not tensors.
template <class Ops>
[[nodiscard]] basic_graph<Ops> manual_program(const plan<Ops>& p) {
  using manual = op::sdy::manual_computation;
  const basic_graph<Ops> local = to_stablehlo(p.program, p.mesh);
  graph_rewriter<Ops> to(local);
  basic_graph<Ops>& out = to.out();
  std::vector<value_id> operands;
  for (const boundary_value& v : p.inputs) {
    operands.push_back(out.add_argument(out.intern({v.type.element, v.type.dims}), v.name));
  }
  std::string axes;
  for (std::size_t a = 0; a < p.mesh.axis_count(); ++a) {
    axes += (a == 0 ? "" : ", ") + stablehlo::detail::quoted(p.mesh.name(static_cast<axis_index>(a)));
  }
  const op_id made = out.open_op(
      out.body(), code_of<Ops, manual>, operands,
      out.template add_attributes<manual>({{out.intern(detail::sdy_shardings(p.inputs, p.mesh))},
                                           {out.intern(detail::sdy_shardings(p.outputs, p.mesh))},
                                           {out.intern("{" + axes + "}")}}),
      {});
  const region_id body = out.open_region(made);
  for (const value_id v : local.arguments()) to.set(v, out.add_argument(body, to.type_of(v)));
  out.begin_region(body);
  to.copy_body(body, detail::without_shardings(local, to));
  std::vector<value_id> returned;
  for (const value_id v : local.results()) returned.push_back(to[v]);
  out.end_region(body, returned);
  std::vector<type_id> types;
  for (const boundary_value& v : p.outputs) types.push_back(out.intern({v.type.element, v.type.dims}));
  out.close_op(made, types);
  for (std::size_t i = 0; i < types.size(); ++i) out.add_result(out.results(made)[i], p.outputs[i].name);
  out.finish();
  detail::annotate_program(out, p);
  return std::move(out);
}

/// The original program with the plan's shardings at its arguments and results. Print it for mesh.devices()
/// partitions. Throws error for arguments or results that are not tensors.
template <class Ops>
[[nodiscard]] basic_graph<Ops> annotated_program(const basic_graph<Ops>& g, const plan<Ops>& p) {
  graph_rewriter<Ops> to(g);
  to.copy_arguments();
  to.copy_body(detail::without_shardings(g, to));
  basic_graph<Ops> out = to.finish();
  detail::annotate_program(out, p);
  return out;
}

}  // namespace partita
