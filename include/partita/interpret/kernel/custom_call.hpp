// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Calls whose meaning is known (StableHLO specification: custom_call, composite): what JAX and XLA say about where a
// value lies, which changes nothing on one device, and functions of whole rows or matrices
// (matrix_call.hpp).

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include <partita/interpret/kernel/check.hpp>
#include <partita/interpret/kernel/matrix_call.hpp>
#include <partita/interpret/kernel/sort.hpp>

namespace partita::interpret {

namespace detail {

/// Calls that say how or where a value is held.
inline constexpr std::string_view passing_calls[] = {
    "Sharding",
    "SPMDFullToShardShape",
    "SPMDShardToFullShape",
    "CompactWyHelper",
    "LayoutConstraint",
    "MoveToDevice",
    "MoveToHost",
    "annotate_device_placement",
    "InspectSharding",
    "xla.megascale.provide_metadata",
};

[[nodiscard]] inline bool pass_on(invocation& call, std::string_view target) {
  if (std::find(std::begin(passing_calls), std::end(passing_calls), target) == std::end(passing_calls)) return false;
  const std::size_t count = call.op().result_count();
  if (count > call.operand_count()) call.fail(std::string(target) + " has more results than operands");
  for (std::size_t i = 0; i < count; ++i) {
    const type_view wanted = call.result_type(i);
    if (wanted.is_static() && !(wanted == call.operand(i).type())) {
      call.fail(std::string(target) + " turns " + to_string(call.operand(i).type()) + " into " + to_string(wanted) +
                ", which one device alone cannot");
    }
    call.set(i, call.take(i));
  }
  return true;
}

/// The largest elements of each row of the last dim and their places, as chlo.top_k gives them.
[[nodiscard]] inline bool top_k(invocation& call, std::string_view target, bool smallest) {
  if (target != "TopK" && target != "mhlo.topk") return false;
  const array& in = call.operand(0);
  const bool fits = call.operand_count() == 1 && call.op().result_count() == 2 && in.rank() != 0 &&
                    call.result_type(0).rank() == in.rank() && call.result_type(0).is_static();
  if (!fits) call.fail(std::string(target) + " gives values and their places along the last dim");
  if (smallest) call.fail(std::string(target) + " of the smallest elements is not supported");
  kernel<op::chlo::top_k>::run(call, {call.result_type(0).dims.back()});
  for (std::size_t i = 0; i < 2; ++i) {
    if (!(call.results()[i].type() == call.result_type(i)))
      call.fail(std::string(target) + " cannot give " + to_string(call.result_type(i)) + " for " +
                to_string(in.type()));
  }
  return true;
}

/// The best elements along one dim by the comparator that the call names, best first and of equal ones the first
/// first, with what stands beside them in further operands. What is approximate elsewhere is exact here.
[[nodiscard]] inline bool approx_top_k(invocation& call, std::string_view target, std::string_view config,
                                       std::string_view comparator) {
  if (target != "ApproxTopK") return false;
  const std::size_t count = call.op().result_count();
  if (count == 0 || call.operand_count() != 2 * count) call.fail("takes an initial value for each tensor");
  const array& first = call.operand(0);
  const std::int64_t along = op::detail::small_number(op::detail::entry_of(config, "reduction_dim"));
  if (along < 0 || along >= static_cast<std::int64_t>(first.rank()))
    call.fail("mhlo.backend_config must give reduction_dim, a dim of operand 0");
  const auto d = static_cast<std::size_t>(along);
  const auto n = static_cast<std::size_t>(first.dims()[d]);
  std::vector<array> out;
  for (std::size_t i = 0; i < count; ++i) {
    size_list kept = first.dims();
    if (call.result_type(i).is_static() && call.result_type(i).rank() == kept.size())
      kept[d] = call.result_type(i).dims[d];
    if (!(call.operand(i).dims() == first.dims()) || kept[d] < 0 || kept[d] > first.dims()[d] ||
        !(call.result_type(i) == tensor_type(call.operand(i).element(), kept).view()) ||
        (i != 0 && kept[d] != out[0].dims()[d]))
      call.fail("cannot give " + to_string(call.result_type(i)) + " for " + to_string(call.operand(i).type()));
    out.push_back(call.make_result(i));
  }
  const auto k = static_cast<std::size_t>(out[0].dims()[d]);
  const auto inner = static_cast<std::size_t>(row_major_steps(first.dims())[d]);
  if (comparator.starts_with('[')) comparator = op::detail::entry_at(comparator, 0);
  std::vector<array> two;  // an element and another of each tensor
  for (std::size_t i = 0; i < 2 * count; ++i)
    two.emplace_back(tensor_type(call.operand(i / 2).element(), {}).view(), call.precision());
  const auto copy = [](const array& from, std::size_t at, array& to, std::size_t place) {
    with_bits(from.kind(), [&]<class B>() {
      reinterpret_cast<B*>(to.mutable_data())[place] = reinterpret_cast<const B*>(from.data())[at];
    });
  };
  std::vector<std::size_t> best;
  for (std::size_t row = 0; k != 0 && row < first.size() / n; ++row) {
    const std::size_t begin = row / inner * n * inner + row % inner;
    const auto before = [&](std::size_t x, std::size_t y) {
      for (std::size_t i = 0; i < count; ++i) {
        copy(call.operand(i), begin + x * inner, two[2 * i], 0);
        copy(call.operand(i), begin + y * inner, two[2 * i + 1], 0);
      }
      const std::vector<array> said = call.call(comparator, two);
      if (said.size() != 1 || said[0].kind() != storage::b8 || said[0].size() != 1)
        call.fail("the comparator must give one tensor<i1>");
      return said[0].elements<bool>()[0];
    };
    best.clear();
    for (std::size_t x = 0; x < n; ++x) {
      if (best.size() == k && !before(x, best.back())) continue;
      best.insert(std::upper_bound(best.begin(), best.end(), x, before), x);
      if (best.size() > k) best.pop_back();
    }
    const std::size_t to = row / inner * k * inner + row % inner;
    for (std::size_t i = 0; i < count; ++i) {
      for (std::size_t j = 0; j < k; ++j) copy(call.operand(i), begin + best[j] * inner, out[i], to + j * inner);
    }
  }
  for (std::size_t i = 0; i < count; ++i) call.set(i, std::move(out[i]));
  return true;
}

}  // namespace detail

template <>
struct kernel<op::custom_call> {
  static void run(invocation& call, const op::custom_call::attributes& a) {
    const graph_base& g = call.op().graph();
    const std::string_view target = op::custom_call::target(g, a);
    if (detail::check_custom_call(call, target) || detail::pass_on(call, target)) return;
    if (detail::top_k(call, target, op::custom_call::gives_smallest(g, a))) return;
    if (target == "Cholesky") return call.set(detail::cholesky_factor(call, call.operand(0), true));
    // Typed configurations stand in backend_config, or where a call of the older form keeps them.
    std::string_view config = g.text(a.typed_config.text);
    if (config.empty()) config = g.text(a.backend_config.text);
    if (detail::approx_top_k(call, target, config, g.text(a.called_computations.text))) return;
    if (detail::matrix_call(call, config).run(target)) return;
    call.fail("no meaning is known for the target '" + std::string(target) + "'");
  }
};

/// A composite is its decomposition.
template <>
struct kernel<op::composite> {
  static void run(invocation& call, const op::composite::attributes& a) {
    std::vector<array> operands;
    for (std::size_t i = 0; i < call.operand_count(); ++i) operands.push_back(call.take(i));
    call.results() = call.call(call.op().graph().text(a.decomposition.text), operands);
  }
};

}  // namespace partita::interpret
