// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// bitcast_convert (StableHLO specification, bitcast_convert): the same bits as elements of another type.

#include <string_view>

#include <partita/op/checks.hpp>

namespace partita::op {

/// Elements of equal width one by one; otherwise one wide element is made of, or becomes, the narrow elements of a
/// last dim, which stays whole.
struct bitcast_convert {
  static constexpr std::string_view name = "stablehlo.bitcast_convert";
  static constexpr op_traits traits{.elementwise = true};

  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 1);
    const type_view from = op.operand(0), to = types.stated(0);
    if (!to.is_tensor() || is_complex(from.element) != is_complex(to.element) || !bits_match(from, to))
      mismatch(op, to);
    types.accept_stated();
  }
  static constexpr void rule(const op_view& op, rule_builder& r) {
    const type_view from = op.operand(0), to = op.result(0);
    for (std::size_t d = 0; d < from.rank() || d < to.rank(); ++d) {
      const bool in = d < from.rank(), out = d < to.rank();
      const std::int64_t size = in && out ? detail::factor_size(from.dims[d], to.dims[d])
                                : in      ? from.dims[d]
                                          : to.dims[d];
      const factor_index f = r.add(size, in && out ? factor_kind::parallel : factor_kind::needs_replication);
      if (in) r.operand(0, d, f);
      if (out) r.result(0, d, f);
    }
  }

 private:
  static constexpr bool bits_match(const type_view& from, const type_view& to) {
    const bool splits = from.rank() < to.rank();
    const type_view& wide = splits ? from : to;
    const type_view& narrow = splits ? to : from;
    const std::int64_t wide_bits = is_boolean(wide.element) ? 1 : bits_of(wide.element);
    const std::int64_t narrow_bits = is_boolean(narrow.element) ? 1 : bits_of(narrow.element);
    for (std::size_t d = 0; d < wide.rank(); ++d) {
      if (!detail::fits(from.dims[d], to.dims[d])) return false;
    }
    if (narrow.rank() == wide.rank()) return wide_bits == narrow_bits;
    return narrow.rank() == wide.rank() + 1 && wide_bits > narrow_bits && wide_bits % narrow_bits == 0 &&
           detail::fits(narrow.dims[wide.rank()], wide_bits / narrow_bits);
  }
  [[noreturn]] static void mismatch(const op_view& op, const type_view& to) {
    op.fail("cannot make " + to_string(to) + " of " + to_string(op.operand(0)) +
            ": the bits of each element of the one must be those of an element, or of the last dim, of the other");
  }
};

}  // namespace partita::op
