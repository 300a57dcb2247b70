// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The known ways of combining elements (monoid) as loops, for reductions and scatters; everything else goes through
// region_function. NaN wins in minimum and maximum, and negative zero is below positive zero (IEEE 754-2019).

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <partita/interpret/kernel.hpp>
#include <partita/ir/monoid.hpp>

namespace partita::interpret::detail {

/// Combines n elements of `from` into as many of `to`; steps are in elements. A step of 0 in `to` combines all into
/// one.
using accumulate = void (*)(std::int64_t n, void* to, std::int64_t to_step, const void* from, std::int64_t from_step);

template <monoid M, class T>
[[nodiscard]] inline T combined(T a, T b) {
  if constexpr (M == monoid::minimum || M == monoid::maximum) {
    if constexpr (std::is_floating_point_v<T>) {
      if (a != a || b != b) return a != a ? a : b;
      if (a == b) return std::signbit(a) == (M == monoid::minimum) ? a : b;
    }
    return (M == monoid::minimum ? a < b : b < a) ? a : b;
  } else if constexpr (std::is_same_v<T, bool>) {
    return M == monoid::add || M == monoid::disjunction ? a || b : a && b;
  } else if constexpr (std::is_integral_v<T>) {
    // At least 32 bits and without sign: nothing overflows.
    using wide = std::common_type_t<std::make_unsigned_t<T>, unsigned>;
    const auto x = static_cast<wide>(a), y = static_cast<wide>(b);
    return static_cast<T>(M == monoid::add           ? x + y
                          : M == monoid::multiply    ? x * y
                          : M == monoid::conjunction ? (x & y)
                                                     : (x | y));
  } else if constexpr (M == monoid::add) {
    return a + b;
  } else {
    return a * b;
  }
}

/// To may be wider than From.
template <monoid M, class To, class From>
void accumulate_elements(std::int64_t n, void* to, std::int64_t to_step, const void* from, std::int64_t from_step) {
  To* const t = static_cast<To*>(to);
  const From* const f = static_cast<const From*>(from);
  if (to_step == 1 && from_step == 1) {
    for (std::int64_t i = 0; i < n; ++i) t[i] = combined<M, To>(t[i], static_cast<To>(f[i]));
  } else if (to_step == 0) {
    // Several chains, since one would wait for each result before it starts the next: where order changes nothing, or
    // nothing that is seen in From.
    constexpr std::int64_t chains = 8;
    constexpr bool any_order =
        std::is_integral_v<To> || M == monoid::minimum || M == monoid::maximum || !std::is_same_v<To, From>;
    std::int64_t i = 0;
    if (any_order && n >= 2 * chains) {
      To part[chains];
      for (std::int64_t k = 0; k < chains; ++k) part[k] = static_cast<To>(f[k * from_step]);
      for (i = chains; i + chains <= n; i += chains) {
        const From* const at = f + i * from_step;
        for (std::int64_t k = 0; k < chains; ++k)
          part[k] = combined<M, To>(part[k], static_cast<To>(at[k * from_step]));
      }
      To all = part[0];
      for (std::int64_t k = 1; k < chains; ++k) all = combined<M, To>(all, part[k]);
      *t = combined<M, To>(*t, all);
    }
    for (; i < n; ++i) *t = combined<M, To>(*t, static_cast<To>(f[i * from_step]));
  } else {
    for (std::int64_t i = 0; i < n; ++i)
      t[i * to_step] = combined<M, To>(t[i * to_step], static_cast<To>(f[i * from_step]));
  }
}

template <class T>
[[nodiscard]] accumulate accumulate_for(monoid m) {
  if constexpr (is_complex_v<T>) {
    if (m == monoid::add) return &accumulate_elements<monoid::add, T, T>;
    return nullptr;
  } else {
    switch (m) {
      case monoid::add:
        return &accumulate_elements<monoid::add, T, T>;
      case monoid::multiply:
        return &accumulate_elements<monoid::multiply, T, T>;
      case monoid::minimum:
        return &accumulate_elements<monoid::minimum, T, T>;
      case monoid::maximum:
        return &accumulate_elements<monoid::maximum, T, T>;
      case monoid::conjunction:
        if constexpr (std::is_integral_v<T>) return &accumulate_elements<monoid::conjunction, T, T>;
        return nullptr;
      case monoid::disjunction:
        if constexpr (std::is_integral_v<T>) return &accumulate_elements<monoid::disjunction, T, T>;
        return nullptr;
      default:
        return nullptr;
    }
  }
}

/// Null when there is no such loop.
[[nodiscard]] inline accumulate find_accumulate(storage kind, monoid m) {
  return with_type(kind, [m]<class T>() { return accumulate_for<T>(m); });
}
/// Sums of f32 in f64, which is exact for most: no order of summation is then far from any other.
[[nodiscard]] inline accumulate sum_in_f64() { return &accumulate_elements<monoid::add, double, float>; }

}  // namespace partita::interpret::detail
