// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Contractions (StableHLO specification: dot_general; dot, einsum and unary_einsum of version 1.0; chlo.ragged_dot).
// Sums of bool are disjunctions. Elements narrower than the result are converted to its type first, as XLA does.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <partita/interpret/kernel/matrix_product.hpp>
#include <partita/interpret/machine.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {

[[nodiscard]] inline dim_list remaining_dims(std::size_t rank, const dim_list& a, const dim_list& b) {
  dim_list rest;
  for (std::size_t d = 0; d < rank; ++d) {
    const auto n = static_cast<std::uint8_t>(d);
    if (!a.contains(n) && !b.contains(n)) rest.push_back(n);
  }
  return rest;
}

[[nodiscard]] inline std::int64_t product_of(const size_list& dims, const dim_list& of) {
  std::int64_t n = 1;
  for (const auto d : of) n *= dims[d];
  return n;
}

/// One operand of a contraction as a batch of matrices of its free and its contracted dims.
struct contracted_operand {
  array elements;
  std::vector<std::int64_t> starts;  ///< of each matrix
  std::int64_t free_step = 0, contracted_step = 0;

  contracted_operand(const array& a, const dim_list& batching, const dim_list& free, const dim_list& contracting,
                     numerics n)
      : elements(a) {
    size_list steps = row_major_steps(a.dims());
    bool fits =
        joined_step(a.dims(), steps, free, free_step) && joined_step(a.dims(), steps, contracting, contracted_step);
    // A dim of one index may have any step.
    const std::int64_t rows = product_of(a.dims(), free), inner = product_of(a.dims(), contracting);
    if (fits && inner == 1 && free_step != 1) contracted_step = 1;
    if (fits && rows == 1 && contracted_step != 1) free_step = 1;
    fits = fits && (free_step == 1 || contracted_step == 1);
    dim_list batch = batching;
    if (!fits) {
      dim_list order = batching;
      for (const auto d : free) order.push_back(d);
      for (const auto d : contracting) order.push_back(d);
      elements = with_dims_in_order(a, order, n);
      free_step = inner;
      contracted_step = 1;
      steps = row_major_steps(elements.dims());
      for (std::size_t d = 0; d < batch.size(); ++d) batch[d] = static_cast<std::uint8_t>(d);
    }
    loops<1> along;
    for (const auto d : batch) along.add(elements.dims()[d], {steps[d]});
    along.for_each_run({0}, [&](std::int64_t count, const auto& at, const auto& step) {
      for (std::int64_t i = 0; i < count; ++i) starts.push_back(at[0] + i * step[0]);
    });
  }

  template <class T>
  [[nodiscard]] matrix_view<T> left(const T* data, std::size_t batch) const {
    return {data + starts[batch], free_step, contracted_step};
  }
  template <class T>
  [[nodiscard]] matrix_view<T> right(const T* data, std::size_t batch) const {
    return {data + starts[batch], contracted_step, free_step};
  }

 private:
  // Whether these dims, in this order, advance by one step as if they were one dim.
  static bool joined_step(const size_list& dims, const size_list& steps, const dim_list& of, std::int64_t& step) {
    step = 1;
    std::int64_t expected = 0;
    for (std::size_t i = of.size(); i-- > 0;) {
      if (dims[of[i]] == 1) continue;
      if (expected == 0) {
        step = steps[of[i]];
      } else if (steps[of[i]] != expected) {
        return false;
      }
      expected = steps[of[i]] * dims[of[i]];
    }
    return true;
  }
};

/// The contraction of two arrays: batch dims, free dims of the left operand, free dims of the right one.
[[nodiscard]] inline array contract(invocation& call, const array& lhs, const array& rhs,
                                    const op::dot_general::dimension_numbers& a) {
  for (std::size_t i = 0; i < a.lhs_batching.size() + a.lhs_contracting.size(); ++i) {
    const bool batch = i < a.lhs_batching.size();
    const std::size_t k = batch ? i : i - a.lhs_batching.size();
    const std::int64_t left = lhs.dims()[batch ? a.lhs_batching[k] : a.lhs_contracting[k]];
    const std::int64_t right = rhs.dims()[batch ? a.rhs_batching[k] : a.rhs_contracting[k]];
    if (left != right) {
      call.fail("dims that go together have sizes " + std::to_string(left) + " and " + std::to_string(right) + ": " +
                to_string(lhs.type()) + " and " + to_string(rhs.type()));
    }
  }
  const dim_list lhs_free = remaining_dims(lhs.rank(), a.lhs_batching, a.lhs_contracting);
  const dim_list rhs_free = remaining_dims(rhs.rank(), a.rhs_batching, a.rhs_contracting);
  size_list dims;
  for (const auto d : a.lhs_batching) dims.push_back(lhs.dims()[d]);
  for (const auto d : lhs_free) dims.push_back(lhs.dims()[d]);
  for (const auto d : rhs_free) dims.push_back(rhs.dims()[d]);
  array out(call.result_type().element, dims.view(), call.precision());
  const product_sizes sizes{product_of(lhs.dims(), lhs_free), product_of(lhs.dims(), a.lhs_contracting),
                            product_of(rhs.dims(), rhs_free)};
  const contracted_operand left(lhs, a.lhs_batching, lhs_free, a.lhs_contracting, call.precision());
  const contracted_operand right(rhs, a.rhs_batching, rhs_free, a.rhs_contracting, call.precision());
  with_product_type(product_kind(lhs.kind(), rhs.kind(), out.kind()), [&]<class T>() {
    const elements_as<T> l(left.elements), r(right.elements);
    result_as<T> result(std::move(out));
    for (std::size_t b = 0; b < left.starts.size(); ++b) {
      multiply_matrices(sizes, left.left(l.data(), b), right.right(r.data(), b),
                        result.data() + static_cast<std::int64_t>(b) * sizes.rows * sizes.columns, sizes.columns);
    }
    out = result.finish();
  });
  return out;
}

// --- einsum ----------------------------------------------------------------------------------------------

/// Letters of an operand of this rank, one for each dim: `...` stands for as many dims as are left.
[[nodiscard]] inline std::string letters_of(std::string_view text, std::size_t rank) {
  const std::size_t dots = text.find("...");
  if (dots == std::string_view::npos) return std::string(text);
  std::string letters(text.substr(0, dots));
  const std::string_view after = text.substr(dots + 3);
  const std::size_t open = rank - std::min(rank, letters.size() + after.size());
  for (std::size_t i = 0; i < open; ++i) letters += static_cast<char>(open - i);  // the last is 1, whatever the rank
  return letters + std::string(after);
}

/// Sums products of the operands' elements over the letters that the result lacks.
inline void run_einsum(invocation& call, raw_text config) {
  const std::size_t count = call.operand_count();
  const op::detail::einsum_letters text = op::detail::parse_einsum(call.op(), config, count);
  const std::string result = letters_of(text.result, call.result_type().rank());
  std::string all = result;
  std::string letters[2];
  for (std::size_t i = 0; i < count; ++i) {
    letters[i] = letters_of(text.operands[i], call.operand(i).rank());
    if (letters[i].size() != call.operand(i).rank())
      call.fail("operand " + std::to_string(i) + " has rank " + std::to_string(call.operand(i).rank()) +
                ", which einsum_config does not say");
    for (const char c : letters[i]) {
      if (all.find(c) == std::string::npos) all += c;
    }
  }
  // Position 0 is in the result, 1 and 2 are in the operands. A letter's step is the sum over its dims.
  std::vector<std::int64_t> sizes(all.size(), -1);
  std::vector<std::array<std::int64_t, 3>> steps(all.size(), {0, 0, 0});
  for (std::size_t i = 0; i < count; ++i) {
    const size_list by = row_major_steps(call.operand(i).dims());
    for (std::size_t d = 0; d < letters[i].size(); ++d) {
      const std::size_t letter = all.find(letters[i][d]);
      const std::int64_t size = call.operand(i).dims()[d];
      if (sizes[letter] >= 0 && sizes[letter] != size)
        call.fail("dims of one letter have sizes " + std::to_string(sizes[letter]) + " and " + std::to_string(size));
      sizes[letter] = size;
      steps[letter][i + 1] += by[d];
    }
  }
  size_list dims;
  for (std::size_t d = 0; d < result.size(); ++d) {
    if (sizes[d] < 0 || result.find(result[d]) != d)
      call.fail("each letter of the result must be there once and in an operand");
    dims.push_back(sizes[d]);
  }
  const size_list by = row_major_steps(dims);
  for (std::size_t d = 0; d < dims.size(); ++d) steps[d][0] = by[d];
  loops<3> along;
  for (std::size_t i = 0; i < all.size(); ++i) along.add(sizes[i], steps[i]);

  array out(call.result_type().element, dims.view(), call.precision());
  const array& lhs = call.operand(0);
  const array& rhs = call.operand(count - 1);
  with_product_type(product_kind(lhs.kind(), rhs.kind(), out.kind()), [&]<class T>() {
    const elements_as<T> l(lhs), r(rhs);
    const std::size_t elements = out.size();
    result_as<T> sums(std::move(out));
    std::fill_n(sums.data(), elements, T{});
    along.for_each_run({0, 0, 0}, [&](std::int64_t n, const auto& at, const auto& step) {
      T* const to = sums.data() + at[0];
      for (std::int64_t i = 0; i < n; ++i) {
        const T x = l.data()[at[1] + i * step[1]];
        to[i * step[0]] += count == 1 ? x : times(x, r.data()[at[2] + i * step[2]]);
      }
    });
    out = sums.finish();
  });
  call.set(std::move(out));
}

// --- ragged_dot ------------------------------------------------------------------------------------------

/// The dims that an attribute's text lists under a key.
[[nodiscard]] inline dim_list dims_in_text(std::string_view text, std::string_view key) {
  const std::string_view list = op::detail::list_of(text, key);
  dim_list dims;
  for (std::int64_t i = 0; i < op::detail::entries_of(list); ++i) {
    const std::int64_t d = op::detail::small_number(op::detail::entry_at(list, i));
    dims.push_back(static_cast<std::uint8_t>(d < 0 ? 255 : d));
  }
  return dims;
}

/// A contraction in which one dim of the left operand is cut into groups, whose sizes are operand 2.
///   a free dim is ragged         the rows of group g meet matrix g of the right operand; rows beyond the groups are 0
///   a contracted dim is ragged   result g is the sum over group g
///   a batch dim is ragged        groups meet what their batch index says: an ordinary contraction
class ragged_contraction {
 public:
  ragged_contraction(invocation& call, const op::chlo::ragged_dot::attributes& a) : call_(call) {
    const std::string_view text = call.op().graph().text(a.dimension_numbers.text);
    if (call.operand_count() != 3) call.fail("takes two operands and the sizes of the groups");
    const std::size_t left = call.operand(0).rank(), right = call.operand(1).rank();
    dims_.lhs_batching = list(text, "lhs_batching_dimensions", left);
    dims_.rhs_batching = list(text, "rhs_batching_dimensions", right);
    dims_.lhs_contracting = list(text, "lhs_contracting_dimensions", left);
    dims_.rhs_contracting = list(text, "rhs_contracting_dimensions", right);
    const dim_list ragged = list(text, "lhs_ragged_dimensions", left);
    group_ = list(text, "rhs_group_dimensions", right);
    if (ragged.size() != 1) call.fail("one dim of the left operand must be ragged");
    ragged_ = ragged[0];
    if (dims_.lhs_batching.size() != dims_.rhs_batching.size() ||
        dims_.lhs_contracting.size() != dims_.rhs_contracting.size())
      call.fail("batch and contracting dims of both operands must be as many");
  }

  void run() {
    const bool contracted = dims_.lhs_contracting.contains(ragged_);
    if (group_.size() != (contracted || dims_.lhs_batching.contains(ragged_) ? 0u : 1u))
      call_.fail("the right operand has one group dim where a free dim is ragged, otherwise none");
    if (dims_.lhs_batching.contains(ragged_))
      return call_.set(contract(call_, call_.operand(0), call_.operand(1), dims_));
    contracted ? sum_by_group() : multiply_by_group();
  }

 private:
  dim_list list(std::string_view text, std::string_view key, std::size_t rank) const {
    const dim_list dims = dims_in_text(text, key);
    for (std::size_t i = 0; i < dims.size(); ++i) {
      if (dims[i] >= rank) call_.fail(std::string(key) + " names a dim that the operand lacks");
    }
    return dims;
  }

  // First and past-the-last index of a group, within the dim.
  struct range {
    std::int64_t begin, end;
  };
  [[nodiscard]] std::vector<range> ranges(std::size_t batches, std::int64_t size) const {
    const array& sizes = call_.operand(2);
    const std::size_t groups = sizes.rank() == 0 ? 0 : static_cast<std::size_t>(sizes.dims()[sizes.rank() - 1]);
    const bool shared = sizes.rank() == 1;
    if (groups == 0 || (!shared && sizes.size() != batches * groups))
      call_.fail("group sizes must be one list, or one for each batch index, but are " + to_string(sizes.type()));
    const std::vector<std::int64_t> lengths = integers_of(sizes);
    std::vector<range> all;
    for (std::size_t b = 0; b < batches; ++b) {
      std::int64_t at = 0;
      for (std::size_t g = 0; g < groups; ++g) {
        const std::int64_t length = lengths[shared ? g : b * groups + g];
        const std::int64_t end = length > size - at ? size : at + std::max<std::int64_t>(length, 0);
        all.push_back({at, end});
        at = end;
      }
    }
    return all;
  }

  void add_sizes(size_list& dims, const array& a, const dim_list& of) const {
    for (const auto d : of) dims.push_back(a.dims()[d]);
  }
  void expect_equal(std::int64_t a, std::int64_t b) const {
    if (a != b) call_.fail("dims that go together have sizes " + std::to_string(a) + " and " + std::to_string(b));
  }
  static dim_list joined(dim_list a, const dim_list& b) {
    for (const auto d : b) a.push_back(d);
    return a;
  }

  // Left [batch, ragged, free, contracted] times right [group, batch, contracted, free].
  void multiply_by_group() {
    const array& lhs = call_.operand(0);
    const array& rhs = call_.operand(1);
    dim_list ragged;
    ragged.push_back(ragged_);
    const dim_list lhs_free = remaining_dims(lhs.rank(), joined(dims_.lhs_batching, ragged), dims_.lhs_contracting);
    const dim_list rhs_free = remaining_dims(rhs.rank(), joined(dims_.rhs_batching, group_), dims_.rhs_contracting);
    const dim_list lhs_order = joined(joined(dims_.lhs_batching, ragged), joined(lhs_free, dims_.lhs_contracting));
    const dim_list rhs_order = joined(joined(group_, dims_.rhs_batching), joined(dims_.rhs_contracting, rhs_free));
    const std::int64_t batches = product_of(lhs.dims(), dims_.lhs_batching), rows = lhs.dims()[ragged_];
    const std::int64_t per_row = product_of(lhs.dims(), lhs_free);
    const std::int64_t inner = product_of(lhs.dims(), dims_.lhs_contracting);
    const std::int64_t columns = product_of(rhs.dims(), rhs_free), groups = rhs.dims()[group_[0]];
    expect_equal(batches, product_of(rhs.dims(), dims_.rhs_batching));
    expect_equal(inner, product_of(rhs.dims(), dims_.rhs_contracting));
    const std::vector<range> of = ranges(static_cast<std::size_t>(batches), rows);
    expect_equal(static_cast<std::int64_t>(of.size()), batches * groups);
    // In memory the ragged dim stands first among the free ones; the result has them as the left operand does.
    size_list dims;
    add_sizes(dims, lhs, joined(joined(dims_.lhs_batching, ragged), lhs_free));
    add_sizes(dims, rhs, rhs_free);
    array out(call_.result_type().element, dims.view(), call_.precision());
    with_product_type(product_kind(lhs.kind(), rhs.kind(), out.kind()), [&]<class T>() {
      const elements_as<T> l(with_dims_in_order(lhs, lhs_order, call_.precision()));
      const elements_as<T> r(with_dims_in_order(rhs, rhs_order, call_.precision()));
      const std::size_t elements = out.size();
      result_as<T> result(std::move(out));
      std::fill_n(result.data(), elements, T{});
      for (std::int64_t b = 0; b < batches; ++b) {
        for (std::int64_t g = 0; g < groups; ++g) {
          const range& at = of[static_cast<std::size_t>(b * groups + g)];
          const std::int64_t first = (b * rows + at.begin) * per_row;
          multiply_matrices<T>({(at.end - at.begin) * per_row, inner, columns}, {l.data() + first * inner, inner, 1},
                               {r.data() + (g * batches + b) * inner * columns, columns, 1},
                               result.data() + first * columns, columns);
        }
      }
      out = result.finish();
    });
    dim_list order;
    for (std::size_t d = 0; d < dims_.lhs_batching.size(); ++d) order.push_back(static_cast<std::uint8_t>(d));
    const std::size_t front = order.size();
    std::size_t before = 0;
    while (before < lhs_free.size() && lhs_free[before] < ragged_) ++before;
    for (std::size_t d = 0; d < before; ++d) order.push_back(static_cast<std::uint8_t>(front + 1 + d));
    order.push_back(static_cast<std::uint8_t>(front));
    while (order.size() < dims.size()) order.push_back(static_cast<std::uint8_t>(order.size()));
    call_.set(with_dims_in_order(out, order, call_.precision()));
  }

  // Left [batch, ragged, contracted, free], transposed, times right [batch, ragged, contracted, free].
  void sum_by_group() {
    const array& lhs = call_.operand(0);
    const array& rhs = call_.operand(1);
    dim_list lhs_inner, rhs_inner;
    for (std::size_t i = 0; i < dims_.lhs_contracting.size(); ++i) {
      const bool front = dims_.lhs_contracting[i] == ragged_;
      lhs_inner.insert(front ? 0 : lhs_inner.size(), dims_.lhs_contracting[i]);
      rhs_inner.insert(front ? 0 : rhs_inner.size(), dims_.rhs_contracting[i]);
      expect_equal(lhs.dims()[dims_.lhs_contracting[i]], rhs.dims()[dims_.rhs_contracting[i]]);
    }
    const dim_list lhs_free = remaining_dims(lhs.rank(), dims_.lhs_batching, dims_.lhs_contracting);
    const dim_list rhs_free = remaining_dims(rhs.rank(), dims_.rhs_batching, dims_.rhs_contracting);
    const std::int64_t batches = product_of(lhs.dims(), dims_.lhs_batching), ragged = lhs.dims()[ragged_];
    expect_equal(batches, product_of(rhs.dims(), dims_.rhs_batching));
    const std::int64_t inner = product_of(lhs.dims(), lhs_inner);
    const std::int64_t per_index = ragged == 0 ? 0 : inner / ragged;
    const std::int64_t rows = product_of(lhs.dims(), lhs_free), columns = product_of(rhs.dims(), rhs_free);
    const std::vector<range> of = ranges(static_cast<std::size_t>(batches), ragged);
    const array& sizes = call_.operand(2);
    const std::int64_t groups = sizes.dims()[sizes.rank() - 1];
    size_list dims;
    dims.push_back(groups);
    add_sizes(dims, lhs, joined(dims_.lhs_batching, lhs_free));
    add_sizes(dims, rhs, rhs_free);
    array out(call_.result_type().element, dims.view(), call_.precision());
    with_product_type(product_kind(lhs.kind(), rhs.kind(), out.kind()), [&]<class T>() {
      const elements_as<T> l(
          with_dims_in_order(lhs, joined(dims_.lhs_batching, joined(lhs_inner, lhs_free)), call_.precision()));
      const elements_as<T> r(
          with_dims_in_order(rhs, joined(dims_.rhs_batching, joined(rhs_inner, rhs_free)), call_.precision()));
      result_as<T> result(std::move(out));
      for (std::int64_t b = 0; b < batches; ++b) {
        for (std::int64_t g = 0; g < groups; ++g) {
          const range& at = of[static_cast<std::size_t>(b * groups + g)];
          const std::int64_t first = b * inner + at.begin * per_index;
          multiply_matrices<T>({rows, (at.end - at.begin) * per_index, columns}, {l.data() + first * rows, 1, rows},
                               {r.data() + first * columns, columns, 1},
                               result.data() + (g * batches + b) * rows * columns, columns);
        }
      }
      out = result.finish();
    });
    call_.set(std::move(out));
  }

  invocation& call_;
  op::dot_general::dimension_numbers dims_;
  dim_list group_;
  std::uint8_t ragged_ = 0;
};

}  // namespace detail

template <>
struct kernel<op::dot_general> {
  static void run(invocation& call, const op::dot_general::attributes& a) {
    call.set(detail::contract(call, call.operand(0), call.operand(1), a.dims));
  }
};

template <>
struct kernel<op::dot> {
  static void run(invocation& call, const op::dot::attributes&) {
    op::dot_general::dimension_numbers dims;
    dims.lhs_contracting.push_back(static_cast<std::uint8_t>(call.operand(0).rank() - 1));
    dims.rhs_contracting.push_back(0);
    call.set(detail::contract(call, call.operand(0), call.operand(1), dims));
  }
};

template <>
struct kernel<op::einsum> {
  static void run(invocation& call, const op::einsum::attributes& a) { detail::run_einsum(call, a.config); }
};
template <>
struct kernel<op::unary_einsum> {
  static void run(invocation& call, const op::unary_einsum::attributes& a) { detail::run_einsum(call, a.config); }
};

template <>
struct kernel<op::chlo::ragged_dot> {
  static void run(invocation& call, const op::chlo::ragged_dot::attributes& a) {
    detail::ragged_contraction(call, a).run();
  }
};

}  // namespace partita::interpret
