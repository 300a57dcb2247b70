// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Lesson 5: your network and your idea of cost. Two small structs; everything that estimates or searches uses them.

#include <cassert>
#include <cmath>
#include <iostream>

#include <partita/partita.hpp>
#include <partita/report/terminal.hpp>

namespace {

using namespace partita;

constexpr auto mesh = make_mesh(axis<"node", 4>, axis<"gpu", 8>);

/// Eight devices on a switch inside each node, and an Ethernet between nodes that is eighteen times slower.
struct cluster {
  static constexpr double latency(axis_index a) { return a == 0 ? 10e-6 : 2e-6; }
  static constexpr double bandwidth(axis_index a) { return a == 0 ? 25e9 : 450e9; }
};
static_assert(Topology<cluster>);

/// The switch adds: an all_reduce sends its bytes up and gets the sum, once, however many devices there are (Graham et
/// al., "Scalable hierarchical aggregation protocol (SHARP)", COMHPC 2016). Ethernet is left to rings, and all else to
/// the roofline.
struct adding_switch : roofline {
  static constexpr axis_index inside = 1;

  constexpr double communicate(const transfer& t, const Topology auto& network) const {
    double seconds = 0;
    for (std::size_t i = 0; i < t.axes.size(); ++i) {
      const transfer one{t.kind, {&t.axes[i], 1}, {&t.sizes[i], 1}, t.bytes};
      const bool added = t.kind == collective_kind::all_reduce && t.axes[i] == inside;
      seconds += added ? network.latency(inside) + t.bytes / network.bandwidth(inside) : roofline::communicate(one, network);
    }
    return seconds;
  }
};
static_assert(CostModel<adding_switch, cluster>);

bool about(double a, double b) { return std::abs(a - b) < 1e-9 * std::abs(b); }

}  // namespace

int main() {
  builder f;
  const auto x = f.argument("x", tensor<f32>(4096, 8192)), w = f.argument("w", tensor<f32>(8192, 4096));
  f.result("y", matmul(x, w));
  const graph program = f.finish();
  constexpr double bytes = 4096.0 * 4096 * 4;  // of y, and so of the sum that a split of the contraction needs

  const auto rings = target{h100, cluster{}, roofline{}};
  const auto switched = target{h100, cluster{}, adding_switch{}};
  const auto seconds = [&](const auto& tactic, const auto& where) { return partition(program, mesh, tactic, where).total().step_time_s; };

  // The matmul takes the same time either way. What is left is the sum: 2 (n - 1) steps on a ring, or one way up.
  constexpr auto inside = shard<"gpu">("x", 1);
  const double ring = 14 * (2e-6 + bytes / 8 / 450e9), up = 2e-6 + bytes / 450e9;
  assert(about(seconds(inside, rings) - seconds(inside, switched), ring - up));

  // Ethernet costs what it did.
  constexpr auto between = shard<"node">("x", 1);
  assert(about(seconds(between, rings), seconds(between, switched)));

  // A search asks the same structs. Three rows cannot be split, so that weights are what there is to split. On rings the
  // columns of the last matmul are all that pays; with a switch that adds, the sum between two matmuls does as well.
  builder small;
  const auto rows = small.argument("rows", tensor<bf16>(3, 4096));
  const auto w1 = small.argument("w1", tensor<bf16>(4096, 4096)), w2 = small.argument("w2", tensor<bf16>(4096, 4096));
  small.result("y", matmul(matmul(rows, w1), w2));
  const graph decode = small.finish();
  constexpr auto wish = automatic<"gpu">(minimize(step_time));
  const auto on_rings = partition(decode, mesh, wish, rings), on_switch = partition(decode, mesh, wish, switched);
  std::cout << summary(on_rings) << "\n" << summary(on_switch);
  assert(count_collectives(on_rings.program) == no_collectives);
  assert(count_collectives(on_switch.program) == all_reduce * 1);
  assert(on_switch.total().step_time_s < on_rings.total().step_time_s);
}
