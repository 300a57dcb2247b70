// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Functions, calls, scopes, and what is kept or dropped.

#include <string>

#include <doctest/doctest.h>

#include <partita/ir/equal.hpp>
#include <partita/stablehlo.hpp>

namespace {

using namespace partita;

TEST_CASE("calls are inlined and private functions disappear") {
  const auto m = stablehlo::read(R"(module @jit_f {
  func.func public @main(%arg0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
    %0:2 = call @both(%arg0) : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) loc("jit(f)/layer")
    return %0#1, %0#0 : tensor<4xf32>, tensor<4xf32>
  }
  func.func private @both(%arg0: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
    %0 = stablehlo.negate %arg0 : tensor<4xf32> loc("neg:")
    %1 = func.call @one(%0) : (tensor<4xf32>) -> tensor<4xf32> loc("inner")
    return %0, %1 : tensor<4xf32>, tensor<4xf32>
  }
  func.func private @one(%arg0: tensor<4xf32>) -> tensor<4xf32> {
    %0 = stablehlo.abs %arg0 : tensor<4xf32> loc("abs")
    %1 = stablehlo.add %0, %0 : tensor<4xf32> loc("jit(f)/whole")
    %2 = stablehlo.add %0, %1 : tensor<4xf32> loc("file.py":1:2)
    return %2 : tensor<4xf32>
  }
})");
  CHECK(m.name == "jit_f");
  REQUIRE(m.functions.size() == 1);
  const graph& g = m.entry();
  CHECK(g.name() == "jit_f");
  REQUIRE(g.op_count() == 4);
  CHECK(g.info(op_id{1}).name == "stablehlo.abs");
  CHECK(g.results()[0] == g.results(op_id{3})[0]);
  CHECK(g.results()[1] == g.results(op_id{0})[0]);
  // Scopes are relative to the call's, unless they start where that starts; a place in a file is no scope.
  CHECK(g.scope(op_id{0}) == "jit(f)/layer/neg");
  CHECK(g.scope(op_id{1}) == "jit(f)/layer/inner/abs");
  CHECK(g.scope(op_id{2}) == "jit(f)/whole");
  CHECK(g.scope(op_id{3}) == "jit(f)/layer/inner");
}

TEST_CASE("functions that attributes name stay, and so do unused ones") {
  const auto m = stablehlo::read(R"(module @cross {
  func.func private @program(%a: tensor<2xf32>) -> tensor<2xf32> {
    return %a : tensor<2xf32>
  }
  func.func private @called() {
    return
  }
  func.func private @unused() {
    return
  }
  func.func private @outside(tensor<2xf32>)
  func.func public @main(%a: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
    call @called() : () -> ()
    %r:2 = "interpreter.run_parallel"(%a, %a) {programs = [[@program, @program]]} : (tensor<2xf32>, tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>)
    return %r#0, %r#1 : tensor<2xf32>, tensor<2xf32>
  }
})");
  REQUIRE(m.functions.size() == 3);
  CHECK(m.functions[0].name == "program");
  CHECK(m.functions[0].is_private);
  CHECK(m.functions[1].name == "unused");
  CHECK(m.functions[2].name == "main");
  const auto again = stablehlo::read(stablehlo::print(m));
  REQUIRE(again.functions.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(equal(m.functions[i].graph, again.functions[i].graph));
}

TEST_CASE("the entry is @main or the only public function") {
  CHECK(stablehlo::read("func.func @f() {\n return\n}").entry().op_count() == 0);
  const auto two = stablehlo::read("func.func @f() {\n return\n}\nfunc.func @g() {\n return\n}");
  CHECK_THROWS_WITH_AS((void)two.entry(), doctest::Contains("several public functions (@f, @g)"), error);
}

TEST_CASE("names come from locations and jax.result_info, or from positions") {
  const auto m = stablehlo::read(R"(#loc3 = loc("opt['m'][0]")
func.func @main(%arg0: tensor<2xf32> loc("params['w']"), %x: tensor<2xf32>, %y: tensor<2xf32> loc(#loc3), %z: tensor<2xf32> loc(unknown))
    -> (tensor<2xf32> {jax.result_info = "[0]['w']"}, tensor<2xf32>) {
  return %arg0, %x : tensor<2xf32>, tensor<2xf32>
})");
  const graph& g = m.entry();
  CHECK(g.argument_name(0) == "params/w");
  CHECK(g.argument_name(1) == "arg1");
  CHECK(g.argument_name(2) == "opt/m/0");
  CHECK(g.argument_name(3) == "arg3");
  CHECK(g.result_name(0) == "result/0/w");
  CHECK(g.result_name(1) == "result/1");
}

TEST_CASE("sdy attributes are kept as text, others are dropped and counted") {
  const auto m = stablehlo::read(R"(#s = #sdy.sharding<@mesh, [{"x"}]>
module attributes {mhlo.num_replicas = 1 : i32} {
  sdy.mesh @mesh = <["x"=2]>
  func.func @main(%a: tensor<2xf32> {sdy.sharding = #s, mhlo.sharding = "{devices=[2]<=[2]}", ttcore.kind = #tt<a ["}>"]>}) -> (tensor<2xf32> {sdy.sharding = #s}) {
    %0 = stablehlo.negate %a {mhlo.x = "}", sdy.sharding = #sdy.sharding_per_value<[<@mesh, [{}]>]>, note = 3} : tensor<2xf32>
    return %0 : tensor<2xf32>
  }
})");
  const graph& g = m.entry();
  REQUIRE(g.annotations().size() == 4);
  CHECK(g.annotations()[0].where == annotation::place::program);
  CHECK(g.text(g.annotations()[0].value) == "@mesh = <[\"x\"=2]>");
  CHECK(g.annotations()[1].where == annotation::place::argument);
  CHECK(g.text(g.annotations()[1].value) == "#sdy.sharding<@mesh, [{\"x\"}]>");
  CHECK(g.annotations()[2].where == annotation::place::result);
  CHECK(g.annotations()[3].where == annotation::place::op);
  CHECK(g.text(g.annotations()[3].value) == "#sdy.sharding_per_value<[<@mesh, [{}]>]>");
  REQUIRE(m.dropped.size() == 5);
  CHECK(m.dropped[0].key == "mhlo.num_replicas");
  CHECK(m.dropped[3].key == "note");
  CHECK(m.dropped[4].key == "ttcore.kind");
  CHECK(m.dropped[4].count == 1);
  CHECK(equal(stablehlo::read(stablehlo::print(m)).entry(), g));
}

TEST_CASE("a composite is its decomposition, under its name") {
  const auto m = stablehlo::read(R"(func.func @main(%a: tensor<2xf32>) -> tensor<2xf32> {
  %0 = stablehlo.composite "my.norm" %a {composite_attributes = {eps = 1.0e-6 : f32}, decomposition = @impl} : (tensor<2xf32>) -> tensor<2xf32> loc("f")
  return %0 : tensor<2xf32>
}
func.func private @impl(%a: tensor<2xf32>) -> tensor<2xf32> {
  %0 = stablehlo.tanh %a : tensor<2xf32>
  return %0 : tensor<2xf32>
})");
  REQUIRE(m.functions.size() == 1);
  CHECK(m.entry().op_count() == 1);
  CHECK(m.entry().scope(op_id{0}) == "f/my.norm");
}

TEST_CASE("regions see the values around them") {
  const auto m = stablehlo::read(R"(func.func @main(%i: tensor<i32>, %a: tensor<f32>) -> tensor<f32> {
  %n = stablehlo.negate %a : tensor<f32>
  %r = "stablehlo.case"(%i) ({
    %x = stablehlo.add %n, %a : tensor<f32>
    stablehlo.return %x : tensor<f32>
  }, {
    %x = stablehlo.abs %n : tensor<f32>
    stablehlo.return %x : tensor<f32>
  }) : (tensor<i32>) -> tensor<f32>
  return %r : tensor<f32>
})");
  const graph& g = m.entry();
  REQUIRE(g.regions(op_id{1}).size() == 2);
  CHECK(g.operands(op_id{2})[0] == g.results(op_id{0})[0]);
}

// A user's own op stands for custom calls with its target.
struct my_scale {
  static constexpr std::string_view name = "@my.scale";
  struct attributes {
    std::int64_t times = 1;
    static constexpr void describe(auto& self, auto&& field) { field("times", self.times, 1); }
  };
  static constexpr void infer(const op_view& op, const attributes&, result_types& types) { types.add(op.operand(0)); }
  static constexpr void rule(const op_view&, const attributes&, rule_builder&) {}
};

TEST_CASE("an op set's own custom calls are found by their target") {
  using ops = op_set<op::negate, my_scale>;
  const auto m = stablehlo::read<ops>(R"(func.func @main(%a: tensor<2xf32>) -> tensor<2xf32> {
  %0 = stablehlo.custom_call @my.scale(%a) {times = 3 : i64} : (tensor<2xf32>) -> tensor<2xf32>
  %1 = "stablehlo.custom_call"(%0) {call_target_name = "my.scale"} : (tensor<2xf32>) -> tensor<2xf32>
  return %1 : tensor<2xf32>
})");
  const auto& g = m.entry();
  REQUIRE(g.op_count() == 2);
  CHECK(g.attributes<my_scale>(op_id{0}).times == 3);
  CHECK(g.attributes<my_scale>(op_id{1}).times == 1);
  CHECK(stablehlo::print(g).find("stablehlo.custom_call @my.scale(%0) : (tensor<2xf32>) -> tensor<2xf32>") !=
        std::string::npos);
  CHECK(equal(stablehlo::read<ops>(stablehlo::print(g)).entry(), g));
}

}  // namespace
