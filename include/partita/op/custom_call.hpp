// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// custom_call and composite (StableHLO specification). What a target means is known for those in one table, or
// stated by the program as sdy.sharding_rule; any other is opaque. A user gives a target a meaning by an op of his
// own whose name is '@' and the target.

#include <string_view>

#include <partita/op/chlo.hpp>
#include <partita/op/elementwise.hpp>
#include <partita/op/sharding_rule_text.hpp>
#include <partita/op/token.hpp>

namespace partita::op {

namespace detail {

/// How a custom call's dims relate.
enum class call_shape : std::uint8_t {
  opaque,
  elementwise,     ///< all operands and results have one shape; each element by itself
  top_k,           ///< as elementwise, but for the last dim, of which results hold a part
  partial_reduce,  ///< as elementwise, but for the one dim whose size differs between operands and results
  batched_matrix,  ///< all but the last two dims of operand 0 are batch dims
};

struct known_call {
  std::string_view target;
  call_shape shape;
};

/// Targets that JAX and XLA emit.
inline constexpr known_call known_calls[] = {
    {"Sharding", call_shape::elementwise},
    {"CompactWyHelper", call_shape::elementwise},
    {"InspectSharding", call_shape::elementwise},
    {"LayoutConstraint", call_shape::elementwise},
    {"MoveToDevice", call_shape::elementwise},
    {"MoveToHost", call_shape::elementwise},
    {"X64Combine", call_shape::elementwise},
    {"X64SplitHigh", call_shape::elementwise},
    {"X64SplitLow", call_shape::elementwise},
    {"annotate_device_placement", call_shape::elementwise},
    {"mhlo.erf", call_shape::elementwise},
    {"xla.megascale.provide_metadata", call_shape::elementwise},
    {"TopK", call_shape::top_k},
    {"mhlo.topk", call_shape::top_k},
    {"ApproxTopK", call_shape::partial_reduce},
    {"PartialReduce", call_shape::partial_reduce},
    {"Cholesky", call_shape::batched_matrix},
    {"Eigh", call_shape::batched_matrix},
    {"LuDecomposition", call_shape::batched_matrix},
    {"ProductOfElementaryHouseholderReflectors", call_shape::batched_matrix},
    {"Qr", call_shape::batched_matrix},
    {"QrDecompositionBlock", call_shape::batched_matrix},
};

constexpr call_shape shape_of_call(std::string_view target) {
  for (const known_call& k : known_calls) {
    if (k.target == target) return k.shape;
  }
  return call_shape::opaque;
}

/// A tensor of a call by its number, operands before results.
constexpr type_view call_tensor(const op_view& op, std::size_t i) {
  return i < op.operand_count() ? op.operand(i) : op.result(i - op.operand_count());
}
constexpr void put_factor(const op_view& op, rule_builder& r, std::size_t i, std::size_t d, factor_index f) {
  if (i < op.operand_count()) {
    r.operand(i, d, f);
  } else {
    r.result(i - op.operand_count(), d, f);
  }
}

/// Whether the call is of this shape, as far as types tell: then its rule may be followed.
constexpr bool has_shape(const op_view& op, call_shape shape, std::size_t& whole_dim) {
  const std::size_t count = op.operand_count() + op.result_count();
  if (op.operand_count() == 0 || op.result_count() == 0 || shape == call_shape::opaque) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (!call_tensor(op, i).is_tensor() || !call_tensor(op, i).is_static()) return false;
  }
  const type_view first = op.operand(0);
  const std::size_t rank = first.rank();
  whole_dim = shape == call_shape::top_k ? rank - 1 : rank;
  if (shape == call_shape::batched_matrix ? rank < 2 : shape != call_shape::elementwise && rank < 1) return false;
  if (shape == call_shape::partial_reduce) {
    for (std::size_t d = 0; d < rank && op.result(0).rank() == rank; ++d) {
      if (op.result(0).dims[d] != first.dims[d]) whole_dim = d;
    }
    if (whole_dim == rank) return false;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const type_view t = call_tensor(op, i);
    if (shape == call_shape::batched_matrix) {
      for (std::size_t d = 0; d + 2 < rank; ++d) {
        if (t.rank() <= d || t.dims[d] != first.dims[d]) return false;
      }
      continue;
    }
    if (t.rank() == 0 && i < op.operand_count() && shape == call_shape::partial_reduce) continue;  // initial values
    if (t.rank() != rank) return false;
    for (std::size_t d = 0; d < rank; ++d) {
      if (d != whole_dim && t.dims[d] != first.dims[d]) return false;
    }
  }
  return true;
}

/// Whether the call gives the largest elements and their places, as chlo.top_k does.
constexpr bool is_top_k(const op_view& op) {
  return op.operand_count() == 1 && op.result_count() == 2 && op.result(0).element == op.operand(0).element &&
         op.result(1).element == element_type::i32 && op.result(0).dims.back() == op.result(1).dims.back() &&
         op.result(0).dims.back() <= op.operand(0).dims.back();
}

/// Rule of a call of a known shape. Dims that split share a factor; those that do not share one where the position
/// is the same and sizes agree, and for top_k, whose results hold a part of the dim.
constexpr void call_rule(const op_view& op, call_shape shape, std::size_t whole_dim, rule_builder& r) {
  const std::size_t count = op.operand_count() + op.result_count();
  const type_view first = op.operand(0);
  for (std::size_t d = 0; d < first.rank(); ++d) {
    const bool splits = shape == call_shape::batched_matrix ? d + 2 < first.rank() : d != whole_dim;
    if (shape == call_shape::top_k && !splits && is_top_k(op)) {  // as chlo.top_k
      r.operand(0, d, r.add_placed(first.dims[d], factor_kind::reduction));
      const factor_index kept = r.add(op.result(0).dims[d], factor_kind::needs_replication);
      r.result(0, d, kept);
      r.result(1, d, kept);
      continue;
    }
    const bool ranked = shape == call_shape::top_k || shape == call_shape::partial_reduce;
    const factor_kind kind = splits ? factor_kind::parallel : factor_kind::needs_replication;
    const factor_index f = r.add(first.dims[d], kind, monoid::none, ranked && !splits);
    for (std::size_t i = 0; i < count; ++i) {
      const type_view t = call_tensor(op, i);
      const bool part = shape == call_shape::top_k && !splits;
      if (t.rank() > d && (splits || part || (t.rank() == first.rank() && t.dims[d] == first.dims[d]))) {
        put_factor(op, r, i, d, f);
      }
    }
    if (splits || shape == call_shape::top_k) continue;
    factor_index other = f;
    for (std::size_t i = 0; i < count; ++i) {
      const type_view t = call_tensor(op, i);
      if (t.rank() <= d || (t.rank() == first.rank() && t.dims[d] == first.dims[d])) continue;
      if (other == f || r.at(other).size != t.dims[d]) other = r.add(t.dims[d], kind, monoid::none, ranked);
      put_factor(op, r, i, d, other);
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    const type_view t = call_tensor(op, i);
    for (std::size_t d = first.rank(); d < t.rank(); ++d) {
      put_factor(op, r, i, d, r.add(t.dims[d], factor_kind::needs_replication));
    }
  }
}

/// The list that an attribute's text gives for a key: [0, 1] of `key = [0, 1], ...`.
constexpr std::string_view list_of(std::string_view text, std::string_view key) {
  std::size_t at = text.find(key);
  if (at != std::string_view::npos) at = text.find('[', at);
  if (at == std::string_view::npos) return {};
  const std::size_t end = text.find(']', at);
  return end == std::string_view::npos ? std::string_view{} : text.substr(at, end - at + 1);
}

/// A number below 1000 in text; -1 for anything else.
constexpr std::int64_t small_number(std::string_view text) {
  if (text.empty() || text.size() > 3) return -1;
  std::int64_t n = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    n = 10 * n + (c - '0');
  }
  return n;
}

/// The part of a tuple that a list of indices names; nothing when there is none.
constexpr bool part_of(const graph_base& g, type_view& t, std::string_view indices) {
  for (std::int64_t i = 0; i < entries_of(indices); ++i) {
    const std::int64_t n = small_number(entry_at(indices, i));
    if (t.element != element_type::tuple || n < 0 || n >= static_cast<std::int64_t>(t.dims.size())) return false;
    t = g.type(type_id{static_cast<std::uint32_t>(t.dims[static_cast<std::size_t>(n)])});
  }
  return true;
}

}  // namespace detail

struct custom_call : detail::placed_op {
  static constexpr std::string_view name = "stablehlo.custom_call";
  static constexpr op_traits traits{.placed = true};
  template <class Ops>
  static constexpr bool can_place =
      placed_op::can_place<Ops> && partita::detail::table_of<Ops>::template holds<gather, chlo::top_k>;
  struct attributes {
    raw_text call_target_name;
    bool has_side_effect = false;
    raw_text backend_config, api_version, called_computations, operand_layouts, result_layouts, output_operand_aliases;
    raw_text sharding_rule;
    raw_text typed_config;  ///< the configuration of a call by XLA's foreign function interface
    raw_text op_attributes;  ///< those of an op of another dialect that the call stands for
    static constexpr void describe(auto& self, auto&& field) {
      field("call_target_name", self.call_target_name);
      field("has_side_effect", self.has_side_effect, false);
      field("backend_config", self.backend_config, raw_text{});
      field("api_version", self.api_version, raw_text{});
      field("called_computations", self.called_computations, raw_text{});
      field("operand_layouts", self.operand_layouts, raw_text{});
      field("result_layouts", self.result_layouts, raw_text{});
      field("output_operand_aliases", self.output_operand_aliases, raw_text{});
      field("sdy.sharding_rule", self.sharding_rule, raw_text{});
      field("mhlo.backend_config", self.typed_config, raw_text{});
      field("mhlo.attributes", self.op_attributes, raw_text{});
    }
  };

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    const graph_base& g = op.graph();
    const std::string_view inputs = g.text(a.operand_layouts.text), outputs = g.text(a.result_layouts.text);
    if (inputs.empty() != outputs.empty())
      op.fail("operand_layouts and result_layouts must be given both or not at all");
    if (!inputs.empty()) expect_layouts(op, inputs, outputs, types);
    expect_configuration(op, g.text(a.api_version.text), g.text(a.backend_config.text));
    const std::string_view aliases = g.text(a.output_operand_aliases.text);
    for (std::int64_t i = 0; i < detail::entries_of(aliases); ++i)
      expect_alias(op, detail::entry_at(aliases, i), types);
    detail::accept_all_stated(types);
  }

  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    if (const std::string_view stated = op.graph().text(a.sharding_rule.text); !stated.empty()) {
      detail::sharding_rule_text(op, stated).write(r);
      return;
    }
    const detail::call_shape shape =
        gives_smallest(op.graph(), a) ? detail::call_shape::opaque : detail::shape_of_call(target(op.graph(), a));
    std::size_t whole_dim = 0;
    if (detail::has_shape(op, shape, whole_dim)) {
      detail::call_rule(op, shape, whole_dim, r);
    } else {
      detail::replicate_all(op, r);
    }
  }

  /// Only calls that mean chlo.top_k have placed factors.
  static constexpr void place(const op_view& op, const attributes&, auto& p) {
    chlo::top_k::place_largest(op, op.result(0).dims.back(), p);
  }

  /// The name of the function, without quotes and '@'.
  static constexpr std::string_view target(const graph_base& g, const attributes& a) {
    std::string_view text = g.text(a.call_target_name.text);
    if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
    if (!text.empty() && text.front() == '@') text.remove_prefix(1);
    return text;
  }
  /// Whether a call of mhlo.topk asks for the smallest elements.
  static constexpr bool gives_smallest(const graph_base& g, const attributes& a) {
    return detail::entry_of(g.text(a.op_attributes.text), "largest").starts_with("false");
  }

 private:
  static constexpr void expect_layouts(const op_view& op, std::string_view inputs, std::string_view outputs,
                                       const result_types& types) {
    expect_count(op, "operand_layouts", inputs, op.operand_count());
    for (std::size_t i = 0; i < op.operand_count(); ++i) {
      expect_layout(op, "operand_layouts", detail::entry_at(inputs, static_cast<std::int64_t>(i)), op.operand(i));
    }
    const bool one_tuple = types.stated_count() == 1 && types.stated(0).element == element_type::tuple;
    const std::size_t count = one_tuple ? types.stated(0).dims.size() : types.stated_count();
    expect_count(op, "result_layouts", outputs, count);
    for (std::size_t i = 0; i < count; ++i) {
      const type_view t =
          !one_tuple ? types.stated(i) : op.graph().type(type_id{static_cast<std::uint32_t>(types.stated(0).dims[i])});
      expect_layout(op, "result_layouts", detail::entry_at(outputs, static_cast<std::int64_t>(i)), t);
    }
  }
  static constexpr void expect_count(const op_view& op, std::string_view list, std::string_view text,
                                     std::size_t wanted) {
    const std::int64_t count = detail::entries_of(text);
    if (count < 0) op.fail(std::string(list) + " must be a list of layouts");
    detail::expect_length(op, list, static_cast<std::size_t>(count), wanted);
  }
  /// dense<[1, 0]> : tensor<2xindex> for a matrix: every dim once.
  static constexpr void expect_layout(const op_view& op, std::string_view list, std::string_view layout,
                                      const type_view& t) {
    if (t.element == element_type::tuple) op.fail(std::string(list) + " cannot describe " + to_string(t));
    const std::size_t begin = layout.find('<'), end = layout.find('>');
    std::string_view order;
    if (begin != std::string_view::npos && end != std::string_view::npos && end > begin) {
      order = layout.substr(begin + 1, end - begin - 1);
    }
    const std::size_t rank = t.is_tensor() ? t.rank() : 0;
    const bool splat = !order.empty() && order[0] != '[';
    const std::int64_t entries = splat ? 1 : order.empty() ? 0 : detail::entries_of(order);
    bool good = entries == static_cast<std::int64_t>(rank);
    dim_list seen;
    for (std::int64_t i = 0; good && i < entries; ++i) {
      const std::int64_t d = detail::small_number(splat ? order : detail::entry_at(order, i));
      good = d >= 0 && d < static_cast<std::int64_t>(rank) && !seen.contains(static_cast<std::uint8_t>(d));
      seen.push_back(static_cast<std::uint8_t>(d));
    }
    if (!good)
      op.fail(std::string(list) + ": expected every dim of " + to_string(t) + " once, found " + std::string(layout));
  }

  static constexpr void expect_configuration(const op_view& op, std::string_view version, std::string_view config) {
    const std::string_view number = version.substr(0, version.find(' '));
    if (!number.empty() && (number.size() != 1 || number[0] < '0' || number[0] > '4')) {
      op.fail("api_version must be between 0 and 4 but is " + std::string(version));
    }
    const bool typed = number == "4", dictionary = config.starts_with('{');
    if (config.empty() || typed == dictionary) return;
    op.fail(typed ? "backend_config must be a dictionary for api_version 4"
                  : "backend_config must be a string unless api_version is 4");
  }

  static constexpr void expect_alias(const op_view& op, std::string_view alias, const result_types& types) {
    const std::int64_t operand = detail::small_number(detail::entry_of(alias, "operand_index"));
    if (operand < 0 || operand >= static_cast<std::int64_t>(op.operand_count())) {
      op.fail("output_operand_aliases: operand_index must be in [0, " + std::to_string(op.operand_count()) + ") in " +
              std::string(alias));
    }
    const graph_base& g = op.graph();
    type_view in = op.operand(static_cast<std::size_t>(operand));
    const std::string_view results = detail::list_of(alias, "output_tuple_indices");
    bool found = detail::part_of(g, in, detail::list_of(alias, "operand_tuple_indices"));
    // Several results count as one tuple.
    type_view out;
    if (types.stated_count() == 1) {
      out = types.stated(0);
      found = found && detail::part_of(g, out, results);
    } else {
      const std::int64_t n = detail::small_number(detail::entry_at(results, 0));
      found =
          found && detail::entries_of(results) == 1 && n >= 0 && n < static_cast<std::int64_t>(types.stated_count());
      if (found) out = types.stated(static_cast<std::size_t>(n));
    }
    if (!found) op.fail("output_operand_aliases: indices beyond the parts of a tuple in " + std::string(alias));
    if (!(in == out)) {
      op.fail("output_operand_aliases: " + to_string(in) + " cannot share memory with " + to_string(out) + " in " +
              std::string(alias));
    }
  }
};

/// A composite that is kept as a call of its decomposition.
struct composite {
  static constexpr std::string_view name = "stablehlo.composite";
  struct attributes {
    raw_text composite_name, composite_attributes, decomposition, version;
    static constexpr void describe(auto& self, auto&& field) {
      field("name", self.composite_name);
      field("composite_attributes", self.composite_attributes, raw_text{});
      field("decomposition", self.decomposition);
      field("version", self.version, raw_text{});
    }
  };
  /// The name is a namespace, a dot and an op's name.
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    std::string_view text = op.graph().text(a.composite_name.text);
    if (text.size() >= 2 && text.front() == '"') text = text.substr(1, text.size() - 2);
    bool dotted = false, good = !text.empty();
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      const bool first = i == 0 || text[i - 1] == '.';
      good = good && (letter || (c == '_' && i != 0) || (!first && ((c >= '0' && c <= '9') || c == '.' || c == '$')));
      dotted = dotted || c == '.';
    }
    if (!good || !dotted || text.back() == '.')
      op.fail("name must be like \"namespace.op\" but is \"" + std::string(text) + "\"");
    detail::accept_all_stated(types);
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

using call_ops = op_set<custom_call, composite>;

}  // namespace partita::op
