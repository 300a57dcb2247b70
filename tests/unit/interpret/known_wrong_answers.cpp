// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Programs of which other partitioners are known to have computed something else than the program says. Each is
// partitioned along the dim at fault, and executed: all values agree with those of one device.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <partita/interpret/verify.hpp>
#include <partita/mesh/parse_mesh.hpp>
#include <partita/plan/partition.hpp>
#include <partita/simulate/device.hpp>
#include <partita/stablehlo/file.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/kernels.hpp"

namespace {

using namespace partita;

/// A function of these arguments and results, which executed agrees on all devices of a mesh with one device.
plan<stablehlo_ops> agrees(std::string_view function, const char* mesh_text, const char* schedule) {
  const auto m = stablehlo::read("module {\n" + std::string(function) + "}\n", "program");
  const graph& g = m.entry();
  const device_mesh mesh = parse_mesh(mesh_text);
  auto p = partition(g, mesh, parse_schedule(schedule, "schedule"), find_device("tpu_v3"));
  CAPTURE(mesh_text);
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    CAPTURE(seed);
    const auto report = interpret::verify(g, p.program, mesh.sizes(), {.seed = seed});
    CHECK_MESSAGE(report.agrees, report.mismatch);
  }
  return p;
}

std::int64_t count(const plan<stablehlo_ops>& p, collective_kind kind) { return p.total().of(kind).count; }

}  // namespace

TEST_CASE("dynamic_update_slice clamps its start in the whole dim, not in a device's part") {
  for (const char* schedule :
       {R"(shard<"a">("x", 0))", R"(shard<"a">("u", 0))", R"(shard<"a">("x", 0) * shard<"a">("u", 0))"}) {
    CAPTURE(schedule);
    for (const char* mesh : {"a=2", "a=3"}) {
      (void)agrees(R"(
        func.func @main(%x: tensor<12x6xf32> loc("x"), %u: tensor<6x6xf32> loc("u"), %i: tensor<i32> loc("i")) -> tensor<12x6xf32> {
          %c = stablehlo.constant dense<9> : tensor<i32>
          %z = stablehlo.constant dense<0> : tensor<i32>
          %0 = stablehlo.add %i, %c : tensor<i32>
          %1 = stablehlo.dynamic_update_slice %x, %u, %0, %z : (tensor<12x6xf32>, tensor<6x6xf32>, tensor<i32>, tensor<i32>) -> tensor<12x6xf32>
          return %1 : tensor<12x6xf32>
        })",
                   mesh, schedule);
    }
  }
}

TEST_CASE("one row beyond the end is written to the last row, on the device that has it") {
  for (const char* mesh : {"a=2", "a=3"}) {
    (void)agrees(R"(
      func.func @main(%x: tensor<12x6xf32> loc("x"), %u: tensor<1x6xf32> loc("u"), %i: tensor<i32> loc("i")) -> tensor<12x6xf32> {
        %c = stablehlo.constant dense<12> : tensor<i32>
        %0 = stablehlo.add %i, %c : tensor<i32>
        %1 = stablehlo.dynamic_update_slice %x, %u, %0, %0 : (tensor<12x6xf32>, tensor<1x6xf32>, tensor<i32>, tensor<i32>) -> tensor<12x6xf32>
        return %1 : tensor<12x6xf32>
      })",
                 mesh, R"(shard<"a">("x", 0))");
  }
}

TEST_CASE("a lookup in a table that is split by rows clamps in the whole table") {
  for (const char* mesh : {"a=2", "a=3"}) {
    (void)agrees(R"(
      func.func @main(%x: tensor<12x6xf32> loc("x"), %i: tensor<6x1xi32> loc("i")) -> tensor<6x6xf32> {
        %m = stablehlo.constant dense<3> : tensor<6x1xi32>
        %c = stablehlo.constant dense<9> : tensor<6x1xi32>
        %0 = stablehlo.multiply %i, %m : tensor<6x1xi32>
        %1 = stablehlo.subtract %0, %c : tensor<6x1xi32>
        %2 = "stablehlo.gather"(%x, %1) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 6>}> : (tensor<12x6xf32>, tensor<6x1xi32>) -> tensor<6x6xf32>
        return %2 : tensor<6x6xf32>
      })",
                 mesh, R"(shard<"a">("x", 0))");
  }
}

TEST_CASE("dynamic_update_slice of f64 keeps its elements") {
  for (const char* mesh : {"a=2", "a=3"}) {
    (void)agrees(R"(
      func.func @main(%x: tensor<12x6xf64> loc("x"), %u: tensor<1x6xf64> loc("u"), %i: tensor<i64> loc("i")) -> tensor<12x6xf64> {
        %z = stablehlo.constant dense<0> : tensor<i64>
        %0 = stablehlo.dynamic_update_slice %x, %u, %i, %z : (tensor<12x6xf64>, tensor<1x6xf64>, tensor<i64>, tensor<i64>) -> tensor<12x6xf64>
        return %0 : tensor<12x6xf64>
      })",
                 mesh, R"(shard<"a">("x", 0))");
    (void)agrees(R"(
      func.func @main(%x: tensor<12x6xf64> loc("x"), %u: tensor<1x6xf64> loc("u"), %i: tensor<i64> loc("i")) -> tensor<12x6xf64> {
        %z = stablehlo.constant dense<0> : tensor<i64>
        %0 = stablehlo.dynamic_update_slice %x, %u, %i, %z : (tensor<12x6xf64>, tensor<1x6xf64>, tensor<i64>, tensor<i64>) -> tensor<12x6xf64>
        return %0 : tensor<12x6xf64>
      })",
                 mesh, R"(shard<"a">("u", 1))");
  }
}

TEST_CASE("dynamic_slice clamps its start in the whole dim, not in a device's part") {
  for (const char* mesh : {"a=2", "a=3"}) {
    (void)agrees(R"(
      func.func @main(%x: tensor<12x6xf32> loc("x"), %i: tensor<i32> loc("i")) -> (tensor<6x6xf32>, tensor<1x6xf32>) {
        %c = stablehlo.constant dense<9> : tensor<i32>
        %d = stablehlo.constant dense<20> : tensor<i32>
        %z = stablehlo.constant dense<0> : tensor<i32>
        %0 = stablehlo.add %i, %c : tensor<i32>
        %1 = stablehlo.dynamic_slice %x, %0, %z, sizes = [6, 6] : (tensor<12x6xf32>, tensor<i32>, tensor<i32>) -> tensor<6x6xf32>
        %2 = stablehlo.subtract %i, %d : tensor<i32>
        %3 = stablehlo.dynamic_slice %x, %2, %0, sizes = [1, 6] : (tensor<12x6xf32>, tensor<i32>, tensor<i32>) -> tensor<1x6xf32>
        return %1, %3 : tensor<6x6xf32>, tensor<1x6xf32>
      })",
                 mesh, R"(shard<"a">("x", 0))");
  }
}

TEST_CASE("what a scatter adds to counts once, however many devices have updates") {
  const char* const schedules[] = {R"(shard<"a">("u", 0))", R"(shard<"a">("i", 0))", R"(shard<"a">("x", 0))",
                                   R"(shard<"a">("u", 1))"};
  for (const char* schedule : schedules) {
    CAPTURE(schedule);
    for (const char* mesh : {"a=2", "a=3"}) {
      (void)agrees(R"(
        func.func @main(%x: tensor<12x6xf32> loc("x"), %i: tensor<6x1xi32> loc("i"), %u: tensor<6x6xf32> loc("u")) -> tensor<12x6xf32> {
          %0 = "stablehlo.scatter"(%x, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
          ^bb0(%a: tensor<f32>, %b: tensor<f32>):
            %1 = stablehlo.add %a, %b : tensor<f32>
            stablehlo.return %1 : tensor<f32>
          }) : (tensor<12x6xf32>, tensor<6x1xi32>, tensor<6x6xf32>) -> tensor<12x6xf32>
          return %0 : tensor<12x6xf32>
        })",
                   mesh, schedule);
    }
  }
}

TEST_CASE("positions of maxima are not added up over devices") {
  for (const char* mesh : {"a=2", "a=3"}) {
    const auto p = agrees(R"(
      func.func @main(%x: tensor<6x12xf32> loc("x")) -> (tensor<6xf32>, tensor<6xi32>) {
        %p = stablehlo.iota dim = 1 : tensor<6x12xi32>
        %z = stablehlo.constant dense<0xFF800000> : tensor<f32>
        %n = stablehlo.constant dense<0> : tensor<i32>
        %r:2 = "stablehlo.reduce"(%x, %p, %z, %n) <{dimensions = array<i64: 1>}> ({
        ^bb0(%a: tensor<f32>, %i: tensor<i32>, %b: tensor<f32>, %j: tensor<i32>):
          %0 = stablehlo.compare GE, %a, %b, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>
          %1 = stablehlo.select %0, %a, %b : tensor<i1>, tensor<f32>
          %2 = stablehlo.select %0, %i, %j : tensor<i1>, tensor<i32>
          stablehlo.return %1, %2 : tensor<f32>, tensor<i32>
        }) : (tensor<6x12xf32>, tensor<6x12xi32>, tensor<f32>, tensor<i32>) -> (tensor<6xf32>, tensor<6xi32>)
        return %r#0, %r#1 : tensor<6xf32>, tensor<6xi32>
      })",
                          mesh, R"(shard<"a">("x", 1))");
    CHECK(count(p, collective_kind::all_reduce) == 0);
  }
}

TEST_CASE("an initial value that is no identity counts once") {
  for (const char* init : {"dense<1.0> : tensor<f32>", "dense<-3.5> : tensor<f32>"}) {
    for (const char* reducer : {"add", "multiply", "maximum", "minimum"}) {
      CAPTURE(init);
      CAPTURE(reducer);
      for (const char* mesh : {"a=2", "a=3", "a=2,b=3"}) {
        (void)agrees("func.func @main(%x: tensor<12x6xf32> loc(\"x\")) -> tensor<6xf32> {\n  %z = stablehlo.constant " +
                         std::string(init) + "\n  %0 = stablehlo.reduce(%x init: %z) applies stablehlo." + reducer +
                         " across dimensions = [0] : (tensor<12x6xf32>, tensor<f32>) -> tensor<6xf32>\n" +
                         "  return %0 : tensor<6xf32>\n}\n",
                     mesh, R"(shard<"a">("x", 0))");
      }
    }
  }
  // Known only when the program runs.
  (void)agrees(R"(
    func.func @main(%x: tensor<12x6xf32> loc("x"), %z: tensor<f32> loc("z")) -> tensor<6xf32> {
      %0 = stablehlo.reduce(%x init: %z) applies stablehlo.add across dimensions = [0] : (tensor<12x6xf32>, tensor<f32>) -> tensor<6xf32>
      return %0 : tensor<6xf32>
    })",
               "a=2", R"(shard<"a">("x", 0))");
}

TEST_CASE("partial values are combined before they are tiled over the axis of the sum") {
  for (const char* mesh : {"a=2", "a=3"}) {
    const auto p = agrees(R"(
      func.func @main(%x: tensor<6x12xf32> loc("x"), %w: tensor<12x6xf32> loc("w"), %y: tensor<6x6xf32> loc("y")) -> tensor<6x6xf32> {
        %0 = stablehlo.dot_general %x, %w, contracting_dims = [1] x [0] : (tensor<6x12xf32>, tensor<12x6xf32>) -> tensor<6x6xf32>
        %1 = stablehlo.multiply %0, %y : tensor<6x6xf32>
        return %1 : tensor<6x6xf32>
      })",
                          mesh, R"(shard<"a">("x", 1) >> shard<"a">("y", 0))");
    CHECK(count(p, collective_kind::reduce_scatter) + count(p, collective_kind::all_reduce) == 1);
  }
}

TEST_CASE("a reshape follows a split only where the parts are whole rows") {
  for (const char* mesh : {"a=4", "a=8", "a=2,b=4", "a=4,b=2"}) {
    for (const char* schedule : {R"(shard<"a">("x", 0))", R"(shard<"a">("y", 0))", R"(shard<"a">("y", 1))",
                                 R"(shard<"a">("x", 0) * shard<"a">("y", 1))"}) {
      CAPTURE(schedule);
      (void)agrees(R"(
        func.func @main(%x: tensor<48x2xf32> loc("x"), %y: tensor<6x8x2xf32> loc("y")) -> (tensor<6x8x2xf32>, tensor<48x2xf32>) {
          %0 = stablehlo.reshape %x : (tensor<48x2xf32>) -> tensor<6x8x2xf32>
          %1 = stablehlo.add %0, %y : tensor<6x8x2xf32>
          %2 = stablehlo.reshape %1 : (tensor<6x8x2xf32>) -> tensor<48x2xf32>
          %3 = stablehlo.tanh %2 : tensor<48x2xf32>
          return %1, %3 : tensor<6x8x2xf32>, tensor<48x2xf32>
        })",
                   mesh, schedule);
    }
  }
}

TEST_CASE("operands that are joined along a split dim keep their order") {
  for (const char* mesh : {"a=2", "a=3"}) {
    for (const char* schedule :
         {R"(shard<"a">("x", 0))", R"(shard<"a">("x", 0) * shard<"a">("y", 0))", R"(shard<"a">("y", 1))"}) {
      CAPTURE(schedule);
      (void)agrees(R"(
        func.func @main(%x: tensor<6x6xf32> loc("x"), %y: tensor<12x6xf32> loc("y")) -> tensor<18x6xf32> {
          %0 = stablehlo.concatenate %x, %y, dim = 0 : (tensor<6x6xf32>, tensor<12x6xf32>) -> tensor<18x6xf32>
          %1 = stablehlo.tanh %0 : tensor<18x6xf32>
          return %1 : tensor<18x6xf32>
        })",
                   mesh, schedule);
    }
  }
}

TEST_CASE("ops that look at neighbours do so beyond a device's part") {
  for (const char* mesh : {"a=2", "a=3"}) {
    for (const char* op :
         {"stablehlo.reverse %x, dims = [0] : tensor<12x6xf32>",
          "stablehlo.pad %x, %z, low = [2, 0], high = [-2, 0], interior = [0, 0] : (tensor<12x6xf32>, tensor<f32>) -> "
          "tensor<12x6xf32>",
          "\"stablehlo.sort\"(%x) <{dimension = 0 : i64}> ({\n^bb0(%a: tensor<f32>, %b: tensor<f32>):\n"
          "  %c = stablehlo.compare LT, %a, %b, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>\n"
          "  stablehlo.return %c : tensor<i1>\n}) : (tensor<12x6xf32>) -> tensor<12x6xf32>",
          "\"stablehlo.reduce_window\"(%x, %z) <{window_dimensions = array<i64: 12, 1>, padding = dense<[[11, 0], [0, "
          "0]]> : tensor<2x2xi64>}> ({\n^bb0(%a: tensor<f32>, %b: tensor<f32>):\n  %c = stablehlo.add %a, %b : "
          "tensor<f32>\n  stablehlo.return %c : tensor<f32>\n}) : (tensor<12x6xf32>, tensor<f32>) -> "
          "tensor<12x6xf32>"}) {
      CAPTURE(op);
      (void)agrees(
          "func.func @main(%x: tensor<12x6xf32> loc(\"x\"), %z: tensor<f32> loc(\"z\")) -> tensor<12x6xf32> {\n  %0 "
          "= " +
              std::string(op) + "\n  %1 = stablehlo.iota dim = 0 : tensor<12x6xf32>\n" +
              "  %2 = stablehlo.multiply %0, %1 : tensor<12x6xf32>\n  return %2 : tensor<12x6xf32>\n}\n",
          mesh, R"(shard<"a">("x", 0))");
    }
  }
}

TEST_CASE("a convolution with groups does not gather its batch") {
  constexpr std::string_view by_features = R"(
    func.func @main(%x: tensor<6x8x12xf32> loc("x"), %k: tensor<3x2x12xf32> loc("k")) -> tensor<6x6x12xf32> {
      %0 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} {batch_group_count = 1 : i64, feature_group_count = 6 : i64} : (tensor<6x8x12xf32>, tensor<3x2x12xf32>) -> tensor<6x6x12xf32>
      return %0 : tensor<6x6x12xf32>
    })";
  for (const char* mesh : {"a=2", "a=3"}) {
    // By batch, and by groups of features.
    for (const char* schedule : {R"(shard<"a">("x", 0))", R"(shard<"a">("x", 2))"}) {
      CAPTURE(schedule);
      const auto p = agrees(by_features, mesh, schedule);
      for (std::size_t kind = 0; kind < collective_kinds; ++kind) {
        if (static_cast<collective_kind>(kind) != collective_kind::all_slice)
          CHECK(p.total().collectives[kind].count == 0);
      }
    }
    // Groups of the batch are the major part of it.
    const auto p = agrees(R"(
      func.func @main(%x: tensor<36x8x6xf32> loc("x"), %k: tensor<3x6x12xf32> loc("k")) -> tensor<6x6x12xf32> {
        %0 = stablehlo.convolution(%x, %k) dim_numbers = [b, 0, f]x[0, i, o]->[b, 0, f], window = {} {batch_group_count = 6 : i64, feature_group_count = 1 : i64} : (tensor<36x8x6xf32>, tensor<3x6x12xf32>) -> tensor<6x6x12xf32>
        return %0 : tensor<6x6x12xf32>
      })",
                          mesh, R"(shard<"a">("x", 0))");
    CHECK(count(p, collective_kind::all_gather) == 0);
    CHECK(count(p, collective_kind::all_reduce) == 0);
  }
}
