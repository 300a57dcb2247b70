// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Calls whose meaning is known (StableHLO specification: custom_call, composite): what JAX and XLA say about where a
// value lies, which changes nothing on one device, and functions of whole matrices or rows. Configurations of LAPACK
// calls are letters: 'L', 'U' and so on, as numbers.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <partita/interpret/kernel/check.hpp>
#include <partita/interpret/kernel/linear_algebra.hpp>

namespace partita::interpret {

namespace detail {

/// Calls that say how or where a value is held.
inline constexpr std::string_view passing_calls[] = {
    "Sharding",
    "SPMDFullToShardShape",
    "SPMDShardToFullShape",
    "CompactWyHelper",
    "LayoutConstraint",
    "MoveToDevice",
    "MoveToHost",
    "annotate_device_placement",
    "InspectSharding",
    "xla.megascale.provide_metadata",
};

[[nodiscard]] inline bool pass_on(invocation& call, std::string_view target) {
  if (std::find(std::begin(passing_calls), std::end(passing_calls), target) == std::end(passing_calls)) return false;
  const std::size_t count = call.op().result_count();
  if (count > call.operand_count()) call.fail(std::string(target) + " has more results than operands");
  for (std::size_t i = 0; i < count; ++i) {
    const type_view wanted = call.result_type(i);
    if (wanted.is_static() && !(wanted == call.operand(i).type())) {
      call.fail(std::string(target) + " turns " + to_string(call.operand(i).type()) + " into " + to_string(wanted) +
                ", which one device alone cannot");
    }
    call.set(i, call.take(i));
  }
  return true;
}

/// The largest or smallest elements of each row of the last dim in order, and their places; of equal ones the first
/// place first, and NaN as the largest.
[[nodiscard]] inline bool top_k(invocation& call, std::string_view target) {
  if (target != "TopK" && target != "mhlo.topk") return false;
  const array& in = call.operand(0);
  if (in.rank() == 0 || call.op().result_count() != 2 || call.result_type(0).rank() != in.rank())
    call.fail(std::string(target) + " gives values and their places along the last dim");
  const auto n = static_cast<std::size_t>(in.dims()[in.rank() - 1]);
  array values = call.make_result(0), places = call.make_result(1);
  const auto k = static_cast<std::size_t>(values.dims()[in.rank() - 1]);
  if (k > n || places.kind() != storage::s32 || (n != 0 && in.size() / n * k != values.size()) ||
      places.size() != values.size())
    call.fail(std::string(target) + " cannot give " + to_string(values.type()) + " for " + to_string(in.type()));
  with_type(in.kind(), [&]<class T>() {
    if constexpr (!is_complex_v<T>) {
      std::vector<std::int32_t> order(n);
      const auto above = [](T a, T b) { return a != a ? b == b : a > b; };
      for (std::size_t row = 0; n != 0 && row < in.size() / n; ++row) {
        const T* const x = in.elements<T>().data() + row * n;
        std::iota(order.begin(), order.end(), 0);
        std::sort(order.begin(), order.end(),
                  [&](std::int32_t a, std::int32_t b) { return above(x[a], x[b]) || (!above(x[b], x[a]) && a < b); });
        for (std::size_t i = 0; i < k; ++i) {
          values.mutable_elements<T>()[row * k + i] = x[order[i]];
          places.mutable_elements<std::int32_t>()[row * k + i] = order[i];
        }
      }
    }
  });
  call.set(0, std::move(values));
  call.set(1, std::move(places));
  return true;
}

/// Householder vectors below the diagonal and R above, with their factors, of each m x n matrix (LAPACK geqrf).
template <class T>
void factor_qr(std::size_t m, std::size_t n, T* a, T* factors) {
  for (std::size_t k = 0; k < std::min(m, n); ++k) {
    double below = 0;
    for (std::size_t i = k + 1; i < m; ++i) below += std::norm(a[i * n + k]);
    const T alpha = a[k * n + k];
    const double imaginary = std::imag(alpha);
    factors[k] = T{};
    if (below == 0 && imaginary == 0) continue;
    const double beta = -std::copysign(std::sqrt(std::norm(alpha) + below), real_part_of(alpha));
    factors[k] = (beta - alpha) / beta;
    const T scale = 1.0 / (alpha - beta);
    for (std::size_t i = k + 1; i < m; ++i) a[i * n + k] = times(a[i * n + k], scale);
    a[k * n + k] = beta;
    for (std::size_t j = k + 1; j < n; ++j) {
      T sum = a[k * n + j];
      for (std::size_t i = k + 1; i < m; ++i) sum += times(conjugate(a[i * n + k]), a[i * n + j]);
      sum = times(sum, conjugate(factors[k]));
      a[k * n + j] -= sum;
      for (std::size_t i = k + 1; i < m; ++i) a[i * n + j] -= times(a[i * n + k], sum);
    }
  }
}

/// The first n columns of the product of `count` Householder reflections, m x n, in place of their vectors (orgqr).
template <class T>
void form_q(std::size_t m, std::size_t n, std::size_t count, T* a, const T* factors) {
  std::vector<T> q(m * n, T{});
  for (std::size_t i = 0; i < std::min(m, n); ++i) q[i * n + i] = T(1);
  for (std::size_t k = std::min({count, m, n}); k-- > 0;) {
    for (std::size_t j = 0; j < n; ++j) {
      T sum = q[k * n + j];
      for (std::size_t i = k + 1; i < m; ++i) sum += times(conjugate(a[i * n + k]), q[i * n + j]);
      sum = times(sum, factors[k]);
      q[k * n + j] -= sum;
      for (std::size_t i = k + 1; i < m; ++i) q[i * n + j] -= times(a[i * n + k], sum);
    }
  }
  std::copy(q.begin(), q.end(), a);
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

/// Calls of LAPACK as JAX makes them on CPUs: what they do to each matrix of a batch.
class lapack_call {
 public:
  lapack_call(invocation& call, std::string_view config) : call_(call), config_(config) {}

  /// False when the target is none of those known.
  [[nodiscard]] bool run(std::string_view target) {
    if (!target.starts_with("lapack_") || !target.ends_with("_ffi")) return false;
    target.remove_prefix(8);  // lapack_ and the letter of the element type
    target.remove_suffix(4);
    if (target == "potrf") return potrf(), true;
    if (target == "trsm") return trsm(), true;
    if (target == "geqrf") return geqrf(), true;
    if (target == "orgqr" || target == "ungqr") return orgqr(), true;
    if (target == "getrf") return getrf(), true;
    return false;
  }

 private:
  // The letter that the configuration gives for a key: `uplo = 76 : ui8` is 'L'.
  [[nodiscard]] char letter(std::string_view key) const {
    const std::string_view text = op::detail::entry_of(config_, key);
    const std::int64_t code = op::detail::small_number(text);
    if (code <= 0 || code > 127) call_.fail("mhlo.backend_config must give " + std::string(key) + " as a letter");
    return static_cast<char>(code);
  }
  void expect(std::size_t operands, std::size_t results) const {
    bool fits = call_.operand_count() == operands && call_.op().result_count() == results;
    for (std::size_t i = 0; fits && i < operands; ++i)
      fits = call_.operand(i).rank() >= (i == 0 ? 2u : 1u) && is_computed(call_.operand(i));
    if (!fits) call_.fail("a call of LAPACK with other operands or results than it has");
  }
  static bool is_computed(const array& a) { return is_float(a.element()) || is_complex(a.element()); }
  // An array of result i, which must have as many elements for each matrix of the batch as `each` says.
  [[nodiscard]] array result(std::size_t i, std::size_t each) const {
    if (!call_.result_type(i).is_static()) call_.fail("a call of LAPACK with results of open sizes");
    array a = call_.make_result(i);
    if (a.size() != batch() * each) call_.fail("result " + std::to_string(i) + " cannot be " + to_string(a.type()));
    return a;
  }
  [[nodiscard]] std::size_t rows() const {
    return static_cast<std::size_t>(call_.operand(0).dims()[call_.operand(0).rank() - 2]);
  }
  [[nodiscard]] std::size_t columns() const {
    return static_cast<std::size_t>(call_.operand(0).dims()[call_.operand(0).rank() - 1]);
  }
  [[nodiscard]] std::size_t batch() const {
    const size_list& dims = call_.operand(0).dims();
    return product({dims.begin(), dims.size() - 2});
  }
  // Status words, one for each matrix.
  void set_status(std::size_t i, const std::vector<std::int32_t>& status) {
    array a = result(i, 1);
    if (a.kind() != storage::s32) call_.fail("result " + std::to_string(i) + " must be a status of type i32");
    std::copy(status.begin(), status.end(), a.mutable_elements<std::int32_t>().begin());
    call_.set(i, std::move(a));
  }
  // A copy of operand 0, held as result 0, on which f works matrix by matrix: f(matrix, its number).
  template <class F>
  void for_each_matrix(F&& f) {
    const array in = call_.operand(0);
    const std::size_t each = rows() * columns();
    array out = result(0, each);
    with_wide_type(in.kind(), [&]<class T>() {
      const elements_as<T> from(in);
      result_as<T> to(std::move(out));
      std::copy_n(from.data(), in.size(), to.data());
      for (std::size_t b = 0; b < batch(); ++b) f(to.data() + b * each, b);
      out = to.finish();
    });
    call_.set(0, std::move(out));
  }

  void potrf() {
    expect(1, 2);
    if (rows() != columns()) call_.fail("needs square matrices");
    const bool lower = letter("uplo") == 'L';
    const std::size_t n = rows();
    std::vector<std::int32_t> status(batch(), 0);
    for_each_matrix([&](auto* x, std::size_t b) {
      if (!lower) adjoin(n, x);
      factor_lower(n, x);
      if (!lower) adjoin(n, x);
      if (n != 0 && x[0] != x[0]) status[b] = 1;  // the first pivot counts as the one that failed
    });
    set_status(1, status);
  }
  void geqrf() {
    expect(1, 2);
    const std::size_t m = rows(), n = columns(), k = std::min(m, n);
    array factors = result(1, k);
    if (factors.element() != call_.operand(0).element()) call_.fail("result 1 must have the elements of operand 0");
    const storage kind = call_.operand(0).kind();
    with_wide_type(kind, [&]<class T>() {
      result_as<T> to(std::move(factors));
      for_each_matrix([&](auto* x, std::size_t b) {
        if constexpr (std::is_same_v<decltype(x), T*>) factor_qr(m, n, x, to.data() + b * k);
      });
      factors = to.finish();
    });
    call_.set(1, std::move(factors));
  }
  void orgqr() {
    expect(2, 1);
    const std::size_t m = rows(), n = columns();
    const array factors = call_.operand(1);
    const std::size_t count = batch() == 0 ? 0 : factors.size() / batch();
    if (factors.size() != batch() * count || factors.element() != call_.operand(0).element() || count > std::min(m, n))
      call_.fail("operand 1 does not fit operand 0");
    with_wide_type(factors.kind(), [&]<class T>() {
      const elements_as<T> from(factors);
      for_each_matrix([&](auto* x, std::size_t b) {
        if constexpr (std::is_same_v<decltype(x), T*>) form_q(m, n, count, x, from.data() + b * count);
      });
    });
  }
  void getrf() {
    expect(1, 3);
    const std::size_t m = rows(), n = columns(), k = std::min(m, n);
    array pivots = result(1, k);
    if (pivots.kind() != storage::s32) call_.fail("result 1 must be of type i32");
    std::vector<std::int32_t> status(batch(), 0);
    std::int32_t* const to = pivots.mutable_elements<std::int32_t>().data();
    for_each_matrix([&](auto* x, std::size_t b) { status[b] = factor_lu(m, n, x, to + b * k); });
    call_.set(1, std::move(pivots));
    set_status(2, status);
  }
  void trsm() {
    expect(2, 1);
    op::triangular_solve::attributes a;
    a.left_side = letter("side") == 'L';
    a.lower = letter("uplo") == 'L';
    a.unit_diagonal = letter("diag") == 'U';
    const char form = letter("trans_x");
    a.transpose_a = form == 'N'   ? op::transpose_kind::NO_TRANSPOSE
                    : form == 'T' ? op::transpose_kind::TRANSPOSE
                                  : op::transpose_kind::ADJOINT;
    if (call_.operand(1).rank() < 2) call_.fail("operand 1 must be matrices");
    kernel<op::triangular_solve>::run(call_, a);
  }

  invocation& call_;
  std::string_view config_;
};

}  // namespace detail

template <>
struct kernel<op::custom_call> {
  static void run(invocation& call, const op::custom_call::attributes& a) {
    const graph_base& g = call.op().graph();
    std::string_view target = g.text(a.call_target_name.text);
    if (target.size() >= 2 && target.front() == '"') target = target.substr(1, target.size() - 2);
    if (target.starts_with('@')) target.remove_prefix(1);
    if (detail::check_custom_call(call, target) || detail::pass_on(call, target) || detail::top_k(call, target)) return;
    if (target == "Cholesky") return call.set(detail::cholesky_factor(call, call.operand(0), true));
    // Typed configurations stand in backend_config, or where a call of the older form keeps them.
    std::string_view config = g.text(a.typed_config.text);
    if (config.empty()) config = g.text(a.backend_config.text);
    if (detail::lapack_call(call, config).run(target)) return;
    call.fail("no meaning is known for the target '" + std::string(target) + "'");
  }
};

/// A composite is its decomposition.
template <>
struct kernel<op::composite> {
  static void run(invocation& call, const op::composite::attributes& a) {
    std::vector<array> operands;
    for (std::size_t i = 0; i < call.operand_count(); ++i) operands.push_back(call.take(i));
    call.results() = call.call(call.op().graph().text(a.decomposition.text), operands);
  }
};

}  // namespace partita::interpret
