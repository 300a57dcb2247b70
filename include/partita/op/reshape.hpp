// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// reshape (StableHLO specification, reshape): the same elements in row-major order under another shape. Its
// rule decomposes the dims of both shapes into common factors, major to minor: (8) -> (2, 4) is
// ([ij])->([i, j]). What the shapes do not have in common is never split.

#include <array>
#include <string_view>

#include <partita/op/checks.hpp>

namespace partita::op {

namespace detail {

// Decomposition of two shapes with equal numbers of elements. The dims fall into blocks of equal products.
// Within a block, common divisors of the major dims are factors of both shapes (an index divided by the
// stride of such a factor is the same number in both), and so are common divisors of the minor dims (the
// remainder is the same number); what is left in between belongs to one shape only.
class reshape_factors {
 public:
  constexpr reshape_factors(const type_view& from, const type_view& to, rule_builder& r)
      : from_(from), to_(to), r_(&r) {
    std::size_t i = 0, j = 0;
    while (i < from.rank() || j < to.rank()) {
      const bool one_here = i < from.rank() && from.dims[i] == 1, one_there = j < to.rank() && to.dims[j] == 1;
      if (one_here && one_there) {
        common(i++, j++, 1);
      } else if (one_here) {
        operand_only(i++, 1);
      } else if (one_there) {
        result_only(j++, 1);
      } else {
        std::size_t i_end = i + 1, j_end = j + 1;
        std::int64_t p = from.dims[i], q = to.dims[j];
        while (p != q) {
          if (p < q) {
            p = checked_multiply(p, from.dims[i_end++]);
          } else {
            q = checked_multiply(q, to.dims[j_end++]);
          }
        }
        block(i, i_end, j, j_end);
        i = i_end;
        j = j_end;
      }
    }
  }

 private:
  static constexpr std::int64_t common_divisor(std::int64_t a, std::int64_t b) {
    while (b != 0) {
      const std::int64_t rest = a % b;
      a = b;
      b = rest;
    }
    return a;
  }

  constexpr void common(std::size_t i, std::size_t j, std::int64_t size) {
    const factor_index f = r_->add(size);
    r_->operand(0, i, f);
    r_->result(0, j, f);
  }
  // A factor of size 1 cannot split anyway; it stays parallel, as in Shardy's rules.
  static constexpr factor_kind kind_of(std::int64_t size) {
    return size == 1 ? factor_kind::parallel : factor_kind::needs_replication;
  }
  constexpr void operand_only(std::size_t i, std::int64_t size) { r_->operand(0, i, r_->add(size, kind_of(size))); }
  constexpr void result_only(std::size_t j, std::int64_t size) { r_->result(0, j, r_->add(size, kind_of(size))); }

  constexpr void block(std::size_t i, const std::size_t i_end, std::size_t j, const std::size_t j_end) {
    std::array<std::int64_t, max_rank> a{}, b{};  // what is left of each dim
    for (std::size_t k = i; k < i_end; ++k) a[k] = from_.dims[k];
    for (std::size_t k = j; k < j_end; ++k) b[k] = to_.dims[k];

    while (i < i_end && j < j_end) {
      if (a[i] == 1) {
        if (from_.dims[i] == 1) operand_only(i, 1);
        ++i;
      } else if (b[j] == 1) {
        if (to_.dims[j] == 1) result_only(j, 1);
        ++j;
      } else {
        const std::int64_t size = common_divisor(a[i], b[j]);
        if (size == 1) break;
        common(i, j, size);
        a[i] /= size;
        b[j] /= size;
      }
    }

    struct piece {
      std::size_t i, j;
      std::int64_t size;
    };
    std::array<piece, 2 * max_rank> minor{};
    std::size_t minor_count = 0, u = i_end, v = j_end;
    while (u > i && v > j) {
      if (a[u - 1] == 1) {
        --u;
      } else if (b[v - 1] == 1) {
        --v;
      } else {
        const std::int64_t size = common_divisor(a[u - 1], b[v - 1]);
        if (size == 1) break;
        minor[minor_count++] = {u - 1, v - 1, size};
        a[u - 1] /= size;
        b[v - 1] /= size;
      }
    }

    std::int64_t p = 1, q = 1;
    while (i < i_end || j < j_end) {
      if (j == j_end || (i < i_end && p <= q)) {
        if (a[i] != 1 || from_.dims[i] == 1) operand_only(i, a[i]);
        p *= a[i++];
      } else {
        if (b[j] != 1 || to_.dims[j] == 1) result_only(j, b[j]);
        q *= b[j++];
      }
    }
    while (minor_count > 0) {
      const piece& m = minor[--minor_count];
      common(m.i, m.j, m.size);
    }
  }

  type_view from_, to_;
  rule_builder* r_;
};

}  // namespace detail

struct reshape {
  static constexpr std::string_view name = "stablehlo.reshape";
  static constexpr op_traits traits{.forwards_partial = true, .elementwise = true, .forwards_elements = true};

  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 1);
    const type_view from = op.operand(0), to = types.stated(0);
    if (!to.is_tensor() || !to.is_static()) {
      op.fail("the result's type must have static sizes but is " + to_string(to) +
              "; dynamic_reshape takes sizes at run time");
    }
    if (from.element != to.element) {
      op.fail("changes the shape only, not the element type: " + to_string(from) + " to " + to_string(to));
    }
    if (from.is_static() && from.elements() != to.elements()) {
      op.fail("must keep the number of elements, but " + to_string(from) + " has " + std::to_string(from.elements()) +
              " and " + to_string(to) + " has " + std::to_string(to.elements()));
    }
    types.accept_stated();
  }

  static constexpr void rule(const op_view& op, rule_builder& r) {
    const type_view from = op.operand(0), to = op.result(0);
    if (!from.is_static() || from.elements() == 0) return;  // nothing to split
    detail::reshape_factors(from, to, r);
  }

  /// The elements keep their order: no bytes move.
  static constexpr work cost(const op_view&) { return {}; }
};

using reshape_ops = op_set<reshape>;

}  // namespace partita::op
