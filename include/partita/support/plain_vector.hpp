// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a std::vector is for lists inside Partita, at a tenth of what one costs the compiler for each type of
// element: dozens of types are kept in lists, by programs of every size. Elements are assigned and never built in
// place, so their type has a default value; what is removed keeps its memory until it is overwritten.

#include <cstddef>

#include <partita/support/list_view.hpp>

namespace partita {

template <class T>
class plain_vector {
 public:
  using value_type = T;

  constexpr plain_vector() = default;
  constexpr explicit plain_vector(std::size_t count, const T& item = T{}) { resize(count, item); }
  constexpr explicit plain_vector(list_view<T> items) { append(items); }
  constexpr plain_vector(const plain_vector& other) { append(other); }
  constexpr plain_vector(plain_vector&& other) noexcept { swap(other); }
  constexpr plain_vector& operator=(const plain_vector& other) {
    if (this != &other) {
      clear();
      append(other);
    }
    return *this;
  }
  constexpr plain_vector& operator=(plain_vector&& other) noexcept {
    swap(other);
    return *this;
  }
  constexpr ~plain_vector() { delete[] items_; }

  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr T* data() { return items_; }
  [[nodiscard]] constexpr const T* data() const { return items_; }
  [[nodiscard]] constexpr T* begin() { return items_; }
  [[nodiscard]] constexpr T* end() { return items_ + size_; }
  [[nodiscard]] constexpr const T* begin() const { return items_; }
  [[nodiscard]] constexpr const T* end() const { return items_ + size_; }
  [[nodiscard]] constexpr T& operator[](std::size_t i) { return items_[i]; }
  [[nodiscard]] constexpr const T& operator[](std::size_t i) const { return items_[i]; }
  [[nodiscard]] constexpr T& back() { return items_[size_ - 1]; }
  [[nodiscard]] constexpr const T& back() const { return items_[size_ - 1]; }

  constexpr void push_back(const T& item) {
    if (size_ == capacity_) {
      append({&item, 1});
    } else {
      items_[size_++] = item;
    }
  }
  /// Adds items at the end; they may be a part of this list.
  constexpr void append(list_view<T> items) {
    const std::size_t count = size_ + items.size();
    T* const room = room_for(count);
    for (std::size_t i = 0; i < items.size(); ++i) room[size_ + i] = items[i];
    settle(room, count);
  }
  /// Makes room for so many more items at the end and returns the first of them. What they hold is whatever was there.
  constexpr T* extend(std::size_t count) {
    const std::size_t before = size_;
    T* const room = room_for(before + count);
    settle(room, before + count);
    return items_ + before;
  }
  constexpr void pop_back() { --size_; }
  constexpr void clear() { size_ = 0; }
  constexpr void resize(std::size_t count, const T& item = T{}) {
    T* const room = room_for(count);
    for (std::size_t i = size_; i < count; ++i) room[i] = item;
    settle(room, count);
  }
  constexpr void assign(std::size_t count, const T& item) {
    clear();
    resize(count, item);
  }

  [[nodiscard]] friend constexpr bool operator==(const plain_vector& a, const plain_vector& b) {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i) {
      if (!(a.items_[i] == b.items_[i])) return false;
    }
    return true;
  }

 private:
  constexpr void swap(plain_vector& other) noexcept {
    T* const items = items_;
    const std::size_t size = size_, capacity = capacity_;
    items_ = other.items_;
    size_ = other.size_;
    capacity_ = other.capacity_;
    other.items_ = items;
    other.size_ = size;
    other.capacity_ = capacity;
  }

  // An array for `count` elements: this one, or a larger one. The old elements follow in settle(), when the new ones
  // are in place, so that these may come from the old array.
  constexpr T* room_for(std::size_t count) {
    if (count <= capacity_) return items_;
    capacity_ = count > 2 * capacity_ ? count : 2 * capacity_;
    return new T[capacity_];
  }
  constexpr void settle(T* room, std::size_t count) {
    if (room != items_) {
      for (std::size_t i = 0; i < size_; ++i) room[i] = static_cast<T&&>(items_[i]);
      delete[] items_;
      items_ = room;
    }
    size_ = count;
  }

  T* items_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
};

}  // namespace partita
