// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Propagation by levels: from what a tactic tiled to everything that follows, to a fixpoint.
//
// A unit without a decision on an axis for which its neighbours give evidence of exactly one factor is
// split along it, and its undecided operands and results are tiled accordingly. Evidence of two factors is
// a conflict: left alone and reported. Units are visited by depth in the data flow, forward then backward,
// until nothing changes; within one level proposals are made from the state before the level and applied
// together, and proposals that want different dims of one value wait. The result therefore depends neither
// on the order of ops in the file nor on that of actions in a tactic.
// Source: PartIR (arXiv 2401.11202), section 5, for rules by factors; the order by levels is Partita's own.

#include <concepts>
#include <cstdint>
#include <vector>

#include <partita/propagate/evidence.hpp>
#include <partita/support/bit_set.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/sort.hpp>

namespace partita {

/// A unit whose neighbours ask for two different factors on one axis, or that asks for a dim of a value of
/// which a neighbour at the same depth asks for another. It is left whole on that axis.
struct conflict {
  unit_id unit;
  axis_index axis = 0;
  std::uint16_t tactic = 0;
  factor_index factor[2]{};   ///< what is asked
  std::uint16_t slot[2]{};    ///< slots of the unit whose values ask
  [[nodiscard]] friend constexpr bool operator==(const conflict&, const conflict&) = default;
};

/// A way to carry decisions from a state to a fixpoint above it.
///
/// Minimal definition: `s.run(state, flow, seeds, tactic, conflicts)`, which only joins upwards, starting at
/// the values `seeds` that the tactic touched.
/// Law: the result depends on the set of seeds, not on their order or the order of ops.
/// Models: level_propagation. Checked by tests/unit/propagate/propagation.cpp.
template <class S>
concept PropagationStrategy = requires(S s, sharding_state& state, const dataflow& flow, list_view<value_id> seeds,
                                       std::vector<conflict>& conflicts) {
  s.run(state, flow, seeds, std::uint16_t{}, conflicts);
};

class level_propagation {
 public:
  /// Propagates every axis in mesh order and appends the conflicts that remain, in order of units.
  constexpr void run(sharding_state& state, const dataflow& flow, list_view<value_id> seeds, std::uint16_t tactic,
                     std::vector<conflict>& conflicts) {
    prepare(state, flow);
    state_ = &state;
    flow_ = &flow;
    tactic_ = tactic;
    for (std::size_t a = 0; a < state.axes().size(); ++a) {
      if (state.axes()[a] == 1) continue;
      axis_ = static_cast<axis_index>(a);
      decide_inside(seeds);
      for (const value_id v : seeds) touch(v);
      sweep();
      sum_partial_results();
      report(conflicts);
    }
  }

 private:
  struct tile_of {
    value_id value;
    std::uint8_t dim;
  };
  struct proposal {
    unit_id unit;
    factor_index factor;
    std::size_t first_tile;  // in tiles_; those of the next proposal follow
    bool waits = false;      // for a value that another one wants differently
  };

  /// Adds to tiles_ each undecided value of the unit that the decision would tile.
  constexpr void add_tiles(unit_id u, factor_index f) {
    const rule_table& rules = state_->rules();
    for (const slot& s : rules.slots(u)) {
      if ((*state_)(s.value, axis_).known() || flow_->is_constant(s.value)) continue;
      for (std::size_t d = 0; d < s.rank; ++d) {
        bool holds = false;
        for (const factor_index g : rules.dim(s, d)) holds = holds || g == f;
        if (!holds || factor_at(*state_, u, s, d, axis_) != f) continue;
        tiles_.push_back({s.value, static_cast<std::uint8_t>(d)});
        break;
      }
    }
  }
  [[nodiscard]] constexpr list_view<tile_of> tiles(std::size_t i) const {
    const std::size_t begin = proposals_[i].first_tile;
    const std::size_t end = i + 1 < proposals_.size() ? proposals_[i + 1].first_tile : tiles_.size();
    return {tiles_.data() + begin, end - begin};
  }

  constexpr void prepare(const sharding_state& state, const dataflow& flow) {
    if (dirty_.size() == state.rules().size() && buckets_.size() == flow.level_count()) return;
    dirty_.assign(state.rules().size(), 0);
    buckets_.assign(flow.level_count(), {});
    occupied_.reset(flow.level_count());
    wanted_.assign(state.program().value_count(), 0);
  }

  /// The units around v look again.
  constexpr void touch(value_id v) {
    if (flow_->is_constant(v)) return;
    for (const contact& c : flow_->contacts(v)) look_again(c.unit);
  }
  constexpr void look_again(unit_id u) {
    if (dirty_[u.index] != 0 || (*state_)(u, axis_).known()) return;
    dirty_[u.index] = 1;
    const std::uint32_t level = flow_->level(u);
    buckets_[level].push_back(u);
    occupied_.insert(level);
  }

  template <class F>
  constexpr void empty_buckets(F&& of_unit) {
    for (std::uint32_t l = occupied_.first_from(0); l != bit_set::none; l = occupied_.first_from(l + 1)) {
      for (const unit_id u : buckets_[l]) of_unit(u);
      buckets_[l].clear();
      occupied_.erase(l);
    }
  }

  /// What a tactic says of values inside the program it says of the ops around them: these decide first, by what was
  /// asked alone, before anything that follows from it elsewhere reaches them.
  constexpr void decide_inside(list_view<value_id> seeds) {
    for (const value_id v : seeds) {
      if (state_->program().definition(v)) touch(v);
    }
    visiting_.clear();
    empty_buckets([this](unit_id u) { visiting_.push_back(u); });
    decide();
  }

  constexpr void sweep() {
    constexpr std::uint32_t none = bit_set::none;
    bool changed = true;
    while (changed) {
      changed = false;
      for (std::uint32_t l = occupied_.first_from(0); l != none; l = occupied_.first_from(l + 1)) changed = visit(l) || changed;
      const auto top = static_cast<std::uint32_t>(buckets_.size());
      for (std::uint32_t l = occupied_.last_before(top); l != none; l = occupied_.last_before(l)) changed = visit(l) || changed;
    }
    // What is left waits for a value that two units want differently.
    empty_buckets([this](unit_id u) {
      dirty_[u.index] = 0;
      undecided_.push_back(u);
    });
  }
  constexpr bool visit(std::uint32_t level) {
    plain_vector<unit_id>& bucket = buckets_[level];
    visiting_ = static_cast<plain_vector<unit_id>&&>(bucket);
    bucket.clear();
    occupied_.erase(level);
    return decide();
  }

  /// Decides the units of visiting_ from the state as it is.
  constexpr bool decide() {
    proposals_.clear();
    tiles_.clear();
    for (const unit_id u : visiting_) {
      dirty_[u.index] = 0;
      const evidence e = evidence_for(*state_, *flow_, u, axis_);
      if (e.count == 1) {
        proposals_.push_back({u, e.factor[0], tiles_.size(), false});
        add_tiles(u, e.factor[0]);
      } else if (e.count == 2) {
        undecided_.push_back(u);
      }
    }
    if (proposals_.empty()) return false;
    // wanted_: 0 nobody, d + 1 one dim, 255 contested.
    bool contested = false;
    for (const tile_of& t : tiles_) {
      std::uint8_t& w = wanted_[t.value.index];
      const auto want = static_cast<std::uint8_t>(t.dim + 1);
      w = w == 0 || w == want ? want : std::uint8_t{255};
      contested = contested || w == 255;
    }
    bool applied = false;
    for (std::size_t i = 0; i < proposals_.size(); ++i) {
      proposal& p = proposals_[i];
      p.waits = contested && is_contested(tiles(i));
      if (p.waits) {
        look_again(p.unit);
        continue;
      }
      applied = true;
      state_->set(p.unit, axis_, decision::split(p.factor), tactic_);
      if (state_->rules().factors(p.unit)[p.factor].leaves_partial()) partial_.push_back(p.unit);
    }
    for (const tile_of& t : tiles_) wanted_[t.value.index] = 0;
    for (std::size_t i = 0; i < proposals_.size(); ++i) {
      if (proposals_[i].waits) continue;
      for (const tile_of& t : tiles(i)) {
        if ((*state_)(t.value, axis_).known()) continue;
        state_->set(t.value, axis_, value_sharding::tile(t.dim), tactic_);
        touch(t.value);
      }
    }
    return applied;
  }
  [[nodiscard]] constexpr bool is_contested(list_view<tile_of> tiles) const {
    for (const tile_of& t : tiles) {
      if (wanted_[t.value.index] == 255) return true;
    }
    return false;
  }

  // --- sums of partial results -------------------------------------------------------------------------
  // An addition of results that are all partial over the axis stays partial: one reduction instead of
  // several. Partial results may reach the addition through single-use converts, transposes, reshapes,
  // negations and sums over dims. A loop that only adds partial results to what it carries carries the partial
  // sum. Decisions depend on each other only upwards, so the order of work does not matter.

  constexpr void sum_partial_results() {
    while (!partial_.empty()) {
      while (!partial_.empty()) {
        unit_id u = partial_.back();
        partial_.pop_back();
        while ((u = flow_->single_user(result_of(u)), bool(u)) && !(*state_)(u, axis_).known()) {
          if (unit_of(u).additive) {
            try_sum(u);
            break;
          }
          if (!unit_of(u).forwards_partial) break;
        }
      }
      for (const accumulator& a : flow_->accumulators()) try_accumulate(a);
    }
  }

  constexpr void try_sum(unit_id addition) {
    chain_.clear();
    chain_.push_back(addition);
    for (const slot& s : state_->rules().slots(addition)) {
      if (s.is_use() && !comes_partial(s.value)) return;
    }
    sum_chain();
  }

  /// Whether a loop that only adds to a value carries a partial sum: all that it adds must be partial.
  constexpr void try_accumulate(const accumulator& a) {
    if ((*state_)(a.unit, axis_).known()) return;
    chain_.clear();
    chain_.push_back(a.unit);
    bool adds = false;
    for (value_id v = a.value;;) {
      if ((*state_)(v, axis_).known()) return;
      const unit_id u = flow_->single_user(v);
      if (u == a.unit) break;
      const decision d = (*state_)(u, axis_);
      if (d.is_sum()) {
        adds = true;  // an inner loop, which adds to it
      } else if (d.known() || !(unit_of(u).additive || unit_of(u).forwards_partial)) {
        return;
      } else {
        chain_.push_back(u);
        for (const slot& s : state_->rules().slots(u)) {
          if (!unit_of(u).additive || !s.is_use() || s.value == v) continue;
          if (!comes_partial(s.value)) return;
          adds = true;
        }
      }
      v = result_of(u);
    }
    if (adds) sum_chain();
  }

  /// Decides the chain, whose first unit makes the sum, if nothing asks for another decision.
  constexpr void sum_chain() {
    for (const unit_id u : chain_) {
      if (evidence_for(*state_, *flow_, u, axis_).count != 0) return;
    }
    for (const unit_id u : chain_) state_->set(u, axis_, decision::sum(), tactic_);
    partial_.push_back(chain_[0]);
  }

  /// Whether v is a partial sum over the axis that only one unit uses; adds the units between to the chain.
  constexpr bool comes_partial(value_id v) {
    while (true) {
      const unit_id u = flow_->definer(v);
      if (!u || !flow_->single_user(v) || (*state_)(v, axis_).known()) return false;
      const decision d = (*state_)(u, axis_);
      if (d.is_sum()) return true;
      if (d.is_split()) {
        const factor& f = state_->rules().factors(u)[d.factor()];
        return f.kind == factor_kind::reduction && f.combines == monoid::add;
      }
      if (!unit_of(u).forwards_partial) return false;
      chain_.push_back(u);
      v = state_->rules().slots(u)[0].value;
    }
  }

  [[nodiscard]] constexpr const unit& unit_of(unit_id u) const { return state_->rules()[u]; }
  [[nodiscard]] constexpr value_id result_of(unit_id u) const { return state_->rules().slots(u).back().value; }

  constexpr void report(std::vector<conflict>& conflicts) {
    sort_in_place(undecided_);
    unit_id last;
    for (const unit_id u : undecided_) {
      if (u == last || (*state_)(u, axis_).known()) continue;
      last = u;
      const evidence e = evidence_for(*state_, *flow_, u, axis_);
      if (e.count == 0) continue;
      conflict c{u, axis_, tactic_, {e.factor[0], e.factor[1]}, {e.slot[0], e.slot[1]}};
      if (e.count == 1) c.factor[1] = c.factor[0], c.slot[1] = c.slot[0];
      conflicts.push_back(c);
    }
    undecided_.clear();
    partial_.clear();
  }

  sharding_state* state_ = nullptr;
  const dataflow* flow_ = nullptr;
  axis_index axis_ = 0;
  std::uint16_t tactic_ = 0;
  plain_vector<std::uint8_t> dirty_, wanted_;
  plain_vector<plain_vector<unit_id>> buckets_;  // by level: who looks again
  bit_set occupied_;                             // levels of buckets that hold something
  plain_vector<unit_id> visiting_, undecided_, partial_, chain_;
  plain_vector<proposal> proposals_;
  plain_vector<tile_of> tiles_;
};

static_assert(PropagationStrategy<level_propagation>);

}  // namespace partita
