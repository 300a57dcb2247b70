// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <partita/support/sort.hpp>
#include <partita/support/static_vector.hpp>

#include "support/check_both.hpp"

using partita::sort_in_place;
using partita::static_vector;

TEST_CASE("sort_in_place puts a list in order") {
  PARTITA_CHECK_BOTH([] {
    static_vector<int, 8> list{3, 1, 4, 1, 5, 9, 2, 6};
    sort_in_place(list);
    return list == static_vector<int, 8>{1, 1, 2, 3, 4, 5, 6, 9};
  }());
  PARTITA_CHECK_BOTH([] {
    static_vector<int, 8> list{3, 1, 4, 1, 5};
    sort_in_place(list, [](int a, int b) { return a > b; });
    return list == static_vector<int, 8>{5, 4, 3, 1, 1};
  }());
}

TEST_CASE("sort_in_place agrees with std::sort on lists of every length") {
  std::uint32_t state = 1;
  for (std::size_t size = 0; size < 200; ++size) {
    std::vector<std::uint32_t> list;
    for (std::size_t i = 0; i < size; ++i) list.push_back((state = state * 1664525u + 1013904223u) >> 26);
    std::vector<std::uint32_t> wanted = list;
    std::sort(wanted.begin(), wanted.end());
    sort_in_place(list);
    CHECK(list == wanted);
  }
}
