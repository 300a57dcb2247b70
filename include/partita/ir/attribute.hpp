// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// How attribute structs describe themselves, so that text, equality and reports need no code per op.
//
//   struct attributes {
//     dim_list dimensions;
//     bool indices_are_sorted = false;
//     static constexpr void describe(auto& self, auto&& field) {
//       field("dimensions", self.dimensions);                                // must be given
//       field("indices_are_sorted", self.indices_are_sorted, false);         // may be left out: default
//     }
//   };
//
// `field` is called once per member in the order of the generic text form. Members are: bool, std::int64_t,
// double, a dim_list, a size_list, a flag_list, an enum class with a name table (enumerators_of), a
// window_padding, device_groups, constant_data, a raw_text, a symbol, or a struct that describes itself and has a mnemonic,
// such as `static constexpr std::string_view mnemonic = "stablehlo.gather"` for #stablehlo.gather<...>.

#include <cstdint>
#include <string_view>
#include <type_traits>

#include <partita/ir/constant.hpp>
#include <partita/ir/graph_base.hpp>
#include <partita/support/list_view.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

using flag_list = static_vector<bool, max_rank>;

/// Padding before and after each dim of a window; dense<[[low, high], ...]> : tensor<Nx2xi64> in text.
struct window_padding {
  size_list low, high;
  [[nodiscard]] friend constexpr bool operator==(const window_padding&, const window_padding&) = default;
};

/// An attribute that is kept and printed but that no part of Partita interprets (precision configuration,
/// result accuracy, backend configuration), as balanced text. Empty when absent.
struct raw_text {
  text_id text;
};

/// A reference to a function, @name.
struct symbol {
  text_id name;
};

/// Groups of devices, or source-target pairs: a matrix of device numbers, row-major, -1 for padding.
/// dense<[[0, 1], [2, 3]]> : tensor<2x2xi64> in text. The numbers lie in the graph as 64-bit constants.
struct device_groups {
  std::int64_t rows = 0, columns = 0;
  std::uint32_t first = 0;  ///< first byte in graph_base::bytes; 8 bytes per number
};

/// The spellings of an enum's values, in order. Specialise for each enum class:
///   template <> struct enumerators_of<comparison> { static constexpr std::string_view mnemonic = "comparison_direction";
///                                                   static constexpr std::string_view names[] = {"EQ", ...}; };
/// The generic text form is #stablehlo<comparison_direction EQ>.
template <class Enum>
struct enumerators_of;

/// A struct that describes its members.
template <class A>
concept Described = requires(A& a) { A::describe(a, [](auto&&...) {}); };

namespace detail {

// Re-homes what an attribute keeps in its graph (texts, bytes) after a copy to another graph.
struct attribute_mover {
  const graph_base& from;
  graph_base& to;

  constexpr void operator()(std::string_view, auto& member, const auto&...) const {
    using T = std::remove_cvref_t<decltype(member)>;
    if constexpr (Described<T>) {
      T::describe(member, *this);
    } else if constexpr (std::same_as<T, raw_text>) {
      member.text = to.intern(from.text(member.text));
    } else if constexpr (std::same_as<T, symbol>) {
      member.name = to.intern(from.text(member.name));
    } else if constexpr (std::same_as<T, device_groups>) {
      const auto count = static_cast<std::uint32_t>(8 * member.rows * member.columns);
      member.first = to.add_bytes(from.bytes(member.first, count));
    } else if constexpr (std::same_as<T, constant_data>) {
      member.first = to.add_bytes(from.bytes(member.first, member.count));
    }
  }
};

// Writes an attribute's meaning as numbers, so that attributes of two graphs can be compared.
struct attribute_digest {
  const graph_base& graph;
  plain_vector<std::int64_t>& out;

  constexpr void number(std::int64_t n) const { out.push_back(n); }
  constexpr void text(std::string_view t) const {
    number(static_cast<std::int64_t>(t.size()));
    for (const char c : t) number(c);
  }
  constexpr void bytes(list_view<std::uint8_t> data) const {
    number(static_cast<std::int64_t>(data.size()));
    for (const std::uint8_t b : data) number(b);
  }
  constexpr void list(const auto& items) const {
    number(static_cast<std::int64_t>(items.size()));
    for (const auto& item : items) number(static_cast<std::int64_t>(item));
  }

  constexpr void operator()(std::string_view, const auto& member, const auto&...) const {
    using T = std::remove_cvref_t<decltype(member)>;
    if constexpr (Described<T>) {
      T::describe(member, *this);
    } else if constexpr (std::same_as<T, raw_text>) {
      text(graph.text(member.text));
    } else if constexpr (std::same_as<T, symbol>) {
      text(graph.text(member.name));
    } else if constexpr (std::same_as<T, device_groups>) {
      number(member.rows);
      number(member.columns);
      bytes(graph.bytes(member.first, static_cast<std::uint32_t>(8 * member.rows * member.columns)));
    } else if constexpr (std::same_as<T, constant_data>) {
      number(member.splat);
      bytes(graph.bytes(member.first, member.count));
    } else if constexpr (std::same_as<T, window_padding>) {
      list(member.low);
      list(member.high);
    } else if constexpr (std::same_as<T, double>) {
      number(std::bit_cast<std::int64_t>(member));
    } else if constexpr (std::is_enum_v<T> || std::is_arithmetic_v<T>) {
      number(static_cast<std::int64_t>(member));
    } else {
      list(member);
    }
  }
};

}  // namespace detail

/// Moves what the copied attributes `a` keep in graph `from` over to graph `to`.
template <Described A>
constexpr void move_attributes(A& a, const graph_base& from, graph_base& to) {
  A::describe(a, detail::attribute_mover{from, to});
}

/// Whether two attributes, each of its own graph, mean the same.
template <Described A>
[[nodiscard]] constexpr bool equal_attributes(const A& a, const graph_base& a_graph, const A& b, const graph_base& b_graph) {
  plain_vector<std::int64_t> left, right;
  A::describe(a, detail::attribute_digest{a_graph, left});
  A::describe(b, detail::attribute_digest{b_graph, right});
  return left == right;
}

}  // namespace partita
