// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sorts a list in place: a heap sort. std::sort compiles to a dozen functions for each type and order, which is what
// the lists here, of a program's arguments or a tactic's terms, do not repay.

#include <cstddef>

namespace partita {

struct ascending {
  [[nodiscard]] constexpr bool operator()(const auto& a, const auto& b) const { return a < b; }
};

namespace detail {

// Lets the element at `top` sink until no child of its is greater.
template <class T, class Before>
constexpr void sink(T* items, std::size_t top, std::size_t size, const Before& before) {
  const T item = items[top];
  for (std::size_t child = 2 * top + 1; child < size; child = 2 * top + 1) {
    if (child + 1 < size && before(items[child], items[child + 1])) ++child;
    if (!before(item, items[child])) break;
    items[top] = items[child];
    top = child;
  }
  items[top] = item;
}

}  // namespace detail

/// Puts the elements of a list (data() and size()), which are cheap to copy, into the order that `before` tells.
/// Equal elements may change places. O(n log n).
template <class List, class Before = ascending>
constexpr void sort_in_place(List& list, const Before& before = {}) {
  auto* const items = list.data();
  const std::size_t size = list.size();
  for (std::size_t top = size / 2; top > 0; --top) detail::sink(items, top - 1, size, before);
  for (std::size_t end = size; end > 1; --end) {
    const auto greatest = items[0];
    items[0] = items[end - 1];
    items[end - 1] = greatest;
    detail::sink(items, 0, end - 1, before);
  }
}

}  // namespace partita
