// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The broadcasting arithmetic of the CHLO dialect: elementwise ops on tensors whose shapes need not be equal.

#include <string_view>

#include <partita/op/elementwise.hpp>

namespace partita::op::chlo {

namespace detail {
using namespace op::detail;

/// Operand i's dim that becomes dim d of a result of rank `rank`, or -1: trailing dims meet, unless
/// broadcast_dimensions says where those of the operand of lower rank go.
constexpr std::int64_t broadcast_from(const op_view& op, const dim_list& dims, std::size_t i, std::size_t rank,
                                      std::size_t d) {
  const std::size_t own = op.operand(i).rank();
  if (own == rank) return static_cast<std::int64_t>(d);
  if (!dims.empty()) {
    const std::size_t at = dims.find(dim_number(d));
    return at == dims.size() ? -1 : static_cast<std::int64_t>(at);
  }
  return static_cast<std::int64_t>(d + own) - static_cast<std::int64_t>(rank);
}

/// Operations on two or three tensors whose shapes are made equal by repeating dims of size 1 and missing dims.
struct broadcasting {
  struct attributes {
    dim_list broadcast_dimensions;
    static constexpr void describe(auto& self, auto&& field) {
      field("broadcast_dimensions", self.broadcast_dimensions, dim_list{});
    }
  };
  static constexpr op_traits traits{.elementwise = true};

  static constexpr size_list result_sizes(const op_view& op, const dim_list& dims) {
    std::size_t rank = 0, lower = 0;
    for (std::size_t i = 0; i < op.operand_count(); ++i)
      rank = op.operand(i).rank() > rank ? op.operand(i).rank() : rank;
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      if (op.operand(i).rank() < rank) lower = i;
    }
    expect_dims(op, "broadcast_dimensions", dims, rank);
    expect_sorted(op, "broadcast_dimensions", dims);
    if (!dims.empty()) expect_length(op, "broadcast_dimensions", dims.size(), op.operand(lower).rank());
    size_list sizes(rank, 1);
    for (std::size_t d = 0; d < rank; ++d) {
      for (std::size_t i = 0; i < op.operand_count(); ++i) {
        const std::int64_t from = broadcast_from(op, dims, i, rank, d);
        if (from < 0) continue;
        const std::int64_t size = op.operand(i).dims[static_cast<std::size_t>(from)];
        if (size == 1 || size == sizes[d]) continue;
        if (sizes[d] != 1 && size != dynamic_size && sizes[d] != dynamic_size)
          sizes_differ(op, "dims that meet", sizes[d], size);
        sizes[d] = sizes[d] == 1 ? size : known_size(sizes[d], size);
      }
    }
    return sizes;
  }
  static constexpr void infer_as(const op_view& op, const attributes& a, unsigned set, element_type e,
                                 result_types& types) {
    if ((set_of(op.operand(0).element) & set) == 0) wrong_elements(op, 0, set);
    expect_same_element(op, 0, 1);
    types.add(tensor_type{e, result_sizes(op, a.broadcast_dimensions)});
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const type_view to = op.result(0);
    for (std::size_t d = 0; d < to.rank(); ++d) {
      const factor_index f = r.add(to.dims[d]);
      r.result(0, d, f);
      for (std::size_t i = 0; i < op.operand_count(); ++i) {
        const std::int64_t from = broadcast_from(op, a.broadcast_dimensions, i, to.rank(), d);
        if (from < 0) continue;
        const auto k = static_cast<std::size_t>(from);
        const std::int64_t size = op.operand(i).dims[k];
        r.operand(i, k, size == to.dims[d] ? f : r.add(size, factor_kind::needs_replication));
      }
    }
  }
  static constexpr work cost(const op_view& op, const attributes&) { return flops_per_element(op, 1); }
};

template <unsigned Elements>
struct broadcasting_binary : broadcasting {
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    expect_tensors(op, 2);
    infer_as(op, a, Elements, op.operand(0).element, types);
  }
};
inline constexpr unsigned bits = booleans | integers;
inline constexpr unsigned numbers = integers | floats | complexes;

}  // namespace detail

struct broadcast_add : detail::broadcasting_binary<detail::any_element> {
  static constexpr std::string_view name = "chlo.broadcast_add";
};
struct broadcast_multiply : detail::broadcasting_binary<detail::any_element> {
  static constexpr std::string_view name = "chlo.broadcast_multiply";
};
struct broadcast_minimum : detail::broadcasting_binary<detail::any_element> {
  static constexpr std::string_view name = "chlo.broadcast_minimum";
};
struct broadcast_maximum : detail::broadcasting_binary<detail::any_element> {
  static constexpr std::string_view name = "chlo.broadcast_maximum";
};
struct broadcast_subtract : detail::broadcasting_binary<detail::numbers> {
  static constexpr std::string_view name = "chlo.broadcast_subtract";
};
struct broadcast_divide : detail::broadcasting_binary<detail::numbers> {
  static constexpr std::string_view name = "chlo.broadcast_divide";
};
struct broadcast_remainder : detail::broadcasting_binary<detail::numbers> {
  static constexpr std::string_view name = "chlo.broadcast_remainder";
};
struct broadcast_power : detail::broadcasting_binary<detail::numbers> {
  static constexpr std::string_view name = "chlo.broadcast_power";
};
struct broadcast_atan2 : detail::broadcasting_binary<detail::floats | detail::complexes> {
  static constexpr std::string_view name = "chlo.broadcast_atan2";
};
struct broadcast_next_after : detail::broadcasting_binary<detail::floats> {
  static constexpr std::string_view name = "chlo.broadcast_next_after";
};
struct broadcast_polygamma : detail::broadcasting_binary<detail::floats> {
  static constexpr std::string_view name = "chlo.broadcast_polygamma";
};
struct broadcast_zeta : detail::broadcasting_binary<detail::floats> {
  static constexpr std::string_view name = "chlo.broadcast_zeta";
};
struct broadcast_and : detail::broadcasting_binary<detail::bits> {
  static constexpr std::string_view name = "chlo.broadcast_and";
};
struct broadcast_or : detail::broadcasting_binary<detail::bits> {
  static constexpr std::string_view name = "chlo.broadcast_or";
};
struct broadcast_xor : detail::broadcasting_binary<detail::bits> {
  static constexpr std::string_view name = "chlo.broadcast_xor";
};
struct broadcast_shift_left : detail::broadcasting_binary<detail::integers> {
  static constexpr std::string_view name = "chlo.broadcast_shift_left";
};
struct broadcast_shift_right_arithmetic : detail::broadcasting_binary<detail::integers> {
  static constexpr std::string_view name = "chlo.broadcast_shift_right_arithmetic";
};
struct broadcast_shift_right_logical : detail::broadcasting_binary<detail::integers> {
  static constexpr std::string_view name = "chlo.broadcast_shift_right_logical";
};
struct broadcast_complex : detail::broadcasting {
  static constexpr std::string_view name = "chlo.broadcast_complex";
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 2);
    const element_type e = op.operand(0).element;
    if (e != element_type::f32 && e != element_type::f64) detail::wrong_operand(op, 0, "a tensor of f32 or f64");
    infer_as(op, a, detail::floats, e == element_type::f32 ? element_type::complex_f32 : element_type::complex_f64,
             types);
  }
};
struct broadcast_compare : detail::broadcasting {
  static constexpr std::string_view name = "chlo.broadcast_compare";
  struct attributes : detail::broadcasting::attributes {
    op::comparison_direction comparison_direction = op::comparison_direction::EQ;
    op::comparison_type compare_type = op::comparison_type::NOTYPE;
    static constexpr void describe(auto& self, auto&& field) {
      detail::broadcasting::attributes::describe(self, field);
      field("comparison_direction", self.comparison_direction);
      field("compare_type", self.compare_type, op::comparison_type::NOTYPE);
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 2);
    infer_as(op, a, detail::any_element, element_type::i1, types);
  }
};
/// The operands keep their ranks or are scalars, as numpy's where.
struct broadcast_select {
  static constexpr std::string_view name = "chlo.broadcast_select";
  static constexpr op_traits traits{.elementwise = true};
  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 3);
    if (op.operand(0).element != element_type::i1) detail::wrong_operand(op, 0, "a tensor of i1");
    detail::expect_same_element(op, 1, 2);
    types.add(tensor_type{op.operand(1).element, detail::broadcasting::result_sizes(op, {})});
  }
  static constexpr void rule(const op_view& op, rule_builder& r) { detail::broadcasting::rule(op, {}, r); }
  static constexpr work cost(const op_view& op) { return detail::flops_per_element(op, 1); }
};

using broadcasting_ops =
    op_set<broadcast_add, broadcast_multiply, broadcast_minimum, broadcast_maximum, broadcast_subtract,
           broadcast_divide, broadcast_remainder, broadcast_power, broadcast_atan2, broadcast_next_after,
           broadcast_polygamma, broadcast_zeta, broadcast_and, broadcast_or, broadcast_xor, broadcast_shift_left,
           broadcast_shift_right_arithmetic, broadcast_shift_right_logical, broadcast_complex, broadcast_compare,
           broadcast_select>;

}  // namespace partita::op::chlo
