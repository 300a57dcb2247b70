// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Small programs whose cost is computed by hand, on a device with round figures: 1000 operations per second for
// contractions, 100 for the rest, 10 bytes per second, half a second per launch.

#include <array>
#include <vector>

#include <doctest/doctest.h>

#include <partita/op.hpp>
#include <partita/op/functions.hpp>
#include <partita/simulate.hpp>

#include "support/check_both.hpp"

namespace {

using namespace partita;
using tensors = std::vector<basic_tensor<stablehlo_ops>>;
using test_builder = basic_builder<stablehlo_ops>;

constexpr device slow{
    .name = "slow", .matrix_f32 = 1000, .vector_flops = 100, .memory_bandwidth = 10, .memory_bytes = 1000,
    .link_bandwidth = 100, .link_latency = 1, .launch_overhead = 0.5,
};
constexpr ring_topology rings(slow);

constexpr estimate cost_of(const graph& g, bool donate = true) {
  return simulate(g, slow, rings, roofline{}, {.donate = donate});
}
constexpr bool near(double a, double b) { return a - b < 1e-9 && b - a < 1e-9; }

constexpr basic_tensor<stablehlo_ops> integer(test_builder& f, std::uint8_t value) {
  const std::array<std::uint8_t, 4> bytes{value, 0, 0, 0};
  return f.add<op::constant>({}, {f.store(bytes, true)}, std::array{tensor<i32>()})[0];
}

constexpr basic_tensor<stablehlo_ops> less(const basic_tensor<stablehlo_ops>& a, const basic_tensor<stablehlo_ops>& b) {
  return a.builder().add1<op::compare>({a, b}, {op::comparison_direction::LT, op::comparison_type::SIGNED});
}

constexpr graph two_matmuls() {
  test_builder f;
  auto x = f.argument("x", tensor<f32>(4, 8));
  auto w = f.argument("w", tensor<f32>(8, 2));
  auto v = f.argument("v", tensor<f32>(2, 4));
  f.result("y", matmul(matmul(x, w), v));
  return f.finish();
}

/// A collective over one axis of 4 devices, then over axes of 2 and 3.
template <class O>
estimate one_collective(bool two_axes) {
  test_builder f;
  auto x = f.argument("x", tensor<f32>(24, 24));
  typename O::attributes moves;
  if (two_axes) {
    moves.push_back({0, 2, 0, 0});
    moves.push_back({1, 3, 0, 0});
  } else {
    moves.push_back({0, 4, 0, 1});
  }
  f.result("y", f.add1<O>({x}, moves));
  return cost_of(f.finish());
}

// A cost model and a network that do little.
struct per_flop {
  constexpr double compute(const op_work& w, const device&) const { return w.flops; }
  constexpr double communicate(const transfer&, const Topology auto& t) const { return t.latency(0); }
};
struct flat {
  constexpr double latency(axis_index) const { return 7; }
  constexpr double bandwidth(axis_index) const { return 1; }
};

}  // namespace

TEST_CASE("contractions take as long as their arithmetic or their memory, whichever is longer") {
  // 4x8 by 8x2: 2 * 4 * 2 * 8 = 128 operations, (32 + 16 + 8) * 4 = 224 bytes; then 64 operations, 128 bytes.
  constexpr auto e = cost_of(two_matmuls());
  PARTITA_CHECK_BOTH(e.flops == 192);
  PARTITA_CHECK_BOTH(e.memory_traffic_bytes == 352);
  PARTITA_CHECK_BOTH(e.launches == 2);
  PARTITA_CHECK_BOTH(near(e.compute_time_s, 22.4 + 12.8 + 2 * 0.5));
  PARTITA_CHECK_BOTH(near(e.step_time_s, e.compute_time_s));
  // The arguments' (32 + 16 + 8) * 4 bytes, the first product's 32 and the result's 64.
  PARTITA_CHECK_BOTH(e.peak_memory_bytes == 224 + 32 + 64);

  device arithmetic_bound = slow;
  arithmetic_bound.matrix_f32 = 1;
  CHECK(near(simulate(two_matmuls(), arithmetic_bound, rings).compute_time_s, 128 + 64 + 2 * 0.5));
}

TEST_CASE("a chain of elementwise ops reads its inputs once and writes its end") {
  test_builder f;
  auto x = f.argument("x", tensor<f32>(8));
  f.result("y", tanh(x + x) * x);
  const estimate e = cost_of(f.finish());
  CHECK(e.flops == 8 + 80 + 8);  // tanh counts as 10 operations
  CHECK(e.memory_traffic_bytes == 32 + 32);
  CHECK(e.launches == 1);
  CHECK(near(e.compute_time_s, 3.2 + 0.8 + 3.2 + 0.5));
  CHECK(e.peak_memory_bytes == 64);
}

TEST_CASE("a value with users in several groups is written, one whose users share a group is not") {
  test_builder f;
  auto x = f.argument("x", tensor<f32>(8));
  auto inside = exp(x);
  auto outside = inside * (inside + x);
  f.result("a", outside + x);
  f.result("b", tanh(outside));
  const estimate e = cost_of(f.finish());
  CHECK(e.launches == 3);
  // Reads x, writes `outside`; reads both, writes a; reads `outside`, writes b.
  CHECK(e.memory_traffic_bytes == 64 + 96 + 64);
  CHECK(e.peak_memory_bytes == 32 + 32 + 32 + 0);  // b is written over `outside`
}

TEST_CASE("broadcasts are computed by each of their users, unless one needs them in memory") {
  const auto program = [](bool contracted) {
    test_builder f;
    auto x = f.argument("x", tensor<f32>(8, 8));
    auto ones = broadcast(scalar(f, 1.0f), {8, 8}, {});
    f.result("a", tanh(x) + ones);
    f.result("b", contracted ? matmul(ones, x) : exp(x) + ones);
    return f.finish();
  };
  const estimate fused = cost_of(program(false)), written = cost_of(program(true));
  CHECK(fused.launches == 2);
  CHECK(fused.memory_traffic_bytes == 4 * 256);
  CHECK(fused.peak_memory_bytes == 3 * 256);
  CHECK(written.launches == 3);
  CHECK(written.memory_traffic_bytes == 256 + 3 * 256 + 3 * 256);
}

TEST_CASE("reductions end a group") {
  test_builder f;
  auto x = f.argument("x", tensor<f32>(8));
  f.result("y", sum(x * x, {0}));
  const estimate e = cost_of(f.finish());
  CHECK(e.flops == 8 + 8);
  CHECK(e.memory_traffic_bytes == 32 + 4);
  CHECK(e.launches == 1);
  CHECK(e.peak_memory_bytes == 32 + 4);
}

TEST_CASE("reshapes cost nothing and share memory, and do not hide what a group writes") {
  test_builder f;
  auto x = f.argument("x", tensor<f32>(4, 8));
  auto y = reshape(tanh(x), {8, 4});
  f.result("y", matmul(reshape(y, {4, 8}), x.builder().add1<op::transpose>({x}, {dim_list{1, 0}})));
  const estimate e = cost_of(f.finish());
  CHECK(e.launches == 3);
  CHECK(e.memory_traffic_bytes == 256 + 256 + (128 + 128 + 64));
  CHECK(e.peak_memory_bytes == 128 + 128 + 128 + 64);
}

TEST_CASE("a donated argument's memory serves the result that updates it") {
  const auto program = [] {
    test_builder f;
    auto w = f.argument("params/w", tensor<f32>(8));
    auto x = f.argument("x", tensor<f32>(8));
    f.result("result/0/w", w + x);
    return f.finish();
  };
  PARTITA_CHECK_BOTH(cost_of(program()).peak_memory_bytes == 64);
  PARTITA_CHECK_BOTH(cost_of(program(), false).peak_memory_bytes == 96);
}

TEST_CASE("a fused op keeps its operands until its group has run, and no longer") {
  const auto program = [](bool goes_on) {
    test_builder f;
    auto x = f.argument("x", tensor<f32>(8, 8));
    auto a = matmul(x, x);
    auto late = tanh(a);
    auto b = matmul(x, x);
    auto y = late + matmul(b, x);
    f.result("y", goes_on ? matmul(y, x) : y);
    if (goes_on) f.result("z", matmul(y, x));
    return f.finish();
  };
  // x and a; then b and its product with x meet. y is written over one of its operands.
  CHECK(cost_of(program(false)).peak_memory_bytes == 4 * 256);
  // x, y and two results afterwards: a is gone.
  CHECK(cost_of(program(true)).peak_memory_bytes == 4 * 256);
}

TEST_CASE("loops run as often as their counter says and carry values in place") {
  test_builder f;
  auto x = f.argument("x", tensor<f32>(8));
  auto y = f.argument("y", tensor<f32>(8));
  const tensors operands{integer(f, 0), y, x};
  const std::vector<tensor_type> carried{tensor<i32>(), tensor<f32>(8), tensor<f32>(8)};
  const std::vector<tensor_type> arguments[] = {carried, carried};
  const tensors results = f.add_with_regions<op::while_>(
      operands, {}, arguments, {},
      [&](const tensors& p) { return tensors{less(p[0], integer(f, 5))}; },
      [&](const tensors& p) { return tensors{p[0] + integer(f, 1), p[1] * p[2], p[2]}; });
  f.result("z", results[1]);
  const estimate e = cost_of(f.finish());
  CHECK_FALSE(e.unknown_trip_counts);
  CHECK(e.flops == 5 * (1 + 1 + 8));
  // The comparison reads 4 bytes and writes 1; the counter is read and written; the product reads two, writes one.
  CHECK(e.memory_traffic_bytes == 5 * (5 + 8 + 96));
  CHECK(e.launches == 5 * 3);
  CHECK(near(e.compute_time_s, 5 * (0.5 + 0.8 + 9.6 + 3 * 0.5)));
  // Arguments, the counter, a copy of y since arguments are not the program's to change, and the predicate. x is not
  // copied: the loop does not change it.
  CHECK(e.peak_memory_bytes == 32 + 32 + 4 + 32 + 1);
}

TEST_CASE("a loop whose trip count is not known counts once and says so") {
  test_builder f;
  auto n = f.argument("n", tensor<i32>());
  const tensors operands{n};
  const std::vector<tensor_type> carried{tensor<i32>()};
  const std::vector<tensor_type> arguments[] = {carried, carried};
  const tensors results = f.add_with_regions<op::while_>(
      operands, {}, arguments, {},
      [&](const tensors& p) { return tensors{less(p[0], integer(f, 5))}; },
      [&](const tensors& p) { return tensors{p[0] + p[0]}; });
  f.result("z", results[0]);
  const estimate e = cost_of(f.finish());
  CHECK(e.unknown_trip_counts);
  CHECK(e.flops == 2);
}

TEST_CASE("of branches the slowest takes time and the largest takes memory") {
  test_builder f;
  auto p = f.argument("p", tensor<i1>());
  auto x = f.argument("x", tensor<f32>(8, 8));
  op::mesh_all_reduce::attributes moves;
  moves.push_back({0, 4, 0, 0});
  const tensors operands{p};
  const std::vector<tensor_type> arguments[2] = {};
  const tensors results = f.add_with_regions<op::if_>(
      operands, {}, arguments, {},
      [&](const tensors&) { return tensors{f.add1<op::mesh_all_reduce>({matmul(x, x)}, moves)}; },
      [&](const tensors&) { return tensors{f.add1<op::mesh_all_reduce>({matmul(matmul(x, x), x)}, moves)}; });
  f.result("z", results[0]);
  const estimate e = cost_of(f.finish());
  CHECK(e.flops == 2 * 1024);
  // x by x reads x once.
  CHECK(near(e.compute_time_s, (51.2 + 0.5) + (76.8 + 0.5)));
  CHECK(near(e.communicate_time_s, 2 * 3 * (1 + 64.0 / 100)));
  CHECK(e.of(collective_kind::all_reduce).count == 2);
  CHECK(e.of(collective_kind::all_reduce).bytes == 2 * 256);
  // The all_reduce writes over the product that it reduces.
  CHECK(e.peak_memory_bytes == 1 + 256 + 2 * 256);
}

TEST_CASE("collectives are counted, timed on rings, and take the larger side's bytes") {
  const double bytes = 24 * 24 * 4;  // 2304
  const estimate reduced = one_collective<op::mesh_all_reduce>(false);
  CHECK(reduced.of(collective_kind::all_reduce).count == 1);
  CHECK(reduced.of(collective_kind::all_reduce).bytes == bytes);
  CHECK(reduced.communicated_bytes() == bytes);
  CHECK(near(reduced.communicate_time_s, 2 * 3 * (1 + 576.0 / 100)));
  CHECK(near(reduced.step_time_s, reduced.communicate_time_s));
  CHECK(reduced.peak_memory_bytes == 2 * 2304);

  const estimate gathered = one_collective<op::mesh_all_gather>(false);
  CHECK(gathered.of(collective_kind::all_gather).bytes == 4 * bytes);
  CHECK(near(gathered.communicate_time_s, 3 * (1 + bytes / 100)));

  const estimate scattered = one_collective<op::mesh_reduce_scatter>(true);
  CHECK(scattered.of(collective_kind::reduce_scatter).bytes == bytes);
  CHECK(near(scattered.communicate_time_s, (1 + 1152.0 / 100) + 2 * (1 + 384.0 / 100)));

  const estimate sliced = one_collective<op::mesh_all_slice>(false);
  CHECK(sliced.of(collective_kind::all_slice).count == 1);
  CHECK(sliced.communicated_bytes() == 0);
  CHECK(sliced.communicate_time_s == 0);
}

TEST_CASE("a cost model and a topology of one's own take the place of the default ones") {
  static_assert(Topology<flat> && CostModel<per_flop, flat> && CostModel<roofline, flat>);
  static_assert(Topology<ring_topology> && CostModel<roofline, ring_topology>);
  test_builder f;
  auto x = f.argument("x", tensor<f32>(8));
  op::mesh_all_reduce::attributes moves;
  moves.push_back({0, 4, 0, 0});
  f.result("y", f.add1<op::mesh_all_reduce>({x + x}, moves));
  CHECK(simulate(f.finish(), slow, flat{}, per_flop{}).step_time_s == 8 + 7);
}
