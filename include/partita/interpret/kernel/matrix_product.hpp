// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Products of matrices for contractions and convolutions. Floats and complex numbers compute in their own type,
// and integers in those without sign of 32 and 64 bits, in which nothing overflows; operands are converted to it.

#include <complex>
#include <cstdint>
#include <type_traits>
#include <vector>

#include <Eigen/Core>

#include <partita/interpret/kernel/strides.hpp>

namespace partita::interpret::detail {

/// A matrix in memory. One of the steps is 1.
template <class T>
struct matrix_view {
  const T* data = nullptr;
  std::int64_t row_step = 0, column_step = 1;
};
struct product_sizes {
  std::int64_t rows = 0, inner = 0, columns = 0;
};

template <class T, int Order>
using eigen_view =
    Eigen::Map<const Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Order>, Eigen::Unaligned, Eigen::OuterStride<>>;

template <class T>
[[nodiscard]] inline T times(T a, T b) {
  if constexpr (is_complex_v<T>) {  // without the search for infinities that C's product makes
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
  } else {
    return a * b;
  }
}

/// out = a * b, where a row of `out` begins out_step elements after the one before.
template <class T>
void multiply_matrices(const product_sizes& s, const matrix_view<T>& a, const matrix_view<T>& b, T* out,
                       std::int64_t out_step) {
  if (s.rows == 0 || s.columns == 0) return;
  if constexpr (std::is_floating_point_v<T>) {
    Eigen::Map<Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, Eigen::Unaligned,
               Eigen::OuterStride<>>
        product(out, s.rows, s.columns, Eigen::OuterStride<>(out_step));
    if (s.inner == 0) {
      product.setZero();
      return;
    }
    const auto with_order = [](const matrix_view<T>& m, std::int64_t rows, std::int64_t columns, auto&& f) {
      if (m.column_step == 1) {
        f(eigen_view<T, Eigen::RowMajor>(m.data, rows, columns, Eigen::OuterStride<>(m.row_step)));
      } else {
        f(eigen_view<T, Eigen::ColMajor>(m.data, rows, columns, Eigen::OuterStride<>(m.column_step)));
      }
    };
    with_order(a, s.rows, s.inner, [&](const auto& left) {
      with_order(b, s.inner, s.columns, [&](const auto& right) { product.noalias() = left * right; });
    });
  } else {
    for (std::int64_t i = 0; i < s.rows; ++i) {
      T* const row = out + i * out_step;
      for (std::int64_t j = 0; j < s.columns; ++j) row[j] = T{};
      for (std::int64_t k = 0; k < s.inner; ++k) {
        const T factor = a.data[i * a.row_step + k * a.column_step];
        const T* const from = b.data + k * b.row_step;
        for (std::int64_t j = 0; j < s.columns; ++j) row[j] += times(factor, from[j * b.column_step]);
      }
    }
  }
}

/// The type that computes products of elements of these kinds.
[[nodiscard]] inline storage product_kind(storage a, storage b, storage result) {
  const storage kinds[] = {a, b, result};
  bool any_complex = false, any_float = false, any_wide = false;
  for (const storage k : kinds) {
    any_complex = any_complex || k == storage::c64 || k == storage::c128;
    any_wide = any_wide || k == storage::f64 || k == storage::c128;
    any_float = any_float || k == storage::f32 || k == storage::f64;
  }
  if (any_complex) return any_wide ? storage::c128 : storage::c64;
  if (any_float) return any_wide ? storage::f64 : storage::f32;
  return size_of(result) == 8 ? storage::u64 : storage::u32;
}

/// Calls f.template operator()<T>() with the type of a kind that product_kind gives.
template <class F>
void with_product_type(storage kind, F&& f) {
  switch (kind) {
    case storage::f32:
      return f.template operator()<float>();
    case storage::f64:
      return f.template operator()<double>();
    case storage::c64:
      return f.template operator()<std::complex<float>>();
    case storage::c128:
      return f.template operator()<std::complex<double>>();
    case storage::u64:
      return f.template operator()<std::uint64_t>();
    default:
      return f.template operator()<std::uint32_t>();
  }
}

template <class To, class From>
[[nodiscard]] inline To product_cast(const From& x) {
  if constexpr (is_complex_v<From> && is_complex_v<To>) {
    using part = typename To::value_type;
    return {static_cast<part>(x.real()), static_cast<part>(x.imag())};
  } else if constexpr (is_complex_v<From>) {
    return product_cast<To>(x.real());
  } else if constexpr (is_complex_v<To>) {
    return {static_cast<typename To::value_type>(x), 0};
  } else if constexpr (std::is_same_v<To, bool>) {
    return x != From{};
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    return To{};  // no op contracts floats to integers
  } else {
    return static_cast<To>(x);
  }
}

/// The elements of an array as T: its own where they are so already, otherwise converted ones.
template <class T>
class elements_as {
 public:
  explicit elements_as(array a) : source_(std::move(a)) {
    const storage k = source_.kind();
    const bool same = k == storage_for<T> || (storage_for<T> == storage::u32 && k == storage::s32) ||
                      (storage_for<T> == storage::u64 && k == storage::s64);
    if (same) {
      data_ = reinterpret_cast<const T*>(source_.data());
      return;
    }
    converted_.resize(source_.size());
    with_type(k, [&]<class From>() {
      const auto from = source_.elements<From>();
      for (std::size_t i = 0; i < from.size(); ++i) converted_[i] = product_cast<T>(from[i]);
    });
    data_ = converted_.data();
  }
  elements_as(const elements_as&) = delete;
  elements_as& operator=(const elements_as&) = delete;

  [[nodiscard]] const T* data() const { return data_; }

 private:
  array source_;
  std::vector<T> converted_;
  const T* data_ = nullptr;
};

/// A result computed in type T: written in place where that is how the result is held, converted at the end otherwise.
template <class T>
class result_as {
 public:
  explicit result_as(array out) : out_(std::move(out)) {
    const storage k = out_.kind();
    const bool same = k == storage_for<T> || (storage_for<T> == storage::u32 && k == storage::s32) ||
                      (storage_for<T> == storage::u64 && k == storage::s64);
    if (!same) computed_.resize(out_.size());
    data_ = same ? reinterpret_cast<T*>(out_.mutable_data()) : computed_.data();
  }
  result_as(const result_as&) = delete;
  result_as& operator=(const result_as&) = delete;

  [[nodiscard]] T* data() { return data_; }
  [[nodiscard]] array finish() {
    if (!computed_.empty()) {
      with_type(out_.kind(), [&]<class To>() {
        const auto to = out_.mutable_elements<To>();
        for (std::size_t i = 0; i < to.size(); ++i) to[i] = product_cast<To>(computed_[i]);
      });
    }
    out_.normalize();
    return std::move(out_);
  }

 private:
  array out_;
  std::vector<T> computed_;
  T* data_ = nullptr;
};

/// The array with dims in another order: dim d of the result is dim order[d].
[[nodiscard]] inline array with_dims_in_order(const array& a, const dim_list& order, numerics n) {
  bool same = true;
  for (std::size_t d = 0; d < order.size(); ++d) same = same && order[d] == d;
  if (same) return a;
  const size_list steps = row_major_steps(a.dims());
  size_list dims;
  for (const auto d : order) dims.push_back(a.dims()[d]);
  const size_list out_steps = row_major_steps(dims);
  loops<2> along;
  for (std::size_t d = 0; d < order.size(); ++d) along.add(dims[d], {steps[order[d]], out_steps[d]});
  array out(a.element(), dims.view(), n);
  copy_elements(along, a, 0, out, 0);
  return out;
}

/// The inverse of with_dims_in_order: dim order[d] of the result is dim d.
[[nodiscard]] inline array with_dims_from_order(const array& a, const dim_list& order, numerics n) {
  dim_list inverse(order.size(), 0);
  for (std::size_t d = 0; d < order.size(); ++d) inverse[order[d]] = static_cast<std::uint8_t>(d);
  return with_dims_in_order(a, inverse, n);
}

}  // namespace partita::interpret::detail
