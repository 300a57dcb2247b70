// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ops that combine elements by a region (StableHLO specification: reduce, map, reduce_window,
// select_and_scatter, sort).

#include <string_view>

#include <partita/op/control_flow.hpp>

namespace partita::op {

namespace detail {

constexpr bool is_idempotent(monoid m) {
  return m == monoid::minimum || m == monoid::maximum || m == monoid::conjunction || m == monoid::disjunction;
}

/// How partial results of op's region 0 combine when devices reduce parts of an input, each starting from the
/// initial value `init`; none when a split is not sound: the region is no known monoid, or the initial value would
/// be counted once per device.
constexpr monoid combines_partial(const op_view& op, std::size_t inputs, std::size_t init) {
  if (inputs != 1 || op.region_count() != 1) return monoid::none;
  const monoid m = op.reducer(0);
  return m == monoid::none || is_idempotent(m) || op.is_identity(init, m) ? m : monoid::none;
}

/// Region r takes two scalars per input (all first ones, then all second ones) and returns one per input.
constexpr void expect_reducer(const op_view& op, std::size_t r, std::size_t inputs) {
  const graph_base& g = op.graph();
  const auto arguments = g.arguments(op.region(r));
  const auto results = g.results(op.region(r));
  expect_values(op, "arguments", r, arguments, 2 * inputs);
  expect_values(op, "results", r, results, inputs);
  for (const value_id v : arguments) {
    if (!g.type(v).is_tensor() || g.type(v).rank() != 0) op.fail("the reducer's arguments must be scalars, not " + to_string(g.type(v)));
  }
  for (const value_id v : results) {
    if (!g.type(v).is_tensor() || g.type(v).rank() != 0) op.fail("the reducer must return scalars, not " + to_string(g.type(v)));
  }
}

/// Operands are `inputs` tensors of one shape and then as many scalars. Returns how many inputs there are.
constexpr std::size_t expect_inputs_and_scalars(const op_view& op) {
  if (op.operand_count() == 0 || op.operand_count() % 2 != 0) op.fail("takes as many initial values as inputs");
  expect_tensors(op, op.operand_count());
  const std::size_t inputs = op.operand_count() / 2;
  for (std::size_t i = 1; i < inputs; ++i) {
    if (!agree({op.operand(0).element, op.operand(i).dims}, op.operand(0))) {
      op.fail("inputs must have one shape but are " + to_string(op.operand(0)) + " and " + to_string(op.operand(i)));
    }
  }
  for (std::size_t i = inputs; i < op.operand_count(); ++i) {
    if (op.operand(i).rank() != 0) wrong_operand(op, i, "a scalar");
    expect_same_element(op, i, i - inputs);
  }
  return inputs;
}

}  // namespace detail

/// Reduces dims of one or more inputs by a region. A reduced dim may be split when the region is one monoid
/// and the initial value counts for nothing: each device reduces its part.
struct reduce {
  static constexpr std::string_view name = "stablehlo.reduce";
  static constexpr op_traits traits{.reduces = true};

  struct attributes {
    dim_list dimensions;
    static constexpr void describe(auto& self, auto&& field) { field("dimensions", self.dimensions); }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    const std::size_t inputs = detail::expect_inputs_and_scalars(op);
    detail::expect_regions(op, 1);
    detail::expect_reducer(op, 0, inputs);
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
    std::size_t at = 0;
    for (std::size_t d = 0; d < op.operand(0).rank(); ++d) {
      const bool reduced = a.dimensions.contains(detail::dim_number(d));
      const factor_kind kind = !reduced            ? factor_kind::parallel
                               : m == monoid::none ? factor_kind::needs_replication
                                                   : factor_kind::reduction;
      const factor_index f = r.add(op.operand(0).dims[d], kind, reduced ? m : monoid::none);
      for (std::size_t i = 0; i < inputs; ++i) {
        r.operand(i, d, f);
        if (!reduced) r.result(i, at, f);
      }
      at += reduced ? 0 : 1;
    }
  }

  /// One operation per input element.
  static constexpr work cost(const op_view& op, const attributes&) {
    return {static_cast<double>(op.operand(0).elements()) * static_cast<double>(op.operand_count() / 2), bytes_touched(op)};
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
    detail::expect_regions(op, 1);
    const graph_base& g = op.graph();
    detail::expect_values(op, "arguments", 0, g.arguments(op.region(0)), op.operand_count());
    detail::expect_values(op, "results", 0, g.results(op.region(0)), 1);
    detail::expect_length(op, "dimensions", a.dimensions.size(), op.operand(0).rank());
    for (std::size_t d = 0; d < a.dimensions.size(); ++d) {
      if (a.dimensions[d] != d) op.fail("dimensions must be all dims in order");
    }
    const type_view element = g.type(g.results(op.region(0))[0]);
    if (element.rank() != 0) op.fail("the region must return a scalar, not " + to_string(element));
    types.add(type_view{element.element, op.operand(0).dims});
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::elementwise_rule(op, r); }
  static constexpr work cost(const op_view& op, const attributes&) { return detail::flops_per_element(op, 1); }
};

namespace detail {

/// Sizes of a window op's result.
struct window {
  const size_list &dimensions, &strides, &base_dilations, &window_dilations;
  const window_padding& padding;

  [[nodiscard]] constexpr std::int64_t at(const size_list& list, std::size_t d) const { return list.empty() ? 1 : list[d]; }
  [[nodiscard]] constexpr std::int64_t low(std::size_t d) const { return padding.low.empty() ? 0 : padding.low[d]; }
  [[nodiscard]] constexpr std::int64_t high(std::size_t d) const { return padding.high.empty() ? 0 : padding.high[d]; }

  /// Whether each window of dim d is one element of the input, in order: such a dim splits freely.
  [[nodiscard]] constexpr bool is_trivial(std::size_t d) const {
    return dimensions[d] == 1 && at(strides, d) == 1 && at(base_dilations, d) == 1 && low(d) == 0 && high(d) == 0;
  }

  constexpr void expect(const op_view& op, std::size_t rank) const {
    expect_length(op, "window_dimensions", dimensions.size(), rank);
    for (const auto* list : {&strides, &base_dilations, &window_dilations}) {
      if (!list->empty()) expect_length(op, "a list of window strides or dilations", list->size(), rank);
      for (const auto x : *list) expect_at_least(op, "a window stride or dilation", x, 1);
    }
    for (const auto x : dimensions) expect_at_least(op, "a window dimension", x, 1);
    if (!padding.low.empty()) expect_length(op, "padding", padding.low.size(), rank);
    if (padding.low.size() != padding.high.size()) op.fail("padding must have a low and a high value for each dim");
  }

  [[nodiscard]] constexpr std::int64_t result_size(const op_view& op, std::int64_t size, std::size_t d) const {
    if (size == dynamic_size) return dynamic_size;
    constexpr std::int64_t limit = std::int64_t{1} << 48;
    if (low(d) > limit || low(d) < -limit || high(d) > limit || high(d) < -limit || dimensions[d] > limit || at(window_dilations, d) > limit) {
      op.fail("the window of dim " + std::to_string(d) + " reaches beyond 2^48 elements");
    }
    const std::int64_t dilated = size == 0 ? 0 : checked_add(checked_multiply(size - 1, at(base_dilations, d)), 1);
    const std::int64_t padded = dilated + low(d) + high(d);
    if (padded < 0) op.fail("negative padding removes more than dim " + std::to_string(d) + " has");
    const std::int64_t reach = checked_add(checked_multiply(dimensions[d] - 1, at(window_dilations, d)), 1);
    return padded == 0 || reach > padded ? 0 : (padded - reach) / at(strides, d) + 1;
  }
};

/// One rule for window ops over shapes of one rank: dims with a trivial window are parallel, in the others
/// order matters across shards.
constexpr factor_kind window_kind(const window& w, std::size_t d) {
  return w.is_trivial(d) ? factor_kind::parallel : factor_kind::permutation;
}

}  // namespace detail

struct reduce_window {
  static constexpr std::string_view name = "stablehlo.reduce_window";

  struct attributes {
    size_list window_dimensions, window_strides, base_dilations, window_dilations;
    window_padding padding;
    static constexpr void describe(auto& self, auto&& field) {
      field("window_dimensions", self.window_dimensions);
      field("window_strides", self.window_strides, size_list{});
      field("base_dilations", self.base_dilations, size_list{});
      field("window_dilations", self.window_dilations, size_list{});
      field("padding", self.padding, window_padding{});
    }
    [[nodiscard]] constexpr detail::window window() const {
      return {window_dimensions, window_strides, base_dilations, window_dilations, padding};
    }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    const std::size_t inputs = detail::expect_inputs_and_scalars(op);
    detail::expect_regions(op, 1);
    detail::expect_reducer(op, 0, inputs);
    const detail::window w = a.window();
    w.expect(op, op.operand(0).rank());
    const graph_base& g = op.graph();
    for (std::size_t i = 0; i < inputs; ++i) {
      tensor_type t(op.operand(i));
      t.element = g.type(g.results(op.region(0))[i]).element;
      for (std::size_t d = 0; d < t.rank(); ++d) t.dims[d] = w.result_size(op, t.dims[d], d);
      types.add(t);
    }
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const std::size_t inputs = op.operand_count() / 2;
    for (std::size_t d = 0; d < op.operand(0).rank(); ++d) {
      const factor_index f = r.add(op.result(0).dims[d], detail::window_kind(a.window(), d));
      for (std::size_t i = 0; i < inputs; ++i) {
        r.operand(i, d, f);
        r.result(i, d, f);
      }
    }
  }
  /// One operation per element of each window.
  static constexpr work cost(const op_view& op, const attributes& a) {
    double flops = static_cast<double>(op.result(0).elements());
    for (const auto n : a.window_dimensions) flops *= static_cast<double>(n);
    return {flops, bytes_touched(op)};
  }
};

/// Operands: the input, the source with one element per window, the initial value.
struct select_and_scatter {
  static constexpr std::string_view name = "stablehlo.select_and_scatter";

  struct attributes {
    size_list window_dimensions, window_strides;
    window_padding padding;
    static constexpr void describe(auto& self, auto&& field) {
      field("window_dimensions", self.window_dimensions, size_list{});
      field("window_strides", self.window_strides, size_list{});
      field("padding", self.padding, window_padding{});
    }
  };
  static constexpr size_list dimensions_of(const op_view& op, const attributes& a) {
    return a.window_dimensions.empty() ? size_list(op.operand(0).rank(), 1) : a.window_dimensions;
  }

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 3);
    detail::expect_regions(op, 2);
    const graph_base& g = op.graph();
    for (std::size_t i = 0; i < 2; ++i) {
      detail::expect_values(op, "arguments", i, g.arguments(op.region(i)), 2);
      detail::expect_values(op, "results", i, g.results(op.region(i)), 1);
    }
    if (g.type(g.results(op.region(0))[0]).element != element_type::i1) op.fail("the select region must return tensor<i1>");
    if (op.operand(2).rank() != 0) detail::wrong_operand(op, 2, "a scalar");
    detail::expect_same_element(op, 0, 1);
    detail::expect_same_element(op, 0, 2);
    const size_list dimensions = dimensions_of(op, a), none;
    const detail::window w{dimensions, a.window_strides, none, none, a.padding};
    w.expect(op, op.operand(0).rank());
    detail::expect_length(op, "the source's dims", op.operand(1).rank(), op.operand(0).rank());
    for (std::size_t d = 0; d < op.operand(0).rank(); ++d) {
      const std::int64_t windows = w.result_size(op, op.operand(0).dims[d], d);
      if (!detail::fits(windows, op.operand(1).dims[d])) {
        op.fail("the source must have one element per window: " + std::to_string(windows) + " in dim " + std::to_string(d) + ", but it is " + to_string(op.operand(1)));
      }
    }
    types.add(type_view{g.type(g.results(op.region(1))[0]).element, op.operand(0).dims});
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const size_list dimensions = dimensions_of(op, a), none;
    const detail::window w{dimensions, a.window_strides, none, none, a.padding};
    for (std::size_t d = 0; d < op.operand(0).rank(); ++d) {
      const factor_index f = r.add(op.operand(0).dims[d], detail::window_kind(w, d));
      r.operand(0, d, f);
      r.operand(1, d, w.is_trivial(d) ? f : r.add(op.operand(1).dims[d], factor_kind::needs_replication));
      r.result(0, d, f);
    }
  }
  static constexpr work cost(const op_view& op, const attributes& a) {
    double flops = static_cast<double>(op.operand(1).elements());
    for (const auto n : a.window_dimensions) flops *= static_cast<double>(n);
    return {flops, bytes_touched(op)};
  }
};

/// Sorts inputs together along one dim by a comparator; the other dims are independent.
struct sort {
  static constexpr std::string_view name = "stablehlo.sort";
  struct attributes {
    std::int64_t dimension = -1;
    bool is_stable = false;
    static constexpr void describe(auto& self, auto&& field) {
      field("dimension", self.dimension, std::int64_t{-1});
      field("is_stable", self.is_stable, false);
    }
  };
  static constexpr std::size_t dim_of(const op_view& op, const attributes& a) {
    const auto rank = static_cast<std::int64_t>(op.operand(0).rank());
    return static_cast<std::size_t>(a.dimension < 0 ? a.dimension + rank : a.dimension);
  }
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    if (op.operand_count() == 0) detail::wrong_operand_count(op, 1);
    detail::expect_tensors(op, op.operand_count());
    detail::expect_regions(op, 1);
    const auto rank = static_cast<std::int64_t>(op.operand(0).rank());
    if (a.dimension < -rank || a.dimension >= rank) detail::wrong_dim(op, "dimension", a.dimension, op.operand(0).rank());
    const graph_base& g = op.graph();
    detail::expect_values(op, "arguments", 0, g.arguments(op.region(0)), 2 * op.operand_count());
    detail::expect_values(op, "results", 0, g.results(op.region(0)), 1);
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      if (!detail::agree({op.operand(0).element, op.operand(i).dims}, op.operand(0))) {
        op.fail("inputs must have one shape but are " + to_string(op.operand(0)) + " and " + to_string(op.operand(i)));
      }
      types.add(op.operand(i));
    }
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    for (std::size_t d = 0; d < op.operand(0).rank(); ++d) {
      const factor_index f = r.add(op.operand(0).dims[d], d == dim_of(op, a) ? factor_kind::needs_replication : factor_kind::parallel);
      for (std::size_t i = 0; i < op.operand_count(); ++i) {
        r.operand(i, d, f);
        r.result(i, d, f);
      }
    }
  }
  /// n log2 n comparisons along the sorted dim.
  static constexpr work cost(const op_view& op, const attributes& a) {
    double comparisons = static_cast<double>(op.operand(0).elements());
    std::int64_t n = op.operand(0).dims[dim_of(op, a)], levels = 0;
    for (; n > 1; n = (n + 1) / 2) ++levels;
    return {comparisons * static_cast<double>(levels), bytes_touched(op)};
  }
};

using reduce_ops = op_set<reduce, map, reduce_window, select_and_scatter, sort>;

}  // namespace partita::op
