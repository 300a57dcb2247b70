// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What it costs to split a colour over one axis with its conflicts settled one way or another: the choices are applied
// to a partitioning and lowered, and what the local program communicates is added up.

#include <cstdint>

#include <partita/search/choices.hpp>

namespace partita {

/// Bytes of one run on one device, of the larger side of each collective, as in plans.
struct split_cost {
  std::int64_t gathered = 0;  ///< by collectives that move data
  std::int64_t reduced = 0;   ///< by collectives that sum, or combine otherwise
  std::int64_t collectives = 0;
  std::size_t whole_ops = 0;  ///< ops that stay whole for a conflict: every device does all of their work
  [[nodiscard]] friend constexpr bool operator==(const split_cost&, const split_cost&) = default;
};

/// The size of an axis that shows what splitting a colour does: 8, else the smallest prime that divides it.
[[nodiscard]] constexpr std::int64_t typical_axis(const colour& c) {
  if (c.size % 8 == 0) return 8;
  for (std::int64_t p = 2; p <= c.size / p; ++p) {
    if (c.size % p == 0) return p;
  }
  return c.size;
}

/// Cost after these choices, one tactic each. Results leave as they are produced.
template <class Ops>
[[nodiscard]] constexpr split_cost cost_of(const program_facts<Ops>& facts, const split_choices& choices,
                                           list_view<split_choice> taken, std::int64_t devices) {
  axis_sizes axes;
  axes.push_back(devices);
  partitioning<Ops> p(facts, axes);
  for (const split_choice& c : taken) p.apply(choices.actions(c, 0, p.state()));
  lowering_options options;
  options.outputs = output_policy::infer;
  split_cost cost;
  for (const collective& c : p.lower(options).collectives) {
    if (c.kind == collective_kind::all_slice) continue;
    const std::int64_t bytes = checked_multiply(c.bytes, c.count);
    const bool reduces = c.kind == collective_kind::all_reduce || c.kind == collective_kind::reduce_scatter;
    cost.collectives = checked_add(cost.collectives, c.count);
    (reduces ? cost.reduced : cost.gathered) = checked_add(reduces ? cost.reduced : cost.gathered, bytes);
  }
  cost.whole_ops = p.conflicts().size();
  return cost;
}

}  // namespace partita
