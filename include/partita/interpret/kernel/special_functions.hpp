// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Special functions of double that the CHLO dialect names and <cmath> lacks, or has with global state. Numbers of
// formulas are those of the NIST Digital Library of Mathematical Functions (DLMF). Sums are made in long double, which
// leaves the results a few units in the last place from exact where long double has 64 bits.

#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>

namespace partita::interpret::special {

namespace detail {

inline constexpr long double pi = 3.14159265358979323846264338327950288L;
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double infinity = std::numeric_limits<double>::infinity();

// Bernoulli numbers B(2), B(4), ..., B(24) (DLMF 24.2).
inline constexpr long double bernoulli[] = {
    1.0L / 6,         -1.0L / 30,       1.0L / 42,  -1.0L / 30,         5.0L / 66,           -691.0L / 2730,
    7.0L / 6,         -3617.0L / 510,   43867.0L / 798, -174611.0L / 330, 854513.0L / 138, -236364091.0L / 2730};

// zeta(2), zeta(3), ..., zeta(17) (DLMF 25.2).
inline constexpr long double zeta_values[] = {
    1.64493406684822643647L, 1.20205690315959428540L, 1.08232323371113819152L, 1.03692775514336992633L,
    1.01734306198444913971L, 1.00834927738192282684L, 1.00407735619794433938L, 1.00200839282608221442L,
    1.00099457512781808534L, 1.00049418860411946456L, 1.00024608655330804830L, 1.00012271334757848915L,
    1.00006124813505870483L, 1.00003058823630702049L, 1.00001528225940865187L, 1.00000763719763789976L};
inline constexpr long double euler_gamma = 0.57721566490153286061L;

[[nodiscard]] inline bool is_whole(double x) { return std::floor(x) == x; }

// sin(pi x), exact zeros included: the argument is reduced before it is multiplied.
[[nodiscard]] inline long double sin_pi(double x) {
  const long double r = std::remainder(static_cast<long double>(x), 2.0L);
  return std::sin(pi * r);
}

// lgamma(1 + z) near 0 (DLMF 5.7.3).
[[nodiscard]] inline long double lgamma_near_one(long double z) {
  long double sum = -euler_gamma * z, power = -z;
  for (std::size_t k = 0; k < std::size(zeta_values); ++k) {
    power *= -z;
    sum += zeta_values[k] * power / static_cast<long double>(k + 2);
  }
  return sum;
}

// For x > 0: Stirling's series (DLMF 5.11.1), with the argument raised to 15 by recurrence first.
[[nodiscard]] inline long double lgamma_positive(long double x) {
  if (std::fabs(x - 1) < 0.05L) return lgamma_near_one(x - 1);
  if (std::fabs(x - 2) < 0.05L) return std::log1p(x - 2) + lgamma_near_one(x - 2);
  long double product = 1;
  for (; x < 15; x += 1) product *= x;
  long double sum = 0, power = 1 / x;
  for (std::size_t k = 0; k < std::size(bernoulli); ++k) {
    const auto n = static_cast<long double>(2 * k + 2);
    sum += bernoulli[k] / (n * (n - 1)) * power;
    power /= x * x;
  }
  return (x - 0.5L) * std::log(x) - x + 0.5L * std::log(2 * pi) + sum - std::log(product);
}

}  // namespace detail

/// log |Gamma(x)|; infinity at 0, -1, -2, ... Below 1/2 by reflection (DLMF 5.5.3).
[[nodiscard]] inline double lgamma(double x) {
  if (std::isnan(x)) return x;
  if (std::isinf(x) || (x <= 0 && detail::is_whole(x))) return detail::infinity;
  if (x >= 1e300) return x * (std::log(x) - 1);
  if (x > 0) return static_cast<double>(detail::lgamma_positive(x));
  const long double sine = std::fabs(detail::sin_pi(x));
  return static_cast<double>(std::log(detail::pi / sine) - detail::lgamma_positive(1 - static_cast<long double>(x)));
}

/// The derivative of log Gamma; NaN at 0, -1, -2, ... and at -infinity (DLMF 5.5.4, 5.11.2).
[[nodiscard]] inline double digamma(double x) {
  if (std::isnan(x) || (x <= 0 && detail::is_whole(x))) return detail::nan;
  if (std::isinf(x)) return x;
  long double y = x, sum = 0;
  if (x < 0.5) {
    const long double r = std::remainder(static_cast<long double>(x), 1.0L);
    sum -= detail::pi / std::tan(detail::pi * r);
    y = 1 - y;
  }
  for (; y < 15; y += 1) sum -= 1 / y;
  sum += std::log(y) - 0.5L / y;
  long double power = 1 / (y * y);
  for (std::size_t k = 0; k < std::size(detail::bernoulli); ++k) {
    sum -= detail::bernoulli[k] / static_cast<long double>(2 * k + 2) * power;
    power /= y * y;
  }
  return static_cast<double>(sum);
}

/// The y for which erf(y) = x: Halley's method from Winitzki's approximation. Near the ends the equation is
/// erfc(y) = 1 - |x|, which loses no digits.
[[nodiscard]] inline double erf_inv(double x) {
  if (std::isnan(x) || std::fabs(x) > 1) return detail::nan;
  if (std::fabs(x) == 1) return std::copysign(detail::infinity, x);
  if (x == 0) return x;
  const long double target = std::fabs(static_cast<long double>(x)), rest = 1 - target;
  const long double l = std::log(rest * (1 + target)), a = 0.147L;
  const long double half = 2 / (detail::pi * a) + l / 2;
  // 2 / sqrt(pi) is the slope of erf at 0; Winitzki's difference of roots cancels there.
  const long double slope = 2 / std::sqrt(detail::pi);
  long double y = target < 1e-3L ? target / slope : std::sqrt(std::sqrt(half * half - l / a) - half);
  for (int i = 0; i < 4; ++i) {
    const long double error = target > 0.5L ? rest - std::erfc(y) : std::erf(y) - target;
    const long double step = error / (slope * std::exp(-y * y));
    y -= step / (1 + y * step);
    if (std::fabs(step) < 1e-7L * y) break;  // the error is now the cube of this
  }
  return static_cast<double>(x < 0 ? -y : y);
}

/// exp(-|x|) I1(x), I1 the modified Bessel function: the power series (DLMF 10.25.2), and from 25 on the expansion for
/// large arguments (DLMF 10.40.1), whose smallest term there is exp(-2x).
[[nodiscard]] inline double bessel_i1e(double x) {
  if (std::isnan(x)) return x;
  const long double y = std::fabs(static_cast<long double>(x));
  long double sum = 1, term = 1;
  if (y < 25) {
    const long double q = y * y / 4;
    for (int k = 1; k < 200 && term > sum * 1e-21L; ++k) {
      term *= q / (static_cast<long double>(k) * static_cast<long double>(k + 1));
      sum += term;
    }
    sum *= y / 2 * std::exp(-y);
  } else {
    for (int k = 1; k < 50; ++k) {
      const auto odd = static_cast<long double>(2 * k - 1);
      term *= -(4 - odd * odd) / (static_cast<long double>(k) * 8 * y);
      sum += term;
      if (std::fabs(term) < 1e-21L) break;
    }
    sum /= std::sqrt(2 * detail::pi * y);
  }
  return static_cast<double>(x < 0 ? -sum : sum);
}

namespace detail {

// The Hurwitz zeta function for s > 1, q > 0 by the Euler-Maclaurin formula (DLMF 25.11.5 with n = 15).
[[nodiscard]] inline long double zeta_positive(long double s, long double q) {
  long double sum = 0;
  for (int k = 0; k < 15; ++k) sum += std::pow(q + static_cast<long double>(k), -s);
  const long double a = q + 15, last = std::pow(a, -s);
  sum += last * a / (s - 1) + last / 2;
  long double term = last * s / a / 2;  // s (s + 1) ... a^(-s - 2j + 1) / (2j)!
  for (std::size_t j = 0; j < std::size(bernoulli); ++j) {
    const long double next = term * bernoulli[j];
    sum += next;
    if (std::fabs(next) <= std::fabs(sum) * 1e-21L) break;
    const auto n = static_cast<long double>(2 * j + 1);
    term *= (s + n) * (s + n + 1) / (a * a * (n + 2) * (n + 3));
  }
  return sum;
}

}  // namespace detail

/// The Hurwitz zeta function, the sum of (q + k)^-s over k = 0, 1, ... NaN for s < 1; infinity for s = 1; for q <= 0
/// only defined for whole s, and at whole q infinite for even s.
[[nodiscard]] inline double zeta(double s, double q) {
  if (std::isnan(s) || std::isnan(q)) return detail::nan;
  if (s == 1) return detail::infinity;
  if (s < 1) return detail::nan;
  const bool even = std::fmod(s, 2) == 0;
  if (q > 0) {
    if (std::isinf(q)) return 0;
    return std::isinf(s) ? (q < 1 ? detail::infinity : q == 1 ? 1 : 0)
                         : static_cast<double>(detail::zeta_positive(s, q));
  }
  if (std::isinf(q) || std::isinf(s) || !detail::is_whole(s)) return detail::nan;
  if (detail::is_whole(q)) return even ? detail::infinity : detail::nan;
  // Terms of negative base are, but for the sign, those of a sum that starts at the fraction of -q and ends at -q.
  const long double below = -static_cast<long double>(q), fraction = below - std::floor(below);
  const long double negative = detail::zeta_positive(s, fraction) - detail::zeta_positive(s, below + 1);
  return static_cast<double>(detail::zeta_positive(s, 1 - fraction) + (even ? negative : -negative));
}

/// Derivative n of digamma (DLMF 5.15.1). NaN unless n is 0, 1, 2, ...
[[nodiscard]] inline double polygamma(double n, double x) {
  if (std::isnan(n) || std::isnan(x) || n < 0 || !detail::is_whole(n) || std::isinf(n)) return detail::nan;
  if (n == 0) return digamma(x);
  const double z = zeta(n + 1, x);
  const long double factorial = std::tgamma(static_cast<long double>(n) + 1);
  const long double value = std::isinf(factorial) && z != 0 && std::isfinite(z)
                                ? std::copysign(std::exp(detail::lgamma_positive(static_cast<long double>(n) + 1) +
                                                         std::log(std::fabs(static_cast<long double>(z)))),
                                                static_cast<long double>(z))
                                : factorial * z;
  return static_cast<double>(std::fmod(n, 2) == 0 ? -value : value);
}

}  // namespace partita::interpret::special
