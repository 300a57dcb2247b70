// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// basic_graph<Ops>: a program over a set of ops, with each op's attributes as the struct that the op
// declares.

#include <vector>

#include <partita/ir/attribute.hpp>
#include <partita/ir/op_set.hpp>

namespace partita {

template <class Ops>
class basic_graph;

namespace detail {

template <class O, bool HasAttributes = !std::same_as<attributes_of<O>, no_attributes>>
struct attribute_column {};
template <class O>
struct attribute_column<O, true> {
  std::vector<attributes_of<O>> rows;
};

template <class Ops, class List>
struct table_of;

template <class Ops, class O>
constexpr const attributes_of<O>& attributes_in(const op_view& op) {
  return static_cast<const basic_graph<Ops>&>(op.graph()).template attributes<O>(op.id());
}

template <class Ops, class O>
constexpr op_info make_op_info() {
  op_info info;
  info.name = O::name;
  if constexpr (requires { O::traits; }) info.traits = O::traits;
  info.has_attributes = !std::same_as<attributes_of<O>, no_attributes>;
  if constexpr (std::same_as<attributes_of<O>, no_attributes>) {
    info.infer = &O::infer;
    info.rule = &O::rule;
    if constexpr (requires(const op_view& v) { O::cost(v); }) info.cost = &O::cost;
  } else {
    info.infer = [](const op_view& v, result_types& t) { O::infer(v, attributes_in<Ops, O>(v), t); };
    info.rule = [](const op_view& v, rule_builder& r) { O::rule(v, attributes_in<Ops, O>(v), r); };
    if constexpr (requires(const op_view& v, const attributes_of<O>& a) { O::cost(v, a); }) {
      info.cost = [](const op_view& v) { return O::cost(v, attributes_in<Ops, O>(v)); };
    }
    info.copy_attributes = [](const op_view& v, graph_base& to, const local_shapes* shapes) -> std::uint32_t {
      attributes_of<O> copy = attributes_in<Ops, O>(v);
      if constexpr (requires { O::localize(v, copy, *shapes); }) {
        if (shapes != nullptr) O::localize(v, copy, *shapes);
      }
      move_attributes(copy, v.graph(), to);
      return static_cast<basic_graph<Ops>&>(to).template add_attributes<O>(copy);
    };
    if constexpr (requires(const attributes_of<O>& a) { O::data(a); }) {
      info.constant = [](const op_view& v) { return O::data(attributes_in<Ops, O>(v)); };
    }
    info.equal_attributes = [](const op_view& a, const op_view& b) {
      return equal_attributes(attributes_in<Ops, O>(a), a.graph(), attributes_in<Ops, O>(b), b.graph());
    };
  }
  if (info.cost == nullptr) info.cost = [](const op_view& v) { return work{0, bytes_touched(v)}; };
  return info;
}

template <class Ops, class... Os>
struct table_of<Ops, op_list<Os...>> {
  static constexpr std::array<op_info, sizeof...(Os)> rows{make_op_info<Ops, Os>()...};
  template <class O>
  static constexpr op_code code() {
    op_code at = 0;
    const bool found = ((std::same_as<O, Os> ? true : (++at, false)) || ...);
    return found ? at : static_cast<op_code>(sizeof...(Os));
  }
  struct columns : attribute_column<Os>... {};
};

}  // namespace detail

/// The table of a set: one op_info per code.
template <class Ops>
inline constexpr auto& op_table = detail::table_of<Ops, typename detail::flatten<Ops>::type>::rows;

/// Code of op O in the set Ops.
template <class Ops, class O>
inline constexpr op_code code_of = detail::table_of<Ops, typename detail::flatten<Ops>::type>::template code<O>();

/// Code of the op with this name in a table; the table's size when there is none.
[[nodiscard]] constexpr op_code find_op(std::span<const op_info> table, std::string_view name) {
  op_code code = 0;
  while (code < table.size() && table[code].name != name) ++code;
  return code;
}

/// A program in SSA form over the ops of a set.
template <class Ops>
class basic_graph : public graph_base {
  using table_type = detail::table_of<Ops, typename detail::flatten<Ops>::type>;

 public:
  using ops = Ops;

  [[nodiscard]] static constexpr std::span<const op_info> table() { return table_type::rows; }
  [[nodiscard]] static constexpr const op_info& info(op_code code) { return table_type::rows[code]; }
  [[nodiscard]] constexpr const op_info& info(op_id o) const { return table_type::rows[code(o)]; }
  [[nodiscard]] constexpr op_view view(op_id o) const { return {*this, table_type::rows.data(), o}; }

  template <class O>
  [[nodiscard]] constexpr bool is(op_id o) const {
    return code(o) == table_type::template code<O>();
  }

  template <class O>
  [[nodiscard]] constexpr const attributes_of<O>& attributes(op_id o) const {
    return static_cast<const detail::attribute_column<O>&>(columns_).rows[attribute_index(o)];
  }
  template <class O>
  constexpr std::uint32_t add_attributes(const attributes_of<O>& a) {
    if constexpr (std::same_as<attributes_of<O>, no_attributes>) {
      return 0;
    } else {
      auto& rows = static_cast<detail::attribute_column<O>&>(columns_).rows;
      rows.push_back(a);
      return static_cast<std::uint32_t>(rows.size() - 1);
    }
  }

  /// Infers and checks the result types of an op opened with open_op, then closes it.
  constexpr id_range<value_id> infer_and_close(op_id o, std::span<const type_id> stated = {}) {
    const op_view v = view(o);
    result_types types(v, *this, stated);
    info(o).infer(v, types);
    close_op(o, types.take());
    return results(o);
  }

  /// Appends an op without regions and infers its results.
  template <class O>
  constexpr id_range<value_id> add(region_id r, std::span<const value_id> operands, const attributes_of<O>& a = {},
                                   std::span<const type_id> stated = {}, text_id scope = {}) {
    static_assert(table_type::template code<O>() < table_type::rows.size(),
                  "graph: this operation is not in the graph's op_set; list it there");
    return infer_and_close(open_op(r, table_type::template code<O>(), operands, add_attributes<O>(a), scope), stated);
  }

 private:
  typename table_type::columns columns_;
};

}  // namespace partita
