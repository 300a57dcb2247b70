// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Eigenvalues, singular values and Schur forms of one matrix, row by row in memory, computed in f64 by Eigen. What is
// unique is as LAPACK gives it: order of Hermitian eigenvalues and of singular values, 2 x 2 blocks of a real Schur
// form, lengths of eigenvectors. Signs of vectors, and the order of eigenvalues of other matrices, are not.

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>
#include <type_traits>
#include <utility>

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>

#include <partita/interpret/kernel/linear_algebra.hpp>

namespace partita::interpret::detail {

template <class T>
using dense_matrix = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic>;

template <class T>
[[nodiscard]] dense_matrix<T> dense_copy(std::size_t rows, std::size_t columns, const T* a) {
  using row_major = Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const row_major>(a, static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(columns));
}
template <class T>
void write_rows(const dense_matrix<T>& m, T* to) {
  for (Eigen::Index i = 0; i < m.rows(); ++i) {
    for (Eigen::Index j = 0; j < m.cols(); ++j) *to++ = m(i, j);
  }
}

/// Ascending eigenvalues of the Hermitian n x n matrix of which one triangle is at a, and its orthonormal eigenvectors
/// as columns. False, with NaN everywhere, when there are none: elements are not finite.
template <class T>
[[nodiscard]] bool decompose_hermitian(std::size_t n, bool lower, const T* a, double* values, T* vectors) {
  if (n == 0) return true;
  dense_matrix<T> m = dense_copy(n, n, a);
  if (!lower) m = m.adjoint().eval();
  m.template triangularView<Eigen::StrictlyUpper>().setZero();  // not part of the matrix, whatever stands there
  if (m.allFinite()) {
    const Eigen::SelfAdjointEigenSolver<dense_matrix<T>> solver(m);
    if (solver.info() == Eigen::Success) {
      std::copy_n(solver.eigenvalues().data(), n, values);
      write_rows<T>(solver.eigenvectors(), vectors);
      return true;
    }
  }
  std::fill_n(values, n, std::numeric_limits<double>::quiet_NaN());
  std::fill_n(vectors, n * n, T(std::numeric_limits<double>::quiet_NaN()));
  return false;
}

/// Singular values of an m x n matrix in descending order; if wanted, the first u_columns left singular vectors as
/// columns of u and the first v_rows right ones, conjugated, as rows of v. False, with NaN everywhere, when elements
/// are not finite.
template <class T>
[[nodiscard]] bool decompose_singular(std::size_t m, std::size_t n, const T* a, double* values, bool vectors, T* u,
                                      std::size_t u_columns, T* v, std::size_t v_rows) {
  const std::size_t k = std::min(m, n);
  if (k == 0) {  // all vectors are those of the null spaces
    const auto identity = [](std::size_t rows, std::size_t columns, T* to) {
      for (std::size_t i = 0; i < rows * columns; ++i) to[i] = T(i / columns == i % columns ? 1 : 0);
    };
    if (vectors) {
      identity(m, u_columns, u);
      identity(v_rows, n, v);
    }
    return true;
  }
  const dense_matrix<T> matrix = dense_copy(m, n, a);
  if (matrix.allFinite()) {
    unsigned wanted = 0;
    if (vectors) {
      wanted = static_cast<unsigned>(u_columns > k ? Eigen::ComputeFullU : Eigen::ComputeThinU) |
               static_cast<unsigned>(v_rows > k ? Eigen::ComputeFullV : Eigen::ComputeThinV);
    }
    const Eigen::JacobiSVD<dense_matrix<T>> svd(matrix, wanted);
    std::copy_n(svd.singularValues().data(), k, values);
    if (vectors) {
      write_rows<T>(svd.matrixU().leftCols(static_cast<Eigen::Index>(u_columns)), u);
      write_rows<T>(svd.matrixV().leftCols(static_cast<Eigen::Index>(v_rows)).adjoint(), v);
    }
    return true;
  }
  std::fill_n(values, k, std::numeric_limits<double>::quiet_NaN());
  if (vectors) {
    std::fill_n(u, m * u_columns, T(std::numeric_limits<double>::quiet_NaN()));
    std::fill_n(v, v_rows * n, T(std::numeric_limits<double>::quiet_NaN()));
  }
  return false;
}

/// A = U T U^H with U unitary and T upper triangular; for real matrices, with 2 x 2 blocks [a b; c a], b c < 0, on the
/// diagonal for each pair of complex eigenvalues.
template <class T>
struct schur_form {
  dense_matrix<T> t, u;
  bool found = false;

  schur_form(std::size_t n, const T* a) : t(dense_copy(n, n, a)) {
    u.setIdentity(t.rows(), t.cols());
    found = n == 0;
    if (found || !t.allFinite()) return;
    if constexpr (is_complex_v<T>) {
      const Eigen::ComplexSchur<dense_matrix<T>> solver(t);
      found = solver.info() == Eigen::Success;
      t = solver.matrixT();
      u = solver.matrixU();
    } else {
      const Eigen::RealSchur<dense_matrix<T>> solver(t);
      found = solver.info() == Eigen::Success;
      t = solver.matrixT();
      u = solver.matrixU();
      for (Eigen::Index k = 0; k + 1 < t.rows(); ++k) {
        if (t(k + 1, k) != 0) balance_block(k);
      }
    }
  }

  [[nodiscard]] Eigen::Matrix<std::complex<double>, Eigen::Dynamic, 1> eigenvalues() const {
    Eigen::Matrix<std::complex<double>, Eigen::Dynamic, 1> values = t.diagonal().template cast<std::complex<double>>();
    if constexpr (!is_complex_v<T>) {
      for (Eigen::Index k = 0; k + 1 < t.rows(); ++k) {
        const double b = t(k, k + 1), c = t(k + 1, k);
        if (c == 0) continue;
        const std::complex<double> distance(0, std::sqrt(std::fabs(b)) * std::sqrt(std::fabs(c)));
        values[k + 1] = values[k] - distance;
        values[k] += distance;
      }
    }
    return values;
  }
  /// Turns the basis of a 2 x 2 block: columns x and y of `turn` are the new basis vectors.
  void turn(Eigen::Index k, const Eigen::Matrix<T, 2, 2>& turn) {
    t.middleRows(k, 2) = (turn.adjoint() * t.middleRows(k, 2)).eval();
    t.middleCols(k, 2) = (t.middleCols(k, 2) * turn).eval();
    u.middleCols(k, 2) = (u.middleCols(k, 2) * turn).eval();
  }

 private:
  // A rotation by x changes the difference of the diagonal elements to d cos 2x + s sin 2x.
  void balance_block(Eigen::Index k) {
    const double d = std::real(t(k, k) - t(k + 1, k + 1)), s = std::real(t(k, k + 1) + t(k + 1, k));
    const double x = d == 0 ? 0 : std::atan2(-d, s) / 2;
    Eigen::Matrix<T, 2, 2> rotation;
    rotation << std::cos(x), -std::sin(x), std::sin(x), std::cos(x);
    turn(k, rotation);
    t(k, k) = t(k + 1, k + 1) = (t(k, k) + t(k + 1, k + 1)) / 2.0;
  }
};

/// Eigenvalues of any square matrix with its right and left eigenvectors (v such that A v = x v and u such that
/// u^H A = x u^H) as columns, of length 1 and with a real largest component. Of a real matrix, pairs of conjugate
/// eigenvalues come together, that with the positive imaginary part first.
struct eigen_decomposition {
  using number = std::complex<double>;
  Eigen::Matrix<number, Eigen::Dynamic, 1> values;
  dense_matrix<number> right, left;
  bool found = false;

  template <class T>
  eigen_decomposition(std::size_t n, const T* a) {
    const schur_form<T> form(n, a);
    values.setConstant(form.t.rows(), number(std::numeric_limits<double>::quiet_NaN()));
    right = left = dense_matrix<number>::Constant(form.t.rows(), form.t.cols(), values.size() == 0 ? 0 : values[0]);
    found = form.found;
    if (!found || n == 0) return;
    values = form.eigenvalues();
    const schur_form<number> triangular = widened(form);
    const double scale = triangular.t.cwiseAbs().maxCoeff();
    least_ = std::max(scale * std::numeric_limits<double>::epsilon(), std::numeric_limits<double>::min());
    for (Eigen::Index k = 0; k < values.size(); ++k) {
      if (!is_complex_v<T> && values[k].imag() < 0) {  // the second of a pair
        right.col(k) = right.col(k - 1).conjugate();
        left.col(k) = left.col(k - 1).conjugate();
        continue;
      }
      right.col(k) = normalized(triangular.u * right_of(triangular.t, k));
      left.col(k) = normalized(triangular.u * left_of(triangular.t, k));
      if (is_complex_v<T> || values[k].imag() != 0) continue;
      right.col(k) = right.col(k).real().template cast<number>().eval();
      left.col(k) = left.col(k).real().template cast<number>().eval();
    }
  }

 private:
  using column = Eigen::Matrix<number, Eigen::Dynamic, 1>;
  double least_ = 0;

  // A triangular form with complex numbers: the first basis vector of a block becomes its eigenvector.
  template <class T>
  [[nodiscard]] schur_form<number> widened(const schur_form<T>& form) const {
    schur_form<number> wide(0, nullptr);
    wide.t = form.t.template cast<number>();
    wide.u = form.u.template cast<number>();
    if constexpr (!is_complex_v<T>) {
      for (Eigen::Index k = 0; k + 1 < form.t.rows(); ++k) {
        const double b = form.t(k, k + 1);
        if (form.t(k + 1, k) == 0) continue;
        const number distance(0, values[k].imag());
        const double length = std::hypot(b, std::abs(distance));
        const number x = b / length, y = distance / length;
        Eigen::Matrix<number, 2, 2> basis;
        basis << x, -std::conj(y), y, std::conj(x);
        wide.turn(k, basis);
        wide.t(k + 1, k) = 0;
        wide.t(k, k) = values[k];
        wide.t(k + 1, k + 1) = values[k + 1];
      }
    }
    return wide;
  }
  // By x, or what it is at least when two eigenvalues are one.
  [[nodiscard]] number divided(number by_it, number x) const {
    return by_it / (std::abs(x) < least_ ? number(least_) : x);
  }
  static void keep_small(column& x, Eigen::Index i) {
    if (const double size = std::abs(x[i]); size > 1e100) x /= size;
  }
  [[nodiscard]] column right_of(const dense_matrix<number>& t, Eigen::Index k) const {
    column x = column::Zero(t.rows());
    x[k] = 1;
    for (Eigen::Index i = k - 1; i >= 0; --i) {
      number sum = 0;
      for (Eigen::Index j = i + 1; j <= k; ++j) sum += t(i, j) * x[j];
      x[i] = divided(-sum, t(i, i) - t(k, k));
      keep_small(x, i);
    }
    return x;
  }
  [[nodiscard]] column left_of(const dense_matrix<number>& t, Eigen::Index k) const {
    column x = column::Zero(t.rows());
    x[k] = 1;
    for (Eigen::Index j = k + 1; j < t.rows(); ++j) {
      number sum = 0;
      for (Eigen::Index i = k; i < j; ++i) sum += std::conj(x[i]) * t(i, j);
      x[j] = std::conj(divided(-sum, t(j, j) - t(k, k)));
      keep_small(x, j);
    }
    return x;
  }
  [[nodiscard]] static column normalized(column x) {
    x /= x.norm();
    Eigen::Index largest = 0;
    (void)x.cwiseAbs().maxCoeff(&largest);
    x *= std::conj(x[largest]) / std::abs(x[largest]);
    x[largest] = x[largest].real();
    return x;
  }
};

}  // namespace partita::interpret::detail
