// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The result of partitioning: the device-local program, what each tactic cost, how arguments and results
// lie on the mesh, which conflicts are left, and why each collective is there.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <partita/lower/local_program.hpp>
#include <partita/mesh/device_mesh.hpp>
#include <partita/propagate/propagation.hpp>
#include <partita/search/strategy.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/tactic/resolve.hpp>

namespace partita {

/// Collectives of one kind in a program; loops multiply.
struct collective_total {
  std::int64_t count = 0;
  std::int64_t bytes = 0;  ///< of the larger side on one device
  [[nodiscard]] friend constexpr bool operator==(const collective_total&, const collective_total&) = default;
};

/// Bytes that one device moves in one run; slices move nothing.
[[nodiscard]] constexpr std::int64_t moved_bytes(const std::array<collective_total, collective_kinds>& totals) {
  std::int64_t sum = 0;
  for (std::size_t k = 0; k < collective_kinds; ++k) {
    if (static_cast<collective_kind>(k) != collective_kind::all_slice) sum = checked_add(sum, totals[k].bytes);
  }
  return sum;
}

/// The program after one tactic.
struct tactic_report {
  std::string name;
  std::array<collective_total, collective_kinds> collectives;
  double step_time_s = 0;
  std::int64_t peak_memory_bytes = 0;
  double dollars = 0;                    ///< of one step on all devices; 0 where their price is not known
  std::size_t conflicts = 0;             ///< left by this and the tactics before it
  std::vector<std::string> not_applied;  ///< "params/w dim 0 over batch: 30 is not divisible by 8"
  double seconds = 0;                    ///< wall time of propagating, lowering and simulating

  [[nodiscard]] const collective_total& of(collective_kind k) const { return collectives[static_cast<std::size_t>(k)]; }
};

/// What the program costs after a tactic, as goals see it.
[[nodiscard]] inline estimate_summary summary_of(const tactic_report& t) {
  return {t.step_time_s, static_cast<double>(t.peak_memory_bytes), static_cast<double>(moved_bytes(t.collectives)),
          t.dollars};
}

/// What a tactic set, or one decision of the search that stands for it.
struct applied_tactic {
  std::string name;  ///< of the tactic in the schedule
  bool found = false;
  plain_vector<action> actions;
};

/// A plan that was found beside others: what it costs, and the manual tactics that make it, as text for parse_schedule.
struct candidate {
  estimate_summary cost;
  std::string schedule;
};

/// What a tactic asks for, with the bound on memory that it has anyway.
struct goal_report {
  std::string tactic;
  search_request asked;
};

/// What a search did for an automatic tactic.
struct search_report {
  std::string tactic;
  std::uint64_t evaluations = 0;
  double seconds = 0;
  std::uint64_t best_at = 0;  ///< the evaluation that found the plan
  std::string schedule;       ///< the manual tactics that it found, as text for parse_schedule
  std::vector<candidate> front;  ///< of pareto_front: the whole schedule up to this tactic; the first metric grows
};

/// How an argument or result enters or leaves the program.
struct boundary_value {
  std::string name;
  tensor_type type;  ///< global shape
  layout at;
};

/// A collective of the final program with its cause in words.
struct collective_report {
  collective_kind kind = collective_kind::all_gather;
  std::uint8_t axes = 0;              ///< bit a: moves data along axis a
  std::int64_t count = 1, bytes = 0;  ///< bytes of all runs
  std::string tactic, value, because;
};

/// A conflict in words.
struct conflict_report {
  std::string tactic, axis, op, scope;
  std::string first, second;  ///< the two values that ask, with the factor that each asks for
};

template <class Ops>
struct plan {
  device_mesh mesh;
  std::string device_name;
  std::int64_t device_memory_bytes = 0;
  std::string schedule;  ///< canonical text
  tactic_report before;  ///< no tactic: every device computes everything
  std::vector<tactic_report> tactics;
  std::vector<applied_tactic> applied;  ///< in the order in which they were applied
  std::vector<goal_report> goals;        ///< one for each automatic tactic and choose
  std::vector<search_report> searches;   ///< one for each automatic tactic
  std::vector<candidate> alternatives;   ///< all that the schedule leaves a choice of; empty when it leaves none
  std::size_t alternative = 0;           ///< which of them the plan is
  std::string found_schedule;  ///< the schedule with what searches found in its place: the same plan without a search
  std::vector<boundary_value> inputs, outputs;
  std::vector<collective_report> collectives;
  std::vector<conflict_report> conflicts;
  local_program<Ops> program;

  /// The last row: the whole schedule.
  [[nodiscard]] const tactic_report& total() const { return tactics.empty() ? before : tactics.back(); }
  /// Whether the device has the memory for the program after a tactic, by default the last, as far as is known.
  [[nodiscard]] bool fits(const tactic_report& t) const {
    return device_memory_bytes <= 0 || t.peak_memory_bytes <= device_memory_bytes;
  }
  [[nodiscard]] bool fits() const { return fits(total()); }
};

/// Collectives of a program by kind.
template <class Ops>
[[nodiscard]] constexpr std::array<collective_total, collective_kinds> total_collectives(const local_program<Ops>& program) {
  std::array<collective_total, collective_kinds> totals{};
  for (const collective& c : program.collectives) {
    collective_total& t = totals[static_cast<std::size_t>(c.kind)];
    t.count += c.count;
    t.bytes = checked_add(t.bytes, checked_multiply(c.bytes, c.count));
  }
  return totals;
}

}  // namespace partita
