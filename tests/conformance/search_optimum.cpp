// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The default search, with its default budget, against the best plan there is, where all plans can be seen.

#include <cstdint>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/search/exhaustive.hpp>
#include <partita/stablehlo.hpp>

#include "support/programs.hpp"

namespace {

using namespace partita;
using problem = partition_problem<stablehlo_ops>;

struct small_case {
  std::string_view name, text;
};

// Each has another reason why its dims cannot all be split, or why order matters.
constexpr small_case small_cases[] = {
    {"two layers", R"(
func.func @main(%x: tensor<4096x256xf32>, %u: tensor<256x1024xf32>, %w: tensor<1024x256xf32>) -> tensor<4096x256xf32> {
  %h = stablehlo.dot_general %x, %u, contracting_dims = [1] x [0] : (tensor<4096x256xf32>, tensor<256x1024xf32>) -> tensor<4096x1024xf32>
  %t = stablehlo.tanh %h : tensor<4096x1024xf32>
  %y = stablehlo.dot_general %t, %w, contracting_dims = [1] x [0] : (tensor<4096x1024xf32>, tensor<1024x256xf32>) -> tensor<4096x256xf32>
  return %y : tensor<4096x256xf32>
})"},
    {"two wide layers of few examples", R"(
func.func @main(%x: tensor<4x4096xf32>, %u: tensor<4096x8192xf32>, %w: tensor<8192x4096xf32>) -> tensor<4x4096xf32> {
  %h = stablehlo.dot_general %x, %u, contracting_dims = [1] x [0] : (tensor<4x4096xf32>, tensor<4096x8192xf32>) -> tensor<4x8192xf32>
  %t = stablehlo.tanh %h : tensor<4x8192xf32>
  %y = stablehlo.dot_general %t, %w, contracting_dims = [1] x [0] : (tensor<4x8192xf32>, tensor<8192x4096xf32>) -> tensor<4x4096xf32>
  return %y : tensor<4x4096xf32>
})"},
    {"a residual layer", R"(
func.func @main(%x: tensor<2048x512xf32>, %u: tensor<512x512xf32>) -> tensor<2048x512xf32> {
  %h = stablehlo.dot_general %x, %u, contracting_dims = [1] x [0] : (tensor<2048x512xf32>, tensor<512x512xf32>) -> tensor<2048x512xf32>
  %t = stablehlo.tanh %h : tensor<2048x512xf32>
  %y = stablehlo.add %t, %x : tensor<2048x512xf32>
  return %y : tensor<2048x512xf32>
})"},
    {"rows against rows", R"(
func.func @main(%x: tensor<1024x256xf32>) -> tensor<1024x1024xf32> {
  %t = stablehlo.transpose %x, dims = [1, 0] : (tensor<1024x256xf32>) -> tensor<256x1024xf32>
  %y = stablehlo.dot_general %x, %t, contracting_dims = [1] x [0] : (tensor<1024x256xf32>, tensor<256x1024xf32>) -> tensor<1024x1024xf32>
  %z = stablehlo.exponential %y : tensor<1024x1024xf32>
  return %z : tensor<1024x1024xf32>
})"},
    {"attention over one sequence", R"(
func.func @main(%x: tensor<1024x128xf32>, %q: tensor<128x128xf32>, %k: tensor<128x128xf32>) -> tensor<1024x128xf32> {
  %a = stablehlo.dot_general %x, %q, contracting_dims = [1] x [0] : (tensor<1024x128xf32>, tensor<128x128xf32>) -> tensor<1024x128xf32>
  %b = stablehlo.dot_general %x, %k, contracting_dims = [1] x [0] : (tensor<1024x128xf32>, tensor<128x128xf32>) -> tensor<1024x128xf32>
  %s = stablehlo.dot_general %a, %b, contracting_dims = [1] x [1] : (tensor<1024x128xf32>, tensor<1024x128xf32>) -> tensor<1024x1024xf32>
  %e = stablehlo.exponential %s : tensor<1024x1024xf32>
  %y = stablehlo.dot_general %e, %x, contracting_dims = [1] x [0] : (tensor<1024x1024xf32>, tensor<1024x128xf32>) -> tensor<1024x128xf32>
  return %y : tensor<1024x128xf32>
})"},
    {"heads", R"(
func.func @main(%q: tensor<8x512x64xf32>, %k: tensor<8x1024x64xf32>, %v: tensor<8x1024x64xf32>) -> tensor<8x512x64xf32> {
  %s = stablehlo.dot_general %q, %k, batching_dims = [0] x [0], contracting_dims = [2] x [2] : (tensor<8x512x64xf32>, tensor<8x1024x64xf32>) -> tensor<8x512x1024xf32>
  %e = stablehlo.exponential %s : tensor<8x512x1024xf32>
  %y = stablehlo.dot_general %e, %v, batching_dims = [0] x [0], contracting_dims = [2] x [1] : (tensor<8x512x1024xf32>, tensor<8x1024x64xf32>) -> tensor<8x512x64xf32>
  return %y : tensor<8x512x64xf32>
})"},
    {"a step of gradient descent", R"(
func.func @main(%w: tensor<512x256xf32>, %x: tensor<2048x512xf32>, %t: tensor<2048x256xf32>) -> tensor<512x256xf32> {
  %y = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<2048x512xf32>, tensor<512x256xf32>) -> tensor<2048x256xf32>
  %d = stablehlo.subtract %y, %t : tensor<2048x256xf32>
  %g = stablehlo.dot_general %x, %d, contracting_dims = [0] x [0] : (tensor<2048x512xf32>, tensor<2048x256xf32>) -> tensor<512x256xf32>
  %n = stablehlo.subtract %w, %g : tensor<512x256xf32>
  return %n : tensor<512x256xf32>
})"},
    {"two towers", R"(
func.func @main(%x: tensor<1024x128xf32>, %u: tensor<128x512xf32>, %z: tensor<64x128xf32>, %w: tensor<128x512xf32>) -> tensor<1024x64xf32> {
  %a = stablehlo.dot_general %x, %u, contracting_dims = [1] x [0] : (tensor<1024x128xf32>, tensor<128x512xf32>) -> tensor<1024x512xf32>
  %b = stablehlo.dot_general %z, %w, contracting_dims = [1] x [0] : (tensor<64x128xf32>, tensor<128x512xf32>) -> tensor<64x512xf32>
  %y = stablehlo.dot_general %a, %b, contracting_dims = [1] x [1] : (tensor<1024x512xf32>, tensor<64x512xf32>) -> tensor<1024x64xf32>
  return %y : tensor<1024x64xf32>
})"},
    {"a symmetric sum", R"(
func.func @main(%x: tensor<1024x1024xf32>) -> tensor<1024x1024xf32> {
  %t = stablehlo.transpose %x, dims = [1, 0] : (tensor<1024x1024xf32>) -> tensor<1024x1024xf32>
  %y = stablehlo.add %x, %t : tensor<1024x1024xf32>
  %z = stablehlo.tanh %y : tensor<1024x1024xf32>
  return %z : tensor<1024x1024xf32>
})"},
    {"lookups in a table", R"(
func.func @main(%table: tensor<65536x64xf32>, %rows: tensor<4096x1xi32>, %w: tensor<64x128xf32>) -> tensor<4096x128xf32> {
  %x = "stablehlo.gather"(%table, %rows) {dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 64>} : (tensor<65536x64xf32>, tensor<4096x1xi32>) -> tensor<4096x64xf32>
  %y = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<4096x64xf32>, tensor<64x128xf32>) -> tensor<4096x128xf32>
  return %y : tensor<4096x128xf32>
})"},
};

constexpr std::string_view meshes[] = {"a=4", "a=2,b=2"};

struct wish {
  std::string_view name;
  goal wanted;
  double memory_share;  ///< of what the program needs on one device: the memory of a device of the mesh
};

/// Step time; peak memory; step time on devices that hold less than the whole.
std::vector<wish> wishes() {
  std::vector<wish> all(3);
  all[0] = {"time", {}, 2};
  all[1] = {"memory", {}, 2};
  all[1].wanted.minimized = {to_objective(metric::peak_memory)};
  all[2] = {"time, 0.6 of the memory", {}, 0.6};
  for (wish& w : all) w.wanted.bounds.push_back({metric::peak_memory, device_memory});
  return all;
}

struct tally {
  int cases = 0, optimal = 0, unfinished = 0;
  std::uint64_t most_states = 0;
  double worst = 0;  ///< gap, as a share of the optimum

  void add(std::string_view name, const graph& g, std::string_view mesh_text, const wish& w) {
    const device_mesh mesh = parse_mesh(mesh_text);
    const search_ground<stablehlo_ops> ground(g);
    search_request request;
    for (std::size_t a = 0; a < mesh.axis_count(); ++a) request.axes.push_back(static_cast<axis_index>(a));
    request.wanted = w.wanted;
    request.device_memory_bytes = 1e18;
    const auto where = default_target(tpu_v3, mesh);
    problem unbound(ground, mesh.sizes(), where, {}, request, {});
    request.device_memory_bytes = unbound.evaluate().peak_memory_bytes * w.memory_share;
    problem p(ground, mesh.sizes(), where, {}, request, {});
    const auto best = exhaustive_search{}(p, search_budget::of_evaluations(60'000));
    if (!best.complete) {
      ++unfinished;
      return;
    }
    const auto found = iterated_greedy{}(p, search_budget::of_evaluations(2000));
    const double excess = p.request().memory_excess(best.outcome), missed = p.request().memory_excess(found.outcome) - excess;
    const objective& minimized = w.wanted.minimized[0];
    const double value = request.value(minimized, best.outcome);
    const double gap = missed > 0 ? missed / request.device_memory_bytes
                       : excess > 0 ? 0 : request.value(minimized, found.outcome) / value - 1;
    ++cases;
    most_states = best.evaluations > most_states ? best.evaluations : most_states;
    optimal += gap <= 1e-9 ? 1 : 0;
    worst = gap > worst ? gap : worst;
    if (gap > 1e-9) {
      MESSAGE(std::string(name), " on ", std::string(mesh_text), " for ", std::string(w.name), ": ", gap * 100, " % from the best of ",
              best.evaluations, " states, after ", found.evaluations);
    }
  }
};

}  // namespace

TEST_CASE("the default search finds the best of all plans where all can be seen") {
  tally t;
  for (const small_case& c : small_cases) {
    const graph g = stablehlo::read(c.text).entry();
    for (const std::string_view mesh : meshes) {
      for (const wish& w : wishes()) t.add(c.name, g, mesh, w);
    }
  }
  const graph mlp = testing::small_program("mlp");
  for (const std::string_view mesh : meshes) {
    for (const wish& w : wishes()) t.add("mlp", mlp, mesh, w);
  }
  const graph step = testing::small_program("mlp_train");
  for (const wish& w : wishes()) t.add("mlp_train", step, "a=4", w);
  MESSAGE(t.cases, " cases of up to ", t.most_states, " plans (", t.unfinished, " had too many): the search found the best plan of ", t.optimal,
          ", the largest gap is ", t.worst * 100, " %");
  CHECK(t.cases >= 30);
  CHECK(t.optimal >= 0.95 * t.cases);
  CHECK(t.worst <= 0.02);
}
