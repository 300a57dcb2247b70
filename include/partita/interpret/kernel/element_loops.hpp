// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Loops of elementwise kernels. A function is a struct F with static overloads of(x...), constrained to the C++ types
// of elements for which it means something; a kernel derived from unary_kernel, binary_kernel or ternary_kernel picks
// the loop for the storage at hand. What of() returns is the element of the result.
//   static constexpr bool sign_free = true    signed integers are computed in the unsigned type of their width
//   of(x..., bits)                            takes the width of the element type as well, for integers narrower than
//                                             the type that holds them

#include <complex>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <partita/interpret/kernel.hpp>

namespace partita::interpret::detail {

template <class T>
concept Boolean = std::same_as<T, bool>;
template <class T>
concept Integer = std::integral<T> && !Boolean<T>;
template <class T>
concept Signed = Integer<T> && std::signed_integral<T>;
template <class T>
concept Word = Integer<T> && std::unsigned_integral<T>;
template <class T>
concept Float = std::floating_point<T>;
template <class T>
concept Complex = is_complex_v<T>;

/// The unsigned storage of a signed integer's width; any other as it is.
[[nodiscard]] constexpr storage without_sign(storage s) {
  switch (s) {
    case storage::s8: return storage::u8;
    case storage::s16: return storage::u16;
    case storage::s32: return storage::u32;
    case storage::s64: return storage::u64;
    default: return s;
  }
}

// Calls F with the element type's width where it asks for it.
template <class F, class... T>
constexpr auto apply(int bits, const T&... x) {
  if constexpr (requires { F::of(x..., bits); }) {
    return F::of(x..., bits);
  } else {
    return F::of(x...);
  }
}
template <class F, class... T>
concept Computes = requires(T... x) { F::of(x...); } || requires(T... x) { F::of(x..., 0); };

template <class F, class A>
void unary_loop(const element_function& f, std::size_t n, const element_operand* in, void* out) {
  using R = decltype(apply<F>(0, A{}));
  const int bits = bits_of(f.signature.operands[0]);
  const A* const a = static_cast<const A*>(in[0].data);
  R* const r = static_cast<R*>(out);
  if (in[0].step == 1) {
    for (std::size_t i = 0; i < n; ++i) r[i] = apply<F>(bits, a[i]);
  } else if (n != 0) {
    const R x = apply<F>(bits, a[0]);
    for (std::size_t i = 0; i < n; ++i) r[i] = x;
  }
}

template <class F, class A>
void binary_loop(const element_function& f, std::size_t n, const element_operand* in, void* out) {
  using R = decltype(apply<F>(0, A{}, A{}));
  const int bits = bits_of(f.signature.operands[0]);
  const A* const a = static_cast<const A*>(in[0].data);
  const A* const b = static_cast<const A*>(in[1].data);
  R* const r = static_cast<R*>(out);
  const std::size_t p = in[0].step, q = in[1].step;
  if (p == 1 && q == 1) {
    for (std::size_t i = 0; i < n; ++i) r[i] = apply<F>(bits, a[i], b[i]);
  } else {
    for (std::size_t i = 0; i < n; ++i) r[i] = apply<F>(bits, a[i * p], b[i * q]);
  }
}

template <class F, class A>
void ternary_loop(const element_function&, std::size_t n, const element_operand* in, void* out) {
  const A* const a = static_cast<const A*>(in[0].data);
  const A* const b = static_cast<const A*>(in[1].data);
  const A* const c = static_cast<const A*>(in[2].data);
  A* const r = static_cast<A*>(out);
  const std::size_t p = in[0].step, q = in[1].step, s = in[2].step;
  for (std::size_t i = 0; i < n; ++i) r[i] = F::of(a[i * p], b[i * q], c[i * s]);
}

[[noreturn]] inline void no_meaning(std::string_view op, element_type e) {
  throw execution_error(std::string(op) + ": cannot be computed for elements of type " + std::string(name_of(e)));
}

template <class F>
[[nodiscard]] constexpr storage computing_kind(storage s) {
  if constexpr (requires { F::sign_free; }) {
    return without_sign(s);
  } else {
    return s;
  }
}

template <class O, class F>
struct unary_kernel {
  static element_function element(const element_signature& s) {
    const auto body = with_type(computing_kind<F>(s.operand_kind()), []<class T>() -> element_function::body {
      if constexpr (Computes<F, T>) return &unary_loop<F, T>;
      return nullptr;
    });
    if (body == nullptr) no_meaning(O::name, s.operands[0]);
    return {body, s};
  }
};

template <class F>
[[nodiscard]] element_function::body binary_body(storage kind) {
  return with_type(computing_kind<F>(kind), []<class T>() -> element_function::body {
    if constexpr (Computes<F, T, T>) return &binary_loop<F, T>;
    return nullptr;
  });
}

template <class O, class F>
struct binary_kernel {
  static element_function element(const element_signature& s) {
    const auto body = binary_body<F>(s.operand_kind());
    if (body == nullptr) no_meaning(O::name, s.operands[0]);
    return {body, s};
  }
};

}  // namespace partita::interpret::detail
