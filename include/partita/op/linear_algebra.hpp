// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ops over whole matrices, transforms and random numbers (StableHLO specification: cholesky, fft,
// triangular_solve, rng, rng_bit_generator, batch_norm_*, bitcast_convert). Batch dims are independent.

#include <string_view>

#include <partita/op/elementwise.hpp>
#include <partita/op/opaque.hpp>

namespace partita {

namespace op {
enum class fft_type : std::uint8_t { FFT, IFFT, RFFT, IRFFT };
enum class transpose_kind : std::uint8_t { TRANSPOSE_INVALID, NO_TRANSPOSE, TRANSPOSE, ADJOINT };
enum class rng_algorithm : std::uint8_t { DEFAULT, THREE_FRY, PHILOX };
enum class rng_distribution : std::uint8_t { UNIFORM, NORMAL };
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
template <>
struct enumerators_of<op::rng_algorithm> {
  static constexpr std::string_view mnemonic = "rng_algorithm";
  static constexpr std::string_view names[] = {"DEFAULT", "THREE_FRY", "PHILOX"};
};
template <>
struct enumerators_of<op::rng_distribution> {
  static constexpr std::string_view mnemonic = "rng_distribution";
  static constexpr std::string_view names[] = {"UNIFORM", "NORMAL"};
};

namespace op {

struct cholesky {
  static constexpr std::string_view name = "stablehlo.cholesky";
  struct attributes {
    bool lower = false;
    static constexpr void describe(auto& self, auto&& field) { field("lower", self.lower, false); }
  };
  static constexpr void infer(const op_view& op, const attributes&, result_types& types) {
    detail::expect_elementwise(op, 1, detail::floats | detail::complexes);
    const type_view a = op.operand(0);
    if (a.rank() < 2 || !detail::fits(a.dims[a.rank() - 1], a.dims[a.rank() - 2])) detail::wrong_operand(op, 0, "square matrices");
    types.add(a);
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) {
    const type_view t = op.operand(0);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const factor_index f = r.add(t.dims[d], d + 2 < t.rank() ? factor_kind::parallel : factor_kind::needs_replication);
      r.operand(0, d, f);
      r.result(0, d, f);
    }
  }
  /// n^3 / 3 per matrix.
  static constexpr work cost(const op_view& op, const attributes&) {
    const type_view t = op.operand(0);
    return {static_cast<double>(t.elements()) * static_cast<double>(t.dims[t.rank() - 1]) / 3, bytes_touched(op)};
  }
};

/// Operands: a, a triangular matrix, and b. The columns (rows for left_side = false) of b are independent.
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
    if ((detail::set_of(a.element) & (detail::floats | detail::complexes)) == 0) detail::wrong_elements(op, 0, detail::floats | detail::complexes);
    detail::expect_same_element(op, 0, 1);
    if (a.rank() != b.rank() || a.rank() < 2) op.fail("operands must be matrices of one rank but are " + to_string(a) + " and " + to_string(b));
    const std::size_t n = a.rank();
    if (!detail::fits(a.dims[n - 1], a.dims[n - 2])) detail::wrong_operand(op, 0, "square matrices");
    for (std::size_t d = 0; d + 2 < n; ++d) {
      if (!detail::fits(a.dims[d], b.dims[d])) detail::sizes_differ(op, "batch dims", a.dims[d], b.dims[d]);
    }
    const std::int64_t solved = attributes.left_side ? b.dims[n - 2] : b.dims[n - 1];
    if (!detail::fits(a.dims[n - 1], solved)) detail::sizes_differ(op, "the matrix and the dim of b that is solved for", a.dims[n - 1], solved);
    if (attributes.transpose_a == transpose_kind::TRANSPOSE_INVALID) op.fail("transpose_a must not be TRANSPOSE_INVALID");
    types.add(b);
  }
  static constexpr void rule(const op_view& op, const attributes& attributes, rule_builder& r) {
    const type_view a = op.operand(0), b = op.operand(1);
    const std::size_t n = a.rank();
    for (std::size_t d = 0; d < n; ++d) {
      const bool batch = d + 2 < n;
      const bool free = d + (attributes.left_side ? 1 : 2) == n;
      const factor_index f = r.add(b.dims[d], batch || free ? factor_kind::parallel : factor_kind::needs_replication);
      r.operand(1, d, f);
      r.result(0, d, f);
      if (batch) {
        r.operand(0, d, f);
      } else {
        r.operand(0, d, r.add(a.dims[d], factor_kind::needs_replication));
      }
    }
  }
  /// n^2 per column of b.
  static constexpr work cost(const op_view& op, const attributes&) {
    return {static_cast<double>(op.operand(1).elements()) * static_cast<double>(op.operand(0).dims[op.operand(0).rank() - 1]), bytes_touched(op)};
  }
};

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
    if (dims < 1 || dims > 3 || dims > t.rank()) op.fail("fft_length must have 1 to 3 entries, one for each of the last dims, but has " + std::to_string(dims));
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
        op.fail("dim " + std::to_string(d) + " of the operand must have size " + std::to_string(wanted) + " for fft_length " + std::to_string(a.fft_length[i]) + " but the operand is " + to_string(op.operand(0)));
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
      const factor_index f = r.add(t.dims[d], batch ? factor_kind::parallel : factor_kind::needs_replication, monoid::none, changes_size);
      r.operand(0, d, f);
      r.result(0, d, f);
    }
  }
  /// 5 n log2 n per transform, the usual count for a radix-2 algorithm.
  static constexpr work cost(const op_view& op, const attributes& a) {
    std::int64_t points = 1, levels = 0;
    for (const auto n : a.fft_length) points *= n;
    for (std::int64_t n = points; n > 1; n = (n + 1) / 2) ++levels;
    return {5 * static_cast<double>(op.operand(0).elements()) * static_cast<double>(levels), bytes_touched(op)};
  }
};

/// Random numbers must be the same however the program is split: nothing splits.
struct rng {
  static constexpr std::string_view name = "stablehlo.rng";
  struct attributes {
    op::rng_distribution rng_distribution = op::rng_distribution::UNIFORM;
    static constexpr void describe(auto& self, auto&& field) { field("rng_distribution", self.rng_distribution); }
  };
  static constexpr void infer(const op_view& op, const attributes&, result_types& types) {
    detail::expect_tensors(op, 3);
    detail::expect_same_element(op, 0, 1);
    for (std::size_t i = 0; i < 2; ++i) {
      if (op.operand(i).rank() != 0) detail::wrong_operand(op, i, "a scalar");
    }
    if (types.stated(0).element != op.operand(0).element) op.fail("the result must have the element type of the bounds");
    types.accept_stated();
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) { detail::replicate_all(op, r); }
};

struct rng_bit_generator {
  static constexpr std::string_view name = "stablehlo.rng_bit_generator";
  struct attributes {
    op::rng_algorithm rng_algorithm = op::rng_algorithm::DEFAULT;
    static constexpr void describe(auto& self, auto&& field) { field("rng_algorithm", self.rng_algorithm); }
  };
  static constexpr void infer(const op_view& op, const attributes&, result_types& types) {
    detail::expect_tensors(op, 1);
    if (op.operand(0).element != element_type::ui64 || op.operand(0).rank() != 1) detail::wrong_operand(op, 0, "a one-dimensional tensor of ui64");
    types.add(op.operand(0));
    types.accept_stated();
  }
  static constexpr void rule(const op_view& op, const attributes&, rule_builder& r) {
    const factor_index state = r.add(op.operand(0).dims[0], factor_kind::needs_replication, monoid::none, true);
    r.operand(0, 0, state);
    r.result(0, 0, state);
    detail::replicate_result(op, 1, r);
  }
};

namespace detail {

struct batch_norm {
  struct attributes {
    double epsilon = 0;
    std::int64_t feature_index = 0;
    static constexpr void describe(auto& self, auto&& field) {
      field("epsilon", self.epsilon);
      field("feature_index", self.feature_index);
    }
  };
  /// Operand 0 is the tensor; the others are one-dimensional over its feature dim unless `full` names them.
  static constexpr void expect(const op_view& op, const attributes& a, std::size_t count, std::size_t full) {
    expect_tensors(op, count);
    expect_dim(op, "feature_index", a.feature_index, op.operand(0).rank());
    const std::int64_t features = op.operand(0).dims[static_cast<std::size_t>(a.feature_index)];
    for (std::size_t i = 1; i < count; ++i) {
      expect_same_element(op, 0, i);
      if (i == full) {
        if (!agree(op.operand(i), op.operand(0))) wrong_operand(op, i, "of the type of operand 0");
      } else if (op.operand(i).rank() != 1 || !fits(op.operand(i).dims[0], features)) {
        wrong_operand(op, i, "one-dimensional with " + size_text(features) + " entries");
      }
    }
  }
  static constexpr void batch_norm_rule(const op_view& op, const attributes& a, rule_builder& r, bool statistics) {
    const type_view t = op.operand(0);
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const bool feature = static_cast<std::int64_t>(d) == a.feature_index;
      const factor_index f = r.add(t.dims[d], feature || !statistics ? factor_kind::parallel : factor_kind::needs_replication);
      for (std::size_t i = 0; i < op.operand_count(); ++i) {
        if (op.operand(i).rank() == t.rank() && t.rank() != 1) r.operand(i, d, f);
        else if (feature) r.operand(i, 0, f);
      }
      for (std::size_t i = 0; i < op.result_count(); ++i) {
        if (op.result(i).rank() == t.rank() && t.rank() != 1) r.result(i, d, f);
        else if (feature) r.result(i, 0, f);
      }
    }
  }
};

}  // namespace detail

struct batch_norm_inference : detail::batch_norm {
  static constexpr std::string_view name = "stablehlo.batch_norm_inference";
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    expect(op, a, 5, 0);
    types.add(op.operand(0));
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) { batch_norm_rule(op, a, r, false); }
};
struct batch_norm_training : detail::batch_norm {
  static constexpr std::string_view name = "stablehlo.batch_norm_training";
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    expect(op, a, 3, 0);
    types.add(op.operand(0));
    types.add(op.operand(1));
    types.add(op.operand(1));
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) { batch_norm_rule(op, a, r, true); }
};
struct batch_norm_grad : detail::batch_norm {
  static constexpr std::string_view name = "stablehlo.batch_norm_grad";
  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    expect(op, a, 5, 4);
    types.add(op.operand(0));
    types.add(op.operand(1));
    types.add(op.operand(1));
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) { batch_norm_rule(op, a, r, true); }
};

/// Elements of another width become, or are made of, the last dim.
struct bitcast_convert {
  static constexpr std::string_view name = "stablehlo.bitcast_convert";
  static constexpr op_traits traits{.elementwise = true};
  static constexpr void infer(const op_view& op, result_types& types) {
    detail::expect_tensors(op, 1);
    const type_view from = op.operand(0), to = types.stated(0);
    if (!to.is_tensor() || is_complex(from.element) != is_complex(to.element)) op.fail("cannot make " + to_string(to) + " of " + to_string(from));
    const auto bits = [](element_type e) { return is_boolean(e) ? 1 : bits_of(e); };
    const type_view& wide = from.rank() <= to.rank() ? from : to;
    const type_view& narrow = from.rank() <= to.rank() ? to : from;
    bool same = narrow.rank() == wide.rank() ? bits(narrow.element) == bits(wide.element)
                                             : narrow.rank() == wide.rank() + 1 && bits(narrow.element) != 0 && bits(wide.element) % bits(narrow.element) == 0 &&
                                                   detail::fits(narrow.dims[narrow.rank() - 1], bits(wide.element) / bits(narrow.element));
    for (std::size_t d = 0; same && d < wide.rank(); ++d) same = detail::fits(from.dims[d], to.dims[d]);
    if (!same) op.fail("cannot make " + to_string(to) + " of " + to_string(from) + ": the bits of the elements must match");
    types.accept_stated();
  }
  static constexpr void rule(const op_view& op, rule_builder& r) {
    const type_view from = op.operand(0), to = op.result(0);
    for (std::size_t d = 0; d < from.rank() || d < to.rank(); ++d) {
      const bool both = d < from.rank() && d < to.rank();
      const factor_index f = r.add(d < from.rank() ? from.dims[d] : to.dims[d], both ? factor_kind::parallel : factor_kind::needs_replication);
      if (d < from.rank()) r.operand(0, d, f);
      if (d < to.rank()) r.result(0, d, f);
    }
  }
};

using linear_algebra_ops = op_set<cholesky, triangular_solve, fft, rng, rng_bit_generator, batch_norm_inference,
                                  batch_norm_training, batch_norm_grad, bitcast_convert>;

}  // namespace op
}  // namespace partita
