// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Hashes as keys: how two become one, and a table that has a number for each.

#include <cstddef>
#include <cstdint>

#include <partita/support/plain_vector.hpp>

namespace partita {

namespace detail {

/// One key of two: equal for equal ones, and else different but for chance.
[[nodiscard]] constexpr std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t z = (a ^ (b + 1) * 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;
  return z ^ z >> 31;
}

}  // namespace detail

/// A number for each key. Keys need not be spread evenly.
class key_table {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  [[nodiscard]] constexpr std::uint32_t find(std::uint64_t key) const {
    if (entries_.empty()) return none;
    for (std::size_t i = home(key); entries_[i].number != none; i = next(i)) {
      if (entries_[i].key == key) return entries_[i].number;
    }
    return none;
  }
  /// @pre find(key) == none and number != none
  constexpr void add(std::uint64_t key, std::size_t number) {
    if (2 * (count_ + 1) > entries_.size()) grow();
    place({key, static_cast<std::uint32_t>(number)});
    ++count_;
  }
  /// For a table that is a set: whether the key was not there before.
  constexpr bool insert(std::uint64_t key) {
    if (find(key) != none) return false;
    add(key, 0);
    return true;
  }
  constexpr void clear() {
    entries_.assign(entries_.size(), {});
    count_ = 0;
  }
  [[nodiscard]] constexpr std::size_t size() const { return count_; }

 private:
  struct entry {
    std::uint64_t key = 0;
    std::uint32_t number = none;
  };
  // The high bits of a product depend on all of the key.
  [[nodiscard]] constexpr std::size_t home(std::uint64_t key) const {
    return static_cast<std::size_t>((key ^ key >> 32) * 0x9e3779b97f4a7c15ull >> shift_);
  }
  [[nodiscard]] constexpr std::size_t next(std::size_t i) const { return (i + 1) & (entries_.size() - 1); }
  constexpr void place(const entry& e) {
    std::size_t i = home(e.key);
    while (entries_[i].number != none) i = next(i);
    entries_[i] = e;
  }
  constexpr void grow() {
    const plain_vector<entry> previous = entries_;
    if (!previous.empty()) --shift_;
    entries_.assign(std::size_t{1} << (64 - shift_), {});
    for (const entry& e : previous) {
      if (e.number != none) place(e);
    }
  }

  plain_vector<entry> entries_;  // 2 ^ (64 - shift_) or none
  unsigned shift_ = 58;
  std::size_t count_ = 0;
};

}  // namespace partita
