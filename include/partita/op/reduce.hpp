// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// reduce and map (StableHLO specification): elements combined by a region; and what the verification of all ops
// with reducing regions has in common.

#include <string_view>

#include <partita/op/control_flow.hpp>
#include <partita/op/placed.hpp>

namespace partita::op {

namespace detail {

/// How partial results of op's region 0 combine when devices reduce parts of an input, each starting from the
/// initial value `init`; none when a split is not sound: the region is no known monoid, or the initial value would
/// be counted once per device.
constexpr monoid combines_partial(const op_view& op, std::size_t inputs, std::size_t init) {
  if (inputs != 1 || op.region_count() != 1) return monoid::none;
  const monoid m = op.reducer(0);
  return m == monoid::none || is_idempotent(m) || op.is_identity(init, m) ? m : monoid::none;
}

/// Whether values of element type `from` may be combined as `to`: of one kind, and not narrower.
constexpr bool is_promotable(element_type from, element_type to) {
  const bool one_kind = is_integer(from) ? is_integer(to) : set_of(from) == set_of(to);
  return one_kind && bits_of(from) <= bits_of(to);
}

[[noreturn]] inline void not_promotable(const op_view& op, std::size_t operand, const type_view& to) {
  op.fail("operand " + std::to_string(operand) + " is " + to_string(op.operand(operand)) +
          ", whose elements do not fit " + to_string(to) + ", which the region combines");
}

constexpr void expect_type(const op_view& op, std::string_view what, std::size_t k, const type_view& has,
                           const type_view& wanted) {
  if (!(has == wanted)) region_type_differs(op, what, k, has, wanted);
}

/// Region r combines scalars: it takes one per input, then as many again, and returns one per input of the same
/// types, to which the elements of the operands from `first` on must be promotable.
constexpr void expect_reducer(const op_view& op, std::size_t r, std::size_t inputs, std::size_t first) {
  const graph_base& g = op.graph();
  const auto arguments = g.arguments(op.region(r));
  const auto results = g.results(op.region(r));
  expect_values(op, "arguments", r, arguments, 2 * inputs);
  expect_values(op, "results", r, results, inputs);
  for (std::size_t k = 0; k < inputs; ++k) {
    const type_view t = g.type(results[k]);
    if (!t.is_tensor() || t.rank() != 0) op.fail("the region must return scalars, not " + to_string(t));
    expect_type(op, "argument of the region", k, g.type(arguments[k]), t);
    expect_type(op, "argument of the region", inputs + k, g.type(arguments[inputs + k]), t);
    if (!is_promotable(op.operand(first + k).element, t.element)) not_promotable(op, first + k, t);
  }
}

[[noreturn]] inline void shapes_differ(const op_view& op, std::size_t i) {
  op.fail("inputs must have one shape but are " + to_string(op.operand(0)) + " and " + to_string(op.operand(i)));
}

/// The first `inputs` operands have one shape; element types may differ.
constexpr void expect_one_shape(const op_view& op, std::size_t inputs) {
  for (std::size_t i = 1; i < inputs; ++i) {
    if (!agree({op.operand(0).element, op.operand(i).dims}, op.operand(0))) shapes_differ(op, i);
  }
}

/// Size for a factor that dim d of the first `inputs` operands shares.
constexpr std::int64_t shared_size(const op_view& op, std::size_t inputs, std::size_t d) {
  std::int64_t size = op.operand(0).dims[d];
  for (std::size_t i = 1; i < inputs; ++i) size = factor_size(size, op.operand(i).dims[d]);
  return size;
}

/// Operands are tensors of one shape and then as many scalars of their element types. Returns how many inputs
/// there are.
constexpr std::size_t expect_inputs_and_scalars(const op_view& op) {
  if (op.operand_count() == 0 || op.operand_count() % 2 != 0) op.fail("takes inputs and as many initial values");
  expect_tensors(op, op.operand_count());
  const std::size_t inputs = op.operand_count() / 2;
  expect_one_shape(op, inputs);
  for (std::size_t i = inputs; i < op.operand_count(); ++i) {
    if (op.operand(i).rank() != 0) wrong_operand(op, i, "a scalar");
    expect_same_element(op, i, i - inputs);
  }
  return inputs;
}

}  // namespace detail

/// Reduces dims of one or more inputs by a region. A reduced dim may be split when the region is one monoid
/// and the initial value counts for nothing: each device reduces its part. So may the first reduced dim when the region
/// chooses among the elements, as for the largest and its position: what devices found is gathered in the order of
/// their parts and reduced once more.
struct reduce : detail::placed_op {
  static constexpr std::string_view name = "stablehlo.reduce";
  static constexpr op_traits traits{.forwards_partial = true, .reduces = true, .placed = true};

  struct attributes {
    dim_list dimensions;
    static constexpr void describe(auto& self, auto&& field) { field("dimensions", self.dimensions); }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    const std::size_t inputs = detail::expect_inputs_and_scalars(op);
    detail::expect_regions(op, 1);
    detail::expect_reducer(op, 0, inputs, 0);
    detail::expect_dims(op, "dimensions", a.dimensions, op.operand(0).rank());
    const graph_base& g = op.graph();
    for (std::size_t i = 0; i < inputs; ++i) {
      tensor_type t;
      t.element = g.type(g.results(op.region(0))[i]).element;
      for (std::size_t d = 0; d < op.operand(i).rank(); ++d) {
        if (!a.dimensions.contains(detail::dim_number(d))) t.dims.push_back(op.operand(i).dims[d]);
      }
      types.add(t);
    }
  }

  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const std::size_t inputs = op.operand_count() / 2;
    const monoid m = detail::combines_partial(op, inputs, inputs);
    // Elements are reduced in their order, which parts of one dim keep, if it is the outermost of those reduced.
    bool by_parts = m == monoid::none && op.repeats_initial(0, inputs);
    // Parts of a sum may be summed one by one, but not where elements are widened: sums of integers wrap before that.
    if (m != monoid::add || op.operand(0).element != op.result(0).element) r.stop_partial();
    std::size_t at = 0;
    for (std::size_t d = 0; d < op.operand(0).rank(); ++d) {
      const bool reduced = a.dimensions.contains(detail::dim_number(d));
      const std::int64_t size = detail::shared_size(op, inputs, d);
      const factor_index f = !reduced            ? r.add(size)
                             : m != monoid::none ? r.add(size, factor_kind::reduction, m)
                             : by_parts          ? r.add_placed(size, factor_kind::reduction)
                                                 : r.add(size, factor_kind::needs_replication);
      if (reduced && size != 1) by_parts = false;
      for (std::size_t i = 0; i < inputs; ++i) {
        r.operand(i, d, f);
        if (!reduced) r.result(i, at, f);
      }
      at += reduced ? 0 : 1;
    }
  }

  /// One operation per input element.
  static constexpr work cost(const op_view& op, const attributes&) {
    return {static_cast<double>(op.operand(0).elements()) * static_cast<double>(op.operand_count() / 2),
            bytes_touched(op)};
  }

  static constexpr void place(const op_view& op, const attributes& a, auto& p) {
    plain_vector<value_id> found;
    for (const value_id v : p.make(p.operands)) {
      tensor_type t(p.type(v).element, {});
      std::size_t at = 0;
      for (std::size_t d = 0; d < op.operand(0).rank(); ++d)
        t.dims.push_back(a.dimensions.contains(detail::dim_number(d)) ? 1 : p.type(v).dims[at++]);
      found.push_back(p.gather(p.template add_as<reshape>(t, {v}), p.parts[0]));
    }
    const std::size_t inputs = found.size();
    for (std::size_t i = 0; i < inputs; ++i)
      found.push_back(detail::placed_convert(p, p.operands[inputs + i], p.type(found[i]).element));
    for (const value_id v : p.template add_with_regions<reduce>(found, a)) p.results.push_back(v);
  }
};

/// Applies a region to the elements at the same place of all inputs.
struct map {
  static constexpr std::string_view name = "stablehlo.map";
  static constexpr op_traits traits{.elementwise = true};
  struct attributes {
    dim_list dimensions;
    static constexpr void describe(auto& self, auto&& field) { field("dimensions", self.dimensions); }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    if (op.operand_count() == 0) detail::wrong_operand_count(op, 1);
    detail::expect_tensors(op, op.operand_count());
    detail::expect_one_shape(op, op.operand_count());
    detail::expect_regions(op, 1);
    const graph_base& g = op.graph();
    const auto arguments = g.arguments(op.region(0));
    detail::expect_values(op, "arguments", 0, arguments, op.operand_count());
    detail::expect_values(op, "results", 0, g.results(op.region(0)), 1);
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      detail::expect_type(op, "argument of the region", i, g.type(arguments[i]), {op.operand(i).element, {}});
    }
    detail::expect_length(op, "dimensions", a.dimensions.size(), op.operand(0).rank());
    for (std::size_t d = 0; d < a.dimensions.size(); ++d) {
      if (a.dimensions[d] != d) op.fail("dimensions must be all dims in order");
    }
    const type_view element = g.type(g.results(op.region(0))[0]);
    if (!element.is_tensor() || element.rank() != 0)
      op.fail("the region must return a scalar, not " + to_string(element));
    types.add(type_view{element.element, op.operand(0).dims});
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::elementwise_rule(op, r); }
  /// One operation per element and op of the region.
  static constexpr work cost(const op_view& op, const attributes&) {
    double ops = 0;
    const graph_base& g = op.graph();
    for (op_id o = g.first_op(op.region(0)); o != g.end_op(op.region(0)); o = g.next(o)) ++ops;
    return detail::flops_per_element(op, ops);
  }
};

using reduce_ops = op_set<reduce, map>;

}  // namespace partita::op
