// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tiles of a unit's operands and results say about how it should run: the factors that they ask
// to split. Pure functions of the state.

#include <cstdint>

#include <partita/propagate/dataflow.hpp>
#include <partita/sharding/state.hpp>

namespace partita {

inline constexpr int no_factor = -1;

/// Whether a dim of this size can be split into equal parts, one for each of so many devices.
[[nodiscard]] constexpr bool divides(std::int64_t devices, std::int64_t size) {
  if (size < devices) return false;
  return (devices & (devices - 1)) == 0 ? (size & (devices - 1)) == 0 : size % devices == 0;
}

/// Factor on which a split of dim d of slot s over axis a lands, when the axes `before` split the dim already
/// (major first): factors fill up from the major one. no_factor when the sizes do not divide.
[[nodiscard]] constexpr int factor_for(const rule_table& rules, unit_id u, const slot& s, std::size_t d,
                                       const axis_list& before, axis_index a, const axis_sizes& axes) {
  const auto dim = rules.dim(s, d);
  const auto factors = rules.factors(u);
  std::size_t k = 0;
  if (dim.empty()) return no_factor;
  std::int64_t left = factors[dim[0]].size;
  const auto place = [&](std::int64_t devices) {
    while (left == 1 && k + 1 < dim.size()) left = factors[dim[++k]].size;
    if (!divides(devices, left)) return false;
    left /= devices;
    return true;
  };
  for (const axis_index b : before) {
    if (!place(axes[b])) return no_factor;
  }
  return place(axes[a]) ? dim[k] : no_factor;
}

/// The same for a state: behind the axes that tile the dim in it, or those before a if a is one of them.
[[nodiscard]] constexpr int factor_at(const sharding_state& state, unit_id u, const slot& s, std::size_t d, axis_index a) {
  const rule_table& rules = state.rules();
  axis_list before;
  if (state.is_tiled(s.value, d, a)) {
    before = state.axes_of(s.value, d);
    before.resize(before.find(a));
  } else if (const auto dim = rules.dim(s, d); dim.size() == 1) {
    return divides(state.axes()[a], rules.factors(u)[dim[0]].size) ? dim[0] : no_factor;
  }
  return factor_for(rules, u, s, d, before, a, state.axes());
}

/// Whether unit u can be split over axis a along factor f as well: the factor's kind allows it, its size
/// divides, and in each dim where f is minor the major factors are split completely, so that every part of
/// the dim is contiguous.
[[nodiscard]] constexpr bool can_split(const sharding_state& state, unit_id u, factor_index f, axis_index a) {
  const rule_table& rules = state.rules();
  const auto factors = rules.factors(u);
  if (!factors[f].splits() || factors[f].blocked) return false;
  const auto left = [&](factor_index g) {
    std::int64_t size = factors[g].size;
    for (std::size_t b = 0; b < state.axes().size(); ++b) {
      if (state(u, static_cast<axis_index>(b)) == decision::split(g)) size /= state.axes()[b];
    }
    return size;
  };
  if (!divides(state.axes()[a], left(f))) return false;
  if (!rules[u].compound) return true;
  for (const slot& s : rules.slots(u)) {
    for (std::size_t d = 0; d < s.rank; ++d) {
      const auto dim = rules.dim(s, d);
      if (dim.size() < 2) continue;
      for (std::size_t k = 0; k < dim.size() && dim[k] != f; ++k) {
        bool holds = false;
        for (std::size_t m = k + 1; m < dim.size(); ++m) holds = holds || dim[m] == f;
        if (holds && left(dim[k]) != 1) return false;
      }
    }
  }
  return true;
}

/// The factors for which a neighbour of the unit gives evidence on one axis: up to two, with the slots that
/// ask for them.
struct evidence {
  int count = 0;  ///< distinct factors; 2 stands for two or more
  factor_index factor[2]{};
  std::uint16_t slot[2]{};
};

[[nodiscard]] constexpr evidence evidence_for(const sharding_state& state, const dataflow& flow, unit_id u, axis_index a) {
  evidence found;
  const rule_table& rules = state.rules();
  std::uint16_t i = 0;
  for (const slot& s : rules.slots(u)) {
    const std::uint16_t here = i++;
    const value_sharding known = state(s.value, a);
    if (!known.is_tile() || flow.is_constant(s.value)) continue;
    const int f = factor_at(state, u, s, known.dim(), a);
    if (f == no_factor || (found.count > 0 && found.factor[0] == f)) continue;
    if (!can_split(state, u, static_cast<factor_index>(f), a)) continue;
    found.factor[found.count] = static_cast<factor_index>(f);
    found.slot[found.count] = here;
    if (++found.count == 2) break;
  }
  return found;
}

}  // namespace partita
