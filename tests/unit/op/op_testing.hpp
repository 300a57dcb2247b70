// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Makes one op at a time, for tests of ops' definitions: its result, its rule in text, its cost, why it is refused.

#include <bit>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/op/broadcast.hpp>
#include <partita/op/computation.hpp>
#include <partita/rule/format.hpp>

namespace partita::testing {

namespace op = partita::op;

using ops = op_set<op::computation_ops, op::broadcast_ops>;
using test_graph = basic_graph<ops>;
using types = std::vector<tensor_type>;
using texts = std::vector<std::string>;

constexpr auto c64 = element_type::complex_f32;
constexpr auto c128 = element_type::complex_f64;

template <class O>
op_id add_op(test_graph& g, const types& operands, const attributes_of<O>& a, const types& stated) {
  std::vector<value_id> values;
  for (const tensor_type& t : operands) values.push_back(g.add_argument(g.intern(t), "x"));
  std::vector<type_id> results;
  for (const tensor_type& t : stated) results.push_back(g.intern(t));
  g.add<O>(g.body(), values, a, results);
  return op_id{static_cast<std::uint32_t>(g.op_count() - 1)};
}

inline texts rule_texts(const test_graph& g, op_id o) {
  const rule_table rules = make_rules(g);
  texts all;
  for (const unit_id u : rules.units(o)) all.push_back(to_string(rules, u));
  return all;
}
inline std::string rule_text(const test_graph& g, op_id o) {
  const texts all = rule_texts(g, o);
  REQUIRE(all.size() == 1);
  return all[0];
}

template <class O>
std::string rule_of(const types& operands, const attributes_of<O>& a = {}, const types& stated = {}) {
  test_graph g;
  return rule_text(g, add_op<O>(g, operands, a, stated));
}

template <class O>
std::string result_of(const types& operands, const attributes_of<O>& a = {}, const types& stated = {}) {
  test_graph g;
  return to_string(g.view(add_op<O>(g, operands, a, stated)).result(0));
}

template <class O>
work cost_of(const types& operands, const attributes_of<O>& a = {}, const types& stated = {}) {
  test_graph g;
  const op_id o = add_op<O>(g, operands, a, stated);
  return g.info(o).cost(g.view(o));
}

template <class F>
std::string refusal(F&& f) {
  try {
    f();
  } catch (const verify_error& e) {
    return e.what();
  }
  return "accepted";
}

template <class O>
std::string refusal_of(const types& operands, const attributes_of<O>& a = {}, const types& stated = {}) {
  test_graph g;
  return refusal([&] { add_op<O>(g, operands, a, stated); });
}

inline bool says(const std::string& text, std::string_view part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

// A constant with every element equal to these four bytes.
constexpr value_id splat(test_graph& g, std::uint32_t bits, const tensor_type& type) {
  const std::uint8_t bytes[] = {static_cast<std::uint8_t>(bits), static_cast<std::uint8_t>(bits >> 8),
                                static_cast<std::uint8_t>(bits >> 16), static_cast<std::uint8_t>(bits >> 24)};
  const type_id t = g.intern(type);
  return g.add<op::constant>(g.body(), {}, {{g.add_bytes(bytes), 4, true}}, {&t, 1})[0];
}
constexpr value_id scalar(test_graph& g, float value) {
  return splat(g, std::bit_cast<std::uint32_t>(value), tensor<f32>());
}

inline device_groups devices(test_graph& g, std::int64_t columns, const std::vector<std::int64_t>& numbers) {
  std::vector<std::uint8_t> bytes;
  for (const std::int64_t n : numbers) {
    for (int shift = 0; shift < 64; shift += 8) {
      bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(n) >> shift));
    }
  }
  return {static_cast<std::int64_t>(numbers.size()) / columns, columns, g.add_bytes(bytes)};
}

// Opens a region of o; its arguments have these types.
constexpr region_id begin(test_graph& g, op_id o, std::initializer_list<tensor_type> arguments) {
  const region_id r = g.open_region(o);
  for (const tensor_type& t : arguments) g.add_argument(r, g.intern(t));
  g.begin_region(r);
  return r;
}
constexpr void end(test_graph& g, region_id r, std::initializer_list<value_id> results) {
  g.end_region(r, list_view<value_id>(results.begin(), results.size()));
}

// A region that applies op C to its two scalar arguments.
template <class C>
constexpr void combine(test_graph& g, op_id o, element_type e) {
  const region_id r = begin(g, o, {tensor_type{e, {}}, tensor_type{e, {}}});
  const value_id both[] = {g.arguments(r)[0], g.arguments(r)[1]};
  end(g, r, {g.add<C>(r, both)[0]});
}

template <class O>
constexpr op_id open(test_graph& g, std::initializer_list<value_id> operands, const attributes_of<O>& a) {
  return g.open_op(g.body(), code_of<ops, O>, list_view<value_id>(operands.begin(), operands.size()),
                   g.add_attributes<O>(a), {});
}

template <class C>
constexpr op_id add_reduce(test_graph& g, value_id x, value_id init, const dim_list& dims) {
  const op_id o = open<op::reduce>(g, {x, init}, {dims});
  combine<C>(g, o, g.type(x).element);
  g.infer_and_close(o);
  return o;
}

constexpr value_id argument(test_graph& g, const tensor_type& t) { return g.add_argument(g.intern(t), "x"); }

}  // namespace partita::testing
