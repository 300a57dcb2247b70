// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Games whose values are known, as problems for the searches: tic-tac-toe and connect four.

#include <bit>
#include <cstdint>
#include <string_view>

#include <partita/search/problem.hpp>

namespace partita::testing {

/// What two-player games here share: the outcome is 1 where the first player has won, -1 where the second has.
struct game_outcomes {
  using outcome = double;
  static constexpr bool better(double a, double b) { return a > b; }
  static constexpr double reward(double o) { return o; }
};

/// Cells are numbered 0 to 8, row by row. Perfect play is a draw.
class tic_tac_toe : public game_outcomes {
 public:
  constexpr tic_tac_toe() = default;
  /// After moves given by their digits.
  constexpr explicit tic_tac_toe(std::string_view moves) {
    for (const char c : moves) apply(static_cast<search_action>(c - '0'));
  }

  constexpr void legal_actions(search_actions& list) const {
    if (won(0) || won(1)) return;
    for (search_action a = 0; a < 9; ++a) {
      if (((stones_[0] | stones_[1]) >> a & 1) == 0) list.push_back(a);
    }
  }
  constexpr void apply(search_action a) {
    stones_[moves_ % 2] |= 1u << a;
    history_[moves_++] = static_cast<std::uint8_t>(a);
  }
  constexpr void undo() {
    --moves_;
    stones_[moves_ % 2] &= ~(1u << history_[moves_]);
  }
  [[nodiscard]] constexpr std::uint64_t hash() const { return stones_[0] | std::uint64_t{stones_[1]} << 9; }
  [[nodiscard]] constexpr int player() const { return moves_ % 2; }
  [[nodiscard]] constexpr double evaluate() const { return won(0) ? 1 : won(1) ? -1 : 0; }

 private:
  [[nodiscard]] constexpr bool won(int player) const {
    constexpr unsigned lines[] = {0007, 0070, 0700, 0111, 0222, 0444, 0421, 0124};
    for (const unsigned line : lines) {
      if ((stones_[player] & line) == line) return true;
    }
    return false;
  }

  std::uint32_t stones_[2]{};
  std::uint8_t history_[9]{};
  std::uint8_t moves_ = 0;
};

/// Seven columns of six; actions are columns. A column takes seven bits of a board, the seventh always empty, so that
/// four in a row are found by shifting.
class connect_four : public game_outcomes {
 public:
  constexpr connect_four() = default;
  /// After moves given by their columns, '0' to '6'.
  constexpr explicit connect_four(std::string_view moves) {
    for (const char c : moves) apply(static_cast<search_action>(c - '0'));
  }

  constexpr void legal_actions(search_actions& list) const {
    if (last_won_) return;
    search_action open[7];
    std::size_t count = 0;
    for (search_action c = 0; c < 7; ++c) {
      open[count] = c;
      count += static_cast<std::size_t>(~(stones_[0] | stones_[1]) >> (7 * c + 5) & 1);
    }
    list.append({open, count});
  }
  constexpr void apply(search_action column) {
    std::uint64_t& own = stones_[moves_ % 2];
    const std::uint64_t taken = stones_[0] | stones_[1];
    own |= (taken + (std::uint64_t{1} << 7 * column)) & (std::uint64_t{0x3f} << 7 * column);
    history_[moves_++] = static_cast<std::uint8_t>(column);
    last_won_ = four(own);
  }
  constexpr void undo() {
    const unsigned shift = 7u * history_[--moves_];
    const std::uint64_t column = (stones_[0] | stones_[1]) & std::uint64_t{0x3f} << shift;
    stones_[moves_ % 2] &= ~std::bit_floor(column);
    last_won_ = false;
  }
  [[nodiscard]] constexpr std::uint64_t hash() const { return stones_[0] ^ stones_[1] * 0x9e3779b97f4a7c15ull; }
  [[nodiscard]] constexpr int player() const { return moves_ % 2; }
  [[nodiscard]] constexpr double evaluate() const { return !last_won_ ? 0 : moves_ % 2 == 1 ? 1 : -1; }

 private:
  static constexpr bool four(std::uint64_t b) {
    for (const unsigned step : {1u, 6u, 7u, 8u}) {
      const std::uint64_t pairs = b & b >> step;
      if ((pairs & pairs >> 2 * step) != 0) return true;
    }
    return false;
  }

  std::uint64_t stones_[2]{};
  std::uint8_t history_[42]{};
  std::uint8_t moves_ = 0;
  bool last_won_ = false;
};

}  // namespace partita::testing
