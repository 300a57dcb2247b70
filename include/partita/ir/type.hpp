// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tensor types: as values that people write (tensor_type), as views into a graph (type_view), and the
// table in which a graph keeps each distinct type once.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

#include <partita/ir/element_type.hpp>
#include <partita/support/checked.hpp>
#include <partita/support/list_view.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/static_vector.hpp>

namespace partita {

/// Tensors of a higher rank are refused with a message.
inline constexpr std::size_t max_rank = 16;

using size_list = static_vector<std::int64_t, max_rank>;  ///< sizes, one per dim
using dim_list = static_vector<std::uint8_t, max_rank>;   ///< numbers of dims

/// A dim whose size is not known before run time, `?` in text.
inline constexpr std::int64_t dynamic_size = std::numeric_limits<std::int64_t>::min();

/// What a type is, without owning its dims.
struct type_view {
  element_type element = element_type::f32;
  list_view<std::int64_t> dims;  ///< for a tuple: the type_ids of its parts

  [[nodiscard]] constexpr std::size_t rank() const { return dims.size(); }
  [[nodiscard]] constexpr bool is_tensor() const { return is_tensor_element(element); }
  [[nodiscard]] constexpr bool is_static() const {
    for (const auto d : dims) {
      if (d == dynamic_size) return false;
    }
    return true;
  }
  /// Number of elements; throws verify_error past 2^63 - 1. A dynamic dim counts as 1.
  [[nodiscard]] constexpr std::int64_t elements() const {
    if (!is_tensor()) return 0;
    std::int64_t n = 1;
    for (const auto d : dims) n = checked_multiply(n, d == dynamic_size ? 1 : d);
    return n;
  }
  /// Bytes of storage: sub-byte elements are packed, a bool takes one byte.
  [[nodiscard]] constexpr std::int64_t bytes() const {
    const std::int64_t n = elements();
    const int bits = bits_of(element);
    return bits % 8 == 0 ? checked_multiply(n, bits / 8) : checked_add(checked_multiply(n, bits), 7) / 8;
  }
  [[nodiscard]] friend constexpr bool operator==(const type_view& a, const type_view& b) {
    if (a.element != b.element || a.dims.size() != b.dims.size()) return false;
    for (std::size_t i = 0; i < a.dims.size(); ++i) {
      if (a.dims[i] != b.dims[i]) return false;
    }
    return true;
  }
};

/// A type that owns its dims.
struct tensor_type {
  element_type element = element_type::f32;
  size_list dims;

  constexpr tensor_type() = default;
  constexpr tensor_type(element_type e, const size_list& d) : element(e), dims(d) {}
  constexpr explicit tensor_type(const type_view& v) : element(v.element), dims(v.dims) {}

  [[nodiscard]] constexpr std::size_t rank() const { return dims.size(); }
  [[nodiscard]] constexpr type_view view() const { return {element, dims.view()}; }
  constexpr operator type_view() const { return view(); }
  [[nodiscard]] friend constexpr bool operator==(const tensor_type&, const tensor_type&) = default;
};

/// tensor<f32>(256, 8): the type of a 256 x 8 tensor of 32-bit floats.
template <element_type E>
[[nodiscard]] constexpr tensor_type tensor(auto... dims) {
  return {E, size_list{static_cast<std::int64_t>(dims)...}};
}

/// Text of a tensor type, such as tensor<256x8xf32>.
[[nodiscard]] inline std::string to_string(const type_view& t) {
  if (t.element == element_type::token) return "!stablehlo.token";
  std::string text = t.element == element_type::tuple ? "tuple<" : "tensor<";
  if (t.is_tensor()) {
    for (const auto d : t.dims) text += (d == dynamic_size ? std::string("?") : std::to_string(d)) + "x";
    text += name_of(t.element);
  } else {
    text += std::to_string(t.dims.size()) + " parts";
  }
  return text + ">";
}

struct type_id {
  std::uint32_t index = 0;
  [[nodiscard]] friend constexpr bool operator==(type_id, type_id) = default;
};

/// Each distinct type once. Views stay valid until the next intern().
class type_table {
 public:
  constexpr type_id intern(const type_view& t) {
    if (slots_.size() < 2 * (entries_.size() + 1)) grow();
    const std::size_t slot = find_slot(t);
    if (slots_[slot] == none) {
      if (t.is_tensor()) (void)t.bytes();  // refuses sizes that overflow, once per type
      const entry added{static_cast<std::uint32_t>(dims_.size()), static_cast<std::uint16_t>(t.dims.size()), t.element};
      dims_.append(t.dims);
      slots_[slot] = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back(added);
    }
    return {slots_[slot]};
  }

  [[nodiscard]] constexpr type_view operator[](type_id id) const {
    const entry& e = entries_[id.index];
    return {e.element, e.rank == 0 ? list_view<std::int64_t>{}
                                   : list_view<std::int64_t>{dims_.data() + e.begin, e.rank}};
  }

  [[nodiscard]] constexpr std::size_t size() const { return entries_.size(); }

 private:
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  struct entry {
    std::uint32_t begin;
    std::uint16_t rank;
    element_type element;
  };

  constexpr std::size_t find_slot(const type_view& t) const {
    std::uint64_t h = static_cast<std::uint64_t>(t.element) + 0x9e3779b97f4a7c15ull;
    for (const auto d : t.dims) h = (h ^ static_cast<std::uint64_t>(d)) * 0x100000001b3ull + (h >> 31);
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = static_cast<std::size_t>(h ^ (h >> 32)) & mask;
    while (slots_[slot] != none && !((*this)[type_id{slots_[slot]}] == t)) slot = (slot + 1) & mask;
    return slot;
  }

  constexpr void grow() {
    slots_.assign(slots_.empty() ? 16 : 2 * slots_.size(), none);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) slots_[find_slot((*this)[type_id{i}])] = i;
  }

  plain_vector<std::int64_t> dims_;
  plain_vector<entry> entries_;
  plain_vector<std::uint32_t> slots_;
};

}  // namespace partita
