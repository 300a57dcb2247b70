// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// print(graph): graphs over any op set to StableHLO text.

#include <array>
#include <cstdint>
#include <string>

#include <partita/stablehlo/module.hpp>
#include <partita/stablehlo/print_ops.hpp>

namespace partita::stablehlo {
namespace detail {

template <class Ops, class O>
void print_attributes(const graph_base& g, op_id o, attribute_writer& writer) {
  if constexpr (!std::same_as<attributes_of<O>, no_attributes>) {
    attributes_of<O>::describe(static_cast<const basic_graph<Ops>&>(g).template attributes<O>(o), writer);
  }
}

template <class Ops, class List>
struct printers_of;
template <class Ops, class... Os>
struct printers_of<Ops, partita::detail::op_list<Os...>> {
  static constexpr std::array<attributes_printer, sizeof...(Os)> rows{&print_attributes<Ops, Os>...};
};

template <class Ops>
text_writer make_writer() {
  return {basic_graph<Ops>::table(), printers_of<Ops, typename partita::detail::flatten<Ops>::type>::rows.data()};
}

}  // namespace detail

/// Text of a module with the graph as its public function @main, in the forms that MLIR's parser of StableHLO
/// accepts. Deterministic; read(print(g)) equals g, with names, scopes and annotations. `partitions`: over how many
/// devices XLA is to run the program, said in the module's attributes; 0 says nothing.
template <class Ops>
[[nodiscard]] std::string print(const basic_graph<Ops>& g, std::int64_t partitions = 0) {
  auto writer = detail::make_writer<Ops>();
  const graph_base* const graphs[] = {&g};
  writer.begin_module(g.name().empty() ? "main" : g.name(), graphs, partitions);
  writer.add_function("main", false, g);
  return writer.end_module();
}

/// Text of a module with all its functions.
template <class Ops>
[[nodiscard]] std::string print(const basic_module<Ops>& m) {
  auto writer = detail::make_writer<Ops>();
  std::vector<const graph_base*> graphs;
  for (const function<Ops>& f : m.functions) graphs.push_back(&f.graph);
  writer.begin_module(m.name, graphs);
  for (const function<Ops>& f : m.functions) writer.add_function(f.name, f.is_private, f.graph);
  return writer.end_module();
}

}  // namespace partita::stablehlo
