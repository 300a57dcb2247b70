// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// How the interpreter holds elements: each element type in the C++ type that computes it. Floats narrower than 32
// bits are held as float, which holds all their values exactly, and rounded after each op; integers narrower than a
// byte as int8_t or uint8_t, wrapped after each op. With widened numerics every float is held as double and never
// rounded, so that a wrong program cannot hide behind rounding.

#include <complex>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <partita/ir/element_type.hpp>

namespace partita::interpret {

/// In which precision floats are computed.
enum class numerics : std::uint8_t {
  own,      ///< each in its own type
  widened,  ///< every float as f64, every complex as complex<f64>; conversions between floats change nothing
};

enum class storage : std::uint8_t { b8, s8, s16, s32, s64, u8, u16, u32, u64, f32, f64, c64, c128, none };

template <class T>
inline constexpr bool is_complex_v = false;
template <class T>
inline constexpr bool is_complex_v<std::complex<T>> = true;

template <class T>
inline constexpr storage storage_for = storage::none;
template <> inline constexpr storage storage_for<bool> = storage::b8;
template <> inline constexpr storage storage_for<std::int8_t> = storage::s8;
template <> inline constexpr storage storage_for<std::int16_t> = storage::s16;
template <> inline constexpr storage storage_for<std::int32_t> = storage::s32;
template <> inline constexpr storage storage_for<std::int64_t> = storage::s64;
template <> inline constexpr storage storage_for<std::uint8_t> = storage::u8;
template <> inline constexpr storage storage_for<std::uint16_t> = storage::u16;
template <> inline constexpr storage storage_for<std::uint32_t> = storage::u32;
template <> inline constexpr storage storage_for<std::uint64_t> = storage::u64;
template <> inline constexpr storage storage_for<float> = storage::f32;
template <> inline constexpr storage storage_for<double> = storage::f64;
template <> inline constexpr storage storage_for<std::complex<float>> = storage::c64;
template <> inline constexpr storage storage_for<std::complex<double>> = storage::c128;

/// Calls f.template operator()<T>() with the C++ type of s. For storage::none, which tokens have, returns a default.
template <class F>
constexpr auto with_type(storage s, F&& f) {
  switch (s) {
    case storage::b8: return f.template operator()<bool>();
    case storage::s8: return f.template operator()<std::int8_t>();
    case storage::s16: return f.template operator()<std::int16_t>();
    case storage::s32: return f.template operator()<std::int32_t>();
    case storage::s64: return f.template operator()<std::int64_t>();
    case storage::u8: return f.template operator()<std::uint8_t>();
    case storage::u16: return f.template operator()<std::uint16_t>();
    case storage::u32: return f.template operator()<std::uint32_t>();
    case storage::u64: return f.template operator()<std::uint64_t>();
    case storage::f32: return f.template operator()<float>();
    case storage::f64: return f.template operator()<double>();
    case storage::c64: return f.template operator()<std::complex<float>>();
    case storage::c128: return f.template operator()<std::complex<double>>();
    case storage::none: break;
  }
  using result = decltype(f.template operator()<bool>());
  if constexpr (!std::is_void_v<result>) return result{};
}

/// Sixteen bytes, the size of the largest element.
struct element_16 {
  std::uint64_t low, high;
};

/// Calls f.template operator()<T>() with an unsigned integer type, or element_16, of the size of s's type: for kernels
/// that move elements without looking at them.
template <class F>
constexpr auto with_bits(storage s, F&& f) {
  switch (s) {
    case storage::b8: case storage::s8: case storage::u8: return f.template operator()<std::uint8_t>();
    case storage::s16: case storage::u16: return f.template operator()<std::uint16_t>();
    case storage::s32: case storage::u32: case storage::f32: return f.template operator()<std::uint32_t>();
    case storage::c128: return f.template operator()<element_16>();
    default: return f.template operator()<std::uint64_t>();
  }
}

[[nodiscard]] constexpr std::size_t size_of(storage s) {
  constexpr std::uint8_t sizes[] = {1, 1, 2, 4, 8, 1, 2, 4, 8, 4, 8, 8, 16, 0};
  return sizes[static_cast<std::size_t>(s)];
}

[[nodiscard]] constexpr storage storage_of(element_type e, numerics n) {
  switch (e) {
    case element_type::i1: return storage::b8;
    case element_type::i2: case element_type::i4: case element_type::i8: return storage::s8;
    case element_type::i16: return storage::s16;
    case element_type::i32: return storage::s32;
    case element_type::i64: return storage::s64;
    case element_type::ui2: case element_type::ui4: case element_type::ui8: return storage::u8;
    case element_type::ui16: return storage::u16;
    case element_type::ui32: return storage::u32;
    case element_type::ui64: return storage::u64;
    case element_type::complex_f32: return n == numerics::own ? storage::c64 : storage::c128;
    case element_type::complex_f64: return storage::c128;
    case element_type::token: case element_type::tuple: return storage::none;
    case element_type::f64: return storage::f64;
    default: return n == numerics::own ? storage::f32 : storage::f64;
  }
}

}  // namespace partita::interpret
