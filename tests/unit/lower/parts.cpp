// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What is communicated where an op combines itself what devices made of their parts: their results, never the operand.
// That the values are right is shown by execution, see tests/conformance/rule_soundness.cpp.

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/stablehlo.hpp>
#include <partita/tactic/parse_schedule.hpp>

namespace {

using namespace partita;

graph text(std::string_view signature, std::string_view body) {
  return stablehlo::read("func.func public @main" + std::string(signature) + " {\n" + std::string(body) + "\n}\n")
      .entry();
}

local_program<graph::ops> lowered(const graph& g, std::string_view mesh, std::string_view schedule) {
  return with_schedule(g, parse_mesh(mesh), parse_schedule(schedule, "test"), [](const auto& p) { return p.lower(); });
}

std::vector<std::int64_t> bytes(const local_program<graph::ops>& p) {
  std::vector<std::int64_t> all;
  for (const collective& c : p.collectives) {
    if (c.kind != collective_kind::all_slice) all.push_back(c.bytes);
  }
  return all;
}

// Greedy decoding's last step: for each of 8 sequences the most probable of 32000 tokens.
graph most_probable(const std::string& region) {
  return text("(%logits: tensor<8x32000xf32>) -> tensor<8xi32>",
              "%i = stablehlo.iota dim = 1 : tensor<8x32000xi32>\n"
              "%z = stablehlo.constant dense<0xFF800000> : tensor<f32>\n"
              "%n = stablehlo.constant dense<0> : tensor<i32>\n"
              "%r:2 = \"stablehlo.reduce\"(%logits, %i, %z, %n) <{dimensions = array<i64: 1>}> ({\n"
              "^bb0(%x: tensor<f32>, %j: tensor<i32>, %y: tensor<f32>, %k: tensor<i32>):\n" +
                  region +
                  "}) : (tensor<8x32000xf32>, tensor<8x32000xi32>, tensor<f32>, tensor<i32>) -> (tensor<8xf32>, "
                  "tensor<8xi32>)\nreturn %r#1 : tensor<8xi32>");
}
constexpr const char* larger =
    "%c = stablehlo.compare GE, %x, %y, FLOAT : (tensor<f32>, tensor<f32>) -> tensor<i1>\n"
    "%v = stablehlo.select %c, %x, %y : tensor<i1>, tensor<f32>\n"
    "%p = stablehlo.select %c, %j, %k : tensor<i1>, tensor<i32>\n"
    "stablehlo.return %v, %p : tensor<f32>, tensor<i32>\n";

graph cumulative(std::string_view padding) {
  return text("(%a: tensor<8x1200xf32>) -> tensor<8x1200xf32>",
              "%z = stablehlo.constant dense<0.0> : tensor<f32>\n"
              "%r = \"stablehlo.reduce_window\"(%a, %z) <{window_dimensions = array<i64: 1, 1200>, padding = dense<" +
                  std::string(padding) +
                  "> : tensor<2x2xi64>}> ({\n"
                  "^bb0(%x: tensor<f32>, %y: tensor<f32>):\n"
                  "%s = stablehlo.add %x, %y : tensor<f32>\n"
                  "stablehlo.return %s : tensor<f32>\n"
                  "}) : (tensor<8x1200xf32>, tensor<f32>) -> tensor<8x1200xf32>\nreturn %r : tensor<8x1200xf32>");
}

}  // namespace

TEST_CASE("the largest of a split dim: devices send what they found, the value and its place") {
  const auto p = lowered(most_probable(larger), "model=4", "shard<\"model\">(\"arg0\", 1)");
  CHECK(count_collectives(p) == all_gather * 2);
  CHECK(bytes(p) == std::vector<std::int64_t>{8 * 4 * 4, 8 * 4 * 4});  // sequences, devices, bytes of a number
  CHECK(p.results[0].is_whole());
}

TEST_CASE("a dim that two axes split is gathered once over both") {
  const auto p = lowered(most_probable(larger), "a=2,b=4", "shard<\"a\">(\"arg0\", 1) >> shard<\"b\">(\"arg0\", 1)");
  CHECK(count_collectives(p) == all_gather * 2);
  for (const collective& c : p.collectives) {
    if (c.kind == collective_kind::all_gather) CHECK(c.axes == 3);
  }
}

TEST_CASE("sequences stay where they are while their dim is split") {
  const auto p = lowered(most_probable(larger), "batch=2,model=4",
                         "shard<\"batch\">(\"arg0\", 0) >> shard<\"model\">(\"arg0\", 1)");
  CHECK(bytes(p) == std::vector<std::int64_t>{4 * 4 * 4, 4 * 4 * 4});
  CHECK(p.results[0].axes_of(0) == axis_list{0});
}

TEST_CASE("a region that makes new values of what it combines sees the whole dim") {
  const auto p = lowered(most_probable("%v = stablehlo.subtract %x, %y : tensor<f32>\n"
                                       "stablehlo.return %v, %j : tensor<f32>, tensor<i32>\n"),
                         "model=4", "shard<\"model\">(\"arg0\", 1)");
  CHECK(bytes(p) == std::vector<std::int64_t>{8 * 32000 * 4});
}

TEST_CASE("the cause of such a gather is the op, by the tactic that split it") {
  const auto made = partition(most_probable(larger), parse_mesh("model=4"),
                              parse_schedule("MP = shard<\"model\">(\"arg0\", 1)\nMP\n", "test"), tpu_v3);
  std::size_t gathers = 0;
  for (const collective_report& c : made.collectives) {
    if (c.kind != collective_kind::all_gather) continue;
    ++gathers;
    CHECK(c.tactic == "MP");
    CHECK(c.because == "reduce: combines results of parts over model, split by MP");
  }
  CHECK(gathers == 2);
}

TEST_CASE("the k largest: k values and places of each device, or all that it has") {
  const auto with = [](std::int64_t k) {
    const std::string n = std::to_string(k);
    return text("(%a: tensor<8x1200xf32>) -> (tensor<8x" + n + "xf32>, tensor<8x" + n + "xi32>)",
                "%r:2 = chlo.top_k(%a, k = " + n + ") : tensor<8x1200xf32> -> (tensor<8x" + n + "xf32>, tensor<8x" + n +
                    "xi32>)\nreturn %r#0, %r#1 : tensor<8x" + n + "xf32>, tensor<8x" + n + "xi32>");
  };
  const auto sent = [&](std::int64_t k) { return bytes(lowered(with(k), "m=4", "shard<\"m\">(\"arg0\", 1)")); };
  CHECK(sent(5) == std::vector<std::int64_t>{8 * 4 * 5 * 4, 8 * 4 * 5 * 4});
  CHECK(sent(700) == std::vector<std::int64_t>{8 * 1200 * 4, 8 * 1200 * 4});
}

TEST_CASE("cumulative sums: one total of each device, and the results stay split") {
  for (const char* padding : {"[[0, 0], [1199, 0]]", "[[0, 0], [0, 1199]]"}) {
    const auto p = lowered(cumulative(padding), "m=4", "shard<\"m\">(\"arg0\", 1)");
    CHECK(bytes(p) == std::vector<std::int64_t>{8 * 4 * 4});
    CHECK(p.results[0].axes_of(1) == axis_list{0});
  }
}

TEST_CASE("windows that end elsewhere see the whole dim") {
  for (const char* padding : {"[[0, 0], [1198, 1]]", "[[0, 0], [600, 599]]"}) {
    CAPTURE(padding);
    CHECK(bytes(lowered(cumulative(padding), "m=4", "shard<\"m\">(\"arg0\", 1)")) ==
          std::vector<std::int64_t>{8 * 1200 * 4});
  }
}
