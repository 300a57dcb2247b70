// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the verification of many ops has in common: counts and kinds of operands, lists of dims, sizes that
// must agree. Each check throws verify_error through op_view::fail with what is wrong and what would be right.

#include <string>
#include <string_view>

#include <partita/ir/graph.hpp>
#include <partita/rule/rule_table.hpp>

namespace partita::op::detail {

/// Whether two sizes may be equal: a dynamic size fits every size.
[[nodiscard]] constexpr bool fits(std::int64_t a, std::int64_t b) {
  return a == b || a == dynamic_size || b == dynamic_size;
}

/// The size that two dims share: what is known of it, for shapes.
[[nodiscard]] constexpr std::int64_t known_size(std::int64_t a, std::int64_t b) { return a == dynamic_size ? b : a; }

/// The size that two dims share, for a factor: dynamic when either is, since such a dim is not split.
[[nodiscard]] constexpr std::int64_t factor_size(std::int64_t a, std::int64_t b) { return b == dynamic_size ? b : a; }

/// A size for counting work: a dynamic one counts as 1.
[[nodiscard]] constexpr double count(std::int64_t size) {
  return size == dynamic_size ? 1.0 : static_cast<double>(size);
}

/// Number of d in a type_view's or list's dims as a dim number.
[[nodiscard]] constexpr std::uint8_t dim_number(std::size_t d) { return static_cast<std::uint8_t>(d); }

[[nodiscard]] inline std::string size_text(std::int64_t size) {
  return size == dynamic_size ? std::string("?") : std::to_string(size);
}

[[noreturn]] inline void wrong_operand_count(const op_view& op, std::size_t count) {
  op.fail("takes " + std::to_string(count) + (count == 1 ? " operand" : " operands") + " but has " +
          std::to_string(op.operand_count()));
}
[[noreturn]] inline void wrong_operand(const op_view& op, std::size_t i, std::string_view wanted) {
  op.fail("operand " + std::to_string(i) + " must be " + std::string(wanted) + " but is " + to_string(op.operand(i)));
}
[[noreturn]] inline void wrong_dim(const op_view& op, std::string_view list, std::int64_t dim, std::size_t rank) {
  op.fail(std::string(list) + " names dim " + std::to_string(dim) + ": it must be in [0, " + std::to_string(rank) +
          ")");
}
[[noreturn]] inline void repeated_dim(const op_view& op, std::string_view list, std::int64_t dim) {
  op.fail(std::string(list) + " names dim " + std::to_string(dim) + " twice");
}
[[noreturn]] inline void shared_dim(const op_view& op, std::string_view a, std::string_view b, std::int64_t dim) {
  op.fail(std::string(a) + " and " + std::string(b) + " both name dim " + std::to_string(dim));
}
[[noreturn]] inline void unsorted_dims(const op_view& op, std::string_view list) {
  op.fail(std::string(list) + " must be in ascending order");
}
[[noreturn]] inline void wrong_length(const op_view& op, std::string_view list, std::size_t size, std::size_t wanted) {
  op.fail(std::string(list) + " must have " + std::to_string(wanted) + (wanted == 1 ? " entry" : " entries") +
          " but has " + std::to_string(size));
}
[[noreturn]] inline void wrong_value(const op_view& op, std::string_view what, std::int64_t value,
                                     std::string_view wanted) {
  op.fail(std::string(what) + " is " + std::to_string(value) + " but must be " + std::string(wanted));
}
[[noreturn]] inline void wrong_rank(const op_view& op, std::size_t rank) {
  op.fail("the result would have rank " + std::to_string(rank) + "; tensors of rank " + std::to_string(max_rank) +
          " and less are handled");
}
[[noreturn]] inline void sizes_differ(const op_view& op, std::string_view what, std::int64_t a, std::int64_t b) {
  op.fail(std::string(what) + " must have one size but have " + size_text(a) + " and " + size_text(b));
}
[[noreturn]] inline void elements_differ(const op_view& op, std::size_t i, std::size_t k) {
  op.fail("operands " + std::to_string(i) + " and " + std::to_string(k) + " must have one element type but are " +
          to_string(op.operand(i)) + " and " + to_string(op.operand(k)));
}

/// Exactly `count` operands, all of them tensors.
constexpr void expect_tensors(const op_view& op, std::size_t count) {
  if (op.operand_count() != count) wrong_operand_count(op, count);
  for (std::size_t i = 0; i < count; ++i) {
    if (!op.operand(i).is_tensor()) wrong_operand(op, i, "a tensor");
  }
}

constexpr void expect_same_element(const op_view& op, std::size_t i, std::size_t k) {
  if (op.operand(i).element != op.operand(k).element) elements_differ(op, i, k);
}

/// Operand i is a tensor of integers with one entry for each of `entries` dims.
constexpr void expect_size_operand(const op_view& op, std::size_t i, std::size_t entries) {
  const type_view t = op.operand(i);
  if (!is_integer(t.element) || t.rank() != 1) wrong_operand(op, i, "a one-dimensional tensor of integers");
  if (t.dims[0] == dynamic_size) wrong_operand(op, i, "of static size");
  if (t.dims[0] != static_cast<std::int64_t>(entries)) {
    wrong_operand(op, i, "a tensor with " + std::to_string(entries) + (entries == 1 ? " entry" : " entries"));
  }
}

/// Operands from `first` on are integer scalars of one type, one for each of `count` dims.
constexpr void expect_starts(const op_view& op, std::size_t first, std::size_t count) {
  if (op.operand_count() != first + count) wrong_operand_count(op, first + count);
  for (std::size_t i = first; i < op.operand_count(); ++i) {
    if (!is_integer(op.operand(i).element) || op.operand(i).rank() != 0) wrong_operand(op, i, "an integer scalar");
    expect_same_element(op, first, i);
  }
}

constexpr void expect_length(const op_view& op, std::string_view list, std::size_t size, std::size_t wanted) {
  if (size != wanted) wrong_length(op, list, size, wanted);
}

constexpr void expect_dim(const op_view& op, std::string_view name, std::int64_t dim, std::size_t rank) {
  if (dim < 0 || dim >= static_cast<std::int64_t>(rank)) wrong_dim(op, name, dim, rank);
}

/// Each dim is below rank and stands in the list once.
constexpr void expect_dims(const op_view& op, std::string_view list, const dim_list& dims, std::size_t rank) {
  for (std::size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] >= rank) wrong_dim(op, list, dims[i], rank);
    for (std::size_t k = 0; k < i; ++k) {
      if (dims[k] == dims[i]) repeated_dim(op, list, dims[i]);
    }
  }
}

constexpr void expect_sorted(const op_view& op, std::string_view list, const dim_list& dims) {
  for (std::size_t i = 1; i < dims.size(); ++i) {
    if (dims[i] < dims[i - 1]) unsorted_dims(op, list);
  }
}

/// No dim stands in both lists.
constexpr void expect_disjoint(const op_view& op, std::string_view a_name, const dim_list& a, std::string_view b_name,
                               const dim_list& b) {
  for (const auto d : a) {
    if (b.contains(d)) shared_dim(op, a_name, b_name, d);
  }
}

constexpr void expect_at_least(const op_view& op, std::string_view what, std::int64_t value, std::int64_t least) {
  if (value < least) wrong_value(op, what, value, "at least " + std::to_string(least));
}

constexpr void expect_rank_fits(const op_view& op, std::size_t rank) {
  if (rank > max_rank) wrong_rank(op, rank);
}

/// Every dim of operand i or result i a factor of its own that is never split.
constexpr void replicate_operand(const op_view& op, std::size_t i, rule_builder& r) {
  const type_view t = op.operand(i);
  for (std::size_t d = 0; d < t.rank(); ++d) r.operand(i, d, r.add(t.dims[d], factor_kind::needs_replication));
}
constexpr void replicate_result(const op_view& op, std::size_t i, rule_builder& r) {
  const type_view t = op.result(i);
  for (std::size_t d = 0; d < t.rank(); ++d) r.result(i, d, r.add(t.dims[d], factor_kind::needs_replication));
}

/// Nothing of the op is ever split. Dims get a factor each, to be seen in the rule's text, unless they are many: a dim
/// without factors does not split either.
constexpr void replicate_all(const op_view& op, rule_builder& r) {
  std::size_t dims = 0;
  for (std::size_t i = 0; i < op.operand_count(); ++i) dims += op.operand(i).is_tensor() ? op.operand(i).rank() : 0;
  for (std::size_t i = 0; i < op.result_count(); ++i) dims += op.result(i).is_tensor() ? op.result(i).rank() : 0;
  if (dims > max_factors) return;
  for (std::size_t i = 0; i < op.operand_count(); ++i) {
    if (op.operand(i).is_tensor()) replicate_operand(op, i, r);
  }
  for (std::size_t i = 0; i < op.result_count(); ++i) {
    if (op.result(i).is_tensor()) replicate_result(op, i, r);
  }
}

}  // namespace partita::op::detail
