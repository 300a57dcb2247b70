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

namespace partita {

/// Collectives of one kind in a program; loops multiply.
struct collective_total {
  std::int64_t count = 0;
  std::int64_t bytes = 0;  ///< of the larger side on one device
  [[nodiscard]] friend constexpr bool operator==(const collective_total&, const collective_total&) = default;
};

/// The program after one tactic.
struct tactic_report {
  std::string name;
  std::array<collective_total, collective_kinds> collectives;
  double step_time_s = 0;
  std::int64_t peak_memory_bytes = 0;
  std::size_t conflicts = 0;             ///< left by this and the tactics before it
  std::vector<std::string> not_applied;  ///< "params/w dim 0 over batch: 30 is not divisible by 8"
  double seconds = 0;                    ///< wall time of propagating, lowering and simulating

  [[nodiscard]] const collective_total& of(collective_kind k) const { return collectives[static_cast<std::size_t>(k)]; }
};

/// What a search did for an automatic tactic.
struct search_report {
  std::string tactic;
  std::uint64_t evaluations = 0;
  double seconds = 0;
  std::uint64_t best_at = 0;  ///< the evaluation that found the plan
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
  std::vector<search_report> searches;  ///< one for each automatic tactic
  std::vector<boundary_value> inputs, outputs;
  std::vector<collective_report> collectives;
  std::vector<conflict_report> conflicts;
  local_program<Ops> program;

  /// The last row: the whole schedule.
  [[nodiscard]] const tactic_report& total() const { return tactics.empty() ? before : tactics.back(); }
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
