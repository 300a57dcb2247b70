// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// cholesky, triangular_solve and fft (StableHLO specification): whole matrices and transforms at a time, so that
// batch dims split and the others do not.

#include <string_view>

#include <partita/op/elementwise.hpp>
#include <partita/op/sort.hpp>

namespace partita {

namespace op {
enum class fft_type : std::uint8_t { FFT, IFFT, RFFT, IRFFT };
enum class transpose_kind : std::uint8_t { TRANSPOSE_INVALID, NO_TRANSPOSE, TRANSPOSE, ADJOINT };
}  // namespace op

template <>
struct enumerators_of<op::fft_type> {
  static constexpr std::string_view mnemonic = "fft_type";
  static constexpr std::string_view names[] = {"FFT", "IFFT", "RFFT", "IRFFT"};
};
template <>
struct enumerators_of<op::transpose_kind> {
  static constexpr std::string_view mnemonic = "transpose";
  static constexpr std::string_view names[] = {"TRANSPOSE_INVALID", "NO_TRANSPOSE", "TRANSPOSE", "ADJOINT"};
};

namespace op {

namespace detail {
constexpr void expect_square(const op_view& op, std::size_t i) {
  const type_view t = op.operand(i);
  if (t.rank() < 2 || !fits(t.dims[t.rank() - 1], t.dims[t.rank() - 2])) wrong_operand(op, i, "square matrices");
}
}  // namespace detail

/// The triangular factor of each symmetric positive matrix.
struct cholesky {
  static constexpr std::string_view name = "stablehlo.cholesky";
  struct attributes {
    bool lower = false;
    static constexpr void describe(auto& self, auto&& field) { field("lower", self.lower, false); }
  };
  static constexpr void infer(const op_view& op, const attributes&, result_types& types) {
    detail::expect_elementwise(op, 1, detail::floats | detail::complexes);
    const type_view a = op.operand(0);
    detail::expect_square(op, 0);
    types.add(a);
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) {
    const type_view t = op.operand(0);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const factor_index f =
          r.add(t.dims[d], d + 2 < t.rank() ? factor_kind::parallel : factor_kind::needs_replication);
      r.operand(0, d, f);
      r.result(0, d, f);
    }
  }
  /// n^3 / 3 per matrix.
  static constexpr work cost(const op_view& op, const attributes&) {
    const type_view t = op.operand(0);
    return {static_cast<double>(t.elements()) * detail::count(t.dims[t.rank() - 1]) / 3, bytes_touched(op)};
  }
};

/// Solves with triangular matrices: operands a, the matrices, and b. The columns of b (its rows unless left_side) do
/// not depend on one another, so they split.
struct triangular_solve {
  static constexpr std::string_view name = "stablehlo.triangular_solve";
  struct attributes {
    bool left_side = false, lower = false, unit_diagonal = false;
    transpose_kind transpose_a = transpose_kind::NO_TRANSPOSE;
    static constexpr void describe(auto& self, auto&& field) {
      field("left_side", self.left_side);
      field("lower", self.lower);
      field("unit_diagonal", self.unit_diagonal);
      field("transpose_a", self.transpose_a);
    }
  };
  static constexpr void infer(const op_view& op, const attributes& attributes, result_types& types) {
    detail::expect_tensors(op, 2);
    const type_view a = op.operand(0), b = op.operand(1);
    if ((detail::set_of(a.element) & (detail::floats | detail::complexes)) == 0)
      detail::wrong_elements(op, 0, detail::floats | detail::complexes);
    detail::expect_same_element(op, 0, 1);
    if (a.rank() != b.rank() || a.rank() < 2)
      op.fail("operands must be matrices of one rank but are " + to_string(a) + " and " + to_string(b));
    const std::size_t n = a.rank();
    detail::expect_square(op, 0);
    for (std::size_t d = 0; d + 2 < n; ++d) {
      if (!detail::fits(a.dims[d], b.dims[d])) detail::sizes_differ(op, "batch dims", a.dims[d], b.dims[d]);
    }
    const std::int64_t solved = attributes.left_side ? b.dims[n - 2] : b.dims[n - 1];
    if (!detail::fits(a.dims[n - 1], solved))
      detail::sizes_differ(op, "the matrix and the dim of b that is solved for", a.dims[n - 1], solved);
    if (attributes.transpose_a == transpose_kind::TRANSPOSE_INVALID)
      op.fail("transpose_a must not be TRANSPOSE_INVALID");
    types.add(b);
  }
  /// The equation is a(m, x) * result(x, n) = b(m, n), or result(m, x) * a(x, n) = b(m, n), or that of a's transpose.
  static constexpr void rule(const op_view& op, const attributes& attributes, rule_builder& r) {
    const type_view a = op.operand(0), b = op.operand(1);
    const std::size_t rows = a.rank() - 2, columns = a.rank() - 1;
    for (std::size_t d = 0; d < rows; ++d) {
      const factor_index f = r.add(detail::shared_size(op, 2, d));
      r.operand(0, d, f);
      r.operand(1, d, f);
      r.result(0, d, f);
    }
    const bool left = attributes.left_side, straight = attributes.transpose_a == transpose_kind::NO_TRANSPOSE;
    const std::size_t solved = left ? rows : columns, free = left ? columns : rows;
    const factor_index given = r.add(b.dims[solved], factor_kind::needs_replication);
    const factor_index independent = r.add(b.dims[free]);
    const factor_index found = r.add(a.dims[columns], factor_kind::needs_replication);
    r.operand(0, rows, left == straight ? given : found);
    r.operand(0, columns, left == straight ? found : given);
    r.operand(1, solved, given);
    r.operand(1, free, independent);
    r.result(0, solved, found);
    r.result(0, free, independent);
  }
  /// n^2 per column of b.
  static constexpr work cost(const op_view& op, const attributes&) {
    return {static_cast<double>(op.operand(1).elements()) * detail::count(op.operand(0).dims[op.operand(0).rank() - 1]),
            bytes_touched(op)};
  }
};

/// Discrete Fourier transforms of the last dims.
struct fft {
  static constexpr std::string_view name = "stablehlo.fft";
  struct attributes {
    op::fft_type fft_type = op::fft_type::FFT;
    size_list fft_length;
    static constexpr void describe(auto& self, auto&& field) {
      field("fft_type", self.fft_type);
      field("fft_length", self.fft_length);
    }
  };
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 1);
    tensor_type t(op.operand(0));
    const std::size_t dims = a.fft_length.size();
    if (dims < 1 || dims > 3 || dims > t.rank())
      op.fail("fft_length must have 1 to 3 entries, one for each of the last dims, but has " + std::to_string(dims));
    for (const auto n : a.fft_length) detail::expect_at_least(op, "fft_length", n, 1);
    const bool to_real = a.fft_type == fft_type::IRFFT, from_real = a.fft_type == fft_type::RFFT;
    if (from_real ? t.element != element_type::f32 && t.element != element_type::f64 : !is_complex(t.element)) {
      detail::wrong_operand(op, 0, from_real ? "a tensor of f32 or f64" : "a tensor of complex elements");
    }
    for (std::size_t i = 0; i < dims; ++i) {
      const std::size_t d = t.rank() - dims + i;
      const bool halved = to_real && i + 1 == dims;
      const std::int64_t wanted = halved ? a.fft_length[i] / 2 + 1 : a.fft_length[i];
      if (!detail::fits(t.dims[d], wanted)) {
        op.fail("dim " + std::to_string(d) + " of the operand must have size " + std::to_string(wanted) +
                " for fft_length " + std::to_string(a.fft_length[i]) + " but the operand is " +
                to_string(op.operand(0)));
      }
    }
    if (from_real) {
      t.element = t.element == element_type::f32 ? element_type::complex_f32 : element_type::complex_f64;
      t.dims[t.rank() - 1] = a.fft_length[dims - 1] / 2 + 1;
    } else if (to_real) {
      t.element = detail::real_part(t.element);
      t.dims[t.rank() - 1] = a.fft_length[dims - 1];
    }
    types.add(t);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    const type_view t = op.operand(0);
    const bool real = a.fft_type == fft_type::RFFT || a.fft_type == fft_type::IRFFT;
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const bool batch = d + a.fft_length.size() < t.rank();
      const bool changes_size = real && d + 1 == t.rank();
      const factor_index f =
          r.add(t.dims[d], batch ? factor_kind::parallel : factor_kind::needs_replication, monoid::none, changes_size);
      r.operand(0, d, f);
      r.result(0, d, f);
    }
  }
  /// 5 n log2 n per transform, the usual count for a radix-2 algorithm.
  static constexpr work cost(const op_view& op, const attributes& a) {
    double levels = 0;
    for (const auto n : a.fft_length) levels += detail::levels_of(n);
    return {5 * static_cast<double>(op.operand(0).elements()) * levels, bytes_touched(op)};
  }
};

using linear_algebra_ops = op_set<cholesky, triangular_solve, fft>;

}  // namespace op
}  // namespace partita
