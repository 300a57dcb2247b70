// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Problems of one agent for the searches, small enough for their best results to be known.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include <partita/search/problem.hpp>
#include <partita/support/key_table.hpp>
#include <partita/support/split_mix.hpp>

namespace partita::testing {

struct maximized {
  using outcome = double;
  static bool better(double a, double b) { return a > b; }
  static double reward(double o) { return o; }
};
struct minimized {
  using outcome = double;
  static bool better(double a, double b) { return a < b; }
  static double reward(double o) { return -o; }
};

/// Which things to take so that their weight is at most the capacity and their value largest. Actions commute.
class knapsack : public maximized {
 public:
  struct thing {
    double value = 0;
    int weight = 0;
  };
  knapsack(std::vector<thing> things, int capacity) : things_(std::move(things)), left_(capacity) {}

  static knapsack random(std::uint64_t seed, std::size_t count) {
    split_mix r(seed);
    std::vector<thing> things;
    int sum = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const int weight = 1 + static_cast<int>(r.below(20));
      things.push_back({static_cast<double>(1 + r.below(30)), weight});
      sum += weight;
    }
    return {things, sum / 2};
  }

  void legal_actions(search_actions& list) const {
    for (search_action a = 0; a < things_.size(); ++a) {
      if ((taken_ >> a & 1) == 0 && things_[a].weight <= left_) list.push_back(a);
    }
  }
  void apply(search_action a) {
    taken_ |= std::uint64_t{1} << a;
    left_ -= things_[a].weight;
    value_ += things_[a].value;
    trail_.push_back(a);
  }
  void undo() {
    const search_action a = trail_.back();
    trail_.pop_back();
    taken_ &= ~(std::uint64_t{1} << a);
    left_ += things_[a].weight;
    value_ -= things_[a].value;
  }
  [[nodiscard]] std::uint64_t hash() const { return taken_; }
  [[nodiscard]] double evaluate() const { return value_; }
  [[nodiscard]] bool can_stop() const { return true; }
  /// What could be had if things could be cut (Dantzig 1957), by repeated choice of the most valuable per weight. Values
  /// are whole numbers.
  [[nodiscard]] double bound() const {
    double sum = value_;
    int left = left_;
    for (std::uint64_t used = taken_; left > 0;) {
      std::size_t best = things_.size();
      for (std::size_t i = 0; i < things_.size(); ++i) {
        if ((used >> i & 1) != 0) continue;
        if (best == things_.size() || things_[i].value * things_[best].weight > things_[best].value * things_[i].weight) best = i;
      }
      if (best == things_.size()) break;
      used |= std::uint64_t{1} << best;
      const int part = things_[best].weight < left ? things_[best].weight : left;
      sum += things_[best].value * part / things_[best].weight;
      left -= part;
    }
    return std::floor(sum + 1e-9);
  }
  /// The best value by dynamic programming over capacities.
  [[nodiscard]] double best_value() const {
    std::vector<double> best(static_cast<std::size_t>(left_) + 1, 0);
    for (const thing& t : things_) {
      for (std::size_t c = best.size(); c-- > static_cast<std::size_t>(t.weight);) {
        best[c] = std::max(best[c], best[c - static_cast<std::size_t>(t.weight)] + t.value);
      }
    }
    return best.back();
  }

 private:
  std::vector<thing> things_;
  int left_;
  std::uint64_t taken_ = 0;
  double value_ = 0;
  std::vector<search_action> trail_;
};

/// The shortest tour through all cities and back to city 0. Only whole tours are results; distances are whole numbers.
class travelling_salesman : public minimized {
 public:
  travelling_salesman(std::uint64_t seed, std::size_t cities) : count_(cities), tour_{0} {
    split_mix r(seed);
    distances_.resize(cities * cities);
    for (double& d : distances_) d = static_cast<double>(1 + r.below(100));
  }

  void legal_actions(search_actions& list) const {
    for (search_action c = 0; c < count_; ++c) {
      if ((visited_ >> c & 1) == 0) list.push_back(c);
    }
  }
  void apply(search_action c) {
    length_ += distance(tour_.back(), c);
    visited_ |= std::uint64_t{1} << c;
    tour_.push_back(c);
  }
  void undo() {
    visited_ &= ~(std::uint64_t{1} << tour_.back());
    const search_action c = tour_.back();
    tour_.pop_back();
    length_ -= distance(tour_.back(), c);
  }
  [[nodiscard]] std::uint64_t hash() const {
    return detail::mixed(detail::mixed(visited_, tour_.back()), std::bit_cast<std::uint64_t>(length_));
  }
  [[nodiscard]] double evaluate() const { return tour_.size() == count_ ? length_ + distance(tour_.back(), 0) : length_; }
  /// Every city that is still to be left is left by its shortest way.
  [[nodiscard]] double bound() const {
    double sum = length_;
    for (search_action c = 0; c < count_; ++c) {
      if ((visited_ >> c & 1) != 0 && c != tour_.back()) continue;
      double least = 1e9;
      for (search_action d = 0; d < count_; ++d) {
        if (d != c) least = std::min(least, distance(c, d));
      }
      sum += least;
    }
    return sum;
  }
  /// The shortest tour by dynamic programming over sets (Held, Karp 1962).
  [[nodiscard]] double best_length() const {
    const std::size_t sets = std::size_t{1} << count_;
    std::vector<double> best(sets * count_, 1e9);
    best[count_] = 0;  // the set of city 0 alone, at city 0
    for (std::size_t s = 1; s < sets; ++s) {
      for (search_action at = 0; at < count_; ++at) {
        for (search_action to = 1; to < count_; ++to) {
          if ((s >> to & 1) != 0) continue;
          double& b = best[(s | std::size_t{1} << to) * count_ + to];
          b = std::min(b, best[s * count_ + at] + distance(at, to));
        }
      }
    }
    double shortest = 1e9;
    for (search_action at = 1; at < count_; ++at) shortest = std::min(shortest, best[(sets - 1) * count_ + at] + distance(at, 0));
    return shortest;
  }

 private:
  [[nodiscard]] double distance(search_action a, search_action b) const { return distances_[a * count_ + b]; }

  std::size_t count_;
  std::vector<double> distances_;
  std::vector<search_action> tour_;
  std::uint64_t visited_ = 1;
  double length_ = 0;
};

/// The 8-puzzle: tiles 1 to 8 and a gap, to be put in the order 123456780. Actions move the gap left, right, up, down.
/// Judged by how far the tiles are from their places, then by the number of moves.
class sliding_tiles {
 public:
  struct outcome {
    int distance = 0;
    int moves = 0;
  };
  explicit sliding_tiles(std::string_view tiles) {
    for (std::size_t i = 0; i < 9; ++i) {
      tiles_[i] = tiles[i] - '0';
      if (tiles_[i] == 0) gap_ = static_cast<int>(i);
    }
  }
  static bool better(const outcome& a, const outcome& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.moves < b.moves;
  }
  static double reward(const outcome& o) { return -o.distance - 0.001 * o.moves; }

  void legal_actions(search_actions& list) const {
    if (evaluate().distance == 0) return;
    if (gap_ % 3 > 0) list.push_back(0);
    if (gap_ % 3 < 2) list.push_back(1);
    if (gap_ >= 3) list.push_back(2);
    if (gap_ < 6) list.push_back(3);
  }
  void apply(search_action a) {
    move(a);
    trail_.push_back(a);
  }
  void undo() {
    move(trail_.back() ^ 1u);
    trail_.pop_back();
  }
  [[nodiscard]] std::uint64_t hash() const {
    std::uint64_t h = trail_.size();
    for (const int t : tiles_) h = 9 * h + static_cast<std::uint64_t>(t);
    return h;
  }
  [[nodiscard]] outcome evaluate() const {
    int sum = 0;
    for (int i = 0; i < 9; ++i) {
      const int t = tiles_[i] - 1;
      if (t >= 0) sum += std::abs(t % 3 - i % 3) + std::abs(t / 3 - i / 3);
    }
    return {sum, static_cast<int>(trail_.size())};
  }
  [[nodiscard]] bool can_stop() const { return true; }

 private:
  void move(search_action a) {
    constexpr int steps[] = {-1, 1, -3, 3};
    const int to = gap_ + steps[a];
    std::swap(tiles_[gap_], tiles_[to]);
    gap_ = to;
  }

  int tiles_[9]{};
  int gap_ = 0;
  std::vector<search_action> trail_;
};

/// Switches that can be turned on, in any order, each worth something alone and together with its neighbour. All
/// actions are always legal: to turn on what is on has no effect. `twins` adds actions that do what others do.
class switches : public maximized {
 public:
  explicit switches(std::size_t count, bool twins = false) : count_(count), twins_(twins) {}

  void legal_actions(search_actions& list) const {
    for (search_action a = 0; a < (twins_ ? 2 : 1) * count_; ++a) list.push_back(a);
  }
  void apply(search_action a) {
    trail_.push_back(on_);
    on_ |= std::uint64_t{1} << a % count_;
  }
  void undo() {
    on_ = trail_.back();
    trail_.pop_back();
  }
  [[nodiscard]] std::uint64_t hash() const { return on_; }
  [[nodiscard]] bool can_stop() const { return true; }
  /// A switch costs its number plus one; two neighbours that are both on bring ten.
  [[nodiscard]] double evaluate() const {
    ++evaluations;
    return value_of(on_);
  }
  [[nodiscard]] double best_value() const {
    double best = 0;
    for (std::uint64_t s = 0; s < std::uint64_t{1} << count_; ++s) best = std::max(best, value_of(s));
    return best;
  }
  mutable std::uint64_t evaluations = 0;

 private:
  [[nodiscard]] double value_of(std::uint64_t on) const {
    double v = 10 * std::popcount(on & on >> 1);
    for (std::size_t i = 0; i < count_; ++i) v -= (on >> i & 1) != 0 ? static_cast<double>(i + 1) : 0;
    return v;
  }

  std::size_t count_;
  bool twins_;
  std::uint64_t on_ = 0;
  std::vector<std::uint64_t> trail_;
};

/// Things that one action takes all at once, those aside that were left out before: an action for each. To leave out
/// what is taken has no effect, and by itself it gains nothing.
class all_but : public maximized {
 public:
  explicit all_but(std::vector<double> values) : values_(std::move(values)) {}

  void legal_actions(search_actions& list) const {
    for (search_action a = 0; a <= values_.size(); ++a) list.push_back(a);
  }
  void apply(search_action a) {
    trail_.push_back({taken_, left_out_});
    const std::uint64_t all = (std::uint64_t{1} << values_.size()) - 1;
    if (a == 0) {
      taken_ |= all & ~left_out_;
    } else {
      left_out_ |= std::uint64_t{1} << (a - 1) & ~taken_;
    }
  }
  void undo() {
    taken_ = trail_.back().first;
    left_out_ = trail_.back().second;
    trail_.pop_back();
  }
  [[nodiscard]] std::uint64_t hash() const { return taken_ << 32 | left_out_; }
  [[nodiscard]] bool can_stop() const { return true; }
  [[nodiscard]] double evaluate() const {
    double sum = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) sum += (taken_ >> i & 1) != 0 ? values_[i] : 0;
    return sum;
  }
  [[nodiscard]] double best_value() const {
    double sum = 0;
    for (const double v : values_) sum += v > 0 ? v : 0;
    return sum;
  }

 private:
  std::vector<double> values_;
  std::uint64_t taken_ = 0, left_out_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> trail_;
};

/// A line of `length` steps with nothing to decide, judged by what `judge` says of the number of steps done.
class corridor : public maximized {
 public:
  corridor(std::size_t length, double (*judge)(std::size_t)) : length_(length), judge_(judge) {}
  void legal_actions(search_actions& list) const {
    if (done_ < length_) list.push_back(0);
  }
  void apply(search_action) { ++done_; }
  void undo() { --done_; }
  [[nodiscard]] std::uint64_t hash() const { return done_; }
  [[nodiscard]] double evaluate() const { return judge_(done_); }

 private:
  std::size_t length_, done_ = 0;
  double (*judge_)(std::size_t);
};

}  // namespace partita::testing
