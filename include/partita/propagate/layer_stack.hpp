// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Dims that stack layers: a loop slices or updates one of them at its counter, once per trip. Splitting such
// a dim would make every trip gather the whole stack, so first_divisible_dim passes it by.

#include <cstdint>

#include <partita/propagate/dataflow.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

/// For each value a bit per dim that stacks layers.
class layer_stacks {
 public:
  template <class Graph>
  constexpr layer_stacks(const Graph& g, const rule_table& rules, const dataflow& flow) {
    stacked_.assign(g.value_count(), 0);
    plain_vector<std::uint8_t> varies(g.value_count(), 0);  // follows from a loop's carried scalars
    plain_vector<std::pair<value_id, std::uint8_t>> work;
    for (std::uint32_t i = 0; i < g.op_count(); ++i) {
      const op_id o{i};
      if (rules.units(o).empty()) continue;
      if (g.info(o).traits.loop) {
        for (const value_id v : g.arguments(g.regions(o)[1])) varies[v.index] = g.type(v).rank() == 0 && g.type(v).is_tensor();
      }
      bool follows = false;
      for (const value_id v : g.operands(o)) follows = follows || varies[v.index] != 0;
      for (const value_id v : g.results(o)) {
        if (follows && g.type(v).rank() == 0 && g.type(v).is_tensor()) varies[v.index] = 1;
      }
      if (!g.info(o).traits.indexes_operand || !follows) continue;
      // dynamic_slice(x, starts...) and dynamic_update_slice(x, update, starts...): one start per dim of x.
      const auto operands = g.operands(o);
      const std::size_t rank = g.type(operands[0]).rank();
      const std::size_t first_start = operands.size() - rank;
      const value_id part = first_start == 1 ? g.results(o)[0] : operands[1];
      for (std::size_t d = 0; d < rank; ++d) {
        if (varies[operands[first_start + d].index] == 0 || g.type(part).dims[d] != 1) continue;
        work.push_back({operands[0], static_cast<std::uint8_t>(d)});
        if (first_start == 2) work.push_back({g.results(o)[0], static_cast<std::uint8_t>(d)});
      }
    }
    // The dim is the same in everything that elementwise ops and loops tie to it.
    while (!work.empty()) {
      const auto [v, d] = work.back();
      work.pop_back();
      const auto bit = static_cast<std::uint32_t>(1u << d);
      if ((stacked_[v.index] & bit) != 0) continue;
      stacked_[v.index] |= bit;
      for (const contact& c : flow.contacts(v)) {
        const op_traits& traits = g.info(rules[c.unit].op).traits;
        if (!traits.elementwise && !traits.transparent) continue;
        const auto slots = rules.slots(c.unit);
        const auto dim = rules.dim(slots[c.slot], d);
        if (dim.size() != 1) continue;
        for (const slot& s : slots) {
          for (std::size_t e = 0; e < s.rank; ++e) {
            const auto other = rules.dim(s, e);
            if (other.size() == 1 && other[0] == dim[0] && !flow.is_constant(s.value)) {
              work.push_back({s.value, static_cast<std::uint8_t>(e)});
            }
          }
        }
      }
    }
  }

  [[nodiscard]] constexpr bool operator()(value_id v, std::size_t dim) const { return (stacked_[v.index] >> dim & 1u) != 0; }

 private:
  plain_vector<std::uint32_t> stacked_;
};

}  // namespace partita
