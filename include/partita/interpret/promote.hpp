// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Operands of reductions in the type in which the region combines them (StableHLO specification: reduce, scatter,
// all_reduce and others may combine in a larger type than that of their operands).

#include <type_traits>

#include <partita/interpret/array.hpp>

namespace partita::interpret::detail {

/// Elements in a larger type of the same kind.
[[nodiscard]] inline array promoted(const array& a, element_type to, numerics n) {
  if (a.element() == to) return a;
  array out(to, a.dims(), n);
  with_type(a.kind(), [&]<class From>() {
    with_type(out.kind(), [&]<class To>() {
      constexpr bool alike = is_complex_v<From> ? is_complex_v<To>
                                                : std::is_floating_point_v<From> == std::is_floating_point_v<To> &&
                                                      std::is_signed_v<From> == std::is_signed_v<To> && !is_complex_v<To>;
      if constexpr (alike && sizeof(From) <= sizeof(To)) {
        const auto in = a.elements<From>();
        const auto put = out.mutable_elements<To>();
        for (std::size_t i = 0; i < in.size(); ++i) put[i] = static_cast<To>(in[i]);
      }
    });
  });
  return out;
}

}  // namespace partita::interpret::detail
