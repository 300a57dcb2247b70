// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What lowering returns: the device-local program, and for each collective in it what it moves and why.

#include <cstdint>
#include <string_view>
#include <vector>

#include <partita/ir/graph.hpp>
#include <partita/sharding/layout.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

enum class collective_kind : std::uint8_t {
  all_gather, all_reduce, reduce_scatter, all_to_all, collective_permute,
  all_slice,  ///< no communication: a device keeps its part of what all hold
};
inline constexpr std::size_t collective_kinds = 6;

[[nodiscard]] constexpr std::string_view name_of(collective_kind k) {
  constexpr std::string_view names[] = {"all_gather", "all_reduce", "reduce_scatter",
                                        "all_to_all", "collective_permute", "all_slice"};
  return names[static_cast<std::size_t>(k)];
}

/// Why a collective is there: two layouts of one value met, or partial results had to be combined: by the collective,
/// or, where it gathers, by the op that made them.
struct cause {
  std::uint16_t tactic = 0;  ///< the later of the tactics that decided the two layouts
  op_id op;                  ///< op of the original program that uses the value, or that made it partial; none: its result
  value_id value;            ///< value of the original program
  layout from, to;
};

struct collective {
  op_id op;  ///< in the local program
  collective_kind kind = collective_kind::all_gather;
  std::uint8_t axes = 0;     ///< bit a: moves data along axis a
  std::int64_t count = 1;    ///< how often it runs: loops multiply
  std::int64_t bytes = 0;    ///< of the larger side on one device, for one run
  cause why;
};

/// Where a value of the original program is in the local one.
struct local_value {
  value_id local;  ///< false: nowhere as such; constants are made anew where they are used
  layout at;
};

/// The program that each device runs.
template <class Ops>
struct local_program {
  basic_graph<Ops> graph;
  std::vector<collective> collectives;
  std::vector<layout> arguments, results;
  plain_vector<local_value> values;  ///< by value of the original program: as it is made, before uses reshard it
  bool unknown_trip_counts = false;  ///< a loop whose trip count is not known was counted once
};

/// Collectives by kind. `all_gather * 2 + all_reduce * 1` writes expected counts.
struct collective_counts {
  std::int64_t all_gather = 0, all_reduce = 0, reduce_scatter = 0, all_to_all = 0, collective_permute = 0;

  [[nodiscard]] friend constexpr bool operator==(const collective_counts&, const collective_counts&) = default;
  [[nodiscard]] friend constexpr collective_counts operator+(const collective_counts& a, const collective_counts& b) {
    return {a.all_gather + b.all_gather, a.all_reduce + b.all_reduce, a.reduce_scatter + b.reduce_scatter,
            a.all_to_all + b.all_to_all, a.collective_permute + b.collective_permute};
  }
  [[nodiscard]] friend constexpr collective_counts operator*(const collective_counts& a, std::int64_t n) {
    return {a.all_gather * n, a.all_reduce * n, a.reduce_scatter * n, a.all_to_all * n, a.collective_permute * n};
  }
  constexpr void count(collective_kind kind, std::int64_t n) {
    switch (kind) {
      case collective_kind::all_gather: all_gather += n; break;
      case collective_kind::all_reduce: all_reduce += n; break;
      case collective_kind::reduce_scatter: reduce_scatter += n; break;
      case collective_kind::all_to_all: all_to_all += n; break;
      case collective_kind::collective_permute: collective_permute += n; break;
      case collective_kind::all_slice: break;
    }
  }
};

inline constexpr collective_counts no_collectives{};
inline constexpr collective_counts all_gather{.all_gather = 1};
inline constexpr collective_counts all_reduce{.all_reduce = 1};
inline constexpr collective_counts reduce_scatter{.reduce_scatter = 1};
inline constexpr collective_counts all_to_all{.all_to_all = 1};
inline constexpr collective_counts collective_permute{.collective_permute = 1};

/// Collectives that communicate, each as often as it runs.
template <class Ops>
[[nodiscard]] constexpr collective_counts count_collectives(const local_program<Ops>& program) {
  collective_counts counts;
  for (const collective& c : program.collectives) counts.count(c.kind, c.count);
  return counts;
}

}  // namespace partita
