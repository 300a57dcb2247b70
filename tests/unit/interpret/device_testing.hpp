// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Programs on virtual devices, for tests: read from text or made of one collective, run, results as plain numbers.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/interpret/devices.hpp>
#include <partita/interpret/kernel/collective.hpp>
#include <partita/interpret/kernel/constant.hpp>
#include <partita/interpret/kernel/control_flow.hpp>
#include <partita/interpret/kernel/elementwise.hpp>
#include <partita/interpret/kernel/mesh_collective.hpp>
#include <partita/interpret/kernel/run_parallel.hpp>
#include <partita/stablehlo/read.hpp>

namespace partita::testing {

struct device_ops : op_set<op::constant, op::add, op::subtract, op::multiply, op::maximum, op::compare, op::while_,
                           op::if_, op::collective_ops, op::mesh_collective_ops, op::interpreter_run_parallel> {};
using device_graph = basic_graph<device_ops>;
using interpret::array;
using interpret::device_grid;
using interpret::numerics;
using interpret::program;
using interpret::run_options;
using doubles = std::vector<double>;
using per_device = std::vector<doubles>;

inline array array_of(element_type e, const std::vector<std::int64_t>& dims, const doubles& values,
                      numerics n = numerics::own) {
  array a(e, dims, n);
  interpret::with_type(a.kind(), [&]<class T>() {
    if constexpr (!interpret::is_complex_v<T>) {
      for (std::size_t i = 0; i < a.size(); ++i) a.mutable_elements<T>()[i] = static_cast<T>(values[i]);
    }
  });
  return a;
}
inline doubles values_of(const array& a) {
  doubles values;
  interpret::with_type(a.kind(), [&]<class T>() {
    if constexpr (!interpret::is_complex_v<T>) {
      for (const T x : a.elements<T>()) values.push_back(static_cast<double>(x));
    }
  });
  return values;
}

/// Runs a program of one argument and one result on devices, each with its own values.
inline per_device run_all(const program& p, const device_grid& grid, const type_view& t, const per_device& inputs,
                          numerics n = numerics::own, const run_options& options = {}) {
  std::vector<std::vector<array>> arguments;
  const std::vector<std::int64_t> dims(t.dims.begin(), t.dims.end());
  for (const doubles& values : inputs) arguments.push_back({array_of(t.element, dims, values, n)});
  per_device results;
  for (const auto& of_device : interpret::run_on_devices(p, grid, arguments, n, options))
    results.push_back(values_of(of_device[0]));
  return results;
}

/// The same for a program in text. Arguments have these dims where the program leaves them open.
inline per_device run_text(const std::string& text, const device_grid& grid, const per_device& inputs,
                           numerics n = numerics::own, const run_options& options = {},
                           const std::vector<std::int64_t>& dims = {}) {
  const auto m = stablehlo::read<device_ops>(text, "test");
  const device_graph& g = m.entry();
  const type_view stated = g.type(g.arguments()[0]);
  return run_all(program(g), grid, dims.empty() ? stated : type_view{stated.element, dims}, inputs, n, options);
}

/// A program of one collective over mesh axes.
template <class O>
device_graph mesh_program(const tensor_type& t, const attributes_of<O>& a) {
  device_graph g;
  const value_id x = g.add_argument(g.intern(t.view()), "x");
  const value_id operands[] = {x};
  g.add_result(g.add<O>(g.body(), operands, a)[0], "y");
  g.finish();
  return g;
}
template <class O>
per_device run_mesh(const std::vector<std::int64_t>& mesh, const tensor_type& t, const attributes_of<O>& a,
                    const per_device& inputs, numerics n = numerics::own) {
  std::uint32_t devices = 1;
  for (const std::int64_t size : mesh) devices *= static_cast<std::uint32_t>(size);
  const device_graph g = mesh_program<O>(t, a);
  return run_all(program(g), {1, devices, mesh}, t.view(), inputs, n);
}

/// What an action throws, as text.
template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const error& e) {
    return e.what();
  }
  return "nothing was thrown";
}
inline bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace partita::testing
