// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// reduce_window and select_and_scatter (StableHLO specification): reductions over windows that slide over the
// input, and their gradients' way back.

#include <string_view>

#include <partita/op/reduce.hpp>

namespace partita::op {

namespace detail {

/// Sizes of a window op's result.
struct window {
  const size_list &dimensions, &strides, &base_dilations, &window_dilations;
  const window_padding& padding;

  [[nodiscard]] constexpr std::int64_t at(const size_list& list, std::size_t d) const {
    return list.empty() ? 1 : list[d];
  }
  [[nodiscard]] constexpr std::int64_t low(std::size_t d) const { return padding.low.empty() ? 0 : padding.low[d]; }
  [[nodiscard]] constexpr std::int64_t high(std::size_t d) const { return padding.high.empty() ? 0 : padding.high[d]; }

  /// Whether each window of dim d is one element of the input, in order: such a dim splits freely.
  [[nodiscard]] constexpr bool is_trivial(std::size_t d) const {
    return dimensions[d] == 1 && at(strides, d) == 1 && at(base_dilations, d) == 1 && low(d) == 0 && high(d) == 0;
  }

  /// Whether the windows of dim d, of `size` elements, are all that stands before an element and itself, or itself and
  /// all that stands behind it.
  [[nodiscard]] constexpr bool is_cumulative(std::size_t d, std::int64_t size) const {
    const bool forward = low(d) == size - 1 && high(d) == 0, backward = low(d) == 0 && high(d) == size - 1;
    return size > 1 && dimensions[d] == size && at(strides, d) == 1 && at(base_dilations, d) == 1 &&
           at(window_dilations, d) == 1 && (forward || backward);
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
    for (const std::int64_t pad : {low(d), high(d)}) {
      if (pad > limit || pad < -limit) wrong_value(op, "padding", pad, "within 2^48 elements");
    }
    const std::int64_t dilated = size == 0 ? 0 : checked_add(checked_multiply(size - 1, at(base_dilations, d)), 1);
    const std::int64_t padding_both = low(d) + high(d);
    const std::int64_t padded = padding_both < 0 ? dilated + padding_both : checked_add(dilated, padding_both);
    if (padded < 0) op.fail("negative padding removes more than dim " + std::to_string(d) + " has");
    const std::int64_t reach = checked_add(checked_multiply(dimensions[d] - 1, at(window_dilations, d)), 1);
    return padded == 0 || reach > padded ? 0 : (padded - reach) / at(strides, d) + 1;
  }
};

inline constexpr size_list no_dilation{};

/// One rule for window ops over shapes of one rank: dims with a trivial window are parallel, in the others
/// order matters across shards.
constexpr factor_kind window_kind(const window& w, std::size_t d) {
  return w.is_trivial(d) ? factor_kind::parallel : factor_kind::permutation;
}

/// The combination of two tensors, element by element.
template <class P>
constexpr value_id combined(P& p, monoid m, value_id a, value_id b) {
  switch (m) {
    case monoid::multiply: return p.template add<multiply>({a, b});
    case monoid::minimum: return p.template add<minimum>({a, b});
    case monoid::maximum: return p.template add<maximum>({a, b});
    case monoid::conjunction: return p.template add<and_>({a, b});
    case monoid::disjunction: return p.template add<or_>({a, b});
    default: return p.template add<add>({a, b});
  }
}

}  // namespace detail

/// Reduces each window of one or more inputs by a region. A dim splits in which windows are single elements; and one in
/// which they grow from one end to each element (cumulative sums), when the region is one monoid and the initial value
/// counts for nothing: each device begins with the combination of what stands in the parts before. Sums and products of
/// narrow floats stay whole.
struct reduce_window : detail::placed_op {
  static constexpr std::string_view name = "stablehlo.reduce_window";
  static constexpr op_traits traits{.placed = true};
  template <class Ops>
  static constexpr bool can_place = placed_op::can_place<Ops> &&
                                    partita::detail::table_of<Ops>::template holds<reduce, minimum, maximum, or_>;

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
    detail::expect_reducer(op, 0, inputs, 0);
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
    const monoid m = detail::combines_partial(op, inputs, inputs);
    for (std::size_t d = 0; d < op.operand(0).rank(); ++d) {
      const factor_kind kind = detail::window_kind(a.window(), d);
      const std::int64_t size =
          kind == factor_kind::parallel ? detail::shared_size(op, inputs, d) : op.result(0).dims[d];
      const bool cumulative =
          m != monoid::none && !rounds(op, m) && a.window().is_cumulative(d, op.operand(0).dims[d]);
      const factor_index f = cumulative ? r.add_placed(size, factor_kind::parallel) : r.add(size, kind);
      for (std::size_t i = 0; i < inputs; ++i) {
        r.operand(i, d, f);
        r.result(i, d, f);
      }
    }
  }
  /// One operation per element of each window.
  static constexpr work cost(const op_view& op, const attributes& a) {
    double flops = static_cast<double>(op.result(0).elements()) * static_cast<double>(op.result_count());
    for (const auto n : a.window_dimensions) flops *= static_cast<double>(n);
    return {flops, bytes_touched(op)};
  }

  static constexpr void localize(const op_view& op, attributes& a, const local_shapes& shapes) {
    for (std::size_t d = 0; d < a.window_dimensions.size(); ++d) {
      if (!a.window().is_cumulative(d, op.operand(0).dims[d])) continue;
      const std::int64_t size = shapes.operands[0][d];
      (a.padding.low[d] != 0 ? a.padding.low[d] : a.padding.high[d]) = size - 1;
      a.window_dimensions[d] = size;
    }
  }

  static constexpr void place(const op_view& op, const attributes& a, auto& p) {
    value_id scanned = p.make(p.operands)[0];
    for (const auto& part : p.parts) scanned = after_others(op, a, p, part, scanned);
    p.results.push_back(scanned);
  }

 private:
  /// Whether steps are rounded so coarsely that the order of the steps shows in the results.
  static constexpr bool rounds(const op_view& op, monoid m) {
    const element_type e = op.result(0).element;
    return is_float(e) && bits_of(e) < 32 && !is_idempotent(m);
  }

  /// What a device scanned of its part, combined with all that stands in the parts before it along the part's dim.
  template <class P>
  static constexpr value_id after_others(const op_view& op, const attributes& a, P& p,
                                         const placement_base::part& part, value_id scanned) {
    const std::size_t d = part.dim;
    const bool forward = a.padding.low[d] != 0;
    const size_list sizes(p.type(scanned).dims);
    size_list from(sizes.size(), 0), to = sizes;
    if (forward) from[d] = sizes[d] - 1;
    to[d] = from[d] + 1;
    const value_id last = p.template add<slice>({scanned}, {from, to, size_list(sizes.size(), 1)});
    const value_id totals = p.gather(last, part);
    // The others count as initial values, which do not count.
    value_id starts = p.template add_as<iota>({element_type::i64, {p.type(totals).dims[d]}}, {}, {0});
    const value_id size = detail::placed_number(p, element_type::i64, sizes[d]);
    starts = p.template add<multiply>({starts, detail::placed_broadcast(p, size, {}, starts)});
    const value_id start = detail::placed_broadcast(p, p.start(0, d), {}, starts);
    const comparison_direction how = forward ? comparison_direction::LT : comparison_direction::GT;
    const value_id before = p.template add<compare>({starts, start}, {how, comparison_type::NOTYPE});
    const value_id initial = detail::placed_convert(p, p.operands[1], p.type(totals).element);
    const value_id counted[] = {
        p.template add<select>({detail::placed_broadcast(p, before, {detail::dim_number(d)}, totals), totals,
                                detail::placed_broadcast(p, initial, {}, totals)}),
        initial};
    const value_id carry = p.template add_with_regions<reduce>(counted, {{detail::dim_number(d)}})[0];
    dim_list others;
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      if (i != d) others.push_back(detail::dim_number(i));
    }
    return detail::combined(p, op.reducer(0), detail::placed_broadcast(p, carry, others, scanned), scanned);
  }
};

/// For each window the place of the element that the first region selects gets, combined by the second region, the
/// window's element of the source. Operands: the input, the source, the initial value.
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
    [[nodiscard]] constexpr detail::window window() const {
      return {window_dimensions, window_strides, detail::no_dilation, detail::no_dilation, padding};
    }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 3);
    detail::expect_regions(op, 2);
    const graph_base& g = op.graph();
    const type_view element{op.operand(0).element, {}};
    const auto arguments = g.arguments(op.region(0));
    detail::expect_values(op, "arguments", 0, arguments, 2);
    for (std::size_t k = 0; k < 2; ++k) {
      detail::expect_type(op, "argument of the selecting region", k, g.type(arguments[k]), element);
    }
    detail::expect_values(op, "results", 0, g.results(op.region(0)), 1);
    detail::expect_type(op, "result of the selecting region", 0, g.type(g.results(op.region(0))[0]),
                        {element_type::i1, {}});
    detail::expect_reducer(op, 1, 1, 0);
    if (op.operand(2).rank() != 0) detail::wrong_operand(op, 2, "a scalar");
    detail::expect_same_element(op, 0, 1);
    detail::expect_same_element(op, 0, 2);
    const detail::window w = a.window();
    w.expect(op, op.operand(0).rank());
    if (op.operand(1).rank() != op.operand(0).rank()) detail::wrong_operand(op, 1, "of the rank of operand 0");
    for (std::size_t d = 0; d < op.operand(0).rank(); ++d) {
      const std::int64_t windows = w.result_size(op, op.operand(0).dims[d], d);
      if (!detail::fits(windows, op.operand(1).dims[d])) wrong_source(op, d, windows);
    }
    types.add(type_view{g.type(g.results(op.region(1))[0]).element, op.operand(0).dims});
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const detail::window w = a.window();
    for (std::size_t d = 0; d < op.operand(0).rank(); ++d) {
      const factor_index f = r.add(detail::shared_size(op, 1, d), detail::window_kind(w, d));
      r.operand(0, d, f);
      r.operand(1, d, w.is_trivial(d) ? f : r.add(op.operand(1).dims[d], factor_kind::needs_replication));
      r.result(0, d, f);
    }
  }
  /// One comparison per element of each window and one combination per window.
  static constexpr work cost(const op_view& op, const attributes& a) {
    double per_window = 1;
    for (const auto n : a.window_dimensions) per_window *= static_cast<double>(n);
    return {static_cast<double>(op.operand(1).elements()) * (per_window + 1), bytes_touched(op)};
  }

 private:
  [[noreturn]] static void wrong_source(const op_view& op, std::size_t d, std::int64_t windows) {
    op.fail("the source must have one element per window, " + std::to_string(windows) + " in dim " + std::to_string(d) +
            ", but is " + to_string(op.operand(1)));
  }
};

using window_ops = op_set<reduce_window, select_and_scatter>;

}  // namespace partita::op
