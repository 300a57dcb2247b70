// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// How often a loop runs, when its text says so: a counter that starts at a constant, is increased by a
// constant, and is compared with a constant.

#include <cstdint>
#include <optional>

#include <partita/op/constant.hpp>
#include <partita/op/control_flow.hpp>
#include <partita/op/elementwise.hpp>

namespace partita {

namespace detail {

/// Integer that scalar v is known to be: a constant, possibly moved or converted.
template <class Graph>
constexpr std::optional<std::int64_t> known_integer(const Graph& g, value_id v) {
  op_id o = g.definition(v);
  while (o && g.info(o).traits.forwards_elements && g.operands(o).size() == 1) o = g.definition(g.operands(o)[0]);
  if (!o || g.info(o).constant == nullptr) return std::nullopt;
  const constant_data data = g.info(o).constant(g.view(o));
  const element_type e = g.type(g.results(o)[0]).element;
  if (!data.splat || !is_integer(e)) return std::nullopt;
  return integer_value(e, g.bytes(data.first, data.count));
}

/// Position of v among the arguments of region r, or -1.
template <class Graph>
constexpr std::int64_t argument_position(const Graph& g, region_id r, value_id v) {
  return g.argument_of(v) == r ? static_cast<std::int64_t>(g.position(v)) : -1;
}

template <class Ops>
constexpr std::optional<std::int64_t> counted_trips(const basic_graph<Ops>& g, op_id o) {
  const region_id cond = g.regions(o)[0], body = g.regions(o)[1];
  const op_id test = g.definition(g.results(cond)[0]);
  if (!test || !g.template is<op::compare>(test)) return std::nullopt;
  auto direction = g.template attributes<op::compare>(test).comparison_direction;
  value_id left = g.operands(test)[0], right = g.operands(test)[1];
  if (argument_position(g, cond, left) < 0 || known_integer(g, left)) {
    std::swap(left, right);
    using enum op::comparison_direction;
    direction = direction == LT ? GT : direction == LE ? GE : direction == GT ? LT : direction == GE ? LE : direction;
  }
  // What a value of the condition is before the first trip: a constant, or what an unchanged carried value starts as.
  const auto outside = [&](value_id v) -> std::optional<std::int64_t> {
    if (const auto known = known_integer(g, v)) return known;
    const std::int64_t k = argument_position(g, cond, v);
    if (k < 0 || !(g.results(body)[static_cast<std::size_t>(k)] == g.arguments(body)[static_cast<std::size_t>(k)])) return std::nullopt;
    return known_integer(g, g.operands(o)[static_cast<std::size_t>(k)]);
  };
  const std::int64_t counter = argument_position(g, cond, left);
  if (counter < 0) return std::nullopt;
  const auto k = static_cast<std::size_t>(counter);
  const auto limit = outside(right);
  const auto start = known_integer(g, g.operands(o)[k]);
  const op_id next = g.definition(g.results(body)[k]);
  if (!limit || !start || !next) return std::nullopt;
  const bool adds = g.template is<op::add>(next), subtracts = g.template is<op::subtract>(next);
  if (!adds && !subtracts) return std::nullopt;
  value_id a = g.operands(next)[0], b = g.operands(next)[1];
  if (adds && b == g.arguments(body)[k]) std::swap(a, b);
  const auto step_size = known_integer(g, b);
  if (!(a == g.arguments(body)[k]) || !step_size || *step_size == 0) return std::nullopt;
  // Sizes far from overflow only: no program that ends counts further.
  constexpr std::int64_t far = std::int64_t{1} << 60;
  for (const std::int64_t n : {*limit, *start, *step_size}) {
    if (n > far || n < -far) return std::nullopt;
  }
  const std::int64_t step = adds ? *step_size : -*step_size;
  using enum op::comparison_direction;
  std::int64_t distance = *limit - *start;
  if ((direction == LE && step > 0) || (direction == GE && step < 0)) distance += step > 0 ? 1 : -1;
  if (direction == EQ) return std::nullopt;
  if (direction == NE) return distance % step == 0 && distance / step >= 0 ? std::optional(distance / step) : std::nullopt;
  const bool up = direction == LT || direction == LE;
  if (up != (step > 0)) return distance * (up ? 1 : -1) <= 0 ? std::optional<std::int64_t>(0) : std::nullopt;
  if ((up && distance <= 0) || (!up && distance >= 0)) return 0;
  return up ? (distance + step - 1) / step : (distance + step + 1) / step;
}

}  // namespace detail

/// Trips of the `while` op o from `compare LT|LE|GT|GE|NE counter, limit`, the counter's start and its step; nullopt
/// when one of them is not known. The limit may be carried by the loop unchanged.
template <class Ops>
[[nodiscard]] constexpr std::optional<std::int64_t> trip_count(const basic_graph<Ops>& g, op_id o) {
  if constexpr (code_of<Ops, op::compare> < op_table<Ops>.size()) {
    return detail::counted_trips(g, o);
  } else {
    return std::nullopt;  // no comparison that this function understands is in the op set
  }
}

}  // namespace partita
