// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Values without operands (StableHLO specification: constant, iota).

#include <algorithm>

#include <partita/interpret/kernel.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {
inline array constant_array(const op_view& op, const constant_data& data, numerics n) {
  return array_from_bytes(op.result(0), op.graph().bytes(data.first, data.count), n, data.splat);
}
}  // namespace detail

template <>
struct kernel<op::constant> {
  static void run(invocation& call, const op::constant::attributes& a) {
    call.set(detail::constant_array(call.op(), op::constant::data(a), call.precision()));
  }
};
template <>
struct kernel<op::iota> {
  static void run(invocation& call, const op::iota::attributes& a) {
    array out = call.make_result();
    const auto d = static_cast<std::size_t>(a.dimension);
    std::size_t inner = 1;
    for (std::size_t i = d + 1; i < out.rank(); ++i) inner *= static_cast<std::size_t>(out.dims()[i]);
    const auto size = static_cast<std::size_t>(out.dims()[d]);
    with_type(out.kind(), [&]<class T>() {
      if constexpr (!std::is_same_v<T, bool>) {
        T* at = out.mutable_elements<T>().data();
        for (T* const end = at + out.size(); at != end;) {
          for (std::size_t i = 0; i < size; ++i) {
            T number;
            if constexpr (is_complex_v<T>) {
              number = T(static_cast<typename T::value_type>(i));
            } else {
              number = static_cast<T>(i);
            }
            at = std::fill_n(at, inner, number);
          }
        }
      }
    });
    out.normalize();
    call.set(std::move(out));
  }
};

}  // namespace partita::interpret
