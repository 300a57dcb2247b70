// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What plans are measured by, and amounts of it: 16_GiB, 0.5_s, 3_USD, device_memory. Units are part of the types: memory
// is not compared with seconds.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

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

/// How much of something: in a unit, as it was written, or all the memory of the device that a plan is for.
struct quantity {
  bool device_memory = false;  ///< unit and count mean nothing
  std::uint8_t unit = 0;       ///< position in amount_units
  double count = 0;

  /// In bytes, seconds or dollars, for a device with this much memory.
  [[nodiscard]] constexpr double value(double device_memory_bytes) const {
    return device_memory ? device_memory_bytes : count * amount_units[unit].scale;
  }
  [[nodiscard]] friend constexpr bool operator==(const quantity&, const quantity&) = default;
};

/// So many bytes, seconds or dollars, as m measures them.
[[nodiscard]] constexpr quantity base_units(metric m, double count) {
  const amount_dimension d = dimension_of(m);
  const std::string_view unit = d == amount_dimension::bytes ? "B" : d == amount_dimension::seconds ? "s" : "USD";
  return {false, static_cast<std::uint8_t>(find_unit(unit)), count};
}

/// An amount of bytes, seconds or dollars.
template <amount_dimension D>
struct amount {
  double count = 0;
  std::uint8_t unit = 0;

  constexpr operator quantity() const { return {false, unit, count}; } 
};

/// The memory of the device that the plan is for.
struct device_memory_t {
  constexpr operator quantity() const { return {true, 0, 0}; } 
};
inline constexpr device_memory_t device_memory{};

namespace detail {

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
