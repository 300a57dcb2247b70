// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finds the layers of a program: parts that are isomorphic to one another, from the arguments that they take through
// forward pass, backward pass and update to the results that they give.
//
// Where layers stand one after the other in one pass, the labels of ops form a tandem repeat. From there every cell is
// paired with its counterpart in the next layer, along the data flow: operands with operands, users with users. What
// was paired is a guess until each use of each cell in each layer has been compared.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <partita/search/outline.hpp>
#include <partita/search/tandem.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/sort.hpp>

namespace partita {

/// Layers 0, 1, ... of one kind. Position p is the same cell in every layer: equal label, and each use of it refers to
/// one value for all layers, which no inner layer defines, or to the same position and definition of the layer that lies
/// equally many layers ahead or behind. Such a layer may lie beyond the first or last one; the use then refers to
/// anything that is in no layer. What inner layers define is used by layers alone.
struct layer_run {
  std::uint32_t layers = 0, positions = 0;
  std::uint32_t reach = 0;         ///< how many layers ahead or behind a use refers, at most
  std::uint32_t first_member = 0;  ///< in layer_repeats

  /// How many layers at either end are not inner ones: they may differ from the others in what they refer to or who
  /// refers to them.
  [[nodiscard]] constexpr std::uint32_t edge() const { return reach == 0 ? 1 : reach; }
};

/// Where a cell stands in the layers; `run` is none for one that is in no layer.
struct layer_place {
  static constexpr std::uint32_t none = ~std::uint32_t{0};
  std::uint32_t run = none, layer = 0, position = 0;
  [[nodiscard]] constexpr bool is_layer() const { return run != none; }
};

/// The layers of a program.
class layer_repeats {
 public:
  [[nodiscard]] constexpr list_view<layer_run> runs() const { return runs_; }
  [[nodiscard]] constexpr layer_place operator()(cell_id c) const { return places_[c.index]; }
  [[nodiscard]] constexpr cell_id member(const layer_run& run, std::uint32_t layer, std::uint32_t position) const {
    return members_[run.first_member + layer * run.positions + position];
  }

 private:
  friend class layer_finder;
  plain_vector<layer_run> runs_;
  plain_vector<layer_place> places_;  // by cell
  plain_vector<cell_id> members_;     // layer by layer
};

class layer_finder {
 public:
  explicit layer_finder(const program_outline& outline)
      : outline_(outline), next_(outline.size()), previous_(outline.size()), layer_(outline.size()), tried_(outline.size()),
        reached_(outline.size()) {
    found_.places_.resize(outline.size());
  }

  layer_repeats run() {
    plain_vector<std::uint32_t> labels;
    plain_vector<cell_id> ops;
    for (const cell_id c : outline_.op_cells()) {
      if (outline_[c].what != outline_cell::kind::op) continue;
      ops.push_back(c);
      labels.push_back(outline_[c].label);
    }
    for (const tandem& t : find_tandems(labels, least_layers)) try_from(t, ops);
    return std::move(found_);
  }

 private:
  static constexpr std::uint32_t least_layers = 4;  // two at the ends, and two of which one can stand for the other
  // Layers whose ops are decided together cannot be decided apart. What shortens the program by less than one part in
  // this many, such as four equal matrices at its end, is not worth that.
  static constexpr std::int64_t least_share = 64;
  static constexpr std::int32_t unknown = INT32_MIN;

  // Cells paired along the layers: where the first of them would stand, and how many they are.
  struct chain {
    cell_id first;
    std::int32_t layer = 0, size = 0;
    [[nodiscard]] std::int32_t end() const { return layer + size; }
    [[nodiscard]] bool covers(std::int32_t from, std::int32_t to) const { return layer <= from && end() >= to; }
  };
  struct extent {
    std::int32_t first = 0, end = 0;
    std::int64_t gain = 0;
  };

  void try_from(const tandem& t, list_view<cell_id> ops) {
    // A repeat in what was found or tried already is a part of it.
    const auto known = [&](cell_id c) { return found_(c).is_layer() || tried_[c.index] != 0; };
    const std::uint32_t middle = t.first + t.count() / 2 * t.period;
    for (std::uint32_t i = middle; i < middle + t.period && i < t.end; ++i) {
      if (known(ops[i])) return;
    }
    visited_.clear();
    queue_.clear();
    for (std::uint32_t i = t.first; i + t.period < t.end; ++i) pair(ops[i], ops[i + t.period]);
    pair_around_all();
    // What the data flow does not reach, such as a constant that nobody uses, goes with its neighbours in the program.
    for (std::size_t i = 0; i < visited_.size(); ++i) pair_gap_after(visited_[i]);
    const std::size_t reached = visited_.size();
    for (std::size_t i = 0; i < reached; ++i) reached_[visited_[i].index] = 1;
    for (std::size_t i = 0; i < visited_.size(); ++i) {
      pair_neighbours(visited_[i]);
      pair_around_all();
    }
    for (std::size_t i = 0; i < reached; ++i) reached_[visited_[i].index] = 0;
    const bool found = take();
    for (const cell_id c : visited_) {
      next_[c.index] = previous_[c.index] = {};
      if (!found) tried_[c.index] = 1;
    }
  }

  // --- pairing -----------------------------------------------------------------------------------------------

  void pair(cell_id a, cell_id b) {
    if (!a || !b || a == b || outline_[a].label != outline_[b].label || next_[a.index] || previous_[b.index]) return;
    if (found_(a).is_layer() || found_(b).is_layer()) return;
    for (const cell_id c : {a, b}) {
      if (!next_[c.index] && !previous_[c.index]) visited_.push_back(c);
    }
    next_[a.index] = b;
    previous_[b.index] = a;
    queue_.push_back(a);
  }

  void pair_around_all() {
    while (!queue_.empty()) {
      const cell_id c = queue_.back();
      queue_.pop_back();
      pair_around(c);
    }
  }
  void pair_around(cell_id a) {
    const cell_id b = next_[a.index];
    const auto a_uses = outline_.uses(a), b_uses = outline_.uses(b);
    for (std::size_t i = 0; i < a_uses.size(); ++i) {
      if (a_uses[i] == b_uses[i]) continue;
      const cell_definition x = outline_.definition(a_uses[i]), y = outline_.definition(b_uses[i]);
      if (x.position == y.position) pair(x.cell, y.cell);
    }
    const auto a_values = outline_.definitions(a), b_values = outline_.definitions(b);
    for (std::size_t i = 0; i < a_values.size(); ++i) pair_users(outline_.users(a_values[i]), outline_.users(b_values[i]));
  }

  // Users of one label at one position are paired in program order if they are equally many.
  void pair_users(list_view<cell_use> a, list_view<cell_use> b) {
    const auto before = [&](const cell_use& x, const cell_use& y) {
      const std::uint32_t l = outline_[x.cell].label, m = outline_[y.cell].label;
      return l != m ? l < m : x.position < y.position;
    };
    std::size_t i = 0, k = 0;
    while (i < a.size() && k < b.size()) {
      if (before(a[i], b[k])) {
        ++i;
      } else if (before(b[k], a[i])) {
        ++k;
      } else {
        std::size_t i_end = i, k_end = k;
        while (i_end < a.size() && !before(a[i], a[i_end])) ++i_end;
        while (k_end < b.size() && !before(b[k], b[k_end])) ++k_end;
        if (i_end - i == k_end - k) {
          for (std::size_t n = 0; i + n < i_end; ++n) pair(a[i + n].cell, b[k + n].cell);
        }
        i = i_end;
        k = k_end;
      }
    }
  }

  [[nodiscard]] bool is_op(cell_id c) const {
    const auto ops = outline_.op_cells();
    return c.index >= ops.first && c.index < ops.first + ops.count;
  }
  // Pairs equal cells after a and its counterpart up to the next two that are paired with each other.
  void pair_gap_after(cell_id a) {
    if (!next_[a.index]) return;
    cell_id c{a.index + 1}, d{next_[a.index].index + 1};
    while (is_op(c) && is_op(d) && !next_[c.index] && !previous_[d.index] && outline_[c].label == outline_[d].label) {
      ++c.index;
      ++d.index;
    }
    if (!is_op(c) || !is_op(d) || !(next_[c.index] == d)) return;
    for (--c.index, --d.index; !(c == a); --c.index, --d.index) pair(c, d);
  }
  // Pairs the cells beside a and its counterpart unless the data flow has paired them with others.
  void pair_neighbours(cell_id a) {
    const cell_id b = next_[a.index];
    if (!b) return;
    for (const std::uint32_t step : {1u, ~0u}) {  // after and before
      const cell_id c{a.index + step}, d{b.index + step};
      if (is_op(c) && is_op(d) && reached_[c.index] == 0 && reached_[d.index] == 0) pair(c, d);
    }
  }

  // --- from pairs to layers ----------------------------------------------------------------------------------

  // Makes a run of the pairs.
  bool take() {
    chains_.clear();
    plain_vector<std::uint32_t> of_size;
    for (const cell_id c : visited_) {
      if (previous_[c.index]) continue;
      std::uint32_t size = 1;
      for (cell_id n = next_[c.index]; n; n = next_[n.index]) ++size;
      chains_.push_back({c, 0, static_cast<std::int32_t>(size)});
      if (of_size.size() <= size) of_size.resize(size + 1);
      ++of_size[size];
    }
    // Most chains have a member in each layer. What begins earlier or ends later has been paired with what is like it
    // around the layers; what begins later or ends earlier is missing in the layers at the ends.
    std::int32_t layers = 0;
    for (std::uint32_t size = 2; size < of_size.size(); ++size) {
      if (of_size[size] >= of_size[static_cast<std::size_t>(layers)]) layers = static_cast<std::int32_t>(size);
    }
    align(layers);
    plain_vector<extent> extents;
    for (std::int32_t first = 0; first < 3; ++first) {
      for (std::int32_t end = layers; end > layers - 3; --end) {
        extent e{first, end, 0};
        if (end - first < static_cast<std::int32_t>(least_layers)) continue;
        for (const chain& c : chains_) e.gain += c.covers(first, end) ? 1 : 0;
        e.gain *= end - first - 3;
        if (e.gain * least_share >= static_cast<std::int64_t>(outline_.size())) extents.push_back(e);
      }
    }
    sort_in_place(extents, [](const extent& a, const extent& b) {
      if (a.gain != b.gain) return a.gain > b.gain;
      return a.first != b.first ? a.first < b.first : a.end > b.end;
    });
    for (const extent& e : extents) {
      if (take(e)) return true;
    }
    return false;
  }

  // Places the chains that are longer or shorter than the others: their members go with what stands next to them.
  void align(std::int32_t layers) {
    for (const cell_id c : visited_) layer_[c.index] = unknown;
    plain_vector<cell_id> placed;
    for (const chain& c : chains_) {
      if (c.size != layers) continue;
      std::int32_t layer = 0;
      for (cell_id n = c.first; n; n = next_[n.index]) {
        layer_[n.index] = layer++;
        if (outline_[n].what == outline_cell::kind::op) placed.push_back(n);
      }
    }
    sort_in_place(placed);
    for (chain& c : chains_) {
      if (c.size == layers) continue;
      cell_id middle = c.first;
      for (std::int32_t i = 0; i < c.size / 2; ++i) middle = next_[middle.index];
      std::int32_t layer = 0;
      if (outline_[middle].what != outline_cell::kind::op) {
        layer = beside(middle);
      } else if (const cell_id* after = std::lower_bound(placed.begin(), placed.end(), middle); after != placed.end()) {
        layer = layer_[after->index];
      }
      const std::int32_t spare = layers - c.size;
      c.layer = std::clamp(layer - c.size / 2, std::min(spare, 0), std::max(spare, 0));
    }
  }
  [[nodiscard]] bool is_placed(cell_id c) const { return (next_[c.index] || previous_[c.index]) && layer_[c.index] != unknown; }
  // The layer of something that uses what c defines or defines what c uses.
  [[nodiscard]] std::int32_t beside(cell_id c) const {
    for (const value_id v : outline_.definitions(c)) {
      for (const cell_use& u : outline_.users(v)) {
        if (is_placed(u.cell)) return layer_[u.cell.index];
      }
    }
    for (const value_id v : outline_.uses(c)) {
      const cell_id maker = outline_.definition(v).cell;
      if (maker && is_placed(maker)) return layer_[maker.index];
    }
    return 0;
  }

  bool take(const extent& e) {
    layer_run run;
    run.layers = static_cast<std::uint32_t>(e.end - e.first);
    run.first_member = static_cast<std::uint32_t>(found_.members_.size());
    plain_vector<cell_id> first, last;
    for (const chain& c : chains_) {
      if (!c.covers(e.first, e.end)) continue;
      cell_id member = c.first;
      for (std::int32_t i = c.layer; i < e.first; ++i) member = next_[member.index];
      first.push_back(member);
      for (std::int32_t i = e.first + 1; i < e.end; ++i) member = next_[member.index];
      last.push_back(member);
    }
    sort_in_place(first);
    sort_in_place(last);
    // Layer 0 is the one that the program begins with; a backward pass has been followed from the last one.
    const bool reversed = last[0] < first[0];
    run.positions = static_cast<std::uint32_t>(first.size());
    const auto number = static_cast<std::uint32_t>(found_.runs_.size());
    for (std::uint32_t l = 0; l < run.layers; ++l) {
      for (std::uint32_t p = 0; p < run.positions; ++p) {
        cell_id c = reversed ? last[p] : first[p];
        if (l != 0) c = (reversed ? previous_ : next_)[found_.member(run, l - 1, p).index];
        found_.members_.push_back(c);
        found_.places_[c.index] = {number, l, p};
      }
    }
    if (is_right(run)) {
      found_.runs_.push_back(run);
      return true;
    }
    for (std::size_t i = run.first_member; i < found_.members_.size(); ++i) found_.places_[found_.members_[i].index] = {};
    found_.members_.resize(run.first_member);
    return false;
  }

  // --- proof ------------------------------------------------------------------------------------------------

  // Whether the members are what layer_run promises. Finds the reach.
  bool is_right(layer_run& run) const {
    const auto number = static_cast<std::uint32_t>(found_.runs_.size());
    const std::uint32_t middle = run.layers / 2;
    plain_vector<std::uint32_t> shared_layers;  // to which all layers refer
    for (std::uint32_t p = 0; p < run.positions; ++p) {
      const auto pattern = outline_.uses(found_.member(run, middle, p));
      for (std::size_t i = 0; i < pattern.size(); ++i) {
        const layer_place at = place_of(pattern[i]);
        bool shared = true;
        for (std::uint32_t l = 0; l < run.layers; ++l) {
          shared = shared && outline_.uses(found_.member(run, l, p))[i] == pattern[i];
        }
        if (shared) {
          if (at.run == number) shared_layers.push_back(at.layer);
          continue;
        }
        if (at.run != number) return false;
        const std::int64_t ahead = std::int64_t{at.layer} - middle;
        if (ahead != 0 && outline_.is_place(pattern[i])) return false;
        run.reach = std::max(run.reach, static_cast<std::uint32_t>(ahead < 0 ? -ahead : ahead));
        const std::uint32_t position = outline_.definition(pattern[i]).position;
        for (std::uint32_t l = 0; l < run.layers; ++l) {
          const value_id v = outline_.uses(found_.member(run, l, p))[i];
          const std::int64_t other = l + ahead;
          if (other < 0 || other >= run.layers) {
            if (place_of(v).run == number) return false;
          } else {
            const cell_definition made = outline_.definition(v);
            const cell_id there = found_.member(run, static_cast<std::uint32_t>(other), at.position);
            if (!(made.cell == there) || made.position != position) return false;
          }
        }
      }
    }
    if (run.layers < 2 * run.edge() + 2) return false;
    for (const std::uint32_t l : shared_layers) {
      if (l >= run.edge() && l < run.layers - run.edge()) return false;
    }
    for (std::uint32_t l = run.edge(); l < run.layers - run.edge(); ++l) {
      for (std::uint32_t p = 0; p < run.positions; ++p) {
        for (const value_id v : outline_.definitions(found_.member(run, l, p))) {
          for (const cell_use& u : outline_.users(v)) {
            if (found_(u.cell).run != number) return false;
          }
        }
      }
    }
    return true;
  }
  layer_place place_of(value_id v) const {
    const cell_id c = outline_.definition(v).cell;
    return c ? found_(c) : layer_place{};
  }

  const program_outline& outline_;
  layer_repeats found_;
  plain_vector<cell_id> next_, previous_;
  plain_vector<std::int32_t> layer_;
  plain_vector<std::uint8_t> tried_, reached_;
  plain_vector<cell_id> visited_, queue_;
  plain_vector<chain> chains_;
};

/// Finds the layers of a program.
[[nodiscard]] inline layer_repeats find_layers(const program_outline& outline) { return layer_finder(outline).run(); }

}  // namespace partita
