// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// A set of small numbers against std::set, with members that come and go at random.

#include <cstdint>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include <partita/support/bit_set.hpp>

namespace {

using partita::bit_set;

void check_same(const bit_set& found, const std::set<std::uint32_t>& wanted, std::uint32_t count) {
  for (std::uint32_t i = 0; i <= count; ++i) {
    CAPTURE(i);
    const auto from = wanted.lower_bound(i);
    CHECK(found.first_from(i) == (from == wanted.end() ? bit_set::none : *from));
    CHECK(found.last_before(i) == (from == wanted.begin() ? bit_set::none : *std::prev(from)));
    if (i < count) CHECK(found.contains(i) == (wanted.count(i) != 0));
  }
}

}  // namespace

TEST_CASE("a set of small numbers is walked both ways") {
  for (const std::uint32_t count : {0u, 1u, 63u, 64u, 65u, 200u}) {
    CAPTURE(count);
    std::mt19937 random(count);
    bit_set found;
    found.reset(count);
    std::set<std::uint32_t> wanted;
    check_same(found, wanted, count);
    for (int step = 0; step < 40 && count != 0; ++step) {
      const auto i = static_cast<std::uint32_t>(random() % count);
      if (random() % 3 == 0) {
        found.erase(i);
        wanted.erase(i);
      } else {
        found.insert(i);
        wanted.insert(i);
      }
      check_same(found, wanted, count);
    }
    found.reset(count, true);
    for (std::uint32_t i = 0; i < count; ++i) wanted.insert(i);
    check_same(found, wanted, count);
  }
}
