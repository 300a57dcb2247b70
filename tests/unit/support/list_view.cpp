// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <array>
#include <span>
#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <partita/support/list_view.hpp>
#include <partita/support/static_vector.hpp>

#include "support/check_both.hpp"

namespace {

using partita::list_view;

constexpr int sum(list_view<int> items) {
  int total = 0;
  for (const int i : items) total += i;
  return total;
}

constexpr int sum_of_span(std::span<const int> items) { return sum(items); }

struct base {};
struct derived : base {
  int more = 0;
};

}  // namespace

TEST_CASE("a list_view is of anything that keeps its elements in one piece") {
  constexpr int raw[] = {1, 2, 4};
  constexpr std::array<int, 2> array{8, 16};
  constexpr partita::static_vector<int, 4> fixed{32, 64};
  PARTITA_CHECK_BOTH(sum(raw) == 7);
  PARTITA_CHECK_BOTH(sum(array) == 24);
  PARTITA_CHECK_BOTH(sum(fixed) == 96);
  PARTITA_CHECK_BOTH(sum(std::vector<int>{5, 6}) == 11);
  PARTITA_CHECK_BOTH(sum(std::span(raw)) == 7);
  PARTITA_CHECK_BOTH(sum({raw, 2}) == 3);
  PARTITA_CHECK_BOTH(sum({}) == 0);
}

TEST_CASE("a list_view and a std::span convert to each other") {
  constexpr int raw[] = {1, 2, 4};
  PARTITA_CHECK_BOTH(sum_of_span(list_view<int>(raw)) == 7);
}

TEST_CASE("a list_view is of elements of its own type only") {
  static_assert(!std::is_convertible_v<std::vector<long>, list_view<int>>);
  static_assert(!std::is_convertible_v<std::vector<derived>, list_view<base>>);
  static_assert(!std::is_convertible_v<int, list_view<int>>);
  static_assert(std::is_convertible_v<std::vector<derived>, list_view<derived>>);
}

TEST_CASE("parts of a list_view") {
  static constexpr int raw[] = {1, 2, 4, 8};
  constexpr list_view<int> all(raw);
  PARTITA_CHECK_BOTH(all.size() == 4);
  PARTITA_CHECK_BOTH(!all.empty());
  PARTITA_CHECK_BOTH(all.front() == 1);
  PARTITA_CHECK_BOTH(all.back() == 8);
  PARTITA_CHECK_BOTH(all[2] == 4);
  PARTITA_CHECK_BOTH(sum(all.first(2)) == 3);
  PARTITA_CHECK_BOTH(sum(all.last(1)) == 8);
  PARTITA_CHECK_BOTH(sum(all.subspan(1)) == 14);
  PARTITA_CHECK_BOTH(sum(all.subspan(1, 2)) == 6);
  PARTITA_CHECK_BOTH(list_view<int>().empty());
}
