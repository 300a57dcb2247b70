// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// cholesky and triangular_solve (StableHLO specification), computed in f64. What the specification leaves open: the
// other triangle of a Cholesky factor is zero, and a matrix that has no factor gives NaN.

#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <string>

#include <partita/interpret/kernel/matrix_product.hpp>
#include <partita/interpret/machine.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {

template <class T>
[[nodiscard]] inline T conjugate(const T& x) {
  if constexpr (is_complex_v<T>)
    return std::conj(x);
  else
    return x;
}
template <class T>
[[nodiscard]] inline double real_part_of(const T& x) {
  if constexpr (is_complex_v<T>)
    return x.real();
  else
    return x;
}

/// The lower factor of the n x n matrix whose lower triangle is at x, in place, row by row.
template <class T>
void factor_lower(std::size_t n, T* x) {
  for (std::size_t i = 0; i < n; ++i) {
    T* const row = x + i * n;
    for (std::size_t j = 0; j <= i; ++j) {
      const T* const other = x + j * n;
      T sum = row[j];
      for (std::size_t k = 0; k < j; ++k) sum -= times(row[k], conjugate(other[k]));
      if (j < i) {
        row[j] = sum / real_part_of(other[j]);
        continue;
      }
      const double square = real_part_of(sum);
      if (!(square > 0)) {
        std::fill_n(x, n * n, T(std::numeric_limits<double>::quiet_NaN()));
        return;
      }
      row[i] = std::sqrt(square);
      std::fill(row + i + 1, row + n, T{});
    }
  }
}

/// Puts the transpose of an n x n matrix in its place, conjugated.
template <class T>
void adjoin(std::size_t n, T* x) {
  for (std::size_t i = 0; i < n; ++i) {
    x[i * n + i] = conjugate(x[i * n + i]);
    for (std::size_t j = 0; j < i; ++j) {
      const T a = x[i * n + j];
      x[i * n + j] = conjugate(x[j * n + i]);
      x[j * n + i] = conjugate(a);
    }
  }
}

/// A triangular n x n matrix: element (i, j) is at i * row_step + j * column_step.
template <class T>
struct triangle {
  const T* data;
  std::size_t row_step, column_step;
  bool lower, unit, conjugated;
  [[nodiscard]] T operator()(std::size_t i, std::size_t j) const {
    const T x = data[i * row_step + j * column_step];
    return conjugated ? conjugate(x) : x;
  }
};

/// Solves a x = b for the columns of b, n x columns, in place.
template <class T>
void solve_left(std::size_t n, std::size_t columns, const triangle<T>& a, T* b) {
  for (std::size_t step = 0; step < n; ++step) {
    const std::size_t i = a.lower ? step : n - 1 - step;
    T* const row = b + i * columns;
    for (std::size_t k = a.lower ? 0 : i + 1; k < (a.lower ? i : n); ++k) {
      const T factor = a(i, k);
      const T* const known = b + k * columns;
      for (std::size_t j = 0; j < columns; ++j) row[j] -= times(factor, known[j]);
    }
    if (a.unit) continue;
    const T diagonal = a(i, i);
    for (std::size_t j = 0; j < columns; ++j) row[j] /= diagonal;
  }
}
/// Solves x a = b for the rows of b, rows x n, in place.
template <class T>
void solve_right(std::size_t rows, std::size_t n, const triangle<T>& a, T* b) {
  for (std::size_t r = 0; r < rows; ++r) {
    T* const row = b + r * n;
    for (std::size_t step = 0; step < n; ++step) {
      const std::size_t j = a.lower ? n - 1 - step : step;
      if (!a.unit) row[j] /= a(j, j);
      const T known = row[j];
      for (std::size_t k = a.lower ? 0 : j + 1; k < (a.lower ? j : n); ++k) row[k] -= times(known, a(j, k));
    }
  }
}

/// Calls f.template operator()<T>() with double or complex<double>.
template <class F>
void with_wide_type(storage kind, F&& f) {
  if (kind == storage::c64 || kind == storage::c128) return f.template operator()<std::complex<double>>();
  f.template operator()<double>();
}

/// The factors of a batch of matrices; the one that `lower` chooses is also the triangle that is read.
[[nodiscard]] inline array cholesky_factor(invocation& call, const array& a, bool lower) {
  if (a.rank() < 2 || a.dims()[a.rank() - 1] != a.dims()[a.rank() - 2])
    call.fail("needs square matrices but gets " + to_string(a.type()));
  const auto n = static_cast<std::size_t>(a.dims()[a.rank() - 1]);
  array out(a.type(), call.precision());
  with_wide_type(a.kind(), [&]<class T>() {
    const elements_as<T> from(a);
    result_as<T> to(std::move(out));
    std::copy_n(from.data(), a.size(), to.data());
    for (std::size_t at = 0; at < a.size(); at += n * n) {
      T* const x = to.data() + at;
      if (!lower) adjoin(n, x);
      factor_lower(n, x);
      if (!lower) adjoin(n, x);
    }
    out = to.finish();
  });
  return out;
}

}  // namespace detail

template <>
struct kernel<op::cholesky> {
  static void run(invocation& call, const op::cholesky::attributes& a) {
    call.set(detail::cholesky_factor(call, call.operand(0), a.lower));
  }
};

template <>
struct kernel<op::triangular_solve> {
  static void run(invocation& call, const op::triangular_solve::attributes& attributes) {
    const array& a = call.operand(0);
    const array& b = call.operand(1);
    const std::size_t rank = b.rank();
    const auto rows = static_cast<std::size_t>(b.dims()[rank - 2]),
               columns = static_cast<std::size_t>(b.dims()[rank - 1]);
    const std::size_t n = attributes.left_side ? rows : columns;
    bool fits = a.rank() == rank;
    for (std::size_t d = 0; fits && d < rank; ++d)
      fits = a.dims()[d] == (d + 2 < rank ? b.dims()[d] : static_cast<std::int64_t>(n));
    if (!fits)
      call.fail("the matrices do not fit the right side: " + to_string(a.type()) + " and " + to_string(b.type()));
    const bool straight = attributes.transpose_a == op::transpose_kind::NO_TRANSPOSE;
    array out(b.type(), call.precision());
    detail::with_wide_type(b.kind(), [&]<class T>() {
      const detail::elements_as<T> matrices(a), from(b);
      detail::result_as<T> to(std::move(out));
      std::copy_n(from.data(), b.size(), to.data());
      for (std::size_t at = 0, m = 0; at < b.size(); at += rows * columns, m += n * n) {
        const detail::triangle<T> t{matrices.data() + m,      straight ? n : 1,
                                    straight ? 1 : n,         attributes.lower == straight,
                                    attributes.unit_diagonal, attributes.transpose_a == op::transpose_kind::ADJOINT};
        if (attributes.left_side) {
          detail::solve_left(n, columns, t, to.data() + at);
        } else {
          detail::solve_right(rows, n, t, to.data() + at);
        }
      }
      out = to.finish();
    });
    call.set(std::move(out));
  }
};

}  // namespace partita::interpret
