// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A hash table from 64-bit keys, which are hashes already, to numbers.

#include <cstddef>
#include <cstdint>

#include <partita/support/plain_vector.hpp>

namespace partita {

/// A number for each key. Keys must be well mixed: their low bits say where they stand.
class key_table {
 public:
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  [[nodiscard]] constexpr std::uint32_t find(std::uint64_t key) const {
    if (entries_.empty()) return none;
    for (std::size_t i = key & mask(); entries_[i].number != none; i = (i + 1) & mask()) {
      if (entries_[i].key == key) return entries_[i].number;
    }
    return none;
  }
  /// @pre find(key) == none and number != none
  constexpr void add(std::uint64_t key, std::size_t number) {
    if (2 * (count_ + 1) > entries_.size()) grow();
    insert({key, static_cast<std::uint32_t>(number)});
    ++count_;
  }

 private:
  struct entry {
    std::uint64_t key = 0;
    std::uint32_t number = none;
  };
  [[nodiscard]] constexpr std::size_t mask() const { return entries_.size() - 1; }
  constexpr void insert(const entry& e) {
    std::size_t i = e.key & mask();
    while (entries_[i].number != none) i = (i + 1) & mask();
    entries_[i] = e;
  }
  constexpr void grow() {
    const plain_vector<entry> previous = entries_;
    entries_.assign(previous.empty() ? 64 : 2 * previous.size(), {});
    for (const entry& e : previous) {
      if (e.number != none) insert(e);
    }
  }

  plain_vector<entry> entries_;
  std::size_t count_ = 0;
};

}  // namespace partita
