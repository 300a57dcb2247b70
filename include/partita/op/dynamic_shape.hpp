// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ops that take sizes at run time: dynamic_reshape, dynamic_broadcast_in_dim, real_dynamic_slice, dynamic_pad,
// get_dimension_size and set_dimension_size (StableHLO specification and dynamism RFC). A size that is a value
// does not follow when a dim is split, so the dims that such sizes govern stay whole.

#include <string_view>

#include <partita/op/broadcast.hpp>
#include <partita/op/concatenate.hpp>

namespace partita::op {

namespace detail {

/// The stated result has as many dims as operand `sizes` has entries, and the sizes that it holds where they are
/// known.
constexpr type_view expect_sized_result(const op_view& op, std::size_t sizes, const result_types& types) {
  const type_view result = types.stated(0);
  if (!result.is_tensor()) op.fail("the result must be a tensor but is stated as " + to_string(result));
  expect_size_operand(op, sizes, result.rank());
  if (result.element != op.operand(0).element) {
    op.fail("the result must have the element type of the operand: " + to_string(op.operand(0)) + " and " +
            to_string(result));
  }
  const size_list known = op.constant_integers(sizes);
  for (std::size_t d = 0; d < known.size(); ++d) {
    if (known[d] >= 0 && fits(known[d], result.dims[d])) continue;
    op.fail("dim " + std::to_string(d) + " of the result " + to_string(result) + " is to have size " +
            std::to_string(known[d]) + "; sizes must not be negative and must fit the result's type");
  }
  return result;
}

}  // namespace detail

/// reshape to the sizes in operand 1.
struct dynamic_reshape {
  static constexpr std::string_view name = "stablehlo.dynamic_reshape";
  static constexpr op_traits traits{.elementwise = true, .forwards_elements = true};

  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 2);
    const type_view from = op.operand(0), to = detail::expect_sized_result(op, 1, types);
    const size_list known = op.constant_integers(1);
    tensor_type sized(to);
    if (!known.empty()) sized.dims = known;
    if (from.is_static() && sized.view().is_static() && from.elements() != sized.view().elements()) {
      op.fail("must keep the number of elements, but " + to_string(from) + " has " + std::to_string(from.elements()) +
              " and the result has " + std::to_string(sized.view().elements()));
    }
    types.accept_stated();
  }
  static constexpr void rule(const op_view& op, rule_builder& r) { detail::replicate_all(op, r); }
  static constexpr work cost(const op_view&) { return {}; }
};

/// broadcast_in_dim to the sizes in operand 1.
struct dynamic_broadcast_in_dim {
  static constexpr std::string_view name = "stablehlo.dynamic_broadcast_in_dim";
  static constexpr op_traits traits{.elementwise = true, .forwards_elements = true};

  struct attributes {
    dim_list dimensions, known_expanding, known_nonexpanding;
    static constexpr void describe(auto& self, auto&& field) {
      field("broadcast_dimensions", self.dimensions);
      field("known_expanding_dimensions", self.known_expanding, dim_list{});
      field("known_nonexpanding_dimensions", self.known_nonexpanding, dim_list{});
    }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 2);
    detail::expect_broadcast(op, a.dimensions, detail::expect_sized_result(op, 1, types));
    const std::size_t rank = op.operand(0).rank();
    detail::expect_dims(op, "known_expanding_dimensions", a.known_expanding, rank);
    detail::expect_dims(op, "known_nonexpanding_dimensions", a.known_nonexpanding, rank);
    detail::expect_disjoint(op, "known_expanding_dimensions", a.known_expanding, "known_nonexpanding_dimensions",
                            a.known_nonexpanding);
    types.accept_stated();
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

/// slice whose starts, limits and strides are operands 1, 2 and 3.
struct real_dynamic_slice {
  static constexpr std::string_view name = "stablehlo.real_dynamic_slice";
  static constexpr op_traits traits{.elementwise = true, .forwards_elements = true};

  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 4);
    const type_view operand = op.operand(0), result = types.stated(0);
    for (std::size_t i = 1; i < 4; ++i) {
      detail::expect_size_operand(op, i, operand.rank());
      detail::expect_same_element(op, 1, i);
    }
    if (!result.is_tensor() || result.element != operand.element || result.rank() != operand.rank()) {
      op.fail("the result must have the operand's element type and rank: " + to_string(operand) + " and " +
              to_string(result));
    }
    types.accept_stated();
  }
  static constexpr void rule(const op_view& op, rule_builder& r) { detail::replicate_all(op, r); }
  static constexpr work cost(const op_view& op) { return {0, 2.0 * static_cast<double>(op.result(0).bytes())}; }
};

/// pad whose low, high and interior padding are operands 2, 3 and 4.
struct dynamic_pad {
  static constexpr std::string_view name = "stablehlo.dynamic_pad";
  static constexpr op_traits traits{.elementwise = true};

  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 5);
    const type_view operand = op.operand(0);
    detail::expect_same_element(op, 0, 1);
    if (op.operand(1).rank() != 0) detail::wrong_operand(op, 1, "a scalar");
    for (std::size_t i = 2; i < 5; ++i) {
      detail::expect_size_operand(op, i, operand.rank());
      detail::expect_same_element(op, 2, i);
    }
    const size_list low = op.constant_integers(2), high = op.constant_integers(3), interior = op.constant_integers(4);
    for (const auto n : interior) detail::expect_at_least(op, "interior padding", n, 0);
    tensor_type result{operand.element, {}};
    for (std::size_t d = 0; d < operand.rank(); ++d) {
      const bool known = !low.empty() && !high.empty() && !interior.empty();
      result.dims.push_back(known ? pad::padded_size(op, d, operand.dims[d], low[d], high[d], interior[d])
                                  : dynamic_size);
    }
    types.add(result);
  }
  static constexpr void rule(const op_view& op, rule_builder& r) { detail::replicate_all(op, r); }
};

/// Size of one dim as a 32-bit scalar.
struct get_dimension_size {
  static constexpr std::string_view name = "stablehlo.get_dimension_size";

  struct attributes {
    std::int64_t dimension = 0;
    static constexpr void describe(auto& self, auto&& field) { field("dimension", self.dimension); }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 1);
    detail::expect_dim(op, "dimension", a.dimension, op.operand(0).rank());
    types.add(tensor_type{i32, {}});
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
  static constexpr work cost(const op_view& op, const attributes&) {
    return {0, static_cast<double>(op.result(0).bytes())};
  }
};

/// The operand with one dim's size given at run time by operand 1.
struct set_dimension_size {
  static constexpr std::string_view name = "stablehlo.set_dimension_size";
  static constexpr op_traits traits{.forwards_elements = true};

  struct attributes {
    std::int64_t dimension = 0;
    static constexpr void describe(auto& self, auto&& field) { field("dimension", self.dimension); }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 2);
    tensor_type result(op.operand(0));
    detail::expect_dim(op, "dimension", a.dimension, result.rank());
    if (op.operand(1).rank() != 0 || !is_integer(op.operand(1).element))
      detail::wrong_operand(op, 1, "an integer scalar");
    result.dims[static_cast<std::size_t>(a.dimension)] = dynamic_size;
    types.add(result);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const type_view t = op.operand(0);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const bool sized = static_cast<std::int64_t>(d) == a.dimension;
      const factor_index f = r.add(t.dims[d], sized ? factor_kind::needs_replication : factor_kind::parallel);
      r.operand(0, d, f);
      r.result(0, d, f);
    }
  }
};

using dynamic_shape_ops = op_set<dynamic_reshape, dynamic_broadcast_in_dim, real_dynamic_slice, dynamic_pad,
                                 get_dimension_size, set_dimension_size>;

}  // namespace partita::op
