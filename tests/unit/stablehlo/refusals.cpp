// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Text that is wrong is refused with its place, the line and a caret, and the reason.

#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include <partita/stablehlo.hpp>

namespace {

using namespace partita;
using small_ops = op_set<op::add, op::negate, op::constant, op::dot_general, op::broadcast_in_dim, op::gather,
                         op::while_, op::reduce>;

std::string refusal(const std::string& text, const stablehlo::read_options& options = {}) {
  try {
    (void)stablehlo::read<small_ops>(text, "f.mlir", options);
  } catch (const parse_error& e) {
    return e.what();
  }
  return "accepted";
}

std::string in_main(const std::string& body) {
  return "func.func @main(%a: tensor<4xf32>, %b: tensor<2xf32>) -> tensor<4xf32> {\n" + body +
         "\n  return %a : tensor<4xf32>\n}\n";
}

struct wrong {
  const char* body;     // from line 2 on
  const char* place;    // line:column
  const char* message;  // part of it
};

TEST_CASE("each refusal names its place and its reason and shows the line") {
  const wrong all[] = {
      {"  %0 = stablehlo.add %a, %c : tensor<4xf32>", "2:26", "value %c is not defined before this use"},
      {"  %0 = stablehlo.add %a, %0 : tensor<4xf32>", "2:26", "value %0 is not defined before this use"},
      {"  %a = stablehlo.add %a, %a : tensor<4xf32>", "2:3", "value %a is defined twice"},
      {"  %0 = stablehlo.add %a, %b : tensor<4xf32>", "2:31",
       "operand %b has type tensor<2xf32> where it is defined but tensor<4xf32> here"},
      {"  %0 = \"stablehlo.add\"(%a) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>", "2:30",
       "has 1 operands but types for 2"},
      {"  %0 = stablehlo.ad %a, %a : tensor<4xf32>", "2:8", "did you mean 'stablehlo.add'?"},
      {"  %0 = stablehlo.dot_generic %a, %a : tensor<4xf32>", "2:8", "did you mean 'stablehlo.dot_general'?"},
      {"  %0 = tosa.something %a : tensor<4xf32>", "2:8", "unknown operation 'tosa.something'"},
      {"  %0 = \"stablehlo.add\"(%a, %a) <{precision = 1 : i64}> : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>",
       "2:34", "stablehlo.add has no attribute 'precision'"},
      {"  %0 = \"stablehlo.broadcast_in_dim\"(%b) : (tensor<2xf32>) -> tensor<3x2xf32>", "2:8",
       "needs the attribute 'broadcast_dimensions'"},
      {"  %0 = stablehlo.broadcast_in_dim %b, dims = [x] : (tensor<2xf32>) -> tensor<3x2xf32>", "2:47",
       "expected an integer"},
      {"  %0 = stablehlo.broadcast_in_dim %b, dims = [300] : (tensor<2xf32>) -> tensor<3x2xf32>", "2:8",
       "300 is no dim of any tensor"},
      {"  %0 = stablehlo.broadcast_in_dim %b, dim = [1] : (tensor<2xf32>) -> tensor<3x2xf32>", "2:39",
       "expected 'dims'"},
      {"  %0 = stablehlo.add %a, %a : tensor<99999999999999999999xf32>", "2:38", "does not fit in 64 bits"},
      {"  %0 = stablehlo.add %a, %a : tensor<4294967296x4294967296xf32>", "2:8", "a size does not fit in 64 bits"},
      {"  %0 = stablehlo.add %a, %a : tensor<1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1xf32>", "2:8", "rank 16"},
      {"  %0 = stablehlo.add %a, %a : tensor<4xf31>", "2:40", "'f31' is not an element type; expected one such as f32"},
      {"  %0 = stablehlo.add %a, %a : tensor<4xf32, #s>", "2:45", "encoding"},
      {"  %0 = stablehlo.add %a, %a : tensor<*xf32>", "2:31", "has no rank"},
      {"  %0 = stablehlo.add %a, %a : tensor<4x!quant.uniform<i8:f32, 1.0>>", "2:40", "quantized"},
      {"  %0:2 = stablehlo.add %a, %a : tensor<4xf32>", "2:3", "stablehlo.add has 1 results but 2 are named"},
      {"  %0 = stablehlo.negate %a#1 : tensor<4xf32>", "2:28", "%a has 1 results, numbered from 0"},
      {"  %0 = stablehlo.add %a %a : tensor<4xf32>", "2:25", "expected ':'"},
      {"  %0 = call @nowhere(%a) : (tensor<4xf32>) -> tensor<4xf32>", "2:13",
       "names the function @nowhere, which this file does not define"},
      {"  %0 = stablehlo.negate %a : tensor<4xf32> loc(#loc7)", "2:48", "location #loc7 is not defined in this file"},
      {"  %0 = stablehlo.constant dense<[1, 2, 3]> : tensor<2xi32>", "2:27", "shape of tensor<2xi32>"},
      {"  %0 = stablehlo.constant dense_resource<blob> : tensor<2xi32>", "2:27", "expected"},
      {"  %0 = \"stablehlo.gather\"(%a, %b) <{dimension_numbers = #stablehlo.scatter<>}> : (tensor<4xf32>, "
       "tensor<2xf32>) -> tensor<4xf32>",
       "2:58", "expected #stablehlo.gather<...>"},
      {"  %0 = stablehlo.negate %a : tensor<4xf32>\n  ^bb1:", "3:3", "expected an operation"},
      {"  %0 = \"stablehlo.constant\"() {value = dense<1> : tensor<i32>} : () -> tensor<2xi32>", "2:8",
       "has type tensor<i32> but is used as tensor<2xi32>"},
      {"  %0 = stablehlo.composite \"norm\" %a {decomposition = @main} : (tensor<4xf32>) -> tensor<4xf32>", "2:8",
       "has the form namespace.name"},
      {"  %0 = stablehlo.custom_call @t(%a) : (tensor<4xf32>) -> tensor<4xf32>", "2:8",
       "stands for custom calls of @t"},
      {"  stablehlo.return %a : tensor<4xf32>\n  %0 = stablehlo.negate %a : tensor<4xf32>", "3:3",
       "expected '}' after the block's terminator"},
  };
  for (const wrong& w : all) {
    const std::string message = refusal(in_main(w.body));
    INFO(message);
    CHECK(message.starts_with("f.mlir:" + std::string(w.place) + ": "));
    CHECK(message.find(w.message) != std::string::npos);
    CHECK(message.ends_with("^"));
  }
}

TEST_CASE("mistakes outside of functions") {
  CHECK(refusal("").find("f.mlir:1:1: this text has no function") == 0);
  CHECK(refusal("module {").find("f.mlir:1:9: ") == 0);
  CHECK(refusal("func.func @main() {\n  return").find("f.mlir:1:19: this bracket is not closed") == 0);
  CHECK(refusal("func.func @main() {\n}").find("f.mlir:2:1: expected an operation") == 0);
  CHECK(refusal("func.func @f() {\n return\n}\nfunc.func @f() {\n return\n}")
            .find("f.mlir:4:12: function @f is defined twice") == 0);
  CHECK(refusal("#a = loc(unknown)\n#a = loc(unknown)").find("f.mlir:2:2: #a is defined twice") == 0);
  CHECK(refusal("func.func private @f() -> !stablehlo.foobar").find("f.mlir:1:27: '!stablehlo.foobar' is not a type") ==
        0);
  CHECK(refusal("module attributes {stablehlo.dot = #stablehlo.dot<lhs_batching_dimensions = [0], "
                "lhs_batching_dimensions = [1]>} {}")
            .find("is given twice") != std::string::npos);
  CHECK(refusal("hello").find("f.mlir:1:1: expected module, func.func") == 0);
  CHECK(refusal("func.func @main() -> tensor<f32> {\n return\n}").find("states other result types than it returns") !=
        std::string::npos);
  CHECK(refusal("#a = loc(#b)\n#b = loc(#a)\n" + in_main("%0 = stablehlo.negate %a : tensor<4xf32> loc(#a)"))
            .find("by way of itself") != std::string::npos);
}

TEST_CASE("recursion is refused with the cycle") {
  const std::string message = refusal(R"(func.func @main() {
  call @f() : () -> ()
  return
}
func.func private @f() {
  call @g() : () -> ()
  return
}
func.func private @g() {
  func.call @f() : () -> ()
  return
})");
  CHECK(message.find("f.mlir:10:13: recursive calls cannot be inlined: @f -> @g -> @f") == 0);
}

TEST_CASE("a call states what the function takes and returns") {
  const std::string f = "func.func private @f(%x: tensor<2xf32>) -> tensor<2xf32> {\n return %x : tensor<2xf32>\n}\n";
  CHECK(refusal(in_main("%0 = call @f(%a) : (tensor<4xf32>) -> tensor<4xf32>") + f)
            .find("argument 0 of @f has type tensor<2xf32> but is given tensor<4xf32>") != std::string::npos);
  CHECK(refusal(in_main("%0 = call @f() : () -> tensor<2xf32>") + f).find("@f takes 1 arguments but is given 0") !=
        std::string::npos);
  CHECK(refusal(in_main("%0 = call @f(%b) : (tensor<2xf32>) -> tensor<4xf32>") + f)
            .find("@f returns other types than this call states") != std::string::npos);
  CHECK(refusal(in_main("call @g() : () -> ()") + "func.func private @g()").find("@g has no body") !=
        std::string::npos);
  // An inlined function does not see its caller's values.
  CHECK(refusal(in_main("call @g() : () -> ()") +
                "func.func private @g() {\n %0 = stablehlo.negate %a : tensor<4xf32>\n return\n}")
            .find("value %a is not defined") != std::string::npos);
}

TEST_CASE("long lines are cut around the column") {
  std::string list = "0";
  for (int i = 0; i < 200000; ++i) list += ", 0";
  const std::string message = refusal(in_main("  %0 = stablehlo.constant dense<[" + list + ", x]> : tensor<4xi32>"));
  CHECK(message.find("expected a number of type i32") != std::string::npos);
  CHECK(message.size() < 400);
}

TEST_CASE("every text that is cut off is refused") {
  const std::string text = R"(#l = loc("x")
module @m attributes {a.b = 1 : i32} {
  func.func @main(%a: tensor<4xf32> loc("p['q']")) -> (tensor<f32> {jax.result_info = "r"}) {
    %c = stablehlo.constant dense<0.0> : tensor<f32> loc(#l)
    %0 = stablehlo.reduce(%a init: %c) applies stablehlo.add across dimensions = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    return %0 : tensor<f32>
  }
})";
  CHECK(refusal(text) == "accepted");
  for (std::size_t size = 0; size < text.size(); ++size) {
    const std::string message = refusal(text.substr(0, size));
    INFO(size);
    CHECK(message.starts_with("f.mlir:"));
  }
}

TEST_CASE("depth and size are bounded") {
  const std::string deep(100000, '[');
  CHECK(refusal(in_main("  %0 = stablehlo.constant dense<" + deep + " : tensor<4xi32>")).find("nest deeper than 200") !=
        std::string::npos);
  CHECK(refusal("#a = " + deep).find("nest deeper than 200") != std::string::npos);
  std::string modules;
  for (int i = 0; i < 300; ++i) modules += "module {";
  CHECK(refusal(modules).find("nest deeper than 200") != std::string::npos);
  // Each function calls the next one twice: 2^60 calls without an operation.
  std::string calls;
  for (int i = 0; i < 60; ++i) {
    const std::string next = "call @f" + std::to_string(i + 1) + "() : () -> ()\n";
    calls += "func.func " + std::string(i == 0 ? "public" : "private") + " @f" + std::to_string(i) + "() {\n" + next +
             next + "return\n}\n";
  }
  calls += "func.func private @f60() {\nreturn\n}\n";
  CHECK(refusal(calls, {.max_ops = 1000}).find("more than 1000 operations and calls") != std::string::npos);
  // Each alias stands for the next one twice.
  std::string aliases;
  for (int i = 0; i < 60; ++i)
    aliases += "#a" + std::to_string(i) + " = [#a" + std::to_string(i + 1) + ", #a" + std::to_string(i + 1) + "]\n";
  CHECK(refusal(aliases + in_main("  %0 = stablehlo.negate %a {sdy.x = #a0} : tensor<4xf32>"))
            .find("expand without end") != std::string::npos);
}

TEST_CASE("time is linear in the text") {
  const auto seconds = [](int lines) {
    std::string body;
    for (int i = 0; i < lines; ++i)
      body += "  %x" + std::to_string(i) + " = stablehlo.negate %a {k" + std::to_string(i) +
              ".v = 1} : tensor<4xf32> loc(\"s" + std::to_string(i) + "\")\n";
    const std::string text = in_main(body);
    const auto start = std::chrono::steady_clock::now();
    CHECK(refusal(text) == "accepted");
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const double small = seconds(2000), large = seconds(20000);
  CHECK(large < 40 * small);
}

}  // namespace
