// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Collectives over groups of device numbers: which devices form groups, in which order values combine, and what
// becomes of devices outside. Expected values by hand, from the StableHLO specification, section Process groups.

#include <cmath>
#include <limits>

#include "../device_testing.hpp"

using namespace partita;
using namespace partita::testing;

namespace {

// Device d of a 2 x 2 grid (replicas x partitions) brings 10^d, so that a sum shows who took part.
const per_device powers{{1}, {10}, {100}, {1000}};

std::string reduction(const std::string& type, const std::string& body, const std::string& attributes,
                      std::string scalar = "") {
  if (scalar.empty()) scalar = "tensor<" + type.substr(type.find('x') + 1);
  return "func.func @main(%x: " + type + ") -> " + type +
         " {\n %y = \"stablehlo.all_reduce\"(%x) ({\n ^bb0(%a: " + scalar + ", %b: " + scalar + "):\n" + body +
         "\n  stablehlo.return %c : " + scalar + "\n }) {" + attributes + "} : (" + type + ") -> " + type +
         "\n return %y : " + type + "\n}\n";
}
std::string sum(const std::string& attributes) {
  return reduction("tensor<1xi64>", "%c = stablehlo.add %a, %b : tensor<i64>", attributes);
}
const std::string channel = ", channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>";

}  // namespace

TEST_CASE("all_reduce: what replica_groups number depends on channel and use_global_device_ids") {
  const device_grid grid{2, 2, {}};
  CHECK(run_text(sum("replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>"), grid, powers) ==
        per_device{{101}, {1010}, {101}, {1010}});
  CHECK(run_text(sum("replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>" + channel), grid, powers) ==
        per_device{{1111}, {1111}, {1111}, {1111}});
  CHECK(run_text(sum("replica_groups = dense<[[0], [1]]> : tensor<2x1xi64>" + channel), grid, powers) ==
        per_device{{11}, {11}, {1100}, {1100}});
  CHECK(run_text(sum("replica_groups = dense<[[0, 3], [1, 2]]> : tensor<2x2xi64>, use_global_device_ids" + channel),
                 grid, powers) == per_device{{1001}, {110}, {110}, {1001}});
}

TEST_CASE("all_reduce: no groups means one of all replicas, and -1 fills up") {
  CHECK(run_text(sum("replica_groups = dense<> : tensor<0x0xi64>"), {2, 2, {}}, powers) ==
        per_device{{101}, {1010}, {101}, {1010}});
  CHECK(run_text(sum("replica_groups = dense<[[0, 2, 3], [1, -1, -1]]> : tensor<2x3xi64>"), {4, 1, {}}, powers) ==
        per_device{{1101}, {10}, {1101}, {1101}});
}

TEST_CASE("all_reduce: values combine in the order of the group, alike on all devices") {
  const auto difference = [](const std::string& groups) {
    return reduction("tensor<1xi64>", "%c = stablehlo.subtract %a, %b : tensor<i64>", "replica_groups = " + groups);
  };
  CHECK(run_text(difference("dense<[[0, 1]]> : tensor<1x2xi64>"), {2, 1, {}}, {{7}, {5}}) == per_device{{2}, {2}});
  CHECK(run_text(difference("dense<[[1, 0]]> : tensor<1x2xi64>"), {2, 1, {}}, {{7}, {5}}) == per_device{{-2}, {-2}});
  // Between 256 and 512 bf16 has the even numbers: 256 + 1 is 256, but 1 + 1 + 256 is 258.
  const auto narrow = [](const std::string& groups) {
    return reduction("tensor<1xbf16>", "%c = stablehlo.add %a, %b : tensor<bf16>", "replica_groups = " + groups);
  };
  const per_device parts{{256}, {1}, {1}};
  const std::string up = narrow("dense<[[0, 1, 2]]> : tensor<1x3xi64>"),
                    down = narrow("dense<[[1, 2, 0]]> : tensor<1x3xi64>");
  CHECK(run_text(up, {3, 1, {}}, parts) == per_device{{256}, {256}, {256}});
  CHECK(run_text(down, {3, 1, {}}, parts) == per_device{{258}, {258}, {258}});
  CHECK(run_text(up, {3, 1, {}}, parts, numerics::widened) == per_device{{258}, {258}, {258}});
}

TEST_CASE("all_reduce: any region combines") {
  const std::string groups = "replica_groups = dense<[[0, 1, 2]]> : tensor<1x3xi64>";
  const std::string weighted = "%two = stablehlo.constant dense<2> : tensor<i64>\n %d = stablehlo.multiply %two, %b : "
                               "tensor<i64>\n %c = stablehlo.add %a, %d : tensor<i64>";
  CHECK(run_text(reduction("tensor<2xi64>", weighted, groups), {3, 1, {}}, {{1, 2}, {10, 20}, {100, 200}}) ==
        per_device{{221, 442}, {221, 442}, {221, 442}});
  // A region with a region of its own is executed for each element.
  const std::string branching = "%p = stablehlo.compare GT, %a, %b : (tensor<i64>, tensor<i64>) -> tensor<i1>\n"
                                "%c = \"stablehlo.if\"(%p) ({\n stablehlo.return %a : tensor<i64>\n }, {\n"
                                " stablehlo.return %b : tensor<i64>\n }) : (tensor<i1>) -> tensor<i64>";
  CHECK(run_text(reduction("tensor<2xi64>", branching, groups), {3, 1, {}}, {{1, 9}, {5, 2}, {3, 4}}) ==
        per_device{{5, 9}, {5, 9}, {5, 9}});
}

TEST_CASE("all_reduce: a NaN of any device is the maximum") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto results = run_text(reduction("tensor<2xf32>", "%c = stablehlo.maximum %a, %b : tensor<f32>",
                                          "replica_groups = dense<[[0, 1, 2]]> : tensor<1x3xi64>"),
                                {3, 1, {}}, {{1, 1}, {nan, 3}, {2, 2}});
  for (const doubles& r : results) {
    CHECK(std::isnan(r[0]));
    CHECK(r[1] == 3);
  }
}

TEST_CASE("all_reduce: a region of a larger type takes the elements there first") {
  const std::string text = R"(func.func @main(%x: tensor<1xi8>) -> tensor<1xi32> {
    %y = "stablehlo.all_reduce"(%x) ({
    ^bb0(%a: tensor<i32>, %b: tensor<i32>):
      %c = stablehlo.add %a, %b : tensor<i32>
      stablehlo.return %c : tensor<i32>
    }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<1xi8>) -> tensor<1xi32>
    return %y : tensor<1xi32>
  })";
  CHECK(run_text(text, {2, 1, {}}, {{100}, {100}}) == per_device{{200}, {200}});
}

TEST_CASE("reduce_scatter and all_gather: sizes that only the data knows") {
  const std::string scatter = R"(func.func @main(%x: tensor<?xi64>) -> tensor<?xi64> {
    %y = "stablehlo.reduce_scatter"(%x) ({
    ^bb0(%a: tensor<i64>, %b: tensor<i64>):
      %c = stablehlo.add %a, %b : tensor<i64>
      stablehlo.return %c : tensor<i64>
    }) {scatter_dimension = 0 : i64, replica_groups = dense<[[1, 0]]> : tensor<1x2xi64>}
      : (tensor<?xi64>) -> tensor<?xi64>
    return %y : tensor<?xi64>
  })";
  CHECK(run_text(scatter, {2, 1, {}}, {{1, 2}, {10, 20}}, numerics::own, {}, {2}) == per_device{{22}, {11}});
  CHECK(contains(message_of([&] {
                   (void)run_text(scatter, {2, 1, {}}, {{1, 2, 3}, {1, 2, 3}}, numerics::own, {}, {3});
                 }),
                 "dim 0 of tensor<3xi64> cannot be split among 2 devices"));
  const std::string gather = R"(func.func @main(%x: tensor<2x?xi64>) -> tensor<2x?xi64> {
    %y = "stablehlo.all_gather"(%x) {all_gather_dim = 1 : i64, replica_groups = dense<[[1, 0]]> : tensor<1x2xi64>}
      : (tensor<2x?xi64>) -> tensor<2x?xi64>
    return %y : tensor<2x?xi64>
  })";
  CHECK(run_text(gather, {2, 1, {}}, {{1, 2}, {3, 4}}, numerics::own, {}, {2, 1}) ==
        per_device{{3, 1, 4, 2}, {3, 1, 4, 2}});
  CHECK(run_text(gather, {2, 1, {}}, {{}, {}}, numerics::own, {}, {2, 0}) == per_device{{}, {}});
}

TEST_CASE("a result of another size than the program says is refused") {
  // With a channel each entry stands for all partitions of a replica: groups have 4 devices, not 2.
  const std::string text = R"(func.func @main(%x: tensor<1xi64>) -> tensor<2xi64> {
    %y = "stablehlo.all_gather"(%x) {all_gather_dim = 0 : i64, replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>,
      channel_handle = #stablehlo.channel_handle<handle = 1, type = 0>} : (tensor<1xi64>) -> tensor<2xi64>
    return %y : tensor<2xi64>
  })";
  CHECK(contains(message_of([&] { (void)run_text(text, {2, 2, {}}, powers); }),
                 "with 4 devices in a group the result is tensor<4xi64>, but the program says tensor<2xi64>"));
}

TEST_CASE("all_to_all: the group's order decides who gets which part") {
  const std::string text = R"(func.func @main(%x: tensor<4xi64>) -> tensor<4xi64> {
    %y = "stablehlo.all_to_all"(%x) {split_dimension = 0 : i64, concat_dimension = 0 : i64, split_count = 2 : i64,
      replica_groups = dense<[[1, 0]]> : tensor<1x2xi64>} : (tensor<4xi64>) -> tensor<4xi64>
    return %y : tensor<4xi64>
  })";
  // Device 1 is first: it gets first parts, from itself and then from device 0.
  CHECK(run_text(text, {2, 1, {}}, {{1, 2, 3, 4}, {5, 6, 7, 8}}) == per_device{{7, 8, 3, 4}, {5, 6, 1, 2}});
}

TEST_CASE("collective_permute: replicas without a channel, partitions with one; no source means zeros") {
  const auto text = [](const std::string& handle) {
    return "func.func @main(%x: tensor<1xi64>) -> tensor<1xi64> {\n %y = \"stablehlo.collective_permute\"(%x) "
           "{source_target_pairs = dense<[[0, 1]]> : tensor<1x2xi64>" +
           handle +
           "} : (tensor<1xi64>) -> tensor<1xi64>\n"
           " return %y : tensor<1xi64>\n}";
  };
  CHECK(run_text(text(""), {2, 2, {}}, powers) == per_device{{0}, {0}, {1}, {10}});
  CHECK(run_text(text(channel), {2, 2, {}}, powers) == per_device{{0}, {1}, {0}, {100}});
  CHECK(run_text(text(""), {4, 1, {}}, powers) == per_device{{0}, {1}, {0}, {0}});
}

TEST_CASE("collective_broadcast: members must name one root") {
  const auto m = stablehlo::read<device_ops>(R"(func.func @main(%x: tensor<1xi64>, %r: tensor<1xi32>) -> tensor<1xi64> {
    %y = "stablehlo.collective_broadcast"(%x, %r) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>, has_dynamic_root}
      : (tensor<1xi64>, tensor<1xi32>) -> tensor<1xi64>
    return %y : tensor<1xi64>
  })", "test");
  const program p(m.entry());
  const auto run = [&](double first, double second) {
    const auto of = [](double x, double root) {
      return std::vector<array>{array_of(element_type::i64, {1}, {x}), array_of(element_type::i32, {1}, {root})};
    };
    return values_of(interpret::run_on_devices(p, {2, 1, {}}, {of(3, first), of(4, second)})[0][0]);
  };
  CHECK(run(0, 0) == doubles{3});
  CHECK(run(1, 1) == doubles{4});
  CHECK(contains(message_of([&] { (void)run(0, 1); }), "name different roots"));
  CHECK(contains(message_of([&] { (void)run(2, 2); }), "the root 2 is no place in a group of 2 devices"));
}
