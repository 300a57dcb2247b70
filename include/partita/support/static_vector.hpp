// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A vector with room for N elements and no allocation. Trivially copyable for trivial T and usable in
// constant expressions; going past N is reported, never truncated.

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>

#include <partita/support/list_view.hpp>

namespace partita {

template <class T, std::size_t N>
class static_vector {
 public:
  using value_type = T;

  constexpr static_vector() = default;
  constexpr static_vector(std::initializer_list<T> items) {
    for (const T& item : items) push_back(item);
  }
  constexpr explicit static_vector(list_view<T> items) {
    for (const T& item : items) push_back(item);
  }
  constexpr static_vector(std::size_t count, const T& item) { resize(count, item); }

  constexpr void push_back(const T& item) {
    if (size_ == N) overflow();
    items_[size_++] = item;
  }
  constexpr void pop_back() { --size_; }
  constexpr void clear() { size_ = 0; }
  constexpr void resize(std::size_t count, const T& item = T{}) {
    if (count > N) overflow();
    for (std::size_t i = size_; i < count; ++i) items_[i] = item;
    size_ = static_cast<std::uint8_t>(count);
  }
  constexpr void insert(std::size_t position, const T& item) {
    push_back(item);
    for (std::size_t i = size_ - 1u; i > position; --i) items_[i] = items_[i - 1];
    items_[position] = item;
  }
  constexpr void erase(std::size_t position) {
    for (std::size_t i = position + 1; i < size_; ++i) items_[i - 1] = items_[i];
    --size_;
  }

  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr T& operator[](std::size_t i) { return items_[i]; }
  [[nodiscard]] constexpr const T& operator[](std::size_t i) const { return items_[i]; }
  [[nodiscard]] constexpr T& back() { return items_[size_ - 1u]; }
  [[nodiscard]] constexpr const T& back() const { return items_[size_ - 1u]; }
  [[nodiscard]] constexpr T* data() { return items_.data(); }
  [[nodiscard]] constexpr const T* data() const { return items_.data(); }
  [[nodiscard]] constexpr T* begin() { return items_.data(); }
  [[nodiscard]] constexpr T* end() { return items_.data() + size_; }
  [[nodiscard]] constexpr const T* begin() const { return items_.data(); }
  [[nodiscard]] constexpr const T* end() const { return items_.data() + size_; }
  [[nodiscard]] constexpr list_view<T> view() const { return {items_.data(), size_}; }

  /// Position of the first element equal to `item`, or size() when there is none.
  [[nodiscard]] constexpr std::size_t find(const T& item) const {
    std::size_t i = 0;
    while (i < size_ && !(items_[i] == item)) ++i;
    return i;
  }
  [[nodiscard]] constexpr bool contains(const T& item) const { return find(item) != size_; }

  [[nodiscard]] friend constexpr bool operator==(const static_vector& a, const static_vector& b) {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i) {
      if (!(a.items_[i] == b.items_[i])) return false;
    }
    return true;
  }

 private:
  static_assert(N < 256, "static_vector: the size is kept in one byte");

  [[noreturn]] static void overflow() {
    throw std::length_error("more than " + std::to_string(N) +
                            " entries in one list of dimensions: Partita handles tensors of rank 16 and less");
  }

  std::array<T, N> items_{};
  std::uint8_t size_ = 0;
};

}  // namespace partita
