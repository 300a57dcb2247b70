// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The transform of a shifted impulse is a power of a root of one; what is transformed back is what it was.
#include "matrix_testing.hpp"

#include <numbers>

using namespace matrix_testing;

namespace {

complexes transform(const std::string& type, const complexes& x) {
  const std::string n = std::to_string(x.size()), t = "tensor<" + n + "xcomplex<f64>>";
  array a(complex_f64, std::vector<std::int64_t>{static_cast<std::int64_t>(x.size())}, numerics::own);
  std::copy(x.begin(), x.end(), a.mutable_elements<std::complex<double>>().begin());
  const auto results = run_all(
      "(%a: " + t + ") -> " + t,
      "%r = stablehlo.fft %a, type = " + type + ", length = [" + n + "] : (" + t + ") -> " + t + "\nreturn %r : " + t,
      {a});
  const auto y = results[0].elements<std::complex<double>>();
  return {y.begin(), y.end()};
}
double distance(const complexes& a, const complexes& b) {
  double d = 0;
  for (std::size_t i = 0; i < a.size(); ++i) d = std::max(d, std::abs(a[i] - b[i]));
  return d;
}

}  // namespace

TEST_CASE("fft: lengths of small and of large prime factors") {
  for (const std::size_t n : {1u, 2u, 12u, 45u, 61u, 67u, 134u}) {
    CAPTURE(n);
    complexes impulse(n), wave(n);
    impulse[1 % n] = 1;
    for (std::size_t k = 0; k < n; ++k) {
      wave[k] = std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k * (1 % n)) / static_cast<double>(n));
    }
    CHECK(distance(transform("FFT", impulse), wave) < 1e-13);
    CHECK(distance(transform("IFFT", wave), impulse) < 1e-13);
  }
}

TEST_CASE("fft: the spectrum of a real signal is half, and its lowest and highest numbers count as real") {
  CHECK(
      close(run("(%a: tensor<2x4xf64>) -> tensor<2x4xf64>",
                "%s = stablehlo.fft %a, type = RFFT, length = [2, 4] : (tensor<2x4xf64>) -> tensor<2x3xcomplex<f64>>\n"
                "%r = stablehlo.fft %s, type = IRFFT, length = [2, 4] : (tensor<2x3xcomplex<f64>>) -> tensor<2x4xf64>\n"
                "return %r : tensor<2x4xf64>",
                {array_of(f64, {2, 4}, {1, 2, 3, 4, 0, -1, 0, 5})}),
            {1, 2, 3, 4, 0, -1, 0, 5}));
  CHECK(run("() -> tensor<2xf32>",
            "%s = stablehlo.constant dense<[(3.0, 7.0), (1.0, 9.0)]> : tensor<2xcomplex<f32>>\n"
            "%r = stablehlo.fft %s, type = IRFFT, length = [2] : (tensor<2xcomplex<f32>>) -> tensor<2xf32>\n"
            "return %r : tensor<2xf32>") == doubles{2, 1});
}
