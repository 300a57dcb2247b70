// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ops of Shardy's dialect (openxla/shardy, sdy dialect). They say how a program is to be sharded and compute
// nothing: each result is its operand. manual_computation alone has a body, which is written for one device.
// Shardings are kept as text.

#include <string_view>

#include <partita/op/elementwise.hpp>
#include <partita/op/opaque.hpp>

namespace partita::op::sdy {

namespace detail {

/// An op whose result is its operand, with what it says about shardings.
struct identity {
  static constexpr op_traits traits{.elementwise = true, .forwards_elements = true};

  static constexpr void infer(const op_view& op, const auto&, result_types& types) {
    if (op.operand_count() != 1) op.fail("takes one operand but has " + std::to_string(op.operand_count()));
    types.add(op.operand(0));
  }
  static constexpr void rule(const op_view& op, const auto&, rule_builder& r) { op::detail::elementwise_rule(op, r); }
};

/// An identity with one attribute.
template <fixed_string Key>
struct identity_with : identity {
  struct attributes {
    raw_text kept;
    static constexpr void describe(auto& self, auto&& field) { field(Key.view(), self.kept); }
  };
};

/// An identity whose one attribute is the sharding of its result.
template <fixed_string Key>
struct resharding : identity_with<Key> {
  static constexpr raw_text result_sharding(const typename identity_with<Key>::attributes& a) { return a.kept; }
};

/// A collective between shardings: the axes that it moves, and the sharding of its result.
template <fixed_string Axes>
struct collective : identity {
  struct attributes {
    raw_text axes, out_sharding;
    static constexpr void describe(auto& self, auto&& field) {
      field(Axes.view(), self.axes);
      field("out_sharding", self.out_sharding);
    }
  };
  static constexpr raw_text result_sharding(const attributes& a) { return a.out_sharding; }
};

/// A collective of parts of a sum: what its operand lacks is that they be added over these axes.
template <fixed_string Axes>
struct summing : collective<Axes> {
  static constexpr raw_text summed_axes(const typename collective<Axes>::attributes& a) { return a.axes; }
};

/// A collective whose result is such parts over these axes.
template <fixed_string Axes>
struct unreducing : collective<Axes> {
  static constexpr raw_text unreduced_axes(const typename collective<Axes>::attributes& a) { return a.axes; }
};

}  // namespace detail

struct sharding_constraint : detail::resharding<"sharding"> {
  static constexpr std::string_view name = "sdy.sharding_constraint";
};
struct reshard : detail::resharding<"sharding"> {
  static constexpr std::string_view name = "sdy.reshard";
};
struct propagation_barrier : detail::identity_with<"allowed_direction"> {
  static constexpr std::string_view name = "sdy.propagation_barrier";
};
struct collective_permute : detail::resharding<"out_sharding"> {
  static constexpr std::string_view name = "sdy.collective_permute";
};
struct data_flow_edge : detail::identity {
  static constexpr std::string_view name = "sdy.data_flow_edge";
  struct attributes {
    raw_text sharding;
    static constexpr void describe(auto& self, auto&& field) { field("sharding", self.sharding, raw_text{}); }
  };
  static constexpr raw_text result_sharding(const attributes& a) { return a.sharding; }
};
struct func_data_flow_edge : data_flow_edge {
  static constexpr std::string_view name = "sdy.func_data_flow_edge";
};
struct all_gather : detail::collective<"gathering_axes"> {
  static constexpr std::string_view name = "sdy.all_gather";
};
struct all_slice : detail::collective<"slicing_axes"> {
  static constexpr std::string_view name = "sdy.all_slice";
};
struct all_reduce : detail::summing<"reduction_axes"> {
  static constexpr std::string_view name = "sdy.all_reduce";
};
struct reduce_scatter : detail::summing<"reduce_scatter_axes"> {
  static constexpr std::string_view name = "sdy.reduce_scatter";
};
struct all_to_all : detail::collective<"params"> {
  static constexpr std::string_view name = "sdy.all_to_all";
};
struct sharded_to_unreduced : detail::unreducing<"axes"> {
  static constexpr std::string_view name = "sdy.sharded_to_unreduced";
};
struct replicated_to_unreduced : detail::unreducing<"axes"> {
  static constexpr std::string_view name = "sdy.replicated_to_unreduced";
};

/// Says that its operand is sharded as all others of its group. No result.
struct sharding_group {
  static constexpr std::string_view name = "sdy.sharding_group";
  struct attributes {
    std::int64_t group_id = 0;
    static constexpr void describe(auto& self, auto&& field) { field("group_id", self.group_id); }
  };
  static constexpr void infer(const op_view&, const attributes&, result_types&) {}
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) {
    op::detail::replicate_all(op, r);
  }
};

/// A body for one device of the axes in manual_axes, with the shardings of its operands and results. Nothing
/// of it splits.
struct manual_computation {
  static constexpr std::string_view name = "sdy.manual_computation";
  struct attributes {
    raw_text in_shardings, out_shardings, manual_axes;
    static constexpr void describe(auto& self, auto&& field) {
      field("in_shardings", self.in_shardings);
      field("out_shardings", self.out_shardings);
      field("manual_axes", self.manual_axes);
    }
  };
  static constexpr void infer(const op_view& op, const attributes&, result_types& types) {
    const graph_base& g = op.graph();
    if (op.region_count() != 1) op.fail("has one region");
    if (g.arguments(op.region(0)).size() != op.operand_count())
      op.fail("has one argument of its body for each operand");
    if (g.results(op.region(0)).size() != types.stated_count())
      op.fail("has one result for each value that its body returns");
    op::detail::accept_all_stated(types);
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) {
    op::detail::replicate_all(op, r);
  }
};

namespace detail {

/// What a manual computation comes apart into when a program is lowered by its own shardings: each operand enters, then
/// its body is ops among others, then each result leaves. Inside, every device has a value of its own, of its part's
/// shape. Each dim is what the manual axes split, major, and what is left.
struct manual_boundary {
  static constexpr void boundary_rule(const op_view& op, rule_builder& r, bool enters) {
    const type_view global = enters ? op.operand(0) : op.result(0), local = enters ? op.result(0) : op.operand(0);
    for (std::size_t d = 0; d < global.rank(); ++d) {
      const std::int64_t count = local.dims[d] == 0 ? 1 : global.dims[d] / local.dims[d];
      const factor_index parts = r.add(count, factor_kind::parallel, monoid::none, true);
      const factor_index part = r.add(local.dims[d]);
      enters ? r.operand(0, d, parts) : r.result(0, d, parts);
      r.operand(0, d, part);
      r.result(0, d, part);
    }
  }
  static constexpr void infer_boundary(const op_view& op, result_types& types, bool enters) {
    if (op.operand_count() != 1 || types.stated_count() != 1)
      op.fail("has one operand and one result of a stated type");
    const type_view global = enters ? op.operand(0) : types.stated(0), local = enters ? types.stated(0) : op.operand(0);
    bool divides = global.is_static() && local.is_static() && global.element == local.element &&
                   global.rank() == local.rank();
    for (std::size_t d = 0; divides && d < global.rank(); ++d) {
      const std::int64_t whole = global.dims[d], part = local.dims[d];
      divides = whole == part || (part > 0 && whole % part == 0);
    }
    if (!divides) op.fail(to_string(local) + " is no part of " + to_string(global));
    types.accept_stated();
  }
};

}  // namespace detail

struct enter_manual : detail::manual_boundary {
  static constexpr std::string_view name = "partita.enter_manual";
  static constexpr void infer(const op_view& op, result_types& types) { infer_boundary(op, types, true); }
  static constexpr void rule(const op_view& op, rule_builder& r) { boundary_rule(op, r, true); }
};
struct leave_manual : detail::manual_boundary {
  static constexpr std::string_view name = "partita.leave_manual";
  static constexpr void infer(const op_view& op, result_types& types) { infer_boundary(op, types, false); }
  static constexpr void rule(const op_view& op, rule_builder& r) { boundary_rule(op, r, false); }
};

}  // namespace partita::op::sdy

namespace partita::op {

using sdy_ops = op_set<sdy::sharding_constraint, sdy::reshard, sdy::propagation_barrier, sdy::collective_permute,
                       sdy::data_flow_edge, sdy::func_data_flow_edge, sdy::all_gather, sdy::all_slice, sdy::all_reduce,
                       sdy::reduce_scatter, sdy::all_to_all, sdy::sharded_to_unreduced, sdy::replicated_to_unreduced,
                       sdy::sharding_group, sdy::manual_computation, sdy::enter_manual, sdy::leave_manual>;

}  // namespace partita::op
