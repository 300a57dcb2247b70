// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Faults on purpose: each changes results in the way that it says, in the collective that it names and no other.

#include "device_testing.hpp"

using namespace partita;
using namespace partita::testing;
using interpret::fault;

namespace {

using kind = fault::kind;
const per_device inputs{{1, 2}, {10, 20}, {100, 200}};

// y = sum of x over 3 devices, z = the sum of all y, or x gathered.
std::string sums(int times) {
  std::string text = "func.func @main(%x0: tensor<2xi64>) -> tensor<2xi64> {\n";
  for (int i = 0; i < times; ++i) {
    const std::string from = "%x" + std::to_string(i), to = "%x" + std::to_string(i + 1);
    text += to + " = \"stablehlo.all_reduce\"(" + from + ") ({\n^bb0(%a: tensor<i64>, %b: tensor<i64>):\n"
            "%c = stablehlo.add %a, %b : tensor<i64>\nstablehlo.return %c : tensor<i64>\n"
            "}) {replica_groups = dense<[[0, 1, 2]]> : tensor<1x3xi64>} : (tensor<2xi64>) -> tensor<2xi64>\n";
  }
  return text + "return %x" + std::to_string(times) + " : tensor<2xi64>\n}";
}
const std::string gather = R"(func.func @main(%x: tensor<2xi64>) -> tensor<6xi64> {
  %y = "stablehlo.all_gather"(%x) {all_gather_dim = 0 : i64, replica_groups = dense<[[0, 1, 2]]> : tensor<1x3xi64>}
    : (tensor<2xi64>) -> tensor<6xi64>
  return %y : tensor<6xi64>
})";
const std::string rotate = R"(func.func @main(%x: tensor<2xi64>) -> tensor<2xi64> {
  %y = "stablehlo.collective_permute"(%x) {source_target_pairs = dense<[[0, 1], [1, 2], [2, 0]]> : tensor<3x2xi64>}
    : (tensor<2xi64>) -> tensor<2xi64>
  return %y : tensor<2xi64>
})";

per_device run(const std::string& text, const std::vector<fault>& faults) {
  run_options options;
  options.faults = faults;
  return run_text(text, {3, 1, {}}, inputs, numerics::own, options);
}

}  // namespace

TEST_CASE("faults in a reduction") {
  CHECK(run(sums(1), {}) == per_device(3, {111, 222}));
  CHECK(run(sums(1), {{kind::drop, 0, 1, 0}}) == per_device(3, {101, 202}));
  CHECK(run(sums(1), {{kind::duplicate, 0, 2, 0}}) == per_device(3, {211, 422}));
  CHECK(run(sums(1), {{kind::corrupt, 0, 0, 0}}) == per_device(3, {111, 223}));  // 2 becomes 3
  CHECK(run(sums(1), {{kind::skip, 0, 0, 0}}) == inputs);
}

TEST_CASE("faults where data moves") {
  CHECK(run(gather, {}) == per_device(3, {1, 2, 10, 20, 100, 200}));
  CHECK(run(gather, {{kind::drop, 0, 1, 0}}) == per_device(3, {1, 2, 0, 0, 100, 200}));
  CHECK(run(gather, {{kind::duplicate, 0, 0, 2}}) == per_device(3, {1, 2, 10, 20, 1, 2}));
  CHECK(run(gather, {{kind::corrupt, 0, 1, 0}}) == per_device(3, {1, 2, 10, 21, 100, 200}));
  CHECK(run(rotate, {}) == per_device{{100, 200}, {1, 2}, {10, 20}});
  CHECK(run(rotate, {{kind::swap, 0, 0, 2}}) == per_device{{10, 20}, {1, 2}, {100, 200}});
  CHECK(run(rotate, {{kind::skip, 0, 1, 0}}) == inputs);
}

TEST_CASE("a fault is made in the collective that it names") {
  CHECK(run(sums(2), {}) == per_device(3, {333, 666}));
  CHECK(run(sums(2), {{kind::drop, 0, 0, 0}}) == per_device(3, {330, 660}));
  CHECK(run(sums(2), {{kind::drop, 1, 0, 0}}) == per_device(3, {222, 444}));
}

TEST_CASE("all of a group's contributions can be missing") {
  CHECK(run(sums(1), {{kind::drop, 0, 0, 0}, {kind::drop, 0, 1, 0}, {kind::drop, 0, 2, 0}}) == per_device(3, {0, 0}));
}

TEST_CASE("a fault changes floats of any type, whatever they hold") {
  const auto corrupted = [](element_type e, double x, numerics n) {
    array a = array_of(e, {1}, {x}, n);
    interpret::detail::corrupt_one(a);
    return values_of(a)[0];
  };
  CHECK(corrupted(element_type::f32, -3, numerics::own) == 1);
  CHECK(corrupted(element_type::bf16, 2, numerics::widened) == 5);
  CHECK(corrupted(element_type::f4E2M1FN, 6, numerics::own) == 0);  // 6 is the largest: there is no 13
  CHECK(corrupted(element_type::i1, 1, numerics::own) == 0);
  CHECK(corrupted(element_type::f32, std::numeric_limits<double>::infinity(), numerics::own) == 0);
}

TEST_CASE("a fault that cannot be made is an error") {
  CHECK(contains(message_of([] { (void)run(sums(1), {{kind::drop, 1, 0, 0}}); }),
                 "device 0 takes part in 1 collectives, and not in number 1"));
  CHECK(contains(message_of([] { (void)run(sums(1), {{kind::drop, 0, 5, 0}}); }), "there is no device 5"));
  CHECK(contains(message_of([] { (void)run(rotate, {{kind::swap, 0, 0, 0}}); }), "needs another device of the group"));
  CHECK(contains(message_of([] { (void)run(gather, {{kind::skip, 0, 0, 0}}); }), "cannot be skipped"));
}
