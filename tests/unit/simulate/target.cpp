// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Targets with their type and without: the same figures, computed by hand, and what is held is let go.

#include <utility>

#include <doctest/doctest.h>

#include <partita/op.hpp>
#include <partita/op/functions.hpp>
#include <partita/simulate.hpp>

namespace {

using namespace partita;

constexpr device slow{.name = "slow", .memory_bandwidth = 10, .memory_bytes = 1000};

struct flat {
  static constexpr double latency(axis_index) { return 1; }
  static constexpr double bandwidth(axis_index axis) { return axis == 0 ? 4 : 2; }
};

/// A second per flop, and the bytes of a collective over the bandwidth of its first axis; knows how many of it there are.
struct counted {
  static inline int alive = 0;
  double per_flop = 1;

  explicit counted(double seconds) : per_flop(seconds) { ++alive; }
  counted(const counted& other) : per_flop(other.per_flop) { ++alive; }
  counted& operator=(const counted&) = default;
  ~counted() { --alive; }

  [[nodiscard]] double compute(const op_work& w, const device&) const { return per_flop * w.flops; }
  [[nodiscard]] double communicate(const transfer& t, const Topology auto& network) const {
    return t.bytes / network.bandwidth(t.axes[0]);
  }
};

/// 8 flops, then 32 bytes summed over the axis.
graph sum_over(axis_index axis) {
  basic_builder<stablehlo_ops> f;
  auto x = f.argument("x", tensor<f32>(8));
  op::mesh_all_reduce::attributes moves;
  moves.push_back({axis, 4, 0, 0});
  f.result("y", f.add1<op::mesh_all_reduce>({x + x}, moves));
  return f.finish();
}

double seconds(const graph& g, const any_target& where) { return simulate(g, where).step_time_s; }

}  // namespace

TEST_CASE("a target whose type is forgotten tells the same") {
  static_assert(Target<target<>> && Target<target<flat, counted>> && Target<any_target>);
  {
    const target<flat, counted> where{slow, {}, counted(1)};
    CHECK(simulate(sum_over(0), where).step_time_s == 8 + 32 / 4);
    CHECK(seconds(sum_over(0), where) == 8 + 32 / 4);
    CHECK(seconds(sum_over(1), where) == 8 + 32 / 2);
    CHECK(simulate(sum_over(1), slow, flat{}, counted(3)).step_time_s == 24 + 32 / 2);

    const any_target any = where;
    CHECK(any.device().name == "slow");
    const std::int64_t sizes[]{4};
    const axis_index axes[]{1};
    CHECK(any.communicate({collective_kind::all_reduce, axes, sizes, 32}) == 16);
  }
  CHECK(counted::alive == 0);
}

TEST_CASE("copies of a target stay what they are, and what none holds is let go") {
  const graph g = sum_over(0);
  {
    any_target a = target<flat, counted>{slow, {}, counted(1)};
    any_target b = a;
    a = target<flat, counted>{slow, {}, counted(2)};
    CHECK(seconds(g, a) == 16 + 8);
    CHECK(seconds(g, b) == 8 + 8);
    CHECK(counted::alive == 2);

    const any_target c = std::move(a);
    CHECK(seconds(g, c) == 16 + 8);
    CHECK(c.device().name == "slow");
    b = c;
    CHECK(seconds(g, b) == 16 + 8);
    CHECK(counted::alive == 1);
    b = target<>{a100_80, ring_topology(a100_80), roofline{}};
    CHECK(b.device().name == a100_80.name);
    CHECK(seconds(g, c) == 16 + 8);
  }
  CHECK(counted::alive == 0);
}
