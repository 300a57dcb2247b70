// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A set of small numbers that is walked in order, both ways, while members come and go. Where there are none it costs
// next to nothing to look: 64 numbers are one word.

#include <cstddef>
#include <cstdint>

#include <partita/support/plain_vector.hpp>

namespace partita {

class bit_set {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  /// Numbers below `count` may be members; `full` says whether all of them are.
  constexpr void reset(std::size_t count, bool full = false) {
    words_.assign((count + 63) / 64, full ? ~std::uint64_t{0} : 0);
    if (full && count % 64 != 0) words_.back() >>= 64 - count % 64;
  }
  constexpr void insert(std::uint32_t i) { words_[i / 64] |= std::uint64_t{1} << i % 64; }
  constexpr void erase(std::uint32_t i) { words_[i / 64] &= ~(std::uint64_t{1} << i % 64); }
  [[nodiscard]] constexpr bool contains(std::uint32_t i) const { return (words_[i / 64] >> i % 64 & 1u) != 0; }

  /// The first member that is not below i, which may be the end; none if there is none.
  [[nodiscard]] constexpr std::uint32_t first_from(std::uint32_t i) const {
    std::size_t w = i / 64;
    if (w >= words_.size()) return none;
    std::uint64_t word = words_[w] & ~std::uint64_t{0} << i % 64;
    while (word == 0) {
      if (++w == words_.size()) return none;
      word = words_[w];
    }
    return static_cast<std::uint32_t>(64 * w) + static_cast<std::uint32_t>(__builtin_ctzll(word));
  }
  /// The last member below i; none if there is none.
  [[nodiscard]] constexpr std::uint32_t last_before(std::uint32_t i) const {
    std::size_t w = i / 64;
    std::uint64_t word = i % 64 == 0 ? 0 : words_[w] & ~(~std::uint64_t{0} << i % 64);
    while (word == 0) {
      if (w-- == 0) return none;
      word = words_[w];
    }
    return static_cast<std::uint32_t>(64 * w) + 63u - static_cast<std::uint32_t>(__builtin_clzll(word));
  }

 private:
  plain_vector<std::uint64_t> words_;
};

}  // namespace partita
