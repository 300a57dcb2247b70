// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Changes of element type (StableHLO specification: convert, bitcast_convert, reduce_precision). A float becomes the
// nearest value of the new type, in one rounding; an integer type takes the integer part, the nearest that it has, and
// 0 for NaN; integers wrap; complex numbers lose their imaginary part. With widened numerics conversions between floats
// and reduce_precision change nothing.

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <partita/interpret/kernel/element_loops.hpp>
#include <partita/op.hpp>
#include <partita/support/list_view.hpp>

namespace partita::interpret {

namespace detail {

/// The type in which an element travels from one type to another: it holds every value of T.
template <class T>
using carrier_t = std::conditional_t<
    Complex<T>, std::complex<double>,
    std::conditional_t<Float<T>, double, std::conditional_t<Signed<T>, std::int64_t, std::uint64_t>>>;

/// x as a float that every format narrower than f32 rounds as it would round x: the nearest float towards zero, and
/// odd where it is not x itself.
[[nodiscard]] inline float to_float_for_rounding(double x) {
  const float nearest = static_cast<float>(x);
  if (static_cast<double>(nearest) == x || std::isnan(x)) return nearest;
  auto bits = std::bit_cast<std::uint32_t>(nearest);
  if (std::fabs(static_cast<double>(nearest)) > std::fabs(x)) --bits;
  return std::bit_cast<float>(bits | 1u);
}
/// A 64-bit integer as a double with the same property: what 53 bits cannot hold only sets the last of them.
[[nodiscard]] inline double to_double_for_rounding(std::uint64_t x) {
  if ((x >> 53) == 0) return static_cast<double>(x);
  return static_cast<double>((x >> 11) | ((x & 0x7ffu) != 0 ? 1u : 0u)) * 2048.0;
}

template <class T, class C>
[[nodiscard]] T from_carrier(const C& x, element_type to, bool round) {
  if constexpr (std::is_same_v<C, std::complex<double>>) {
    if constexpr (Complex<T>) {
      using part = typename T::value_type;
      return {static_cast<part>(x.real()), static_cast<part>(x.imag())};
    } else {
      return from_carrier<T>(x.real(), to, round);
    }
  } else if constexpr (Complex<T>) {
    return from_carrier<typename T::value_type>(x, to, false);
  } else if constexpr (Boolean<T>) {
    return x != 0;
  } else if constexpr (Float<T>) {
    if (!round) return static_cast<T>(x);
    // The rounding itself follows after every kernel.
    if constexpr (std::is_same_v<C, double>) {
      return static_cast<T>(to_float_for_rounding(x));
    } else {
      const bool negative = std::is_signed_v<C> && x < C{0};
      const auto word = static_cast<std::uint64_t>(x);
      const float magnitude = to_float_for_rounding(to_double_for_rounding(negative ? std::uint64_t{0} - word : word));
      return static_cast<T>(negative ? -magnitude : magnitude);
    }
  } else if constexpr (std::is_same_v<C, double>) {
    if (std::isnan(x)) return 0;
    const int unused = static_cast<int>(8 * sizeof(T)) - bits_of(to);
    const T highest = static_cast<T>(std::numeric_limits<T>::max() >> unused);
    const T lowest = static_cast<T>(std::numeric_limits<T>::min() >> unused);
    // The bounds as doubles: the lowest is exact; the highest may be rounded up to one that does not fit.
    if (x <= static_cast<double>(lowest)) return lowest;
    if (x >= static_cast<double>(highest)) return highest;
    return static_cast<T>(x);
  } else {
    return static_cast<T>(x);
  }
}

// Elements go through a buffer of carriers, so that every type is read and written in a loop of its own instead of
// each pair of types.
inline constexpr std::size_t converted_at_once = 256;

template <class C, class T>
void write_converted(const element_function& f, const void* carried, std::size_t n, std::byte* out) {
  const element_type to = f.signature.result;
  const bool round = is_float(to) && bits_of(to) < 32 && f.signature.precision == numerics::own;
  const C* const c = static_cast<const C*>(carried);
  T* const r = reinterpret_cast<T*>(out);
  for (std::size_t i = 0; i < n; ++i) r[i] = from_carrier<T>(c[i], to, round);
}

template <class T>
void convert_loop(const element_function& f, std::size_t n, const element_operand* in, void* out) {
  using carrier = carrier_t<T>;
  const T* const a = static_cast<const T*>(in[0].data);
  const storage kind = f.signature.result_kind();
  const auto write = with_type(kind, []<class R>() { return &write_converted<carrier, R>; });
  carrier buffer[converted_at_once];
  for (std::size_t first = 0; first < n; first += converted_at_once) {
    const std::size_t count = std::min(converted_at_once, n - first);
    for (std::size_t i = 0; i < count; ++i) {
      const T& x = a[(first + i) * in[0].step];
      if constexpr (Complex<T>) {
        buffer[i] = {x.real(), x.imag()};
      } else {
        buffer[i] = static_cast<carrier>(x);
      }
    }
    write(f, buffer, count, static_cast<std::byte*>(out) + first * size_of(kind));
  }
}

// Between types of one storage: what the rounding or wrapping of the result does not change, stays.
inline void copy_loop(const element_function& f, std::size_t n, const element_operand* in, void* out) {
  const std::size_t bytes = size_of(f.signature.result_kind());
  if (in[0].step == 1) {
    std::memcpy(out, in[0].data, n * bytes);
    return;
  }
  for (std::size_t i = 0; i < n; ++i) std::memcpy(static_cast<std::byte*>(out) + i * bytes, in[0].data, bytes);
}

/// Bits of one element as bitcast_convert counts them: one for a boolean.
[[nodiscard]] constexpr std::size_t bit_width(element_type e) {
  return is_boolean(e) ? 1 : static_cast<std::size_t>(bits_of(e));
}
/// Whether arrays hold elements of type e in their own format.
[[nodiscard]] constexpr bool held_as_stored(element_type e, storage s) {
  return bit_width(e) == 8 * size_of(s) && (!is_float(e) || e == element_type::f32 || e == element_type::f64);
}

/// Elements of `from` bits, each at the low end of its bytes, as elements of `to` bits: both in order, low bits first.
[[nodiscard]] inline std::vector<std::uint8_t> regroup_bits(const std::vector<std::uint8_t>& bytes, std::size_t from,
                                                           std::size_t to, std::size_t count) {
  const std::size_t read = (from + 7) / 8 * 8, written = (to + 7) / 8 * 8;
  std::vector<std::uint8_t> out(count * written / 8);
  std::size_t in_element = 0, in_bit = 0;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t b = 0; b < to; ++b) {
      const std::size_t source = in_element * read + in_bit, target = i * written + b;
      const unsigned bit = static_cast<unsigned>(bytes[source / 8]) >> (source % 8) & 1u;
      out[target / 8] = static_cast<std::uint8_t>(out[target / 8] | bit << (target % 8));
      if (++in_bit == from) {
        in_bit = 0;
        ++in_element;
      }
    }
  }
  return out;
}

/// The bits of a's elements as elements of type `to`; an empty array where the last dim does not hold the bits of one.
[[nodiscard]] inline array bitcast(const array& a, element_type to, numerics n) {
  const std::size_t had = bit_width(a.element()), wanted = bit_width(to);
  size_list grown = a.dims();
  list_view<std::int64_t> dims = a.dims();
  if (had > wanted) {
    grown.push_back(static_cast<std::int64_t>(had / wanted));
    dims = grown;
  } else if (had < wanted) {
    if (dims.empty() || dims.back() != static_cast<std::int64_t>(wanted / had)) return {};
    dims = dims.first(dims.size() - 1);
  }
  array out(to, dims, n);
  if (held_as_stored(a.element(), a.kind()) && held_as_stored(to, out.kind())) {
    std::memcpy(out.mutable_data(), a.data(), out.byte_count());
    return out;
  }
  std::vector<std::uint8_t> bytes = to_bytes(a);
  if (had != wanted || had % 8 != 0) bytes = regroup_bits(bytes, had, wanted, out.size());
  return array_from_bytes(out.type(), bytes, n);
}

/// x in a format of so many bits of exponent and mantissa. Values below the format's normal ones become zeros, as
/// hardware without subnormal numbers has it, unless the exponent keeps its width.
template <Float T>
[[nodiscard]] T reduce_precision(T x, int exponent_bits, int mantissa_bits, int own_exponent_bits) {
  using bits_type = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr int mantissa = std::numeric_limits<T>::digits - 1;
  constexpr int exponent = static_cast<int>(8 * sizeof(T)) - 1 - mantissa;
  constexpr bits_type sign_bit = bits_type{1} << (mantissa + exponent);
  constexpr bits_type infinity = ((bits_type{1} << exponent) - 1) << mantissa;
  auto bits = std::bit_cast<bits_type>(x);
  const bits_type sign = bits & sign_bit;
  bits ^= sign;
  if (bits > infinity) return mantissa_bits == 0 ? std::bit_cast<T>(infinity | sign) : x;
  if (mantissa_bits < mantissa) {
    const int dropped = mantissa - mantissa_bits;
    const bits_type last = bits >> dropped & 1;
    bits += (bits_type{1} << (dropped - 1)) - 1 + last;
    bits = bits >> dropped << dropped;
  }
  if (exponent_bits < own_exponent_bits) {
    constexpr std::int64_t bias = (std::int64_t{1} << (exponent - 1)) - 1;
    const std::int64_t reduced = (std::int64_t{1} << (exponent_bits - 1)) - 1;
    const auto value = static_cast<std::int64_t>(bits >> mantissa);
    if (value > bias + reduced) bits = infinity;
    if (value <= bias - reduced) bits = 0;
  }
  return std::bit_cast<T>(bits | sign);
}

template <Float T>
void reduce_precision_loop(const element_function& f, std::size_t n, const element_operand* in, void* out) {
  const T* const a = static_cast<const T*>(in[0].data);
  T* const r = static_cast<T*>(out);
  const int own = format_of(f.signature.operands[0]).exponent_bits;
  for (std::size_t i = 0; i < n; ++i)
    r[i] = reduce_precision(a[i * in[0].step], static_cast<int>(f.first), static_cast<int>(f.second), own);
}

}  // namespace detail

template <>
struct kernel<op::convert> {
  static element_function element(const element_signature& s) {
    const storage from = s.operand_kind(), to = s.result_kind();
    if (from == to) return {&detail::copy_loop, s};
    const auto body = with_type(from, []<class T>() -> element_function::body { return &detail::convert_loop<T>; });
    if (body == nullptr) detail::no_meaning(op::convert::name, s.operands[0]);
    return {body, s};
  }
};

template <>
struct kernel<op::bitcast_convert> {
  static void run(invocation& call) {
    array out = detail::bitcast(call.operand(0), call.result_type().element, call.precision());
    if (out.empty()) call.fail("the last dim must hold the bits of one element of the result");
    call.set(std::move(out));
  }
};

template <>
struct kernel<op::reduce_precision> {
  static element_function element(const element_signature& s, const op::reduce_precision::attributes& a) {
    if (s.precision == numerics::widened) return {&detail::copy_loop, s};
    const bool wide = s.operand_kind() == storage::f64;
    element_function f{wide ? &detail::reduce_precision_loop<double> : &detail::reduce_precision_loop<float>, s};
    f.first = std::min<std::int64_t>(a.exponent_bits, 11);
    f.second = std::min<std::int64_t>(a.mantissa_bits, 52);
    return f;
  }
};

}  // namespace partita::interpret
