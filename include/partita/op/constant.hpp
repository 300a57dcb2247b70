// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// constant and iota (StableHLO specification): values that follow from attributes alone; and dynamic_iota, whose
// sizes are a value.

#include <string_view>

#include <partita/op/checks.hpp>

namespace partita::op {

namespace detail {

[[noreturn]] inline void wrong_result(const op_view& op, std::size_t i, const type_view& t, std::string_view wanted) {
  op.fail("result " + std::to_string(i) + " must be " + std::string(wanted) + " but is stated as " + to_string(t));
}

/// The stated type of result 0, which counts along `dimension`: a tensor of integers, floats or complex numbers.
constexpr type_view expect_counting_result(const op_view& op, std::int64_t dimension, const result_types& types) {
  const type_view t = types.stated(0);
  if (!t.is_tensor() || is_boolean(t.element))
    wrong_result(op, 0, t, "a tensor of integers, floats or complex numbers");
  expect_dim(op, "iota_dimension", dimension, t.rank());
  return t;
}

}  // namespace detail

struct constant {
  static constexpr std::string_view name = "stablehlo.constant";

  struct attributes {
    constant_data value;
    static constexpr void describe(auto& self, auto&& field) { field("value", self.value); }
  };
  static constexpr constant_data data(const attributes& a) { return a.value; }

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 0);
    const type_view t = types.stated(0);
    if (!t.is_tensor() || !t.is_static()) detail::wrong_result(op, 0, t, "a tensor of static shape");
    const auto element = static_cast<std::int64_t>(stored_bytes(t.element));
    const std::int64_t elements = a.value.splat ? 1 : t.elements();
    if (a.value.count % element != 0 || a.value.count / element != elements) wrong_count(op, a.value, t);
    types.accept_stated();
  }
  /// Parts of a splat are splats; other constants are made whole and sliced.
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const type_view t = op.result(0);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      r.result(0, d, r.add(t.dims[d], a.value.splat ? factor_kind::parallel : factor_kind::needs_replication));
    }
  }
  static constexpr work cost(const op_view&, const attributes&) { return {}; }  // part of the program, not computed

 private:
  [[noreturn]] static void wrong_count(const op_view& op, const constant_data& value, const type_view& t) {
    op.fail("holds " + std::to_string(value.count) + " bytes" + (value.splat ? " for its one value" : "") + " but " +
            to_string(t) + " has " + std::to_string(t.elements()) + " elements of " +
            std::to_string(stored_bytes(t.element)) + " bytes");
  }
};

struct iota {
  static constexpr std::string_view name = "stablehlo.iota";
  static constexpr op_traits traits{.elementwise = true, .generator = true};

  struct attributes {
    std::int64_t dimension = 0;
    static constexpr void describe(auto& self, auto&& field) { field("iota_dimension", self.dimension); }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 0);
    const type_view t = detail::expect_counting_result(op, a.dimension, types);
    if (!t.is_static()) detail::wrong_result(op, 0, t, "of static shape");
    types.accept_stated();
  }
  /// A part along iota_dimension would count from an offset of its own: it is made whole and sliced.
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const type_view t = op.result(0);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const bool counts = static_cast<std::int64_t>(d) == a.dimension;
      r.result(0, d, r.add(t.dims[d], counts ? factor_kind::needs_replication : factor_kind::parallel));
    }
  }
};

/// iota of the sizes in operand 0. These do not follow when a dim is split, so nothing splits.
struct dynamic_iota {
  static constexpr std::string_view name = "stablehlo.dynamic_iota";
  using attributes = iota::attributes;

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 1);
    const type_view t = detail::expect_counting_result(op, a.dimension, types);
    detail::expect_size_operand(op, 0, t.rank());
    const size_list known = op.constant_integers(0);
    for (std::size_t d = 0; d < known.size(); ++d) {
      if (known[d] < 0 || !detail::fits(known[d], t.dims[d]))
        detail::sizes_differ(op, "output_shape and the result", known[d], t.dims[d]);
    }
    types.accept_stated();
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

using constant_ops = op_set<constant, iota, dynamic_iota>;

}  // namespace partita::op
