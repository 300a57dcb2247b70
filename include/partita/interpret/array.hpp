// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tensors of the interpreter: contiguous, row-major, shared until written. Copies are cheap.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <partita/interpret/narrow.hpp>
#include <partita/interpret/storage.hpp>
#include <partita/ir/constant.hpp>
#include <partita/ir/type.hpp>
#include <partita/support/error.hpp>

namespace partita::interpret {

/// A program cannot be executed, or an input does not fit it. Says which op and why.
class execution_error : public error {
 public:
  using error::error;
};

class array {
 public:
  array() = default;
  /// Elements are not set.
  array(element_type e, list_view<std::int64_t> dims, numerics n)
      : type_(e, size_list(dims)), kind_(storage_of(e, n)), count_(static_cast<std::size_t>(type_.view().elements())) {
    if (kind_ != storage::none) data_ = allocate(count_ * size_of(kind_));
  }
  array(const type_view& t, numerics n) : array(t.element, t.is_tensor() ? t.dims : list_view<std::int64_t>{}, n) {}

  [[nodiscard]] element_type element() const { return type_.element; }
  [[nodiscard]] const size_list& dims() const { return type_.dims; }
  [[nodiscard]] type_view type() const { return type_.view(); }
  [[nodiscard]] std::size_t rank() const { return type_.dims.size(); }
  [[nodiscard]] std::size_t size() const { return count_; }
  [[nodiscard]] storage kind() const { return kind_; }
  [[nodiscard]] bool empty() const { return data_ == nullptr && parts_ == nullptr; }
  [[nodiscard]] std::size_t byte_count() const { return count_ * size_of(kind_); }

  template <class T>
  [[nodiscard]] std::span<const T> elements() const {
    return {reinterpret_cast<const T*>(data()), count_};
  }
  /// Makes the elements this array's own first.
  template <class T>
  [[nodiscard]] std::span<T> mutable_elements() {
    return {reinterpret_cast<T*>(mutable_data()), count_};
  }
  [[nodiscard]] const std::byte* data() const { return data_ ? data_[0].bytes : nullptr; }
  [[nodiscard]] std::byte* mutable_data() {
    if (data_.use_count() > 1) {
      std::shared_ptr<block[]> copy = allocate(byte_count());
      std::memcpy(copy.get(), data_.get(), byte_count());
      data_ = std::move(copy);
    }
    return data_ ? data_[0].bytes : nullptr;
  }

  /// The same elements under other dims (of the same number of elements) or another element type of one storage.
  [[nodiscard]] array reshaped(list_view<std::int64_t> dims) const {
    array other = *this;
    other.type_.dims = size_list(dims);
    return other;
  }

  /// Element i of a boolean or integer array.
  [[nodiscard]] std::int64_t integer(std::size_t i = 0) const {
    return with_type(kind_, [&]<class T>() -> std::int64_t {
      if constexpr (std::is_integral_v<T>) return static_cast<std::int64_t>(elements<T>()[i]);
      return 0;
    });
  }

  /// A tuple of arrays.
  [[nodiscard]] static array tuple(std::vector<array> parts) {
    array a;
    a.type_.element = element_type::tuple;
    a.parts_ = std::make_shared<const std::vector<array>>(std::move(parts));
    return a;
  }
  [[nodiscard]] std::span<const array> parts() const {
    return parts_ ? std::span<const array>(*parts_) : std::span<const array>{};
  }

  /// Brings results back to their element type: rounds narrow floats, wraps narrow integers. Kernels that compute
  /// new numbers need not do it themselves.
  void normalize() {
    if (kind_ == storage::f32 && type_.element != element_type::f32) {
      round_elements(type_.element, mutable_elements<float>().data(), count_);
    } else if (kind_ == storage::s8 && type_.element != element_type::i8) {
      wrap_elements(bits_of(type_.element), mutable_elements<std::int8_t>().data(), count_);
    } else if (kind_ == storage::u8 && type_.element != element_type::ui8) {
      wrap_elements(bits_of(type_.element), mutable_elements<std::uint8_t>().data(), count_);
    }
  }

 private:
  struct alignas(16) block {
    std::byte bytes[16];
  };
  static std::shared_ptr<block[]> allocate(std::size_t bytes) {
    return std::make_shared_for_overwrite<block[]>(bytes / sizeof(block) + 1);  // an empty tensor has data too
  }

  tensor_type type_;
  storage kind_ = storage::none;
  std::size_t count_ = 0;
  std::shared_ptr<block[]> data_;
  std::shared_ptr<const std::vector<array>> parts_;
};

/// The value of one element from its bits in the element type's own format.
template <class T>
[[nodiscard]] T element_from_bits(element_type e, const std::uint8_t* bytes) {
  if constexpr (is_complex_v<T>) {
    using part = typename T::value_type;
    const auto half = e == element_type::complex_f32 ? element_type::f32 : element_type::f64;
    return {element_from_bits<part>(half, bytes), element_from_bits<part>(half, bytes + stored_bytes(half))};
  } else {
    const std::uint64_t bits = partita::detail::little_endian({bytes, stored_bytes(e)});
    if constexpr (std::is_same_v<T, bool>) {
      return bits != 0;
    } else if constexpr (std::is_integral_v<T>) {
      const int unused = 64 - bits_of(e);
      if constexpr (std::is_signed_v<T>) return static_cast<T>(static_cast<std::int64_t>(bits << unused) >> unused);
      return static_cast<T>(bits << unused >> unused);
    } else {
      if (e == element_type::f32) return static_cast<T>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
      if (e == element_type::f64) return static_cast<T>(std::bit_cast<double>(bits));
      return static_cast<T>(from_format_bits(bits, format_of(e)));
    }
  }
}

/// Writes the bits of one element in its own format, stored_bytes(e) of them.
template <class T>
void element_to_bits(element_type e, const T& x, std::uint8_t* bytes) {
  if constexpr (is_complex_v<T>) {
    const auto half = e == element_type::complex_f32 ? element_type::f32 : element_type::f64;
    element_to_bits(half, x.real(), bytes);
    element_to_bits(half, x.imag(), bytes + stored_bytes(half));
  } else {
    std::uint64_t bits = 0;
    if constexpr (std::is_integral_v<T>) {
      bits = static_cast<std::uint64_t>(x);
      if (bits_of(e) < 8) bits &= (std::uint64_t{1} << bits_of(e)) - 1;
    } else {
      bits = e == element_type::f32   ? std::bit_cast<std::uint32_t>(static_cast<float>(x))
             : e == element_type::f64 ? std::bit_cast<std::uint64_t>(static_cast<double>(x))
                                      : to_format_bits(static_cast<double>(x), format_of(e));
    }
    for (std::size_t i = 0; i < stored_bytes(e); ++i) bytes[i] = static_cast<std::uint8_t>(bits >> (8 * i));
  }
}

/// An array from elements in their own format, little-endian, one after another; a splat gives one for all.
[[nodiscard]] inline array array_from_bytes(const type_view& t, std::span<const std::uint8_t> bytes, numerics n,
                                            bool splat = false) {
  array a(t, n);
  const std::size_t step = stored_bytes(t.element);
  if (bytes.size() < (splat ? 1 : a.size()) * step && a.size() != 0) {
    throw execution_error("data of " + std::to_string(bytes.size()) + " bytes is too short for " + to_string(t));
  }
  with_type(a.kind(), [&]<class T>() {
    T* const out = reinterpret_cast<T*>(a.mutable_data());
    if (splat) {
      if (a.size() == 0) return;
      const T x = element_from_bits<T>(t.element, bytes.data());
      for (std::size_t i = 0; i < a.size(); ++i) out[i] = x;
    } else {
      for (std::size_t i = 0; i < a.size(); ++i) out[i] = element_from_bits<T>(t.element, bytes.data() + i * step);
    }
  });
  return a;
}

/// The elements of an array in their own format, little-endian, one after another.
[[nodiscard]] inline std::vector<std::uint8_t> to_bytes(const array& a) {
  const std::size_t step = stored_bytes(a.element());
  std::vector<std::uint8_t> bytes(a.size() * step);
  with_type(a.kind(), [&]<class T>() {
    const auto in = a.elements<T>();
    for (std::size_t i = 0; i < in.size(); ++i) element_to_bits(a.element(), in[i], bytes.data() + i * step);
  });
  return bytes;
}

}  // namespace partita::interpret
