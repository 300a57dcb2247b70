// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ops that Partita reads, checks in part and keeps, and that are never split: their results have the stated
// types and every dim needs replication.

#include <string_view>

#include <partita/op/checks.hpp>
#include <partita/support/fixed_string.hpp>

namespace partita::op {

namespace detail {

constexpr void accept_all_stated(result_types& types) {
  for (std::size_t i = 0; i < types.stated_count(); ++i) types.accept_stated();
}

struct opaque {
  static constexpr void infer(const op_view&, result_types& types) { accept_all_stated(types); }
  static constexpr void rule(const op_view& op, rule_builder& r) { replicate_all(op, r); }
};

/// Opaque ops with one attribute that is kept as text, whatever it is called.
template <fixed_string Key>
struct opaque_with {
  struct attributes {
    raw_text kept;
    static constexpr void describe(auto& self, auto&& field) { field(Key.view(), self.kept, raw_text{}); }
  };
  static constexpr void infer(const op_view&, const attributes&, result_types& types) { accept_all_stated(types); }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { replicate_all(op, r); }
};

}  // namespace detail

// Tokens and tuples.
struct after_all : detail::opaque {
  static constexpr std::string_view name = "stablehlo.after_all";
};
struct create_token : detail::opaque {
  static constexpr std::string_view name = "stablehlo.create_token";
};
struct tuple : detail::opaque {
  static constexpr std::string_view name = "stablehlo.tuple";
};
struct get_tuple_element : detail::opaque {
  static constexpr std::string_view name = "stablehlo.get_tuple_element";
  struct attributes {
    std::int64_t index = 0;
    static constexpr void describe(auto& self, auto&& field) { field("index", self.index); }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    if (op.operand_count() != 1) detail::wrong_operand_count(op, 1);
    const type_view t = op.operand(0);
    if (t.element != element_type::tuple) detail::wrong_operand(op, 0, "a tuple");
    detail::expect_dim(op, "index", a.index, t.dims.size());
    types.add(type_id{static_cast<std::uint32_t>(t.dims[static_cast<std::size_t>(a.index)])});
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

// Messages between programs and hosts.
struct infeed {
  static constexpr std::string_view name = "stablehlo.infeed";
  struct attributes {
    raw_text infeed_config, layout;
    static constexpr void describe(auto& self, auto&& field) {
      field("infeed_config", self.infeed_config, raw_text{});
      field("layout", self.layout, raw_text{});
    }
  };
  static constexpr void infer(const op_view&, const attributes&, result_types& types) { detail::accept_all_stated(types); }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};
struct outfeed : detail::opaque_with<"outfeed_config"> {
  static constexpr std::string_view name = "stablehlo.outfeed";
};

namespace detail {
struct message {
  struct attributes {
    raw_text channel_handle, source_target_pairs;
    bool is_host_transfer = false;
    static constexpr void describe(auto& self, auto&& field) {
      field("channel_handle", self.channel_handle, raw_text{});
      field("is_host_transfer", self.is_host_transfer, false);
      field("source_target_pairs", self.source_target_pairs, raw_text{});
    }
  };
  static constexpr void infer(const op_view&, const attributes&, result_types& types) { accept_all_stated(types); }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { replicate_all(op, r); }
};
}  // namespace detail
struct send : detail::message {
  static constexpr std::string_view name = "stablehlo.send";
};
struct recv : detail::message {
  static constexpr std::string_view name = "stablehlo.recv";
};

// What test programs for interpreters are made of.
struct check_expect_eq : detail::opaque {
  static constexpr std::string_view name = "check.expect_eq";
};
struct check_expect_eq_const : detail::opaque_with<"value"> {
  static constexpr std::string_view name = "check.expect_eq_const";
};
struct check_expect_close {
  static constexpr std::string_view name = "check.expect_close";
  struct attributes {
    raw_text max_ulp_difference, min_ulp_difference;
    static constexpr void describe(auto& self, auto&& field) {
      field("max_ulp_difference", self.max_ulp_difference, raw_text{});
      field("min_ulp_difference", self.min_ulp_difference, raw_text{});
    }
  };
  static constexpr void infer(const op_view&, const attributes&, result_types& types) { detail::accept_all_stated(types); }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};
struct check_expect_almost_eq : detail::opaque_with<"tolerance"> {
  static constexpr std::string_view name = "check.expect_almost_eq";
};
struct check_expect_almost_eq_const {
  static constexpr std::string_view name = "check.expect_almost_eq_const";
  struct attributes {
    raw_text value, tolerance;
    static constexpr void describe(auto& self, auto&& field) {
      field("value", self.value, raw_text{});
      field("tolerance", self.tolerance, raw_text{});
    }
  };
  static constexpr void infer(const op_view&, const attributes&, result_types& types) { detail::accept_all_stated(types); }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};
namespace detail {
struct probe_like {
  struct attributes {
    raw_text probe_id, iter;
    static constexpr void describe(auto& self, auto&& field) {
      field("probe_id", self.probe_id, raw_text{});
      field("iter", self.iter, raw_text{});
    }
  };
  static constexpr void infer(const op_view&, const attributes&, result_types& types) { accept_all_stated(types); }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { replicate_all(op, r); }
};
}  // namespace detail
struct check_expect_serialized_eq : detail::probe_like {
  static constexpr std::string_view name = "check.expect_serialized_eq";
};
struct interpreter_probe : detail::probe_like {
  static constexpr std::string_view name = "interpreter.probe";
};
struct interpreter_print : detail::opaque {
  static constexpr std::string_view name = "interpreter.print";
};
struct interpreter_run_parallel {
  static constexpr std::string_view name = "interpreter.run_parallel";
  struct attributes {
    raw_text programs, infeed;
    static constexpr void describe(auto& self, auto&& field) {
      field("infeed", self.infeed, raw_text{});
      field("programs", self.programs, raw_text{});
    }
  };
  static constexpr void infer(const op_view&, const attributes&, result_types& types) { detail::accept_all_stated(types); }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

using opaque_ops =
    op_set<after_all, create_token, tuple, get_tuple_element, infeed, outfeed, send, recv, check_expect_eq,
           check_expect_eq_const, check_expect_close, check_expect_almost_eq, check_expect_almost_eq_const,
           check_expect_serialized_eq, interpreter_probe, interpreter_print, interpreter_run_parallel>;

}  // namespace partita::op
