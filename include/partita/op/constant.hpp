// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// constant and iota (StableHLO specification): values that follow from attributes alone.

#include <string_view>

#include <partita/op/checks.hpp>

namespace partita::op {

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
    const std::int64_t held = static_cast<std::int64_t>(a.value.count) / static_cast<std::int64_t>(stored_bytes(t.element));
    if (held != (a.value.splat ? 1 : t.elements())) {
      op.fail("holds " + std::to_string(held) + " elements but its type " + to_string(t) + " has " + std::to_string(t.elements()));
    }
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
    detail::expect_dim(op, "iota_dimension", a.dimension, types.stated(0).rank());
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

using constant_ops = op_set<constant, iota>;

}  // namespace partita::op
