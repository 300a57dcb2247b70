// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Virtual devices: what cannot go on is an error that names devices and ops, and neither results nor errors depend on
// the order in which devices are advanced or on threads.

#include "device_testing.hpp"

using namespace partita;
using namespace partita::testing;

namespace {

std::string sum(const std::string& name, const std::string& groups, const std::string& reducer = "add") {
  return "func.func @" + name +
         "(%x: tensor<1xi64>) -> tensor<1xi64> {\n"
         "  %y = \"stablehlo.all_reduce\"(%x) ({\n  ^bb0(%a: tensor<i64>, %b: tensor<i64>):\n"
         "    %c = stablehlo." +
         reducer +
         " %a, %b : tensor<i64>\n    stablehlo.return %c : tensor<i64>\n"
         "  }) {replica_groups = dense<" +
         groups + "> : tensor<1x2xi64>} : (tensor<1xi64>) -> tensor<1xi64> loc(\"" + name +
         "/sum\")\n  return %y : tensor<1xi64>\n}\n";
}
std::string gather(const std::string& name, const std::string& groups, const std::string& channel = "") {
  return "func.func @" + name + "(%x: tensor<1xi64>) -> tensor<2xi64> {\n"
         "  %y = \"stablehlo.all_gather\"(%x) {all_gather_dim = 0 : i64, replica_groups = dense<" + groups +
         "> : tensor<1x2xi64>" + channel + "} : (tensor<1xi64>) -> tensor<2xi64> loc(\"" + name + "/gather\")\n"
         "  return %y : tensor<2xi64>\n}\n";
}
std::string nothing(const std::string& name) {
  return "func.func @" + name + "(%x: tensor<1xi64>) -> tensor<1xi64> {\n  return %x : tensor<1xi64>\n}\n";
}

// Runs the functions @d0, @d1, ... side by side, as replicas; device d brings d + 1. Returns results or the error.
std::string run_side_by_side(const std::string& text, std::uint32_t count, const run_options& options = {}) {
  return message_of([&] {
    const auto m = stablehlo::read<device_ops>(text, "test");
    std::vector<program> all;
    for (std::uint32_t d = 0; d < count; ++d) all.emplace_back(m.find("d" + std::to_string(d))->graph);
    std::vector<const program*> programs;
    std::vector<std::vector<array>> arguments;
    for (std::uint32_t d = 0; d < count; ++d) {
      programs.push_back(&all[d]);
      arguments.push_back({array_of(element_type::i64, {1}, {d + 1.0})});
    }
    interpret::devices devices(programs, {count, 1, {}}, numerics::own, options);
    std::string results;
    for (const auto& of_device : devices.run(std::move(arguments))) {
      for (const double x : values_of(of_device[0])) results += std::to_string(static_cast<int>(x)) + " ";
    }
    throw error(results);
  });
}

}  // namespace

TEST_CASE("devices: different programs meet at collectives that agree") {
  CHECK(run_side_by_side(sum("d0", "[[0, 1]]") + sum("d1", "[[0, 1]]"), 2) == "3 3 ");
  CHECK(run_side_by_side(gather("d0", "[[1, 0]]") + gather("d1", "[[1, 0]]"), 2) == "2 1 2 1 ");
}

TEST_CASE("devices: a device that ends without joining is named") {
  const std::string text = run_side_by_side(sum("d0", "[[0, 1]]") + nothing("d1"), 2);
  CHECK(contains(text, "no device can go on"));
  CHECK(contains(text, "device 0 waits at stablehlo.all_reduce (d0/sum) with devices 0, 1: device 1 has finished"));
}

TEST_CASE("devices: different ops, channels, groups, reducers and shapes do not meet") {
  std::string text = run_side_by_side(sum("d0", "[[0, 1]]") + gather("d1", "[[0, 1]]"), 2);
  CHECK(contains(text, "device 0 waits at stablehlo.all_reduce (d0/sum) with devices 0, 1: device 1 waits at "
                       "stablehlo.all_gather (d1/gather)"));
  CHECK(contains(text, "device 1 waits at stablehlo.all_gather (d1/gather) with devices 0, 1: device 0 waits at "
                       "stablehlo.all_reduce (d0/sum)"));
  text = run_side_by_side(
      gather("d0", "[[0, 1]]") +
          gather("d1", "[[0, 1]]", ", channel_handle = #stablehlo.channel_handle<handle = 7, type = 1>"),
      2);
  CHECK(contains(text, "device 1 waits on channel 7, not 0"));
  CHECK(contains(run_side_by_side(gather("d0", "[[0, 1]]") + gather("d1", "[[1, 0]]"), 2),
                 "device 1 waits with devices 1, 0"));
  CHECK(contains(run_side_by_side(sum("d0", "[[0, 1]]") + sum("d1", "[[0, 1]]", "maximum"), 2),
                 "device 1 combines values otherwise"));
  const std::string longer =
      "func.func @d1(%x: tensor<1xi64>) -> tensor<2xi64> {\n  %l = stablehlo.constant dense<0> : "
      "tensor<2xi64>\n  %y = \"stablehlo.all_reduce\"(%l) ({\n  ^bb0(%a: tensor<i64>, %b: "
      "tensor<i64>):\n    %c = stablehlo.add %a, %b : tensor<i64>\n    stablehlo.return %c : "
      "tensor<i64>\n  }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<2xi64>) -> "
      "tensor<2xi64>\n  return %y : tensor<2xi64>\n}\n";
  CHECK(contains(run_side_by_side(sum("d0", "[[0, 1]]") + longer, 2),
                 "operand 0 of device 1 is tensor<2xi64>, not tensor<1xi64>"));
}

TEST_CASE("devices: groups must hold each device, and no other") {
  CHECK(contains(run_side_by_side(sum("d0", "[[0, 1]]") + sum("d1", "[[0, 1]]") + sum("d2", "[[0, 1]]"), 3),
                 "all_reduce (d2/sum) on device 2: device 2 is in none of its groups"));
  CHECK(contains(run_side_by_side(sum("d0", "[[0, 1]]"), 1), "name number 1, but there are only 1"));
}

TEST_CASE("devices: trip counts that differ leave a device waiting") {
  // Device d goes d + 1 times through a loop with a sum in it.
  const std::string loop = R"(func.func @main(%x: tensor<i64>) -> tensor<i64> {
    %zero = stablehlo.constant dense<0> : tensor<i64>
    %one = stablehlo.constant dense<1> : tensor<i64>
    %r:2 = stablehlo.while(%i = %zero, %s = %x) : tensor<i64>, tensor<i64>
      cond {
        %p = stablehlo.compare LT, %i, %x : (tensor<i64>, tensor<i64>) -> tensor<i1>
        stablehlo.return %p : tensor<i1>
      } do {
        %t = "stablehlo.all_reduce"(%s) ({
        ^bb0(%a: tensor<i64>, %b: tensor<i64>):
          %c = stablehlo.add %a, %b : tensor<i64>
          stablehlo.return %c : tensor<i64>
        }) {replica_groups = dense<[[0, 1]]> : tensor<1x2xi64>} : (tensor<i64>) -> tensor<i64>
        %n = stablehlo.add %i, %one : tensor<i64>
        stablehlo.return %n, %t : tensor<i64>, tensor<i64>
      }
    return %r#1 : tensor<i64>
  })";
  CHECK(run_text(loop, {2, 1, {}}, {{3}, {3}}) == per_device{{24}, {24}});  // 3 -> 6 -> 12 -> 24
  CHECK(contains(message_of([&] {
                   (void)run_text(loop, {2, 1, {}}, {{1}, {2}});
                 }),
                 "device 0 has finished without it"));
}

TEST_CASE("devices: results and errors are the same in every order and with threads") {
  const std::string pairs = "[[0, 1], [2, 3]]";
  const auto wide = [](std::string text) {
    for (std::size_t at; (at = text.find("1x2xi64")) != std::string::npos;) text.replace(at, 3, "2x2");
    return text;
  };
  std::string good, bad;
  for (int d = 0; d < 4; ++d) good += wide(sum("d" + std::to_string(d), pairs));
  bad = wide(sum("d0", pairs)) + wide(gather("d1", pairs)) + wide(sum("d2", pairs)) + nothing("d3");
  const std::string expected = run_side_by_side(bad, 4);
  CHECK(contains(expected, "device 1 waits at stablehlo.all_gather"));
  CHECK(contains(expected, "device 3 has finished"));
  for (const unsigned threads : {1u, 2u, 3u}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      CAPTURE(threads);
      CAPTURE(seed);
      CHECK(run_side_by_side(good, 4, {threads, seed, {}}) == "3 3 7 7 ");
      CHECK(run_side_by_side(bad, 4, {threads, seed, {}}) == expected);
    }
  }
}

TEST_CASE("devices: the grid, its mesh, programs and arguments must fit together") {
  const auto m = stablehlo::read<device_ops>(nothing("main"), "test");
  const program p(m.entry());
  const std::vector<array> one{array_of(element_type::i64, {1}, {1})};
  const auto failure = [&](const device_grid& grid, std::size_t arguments) {
    return message_of([&] {
      (void)interpret::run_on_devices(p, grid, std::vector<std::vector<array>>(arguments, one));
    });
  };
  CHECK(contains(failure({0, 1, {}}, 1), "at least one device"));
  CHECK(contains(failure({2, 2, {}}, 3), "a grid of 4 devices needs arguments for each, not for 3"));
  CHECK(contains(failure({1, 2, {}}, 3), "arguments for 3 devices were given, but there are 2"));
  CHECK(contains(failure({1, 4, {2, 3}}, 4), "product of the mesh axes must be the number of partitions, 4"));
  CHECK(contains(failure({1, 4, {0, 4}}, 4), "a mesh axis has a wrong size"));
}

TEST_CASE("a collective on one device alone says what it needs") {
  const auto m = stablehlo::read<device_ops>(sum("main", "[[0, 1]]"), "test");
  CHECK(contains(message_of([&] {
                   (void)interpret::run(program(m.entry()), {array_of(element_type::i64, {1}, {1})});
                 }),
                 "a collective needs devices"));
}

TEST_CASE("run_parallel: programs, operands and results must fit together") {
  const auto failure = [](const std::string& programs, const std::string& operands, const std::string& types) {
    const std::string text =
        "func.func private @f(%x: tensor<1xi64>) -> tensor<1xi64> {\n  return %x : tensor<1xi64>\n}\n"
        "func.func @main(%a: tensor<1xi64>, %b: tensor<2xi64>) -> tensor<1xi64> {\n"
        "  %r = \"interpreter.run_parallel\"(" +
        operands + ") {programs = " + programs + "} : (" + types + ") -> tensor<1xi64>\n  return %r : tensor<1xi64>\n}";
    return message_of([&] {
      const auto m = stablehlo::read<device_ops>(text, "test");
      const interpret::program_set functions(m);
      const auto results = interpret::run(
          *functions.find("main"), {array_of(element_type::i64, {1}, {5}), array_of(element_type::i64, {2}, {6, 7})},
          numerics::own, &functions);
      throw error("result " + std::to_string(static_cast<int>(values_of(results[0])[0])));
    });
  };
  CHECK(failure("[[@f]]", "%a", "tensor<1xi64>") == "result 5");
  CHECK(contains(failure("[[@g]]", "%a", "tensor<1xi64>"), "the module has no function @g"));
  CHECK(contains(failure("[[@f], [@f, @f]]", "%a", "tensor<1xi64>"), "programs must be a matrix of functions"));
  CHECK(contains(failure("[[@f, @f]]", "%a", "tensor<1xi64>"), "has 1 operands, but its functions take more"));
  CHECK(contains(failure("[[@f]]", "%b", "tensor<2xi64>"), "operand 0 is tensor<2xi64>, but @f takes tensor<1xi64>"));
  CHECK(contains(failure("[[@f, @f]]", "%a, %a", "tensor<1xi64>, tensor<1xi64>"), "return more than its results"));
}
