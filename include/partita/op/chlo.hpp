// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ops of the CHLO dialect that JAX leaves in its programs: special functions, top_k, ragged_dot, scan.

#include <string_view>

#include <partita/op/chlo_broadcast.hpp>
#include <partita/op/constant.hpp>
#include <partita/op/elementwise.hpp>
#include <partita/op/gather.hpp>
#include <partita/op/opaque.hpp>

namespace partita::op::chlo {

namespace detail {

/// Special functions: about 30 flops per element, several times an exponential's.
struct special_unary : elementwise<1, floats | complexes> {
  static constexpr work cost(const op_view& op) { return flops_per_element(op, 30); }
};
struct special_binary : elementwise<2, floats | complexes> {
  static constexpr work cost(const op_view& op) { return flops_per_element(op, 30); }
};
struct predicate : to_other_element<1, floats> {
  static constexpr void infer(const op_view& op, result_types& types) { infer_as(op, element_type::i1, types); }
};
}  // namespace detail

struct square : detail::elementwise<1, detail::integers | detail::floats | detail::complexes> {
  static constexpr std::string_view name = "chlo.square";
};
struct conj : detail::elementwise<1, detail::floats | detail::complexes> {
  static constexpr std::string_view name = "chlo.conj";
};
struct mulhi : detail::elementwise<2, detail::integers> {
  static constexpr std::string_view name = "chlo.mulhi";
};
struct acos : detail::special_unary {
  static constexpr std::string_view name = "chlo.acos";
};
struct acosh : detail::special_unary {
  static constexpr std::string_view name = "chlo.acosh";
};
struct asin : detail::special_unary {
  static constexpr std::string_view name = "chlo.asin";
};
struct asinh : detail::special_unary {
  static constexpr std::string_view name = "chlo.asinh";
};
struct atan : detail::special_unary {
  static constexpr std::string_view name = "chlo.atan";
};
struct atanh : detail::special_unary {
  static constexpr std::string_view name = "chlo.atanh";
};
struct bessel_i1e : detail::special_unary {
  static constexpr std::string_view name = "chlo.bessel_i1e";
};
struct cosh : detail::special_unary {
  static constexpr std::string_view name = "chlo.cosh";
};
struct digamma : detail::special_unary {
  static constexpr std::string_view name = "chlo.digamma";
};
struct erf : detail::special_unary {
  static constexpr std::string_view name = "chlo.erf";
};
struct erf_inv : detail::special_unary {
  static constexpr std::string_view name = "chlo.erf_inv";
};
struct erfc : detail::special_unary {
  static constexpr std::string_view name = "chlo.erfc";
};
struct lgamma : detail::special_unary {
  static constexpr std::string_view name = "chlo.lgamma";
};
struct sinh : detail::special_unary {
  static constexpr std::string_view name = "chlo.sinh";
};
struct tan : detail::special_unary {
  static constexpr std::string_view name = "chlo.tan";
};
struct next_after : detail::special_binary {
  static constexpr std::string_view name = "chlo.next_after";
};
struct polygamma : detail::special_binary {
  static constexpr std::string_view name = "chlo.polygamma";
};
struct zeta : detail::special_binary {
  static constexpr std::string_view name = "chlo.zeta";
};
struct is_inf : detail::predicate {
  static constexpr std::string_view name = "chlo.is_inf";
};
struct is_neg_inf : detail::predicate {
  static constexpr std::string_view name = "chlo.is_neg_inf";
};
struct is_pos_inf : detail::predicate {
  static constexpr std::string_view name = "chlo.is_pos_inf";
};

/// As stablehlo.constant.
struct constant : op::constant {
  static constexpr std::string_view name = "chlo.constant";
};

/// The k largest of the last dim and their positions. Where the dim is split they are the k largest of those that
/// devices found in their parts.
struct top_k : op::detail::placed_op {
  static constexpr std::string_view name = "chlo.top_k";
  static constexpr op_traits traits{.placed = true};
  template <class Ops>
  static constexpr bool can_place = placed_op::can_place<Ops> && partita::detail::table_of<Ops>::template holds<gather>;
  struct attributes {
    std::int64_t k = 0;
    static constexpr void describe(auto& self, auto&& field) { field("k", self.k); }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 1);
    tensor_type t(op.operand(0));
    if (t.rank() == 0) detail::wrong_operand(op, 0, "of rank 1 or more");
    const std::int64_t size = t.dims[t.rank() - 1];
    if (a.k < 0 || (size != dynamic_size && a.k > size))
      detail::wrong_value(op, "k", a.k, "between 0 and the last dim's size " + detail::size_text(size));
    t.dims[t.rank() - 1] = a.k;
    types.add(t);
    t.element = element_type::i32;
    types.add(t);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const type_view t = op.operand(0);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const bool sorted = d + 1 == t.rank();
      const factor_index f = sorted ? r.add_placed(t.dims[d], factor_kind::reduction) : r.add(t.dims[d]);
      const factor_index kept = sorted ? r.add(a.k, factor_kind::needs_replication) : f;
      r.operand(0, d, f);
      r.result(0, d, kept);
      r.result(1, d, kept);
    }
  }
  static constexpr work cost(const op_view& op, const attributes&) {
    return {static_cast<double>(op.operand(0).elements()), bytes_touched(op)};
  }

  static constexpr void place(const op_view& op, const attributes& a, auto& p) { place_largest(op, a.k, p); }

  /// The op on a dim that is split, also for calls that mean the same. Of equal elements the first comes first, in each
  /// part and in what is gathered in the order of the parts.
  static constexpr void place_largest(const op_view& op, std::int64_t k, auto& p) {
    const std::size_t last = op.operand(0).rank() - 1;
    const std::int64_t size = p.type(p.operands[0]).dims[last];
    const auto largest = [&](value_id v, std::int64_t n) {
      return p.out->template add<top_k>(p.region, {&v, 1}, {n}, {}, p.scope);
    };
    const auto mine = largest(p.operands[0], k < size ? k : size);
    const value_id start = op::detail::placed_convert(p, p.start(0, last), element_type::i32);
    const value_id place = p.template add<add>({mine[1], op::detail::placed_broadcast(p, start, {}, mine[1])});
    const value_id values = p.gather(mine[0], p.parts[0]), places = p.gather(place, p.parts[0]);
    const auto all = largest(values, k);
    gather_dimension_numbers along;
    for (std::size_t d = 0; d < last; ++d) along.operand_batching_dims.push_back(static_cast<std::uint8_t>(d));
    along.start_indices_batching_dims = along.operand_batching_dims;
    along.collapsed_slice_dims.push_back(static_cast<std::uint8_t>(last));
    along.start_index_map = along.collapsed_slice_dims;
    along.index_vector_dim = static_cast<std::int64_t>(last) + 1;
    p.results.push_back(all[0]);
    p.results.push_back(p.template add<gather>({places, all[1]}, {along, size_list(last + 1, 1)}));
  }
};

/// Matmuls of groups of rows of differing sizes: kept whole.
struct ragged_dot {
  static constexpr std::string_view name = "chlo.ragged_dot";
  struct attributes {
    raw_text dimension_numbers, precision;
    static constexpr void describe(auto& self, auto&& field) {
      field("ragged_dot_dimension_numbers", self.dimension_numbers);
      field("precision_config", self.precision, raw_text{});
    }
  };
  static constexpr void infer(const op_view&, const attributes&, result_types& types) {
    detail::accept_all_stated(types);
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

/// A loop over one dim that carries values: kept whole.
struct scan {
  static constexpr std::string_view name = "chlo.scan";
  struct attributes {
    std::int64_t dimension = 0;
    bool is_reverse = false;
    raw_text is_associative, operand_segments, result_segments;
    static constexpr void describe(auto& self, auto&& field) {
      field("dimension", self.dimension);
      field("is_reverse", self.is_reverse, false);
      field("is_associative", self.is_associative, raw_text{});
      field("operandSegmentSizes", self.operand_segments, raw_text{});
      field("resultSegmentSizes", self.result_segments, raw_text{});
    }
  };
  static constexpr void infer(const op_view&, const attributes&, result_types& types) {
    detail::accept_all_stated(types);
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

using chlo_ops = op_set<constant, broadcasting_ops, square, conj, mulhi, acos, acosh, asin, asinh, atan, atanh,
                        bessel_i1e, cosh, digamma, erf, erf_inv, erfc, lgamma, sinh, tan, next_after, polygamma, zeta,
                        is_inf, is_neg_inf, is_pos_inf, top_k, ragged_dot, scan>;

}  // namespace partita::op::chlo
