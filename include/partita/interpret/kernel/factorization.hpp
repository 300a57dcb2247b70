// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Factorizations of one matrix, row by row in memory, in the forms of LAPACK: Householder vectors v (v[0] = 1, which is
// not stored) with their factors t stand for reflections I - t v v^H.

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <partita/interpret/kernel/linear_algebra.hpp>

namespace partita::interpret::detail {

/// `size` elements, `step` apart.
template <class T>
struct strided {
  T* data;
  std::size_t size, step;
  T& operator[](std::size_t i) const { return data[i * step]; }
};

/// The reflection that turns x into (beta, 0, ...), beta real: x[0] becomes beta, the rest the rest of the vector.
/// Returns its factor (LAPACK larfg).
template <class T>
[[nodiscard]] T make_reflection(const strided<T>& x) {
  if (x.size == 0) return T{};
  double below = 0;
  for (std::size_t i = 1; i < x.size; ++i) below += std::norm(x[i]);
  const T alpha = x[0];
  if (below == 0 && std::imag(alpha) == 0) return T{};
  const double beta = -std::copysign(std::sqrt(std::norm(alpha) + below), real_part_of(alpha));
  const T scale = 1.0 / (alpha - beta);
  for (std::size_t i = 1; i < x.size; ++i) x[i] = times(x[i], scale);
  x[0] = beta;
  return (beta - alpha) / beta;
}

/// Applies I - factor v v^H from the left to the matrix of v.size rows, or from the right to that of v.size columns,
/// that begins at a; `others` is the count of its columns or rows.
template <class V, class T>
void reflect_rows(const strided<V>& v, T factor, T* a, std::size_t row_step, std::size_t others) {
  if (factor == T{} || v.size == 0) return;
  for (std::size_t j = 0; j < others; ++j) {
    T sum = a[j];
    for (std::size_t i = 1; i < v.size; ++i) sum += times(conjugate(v[i]), a[i * row_step + j]);
    sum = times(sum, factor);
    a[j] -= sum;
    for (std::size_t i = 1; i < v.size; ++i) a[i * row_step + j] -= times(v[i], sum);
  }
}
template <class V, class T>
void reflect_columns(const strided<V>& v, T factor, T* a, std::size_t row_step, std::size_t others) {
  if (factor == T{} || v.size == 0) return;
  for (std::size_t i = 0; i < others; ++i) {
    T* const row = a + i * row_step;
    T sum = row[0];
    for (std::size_t j = 1; j < v.size; ++j) sum += times(row[j], v[j]);
    sum = times(sum, factor);
    row[0] -= sum;
    for (std::size_t j = 1; j < v.size; ++j) row[j] -= times(sum, conjugate(v[j]));
  }
}

/// Householder vectors below the diagonal and R above, with their factors, of each m x n matrix (LAPACK geqrf). With
/// `order`, columns are exchanged so that each is the longest of those that are left (geqp3), and order[j] becomes the
/// number, from 1, of the column that is now column j.
template <class T>
void factor_qr(std::size_t m, std::size_t n, T* a, T* factors, std::int32_t* order = nullptr) {
  for (std::size_t j = 0; order != nullptr && j < n; ++j) order[j] = static_cast<std::int32_t>(j) + 1;
  for (std::size_t k = 0; k < std::min(m, n); ++k) {
    if (order != nullptr) {
      std::size_t longest = k;
      double length = -1;
      for (std::size_t j = k; j < n; ++j) {
        double square = 0;
        for (std::size_t i = k; i < m; ++i) square += std::norm(a[i * n + j]);
        if (square > length) longest = j, length = square;
      }
      for (std::size_t i = 0; i < m; ++i) std::swap(a[i * n + k], a[i * n + longest]);
      std::swap(order[k], order[longest]);
    }
    const strided<T> v{a + k * n + k, m - k, n};
    factors[k] = make_reflection(v);
    reflect_rows(v, conjugate(factors[k]), a + k * n + k + 1, n, n - k - 1);
  }
}

/// The first n columns of the product of `count` Householder reflections, m x n, in place of their vectors (orgqr).
template <class T>
void form_q(std::size_t m, std::size_t n, std::size_t count, T* a, const T* factors) {
  std::vector<T> q(m * n, T{});
  for (std::size_t i = 0; i < std::min(m, n); ++i) q[i * n + i] = T(1);
  for (std::size_t k = std::min({count, m, n}); k-- > 0;)
    reflect_rows(strided<T>{a + k * n + k, m - k, n}, factors[k], q.data() + k * n, n, n);
  std::copy(q.begin(), q.end(), a);
}

/// Q C, Q^H C, C Q or C Q^H for rows x columns matrices C, Q the product of `count` reflections whose vectors are
/// columns of a (LAPACK ormqr).
template <class T>
void multiply_by_q(bool left, bool adjoint, std::size_t count, const T* a, const T* factors, std::size_t rows,
                   std::size_t columns, T* c) {
  const std::size_t order = left ? rows : columns;
  for (std::size_t step = 0; step < count; ++step) {
    const std::size_t k = left == adjoint ? step : count - 1 - step;  // the one next to C first
    const strided<const T> v{a + k * count + k, order - k, count};
    const T factor = adjoint ? conjugate(factors[k]) : factors[k];
    if (left) {
      reflect_rows(v, factor, c + k * columns, columns, columns);
    } else {
      reflect_columns(v, factor, c + k, columns, rows);
    }
  }
}

/// Q^H A Q of an n x n matrix, of which rows and columns outside [low, high) are as they shall be: zero below the
/// subdiagonal, where the vectors of Q stand, with their n - 1 factors (LAPACK gehrd).
template <class T>
void factor_hessenberg(std::size_t n, std::size_t low, std::size_t high, T* a, T* factors) {
  std::fill_n(factors, n == 0 ? 0 : n - 1, T{});
  for (std::size_t k = low; k + 1 < high; ++k) {
    const strided<T> v{a + (k + 1) * n + k, high - k - 1, n};
    factors[k] = make_reflection(v);
    reflect_columns(v, factors[k], a + k + 1, n, high);
    reflect_rows(v, conjugate(factors[k]), a + (k + 1) * n + k + 1, n, n - k - 1);
  }
}

/// Q^H A Q, real and tridiagonal, of the Hermitian matrix of which one triangle is at a: its diagonal, the elements
/// beside it, the vectors of Q in the triangle and their factors (LAPACK sytrd). The other triangle stays as it is.
template <class T>
void factor_tridiagonal(std::size_t n, bool lower, T* a, double* diagonal, double* beside, T* factors) {
  // The upper triangle is the lower one of the matrix with rows and columns in reverse order.
  const auto at = [&](std::size_t i, std::size_t j) -> T& {
    return lower ? a[i * n + j] : a[(n - 1 - i) * n + n - 1 - j];
  };
  std::vector<T> full(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    full[i * n + i] = real_part_of(at(i, i));
    for (std::size_t j = 0; j < i; ++j) {
      full[i * n + j] = at(i, j);
      full[j * n + i] = conjugate(at(i, j));
    }
  }
  factor_hessenberg(n, 0, n, full.data(), factors);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) at(i, j) = full[i * n + j];
    at(i, i) = real_part_of(at(i, i));
    diagonal[i] = real_part_of(at(i, i));
    if (i != 0) beside[i - 1] = real_part_of(at(i, i - 1));
  }
  if (lower || n == 0) return;
  std::reverse(diagonal, diagonal + n);
  std::reverse(beside, beside + n - 1);
  std::reverse(factors, factors + n - 1);
}

/// LU factors of an m x n matrix with rows exchanged, row i with row pivots[i] (LAPACK getrf). The first zero pivot's
/// number, from 1, or 0.
template <class T>
[[nodiscard]] std::int32_t factor_lu(std::size_t m, std::size_t n, T* a, std::int32_t* pivots) {
  std::int32_t singular = 0;
  for (std::size_t k = 0; k < std::min(m, n); ++k) {
    std::size_t best = k;
    // LAPACK compares |re| + |im|.
    const auto magnitude = [&](std::size_t i) {
      return std::fabs(std::real(a[i * n + k])) + std::fabs(std::imag(a[i * n + k]));
    };
    for (std::size_t i = k + 1; i < m; ++i) {
      if (magnitude(i) > magnitude(best)) best = i;
    }
    pivots[k] = static_cast<std::int32_t>(best) + 1;
    if (magnitude(best) == 0) {
      if (singular == 0) singular = static_cast<std::int32_t>(k) + 1;
      continue;
    }
    if (best != k) std::swap_ranges(a + k * n, a + (k + 1) * n, a + best * n);
    for (std::size_t i = k + 1; i < m; ++i) {
      a[i * n + k] /= a[k * n + k];
      for (std::size_t j = k + 1; j < n; ++j) a[i * n + j] -= times(a[i * n + k], a[k * n + j]);
    }
  }
  return singular;
}

/// Solves T X = B for a tridiagonal matrix with diagonal d, `below` (below[i] in row i, so that below[0] is none) and
/// `above`, with rows exchanged, in place; the diagonals become those of U (LAPACK gtsv). The number, from 1, of the
/// first pivot that is zero, or 0.
template <class T>
[[nodiscard]] std::int32_t solve_tridiagonal(std::size_t n, std::size_t columns, T* below, T* d, T* above, T* b) {
  const auto magnitude = [](const T& x) { return std::fabs(std::real(x)) + std::fabs(std::imag(x)); };
  for (std::size_t k = 0; k + 1 < n; ++k) {
    T* const row = b + k * columns;
    T* const next = row + columns;
    if (magnitude(d[k]) >= magnitude(below[k + 1])) {
      if (below[k + 1] != T{}) {
        const T factor = below[k + 1] / d[k];
        d[k + 1] -= times(factor, above[k]);
        for (std::size_t j = 0; j < columns; ++j) next[j] -= times(factor, row[j]);
      } else if (d[k] == T{}) {
        return static_cast<std::int32_t>(k) + 1;
      }
      below[k + 1] = T{};
    } else {
      const T factor = d[k] / below[k + 1], swapped = d[k + 1];
      d[k] = below[k + 1];
      d[k + 1] = above[k] - times(factor, swapped);
      below[k + 1] = k + 2 < n ? above[k + 1] : T{};  // the diagonal two above the main one
      if (k + 2 < n) above[k + 1] = -times(factor, above[k + 1]);
      above[k] = swapped;
      for (std::size_t j = 0; j < columns; ++j) {
        const T first = row[j];
        row[j] = next[j];
        next[j] = first - times(factor, next[j]);
      }
    }
  }
  if (n != 0 && d[n - 1] == T{}) return static_cast<std::int32_t>(n);
  for (std::size_t k = n; k-- > 0;) {
    T* const row = b + k * columns;
    for (std::size_t j = 0; j < columns; ++j) {
      if (k + 1 < n) row[j] -= times(above[k], row[columns + j]);
      if (k + 2 < n) row[j] -= times(below[k + 1], row[2 * columns + j]);
      row[j] /= d[k];
    }
  }
  return 0;
}

}  // namespace partita::interpret::detail
