// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tables of names that point into the text being read: a set with positions, and the values in scope.

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include <partita/ir/graph_base.hpp>

namespace partita::stablehlo::detail {

inline std::uint32_t hash_name(std::string_view text) {
  std::uint64_t h = 0x9e3779b97f4a7c15ull ^ text.size();
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);
    h = (h ^ word) * 0x9fb21c651e98df25ull;
    h ^= h >> 32;
  }
  std::uint64_t word = 0;
  if (left != 0) std::memcpy(&word, at, left);
  h = (h ^ word) * 0x9fb21c651e98df25ull;
  return static_cast<std::uint32_t>(h ^ (h >> 32));
}

// Distinct names, numbered in the order in which they were added.
class name_index {
 public:
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] std::string_view operator[](std::size_t i) const { return names_[i]; }

  /// Position of the name; size() when it is absent.
  [[nodiscard]] std::size_t find(std::string_view name) const {
    if (slots_.empty()) return size();
    const std::uint32_t i = slots_[find_slot(name)];
    return i == 0 ? size() : i - 1;
  }
  /// False when the name is there already.
  bool add(std::string_view name) {
    if (slots_.size() < 2 * (names_.size() + 1)) grow();
    const std::size_t slot = find_slot(name);
    if (slots_[slot] != 0) return false;
    names_.push_back(name);
    slots_[slot] = static_cast<std::uint32_t>(names_.size());
    return true;
  }

 private:
  [[nodiscard]] std::size_t find_slot(std::string_view name) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash_name(name) & mask;
    while (slots_[slot] != 0 && names_[slots_[slot] - 1] != name) slot = (slot + 1) & mask;
    return slot;
  }
  void grow() {
    slots_.assign(slots_.empty() ? 64 : 2 * slots_.size(), 0);
    for (std::uint32_t i = 0; i < names_.size(); ++i) slots_[find_slot(names_[i])] = i + 1;
  }

  std::vector<std::string_view> names_;
  std::vector<std::uint32_t> slots_;  // open addressing, a power of two; 0 is free
};

// The values that names stand for. A frame is a function or a region; regions see the frames around them up to
// their function. Names leave in the reverse of the order in which they came, so that removing one from the
// table only frees its slot.
class value_scope {
 public:
  struct entry {
    std::string_view name;
    std::uint32_t function = 0, hash = 0;
    std::uint32_t first = 0, count = 0;  // in values_
  };

  /// Values of a visible name; null when there is none.
  [[nodiscard]] const entry* find(std::string_view name) const {
    if (slots_.empty()) return nullptr;
    const std::uint32_t i = slots_[find_slot(name, function_, hash_of(name, function_))];
    return i == 0 ? nullptr : &entries_[i - 1];
  }
  [[nodiscard]] value_id value(const entry& e, std::size_t i) const { return values_[e.first + i]; }

  /// False when the name is visible already.
  template <class Values>
  bool define(std::string_view name, const Values& values, std::size_t first, std::size_t count) {
    if (slots_.size() < 2 * (entries_.size() + 1)) grow();
    const std::uint32_t hash = hash_of(name, function_);
    const std::size_t slot = find_slot(name, function_, hash);
    if (slots_[slot] != 0) return false;
    entries_.push_back(
        {name, function_, hash, static_cast<std::uint32_t>(values_.size()), static_cast<std::uint32_t>(count)});
    for (std::size_t i = 0; i < count; ++i) values_.push_back(values[first + i]);
    slots_[slot] = static_cast<std::uint32_t>(entries_.size());
    return true;
  }

  struct mark {
    std::size_t entries, values;
    std::uint32_t function;
  };
  /// Opens a frame; a function sees none of the names so far.
  mark open(bool is_function) {
    const mark m{entries_.size(), values_.size(), function_};
    if (is_function) function_ = ++functions_;
    return m;
  }
  void close(const mark& m) {
    while (entries_.size() > m.entries) {
      const entry& e = entries_.back();
      slots_[find_slot(e.name, e.function, e.hash)] = 0;
      entries_.pop_back();
    }
    values_.resize(m.values);
    function_ = m.function;
  }

  /// Calls f(name) for each visible name.
  void each_name(auto&& f) const {
    for (const entry& e : entries_) {
      if (e.function == function_) f(e.name);
    }
  }

 private:
  static std::uint32_t hash_of(std::string_view name, std::uint32_t function) {
    return hash_name(name) + function * 0x9e3779b9u;
  }
  [[nodiscard]] std::size_t find_slot(std::string_view name, std::uint32_t function, std::uint32_t hash) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t slot = hash & mask;
    while (slots_[slot] != 0) {
      const entry& e = entries_[slots_[slot] - 1];
      if (e.hash == hash && e.function == function && e.name == name) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }
  void grow() {
    slots_.assign(slots_.empty() ? 256 : 2 * slots_.size(), 0);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      slots_[find_slot(entries_[i].name, entries_[i].function, entries_[i].hash)] = i + 1;
    }
  }

  std::vector<entry> entries_;
  std::vector<value_id> values_;
  std::vector<std::uint32_t> slots_;
  std::uint32_t function_ = 0, functions_ = 0;
};

}  // namespace partita::stablehlo::detail
