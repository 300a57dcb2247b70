// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the elementwise ops compute of one element, as structs for the loops of element_loops.hpp. Functions that are
// not exact are computed with more digits than their result has where that is to be had: f32 and complex<f32> in
// double, complex<f64> in long double.

#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <partita/interpret/kernel/element_loops.hpp>

namespace partita::interpret::detail {

/// The type in which functions of T are computed.
template <class T>
using computing_t = std::conditional_t<
    std::is_same_v<T, std::complex<double>>, std::complex<long double>,
    std::conditional_t<is_complex_v<T>, std::complex<double>, double>>;

template <class R, class T>
[[nodiscard]] constexpr R rounded_to(const T& x) {
  if constexpr (is_complex_v<R>) {
    using part = typename R::value_type;
    return {static_cast<part>(x.real()), static_cast<part>(x.imag())};
  } else {
    return static_cast<R>(x);
  }
}

/// A function F::at of a double, a complex<double> or a complex<long double> as one of any float or complex.
template <class F>
struct computed {
  // F is complete only where of() is called: the second parameter defers its look-up until then.
  template <class T, class G = F>
    requires(Float<T> || Complex<T>) && requires(const computing_t<T>& x) { G::at(x); }
  static T of(const T& x) {
    return rounded_to<T>(G::at(rounded_to<computing_t<T>>(x)));
  }
  template <class T, class G = F>
    requires(Float<T> || Complex<T>) && requires(const computing_t<T>& x) { G::at(x, x); }
  static T of(const T& x, const T& y) {
    return rounded_to<T>(G::at(rounded_to<computing_t<T>>(x), rounded_to<computing_t<T>>(y)));
  }
};

// Arithmetic on unsigned integers of T's width or more, which wraps and is never promoted to a signed type.
template <class T>
using wide_word = std::conditional_t<sizeof(T) < sizeof(std::uint32_t), std::uint32_t, T>;

namespace element {

struct add {
  static constexpr bool sign_free = true;
  template <Boolean T>
  static T of(T a, T b) { return a || b; }
  template <Word T>
  static T of(T a, T b) { return static_cast<T>(wide_word<T>{a} + wide_word<T>{b}); }
  template <Float T>
  static T of(T a, T b) { return a + b; }
  template <Complex T>
  static T of(const T& a, const T& b) { return a + b; }
};
struct subtract {
  static constexpr bool sign_free = true;
  template <Word T>
  static T of(T a, T b) { return static_cast<T>(wide_word<T>{a} - wide_word<T>{b}); }
  template <Float T>
  static T of(T a, T b) { return a - b; }
  template <Complex T>
  static T of(const T& a, const T& b) { return a - b; }
};
struct multiply {
  static constexpr bool sign_free = true;
  template <Boolean T>
  static T of(T a, T b) { return a && b; }
  template <Word T>
  static T of(T a, T b) { return static_cast<T>(wide_word<T>{a} * wide_word<T>{b}); }
  template <Float T>
  static T of(T a, T b) { return a * b; }
  template <Complex T>
  static T of(const T& x, const T& y) {
    const double a = x.real(), b = x.imag(), c = y.real(), d = y.imag();
    return rounded_to<T>(std::complex<double>(a * c - b * d, a * d + b * c));
  }
};
struct divide {
  template <Word T>
  static T of(T a, T b) { return b == 0 ? static_cast<T>(~T{0}) : static_cast<T>(a / b); }
  template <Signed T>
  static T of(T a, T b) {
    if (b == 0) return T{-1};
    if (b == -1) return static_cast<T>(std::uint64_t{0} - static_cast<std::uint64_t>(a));
    return static_cast<T>(a / b);
  }
  template <Float T>
  static T of(T a, T b) { return a / b; }
  template <Complex T>
  static T of(const T& a, const T& b) {
    return rounded_to<T>(rounded_to<computing_t<T>>(a) / rounded_to<computing_t<T>>(b));
  }
};
struct remainder {
  template <Word T>
  static T of(T a, T b) { return b == 0 ? a : static_cast<T>(a % b); }
  template <Signed T>
  static T of(T a, T b) { return b == 0 ? a : b == -1 ? T{0} : static_cast<T>(a % b); }
  template <Float T>
  static T of(T a, T b) { return std::fmod(a, b); }
};

// Complex numbers are ordered by real part, then by imaginary part; one that has a NaN is taken first.
template <class T>
[[nodiscard]] bool has_nan(const T& x) { return std::isnan(x.real()) || std::isnan(x.imag()); }
template <class T>
[[nodiscard]] bool comes_before(const T& a, const T& b) {
  return a.real() < b.real() || (a.real() == b.real() && a.imag() < b.imag());
}
template <class T>
using bits_type = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

struct maximum {
  template <Boolean T>
  static T of(T a, T b) { return a || b; }
  template <Integer T>
  static T of(T a, T b) { return a > b ? a : b; }
  template <Float T>
  static T of(T a, T b) {
    // Of equal values only zeros differ in bits: in their sign.
    using bits = bits_type<T>;
    return a > b ? a : a < b ? b : a == b ? std::bit_cast<T>(std::bit_cast<bits>(a) & std::bit_cast<bits>(b)) : a + b;
  }
  template <Complex T>
  static T of(const T& a, const T& b) { return has_nan(a) ? a : has_nan(b) ? b : comes_before(a, b) ? b : a; }
};
struct minimum {
  template <Boolean T>
  static T of(T a, T b) { return a && b; }
  template <Integer T>
  static T of(T a, T b) { return a < b ? a : b; }
  template <Float T>
  static T of(T a, T b) {
    using bits = bits_type<T>;
    return a < b ? a : a > b ? b : a == b ? std::bit_cast<T>(std::bit_cast<bits>(a) | std::bit_cast<bits>(b)) : a + b;
  }
  template <Complex T>
  static T of(const T& a, const T& b) { return has_nan(a) ? a : has_nan(b) ? b : comes_before(b, a) ? b : a; }
};

struct conjunction {
  static constexpr bool sign_free = true;
  template <Boolean T>
  static T of(T a, T b) { return a && b; }
  template <Word T>
  static T of(T a, T b) { return static_cast<T>(a & b); }
};
struct disjunction {
  static constexpr bool sign_free = true;
  template <Boolean T>
  static T of(T a, T b) { return a || b; }
  template <Word T>
  static T of(T a, T b) { return static_cast<T>(a | b); }
};
struct exclusive {
  static constexpr bool sign_free = true;
  template <Boolean T>
  static T of(T a, T b) { return a != b; }
  template <Word T>
  static T of(T a, T b) { return static_cast<T>(a ^ b); }
};
struct complement {
  static constexpr bool sign_free = true;
  template <Boolean T>
  static T of(T a) { return !a; }
  template <Word T>
  static T of(T a) { return static_cast<T>(~a); }
};

// The low `bits` bits, and the same with the highest of them as sign.
template <Word T>
[[nodiscard]] constexpr T low_bits(T x, int bits) {
  return bits >= static_cast<int>(8 * sizeof(T)) ? x : static_cast<T>(x & ((1u << bits) - 1u));
}
template <Word T>
[[nodiscard]] constexpr std::make_signed_t<T> with_sign(T x, int bits) {
  const int unused = static_cast<int>(8 * sizeof(T)) - bits;
  return static_cast<std::make_signed_t<T>>(
      static_cast<std::make_signed_t<T>>(static_cast<T>(wide_word<T>{x} << unused)) >> unused);
}

// The amount is read as unsigned, so that a negative one is beyond the width.
struct shift_left {
  static constexpr bool sign_free = true;
  template <Word T>
  static T of(T x, T by, int bits) {
    const T amount = low_bits(by, bits);
    return amount >= static_cast<T>(bits) ? T{0} : static_cast<T>(wide_word<T>{x} << amount);
  }
};
struct shift_right_logical {
  static constexpr bool sign_free = true;
  template <Word T>
  static T of(T x, T by, int bits) {
    const T amount = low_bits(by, bits);
    return amount >= static_cast<T>(bits) ? T{0} : static_cast<T>(low_bits(x, bits) >> amount);
  }
};
struct shift_right_arithmetic {
  static constexpr bool sign_free = true;
  template <Word T>
  static T of(T x, T by, int bits) {
    const T amount = low_bits(by, bits);
    const T most = static_cast<T>(bits - 1);
    return static_cast<T>(with_sign(x, bits) >> (amount < most ? amount : most));
  }
};
struct count_leading_zeros {
  static constexpr bool sign_free = true;
  template <Word T>
  static T of(T x, int bits) {
    const int unused = static_cast<int>(8 * sizeof(T)) - bits;
    return static_cast<T>(std::countl_zero(low_bits(x, bits)) - unused);
  }
};
struct popcnt {
  static constexpr bool sign_free = true;
  template <Word T>
  static T of(T x, int bits) { return static_cast<T>(std::popcount(low_bits(x, bits))); }
};

struct negate {
  static constexpr bool sign_free = true;
  template <Word T>
  static T of(T a) { return static_cast<T>(wide_word<T>{0} - wide_word<T>{a}); }
  template <Float T>
  static T of(T a) { return -a; }
  template <Complex T>
  static T of(const T& a) { return -a; }
};
struct sign {
  template <Signed T>
  static T of(T x) { return static_cast<T>((x > 0) - (x < 0)); }
  template <Float T>
  static T of(T x) { return x > 0 ? T{1} : x < 0 ? T{-1} : x; }
  template <Complex T>
  static T of(const T& x) {
    using part = typename T::value_type;
    constexpr part nan = std::numeric_limits<part>::quiet_NaN();
    if (has_nan(x)) return {nan, nan};
    if (x == T{}) return {};
    const computing_t<T> wide = rounded_to<computing_t<T>>(x);
    return rounded_to<T>(wide / std::abs(wide));
  }
};
struct abs {
  template <Signed T>
  static T of(T x) { return x < 0 ? static_cast<T>(std::uint64_t{0} - static_cast<std::uint64_t>(x)) : x; }
  template <Float T>
  static T of(T x) { return std::fabs(x); }
  template <Complex T>
  static typename T::value_type of(const T& x) {
    return static_cast<typename T::value_type>(std::abs(rounded_to<computing_t<T>>(x)));
  }
};
struct real {
  template <Float T>
  static T of(T x) { return x; }
  template <Complex T>
  static typename T::value_type of(const T& x) { return x.real(); }
};
struct imag {
  template <Float T>
  static T of(T) { return 0; }
  template <Complex T>
  static typename T::value_type of(const T& x) { return x.imag(); }
};
struct complex {
  template <Float T>
  static std::complex<T> of(T a, T b) { return {a, b}; }
};
struct is_finite {
  template <Float T>
  static bool of(T x) { return std::isfinite(x); }
};
struct ceil {
  template <Float T>
  static T of(T x) { return std::ceil(x); }
};
struct floor {
  template <Float T>
  static T of(T x) { return std::floor(x); }
};
struct round_afz {
  template <Float T>
  static T of(T x) { return std::round(x); }
};
struct round_even {
  template <Float T>
  static T of(T x) { return std::nearbyint(x); }
};
struct sqrt {
  template <Float T>
  static T of(T x) { return std::sqrt(x); }
  template <Complex T>
  static T of(const T& x) { return rounded_to<T>(std::sqrt(rounded_to<computing_t<T>>(x))); }
};

struct cosine : computed<cosine> {
  static auto at(const auto& x) { return std::cos(x); }
};
struct sine : computed<sine> {
  static auto at(const auto& x) { return std::sin(x); }
};
struct tan : computed<tan> {
  static auto at(const auto& x) { return std::tan(x); }
};
struct tanh : computed<tanh> {
  static auto at(const auto& x) { return std::tanh(x); }
};
struct exponential : computed<exponential> {
  static auto at(const auto& x) { return std::exp(x); }
};
struct log : computed<log> {
  static auto at(const auto& x) { return std::log(x); }
};
struct cbrt : computed<cbrt> {
  static double at(double x) { return std::cbrt(x); }
  template <Complex T>
  static T at(const T& x) {
    return x == T{} ? x : std::polar(std::cbrt(std::abs(x)), std::arg(x) / 3);
  }
};
struct rsqrt : computed<rsqrt> {
  static double at(double x) { return 1 / std::sqrt(x); }
  template <Complex T>
  static T at(const T& x) { return T{1} / std::sqrt(x); }
};
struct logistic : computed<logistic> {
  // Of the two forms the one whose exponential does not overflow.
  template <class T>
  static T at(const T& x) {
    if (std::real(x) < 0) {
      const T e = std::exp(x);
      return e / (T{1} + e);
    }
    return T{1} / (T{1} + std::exp(-x));
  }
};
struct exponential_minus_one : computed<exponential_minus_one> {
  static double at(double x) { return std::expm1(x); }
  template <Complex T>
  static T at(const T& x) {
    // exp(a) cos(b) - 1 without the difference of numbers near 1: cos(b) = 1 - 2 sin(b/2)^2.
    const auto a = x.real(), b = x.imag();
    if (b == 0) return {std::expm1(a), b};
    const auto half = std::sin(b / 2);
    return {std::expm1(a) * std::cos(b) - 2 * half * half, std::exp(a) * std::sin(b)};
  }
};
struct log_plus_one : computed<log_plus_one> {
  static double at(double x) { return std::log1p(x); }
  template <Complex T>
  static T at(const T& x) {
    const auto a = x.real(), b = x.imag();
    if (std::abs(a) > 0.5 || std::abs(b) > 0.5) return std::log(T(1 + a, b));
    return {std::log1p(a * (2 + a) + b * b) / 2, std::atan2(b, 1 + a)};
  }
};
struct atan2 : computed<atan2> {
  static double at(double y, double x) { return std::atan2(y, x); }
  template <Complex T>
  static T at(const T& y, const T& x) {
    const T l = std::log((x + T(-y.imag(), y.real())) / std::sqrt(x * x + y * y));
    return {l.imag(), -l.real()};
  }
};
struct power {
  template <Integer T>
  static T of(T x, T n) {
    using word = wide_word<std::make_unsigned_t<T>>;
    if constexpr (Signed<T>) {
      if (n < 0) return x == 1 ? T{1} : x == -1 ? static_cast<T>(n % 2 == 0 ? 1 : -1) : T{0};
    }
    word square = static_cast<word>(x), product = 1;
    for (auto left = static_cast<word>(n); left != 0; left >>= 1) {
      if ((left & 1) != 0) product *= square;
      square *= square;
    }
    return static_cast<T>(product);
  }
  template <Float T>
  static T of(T x, T y) { return static_cast<T>(std::pow(static_cast<double>(x), static_cast<double>(y))); }
  template <Complex T>
  static T of(const T& x, const T& y) {
    if (y == T{}) return {1, 0};
    if (x == T{} && y.real() > 0) return {};
    return rounded_to<T>(std::pow(rounded_to<computing_t<T>>(x), rounded_to<computing_t<T>>(y)));
  }
};

struct equal {
  static constexpr bool sign_free = true;
  template <class T>
    requires(!Signed<T>)
  static bool of(const T& a, const T& b) { return a == b; }
};
struct not_equal {
  static constexpr bool sign_free = true;
  template <class T>
    requires(!Signed<T>)
  static bool of(const T& a, const T& b) { return a != b; }
};
struct less {
  template <class T>
  static bool of(const T& a, const T& b) {
    if constexpr (Complex<T>) {
      return comes_before(a, b);
    } else {
      return a < b;
    }
  }
};
struct less_equal {
  template <class T>
  static bool of(const T& a, const T& b) {
    if constexpr (Complex<T>) {
      return a.real() < b.real() || (a.real() == b.real() && a.imag() <= b.imag());
    } else {
      return a <= b;
    }
  }
};

// Numbers floats from -NaN by way of -infinity, -0, +0 and infinity to NaN (IEEE-754 2019, section 5.10).
template <Float T>
[[nodiscard]] constexpr std::int64_t total_order(T x) {
  const auto bits = static_cast<std::make_signed_t<bits_type<T>>>(std::bit_cast<bits_type<T>>(x));
  return bits < 0 ? bits ^ std::numeric_limits<std::make_signed_t<bits_type<T>>>::max() : bits;
}
template <class F>
struct in_total_order {
  template <Float T>
  static bool of(T a, T b) {
    const std::int64_t p = total_order(a), q = total_order(b);
    if constexpr (std::is_same_v<F, equal>) {
      return p == q;
    } else if constexpr (std::is_same_v<F, not_equal>) {
      return p != q;
    } else {
      return F::of(p, q);
    }
  }
  template <Complex T>
  static bool of(const T& a, const T& b) {
    const std::int64_t p = total_order(a.real()), q = total_order(b.real());
    if (p == q) return of(a.imag(), b.imag());
    return std::is_same_v<F, not_equal> || (!std::is_same_v<F, equal> && p < q);
  }
};

}  // namespace element
}  // namespace partita::interpret::detail
