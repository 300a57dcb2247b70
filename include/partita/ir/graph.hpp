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
template <class Ops>
struct placement;

namespace detail {

// Grows at the end, nothing else. A std::vector for each of a set's many attribute types would be most of what
// it takes to compile a program.
template <class T>
class attribute_rows {
 public:
  constexpr attribute_rows() = default;
  constexpr attribute_rows(attribute_rows&& other) noexcept
      : rows_(other.rows_), size_(other.size_), capacity_(other.capacity_) {
    other.rows_ = nullptr;
    other.size_ = other.capacity_ = 0;
  }
  constexpr attribute_rows(const attribute_rows& other) { copy(other); }
  constexpr attribute_rows& operator=(attribute_rows other) noexcept {
    T* const rows = rows_;
    rows_ = other.rows_;
    size_ = other.size_;
    capacity_ = other.capacity_;
    other.rows_ = rows;
    return *this;
  }
  constexpr ~attribute_rows() { delete[] rows_; }

  [[nodiscard]] constexpr const T& operator[](std::uint32_t i) const { return rows_[i]; }
  constexpr std::uint32_t add(const T& row) {
    if (size_ == capacity_) {
      capacity_ = capacity_ == 0 ? 4 : 2 * capacity_;
      T* const grown = new T[capacity_];
      for (std::uint32_t i = 0; i < size_; ++i) grown[i] = rows_[i];
      delete[] rows_;
      rows_ = grown;
    }
    rows_[size_] = row;
    return size_++;
  }

 private:
  constexpr void copy(const attribute_rows& other) {
    if (other.size_ == 0) return;
    rows_ = new T[other.size_];
    for (std::uint32_t i = 0; i < other.size_; ++i) rows_[i] = other.rows_[i];
    size_ = capacity_ = other.size_;
  }

  T* rows_ = nullptr;
  std::uint32_t size_ = 0, capacity_ = 0;
};

template <class O, bool HasAttributes = !std::same_as<attributes_of<O>, no_attributes>>
struct attribute_column {};
template <class O>
struct attribute_column<O, true> {
  attribute_rows<attributes_of<O>> rows;
};

template <class Ops>
struct table_of;

template <class Ops, class O>
constexpr const attributes_of<O>& attributes_in(const op_view& op) {
  return static_cast<const basic_graph<Ops>&>(op.graph()).template attributes<O>(op.id());
}

/// Cost of an op that declares none.
constexpr work traffic_only(const op_view& op) { return {0, bytes_touched(op)}; }

// The functions of an op with attributes, as the table calls them. Members instead of lambdas: a lambda is a class
// and three functions to the compiler, and there are several for each op.
template <class Ops, class O>
struct op_functions {
  static constexpr void infer(const op_view& v, result_types& t) { O::infer(v, attributes_in<Ops, O>(v), t); }
  static constexpr void rule(const op_view& v, rule_builder& r) { O::rule(v, attributes_in<Ops, O>(v), r); }
  static constexpr work cost(const op_view& v) { return O::cost(v, attributes_in<Ops, O>(v)); }
  static constexpr constant_data constant(const op_view& v) { return O::data(attributes_in<Ops, O>(v)); }
  static constexpr void place(const op_view& v, placement_base& p) {
    if constexpr (std::same_as<attributes_of<O>, no_attributes>) {
      O::place(v, static_cast<placement<Ops>&>(p));
    } else {
      O::place(v, attributes_in<Ops, O>(v), static_cast<placement<Ops>&>(p));
    }
  }
  static constexpr std::uint32_t copy(const op_view& v, graph_base& to, const local_shapes* shapes) {
    attributes_of<O> copy = attributes_in<Ops, O>(v);
    if constexpr (requires { O::localize(v, copy, *shapes); }) {
      if (shapes != nullptr) O::localize(v, copy, *shapes);
    }
    move_attributes(copy, v.graph(), to);
    return static_cast<basic_graph<Ops>&>(to).template add_attributes<O>(copy);
  }
};

template <class Ops, class O>
constexpr op_info make_op_info() {
  using attributes = attributes_of<O>;
  op_info info;
  info.name = O::name;
  if constexpr (requires { O::traits; }) {
    info.traits = O::traits;
    if constexpr (O::traits.placed) {
      if constexpr (O::template can_place<Ops>) info.place = &op_functions<Ops, O>::place;
    }
  }
  info.cost = &traffic_only;
  if constexpr (std::same_as<attributes, no_attributes>) {
    info.infer = &O::infer;
    info.rule = &O::rule;
    if constexpr (requires(const op_view& v) { O::cost(v); }) info.cost = &O::cost;
  } else {
    using functions = op_functions<Ops, O>;
    info.has_attributes = true;
    info.infer = &functions::infer;
    info.rule = &functions::rule;
    info.copy_attributes = &functions::copy;
    if constexpr (requires(const op_view& v, const attributes& a) { O::cost(v, a); }) info.cost = &functions::cost;
    if constexpr (requires(const attributes& a) { O::data(a); }) info.constant = &functions::constant;
  }
  return info;
}

// Finds the position of a type in a list by overload resolution: one step for the compiler, whatever the length.
template <std::size_t I, class O>
struct numbered {};
template <class Indices, class... Os>
struct numbering;
template <std::size_t... Is, class... Os>
struct numbering<std::index_sequence<Is...>, Os...> : numbered<Is, Os>... {};
template <class O, std::size_t I>
constexpr op_code position_of(const numbered<I, O>*) {
  return static_cast<op_code>(I);
}
// The list of ops appears in no name but those of these three functions' types: table_of<Ops> is what others see.
template <class Ops, class... Os>
constexpr std::array<op_info, sizeof...(Os)> make_rows(op_list<Os...>) {
  static_assert((Op<Os> && ...), "op_set: a struct in the set is not an operation; it needs name, infer and rule (see concept Op)");
  return {make_op_info<Ops, Os>()...};
}
template <class... Os>
numbering<std::make_index_sequence<sizeof...(Os)>, Os...> number(op_list<Os...>);
template <class List>
struct columns_of;
template <class... Os>
struct columns_of<op_list<Os...>> : attribute_column<Os>... {};

template <class Ops>
struct table_of {
  using list = typename flatten<Ops>::type;
  static constexpr std::array<op_info, list::size> rows = make_rows<Ops>(list{});
  template <class O>
  static constexpr op_code code() {
    constexpr decltype(number(list{}))* numbers = nullptr;
    if constexpr (requires { position_of<O>(numbers); }) {
      return position_of<O>(numbers);
    } else {
      return static_cast<op_code>(list::size);
    }
  }
  template <class... Os>
  static constexpr bool holds = ((code<Os>() < list::size) && ...);
  // Members of the set's table instead of implicit ones, and never inline: what they need for each attribute type is then
  // made where the table is instantiated, see stablehlo_instance.hpp.
  struct columns : columns_of<list> {
    [[gnu::noinline]] constexpr columns() {}
    [[gnu::noinline]] constexpr columns(columns&& other) noexcept : columns_of<list>(static_cast<columns_of<list>&&>(other)) {}
    [[gnu::noinline]] constexpr columns(const columns& other) : columns_of<list>(other) {}
    [[gnu::noinline]] constexpr columns& operator=(columns&& other) noexcept {
      columns_of<list>::operator=(static_cast<columns_of<list>&&>(other));
      return *this;
    }
    [[gnu::noinline]] constexpr columns& operator=(const columns& other) {
      columns_of<list>::operator=(other);
      return *this;
    }
    [[gnu::noinline]] constexpr ~columns() {}
  };
};

}  // namespace detail

/// The table of a set: one op_info per code.
template <class Ops>
inline constexpr auto& op_table = detail::table_of<Ops>::rows;

/// Code of op O in the set Ops.
template <class Ops, class O>
inline constexpr op_code code_of = detail::table_of<Ops>::template code<O>();

/// Code of the op with this name in a table; the table's size when there is none.
[[nodiscard]] constexpr op_code find_op(list_view<op_info> table, std::string_view name) {
  op_code code = 0;
  while (code < table.size() && table[code].name != name) ++code;
  return code;
}

/// A program in SSA form over the ops of a set.
template <class Ops>
class basic_graph : public graph_base {
  using table_type = detail::table_of<Ops>;

 public:
  using ops = Ops;

  [[nodiscard]] static constexpr list_view<op_info> table() { return table_type::rows; }
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
      return static_cast<detail::attribute_column<O>&>(columns_).rows.add(a);
    }
  }

  /// Infers and checks the result types of an op opened with open_op, then closes it.
  constexpr id_range<value_id> infer_and_close(op_id o, list_view<type_id> stated = {}) {
    const op_view v = view(o);
    result_types types(v, *this, stated);
    info(o).infer(v, types);
    close_op(o, types.take());
    return results(o);
  }

  /// Appends an op without regions and infers its results.
  template <class O>
  constexpr id_range<value_id> add(region_id r, list_view<value_id> operands, const attributes_of<O>& a = {},
                                   list_view<type_id> stated = {}, text_id scope = {}) {
    static_assert(table_type::template code<O>() < table_type::list::size,
                  "graph: this operation is not in the graph's op_set; list it there");
    return infer_and_close(open_op(r, table_type::template code<O>(), operands, add_attributes<O>(a), scope), stated);
  }

 private:
  typename table_type::columns columns_;
};

}  // namespace partita
