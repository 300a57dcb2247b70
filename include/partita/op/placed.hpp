// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What ops share that make their form on one device themselves. Where they index a split dim, an index becomes one into
// the device's own part, and a mask says whether what it names lies there.

#include <limits>

#include <partita/ir/placement.hpp>
#include <partita/op/broadcast.hpp>
#include <partita/op/constant.hpp>
#include <partita/op/elementwise.hpp>

namespace partita::op {

struct concatenate;
struct dynamic_slice;
struct reshape;
struct slice;

namespace detail {

/// Base of ops with placed factors: they split along these where the graph's set holds what their local form takes.
struct placed_op {
  template <class Ops>
  static constexpr bool can_place =
      partita::detail::table_of<Ops>::template holds<add, multiply, subtract, and_, compare, select, clamp, convert, constant,
                                                     iota, broadcast_in_dim, reshape, slice, dynamic_slice, concatenate>;
};

/// How values combine of which one device holds the element and all others zero; none where there is no zero.
[[nodiscard]] constexpr monoid masked_monoid(element_type e) {
  if (e == element_type::f8E8M0FNU) return monoid::none;
  return is_boolean(e) ? monoid::disjunction : monoid::add;
}

/// A scalar of an integer type.
template <class P>
constexpr value_id placed_number(P& p, element_type e, std::int64_t n) {
  plain_vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < stored_bytes(e); ++i)
    bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(n) >> (8 * i)));
  return p.template add_as<constant>({e, {}}, {}, {{p.out->add_bytes(bytes), static_cast<std::uint32_t>(bytes.size()), true}});
}

/// Zeros of the type of v, negative where the type knows them: x + -0.0 is x for every x, for -0.0 as well.
template <class P>
constexpr value_id placed_zeros(P& p, value_id v) {
  const tensor_type t(p.type(v));
  plain_vector<std::uint8_t> bytes(stored_bytes(t.element), 0);
  const std::size_t number = is_complex(t.element) ? bytes.size() / 2 : bytes.size();
  if (is_complex(t.element) || (is_float(t.element) && number > 1)) {
    for (std::size_t i = number - 1; i < bytes.size(); i += number) bytes[i] = 0x80;
  }
  return p.template add_as<constant>(t, {}, {{p.out->add_bytes(bytes), static_cast<std::uint32_t>(bytes.size()), true}});
}

/// Whether a type has an element that changes nothing when it is combined so, which placed_identity can write.
[[nodiscard]] constexpr bool has_identity(element_type e, monoid m) {
  if (m == monoid::add) return masked_monoid(e) != monoid::none;
  const element_type part = e == element_type::complex_f32   ? element_type::f32
                            : e == element_type::complex_f64 ? element_type::f64
                                                             : e;
  return m == monoid::multiply && partita::detail::bits_of_one(part).has_value();
}
/// What changes nothing when it is added to v or multiplied by it, in the type of v.
template <class P>
constexpr value_id placed_identity(P& p, value_id v, monoid m) {
  if (m == monoid::add) return placed_zeros(p, v);
  const tensor_type t(p.type(v));
  const element_type part = t.element == element_type::complex_f32   ? element_type::f32
                            : t.element == element_type::complex_f64 ? element_type::f64
                                                                     : t.element;
  plain_vector<std::uint8_t> bytes(stored_bytes(t.element), 0);
  const std::uint64_t one = *partita::detail::bits_of_one(part);
  for (std::size_t i = 0; i < stored_bytes(part); ++i) bytes[i] = static_cast<std::uint8_t>(one >> (8 * i));
  return p.template add_as<constant>(t, {}, {{p.out->add_bytes(bytes), static_cast<std::uint32_t>(bytes.size()), true}});
}

/// A tensor of `element` with the dims of `like`, from a smaller one whose dim i becomes dim dims[i].
template <class P>
constexpr value_id placed_broadcast(P& p, value_id v, const dim_list& dims, value_id like) {
  const tensor_type t(p.type(v).element, size_list(p.type(like).dims));
  return p.type(v) == t.view() ? v : p.template add_as<broadcast_in_dim>(t, {v}, {dims});
}

/// The same elements in another type.
template <class P>
constexpr value_id placed_convert(P& p, value_id v, element_type e) {
  const tensor_type t(e, size_list(p.type(v).dims));
  return p.type(v) == t.view() ? v : p.template add_as<convert>(t, {v});
}

/// Indices clamped to [0, last] in their own type, then as i64.
template <class P>
constexpr value_id placed_clamp(P& p, value_id index, std::int64_t last) {
  const element_type e = p.type(index).element;
  const int bits = bits_of(e) - (is_signed_integer(e) ? 1 : 0);
  const std::int64_t largest =
      bits >= 63 ? std::numeric_limits<std::int64_t>::max() : (std::int64_t{1} << bits) - 1;
  const value_id low = placed_number(p, e, 0), high = placed_number(p, e, last < largest ? last : largest);
  return placed_convert(p, p.template add<clamp>({low, index, high}), element_type::i64);
}

/// Indices into a part that begins at `start`. @param index in i64, of any shape
template <class P>
constexpr value_id placed_own(P& p, value_id index, value_id start) {
  return p.template add<subtract>({index, placed_broadcast(p, start, {}, index)});
}

/// Whether indices into a part of `size` elements lie in it.
template <class P>
constexpr value_id placed_inside(P& p, value_id local, std::int64_t size) {
  const auto compared = [&](std::int64_t with, comparison_direction how) {
    const value_id bound = placed_broadcast(p, placed_number(p, element_type::i64, with), {}, local);
    return p.template add<compare>({local, bound}, {how, comparison_type::NOTYPE});
  };
  return p.template add<and_>({compared(0, comparison_direction::GE), compared(size, comparison_direction::LT)});
}

/// Whether a part that begins at `start` is the first.
template <class P>
constexpr value_id placed_first(P& p, value_id start) {
  return p.template add<compare>({start, placed_number(p, element_type::i64, 0)},
                                 {comparison_direction::EQ, comparison_type::NOTYPE});
}

/// Conjunction of what holds so far, if anything does, and a further condition.
template <class P>
constexpr value_id placed_and(P& p, value_id so_far, value_id condition) {
  return so_far ? p.template add<and_>({so_far, condition}) : condition;
}

}  // namespace detail
}  // namespace partita::op
