// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// rng and rng_bit_generator (StableHLO specification). Random numbers must be the same however the program is
// split, and a device's part of them depends on all that come before: nothing splits.

#include <string_view>

#include <partita/op/constant.hpp>
#include <partita/op/elementwise.hpp>

namespace partita {

namespace op {
enum class rng_algorithm : std::uint8_t { DEFAULT, THREE_FRY, PHILOX };
enum class rng_distribution : std::uint8_t { UNIFORM, NORMAL };
}  // namespace op

template <>
struct enumerators_of<op::rng_algorithm> {
  static constexpr std::string_view mnemonic = "rng_algorithm";
  static constexpr std::string_view names[] = {"DEFAULT", "THREE_FRY", "PHILOX"};
};
template <>
struct enumerators_of<op::rng_distribution> {
  static constexpr std::string_view mnemonic = "rng_distribution";
  static constexpr std::string_view names[] = {"UNIFORM", "NORMAL"};
};

namespace op {

/// Operands: two parameters of the distribution (bounds, or mean and deviation) and the sizes of the result.
struct rng {
  static constexpr std::string_view name = "stablehlo.rng";
  struct attributes {
    op::rng_distribution rng_distribution = op::rng_distribution::UNIFORM;
    static constexpr void describe(auto& self, auto&& field) { field("rng_distribution", self.rng_distribution); }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 3);
    const bool normal = a.rng_distribution == rng_distribution::NORMAL;
    const unsigned set = normal ? detail::floats : detail::booleans | detail::integers | detail::floats;
    for (std::size_t i = 0; i < 2; ++i) {
      if ((detail::set_of(op.operand(i).element) & set) == 0) detail::wrong_elements(op, i, set);
      if (op.operand(i).rank() != 0) detail::wrong_operand(op, i, "a scalar");
    }
    detail::expect_same_element(op, 0, 1);
    const type_view t = types.stated(0);
    if (t.element != op.operand(0).element) detail::wrong_result(op, 0, t, "of the element type of the operands");
    detail::expect_size_operand(op, 2, t.rank());
    const size_list sizes = op.constant_integers(2);
    for (std::size_t d = 0; d < sizes.size(); ++d) {
      if (sizes[d] < 0 || !detail::fits(sizes[d], t.dims[d]))
        detail::sizes_differ(op, "the shape operand and the result", sizes[d], t.dims[d]);
    }
    types.accept_stated();
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

/// Operand and result 0 are the generator's state, result 1 the random bits.
struct rng_bit_generator {
  static constexpr std::string_view name = "stablehlo.rng_bit_generator";
  struct attributes {
    op::rng_algorithm rng_algorithm = op::rng_algorithm::DEFAULT;
    static constexpr void describe(auto& self, auto&& field) { field("rng_algorithm", self.rng_algorithm); }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 1);
    const type_view state = op.operand(0);
    if (state.element != element_type::ui64 || state.rank() != 1) {
      detail::wrong_operand(op, 0, "a one-dimensional tensor of ui64");
    }
    const bool counter = a.rng_algorithm == rng_algorithm::THREE_FRY, philox = a.rng_algorithm == rng_algorithm::PHILOX;
    const bool two = detail::fits(state.dims[0], 2), three = detail::fits(state.dims[0], 3);
    if ((counter && !two) || (philox && !two && !three)) {
      detail::wrong_operand(op, 0, counter ? "of size 2 for THREE_FRY" : "of size 2 or 3 for PHILOX");
    }
    const type_view bits = types.stated(1);
    if ((detail::set_of(bits.element) & (detail::integers | detail::floats)) == 0) {
      detail::wrong_result(op, 1, bits, "a tensor of integers or floats");
    }
    types.add(state);
    types.accept_stated();
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) {
    const factor_index state = r.add(op.operand(0).dims[0], factor_kind::needs_replication, monoid::none, true);
    r.operand(0, 0, state);
    r.result(0, 0, state);
    detail::replicate_result(op, 1, r);
  }
  /// 16 operations per byte, about what ten rounds of Philox take for four 32-bit words.
  static constexpr work cost(const op_view& op, const attributes&) {
    return {16 * static_cast<double>(op.result(1).bytes()), bytes_touched(op)};
  }
};

using random_ops = op_set<rng, rng_bit_generator>;

}  // namespace op
}  // namespace partita
