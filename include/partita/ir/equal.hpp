// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether two graphs are the same program: ops, attributes, types, regions, scopes, names of arguments and
// results, annotations. How they were built, and the programs' own names, play no part.

#include <array>
#include <cstddef>
#include <string_view>

#include <partita/ir/graph.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/sort.hpp>

namespace partita {
namespace detail {

constexpr bool equal_types(const graph_base& a, const type_view& s, const graph_base& b, const type_view& t) {
  if (s.element != element_type::tuple || t.element != element_type::tuple) return s == t;
  if (s.dims.size() != t.dims.size()) return false;
  for (std::size_t i = 0; i < s.dims.size(); ++i) {
    const type_id left{static_cast<std::uint32_t>(s.dims[i])}, right{static_cast<std::uint32_t>(t.dims[i])};
    if (!equal_types(a, a.type(left), b, b.type(right))) return false;
  }
  return true;
}

constexpr plain_vector<annotation> annotations_in_order(const graph_base& g) {
  plain_vector<annotation> all;
  for (const annotation& a : g.annotations()) all.push_back(a);
  sort_in_place(all, [&](const annotation& a, const annotation& b) {
    if (a.where != b.where) return a.where < b.where;
    if (a.index != b.index) return a.index < b.index;
    if (!(a.key == b.key)) return g.text(a.key) < g.text(b.key);
    return g.text(a.value) < g.text(b.value);
  });
  return all;
}

// Values are numbered in program order, so that equal programs have equal numbers.
constexpr bool equal_structure(const graph_base& a, const graph_base& b) {
  if (a.value_count() != b.value_count() || a.op_count() != b.op_count() || a.region_count() != b.region_count())
    return false;
  if (a.results().size() != b.results().size() || a.arguments().size() != b.arguments().size()) return false;
  if (a.annotations().size() != b.annotations().size()) return false;
  const auto same_range = [](const auto& x, const auto& y) {
    if (x.size() != y.size()) return false;
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (!(x[i] == y[i])) return false;
    }
    return true;
  };
  for (std::uint32_t i = 0; i < a.value_count(); ++i) {
    const value_id v{i};
    if (!equal_types(a, a.type(v), b, b.type(v))) return false;
    if (!(a.definition(v) == b.definition(v)) || !(a.argument_of(v) == b.argument_of(v))) return false;
  }
  for (std::uint32_t i = 0; i < a.region_count(); ++i) {
    const region_id r{i};
    if (!(a.owner(r) == b.owner(r)) || !same_range(a.results(r), b.results(r))) return false;
  }
  for (std::uint32_t i = 0; i < a.op_count(); ++i) {
    const op_id o{i};
    if (a.code(o) != b.code(o) || a.scope(o) != b.scope(o) || !same_range(a.operands(o), b.operands(o))) return false;
    if (!(a.parent(o) == b.parent(o)) || !(a.next(o) == b.next(o))) return false;
  }
  for (std::size_t i = 0; i < a.arguments().size(); ++i) {
    if (a.argument_name(i) != b.argument_name(i)) return false;
  }
  for (std::size_t i = 0; i < a.results().size(); ++i) {
    if (a.result_name(i) != b.result_name(i)) return false;
  }
  const auto x = annotations_in_order(a), y = annotations_in_order(b);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i].where != y[i].where || x[i].index != y[i].index) return false;
    if (a.text(x[i].key) != b.text(y[i].key) || a.text(x[i].value) != b.text(y[i].value)) return false;
  }
  return true;
}

// One comparison of attributes per op of a set; null for ops without attributes.
template <class Ops, class List>
struct attribute_comparisons;
template <class Ops, class... Os>
struct attribute_comparisons<Ops, op_list<Os...>> {
  using compare = bool (*)(const op_view&, const op_view&);
  template <class O>
  static constexpr compare make() {
    if constexpr (std::same_as<attributes_of<O>, no_attributes>) {
      return nullptr;
    } else {
      return [](const op_view& a, const op_view& b) {
        return equal_attributes(attributes_in<Ops, O>(a), a.graph(), attributes_in<Ops, O>(b), b.graph());
      };
    }
  }
  static constexpr std::array<compare, sizeof...(Os)> rows{make<Os>()...};
};

}  // namespace detail

/// Whether two graphs over one op set are the same program. Linear in their size.
template <class Ops>
[[nodiscard]] constexpr bool equal(const basic_graph<Ops>& a, const basic_graph<Ops>& b) {
  using comparisons = detail::attribute_comparisons<Ops, typename detail::flatten<Ops>::type>;
  if (!detail::equal_structure(a, b)) return false;
  for (std::uint32_t o = 0; o < a.op_count(); ++o) {
    const auto compare = comparisons::rows[a.code(op_id{o})];
    if (compare != nullptr && !compare(a.view(op_id{o}), b.view(op_id{o}))) return false;
  }
  return true;
}

}  // namespace partita
