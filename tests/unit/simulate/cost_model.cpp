// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The terms of the default cost model by hand: rings of Thakur, Rabenseifner, Gropp (2005), and hops on a ring.

#include <string>

#include <doctest/doctest.h>

#include <partita/simulate.hpp>

#include "support/check_both.hpp"

namespace {

using namespace partita;

constexpr ring_topology rings = [] {
  ring_topology t(device{.name = "", .link_bandwidth = 100, .link_latency = 1}, {4, 2, 3});
  t.set(3, {.latency = 2, .bandwidth = 10});
  return t;
}();

constexpr axis_index axes[] = {0, 1, 2, 3};

/// Of a collective over the axes from `first` on.
constexpr double seconds(collective_kind kind, std::size_t first, std::initializer_list<std::int64_t> sizes,
                         double bytes) {
  const list_view<std::int64_t> all(sizes.begin(), sizes.size());
  return roofline{}.communicate(transfer{kind, {axes + first, sizes.size()}, all, bytes}, rings);
}
constexpr bool near(double a, double b) { return a - b < 1e-9 && b - a < 1e-9; }

}  // namespace

TEST_CASE("all_reduce on a ring of n takes 2(n-1) steps of a latency and an n-th of the bytes") {
  PARTITA_CHECK_BOTH(near(seconds(collective_kind::all_reduce, 0, {4}, 1200), 2 * 3 * (1 + 3.0)));
  PARTITA_CHECK_BOTH(near(seconds(collective_kind::all_gather, 0, {4}, 1200), 3 * (1 + 3.0)));
  PARTITA_CHECK_BOTH(near(seconds(collective_kind::reduce_scatter, 0, {4}, 1200), 3 * (1 + 3.0)));
}

TEST_CASE("over several axes the rings run one after the other on what is left") {
  // 600 bytes: a ring of 2 leaves 300, a ring of 3 then 100.
  PARTITA_CHECK_BOTH(near(seconds(collective_kind::reduce_scatter, 1, {2, 3}, 600), (1 + 3.0) + 2 * (1 + 1.0)));
  PARTITA_CHECK_BOTH(near(seconds(collective_kind::all_gather, 1, {2, 3}, 600), 8));
  PARTITA_CHECK_BOTH(near(seconds(collective_kind::all_reduce, 1, {2, 3}, 600), 16));
}

TEST_CASE("all_to_all on a ring pays for every hop") {
  // Ring of 4: neighbours at 1, 2 and 1 hops, 4 hops of 300 bytes; of 3: two neighbours; of 2: one.
  PARTITA_CHECK_BOTH(near(seconds(collective_kind::all_to_all, 0, {4}, 1200), 2 + 4 * 3.0));
  PARTITA_CHECK_BOTH(near(seconds(collective_kind::all_to_all, 0, {3}, 1200), 1 + 2 * 4.0));
  PARTITA_CHECK_BOTH(near(seconds(collective_kind::all_to_all, 0, {2}, 1200), 1 + 6.0));
}

TEST_CASE("a permutation sends each shard once over the slowest axis") {
  PARTITA_CHECK_BOTH(near(seconds(collective_kind::collective_permute, 0, {4}, 1200), 2 + 12.0));
  PARTITA_CHECK_BOTH(near(seconds(collective_kind::collective_permute, 2, {3, 2}, 1200), 1 + 2 + 120.0));
}

TEST_CASE("nothing moves along axes of one device, and slices are free") {
  for (const auto kind : {collective_kind::all_reduce, collective_kind::all_gather, collective_kind::reduce_scatter,
                          collective_kind::all_to_all, collective_kind::collective_permute}) {
    CHECK(seconds(kind, 0, {1}, 1200) == 0);
  }
  PARTITA_CHECK_BOTH(seconds(collective_kind::all_slice, 0, {4}, 1200) == 0);
}

TEST_CASE("a device without a matrix unit for a type computes contractions on its vector unit") {
  PARTITA_CHECK_BOTH(tpu_v3.matrix_flops(f64) == tpu_v3.vector_flops);
  PARTITA_CHECK_BOTH(a100_80.matrix_flops(bf16) == 312e12);
  PARTITA_CHECK_BOTH(a100_80.matrix_flops(f32) == 156e12);
  PARTITA_CHECK_BOTH(h100.matrix_flops(element_type::f8E4M3FN) == 1978.9e12);
}

TEST_CASE("devices are found by name, and an unknown name is answered with the known ones") {
  PARTITA_CHECK_BOTH(find_device("tpu_v5p").memory_bandwidth == 2765e9);
  CHECK_THROWS_WITH_AS((void)find_device("tpu_v9"),
                       "no device is called 'tpu_v9'; known are tpu_v3, tpu_v5p, a100_80, h100", error);
}
