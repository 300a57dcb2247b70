// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an automatic tactic is asked for, as data:
//   minimize(step_time), subject_to(peak_memory <= 16_GiB, step_time <= 0.5_s)
// How it is found is the business of a search.

#include <array>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <partita/mesh/axis.hpp>
#include <partita/support/error.hpp>
#include <partita/support/static_vector.hpp>

namespace partita {

/// What a plan is measured by.
enum class metric : std::uint8_t { step_time, peak_memory, communicated_bytes, dollars };

/// Spelling of a metric, as in schedules.
[[nodiscard]] constexpr std::string_view name_of(metric m) {
  constexpr std::array<std::string_view, 4> names{"step_time", "peak_memory", "communicated_bytes", "dollars"};
  return names[static_cast<std::size_t>(m)];
}

/// What an amount counts. A bound compares a metric with an amount of its own dimension only.
enum class amount_dimension : std::uint8_t { bytes, seconds, dollars };

[[nodiscard]] constexpr amount_dimension dimension_of(metric m) {
  return m == metric::step_time ? amount_dimension::seconds
         : m == metric::dollars ? amount_dimension::dollars
                                : amount_dimension::bytes;
}

/// A unit that amounts are written in, as a literal's suffix in C++ and in text: 16_GiB, 0.5_s.
struct amount_unit {
  std::string_view name;
  amount_dimension dimension;
  double scale;  ///< of the base unit: bytes, seconds, dollars
};

inline constexpr std::array<amount_unit, 13> amount_units{{{"B", amount_dimension::bytes, 1},
                                                           {"kB", amount_dimension::bytes, 1e3},
                                                           {"MB", amount_dimension::bytes, 1e6},
                                                           {"GB", amount_dimension::bytes, 1e9},
                                                           {"TB", amount_dimension::bytes, 1e12},
                                                           {"KiB", amount_dimension::bytes, 1024.0},
                                                           {"MiB", amount_dimension::bytes, 1048576.0},
                                                           {"GiB", amount_dimension::bytes, 1073741824.0},
                                                           {"TiB", amount_dimension::bytes, 1099511627776.0},
                                                           {"s", amount_dimension::seconds, 1},
                                                           {"ms", amount_dimension::seconds, 1e-3},
                                                           {"us", amount_dimension::seconds, 1e-6},
                                                           {"USD", amount_dimension::dollars, 1}}};

/// Index of a unit in amount_units; its size when there is none of this name.
[[nodiscard]] constexpr std::size_t find_unit(std::string_view name) {
  std::size_t i = 0;
  while (i < amount_units.size() && amount_units[i].name != name) ++i;
  return i;
}

/// An upper bound on a metric.
struct bound {
  partita::metric metric = partita::metric::peak_memory;
  bool device_memory = false;  ///< the bound is the device's memory; amount and unit mean nothing
  std::uint8_t unit = 0;       ///< position in amount_units
  double amount = 0;           ///< in that unit, as it was written

  /// The bound in bytes, seconds or dollars, for a device with this much memory.
  [[nodiscard]] constexpr double limit(double device_memory_bytes) const {
    return device_memory ? device_memory_bytes : amount * amount_units[unit].scale;
  }
  [[nodiscard]] friend constexpr bool operator==(const bound&, const bound&) = default;
};

/// A goal has at most this many bounds.
inline constexpr std::size_t max_bounds = 8;

/// What to make small, and what must hold. Without bounds of its own a goal still wants the device's memory
/// to suffice: the search compares plans by bytes over it first.
struct goal {
  metric minimized = metric::step_time;
  static_vector<bound, max_bounds> bounds;
  [[nodiscard]] friend constexpr bool operator==(const goal&, const goal&) = default;
};

namespace detail {

[[noreturn]] inline void goal_has_more_than_8_bounds() {
  throw schedule_error("subject_to: a goal has at most 8 bounds");
}

}  // namespace detail

/// An amount of bytes, seconds or dollars.
template <amount_dimension D>
struct amount {
  double count = 0;
  std::uint8_t unit = 0;
};

/// The memory of the device that the plan is for.
struct device_memory_t {};
inline constexpr device_memory_t device_memory{};

/// A metric as a value to write goals with: peak_memory <= 16_GiB.
template <metric M>
struct metric_t {
  [[nodiscard]] friend constexpr bound operator<=(metric_t, amount<dimension_of(M)> limit) {
    return {M, false, limit.unit, limit.count};
  }
  [[nodiscard]] friend constexpr bound operator<=(metric_t, device_memory_t)
    requires(M == metric::peak_memory)
  {
    return {M, true, 0, 0};
  }
};

inline constexpr metric_t<metric::step_time> step_time{};                    ///< of one run of the program
inline constexpr metric_t<metric::peak_memory> peak_memory{};                ///< of the fullest device
inline constexpr metric_t<metric::communicated_bytes> communicated_bytes{};  ///< sent by one device in one run
inline constexpr metric_t<metric::dollars> dollars{};                        ///< of one run on all devices

/// minimize(step_time): what plans are ranked by.
struct minimize_t {
  struct clause {
    metric minimized;
  };
  template <metric M>
  [[nodiscard]] constexpr clause operator()(metric_t<M>) const {
    return {M};
  }
};
inline constexpr minimize_t minimize{};

/// subject_to(peak_memory <= 16_GiB, step_time <= 0.5_s): what must hold.
struct subject_to_t {
  struct clause {
    static_vector<bound, max_bounds> bounds;
  };
  [[nodiscard]] constexpr clause operator()(const auto&... bounds) const {
    static_assert((std::same_as<bound, std::remove_cvref_t<decltype(bounds)>> && ...),
                  "subject_to: takes comparisons such as peak_memory <= 16_GiB (docs/reference/errors.md#bound)");
    static_assert(sizeof...(bounds) <= max_bounds, "subject_to: a goal has at most 8 bounds");
    return {{bounds...}};
  }
};
inline constexpr subject_to_t subject_to{};

namespace detail {

constexpr void add_clause(goal& g, const minimize_t::clause& c) { g.minimized = c.minimized; }
constexpr void add_clause(goal& g, const subject_to_t::clause& c) {
  for (const bound& b : c.bounds) {
    if (g.bounds.size() == max_bounds) goal_has_more_than_8_bounds();
    g.bounds.push_back(b);
  }
}

template <class C>
concept GoalClause = requires(goal& g, const C& c) { add_clause(g, c); };

template <amount_dimension D>
constexpr amount<D> amount_of(long double count, std::string_view unit) {
  return {static_cast<double>(count), static_cast<std::uint8_t>(find_unit(unit))};
}

}  // namespace detail

/// Literals for amounts: 16_GiB, 80_GB, 0.5_s, 20_ms, 3_USD.
inline namespace literals {
// Both spellings of a literal, whole and with a decimal point.
constexpr auto operator""_B(unsigned long long n) { return detail::amount_of<amount_dimension::bytes>(n, "B"); }
constexpr auto operator""_kB(unsigned long long n) { return detail::amount_of<amount_dimension::bytes>(n, "kB"); }
constexpr auto operator""_MB(unsigned long long n) { return detail::amount_of<amount_dimension::bytes>(n, "MB"); }
constexpr auto operator""_GB(unsigned long long n) { return detail::amount_of<amount_dimension::bytes>(n, "GB"); }
constexpr auto operator""_TB(unsigned long long n) { return detail::amount_of<amount_dimension::bytes>(n, "TB"); }
constexpr auto operator""_KiB(unsigned long long n) { return detail::amount_of<amount_dimension::bytes>(n, "KiB"); }
constexpr auto operator""_MiB(unsigned long long n) { return detail::amount_of<amount_dimension::bytes>(n, "MiB"); }
constexpr auto operator""_GiB(unsigned long long n) { return detail::amount_of<amount_dimension::bytes>(n, "GiB"); }
constexpr auto operator""_TiB(unsigned long long n) { return detail::amount_of<amount_dimension::bytes>(n, "TiB"); }
constexpr auto operator""_s(unsigned long long n) { return detail::amount_of<amount_dimension::seconds>(n, "s"); }
constexpr auto operator""_ms(unsigned long long n) { return detail::amount_of<amount_dimension::seconds>(n, "ms"); }
constexpr auto operator""_us(unsigned long long n) { return detail::amount_of<amount_dimension::seconds>(n, "us"); }
constexpr auto operator""_USD(unsigned long long n) { return detail::amount_of<amount_dimension::dollars>(n, "USD"); }
constexpr auto operator""_MB(long double n) { return detail::amount_of<amount_dimension::bytes>(n, "MB"); }
constexpr auto operator""_GB(long double n) { return detail::amount_of<amount_dimension::bytes>(n, "GB"); }
constexpr auto operator""_TB(long double n) { return detail::amount_of<amount_dimension::bytes>(n, "TB"); }
constexpr auto operator""_MiB(long double n) { return detail::amount_of<amount_dimension::bytes>(n, "MiB"); }
constexpr auto operator""_GiB(long double n) { return detail::amount_of<amount_dimension::bytes>(n, "GiB"); }
constexpr auto operator""_TiB(long double n) { return detail::amount_of<amount_dimension::bytes>(n, "TiB"); }
constexpr auto operator""_s(long double n) { return detail::amount_of<amount_dimension::seconds>(n, "s"); }
constexpr auto operator""_ms(long double n) { return detail::amount_of<amount_dimension::seconds>(n, "ms"); }
constexpr auto operator""_us(long double n) { return detail::amount_of<amount_dimension::seconds>(n, "us"); }
constexpr auto operator""_USD(long double n) { return detail::amount_of<amount_dimension::dollars>(n, "USD"); }
}  // namespace literals

}  // namespace partita
