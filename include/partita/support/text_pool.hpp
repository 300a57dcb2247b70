// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Interned strings in one pool of characters, usable in constant expressions. Equal texts have equal ids.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <partita/support/plain_vector.hpp>

namespace partita {

/// Names one text of a text_pool. The empty text is always text_id{0}.
struct text_id {
  std::uint32_t index = 0;
  [[nodiscard]] friend constexpr bool operator==(text_id, text_id) = default;
};

class text_pool {
 public:
  constexpr text_pool() { entries_.push_back({0, 0}); }

  constexpr text_id intern(std::string_view text) {
    if (text.empty()) return {};
    if (slots_.size() < 2 * (entries_.size() + 1)) grow();
    const std::size_t slot = find_slot(text);
    if (slots_[slot] == 0) {
      const entry added{static_cast<std::uint32_t>(characters_.size()), static_cast<std::uint32_t>(text.size())};
      characters_.append(text);
      slots_[slot] = static_cast<std::uint32_t>(entries_.size());
      entries_.push_back(added);
    }
    return {slots_[slot]};
  }

  [[nodiscard]] constexpr std::string_view operator[](text_id id) const {
    const entry& e = entries_[id.index];
    return e.size == 0 ? std::string_view{} : std::string_view{characters_.data() + e.begin, e.size};
  }

  [[nodiscard]] constexpr std::size_t size() const { return entries_.size(); }

 private:
  struct entry {
    std::uint32_t begin, size;
  };

  static constexpr std::uint64_t hash(std::string_view text) {
    std::uint64_t h = 0xcbf29ce484222325ull;
    for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
    return h ^ (h >> 29);
  }

  constexpr std::size_t find_slot(std::string_view text) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = static_cast<std::size_t>(hash(text)) & mask;
    while (slots_[slot] != 0 && (*this)[text_id{slots_[slot]}] != text) slot = (slot + 1) & mask;
    return slot;
  }

  constexpr void grow() {
    slots_.assign(slots_.empty() ? 16 : 2 * slots_.size(), 0);
    for (std::uint32_t i = 1; i < entries_.size(); ++i) slots_[find_slot((*this)[text_id{i}])] = i;
  }

  plain_vector<char> characters_;
  plain_vector<entry> entries_;
  plain_vector<std::uint32_t> slots_;  // open addressing, a power of two; 0 is free
};

}  // namespace partita
