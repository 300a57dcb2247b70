// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tandem repeats of a sequence of numbers: stretches in which every element equals the one a period before it, such
// as the kinds of a program's ops where layers stand one after the other.

#include <cstddef>
#include <cstdint>

#include <partita/support/list_view.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/sort.hpp>

namespace partita {

/// s[i] == s[i + period] for first <= i, i + period < end, and for no larger stretch around it.
struct tandem {
  std::uint32_t first = 0, end = 0, period = 0;
  [[nodiscard]] constexpr std::uint32_t size() const { return end - first; }
  [[nodiscard]] constexpr std::uint32_t count() const { return size() / period; }
  [[nodiscard]] friend constexpr bool operator==(const tandem&, const tandem&) = default;
};

namespace detail {

// Compares stretches of a sequence by the hashes of its prefixes: equal stretches always compare equal.
class stretches {
 public:
  constexpr explicit stretches(list_view<std::uint32_t> s) : s_(s), hashes_(s.size() + 1), powers_(s.size() + 1) {
    powers_[0] = 1;
    for (std::size_t i = 0; i < s.size(); ++i) {
      hashes_[i + 1] = hashes_[i] * base + mixed(s[i]);
      powers_[i + 1] = powers_[i] * base;
    }
  }
  /// How many elements from i and from j on are equal. @pre i < j
  [[nodiscard]] constexpr std::size_t equal_after(std::size_t i, std::size_t j) const {
    const std::size_t most = s_.size() - j;
    return longest(most, [&](std::size_t n) { return hash(i, n) == hash(j, n); },
                   [&](std::size_t n) { return s_[i + n] == s_[j + n]; });
  }
  /// How many elements before i and before j are equal. @pre i < j
  [[nodiscard]] constexpr std::size_t equal_before(std::size_t i, std::size_t j) const {
    return longest(i, [&](std::size_t n) { return hash(i - n, n) == hash(j - n, n); },
                   [&](std::size_t n) { return s_[i - 1 - n] == s_[j - 1 - n]; });
  }

 private:
  static constexpr std::uint64_t base = 0x9e3779b97f4a7c15ull;

  static constexpr std::uint64_t mixed(std::uint64_t z) {
    z = (z + base) * 0xbf58476d1ce4e5b9ull;
    return z ^ z >> 29;
  }
  [[nodiscard]] constexpr std::uint64_t hash(std::size_t first, std::size_t n) const {
    return hashes_[first + n] - hashes_[first] * powers_[n];
  }
  // The largest n <= most for which equal(n), which holds for all below as well. Most stretches differ at once.
  static constexpr std::size_t longest(std::size_t most, const auto& equal, const auto& equal_at) {
    std::size_t n = 0;
    while (n < most && n < 8) {
      if (!equal_at(n)) return n;
      ++n;
    }
    std::size_t step = 8;
    while (n + step <= most && equal(n + step)) {
      n += step;
      step *= 2;
    }
    for (; step > 0; step /= 2) {
      if (n + step <= most && equal(n + step)) n += step;
    }
    return n;
  }

  list_view<std::uint32_t> s_;
  plain_vector<std::uint64_t> hashes_, powers_;
};

}  // namespace detail

/// The tandem repeats of s with `least` periods or more, the largest first and of equal ones the earlier. Each has its
/// smallest period. Elements are compared by 64-bit hashes of stretches. O(n log^2 n).
[[nodiscard]] constexpr plain_vector<tandem> find_tandems(list_view<std::uint32_t> s, std::uint32_t least) {
  plain_vector<tandem> found;
  const auto size = static_cast<std::uint32_t>(s.size());
  const detail::stretches equal(s);
  // The repeat of the smallest period so far that holds an element.
  plain_vector<tandem> around(size, tandem{0, 0, 1});
  for (std::uint32_t period = 1; period <= size / least; ++period) {
    // A repeat of two periods or more holds two neighbouring multiples of its period.
    for (std::uint32_t at = 0; at + period < size; at += period) {
      if (s[at] != s[at + period]) continue;
      const tandem& known = around[at];
      if (period % known.period == 0 && known.end > at + period) {
        // The same repeat with a multiple of its period.
        at += (known.end - 1 - period - at) / period * period;
        continue;
      }
      const auto after = static_cast<std::uint32_t>(equal.equal_after(at, at + period));
      const auto before = static_cast<std::uint32_t>(equal.equal_before(at, at + period));
      const tandem t{at - before, at + period + after, period};
      if (t.count() >= least) {
        found.push_back(t);
        for (std::uint32_t i = t.first; i < t.end; ++i) {
          if (around[i].end == 0) around[i] = t;
        }
      }
      at += after / period * period;
    }
  }
  sort_in_place(found, [](const tandem& a, const tandem& b) {
    if (a.size() != b.size()) return a.size() > b.size();
    return a.first != b.first ? a.first < b.first : a.period < b.period;
  });
  // Where a smaller repeat begins or ends, a multiple of the period may have been found as well.
  plain_vector<tandem> smallest;
  std::size_t same = 0;  // the first of those with this extent
  for (const tandem& t : found) {
    if (smallest.empty() || smallest.back().first != t.first || smallest.back().end != t.end) same = smallest.size();
    bool multiple = false;
    for (std::size_t i = same; i < smallest.size(); ++i) multiple = multiple || t.period % smallest[i].period == 0;
    if (!multiple) smallest.push_back(t);
  }
  return smallest;
}

}  // namespace partita
