// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are closed forms of the DLMF, or sums of series made with 80 digits.
#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <numbers>

#include <partita/interpret/kernel/special_functions.hpp>

namespace {

namespace special = partita::interpret::special;
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double pi = std::numbers::pi, gamma = std::numbers::egamma, ln2 = std::numbers::ln2;
constexpr double zeta3 = 1.2020569031595942854;

void check_near(double actual, double expected, double tolerance = 4e-16) {
  CAPTURE(actual);
  CAPTURE(expected);
  CHECK(std::fabs(actual - expected) <= tolerance * std::fabs(expected));
}

TEST_CASE("lgamma") {
  check_near(special::lgamma(0.5), std::log(pi) / 2);
  check_near(special::lgamma(10), std::log(362880.0));
  check_near(special::lgamma(30), std::log(8841761993739701954543616000000.0));
  check_near(special::lgamma(-0.5), std::log(2 * std::sqrt(pi)));
  check_near(special::lgamma(-2.5), std::log(8 * std::sqrt(pi) / 15), 2e-15);
  CHECK(special::lgamma(1) == 0);
  CHECK(special::lgamma(2) == 0);
  check_near(special::lgamma(1 + 0x1p-40), -gamma * 0x1p-40, 1e-11);
  check_near(special::lgamma(2 + 0x1p-40), (1 - gamma) * 0x1p-40, 1e-11);
  check_near(special::lgamma(1e200), 1e200 * (std::log(1e200) - 1));
  for (const double pole : {0.0, -1.0, -20.0, infinity, -infinity}) CHECK(special::lgamma(pole) == infinity);
  CHECK(special::lgamma(1e306) == infinity);
  CHECK(std::isnan(special::lgamma(nan)));
}

TEST_CASE("digamma") {
  check_near(special::digamma(1), -gamma);
  check_near(special::digamma(2), 1 - gamma);
  check_near(special::digamma(0.5), -gamma - 2 * ln2);
  check_near(special::digamma(-0.5), 2 - gamma - 2 * ln2, 1e-14);
  check_near(special::digamma(0.25), -gamma - pi / 2 - 3 * ln2);
  for (const double x : {0.7, 3.3, 14.9, 1e5})
    CHECK(special::digamma(x + 1) - special::digamma(x) == doctest::Approx(1 / x).epsilon(1e-9));
  for (const double pole : {0.0, -1.0, -7.0, -infinity, nan}) CHECK(std::isnan(special::digamma(pole)));
  CHECK(special::digamma(infinity) == infinity);
}

TEST_CASE("erf_inv is the inverse of erf") {
  for (const double x : {1e-300, 1e-10, 1e-4, 0.1, 0.4999, 0.5, 0.5001, 0.9, 0.999, 1 - 0x1p-53}) {
    const double y = special::erf_inv(x);
    check_near(x > 0.5 ? std::erfc(y) : std::erf(y), x > 0.5 ? 1 - x : x, 2e-14);
    CHECK(special::erf_inv(-x) == -y);
  }
  check_near(special::erf_inv(0.5), 0.47693627620446987338);
  CHECK(special::erf_inv(1) == infinity);
  CHECK(special::erf_inv(-1) == -infinity);
  CHECK(std::isnan(special::erf_inv(1.5)));
  CHECK(std::isnan(special::erf_inv(nan)));
}

TEST_CASE("bessel_i1e") {
  check_near(special::bessel_i1e(0.5), 0.1564208031848716971426);
  check_near(special::bessel_i1e(-1), -0.2079104153497084488693);
  check_near(special::bessel_i1e(10), 0.1212626813844555187189);
  check_near(special::bessel_i1e(24.9), 0.0787287948821031270236);
  check_near(special::bessel_i1e(25), 0.0785761133192927720281);
  check_near(special::bessel_i1e(700), 0.0150705194447168469492);
  CHECK(special::bessel_i1e(0) == 0);
  CHECK(special::bessel_i1e(infinity) == 0);
  CHECK(std::isnan(special::bessel_i1e(nan)));
}

TEST_CASE("zeta") {
  check_near(special::zeta(2, 1), pi * pi / 6);
  check_near(special::zeta(4, 1), pi * pi * pi * pi / 90);
  check_near(special::zeta(2, 0.5), pi * pi / 2);
  check_near(special::zeta(3, 0.5), 7 * zeta3);
  // The terms before 1/2: at -3/2 and -1/2.
  check_near(special::zeta(2, -1.5), pi * pi / 2 + 4 + 4.0 / 9);
  check_near(special::zeta(3, -1.5), 7 * zeta3 - 8 - 8.0 / 27, 1e-14);
  check_near(special::zeta(50, 1e-3), 1e150, 1e-14);
  CHECK(special::zeta(1, 2) == infinity);
  CHECK(special::zeta(2, 0) == infinity);
  CHECK(special::zeta(2, -3) == infinity);
  CHECK(special::zeta(2, -1e300) == infinity);
  CHECK(std::isnan(special::zeta(3, -3)));
  CHECK(std::isnan(special::zeta(2.5, -0.5)));
  CHECK(std::isnan(special::zeta(0.5, 2)));
}

TEST_CASE("polygamma") {
  CHECK(special::polygamma(0, 3.5) == special::digamma(3.5));
  check_near(special::polygamma(1, 1), pi * pi / 6);
  check_near(special::polygamma(1, 0.5), pi * pi / 2);
  check_near(special::polygamma(2, 1), -2 * zeta3);
  check_near(special::polygamma(3, 0.5), pi * pi * pi * pi);
  CHECK(std::isnan(special::polygamma(1.5, 1)));
  CHECK(std::isnan(special::polygamma(-1, 1)));
}

}  // namespace
