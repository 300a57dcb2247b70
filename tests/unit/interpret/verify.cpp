// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// verify agrees with right plans and notices what changes data: every fault of every collective, and wrong layouts.

#include <partita/interpret/verify.hpp>

#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <partita/mesh.hpp>
#include <partita/search/partitioning.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/composite.hpp"
#include "support/data.hpp"
#include "support/kernels.hpp"

namespace {

using namespace partita;
using interpret::fault;

struct partitioned_program {
  graph original;
  device_mesh mesh;
  local_program<stablehlo_ops> local;

  partitioned_program(const std::string& file, const char* mesh_text, const char* schedule_text)
      : partitioned_program(stablehlo::read_file(testing::data_file(file)), mesh_text, schedule_text) {}
  partitioned_program(graph program, const char* mesh_text, const char* schedule_text)
      : original(std::move(program)), mesh(parse_mesh(mesh_text)) {
    const program_facts<stablehlo_ops> facts(original);
    partitioning<stablehlo_ops> p(facts, mesh.sizes());
    const schedule s = parse_schedule(schedule_text, "schedule");
    for (const std::uint32_t t : s.sequence()) p.apply(resolve(s, t, p.state(), mesh, facts.stacks).actions);
    local = p.lower();
  }
  [[nodiscard]] interpret::verify_report verify(std::vector<fault> faults = {}) const {
    interpret::verify_options options;
    options.run.faults = std::move(faults);
    return interpret::verify(original, local, mesh.sizes(), options);
  }
};

constexpr const char* step_schedule = R"(shard<"batch">("x", 0) >> shard<"model">("w1", 1) >> shard<"batch">("w1", 0) * shard<"batch">("w2", 1))";

TEST_CASE("a right plan agrees, to the last digits of f64") {
  const partitioned_program p("mlp.mlir", "batch=4,model=2", step_schedule);
  const auto report = p.verify();
  CHECK_MESSAGE(report.agrees, report.mismatch);
  CHECK(report.values >= 2);
  CHECK(report.largest_error < 1e-14);
  CHECK(report.largest_own_error() < 1e-6);  // 24 bits
  REQUIRE(report.own_types.size() == 1);
}

TEST_CASE("every fault of every collective that changes data is noticed") {
  const partitioned_program p("mlp.mlir", "batch=4,model=2", step_schedule);
  REQUIRE(p.local.collectives.size() == 3);
  for (const auto kind : {fault::kind::drop, fault::kind::duplicate, fault::kind::corrupt, fault::kind::skip, fault::kind::swap}) {
    for (std::size_t collective = 0; collective < 3; ++collective) {
      const bool gathers = p.local.collectives[collective].kind == collective_kind::all_gather;
      const bool reduces = p.local.collectives[collective].kind == collective_kind::all_reduce;
      // A gather that does not take place has results of the wrong size; what all members get cannot change places.
      if (kind == fault::kind::skip && gathers) continue;
      if (kind == fault::kind::swap && (gathers || reduces)) continue;
      for (std::uint32_t device = 0; device < 8; ++device) {
        // Another device of the group: along model, or along batch.
        const std::uint32_t other = reduces ? device ^ 1u : (device + 2) % 8;
        INFO(name_of(kind), " in collective ", collective, " on device ", device);
        const auto report = p.verify({{kind, collective, device, other}});
        CHECK_FALSE(report.agrees);
        CHECK(report.mismatch.find("device") != std::string::npos);
      }
    }
  }
}

TEST_CASE("the first wrong op is named, in the order of the original") {
  const partitioned_program p("mlp.mlir", "batch=4,model=2", step_schedule);
  // The gather of w1 feeds the first product, the sum comes after the second.
  const auto report = p.verify({{fault::kind::corrupt, 0, 5, 0}});
  CHECK_FALSE(report.agrees);
  CHECK(report.mismatch.find("result of stablehlo.dot_general") == 0);
  const auto later = p.verify({{fault::kind::skip, 2, 5, 0}});
  CHECK_FALSE(later.agrees);
  CHECK(later.mismatch.find("result") == 0);
}

TEST_CASE("a layout that is not what the program makes is noticed") {
  partitioned_program p("mlp.mlir", "batch=2,model=2", R"(shard<"batch">("x", 0))");
  REQUIRE(p.local.results[0].splits.size() == 1);
  p.local.results[0] = {};
  const auto whole = p.verify();
  CHECK_FALSE(whole.agrees);
  CHECK(whole.mismatch.find("holds tensor<128x8xf32> where tensor<256x8xf32> is right") != std::string::npos);
  p.local.results[0].add(0, 1);  // the other axis
  CHECK_FALSE(p.verify().agrees);
}

TEST_CASE("one run of the original serves many plans, right and wrong") {
  const partitioned_program right("mlp.mlir", "batch=2,model=2", R"(shard<"batch">("x", 0))");
  partitioned_program wrong("mlp.mlir", "batch=2,model=2", R"(shard<"batch">("x", 0))");
  wrong.local.results[0] = {};
  const partitioned_program other("mlp.mlir", "batch=4,model=2", step_schedule);
  const interpret::verifier verify(right.original);
  for (int time = 0; time < 2; ++time) {
    CAPTURE(time);
    CHECK(verify(right.local, right.mesh.sizes()).agrees);
    CHECK(verify(wrong.local, wrong.mesh.sizes()).mismatch == wrong.verify().mismatch);
    const auto report = verify(other.local, other.mesh.sizes()), alone = other.verify();
    CHECK(report.agrees);
    CHECK(report.comparisons == alone.comparisons);
    CHECK(report.largest_own_error() == alone.largest_own_error());
  }
  CHECK_FALSE(wrong.verify().agrees);
}

TEST_CASE("loops are compared run by run") {
  const partitioned_program p("loop.mlir", "a=2", R"(shard<"a">("*", first_divisible_dim))");
  const auto report = p.verify();
  CHECK_MESSAGE(report.agrees, report.mismatch);
  CHECK(report.comparisons > report.values * 2);
}

TEST_CASE("functions that ops name are those of the module, in both programs") {
  const auto m = stablehlo::read(R"(
    func.func private @best(%x: tensor<f32>, %y: tensor<f32>, %i: tensor<i32>, %j: tensor<i32>) -> tensor<i1> {
      %r = stablehlo.compare GT, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
      return %r : tensor<i1>
    }
    func.func private @shares(%x: tensor<8x3xf32>) -> tensor<8x3xf32> {
      %z = stablehlo.constant dense<0.0> : tensor<f32>
      %e = stablehlo.exponential %x : tensor<8x3xf32>
      %s = stablehlo.reduce(%e init: %z) applies stablehlo.add across dimensions = [1] : (tensor<8x3xf32>, tensor<f32>) -> tensor<8xf32>
      %b = stablehlo.broadcast_in_dim %s, dims = [0] : (tensor<8xf32>) -> tensor<8x3xf32>
      %r = stablehlo.divide %e, %b : tensor<8x3xf32>
      return %r : tensor<8x3xf32>
    }
    func.func public @main(%x: tensor<8x6xf32> loc("x"), %w: tensor<6x10xf32> loc("w")) -> (tensor<8x3xf32>, tensor<8x3xi32>) {
      %y = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<8x6xf32>, tensor<6x10xf32>) -> tensor<8x10xf32>
      %i = stablehlo.iota dim = 1 : tensor<8x10xi32>
      %v = stablehlo.constant dense<0xFF800000> : tensor<f32>
      %p = stablehlo.constant dense<-1> : tensor<i32>
      %t:2 = stablehlo.custom_call @ApproxTopK(%y, %i, %v, %p) {called_computations = [@best],
        mhlo.backend_config = {reduction_dim = 1 : i64, top_k = 3 : i64}}
        : (tensor<8x10xf32>, tensor<8x10xi32>, tensor<f32>, tensor<i32>) -> (tensor<8x3xf32>, tensor<8x3xi32>)
      return %t#0, %t#1 : tensor<8x3xf32>, tensor<8x3xi32>
    })",
                                 "functions");
  const interpret::program_set functions(m);
  const auto expect_agreement = [&](const partitioned_program& p, const char* called) {
    const auto report = interpret::verify(p.original, p.local, p.mesh.sizes(), {}, &functions);
    CHECK_MESSAGE(report.agrees, report.mismatch);
    CHECK(report.largest_error < 1e-14);
    CHECK_THROWS_WITH_AS((void)p.verify(), doctest::Contains(called), interpret::execution_error);
  };
  // Each device ranks its rows of what two devices add.
  const partitioned_program ranked(m.entry(), "batch=4,model=2", R"(shard<"batch">("x", 0) >> shard<"model">("w", 0))");
  REQUIRE(ranked.local.collectives.size() == 1);
  CHECK(ranked.local.collectives[0].kind == collective_kind::all_reduce);
  expect_agreement(ranked, "the module has no function @best");
  // What a kept composite takes is gathered before.
  const partitioned_program shares(testing::composite_of("shares", tensor<f32>(8, 3)), "batch=4", R"(shard<"batch">("x", 0))");
  REQUIRE(!shares.local.collectives.empty());
  CHECK(shares.local.collectives[0].kind == collective_kind::all_gather);
  expect_agreement(shares, "the module has no function @shares");
}

}  // namespace
