// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What test programs for interpreters are made of: comparisons of a value with an expected one (dialect check) and
// programs that run side by side (dialect interpreter). They are kept as they are.

#include <string_view>

#include <partita/op/opaque.hpp>

namespace partita::op {

namespace detail {

struct ulp_limits {
  raw_text max_ulp_difference, min_ulp_difference;
  static constexpr void describe(auto& self, auto&& field) {
    field("max_ulp_difference", self.max_ulp_difference, raw_text{});
    field("min_ulp_difference", self.min_ulp_difference, raw_text{});
  }
};
struct value_and_tolerance {
  raw_text value, tolerance;
  static constexpr void describe(auto& self, auto&& field) {
    field("value", self.value, raw_text{});
    field("tolerance", self.tolerance, raw_text{});
  }
};
struct probe_place {
  raw_text probe_id, iter;
  static constexpr void describe(auto& self, auto&& field) {
    field("probe_id", self.probe_id, raw_text{});
    field("iter", self.iter, raw_text{});
  }
};
struct parallel_programs {
  raw_text programs, infeed;
  static constexpr void describe(auto& self, auto&& field) {
    field("infeed", self.infeed, raw_text{});
    field("programs", self.programs, raw_text{});
  }
};

}  // namespace detail

struct check_expect_eq : detail::opaque {
  static constexpr std::string_view name = "check.expect_eq";
};
struct check_expect_eq_const : detail::opaque_with<"value"> {
  static constexpr std::string_view name = "check.expect_eq_const";
};
struct check_expect_close : detail::opaque_over<detail::ulp_limits> {
  static constexpr std::string_view name = "check.expect_close";
};
struct check_expect_almost_eq : detail::opaque_with<"tolerance"> {
  static constexpr std::string_view name = "check.expect_almost_eq";
};
struct check_expect_almost_eq_const : detail::opaque_over<detail::value_and_tolerance> {
  static constexpr std::string_view name = "check.expect_almost_eq_const";
};
struct check_expect_serialized_eq : detail::opaque_over<detail::probe_place> {
  static constexpr std::string_view name = "check.expect_serialized_eq";
};
struct interpreter_probe : detail::opaque_over<detail::probe_place> {
  static constexpr std::string_view name = "interpreter.probe";
};
struct interpreter_print : detail::opaque {
  static constexpr std::string_view name = "interpreter.print";
};
struct interpreter_run_parallel : detail::opaque_over<detail::parallel_programs> {
  static constexpr std::string_view name = "interpreter.run_parallel";
};

using check_ops = op_set<check_expect_eq, check_expect_eq_const, check_expect_close, check_expect_almost_eq,
                         check_expect_almost_eq_const, check_expect_serialized_eq, interpreter_probe, interpreter_print,
                         interpreter_run_parallel>;

}  // namespace partita::op
