// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The steps from one layout of a value to another: slice first, then permute and all_to_all, then gather,
// so that no step is larger than the larger end.

#include <cstdint>

#include <partita/lower/local_program.hpp>
#include <partita/op/mesh_collective.hpp>
#include <partita/sharding/layout.hpp>

namespace partita {

/// One collective of a reshard.
struct reshard_step {
  collective_kind kind = collective_kind::all_slice;
  op::detail::mesh_collective::attributes moves;
};

using reshard_plan = static_vector<reshard_step, 2 * max_axes + 4>;

/// Plans the steps from one layout to another.
class reshard_planner {
 public:
  constexpr reshard_planner(list_view<std::int64_t> sizes, const axis_sizes& axes) : sizes_(sizes), axes_(&axes) {}

  /// Steps from layout `from` to layout `to` of a value with these global sizes, partial axes aside.
  /// @pre both layouts divide the sizes
  /// @post no step needs a dim to be split further than its size allows
  constexpr reshard_plan operator()(const layout& from, const layout& to) {
    plan_.clear();
    at_.splits = from.splits;
    goal_.splits = to.splits;
    slice();
    if (!exchange()) {
      // The dims are too small to hold both axes of an exchange at once.
      plan_.clear();
      at_.splits = from.splits;
    }
    arrange();
    gather();
    slice();
    arrange();
    return plan_;
  }

 private:
  [[nodiscard]] constexpr bool stays(const split& s) const { return goal_.dim_of(s.axis) == s.dim; }
  [[nodiscard]] constexpr bool moves(const split& s) const { return goal_.dim_of(s.axis) >= 0 && !stays(s); }
  [[nodiscard]] constexpr bool fits(std::size_t dim) const {
    std::int64_t left = sizes_[dim];
    for (const split& s : at_.splits) {
      if (s.dim != dim) continue;
      if (left % (*axes_)[s.axis] != 0) return false;
      left /= (*axes_)[s.axis];
    }
    return true;
  }
  constexpr op::axis_move move(axis_index axis, std::size_t from, std::size_t to) const {
    return {axis, (*axes_)[axis], static_cast<std::uint8_t>(from), static_cast<std::uint8_t>(to)};
  }
  constexpr void add(const reshard_step& step) {
    if (step.moves.size() != 0) plan_.push_back(step);
  }

  constexpr void slice() {
    reshard_step step{collective_kind::all_slice, {}};
    for (const split& s : goal_.splits) {
      if (at_.dim_of(s.axis) >= 0) continue;
      at_.add(s.dim, s.axis);
      if (fits(s.dim)) {
        step.moves.push_back(move(s.axis, 0, s.dim));
      } else {
        at_.splits.erase(at_.splits.find({s.dim, s.axis}));  // an axis on this dim leaves first
      }
    }
    add(step);
  }

  /// Orders the axes of each dim: those that stay as the goal has them, then those that leave, since only the
  /// minor axes of a dim can leave it; movers after those to be gathered.
  constexpr void arrange() {
    layout wanted;
    for (const split& g : goal_.splits) {
      if (at_.dim_of(g.axis) == g.dim) wanted.add(g.dim, g.axis);
    }
    for (const split& s : at_.splits) {
      if (goal_.dim_of(s.axis) < 0) wanted.add(s.dim, s.axis);
    }
    for (const split& g : goal_.splits) {
      const int dim = at_.dim_of(g.axis);
      if (dim >= 0 && dim != g.dim) wanted.add(static_cast<std::size_t>(dim), g.axis);
    }
    if (wanted.splits == at_.splits) return;
    reshard_step step{collective_kind::collective_permute, {}};
    for (const split& s : at_.splits) step.moves.push_back(move(s.axis, s.dim, wanted.axes_of(s.dim).find(s.axis)));
    add(step);
    at_ = wanted;
  }

  /// One all_to_all for each group of minor axes that go to the same dim. False when a dim is too small.
  constexpr bool exchange() {
    for (std::size_t rounds = 0; rounds <= max_axes; ++rounds) {
      bool any = false;
      for (const split& s : at_.splits) any = any || moves(s);
      if (!any) break;
      arrange();
      bool done = false;
      for (std::size_t end = at_.splits.size(); end-- > 0 && !done;) {
        const split last = at_.splits[end];
        const bool minor = end + 1 == at_.splits.size() || at_.splits[end + 1].dim != last.dim;
        if (!minor || !moves(last)) continue;
        const int target = goal_.dim_of(last.axis);
        std::size_t begin = end;
        while (begin > 0 && at_.splits[begin - 1].dim == last.dim && goal_.dim_of(at_.splits[begin - 1].axis) == target) --begin;
        reshard_step step{collective_kind::all_to_all, {}};
        const layout before = at_;
        for (std::size_t k = begin; k <= end; ++k) {
          step.moves.push_back(move(before.splits[k].axis, last.dim, static_cast<std::size_t>(target)));
        }
        for (std::size_t k = begin; k <= end; ++k) at_.splits.erase(begin);
        for (std::size_t k = begin; k <= end; ++k) at_.add(static_cast<std::size_t>(target), before.splits[k].axis);
        if (!fits(static_cast<std::size_t>(target))) {
          at_ = before;
          continue;
        }
        add(step);
        done = true;
      }
      if (!done) return false;
    }
    for (const split& g : goal_.splits) {
      if (at_.dim_of(g.axis) != g.dim) return false;
    }
    return true;
  }

  constexpr void gather() {
    reshard_step step{collective_kind::all_gather, {}};
    const layout before = at_;
    for (const split& s : before.splits) {
      if (stays(s)) continue;
      step.moves.push_back(move(s.axis, s.dim, 0));
      at_.splits.erase(at_.splits.find(s));
    }
    add(step);
  }

  list_view<std::int64_t> sizes_;
  const axis_sizes* axes_;
  reshard_plan plan_;
  layout at_, goal_;
};

/// Steps from layout `from` to layout `to` of a value with these global sizes, partial axes aside.
[[nodiscard]] constexpr reshard_plan plan_reshard(list_view<std::int64_t> sizes, const layout& from, const layout& to,
                                                  const axis_sizes& axes) {
  return reshard_planner(sizes, axes)(from, to);
}

}  // namespace partita
