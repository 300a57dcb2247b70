// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Loops and branches, which the machine executes itself, and ops that pass values on (StableHLO specification: while,
// case, if, optimization_barrier, composite, tuple, get_tuple_element, tokens).

#include <partita/interpret/machine.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

template <>
struct kernel<op::while_> {
  static constexpr flow kind = flow::loop;
};
template <>
struct kernel<op::case_> {
  static constexpr flow kind = flow::branches;
};
template <>
struct kernel<op::if_> {
  static constexpr flow kind = flow::branches;
};

template <>
struct kernel<op::optimization_barrier> {
  static void run(invocation& call) {
    for (std::size_t i = 0; i < call.operand_count(); ++i) call.set(i, call.take(i));
  }
};

}  // namespace partita::interpret
