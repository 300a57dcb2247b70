// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// How far two arrays are apart.

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <limits>
#include <string>

#include <partita/interpret/array.hpp>

namespace partita::interpret {

/// The element at which two arrays differ most.
struct difference {
  double largest = 0;    ///< |a - b| there; infinite where only one is finite, and for integers that differ
  std::size_t at = 0;    ///< its position, row-major
  double magnitude = 0;  ///< largest finite |a| of all elements, or of the whole that they are part of

  /// Relative to the largest magnitude.
  [[nodiscard]] double relative() const {
    return largest == 0 ? 0 : magnitude == 0 ? std::numeric_limits<double>::infinity() : largest / magnitude;
  }
};

namespace detail {
template <class T>
[[nodiscard]] double apart(const T& a, const T& b) {
  constexpr double far = std::numeric_limits<double>::infinity();
  if constexpr (is_complex_v<T>) {
    const double real = apart(a.real(), b.real()), imaginary = apart(a.imag(), b.imag());
    return real > imaginary ? real : imaginary;
  } else if constexpr (std::is_floating_point_v<T>) {
    if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
    const double d = std::fabs(static_cast<double>(a) - static_cast<double>(b));
    return std::isnan(d) ? far : d;
  } else {
    return a == b ? 0 : far;
  }
}
template <class T>
[[nodiscard]] double magnitude_of(const T& a) {
  if constexpr (is_complex_v<T>) {
    return std::fmax(std::fabs(static_cast<double>(a.real())), std::fabs(static_cast<double>(a.imag())));
  } else {
    return std::fabs(static_cast<double>(a));
  }
}
}  // namespace detail

/// Largest finite magnitude of an array's elements; 0 when there is none.
[[nodiscard]] inline double largest_magnitude(const array& a) {
  double largest = 0;
  with_type(a.kind(), [&]<class T>() {
    for (const T& x : a.elements<T>()) {
      const double size = detail::magnitude_of(x);
      if (std::isfinite(size) && size > largest) largest = size;
    }
  });
  return largest;
}

/// Compares two arrays of one shape and storage; NaN equals NaN. Arrays of different shapes differ infinitely.
/// @param magnitude what the difference is judged by: largest_magnitude(a), or that of what a is a part of
[[nodiscard]] inline difference compare(const array& a, const array& b, double magnitude) {
  difference d{.magnitude = magnitude};
  if (a.kind() != b.kind() || !(a.dims() == b.dims())) {
    d.largest = std::numeric_limits<double>::infinity();
    return d;
  }
  with_type(a.kind(), [&]<class T>() {
    const auto x = a.elements<T>(), y = b.elements<T>();
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (x[i] == y[i]) continue;
      if (const double apart = detail::apart(x[i], y[i]); apart > d.largest) {
        d.largest = apart;
        d.at = i;
      }
    }
  });
  return d;
}
[[nodiscard]] inline difference compare(const array& a, const array& b) { return compare(a, b, largest_magnitude(a)); }

/// Whether two arrays have one type and the same bytes.
[[nodiscard]] inline bool same_bytes(const array& a, const array& b) {
  return a.kind() == b.kind() && a.dims() == b.dims() &&
         (a.data() == b.data() || std::memcmp(a.data(), b.data(), a.byte_count()) == 0);
}

/// Position of element i by dim, such as "[0, 3]".
[[nodiscard]] inline std::string position_text(const array& a, std::size_t i) {
  std::string text;
  for (std::size_t d = a.rank(); d-- > 0;) {
    const auto size = static_cast<std::size_t>(a.dims()[d]);
    text = std::to_string(i % size) + (text.empty() ? "" : ", ") + text;
    i /= size;
  }
  return "[" + text + "]";
}

/// Element i as people write it.
[[nodiscard]] inline std::string element_text(const array& a, std::size_t i) {
  const auto number = [](double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", x);
    return std::string(text);
  };
  std::string text = "?";
  with_type(a.kind(), [&]<class T>() {
    const T x = a.elements<T>()[i];
    if constexpr (is_complex_v<T>) {
      text = "(" + number(static_cast<double>(x.real())) + ", " + number(static_cast<double>(x.imag())) + ")";
    } else if constexpr (std::is_same_v<T, bool>) {
      text = x ? "true" : "false";
    } else if constexpr (std::is_floating_point_v<T>) {
      text = number(static_cast<double>(x));
    } else {
      text = std::to_string(x);
    }
  });
  return text;
}

}  // namespace partita::interpret
