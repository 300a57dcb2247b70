// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Lesson 2: tactics and their algebra. What >> and * mean, and why their difference matters.

#include <cassert>
#include <iostream>

#include <partita/partita.hpp>
#include <partita/tactic/parse_schedule.hpp>

using namespace partita;

constexpr auto mesh = make_mesh(axis<"batch", 4>, axis<"model", 2>);

constexpr auto chain = [] {
  builder f;
  auto x = f.argument("x", tensor<f32>(256, 8));
  auto w1 = f.argument("w1", tensor<f32>(8, 16));
  auto w2 = f.argument("w2", tensor<f32>(16, 8));
  f.result("y", matmul(matmul(x, w1), w2));
  return f.finish();
};

constexpr auto rows = shard<"batch">("x", 0);
constexpr auto columns = shard<"batch">("w1", 1);

// One tactic after the other: the first decides how the matmul is split over "batch"; w1 arrives sharded by the
// second and is gathered where it is used. That is ZeRO.
static_assert(collectives_of(chain, mesh, rows >> columns).all_gather == 1);

// Both in one tactic: the matmul is asked to split its rows and its columns over the same devices. Partita does
// not guess: it is left whole, the conflict is reported, and both arguments are gathered.
static_assert(collectives_of(chain, mesh, rows * columns) == all_gather * 2);

// The operators obey laws, so schedules can be named, stored and put together freely.
constexpr auto MP = shard<"model">("w1", 1);
static_assert(to_schedule((rows >> MP) >> columns) == to_schedule(rows >> (MP >> columns)));
static_assert(to_schedule(rows * MP) == to_schedule(MP * rows));
static_assert(to_schedule(rows * rows) == to_schedule(rows));

int main() {
  // The same schedule from text, as the command line and schedule files have it.
  const schedule text = parse_schedule("shard<\"batch\">(\"x\", 0) >> shard<\"model\">(\"w1\", 1)", "lesson");
  assert(text == to_schedule(rows >> MP));
  std::cout << to_text(text) << "\n";
}
