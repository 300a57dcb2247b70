// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Discrete Fourier transforms of any length (StableHLO specification: fft), computed in complex<f64>: Cooley-Tukey for
// lengths of small prime factors, Bluestein's algorithm for others.

#include <cmath>
#include <complex>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <partita/interpret/kernel/matrix_product.hpp>
#include <partita/interpret/machine.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {

/// The sum over j of x[j] exp(sign 2 pi i j k / n), for one n and one sign, without a factor 1 / n.
class fourier {
 public:
  using number = std::complex<double>;

  fourier(std::size_t n, bool inverse) : n_(n), inverse_(inverse), roots_(n), scratch_(n) {
    for (std::size_t k = 0; k < n; ++k) roots_[k] = root(k, n);
    std::size_t rest = n;
    for (std::size_t p = 2; p * p <= rest; ++p) {
      for (; rest % p == 0; rest /= p) factors_.push_back(p);
    }
    if (rest > 1) factors_.push_back(rest);
    if (!factors_.empty() && factors_.back() > largest_factor) prepare_bluestein();
  }

  /// In place.
  void operator()(number* x) {
    if (n_ <= 1) return;
    if (convolved_) return bluestein(x);
    scratch_.assign(x, x + n_);
    combine(scratch_.data(), 1, x, n_, 0);
  }

 private:
  static constexpr std::size_t largest_factor = 61;

  [[nodiscard]] number root(std::size_t k, std::size_t n) const {
    const double angle = 2 * 3.14159265358979323846 * static_cast<double>(k) / static_cast<double>(n);
    return {std::cos(angle), inverse_ ? std::sin(angle) : -std::sin(angle)};
  }

  // out[k], k < n: transform of n inputs that are `step` apart, of prime factors from `level` on.
  void combine(const number* in, std::size_t step, number* out, std::size_t n, std::size_t level) const {
    if (n == 1) {
      out[0] = in[0];
      return;
    }
    const std::size_t p = factors_[level], m = n / p, stride = n_ / n;
    for (std::size_t q = 0; q < p; ++q) combine(in + q * step, step * p, out + q * m, m, level + 1);
    number part[largest_factor];
    for (std::size_t k = 0; k < m; ++k) {
      for (std::size_t q = 0; q < p; ++q) part[q] = times(out[q * m + k], roots_[q * k * stride]);
      if (p == 2) {
        out[k] = part[0] + part[1];
        out[m + k] = part[0] - part[1];
        continue;
      }
      for (std::size_t r = 0; r < p; ++r) {
        number sum = part[0];
        for (std::size_t q = 1; q < p; ++q) sum += times(part[q], roots_[q * r % p * (n_ / p)]);
        out[r * m + k] = sum;
      }
    }
  }

  // With j k = (j^2 + k^2 - (k - j)^2) / 2 the transform is a convolution, of any length that is large enough.
  void prepare_bluestein() {
    std::size_t size = 1;
    while (size < 2 * n_ - 1) size *= 2;
    chirp_.resize(n_);
    std::size_t square = 0;  // k^2 modulo 2 n
    for (std::size_t k = 0; k < n_; ++k) {
      chirp_[k] = root(square, 2 * n_);
      square = (square + 2 * k + 1) % (2 * n_);
    }
    convolved_ = std::make_unique<std::pair<fourier, fourier>>(fourier(size, false), fourier(size, true));
    filter_.assign(size, number{});
    for (std::size_t k = 0; k < n_; ++k) filter_[k] = filter_[k == 0 ? 0 : size - k] = std::conj(chirp_[k]);
    convolved_->first(filter_.data());
  }
  void bluestein(number* x) {
    std::vector<number> y(filter_.size());
    for (std::size_t k = 0; k < n_; ++k) y[k] = times(x[k], chirp_[k]);
    convolved_->first(y.data());
    for (std::size_t k = 0; k < y.size(); ++k) y[k] = times(y[k], filter_[k]);
    convolved_->second(y.data());
    const double scale = 1 / static_cast<double>(y.size());
    for (std::size_t k = 0; k < n_; ++k) x[k] = times(y[k] * scale, chirp_[k]);
  }

  std::size_t n_;
  bool inverse_;
  std::vector<number> roots_, scratch_;
  std::vector<std::size_t> factors_;  // prime, ascending
  std::vector<number> chirp_, filter_;
  std::unique_ptr<std::pair<fourier, fourier>> convolved_;
};

/// Transforms dim d of a row-major tensor in place. The inverse is divided by the size.
inline void transform_dim(std::complex<double>* x, const size_list& dims, std::size_t d, bool inverse) {
  const auto n = static_cast<std::size_t>(dims[d]);
  std::size_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (i != d) (i < d ? outer : inner) *= static_cast<std::size_t>(dims[i]);
  }
  if (n == 0 || outer == 0 || inner == 0) return;
  fourier f(n, inverse);
  std::vector<std::complex<double>> line(n);
  for (std::size_t o = 0; o < outer; ++o) {
    for (std::size_t i = 0; i < inner; ++i) {
      std::complex<double>* const at = x + o * n * inner + i;
      for (std::size_t k = 0; k < n; ++k) line[k] = at[k * inner];
      f(line.data());
      for (std::size_t k = 0; k < n; ++k) at[k * inner] = inverse ? line[k] / static_cast<double>(n) : line[k];
    }
  }
}

}  // namespace detail

template <>
struct kernel<op::fft> {
  static void run(invocation& call, const op::fft::attributes& a) {
    using number = std::complex<double>;
    const bool inverse = a.fft_type == op::fft_type::IFFT || a.fft_type == op::fft_type::IRFFT;
    const bool from_real = a.fft_type == op::fft_type::RFFT, to_real = a.fft_type == op::fft_type::IRFFT;
    const array& in = call.operand(0);
    const std::size_t last = in.rank() - 1;
    const std::int64_t length = a.fft_length.back(), half = length / 2 + 1;
    for (std::size_t i = 0; i < a.fft_length.size(); ++i) {
      const bool halved = to_real && i + 1 == a.fft_length.size();
      const std::int64_t wanted = halved ? half : a.fft_length[i];
      if (in.dims()[in.rank() - a.fft_length.size() + i] != wanted)
        call.fail("the operand's dims do not have the sizes in fft_length: " + to_string(in.type()));
    }
    size_list dims = in.dims();
    const detail::elements_as<number> from(in);
    std::vector<number> x(from.data(), from.data() + in.size());
    if (from_real) detail::transform_dim(x.data(), dims, last, false);
    if (!from_real && !to_real) detail::transform_dim(x.data(), dims, last, inverse);
    if (from_real) {
      x = resized(x, length, half);
      dims[last] = half;
    }
    for (std::size_t i = 0; i + 1 < a.fft_length.size(); ++i)
      detail::transform_dim(x.data(), dims, in.rank() - a.fft_length.size() + i, inverse);
    if (to_real) {
      // The other half of a real signal's spectrum is the conjugate of this one.
      x = resized(x, half, length);
      dims[last] = length;
      for (std::size_t row = 0; row < x.size(); row += static_cast<std::size_t>(length)) {
        for (auto k = static_cast<std::size_t>(half); k < static_cast<std::size_t>(length); ++k)
          x[row + k] = std::conj(x[row + static_cast<std::size_t>(length) - k]);
      }
      detail::transform_dim(x.data(), dims, last, true);
    }
    detail::result_as<number> out(array(call.result_type().element, dims.view(), call.precision()));
    std::copy(x.begin(), x.end(), out.data());
    call.set(out.finish());
  }

 private:
  // Rows of another length: cut, or with zeros behind.
  static std::vector<std::complex<double>> resized(const std::vector<std::complex<double>>& x, std::int64_t from,
                                                   std::int64_t to) {
    const auto n = static_cast<std::size_t>(from), m = static_cast<std::size_t>(to);
    std::vector<std::complex<double>> y(x.size() / n * m);
    for (std::size_t row = 0; row * n < x.size(); ++row) {
      for (std::size_t k = 0; k < std::min(n, m); ++k) y[row * m + k] = x[row * n + k];
    }
    return y;
  }
};

}  // namespace partita::interpret
