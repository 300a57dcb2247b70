// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// read(text): StableHLO text to graphs over any op set.

#include <algorithm>
#include <array>
#include <string_view>

#include <partita/stablehlo/module.hpp>
#include <partita/stablehlo/region_forms.hpp>

namespace partita::stablehlo {
namespace detail {

template <class Ops, class O>
std::uint32_t read_attributes(graph_base& g, attribute_reader& reader) {
  if constexpr (std::same_as<attributes_of<O>, no_attributes>) {
    return 0;
  } else {
    attributes_of<O> attributes{};
    attributes_of<O>::describe(attributes, reader);
    return static_cast<basic_graph<Ops>&>(g).template add_attributes<O>(attributes);
  }
}

template <class Ops, class List>
struct readers_of;
template <class Ops, class... Os>
struct readers_of<Ops, partita::detail::op_list<Os...>> {
  static constexpr std::array<attributes_reader, sizeof...(Os)> rows{&read_attributes<Ops, Os>...};
};

}  // namespace detail

/// Reads StableHLO text as JAX, PyTorch/XLA and MLIR's tools print it, in pretty and generic forms.
///
/// Calls and composites are inlined; names of arguments and results come from locations and jax.result_info,
/// scopes of ops from locations. sdy attributes and meshes are kept as annotations; attributes of other dialects
/// are dropped and counted. Each op is verified as its definition says.
/// @throws parse_error with file:line:column, the line and a caret, for text that is not understood or not valid.
template <class Ops = stablehlo_ops>
[[nodiscard]] basic_module<Ops> read(std::string_view text, std::string_view file_name = "<text>",
                                     const read_options& options = {}) {
  detail::text_reader reader(text, file_name, options, basic_graph<Ops>::table(),
                             detail::readers_of<Ops, typename partita::detail::flatten<Ops>::type>::rows.data());
  const auto& functions = reader.outline().functions;
  basic_module<Ops> m;
  m.name = detail::unescape(reader.outline().module_name);
  std::vector<std::size_t> order;
  std::vector<bool> done(functions.size(), false);
  const auto add = [&](std::size_t i) {
    const detail::function_text& f = functions[i];
    done[i] = true;
    if (f.body.empty()) {
      reader.check_declaration(f);
      return;
    }
    order.push_back(i);
    m.functions.push_back({detail::unescape(f.name), f.is_private, {}});
    reader.read_function(f, m.functions.back().graph);
  };
  for (std::size_t i = 0; i < functions.size(); ++i) {
    if (!functions[i].is_private || functions[i].name == "main") add(i);
  }
  const auto add_where = [&](auto&& wanted) {
    const std::size_t before = order.size();
    for (std::size_t i = 0; i < functions.size(); ++i) {
      if (!done[i] && wanted(i)) add(i);
    }
    return order.size() != before;
  };
  while (add_where([&](std::size_t i) { return reader.was_named(i); })) {
  }
  while (add_where([&](std::size_t i) { return reader.was_named(i) || !reader.was_called(i); })) {
  }
  // Back into the order of the file.
  std::vector<std::size_t> by_place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) by_place[i] = i;
  std::sort(by_place.begin(), by_place.end(), [&](std::size_t a, std::size_t b) { return order[a] < order[b]; });
  std::vector<function<Ops>> in_order;
  in_order.reserve(order.size());
  for (const std::size_t i : by_place) in_order.push_back(std::move(m.functions[i]));
  m.functions = std::move(in_order);
  for (std::size_t i = 0; i < reader.dropped_names().size(); ++i) {
    m.dropped.push_back({std::string(reader.dropped_names()[i]), reader.dropped_count(i)});
  }
  std::sort(m.dropped.begin(), m.dropped.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return m;
}

}  // namespace partita::stablehlo
