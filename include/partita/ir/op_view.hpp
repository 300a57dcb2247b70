// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// One op in its graph, as an op's definition sees it: operand and result types, regions, constants.
// It does not depend on the op set, so that definitions compile once.

#include <string>
#include <string_view>

#include <partita/ir/constant.hpp>
#include <partita/ir/graph_base.hpp>
#include <partita/ir/monoid.hpp>

namespace partita {

/// What is the same for every op of one kind; an op declares what differs from the default.
struct op_traits {
  monoid combines = monoid::none;  ///< a binary op that is this monoid (add, maximum, ...)
  bool additive = false;           ///< result of partial sums is the partial sum of results (add)
  bool forwards_partial = false;   ///< f(a + b) = f(a) + f(b) of operand 0 (convert, transpose, negate, a sum over dims)
  bool elementwise = false;        ///< fuses with its neighbours on an accelerator
  bool matrix = false;             ///< runs on matrix units (dot_general, convolution)
  bool reduces = false;            ///< ends a chain of elementwise ops that fuse (reduce)
  bool forwards_elements = false;  ///< every element of the result is one of operand 0's, converted at most
  bool indexes_operand = false;    ///< takes a part of operand 0 at scalar starts, the last operands (dynamic_slice)
  bool generator = false;          ///< no operands; the result follows from attributes and type (iota)
  bool selects = false;            ///< every element of the result is operand 1's or operand 2's (select)
  bool loop = false;               ///< regions run repeatedly (while)
  bool transparent = false;        ///< ops of its regions are partitioned too (while, case, if)
  bool collective = false;         ///< communicates between devices
  bool placed = false;             ///< has factors whose split form place() makes
};

struct op_info;  // one row per op of a set; see op_set.hpp

class op_view {
 public:
  constexpr op_view(const graph_base& g, const op_info* table, op_id o) : graph_(&g), table_(table), op_(o) {}

  [[nodiscard]] constexpr const graph_base& graph() const { return *graph_; }
  [[nodiscard]] constexpr op_id id() const { return op_; }
  [[nodiscard]] constexpr std::size_t operand_count() const { return graph_->operands(op_).size(); }
  [[nodiscard]] constexpr std::size_t result_count() const { return graph_->results(op_).size(); }
  [[nodiscard]] constexpr std::size_t region_count() const { return graph_->regions(op_).size(); }
  [[nodiscard]] constexpr value_id operand_value(std::size_t i) const { return graph_->operands(op_)[i]; }
  [[nodiscard]] constexpr type_view operand(std::size_t i) const { return graph_->type(operand_value(i)); }
  [[nodiscard]] constexpr type_view result(std::size_t i) const { return graph_->type(graph_->results(op_)[i]); }
  [[nodiscard]] constexpr region_id region(std::size_t i) const { return graph_->regions(op_)[i]; }

  [[nodiscard]] constexpr std::string_view name() const;

  /// The monoid that region i computes of its two arguments, when it is exactly one such op.
  [[nodiscard]] constexpr monoid reducer(std::size_t i) const;

  /// Whether it is all the same how often region i meets its initial values, the operands from `init` on: each value
  /// that it returns is one of the two that it combines, or their combination by a monoid that is idempotent or whose
  /// identity the initial value is.
  [[nodiscard]] constexpr bool repeats_initial(std::size_t i, std::size_t init) const;

  /// Whether operand i, or another value of the graph, is a constant all of whose elements are the identity of m,
  /// looking through broadcasts, converts and reshapes.
  [[nodiscard]] constexpr bool is_identity(std::size_t operand, monoid m) const;
  [[nodiscard]] constexpr bool is_identity(value_id v, monoid m) const;

  /// Integer value of a constant scalar operand, when it is known.
  [[nodiscard]] constexpr std::optional<std::int64_t> constant_integer(std::size_t operand) const;

  /// The integers of an operand that a constant defines directly, in row-major order and a splat once per
  /// element; nothing when they are not known or are more than a list of sizes holds.
  [[nodiscard]] constexpr size_list constant_integers(std::size_t operand) const;

  /// Throws verify_error: "<op>: <message>".
  [[noreturn]] void fail(const std::string& message) const;

 private:
  /// The op that makes v's elements, looking through ops that only move or convert them; false when v comes
  /// from an argument.
  [[nodiscard]] constexpr op_id origin(value_id v) const;

  const graph_base* graph_;
  const op_info* table_;
  op_id op_;
};

}  // namespace partita
