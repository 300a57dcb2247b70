// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// How ops are defined and listed. An op is a struct that models Op; op_set<A, B, ...> lists ops and other
// sets. For each set there is one table of op_info rows through which the rest of Partita reaches the
// definitions without knowing the set.

#include <array>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include <partita/ir/op_view.hpp>
#include <partita/support/error.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

class rule_builder;  // rule/rule_table.hpp

/// What an op costs on one device: arithmetic operations and bytes moved to and from memory.
struct work {
  double flops = 0;
  double bytes = 0;
};

/// Collects an op's result types during inference and checks them against what the text states.
class result_types {
 public:
  constexpr result_types(const op_view& op, graph_base& graph, list_view<type_id> stated)
      : op_(&op), graph_(&graph), stated_(stated) {}

  /// Number of result types that the text states; 0 when they are to be inferred.
  [[nodiscard]] constexpr std::size_t stated_count() const { return stated_.size(); }
  /// Type that the text states for result i. Throws verify_error when none is stated.
  [[nodiscard]] constexpr type_view stated(std::size_t i) const {
    if (i >= stated_.size()) missing(i);
    return graph_->type(stated_[i]);
  }

  /// The next result has type t. Throws verify_error when the text states another one.
  constexpr void add(const type_view& t) { add(graph_->intern(t)); }
  constexpr void add(type_id t) {
    const std::size_t i = inferred_.size();
    if (i < stated_.size()) {
      if (!(stated_[i] == t) && !compatible(graph_->type(t), graph_->type(stated_[i]))) differs(i, t);
      t = stated_[i];
    }
    inferred_.push_back(t);
  }
  /// The next result has the type that the text states.
  constexpr void accept_stated() {
    if (inferred_.size() >= stated_.size()) missing(inferred_.size());
    inferred_.push_back(stated_[inferred_.size()]);
  }

  /// All types. Throws verify_error when the text states another number of results.
  [[nodiscard]] constexpr list_view<type_id> take() const {
    if (!stated_.empty() && stated_.size() != inferred_.size()) count_differs();
    return inferred_;
  }

 private:
  static constexpr bool compatible(const type_view& a, const type_view& b) {
    if (a.element != b.element || a.rank() != b.rank() || !a.is_tensor()) return false;
    for (std::size_t i = 0; i < a.rank(); ++i) {
      if (a.dims[i] != b.dims[i] && a.dims[i] != dynamic_size && b.dims[i] != dynamic_size) return false;
    }
    return true;
  }
  [[noreturn]] void missing(std::size_t i) const {
    op_->fail("the type of result " + std::to_string(i) + " cannot be inferred and must be stated");
  }
  [[noreturn]] void differs(std::size_t i, type_id t) const {
    op_->fail("result " + std::to_string(i) + " is stated as " + to_string(graph_->type(stated_[i])) +
              " but the operands and attributes give " + to_string(graph_->type(t)));
  }
  [[noreturn]] void count_differs() const {
    op_->fail("has " + std::to_string(inferred_.size()) + " results but " + std::to_string(stated_.size()) +
              " are stated");
  }

  const op_view* op_;
  graph_base* graph_;
  list_view<type_id> stated_;
  plain_vector<type_id> inferred_;
};

/// Shapes of one op on one device, as lowering knows them before it makes the local op.
struct local_shapes {
  list_view<size_list> operands, results;
};

/// Makes one op's form on one device, where that depends on which part of an operand the device has. Lowering derives
/// from it; ops see it as placement<Ops> (placement.hpp).
struct placement_base {
  /// Dim `dim` of operand `operand`, of which each device has a part.
  struct part {
    std::size_t operand = 0, dim = 0;
    value_id start;  ///< where this device's begins, once it was asked for
  };
  list_view<value_id> operands;  ///< on this device
  plain_vector<part> parts;      ///< of the dims whose factors are placed and split
  plain_vector<value_id> results;  ///< what place() made
};

/// Attributes of an op that has none.
struct no_attributes {
  [[nodiscard]] friend constexpr bool operator==(no_attributes, no_attributes) = default;
};

namespace detail {
template <class O>
struct declared_attributes {
  using type = no_attributes;
};
template <class O>
  requires requires { typename O::attributes; }
struct declared_attributes<O> {
  using type = typename O::attributes;
};
}  // namespace detail

template <class O>
using attributes_of = typename detail::declared_attributes<O>::type;

/// An operation that programs may hold.
///
/// Minimal definition, in one struct:
///   static constexpr std::string_view name;                  as in text, "stablehlo.add"
///   struct attributes { ... };                               optional; describes itself, see attribute.hpp
///   static constexpr void infer(const op_view&, const attributes&, result_types&);   throws through op.fail
///   static constexpr void rule(const op_view&, const attributes&, rule_builder&);
/// Optional:
///   static constexpr op_traits traits;
///   static constexpr work cost(const op_view&, const attributes&);      default: bytes of operands and results
///   static constexpr constant_data data(const attributes&);             for constants
///   static constexpr void localize(const op_view&, attributes&, const local_shapes&);  attributes for local shapes
///   static constexpr void place(const op_view&, const attributes&, auto& placement);   local form for placed factors,
///   template <class Ops> static constexpr bool can_place;    with it: whether the set Ops holds the ops that place() adds
/// An op without attributes leaves that parameter out everywhere. A name that begins with '@' stands for
/// stablehlo.custom_call with that target.
template <class O>
concept Op = requires(const op_view& v, const attributes_of<O>& a, result_types& t, rule_builder& r) {
  { O::name } -> std::convertible_to<std::string_view>;
} && (requires(const op_view& v, const attributes_of<O>& a, result_types& t, rule_builder& r) {
  O::infer(v, a, t);
  O::rule(v, a, r);
} || requires(const op_view& v, result_types& t, rule_builder& r) {
  O::infer(v, t);
  O::rule(v, r);
});

/// One row of a set's table.
struct op_info {
  std::string_view name;
  op_traits traits;
  bool has_attributes = false;
  void (*infer)(const op_view&, result_types&) = nullptr;
  void (*rule)(const op_view&, rule_builder&) = nullptr;
  work (*cost)(const op_view&) = nullptr;
  /// Copies the attributes of an op to another graph, adapted to local shapes when given; returns their index.
  std::uint32_t (*copy_attributes)(const op_view&, graph_base& to, const local_shapes*) = nullptr;
  /// Makes the op's local form where a placed factor is split; null for ops without such factors.
  void (*place)(const op_view&, placement_base&) = nullptr;
  /// Elements of a constant; null for every other op.
  constant_data (*constant)(const op_view&) = nullptr;
};

constexpr std::string_view op_view::name() const { return table_[graph_->code(op_)].name; }

constexpr monoid op_view::reducer(std::size_t i) const {
  const region_id r = region(i);
  const op_id first = graph_->first_op(r);
  if (first == graph_->end_op(r) || !(graph_->next(first) == graph_->end_op(r))) return monoid::none;
  const auto arguments = graph_->arguments(r);
  const auto operands = graph_->operands(first);
  const auto results = graph_->results(r);
  if (arguments.size() != 2 || operands.size() != 2 || results.size() != 1) return monoid::none;
  if (!(graph_->definition(results[0]) == first)) return monoid::none;
  const bool straight = operands[0] == arguments[0] && operands[1] == arguments[1];
  const bool swapped = operands[0] == arguments[1] && operands[1] == arguments[0];
  return straight || swapped ? table_[graph_->code(first)].traits.combines : monoid::none;
}

constexpr bool op_view::is_identity(std::size_t operand, monoid m) const { return is_identity(operand_value(operand), m); }

constexpr bool op_view::repeats_initial(std::size_t i, std::size_t init) const {
  const region_id r = region(i);
  const auto arguments = graph_->arguments(r);
  const auto results = graph_->results(r);
  const std::size_t inputs = results.size();
  const op_id first = graph_->first_op(r), end = graph_->end_op(r);
  if (arguments.size() != 2 * inputs) return false;
  // Of which input a value is one of the two elements that the region combines.
  constexpr std::size_t none = ~std::size_t{0};
  plain_vector<std::size_t> chosen(end.index - first.index, none);
  const auto input_of = [&](value_id v) {
    if (graph_->argument_of(v) == r) return graph_->position(v) % inputs;
    const op_id o = graph_->definition(v);
    return o && o.index >= first.index && o.index < end.index ? chosen[o.index - first.index] : none;
  };
  for (op_id o = first; !(o == end); o = graph_->next(o)) {
    const auto of = graph_->operands(o);
    if (!table_[graph_->code(o)].traits.selects) continue;
    const std::size_t input = input_of(of[1]);
    if (input == input_of(of[2])) chosen[o.index - first.index] = input;
  }
  for (std::size_t k = 0; k < inputs; ++k) {
    if (input_of(results[k]) == k) continue;
    const op_id o = graph_->definition(results[k]);
    const monoid m = o ? table_[graph_->code(o)].traits.combines : monoid::none;
    if (m == monoid::none || graph_->operands(o).size() != 2) return false;
    if (!is_idempotent(m) && !is_identity(init + k, m)) return false;
    const value_id a = graph_->operands(o)[0], b = graph_->operands(o)[1];
    const value_id x = arguments[k], y = arguments[inputs + k];
    if (!((a == x && b == y) || (a == y && b == x))) return false;
  }
  return true;
}

constexpr op_id op_view::origin(value_id v) const {
  op_id o = graph_->definition(v);
  while (o && table_[graph_->code(o)].traits.forwards_elements && !graph_->operands(o).empty()) {
    o = graph_->definition(graph_->operands(o)[0]);
  }
  return o;
}

constexpr bool op_view::is_identity(value_id v, monoid m) const {
  const op_id o = origin(v);
  if (!o || table_[graph_->code(o)].constant == nullptr) return false;
  const constant_data data = table_[graph_->code(o)].constant({*graph_, table_, o});
  const element_type e = graph_->type(graph_->results(o)[0]).element;
  const std::size_t size = stored_bytes(e);
  for (std::uint32_t at = 0; at < data.count; at += static_cast<std::uint32_t>(size)) {
    if (!is_identity_element(e, graph_->bytes(data.first + at, static_cast<std::uint32_t>(size)), m)) return false;
  }
  return data.count != 0;
}

constexpr std::optional<std::int64_t> op_view::constant_integer(std::size_t operand) const {
  const op_id o = origin(operand_value(operand));
  if (!o || table_[graph_->code(o)].constant == nullptr) return std::nullopt;
  const constant_data data = table_[graph_->code(o)].constant({*graph_, table_, o});
  const element_type e = graph_->type(graph_->results(o)[0]).element;
  if (!data.splat || !(is_integer(e) || is_boolean(e))) return std::nullopt;
  return integer_value(e, graph_->bytes(data.first, data.count));
}

constexpr size_list op_view::constant_integers(std::size_t operand) const {
  size_list integers;
  const op_id o = graph_->definition(operand_value(operand));
  if (!o || table_[graph_->code(o)].constant == nullptr) return integers;
  const type_view type = graph_->type(operand_value(operand));
  if (!(is_integer(type.element) || is_boolean(type.element)) || !type.is_static()) return integers;
  const std::int64_t count = type.elements();
  if (count > static_cast<std::int64_t>(max_rank)) return integers;
  const constant_data data = table_[graph_->code(o)].constant({*graph_, table_, o});
  const auto size = static_cast<std::uint32_t>(stored_bytes(type.element));
  if (data.count != size * (data.splat ? 1u : static_cast<std::uint32_t>(count))) return integers;
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(count); ++i) {
    integers.push_back(integer_value(type.element, graph_->bytes(data.first + (data.splat ? 0u : i * size), size)));
  }
  return integers;
}

inline void op_view::fail(const std::string& message) const {
  throw verify_error(std::string(name()) + ": " + message);
}

/// Operands read once, results written once.
[[nodiscard]] constexpr double bytes_touched(const op_view& op) {
  double bytes = 0;
  for (std::size_t i = 0; i < op.operand_count(); ++i) bytes += static_cast<double>(op.operand(i).bytes());
  for (std::size_t i = 0; i < op.result_count(); ++i) bytes += static_cast<double>(op.result(i).bytes());
  return bytes;
}

namespace detail {

template <class... Os>
struct op_list {
  static constexpr std::size_t size = sizeof...(Os);
};

template <class T>
concept IsOpSet = requires { typename T::members; };

// Lists are joined a few at a time and a set of ops alone is taken as it stands: the number of instantiations
// grows with the number of sets, not of ops.
template <class... Lists>
struct join_lists;
template <>
struct join_lists<> {
  using type = op_list<>;
};
template <class... As>
struct join_lists<op_list<As...>> {
  using type = op_list<As...>;
};
template <class... As, class... Bs, class... Rest>
struct join_lists<op_list<As...>, op_list<Bs...>, Rest...> : join_lists<op_list<As..., Bs...>, Rest...> {};

template <class T>
struct flatten {
  using type = op_list<T>;
};
template <IsOpSet T>
struct flatten<T> {
  using type = typename T::members;
};

template <class... Ts>
struct members_of : join_lists<typename flatten<Ts>::type...> {};
template <class... Ts>
  requires(!IsOpSet<Ts> && ...)
struct members_of<Ts...> {
  using type = op_list<Ts...>;
};

}  // namespace detail

/// A list of ops and op sets. Sets inside sets are flattened; a code is an op's position in the flat list. Give a
/// large set a name of its own, `struct my_ops : op_set<stablehlo_ops, my_op> {};`: compilers carry its name
/// through every type that depends on it.
template <class... Ts>
struct op_set {
  using members = typename detail::members_of<Ts...>::type;
};

}  // namespace partita
