// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Calls that do the same to each matrix of a batch: LAPACK's functions as JAX calls them on CPUs, those of cuSOLVER,
// cuSPARSE, MAGMA and their ROCm twins on GPUs, and XLA's own on TPUs. All mean what LAPACK's function does; what
// LAPACK leaves open in a result is zero. Configurations are letters as numbers ('L' is 76 : ui8), or flags.

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/interpret/kernel/decomposition.hpp>
#include <partita/interpret/kernel/factorization.hpp>

namespace partita::interpret::detail {

/// The function that a target names, without library, letter of the element type and form of the call: "syevd" for
/// lapack_ssyevd_ffi, lapack_cheevd_ffi and cusolver_syevd_ffi.
[[nodiscard]] inline std::string_view matrix_routine(std::string_view target) {
  struct alias {
    std::string_view from, to;
  };
  static constexpr alias aliases[] = {{"Qr", "geqrf"},      {"ProductOfElementaryHouseholderReflectors", "orgqr"},
                                      {"heevd", "syevd"},   {"hetrd", "sytrd"},
                                      {"ungqr", "orgqr"},   {"unghr", "orghr"},
                                      {"unmqr", "ormqr"},   {"gtsv2", "gtsv"},
                                      {"eig_real", "geev"}, {"eig_comp", "geev"}};
  static constexpr std::string_view libraries[] = {"cusolver_", "hipsolver_", "cusparse_", "hipsparse_",
                                                   "cuhybrid_", "hiphybrid_", "cu_",       "hip_"};
  std::string_view name = target;
  if (name.ends_with("_ffi")) name.remove_suffix(4);
  if (name.starts_with("lapack_") && name.size() > 8) {
    name.remove_prefix(8);
  } else {
    for (const std::string_view library : libraries) {
      if (!name.starts_with(library)) continue;
      name.remove_prefix(library.size());
      break;
    }
  }
  for (const alias& a : aliases) {
    if (name == a.from) return a.to;
  }
  return name;
}

class matrix_call {
 public:
  matrix_call(invocation& call, std::string_view config) : call_(call), config_(config) {}

  /// False when the target is none of those known.
  [[nodiscard]] bool run(std::string_view target) {
    struct routine {
      std::string_view name;
      void (matrix_call::*run)();
    };
    static constexpr routine routines[] = {{"potrf", &matrix_call::potrf},
                                           {"trsm", &matrix_call::trsm},
                                           {"geqrf", &matrix_call::geqrf},
                                           {"geqp3", &matrix_call::geqp3},
                                           {"orgqr", &matrix_call::orgqr},
                                           {"ormqr", &matrix_call::ormqr},
                                           {"getrf", &matrix_call::getrf},
                                           {"gehrd", &matrix_call::gehrd},
                                           {"sytrd", &matrix_call::sytrd},
                                           {"gtsv", &matrix_call::gtsv},
                                           {"syevd", &matrix_call::syevd},
                                           {"Eigh", &matrix_call::eigh},
                                           {"geev", &matrix_call::geev},
                                           {"gees", &matrix_call::gees},
                                           {"gesdd", &matrix_call::gesvd},
                                           {"gesvd", &matrix_call::gesvd},
                                           {"gesvdj", &matrix_call::gesvdj},
                                           {"gesvdp", &matrix_call::gesvdj},
                                           {"LuDecomposition", &matrix_call::lu_decomposition},
                                           {"lu_pivots_to_permutation", &matrix_call::lu_pivots_to_permutation}};
    const std::string_view name = matrix_routine(target);
    for (const routine& r : routines) {
      if (r.name == name) return (this->*r.run)(), true;
    }
    return false;
  }

 private:
  /// What stands for a key in the configuration; nothing where the key is not.
  [[nodiscard]] std::string_view entry(std::string_view key) const {
    const auto within_name = [](char c) {
      return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    for (std::size_t at = config_.find(key); at != std::string_view::npos; at = config_.find(key, at + 1)) {
      std::size_t begin = at + key.size();
      if ((at != 0 && within_name(config_[at - 1])) || (begin < config_.size() && within_name(config_[begin])))
        continue;
      while (begin < config_.size() && (config_[begin] == ' ' || config_[begin] == '=')) ++begin;
      std::size_t end = begin;
      while (end < config_.size() && within_name(config_[end])) ++end;
      return config_.substr(begin, end - begin);
    }
    return {};
  }
  /// A number without sign; -1 for anything else.
  [[nodiscard]] static std::int64_t number(std::string_view text) {
    std::int64_t n = text.empty() || text.size() > 18 ? -1 : 0;
    for (std::size_t i = 0; n >= 0 && i < text.size(); ++i)
      n = text[i] < '0' || text[i] > '9' ? -1 : 10 * n + (text[i] - '0');
    return n;
  }
  [[nodiscard]] char letter(std::string_view key) const {
    const std::int64_t code = number(entry(key));
    if (code <= 0 || code > 127) call_.fail("mhlo.backend_config must give " + std::string(key) + " as a letter");
    return static_cast<char>(code);
  }
  [[nodiscard]] bool flag(std::string_view key) const {
    const std::string_view text = entry(key);
    if (text != "true" && text != "false") call_.fail("mhlo.backend_config must say whether " + std::string(key));
    return text == "true";
  }
  [[nodiscard]] bool lower() const { return entry("uplo").empty() ? flag("lower") : letter("uplo") == 'L'; }

  /// Fails unless there are so many operands and results. Operand `matrices` is the batch of matrices, `n` of rank one
  /// less are lists, one for each.
  void expect(std::size_t operands, std::size_t results, std::size_t matrices = 0) {
    leading_ = matrices;
    bool fits = call_.operand_count() == operands && call_.op().result_count() == results;
    fits = fits && call_.operand(matrices).rank() >= 2 && is_computed(call_.operand(matrices));
    for (std::size_t i = 0; fits && i < operands; ++i) {
      const array& a = call_.operand(i);
      fits = a.rank() + 1 >= call_.operand(matrices).rank();
      for (std::size_t d = 0; fits && d + 2 < call_.operand(matrices).rank(); ++d)
        fits = a.dims()[d] == call_.operand(matrices).dims()[d];
    }
    if (!fits) call_.fail("a call of LAPACK with other operands or results than it has");
  }
  void expect_square() const {
    if (rows() != columns()) call_.fail("needs square matrices but gets " + to_string(call_.operand(0).type()));
  }
  static bool is_computed(const array& a) { return is_float(a.element()) || is_complex(a.element()); }
  [[nodiscard]] std::size_t rows() const { return size_of_dim(2); }
  [[nodiscard]] std::size_t columns() const { return size_of_dim(1); }
  [[nodiscard]] std::size_t size_of_dim(std::size_t from_end) const {
    const array& a = call_.operand(leading_);
    return static_cast<std::size_t>(a.dims()[a.rank() - from_end]);
  }
  [[nodiscard]] std::size_t batch() const {
    const size_list& dims = call_.operand(leading_).dims();
    return product({dims.begin(), dims.size() - 2});
  }
  [[nodiscard]] element_type element() const { return call_.operand(leading_).element(); }
  [[nodiscard]] element_type real_element() const {
    return element() == element_type::complex_f32   ? element_type::f32
           : element() == element_type::complex_f64 ? element_type::f64
                                                    : element();
  }
  [[nodiscard]] element_type complex_element() const {
    return is_complex(element())            ? element()
           : element() == element_type::f64 ? element_type::complex_f64
                                            : element_type::complex_f32;
  }

  /// Elements of each matrix of an operand.
  [[nodiscard]] std::size_t each_of(std::size_t operand) const {
    return batch() == 0 ? 0 : call_.operand(operand).size() / batch();
  }
  /// An array of result i, which must have elements e, `each` for every matrix of the batch.
  [[nodiscard]] array result(std::size_t i, element_type e, std::size_t each) const {
    if (!call_.result_type(i).is_static()) call_.fail("a call of LAPACK with results of open sizes");
    array a = call_.make_result(i);
    if (a.size() != batch() * each || a.element() != e)
      call_.fail("result " + std::to_string(i) + " cannot be " + to_string(a.type()));
    return a;
  }
  /// Size of the last dim but `from_end` of result i.
  [[nodiscard]] std::size_t result_dim(std::size_t i, std::size_t from_end) const {
    const type_view t = call_.result_type(i);
    if (t.rank() < from_end || !t.is_static()) call_.fail("result " + std::to_string(i) + " must be matrices");
    return static_cast<std::size_t>(t.dims[t.rank() - from_end]);
  }

  /// Operand i as numbers of type T, for each matrix.
  template <class T>
  class input {
   public:
    input(const matrix_call& c, std::size_t i) : from_(c.call_.operand(i)), each_(c.each_of(i)) {}
    [[nodiscard]] const T* at(std::size_t b) const { return from_.data() + b * each_; }

   private:
    elements_as<T> from_;
    std::size_t each_;
  };
  /// Result i as numbers of type T, for each matrix.
  template <class T>
  class output {
   public:
    output(matrix_call& c, std::size_t i, element_type e, std::size_t each)
        : call_(c.call_), index_(i), each_(each), to_(c.result(i, e, each)) {}
    /// Begins as a copy of an operand.
    output(matrix_call& c, std::size_t i, std::size_t operand) : output(c, i, c.element(), c.each_of(operand)) {
      const elements_as<T> from(c.call_.operand(operand));
      std::copy_n(from.data(), c.call_.operand(operand).size(), to_.data());
    }
    [[nodiscard]] T* at(std::size_t b) { return to_.data() + b * each_; }
    void finish() { call_.set(index_, to_.finish()); }

   private:
    invocation& call_;
    std::size_t index_, each_;
    result_as<T> to_;
  };
  /// Zeros, of whatever shape.
  void set_open(std::size_t i) {
    if (!call_.result_type(i).is_static()) call_.fail("a call of LAPACK with results of open sizes");
    array a = call_.make_result(i);
    with_type(a.kind(), [&]<class T>() {
      const auto all = a.mutable_elements<T>();
      std::fill(all.begin(), all.end(), T{});
    });
    call_.set(i, std::move(a));
  }
  void set_status(std::size_t i, const std::vector<std::int32_t>& status) {
    array a = result(i, element_type::i32, 1);
    std::copy(status.begin(), status.end(), a.mutable_elements<std::int32_t>().begin());
    call_.set(i, std::move(a));
  }
  [[nodiscard]] std::int32_t* integers(array& a) const { return a.mutable_elements<std::int32_t>().data(); }
  /// f.template operator()<T>(), T the type in which elements of the matrices are computed.
  template <class F>
  void with_numbers(F&& f) const {
    with_wide_type(call_.operand(leading_).kind(), std::forward<F>(f));
  }
  static std::int32_t failed(bool found) { return found ? 0 : 1; }

  void potrf() {
    expect(1, 2);
    expect_square();
    const bool from_lower = lower();
    const std::size_t n = rows();
    std::vector<std::int32_t> status(batch(), 0);
    with_numbers([&]<class T>() {
      output<T> out(*this, 0, 0);
      for (std::size_t b = 0; b < batch(); ++b) {
        T* const x = out.at(b);
        if (!from_lower) adjoin(n, x);
        factor_lower(n, x);
        if (!from_lower) adjoin(n, x);
        if (n != 0 && x[0] != x[0]) status[b] = 1;  // the first pivot counts as the one that failed
      }
      out.finish();
    });
    set_status(1, status);
  }
  void geqrf() {
    expect(1, 2);
    const std::size_t m = rows(), n = columns();
    with_numbers([&]<class T>() {
      output<T> out(*this, 0, 0), factors(*this, 1, element(), std::min(m, n));
      for (std::size_t b = 0; b < batch(); ++b) factor_qr(m, n, out.at(b), factors.at(b));
      out.finish();
      factors.finish();
    });
  }
  void geqp3() {
    expect(2, 3);
    const std::size_t m = rows(), n = columns();
    const array& fixed = call_.operand(1);
    if (fixed.kind() != storage::s32 || each_of(1) != n) call_.fail("operand 1 must be an i32 for each column");
    const auto all = fixed.elements<std::int32_t>();
    if (std::any_of(all.begin(), all.end(), [](std::int32_t x) { return x != 0; }))
      call_.fail("columns that are to come first (operand 1 other than zeros) are not supported");
    array order = result(1, element_type::i32, n);
    with_numbers([&]<class T>() {
      output<T> out(*this, 0, 0), factors(*this, 2, element(), std::min(m, n));
      for (std::size_t b = 0; b < batch(); ++b) factor_qr(m, n, out.at(b), factors.at(b), integers(order) + b * n);
      out.finish();
      factors.finish();
    });
    call_.set(1, std::move(order));
  }
  void orgqr() {
    expect(2, 1);
    const std::size_t m = rows(), n = columns(), count = each_of(1);
    if (call_.operand(1).element() != element() || count > std::min(m, n))
      call_.fail("operand 1 does not fit operand 0");
    with_numbers([&]<class T>() {
      const input<T> factors(*this, 1);
      output<T> out(*this, 0, 0);
      for (std::size_t b = 0; b < batch(); ++b) form_q(m, n, count, out.at(b), factors.at(b));
      out.finish();
    });
  }
  void ormqr() {
    expect(3, 1);
    const bool left = flag("left"), adjoint = flag("transpose");
    const std::size_t order = rows(), count = columns();
    const array& c = call_.operand(2);
    if (c.rank() != call_.operand(0).rank()) call_.fail("operand 2 must be matrices");
    const auto across = static_cast<std::size_t>(c.dims()[c.rank() - (left ? 2 : 1)]);
    if (across != order || count > order || each_of(1) != count || call_.operand(1).element() != element() ||
        c.element() != element())
      call_.fail("the matrices do not fit each other");
    const std::size_t along = order == 0 ? 0 : each_of(2) / order;
    with_numbers([&]<class T>() {
      const input<T> factors(*this, 1), vectors(*this, 0);
      output<T> out(*this, 0, 2);
      for (std::size_t b = 0; b < batch(); ++b)
        multiply_by_q(left, adjoint, count, vectors.at(b), factors.at(b), left ? order : along, left ? along : order,
                      out.at(b));
      out.finish();
    });
  }
  /// LU factors, pivots numbered from `first`; what else is made of the pivots is made by then(b, pivots).
  template <class F>
  void factor_all(std::int32_t first, F&& then) {
    const std::size_t m = rows(), n = columns(), k = std::min(m, n);
    array pivots = result(1, element_type::i32, k);
    std::int32_t* const all = integers(pivots);
    with_numbers([&]<class T>() {
      output<T> out(*this, 0, 0);
      for (std::size_t b = 0; b < batch(); ++b) {
        std::int32_t* const mine = all + b * k;
        const std::int32_t singular = factor_lu(m, n, out.at(b), mine);
        for (std::size_t i = 0; i < k; ++i) mine[i] += first - 1;
        then(b, mine, singular);
      }
      out.finish();
    });
    call_.set(1, std::move(pivots));
  }
  void getrf() {
    expect(1, 3);
    std::vector<std::int32_t> status(batch(), 0);
    factor_all(1, [&](std::size_t b, const std::int32_t*, std::int32_t singular) { status[b] = singular; });
    set_status(2, status);
  }
  /// Row i of the permuted matrix is row order[i].
  static void permute(const std::int32_t* pivots, std::size_t count, std::int32_t* order, std::size_t n) {
    std::iota(order, order + n, 0);
    for (std::size_t i = 0; i < std::min(count, n); ++i) {
      if (pivots[i] >= 0 && static_cast<std::size_t>(pivots[i]) < n) std::swap(order[i], order[pivots[i]]);
    }
  }
  void lu_decomposition() {
    expect(1, 3);
    const std::size_t m = rows(), k = std::min(m, columns());
    array order = result(2, element_type::i32, m);
    std::int32_t* const all = integers(order);
    factor_all(0, [&](std::size_t b, const std::int32_t* pivots, std::int32_t) { permute(pivots, k, all + b * m, m); });
    call_.set(2, std::move(order));
  }
  void lu_pivots_to_permutation() {
    const bool fits = call_.operand_count() == 1 && call_.op().result_count() == 1 && call_.operand(0).rank() >= 1 &&
                      call_.operand(0).kind() == storage::s32 && call_.result_type(0).is_static() &&
                      call_.result_type(0).rank() == call_.operand(0).rank();
    if (!fits) call_.fail("takes lists of pivots of type i32 and gives permutations");
    const array& pivots = call_.operand(0);
    array order = call_.make_result(0);
    const auto k = static_cast<std::size_t>(pivots.dims()[pivots.rank() - 1]), n = result_dim(0, 1);
    if (order.kind() != storage::s32 || order.size() * k != pivots.size() * n)
      call_.fail("result 0 cannot be " + to_string(order.type()));
    const std::int32_t* const from = pivots.elements<std::int32_t>().data();
    for (std::size_t b = 0; n != 0 && b < order.size() / n; ++b) permute(from + b * k, k, integers(order) + b * n, n);
    call_.set(std::move(order));
  }
  void gehrd() {
    expect(1, 3);
    expect_square();
    const std::size_t n = rows();
    const std::int64_t low = number(entry("low")), high = number(entry("high"));
    if (n != 0 && (low < 1 || high < low || high > static_cast<std::int64_t>(n)))
      call_.fail("mhlo.backend_config must give low and high with 1 <= low <= high <= " + std::to_string(n));
    with_numbers([&]<class T>() {
      output<T> out(*this, 0, 0), factors(*this, 1, element(), n == 0 ? 0 : n - 1);
      for (std::size_t b = 0; n != 0 && b < batch(); ++b)
        factor_hessenberg(n, static_cast<std::size_t>(low - 1), static_cast<std::size_t>(high), out.at(b),
                          factors.at(b));
      out.finish();
      factors.finish();
    });
    set_status(2, std::vector<std::int32_t>(batch(), 0));
  }
  void sytrd() {
    expect(1, 5);
    expect_square();
    const std::size_t n = rows(), less = n == 0 ? 0 : n - 1;
    const bool from_lower = lower();
    with_numbers([&]<class T>() {
      output<T> out(*this, 0, 0), factors(*this, 3, element(), less);
      output<double> diagonal(*this, 1, real_element(), n), beside(*this, 2, real_element(), less);
      for (std::size_t b = 0; b < batch(); ++b)
        factor_tridiagonal(n, from_lower, out.at(b), diagonal.at(b), beside.at(b), factors.at(b));
      out.finish();
      factors.finish();
      diagonal.finish();
      beside.finish();
    });
    set_status(4, std::vector<std::int32_t>(batch(), 0));
  }
  /// On CPUs the diagonals of U are results, too, and a status.
  void gtsv() {
    const bool all = call_.op().result_count() == 5;
    expect(4, all ? 5 : 1, 3);
    const std::size_t n = rows(), wide = columns();
    for (std::size_t i = 0; i < 3; ++i) {
      if (each_of(i) != (batch() == 0 ? 0 : n) || call_.operand(i).element() != element())
        call_.fail("operand " + std::to_string(i) + " does not fit operand 3");
    }
    std::vector<std::int32_t> status(batch(), 0);
    with_numbers([&]<class T>() {
      output<T> out(*this, all ? 3 : 0, 3);
      std::vector<T> lists[3];
      const input<T> from[3] = {{*this, 0}, {*this, 1}, {*this, 2}};
      std::vector<T> kept[3];
      for (std::size_t b = 0; b < batch(); ++b) {
        for (std::size_t i = 0; i < 3; ++i) lists[i].assign(from[i].at(b), from[i].at(b) + n);
        status[b] = solve_tridiagonal(n, wide, lists[0].data(), lists[1].data(), lists[2].data(), out.at(b));
        for (std::size_t i = 0; i < 3; ++i) kept[i].insert(kept[i].end(), lists[i].begin(), lists[i].end());
        // Without a status nothing else would tell.
        if (!all && status[b] != 0) std::fill_n(out.at(b), n * wide, T(std::numeric_limits<double>::quiet_NaN()));
      }
      out.finish();
      for (std::size_t i = 0; all && i < 3; ++i) {
        output<T> list(*this, i, i);
        std::copy(kept[i].begin(), kept[i].end(), list.at(0));
        list.finish();
      }
    });
    if (all) set_status(4, status);
  }
  void hermitian(bool from_lower, std::size_t vectors, std::size_t values, std::vector<std::int32_t>& status) {
    expect_square();
    const std::size_t n = rows();
    with_numbers([&]<class T>() {
      const input<T> in(*this, 0);
      output<T> v(*this, vectors, element(), n * n);
      output<double> w(*this, values, real_element(), n);
      for (std::size_t b = 0; b < batch(); ++b)
        status[b] = failed(decompose_hermitian(n, from_lower, in.at(b), w.at(b), v.at(b)));
      v.finish();
      w.finish();
    });
  }
  /// mode 'N' leaves open what would be the vectors.
  void syevd() {
    expect(1, 3);
    std::vector<std::int32_t> status(batch(), 0);
    hermitian(lower(), 0, 1, status);
    if (!entry("mode").empty() && letter("mode") == 'N') set_open(0);
    set_status(2, status);
  }
  /// "1,1,100,1e-6": whether the lower triangle is read, whether to sort, and how exactly to compute.
  void eigh() {
    expect(1, 2);
    std::string_view text = config_;
    if (text.starts_with('"')) text.remove_prefix(1);
    if (text.empty() || (text[0] != '0' && text[0] != '1'))
      call_.fail("backend_config must begin with 1 for the lower triangle or 0 for the upper one");
    std::vector<std::int32_t> status(batch(), 0);
    hermitian(text[0] == '1', 0, 1, status);
  }
  /// Eigenvalues (of real matrices their real and imaginary parts apart), left and right eigenvectors, status.
  void geev() {
    const bool real = call_.operand_count() == 1 && !is_complex(call_.operand(0).element());
    expect(1, real ? 5 : 4);
    expect_square();
    const std::size_t n = rows(), left_at = real ? 2 : 1;
    const bool flags = entry("compute_left").empty();
    const bool left = flags ? flag("left") : letter("compute_left") == 'V';
    const bool right = flags ? flag("right") : letter("compute_right") == 'V';
    using number = std::complex<double>;
    std::vector<std::int32_t> status(batch(), 0);
    std::vector<number> values(batch() * n);
    {
      output<number> u(*this, left_at, complex_element(), n * n), v(*this, left_at + 1, complex_element(), n * n);
      with_numbers([&]<class T>() {
        const input<T> in(*this, 0);
        for (std::size_t b = 0; b < batch(); ++b) {
          const eigen_decomposition found(n, in.at(b));
          status[b] = failed(found.found);
          std::copy_n(found.values.data(), n, values.data() + b * n);
          write_rows(found.left, u.at(b));
          write_rows(found.right, v.at(b));
        }
      });
      u.finish();
      v.finish();
    }
    if (!left) set_open(left_at);
    if (!right) set_open(left_at + 1);
    set_eigenvalues(0, values);
    set_status(left_at + 2, status);
  }
  void set_eigenvalues(std::size_t i, const std::vector<std::complex<double>>& values) {
    const std::size_t n = rows();
    if (is_complex(element())) {
      output<std::complex<double>> w(*this, i, element(), n);
      std::copy(values.begin(), values.end(), w.at(0));
      return w.finish();
    }
    output<double> re(*this, i, element(), n), im(*this, i + 1, element(), n);
    for (std::size_t k = 0; k < values.size(); ++k) {
      re.at(0)[k] = values[k].real();
      im.at(0)[k] = values[k].imag();
    }
    re.finish();
    im.finish();
  }
  /// Schur form, vectors, eigenvalues, how many were chosen to come first, status.
  void gees() {
    const bool real = call_.operand_count() == 1 && !is_complex(call_.operand(0).element());
    expect(1, real ? 6 : 5);
    expect_square();
    if (letter("sort") != 'N') call_.fail("eigenvalues in a chosen order (sort other than 'N') are not supported");
    const std::size_t n = rows(), after = real ? 4 : 3;
    std::vector<std::int32_t> status(batch(), 0);
    std::vector<std::complex<double>> values(batch() * n);
    with_numbers([&]<class T>() {
      const input<T> in(*this, 0);
      output<T> t(*this, 0, element(), n * n), u(*this, 1, element(), n * n);
      for (std::size_t b = 0; b < batch(); ++b) {
        schur_form<T> form(n, in.at(b));
        status[b] = failed(form.found);
        if (!form.found) {
          form.t.setConstant(T(std::numeric_limits<double>::quiet_NaN()));
          form.u = form.t;
        }
        write_rows(form.t, t.at(b));
        write_rows(form.u, u.at(b));
        std::copy_n(form.eigenvalues().data(), n, values.data() + b * n);
      }
      t.finish();
      u.finish();
    });
    if (letter("mode") == 'N') set_open(1);
    set_eigenvalues(2, values);
    set_status(after, std::vector<std::int32_t>(batch(), 0));
    set_status(after + 1, status);
  }
  /// A, which is left open, singular values, left vectors as columns, right ones as rows, conjugated, status. GPUs
  /// compute wide matrices as tall ones, with left and right exchanged.
  void gesvd() {
    const bool exchanged = !entry("transposed").empty() && flag("transposed");
    singular_values(exchanged ? 3 : 2, exchanged ? 2 : 3, false);
  }
  /// Right vectors are columns.
  void gesvdj() { singular_values(2, 3, true); }
  void singular_values(std::size_t left, std::size_t right, bool as_columns) {
    expect(1, 5);
    const std::size_t m = rows(), n = columns(), k = std::min(m, n);
    const bool vectors = entry("mode").empty() ? flag("compute_uv") : letter("mode") != 'N';
    const std::size_t u_columns = vectors ? result_dim(left, 1) : k;
    const std::size_t v_rows = vectors ? result_dim(right, as_columns ? 1 : 2) : k;
    if ((u_columns != k && u_columns != m) || (v_rows != k && v_rows != n))
      call_.fail("needs a singular vector for each singular value or for each row and column");
    std::vector<std::int32_t> status(batch(), 0);
    with_numbers([&]<class T>() {
      const input<T> in(*this, 0);
      output<double> s(*this, 1, real_element(), k);
      if (vectors) {
        output<T> u(*this, left, element(), m * u_columns), v(*this, right, element(), v_rows * n);
        std::vector<T> rows_of_v(v_rows * n);
        for (std::size_t b = 0; b < batch(); ++b) {
          T* const to = as_columns ? rows_of_v.data() : v.at(b);
          status[b] = failed(decompose_singular(m, n, in.at(b), s.at(b), true, u.at(b), u_columns, to, v_rows));
          for (std::size_t i = 0; as_columns && i < v_rows * n; ++i)
            v.at(b)[i % n * v_rows + i / n] = conjugate(rows_of_v[i]);
        }
        u.finish();
        v.finish();
      } else {
        T* const none = nullptr;
        for (std::size_t b = 0; b < batch(); ++b)
          status[b] = failed(decompose_singular(m, n, in.at(b), s.at(b), false, none, 0, none, 0));
      }
      s.finish();
    });
    set_open(0);
    if (!vectors) {
      set_open(left);
      set_open(right);
    }
    set_status(4, status);
  }
  void trsm() {
    expect(2, 1);
    op::triangular_solve::attributes a;
    a.left_side = letter("side") == 'L';
    a.lower = lower();
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
  std::size_t leading_ = 0;
};

}  // namespace partita::interpret::detail
