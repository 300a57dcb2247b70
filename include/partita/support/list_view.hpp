// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Elements that lie one after the other and that someone else owns: the type of parameters that take a list.
// What a std::span<const T> is, without the checks of ranges and iterators that make each conversion to a span
// cost the compiler as much as a function. The two convert to each other.

#include <cstddef>

namespace partita {

template <class T>
class list_view {
 public:
  using value_type = T;

  constexpr list_view() = default;
  constexpr list_view(const T* first, std::size_t size) : first_(first), size_(size) {}
  template <std::size_t N>
  constexpr list_view(const T (&items)[N]) : first_(items), size_(N) {}
  /// Of anything that keeps its elements in one piece, such as a std::vector, a static_vector or a std::span.
  template <class List>
    requires requires(const List& list) { const_cast<const T*>(list.data()); }  // elements of type T, no base of it
  constexpr list_view(const List& list) : first_(list.data()), size_(list.size()) {}

  [[nodiscard]] constexpr std::size_t size() const { return size_; }
  [[nodiscard]] constexpr bool empty() const { return size_ == 0; }
  [[nodiscard]] constexpr const T* data() const { return first_; }
  [[nodiscard]] constexpr const T* begin() const { return first_; }
  [[nodiscard]] constexpr const T* end() const { return first_ + size_; }
  [[nodiscard]] constexpr const T& operator[](std::size_t i) const { return first_[i]; }
  [[nodiscard]] constexpr const T& front() const { return first_[0]; }
  [[nodiscard]] constexpr const T& back() const { return first_[size_ - 1]; }

  /// Parts of the list. @pre what is taken lies in the list
  [[nodiscard]] constexpr list_view first(std::size_t count) const { return {first_, count}; }
  [[nodiscard]] constexpr list_view last(std::size_t count) const { return {end() - count, count}; }
  [[nodiscard]] constexpr list_view subspan(std::size_t begin) const { return {first_ + begin, size_ - begin}; }
  [[nodiscard]] constexpr list_view subspan(std::size_t begin, std::size_t count) const { return {first_ + begin, count}; }

 private:
  const T* first_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace partita
