// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <partita/search/tandem.hpp>

#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

#include <partita/support/split_mix.hpp>

namespace {

using namespace partita;

plain_vector<tandem> found(std::initializer_list<std::uint32_t> s, std::uint32_t least) {
  return find_tandems(list_view<std::uint32_t>(s.begin(), s.size()), least);
}

/// Every tandem repeat, by its definition.
std::vector<tandem> by_definition(const std::vector<std::uint32_t>& s, std::uint32_t least) {
  const auto size = static_cast<std::uint32_t>(s.size());
  std::vector<tandem> all;
  for (std::uint32_t period = 1; period <= size / least; ++period) {
    for (std::uint32_t first = 0; first < size; ++first) {
      if (first > 0 && first - 1 + period < size && s[first - 1] == s[first - 1 + period]) continue;
      std::uint32_t end = first + period;
      while (end < size && s[end] == s[end - period]) ++end;
      const tandem t{first, end, period};
      if (end > size || t.count() < least) continue;
      bool smallest = true;
      for (const tandem& other : all) {
        smallest = smallest && !(other.first == first && other.end == end && period % other.period == 0);
      }
      if (smallest) all.push_back(t);
    }
  }
  return all;
}

}  // namespace

TEST_CASE("a sequence without repeats has no tandem repeat") {
  CHECK(found({}, 2).empty());
  CHECK(found({1}, 2).empty());
  CHECK(found({1, 2, 3, 1, 2}, 2).empty());
}

TEST_CASE("tandem repeats are as long as can be and have their smallest period") {
  const auto equal = found({7, 7, 7, 7, 7}, 2);
  REQUIRE(equal.size() == 1);
  CHECK(equal[0] == tandem{0, 5, 1});
  const auto layers = found({9, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 8}, 3);
  REQUIRE(layers.size() == 1);
  CHECK(layers[0] == tandem{1, 12, 3});
}

TEST_CASE("the tandem repeats of random sequences are those of the definition") {
  split_mix random(2024);
  for (int round = 0; round < 400; ++round) {
    // Stretches that repeat, of few different numbers.
    std::vector<std::uint32_t> s;
    while (s.size() < 60) {
      const std::size_t period = 1 + random.below(7), times = 1 + random.below(6);
      std::vector<std::uint32_t> part;
      for (std::size_t i = 0; i < period; ++i) part.push_back(static_cast<std::uint32_t>(random.below(3)));
      for (std::size_t i = 0; i < times; ++i) s.insert(s.end(), part.begin(), part.end());
    }
    const std::uint32_t least = 2 + static_cast<std::uint32_t>(random.below(3));
    const auto expected = by_definition(s, least);
    const auto actual = find_tandems(s, least);
    INFO("round ", round);
    CHECK(actual.size() == expected.size());
    for (const tandem& t : expected) {
      bool is_there = false;
      for (const tandem& other : actual) is_there = is_there || other == t;
      CHECK(is_there);
    }
    for (std::size_t i = 1; i < actual.size(); ++i) CHECK(actual[i - 1].size() >= actual[i].size());
  }
}
