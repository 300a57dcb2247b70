// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tokens, tuples and messages between programs and hosts (StableHLO specification: after_all, tuple,
// get_tuple_element, infeed, outfeed, send, recv; create_token of older programs). Nothing splits.

#include <string_view>

#include <partita/op/opaque.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita::op {

/// What tells apart the messages of one program; type 0 is unknown, 1 from device to device, 2 from device to host,
/// 3 from host to device.
struct channel_handle {
  static constexpr std::string_view mnemonic = "stablehlo.channel_handle";
  std::int64_t handle = 0, type = 0;
  static constexpr void describe(auto& self, auto&& field) {
    field("handle", self.handle);
    field("type", self.type);
  }
  [[nodiscard]] friend constexpr bool operator==(const channel_handle&, const channel_handle&) = default;
};

namespace detail {

constexpr void expect_token(const op_view& op, std::size_t i) {
  if (op.operand(i).element != element_type::token) wrong_operand(op, i, "a token");
}

/// Results are data, of tensor type unless `tuples` is set, and a token at the end.
constexpr void expect_data_and_token(const op_view& op, result_types& types, bool tuples) {
  const std::size_t count = types.stated_count();
  if (count == 0) op.fail("has one result at least, a token");
  for (std::size_t i = 0; i + 1 < count; ++i) {
    const type_view t = types.stated(i);
    if (!t.is_tensor() && !(tuples && t.element == element_type::tuple)) {
      op.fail("result " + std::to_string(i) + " must be a tensor but is stated as " + to_string(t));
    }
  }
  if (types.stated(count - 1).element != element_type::token) {
    op.fail("the last result must be a token but is stated as " + to_string(types.stated(count - 1)));
  }
  accept_all_stated(types);
}

/// Operands are data, each a tensor, and a token at the end; the result is a token.
constexpr void expect_data_to_token(const op_view& op, result_types& types) {
  if (op.operand_count() == 0) op.fail("takes a token as its last operand");
  for (std::size_t i = 0; i + 1 < op.operand_count(); ++i) {
    if (!op.operand(i).is_tensor() && op.operand(i).element != element_type::tuple) wrong_operand(op, i, "a tensor");
  }
  expect_token(op, op.operand_count() - 1);
  types.add(type_view{element_type::token, {}});
}

/// Number of entries of a list in text, [a, [b, c], d] has 3; -1 when the text is no list.
constexpr std::int64_t entries_of(std::string_view list) {
  if (list.size() < 2 || list.front() != '[' || list.back() != ']') return -1;
  std::int64_t depth = 0, commas = 0;
  bool any = false, quoted = false;
  for (const char c : list.substr(1, list.size() - 2)) {
    if (c == '"') quoted = !quoted;
    if (!quoted) depth += (c == '[' || c == '<' || c == '{') ? 1 : (c == ']' || c == '>' || c == '}') ? -1 : 0;
    commas += c == ',' && depth == 0 && !quoted ? 1 : 0;
    any = any || c != ' ';
  }
  return any ? commas + 1 : 0;
}

/// Entry i of a list in text, without blanks around it; empty when there is none.
constexpr std::string_view entry_at(std::string_view list, std::int64_t i) {
  if (i < 0 || i >= entries_of(list)) return {};
  std::int64_t depth = 0;
  std::size_t begin = 1, at = 1;
  bool quoted = false;
  for (; at + 1 < list.size(); ++at) {
    const char c = list[at];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == ',' && depth == 0) {
      if (i-- == 0) break;
      begin = at + 1;
    }
    depth += (c == '[' || c == '<' || c == '{') ? 1 : (c == ']' || c == '>' || c == '}') ? -1 : 0;
  }
  while (begin < at && list[begin] == ' ') ++begin;
  while (begin < at && list[at - 1] == ' ') --at;
  return list.substr(begin, at - begin);
}

}  // namespace detail

/// A token that comes after all of its operands.
struct after_all : detail::opaque {
  static constexpr std::string_view name = "stablehlo.after_all";
  static constexpr void infer(const op_view& op, result_types& types) {
    for (std::size_t i = 0; i < op.operand_count(); ++i) detail::expect_token(op, i);
    types.add(type_view{element_type::token, {}});
  }
};
struct create_token : detail::opaque {
  static constexpr std::string_view name = "stablehlo.create_token";
  static constexpr void infer(const op_view& op, result_types& types) {
    if (op.operand_count() != 0) detail::wrong_operand_count(op, 0);
    types.add(type_view{element_type::token, {}});
  }
};

struct tuple : detail::opaque {
  static constexpr std::string_view name = "stablehlo.tuple";
  static constexpr void infer(const op_view& op, result_types& types) {
    plain_vector<std::int64_t> parts;
    for (std::size_t i = 0; i < op.operand_count(); ++i)
      parts.push_back(op.graph().type_index(op.operand_value(i)).index);
    types.add(type_view{element_type::tuple, parts});
  }
};
struct get_tuple_element {
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

/// Data from the host; layout lists the order of dims of each result.
struct infeed {
  static constexpr std::string_view name = "stablehlo.infeed";
  struct attributes {
    raw_text infeed_config, layout;
    static constexpr void describe(auto& self, auto&& field) {
      field("infeed_config", self.infeed_config, raw_text{});
      field("layout", self.layout, raw_text{});
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    if (op.operand_count() != 1) detail::wrong_operand_count(op, 1);
    detail::expect_token(op, 0);
    detail::expect_data_and_token(op, types, true);
    const std::string_view layout = op.graph().text(a.layout.text);
    if (layout.empty()) return;
    const std::int64_t data = static_cast<std::int64_t>(types.stated_count()) - 1;
    if (detail::entries_of(layout) != data) {
      op.fail("layout must be a list with an entry for each of " + std::to_string(data) + " results of data but is " +
              std::string(layout));
    }
    for (std::int64_t i = 0; i < data; ++i) expect_order(op, detail::entry_at(layout, i));
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }

 private:
  static constexpr void expect_order(const op_view& op, std::string_view order) {
    bool good = detail::entries_of(order) >= 0;
    for (std::int64_t i = 0; good && i < detail::entries_of(order); ++i) {
      const std::string_view dim = detail::entry_at(order, i);
      good = !dim.empty() && dim[0] >= '0' && dim[0] <= '9';
    }
    if (!good) op.fail("layout: expected a list of numbers of dims, such as [1, 0], but found " + std::string(order));
  }
};

/// Data to the host.
struct outfeed : detail::opaque_with<"outfeed_config"> {
  static constexpr std::string_view name = "stablehlo.outfeed";
  static constexpr void infer(const op_view& op, const attributes&, result_types& types) {
    detail::expect_data_to_token(op, types);
  }
};

namespace detail {

struct message {
  struct attributes {
    op::channel_handle channel_handle;
    bool is_host_transfer = false;
    device_groups source_target_pairs;
    static constexpr void describe(auto& self, auto&& field) {
      field("channel_handle", self.channel_handle, op::channel_handle{});
      field("is_host_transfer", self.is_host_transfer, false);
      field("source_target_pairs", self.source_target_pairs, device_groups{});
    }
  };
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { replicate_all(op, r); }

 protected:
  static constexpr void expect_channel(const op_view& op, const attributes& a, std::int64_t host_type) {
    const std::int64_t wanted = a.is_host_transfer ? host_type : 1;
    if (a.channel_handle.type == wanted || a.channel_handle.type == 0) return;
    op.fail("the type of channel_handle must be " + std::to_string(wanted) +
            (wanted == 1   ? " (from device to device) when is_host_transfer is false"
             : wanted == 2 ? " (from device to host) when is_host_transfer is true"
                           : " (from host to device) when is_host_transfer is true") +
            " but is " + std::to_string(a.channel_handle.type));
  }
};

}  // namespace detail

struct send : detail::message {
  static constexpr std::string_view name = "stablehlo.send";
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    expect_channel(op, a, 2);
    detail::expect_data_to_token(op, types);
  }
};
struct recv : detail::message {
  static constexpr std::string_view name = "stablehlo.recv";
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    if (op.operand_count() != 1) detail::wrong_operand_count(op, 1);
    detail::expect_token(op, 0);
    expect_channel(op, a, 3);
    detail::expect_data_and_token(op, types, false);
  }
};

using token_ops = op_set<after_all, create_token, tuple, get_tuple_element, infeed, outfeed, send, recv>;

}  // namespace partita::op
