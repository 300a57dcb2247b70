// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Elementwise ops of the CHLO dialect: functions that StableHLO has no op for, and arithmetic on operands whose shapes
// are made equal first.

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <vector>

#include <partita/interpret/kernel/constant.hpp>
#include <partita/interpret/kernel/element_functions.hpp>
#include <partita/interpret/kernel/elementwise.hpp>
#include <partita/interpret/kernel/special_functions.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail::element {

struct square {
  static constexpr bool sign_free = true;
  template <class T>
    requires(Word<T> || Float<T> || Complex<T>)
  static T of(const T& x) { return multiply::of(x, x); }
};
struct conj {
  template <Float T>
  static T of(T x) { return x; }
  template <Complex T>
  static T of(const T& x) { return std::conj(x); }
};
struct acos : computed<acos> {
  static auto at(const auto& x) { return std::acos(x); }
};
struct acosh : computed<acosh> {
  static auto at(const auto& x) { return std::acosh(x); }
};
struct asin : computed<asin> {
  static auto at(const auto& x) { return std::asin(x); }
};
struct asinh : computed<asinh> {
  static auto at(const auto& x) { return std::asinh(x); }
};
struct atan : computed<atan> {
  static auto at(const auto& x) { return std::atan(x); }
};
struct atanh : computed<atanh> {
  static auto at(const auto& x) { return std::atanh(x); }
};
// CHLO defines these two by their expansion into StableHLO, which halves in the exponent so as not to overflow before
// the result does. Each step is rounded to the elements' own type: for large x that moves the result by several units
// in the last place, which programs that use the op are to see as well.
template <class T>
[[nodiscard]] T half_exponential(const T& x) {
  using part = std::conditional_t<std::is_same_v<T, float> || std::is_same_v<T, std::complex<float>>, float, double>;
  return exponential::of(x + T(static_cast<part>(-0.69314718055994530942)));
}
struct cosh {
  template <class T>
    requires(Float<T> || Complex<T>)
  static T of(const T& x) { return half_exponential(x) + half_exponential(-x); }
};
struct sinh {
  template <Float T>
  static T of(T x) {
    if (std::fabs(x) >= 1) return half_exponential(x) - half_exponential(-x);
    return static_cast<T>(std::sinh(static_cast<double>(x)));
  }
  template <Complex T>
  static T of(const T& x) { return half_exponential(x) - half_exponential(-x); }
};
struct bessel_i1e : computed<bessel_i1e> {
  static double at(double x) { return special::bessel_i1e(x); }
};
struct digamma : computed<digamma> {
  static double at(double x) { return special::digamma(x); }
};
struct lgamma : computed<lgamma> {
  static double at(double x) { return special::lgamma(x); }
};
struct erf : computed<erf> {
  static double at(double x) { return std::erf(x); }
};
struct erfc : computed<erfc> {
  static double at(double x) { return std::erfc(x); }
};
struct erf_inv : computed<erf_inv> {
  static double at(double x) { return special::erf_inv(x); }
};
struct polygamma : computed<polygamma> {
  static double at(double n, double x) { return special::polygamma(n, x); }
};
struct zeta : computed<zeta> {
  static double at(double s, double q) { return special::zeta(s, q); }
};
struct is_inf {
  template <Float T>
  static bool of(T x) { return std::isinf(x); }
};
struct is_neg_inf {
  template <Float T>
  static bool of(T x) { return x == -std::numeric_limits<T>::infinity(); }
};
struct is_pos_inf {
  template <Float T>
  static bool of(T x) { return x == std::numeric_limits<T>::infinity(); }
};

/// The upper half of the product of two integers of `bits` bits.
struct mulhi {
  template <Word T>
  static T of(T a, T b, int bits) {
    if constexpr (sizeof(T) < 8) {
      return static_cast<T>((std::uint64_t{a} * std::uint64_t{b}) >> bits);
    } else {
      const std::uint64_t a1 = a >> 32, a0 = a & 0xffffffffu, b1 = b >> 32, b0 = b & 0xffffffffu;
      const std::uint64_t low = a0 * b0, cross = a1 * b0 + (low >> 32), other = a0 * b1 + (cross & 0xffffffffu);
      return a1 * b1 + (cross >> 32) + (other >> 32);
    }
  }
  template <Signed T>
  static T of(T a, T b, int bits) {
    if constexpr (sizeof(T) < 8) {
      return static_cast<T>((std::int64_t{a} * std::int64_t{b}) >> bits);
    } else {
      const auto p = static_cast<std::uint64_t>(a), q = static_cast<std::uint64_t>(b);
      return static_cast<T>(of(p, q, bits) - (a < 0 ? q : 0) - (b < 0 ? p : 0));
    }
  }
};

/// The neighbour of x in its own format on the way to y.
[[nodiscard]] inline double next_after(double x, double y, element_type e) {
  if (std::isnan(x) || std::isnan(y)) return std::numeric_limits<double>::quiet_NaN();
  if (x == y) return y;
  const float_format f = format_of(e);
  if (x == 0) return std::copysign(from_format_bits(1, f), y);
  const std::uint64_t bits = to_format_bits(std::fabs(x), f);
  return std::copysign(from_format_bits((x < y) == (x > 0) ? bits + 1 : bits - 1, f), x);
}
inline void narrow_next_after_loop(const element_function& f, std::size_t n, const element_operand* in, void* out) {
  const float* const a = static_cast<const float*>(in[0].data);
  const float* const b = static_cast<const float*>(in[1].data);
  float* const r = static_cast<float*>(out);
  for (std::size_t i = 0; i < n; ++i)
    r[i] = static_cast<float>(next_after(a[i * in[0].step], b[i * in[1].step], f.signature.operands[0]));
}
struct next_after_own {
  template <Float T>
  static T of(T x, T y) { return std::nextafter(x, y); }
};

/// The operand repeated to the result's dims. Operand dim d goes to result dim to[d]; its size is 1 or the result's.
[[nodiscard]] inline array repeated(const array& a, const size_list& dims, const std::vector<std::size_t>& to,
                                    numerics n) {
  array out(a.element(), dims, n);
  const std::size_t rank = dims.size();
  if (out.size() == 0) return out;
  std::vector<std::size_t> step(rank, 0), at(rank, 0);
  std::size_t own = 1;
  for (std::size_t d = a.rank(); d-- > 0;) {
    const auto size = static_cast<std::size_t>(a.dims()[d]);
    if (size != 1) step[to[d]] = own;
    own *= size;
  }
  const std::size_t inner = rank == 0 ? 1 : static_cast<std::size_t>(dims[rank - 1]);
  const std::size_t inner_step = rank == 0 ? 0 : step[rank - 1];
  with_bits(a.kind(), [&]<class T>() {
    const T* from = a.elements<T>().data();
    T* r = out.mutable_elements<T>().data();
    for (T* const end = r + out.size(); r != end; r += inner) {
      for (std::size_t i = 0; i < inner; ++i) r[i] = from[i * inner_step];
      for (std::size_t d = rank < 2 ? 0 : rank - 1; d-- > 0;) {
        from += step[d];
        if (++at[d] < static_cast<std::size_t>(dims[d])) break;
        from -= step[d] * at[d];
        at[d] = 0;
      }
    }
  });
  return out;
}

/// Result dims that the operands' dims go to: the last ones, unless broadcast_dimensions says otherwise.
[[nodiscard]] inline std::vector<std::size_t> places_of(const array& a, std::size_t rank, const dim_list& stated) {
  std::vector<std::size_t> to(a.rank());
  for (std::size_t d = 0; d < to.size(); ++d) {
    const bool listed = a.rank() < rank && stated.size() == a.rank();
    to[d] = listed ? static_cast<std::size_t>(stated[d]) : rank - a.rank() + d;
  }
  return to;
}

/// Dims of the result of operands whose shapes are made equal; false where dims that meet differ and neither is 1.
[[nodiscard]] inline bool broadcast_dims(std::span<const array> operands, const dim_list& stated, size_list& dims) {
  std::size_t rank = 0;
  for (const array& a : operands) rank = std::max(rank, a.rank());
  dims = size_list(rank, 1);
  for (const array& a : operands) {
    const std::vector<std::size_t> to = places_of(a, rank, stated);
    for (std::size_t d = 0; d < a.rank(); ++d) {
      const std::int64_t size = a.dims()[d];
      if (size == 1 || size == dims[to[d]]) continue;
      if (dims[to[d]] != 1) return false;
      dims[to[d]] = size;
    }
  }
  return true;
}

/// Applies f, of at most three operands, to operands repeated to these dims.
[[nodiscard]] inline array apply_broadcasting(const element_function& f, std::span<const array> operands,
                                              const size_list& dims, const dim_list& stated) {
  const numerics n = f.signature.precision;
  array kept[3];
  element_operand in[3];
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const array& a = operands[i];
    const bool single = a.rank() == 0;
    kept[i] = single || a.dims() == dims ? a : repeated(a, dims, places_of(a, dims.size(), stated), n);
    in[i] = {kept[i].data(), single && !dims.empty() ? std::size_t{0} : std::size_t{1}};
  }
  array out(f.signature.result, dims, n);
  f(out.size(), in, out.mutable_data());
  return out;
}

inline void run_broadcasting(invocation& call, const dim_list& stated, element_function f) {
  f.signature = interpret::detail::signature_of(call.op(), call.precision());
  std::vector<array> operands;
  for (std::size_t i = 0; i < call.operand_count(); ++i) operands.push_back(call.operand(i));
  size_list dims;
  if (!broadcast_dims(operands, stated, dims)) call.fail("dims that meet must be equal, or one of them 1");
  call.set(apply_broadcasting(f, operands, dims, stated));
}

/// A broadcasting op that computes what op O does.
template <class O>
struct broadcasting_kernel {
  static void run(invocation& call, const op::chlo::broadcast_add::attributes& a) {
    const element_signature s = interpret::detail::signature_of(call.op(), call.precision());
    run_broadcasting(call, a.broadcast_dimensions, kernel<O>::element(s));
  }
};

}  // namespace detail::element

template <> struct kernel<op::chlo::constant> : kernel<op::constant> {};
template <> struct kernel<op::chlo::square> : detail::unary_kernel<op::chlo::square, detail::element::square> {};
template <> struct kernel<op::chlo::conj> : detail::unary_kernel<op::chlo::conj, detail::element::conj> {};
template <> struct kernel<op::chlo::mulhi> : detail::binary_kernel<op::chlo::mulhi, detail::element::mulhi> {};
template <> struct kernel<op::chlo::acos> : detail::unary_kernel<op::chlo::acos, detail::element::acos> {};
template <> struct kernel<op::chlo::acosh> : detail::unary_kernel<op::chlo::acosh, detail::element::acosh> {};
template <> struct kernel<op::chlo::asin> : detail::unary_kernel<op::chlo::asin, detail::element::asin> {};
template <> struct kernel<op::chlo::asinh> : detail::unary_kernel<op::chlo::asinh, detail::element::asinh> {};
template <> struct kernel<op::chlo::atan> : detail::unary_kernel<op::chlo::atan, detail::element::atan> {};
template <> struct kernel<op::chlo::atanh> : detail::unary_kernel<op::chlo::atanh, detail::element::atanh> {};
template <>
struct kernel<op::chlo::bessel_i1e> : detail::unary_kernel<op::chlo::bessel_i1e, detail::element::bessel_i1e> {};
template <> struct kernel<op::chlo::cosh> : detail::unary_kernel<op::chlo::cosh, detail::element::cosh> {};
template <> struct kernel<op::chlo::digamma> : detail::unary_kernel<op::chlo::digamma, detail::element::digamma> {};
template <> struct kernel<op::chlo::erf> : detail::unary_kernel<op::chlo::erf, detail::element::erf> {};
template <> struct kernel<op::chlo::erf_inv> : detail::unary_kernel<op::chlo::erf_inv, detail::element::erf_inv> {};
template <> struct kernel<op::chlo::erfc> : detail::unary_kernel<op::chlo::erfc, detail::element::erfc> {};
template <> struct kernel<op::chlo::lgamma> : detail::unary_kernel<op::chlo::lgamma, detail::element::lgamma> {};
template <> struct kernel<op::chlo::sinh> : detail::unary_kernel<op::chlo::sinh, detail::element::sinh> {};
template <> struct kernel<op::chlo::tan> : detail::unary_kernel<op::chlo::tan, detail::element::tan> {};
template <>
struct kernel<op::chlo::polygamma> : detail::binary_kernel<op::chlo::polygamma, detail::element::polygamma> {};
template <> struct kernel<op::chlo::zeta> : detail::binary_kernel<op::chlo::zeta, detail::element::zeta> {};
template <> struct kernel<op::chlo::is_inf> : detail::unary_kernel<op::chlo::is_inf, detail::element::is_inf> {};
template <>
struct kernel<op::chlo::is_neg_inf> : detail::unary_kernel<op::chlo::is_neg_inf, detail::element::is_neg_inf> {};
template <>
struct kernel<op::chlo::is_pos_inf> : detail::unary_kernel<op::chlo::is_pos_inf, detail::element::is_pos_inf> {};
template <>
struct kernel<op::chlo::next_after> {
  static element_function element(const element_signature& s) {
    const bool narrow = s.operand_kind() == storage::f32 && s.operands[0] != element_type::f32;
    if (narrow) return {&detail::element::narrow_next_after_loop, s};
    return detail::binary_kernel<op::chlo::next_after, detail::element::next_after_own>::element(s);
  }
};

template <> struct kernel<op::chlo::broadcast_add> : detail::element::broadcasting_kernel<op::add> {};
template <> struct kernel<op::chlo::broadcast_multiply> : detail::element::broadcasting_kernel<op::multiply> {};
template <> struct kernel<op::chlo::broadcast_minimum> : detail::element::broadcasting_kernel<op::minimum> {};
template <> struct kernel<op::chlo::broadcast_maximum> : detail::element::broadcasting_kernel<op::maximum> {};
template <> struct kernel<op::chlo::broadcast_subtract> : detail::element::broadcasting_kernel<op::subtract> {};
template <> struct kernel<op::chlo::broadcast_divide> : detail::element::broadcasting_kernel<op::divide> {};
template <> struct kernel<op::chlo::broadcast_remainder> : detail::element::broadcasting_kernel<op::remainder> {};
template <> struct kernel<op::chlo::broadcast_power> : detail::element::broadcasting_kernel<op::power> {};
template <> struct kernel<op::chlo::broadcast_atan2> : detail::element::broadcasting_kernel<op::atan2> {};
template <>
struct kernel<op::chlo::broadcast_next_after> : detail::element::broadcasting_kernel<op::chlo::next_after> {};
template <>
struct kernel<op::chlo::broadcast_polygamma> : detail::element::broadcasting_kernel<op::chlo::polygamma> {};
template <> struct kernel<op::chlo::broadcast_zeta> : detail::element::broadcasting_kernel<op::chlo::zeta> {};
template <> struct kernel<op::chlo::broadcast_and> : detail::element::broadcasting_kernel<op::and_> {};
template <> struct kernel<op::chlo::broadcast_or> : detail::element::broadcasting_kernel<op::or_> {};
template <> struct kernel<op::chlo::broadcast_xor> : detail::element::broadcasting_kernel<op::xor_> {};
template <> struct kernel<op::chlo::broadcast_shift_left> : detail::element::broadcasting_kernel<op::shift_left> {};
template <>
struct kernel<op::chlo::broadcast_shift_right_arithmetic>
    : detail::element::broadcasting_kernel<op::shift_right_arithmetic> {};
template <>
struct kernel<op::chlo::broadcast_shift_right_logical>
    : detail::element::broadcasting_kernel<op::shift_right_logical> {};
template <> struct kernel<op::chlo::broadcast_complex> : detail::element::broadcasting_kernel<op::complex> {};
template <>
struct kernel<op::chlo::broadcast_compare> {
  static void run(invocation& call, const op::chlo::broadcast_compare::attributes& a) {
    const element_signature s = detail::signature_of(call.op(), call.precision());
    detail::element::run_broadcasting(call, a.broadcast_dimensions,
                                      detail::element::comparison(s, a.comparison_direction, a.compare_type));
  }
};
template <>
struct kernel<op::chlo::broadcast_select> {
  static void run(invocation& call) {
    const element_signature s = detail::signature_of(call.op(), call.precision());
    detail::element::run_broadcasting(call, {}, kernel<op::select>::element(s));
  }
};

}  // namespace partita::interpret
