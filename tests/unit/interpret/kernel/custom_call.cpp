// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand.
#include "matrix_testing.hpp"

using namespace matrix_testing;

TEST_CASE("custom_call: what says where a value lies changes nothing on one device") {
  CHECK(run("(%a: tensor<2xf32>) -> tensor<2xf32>",
            "%r = stablehlo.custom_call @Sharding(%a) : (tensor<2xf32>) -> tensor<2xf32>\nreturn %r : tensor<2xf32>",
            {array_of(f32, {2}, {1, 2})}) == doubles{1, 2});
  CHECK(failure("(%a: tensor<2xf32>) -> tensor<1xf32>",
                "%r = stablehlo.custom_call @SPMDFullToShardShape(%a) : (tensor<2xf32>) -> tensor<1xf32>\n"
                "return %r : tensor<1xf32>",
                {array_of(f32, {2}, {1, 2})})
            .find("turns tensor<2xf32> into tensor<1xf32>, which one device alone cannot") != std::string::npos);
  CHECK(
      failure("(%a: tensor<2xf32>) -> tensor<2xf32>",
              "%r = stablehlo.custom_call @my_kernel(%a) : (tensor<2xf32>) -> tensor<2xf32>\nreturn %r : tensor<2xf32>",
              {array_of(f32, {2}, {1, 2})})
          .find("no meaning is known for the target 'my_kernel'") != std::string::npos);
}

TEST_CASE("custom_call: the largest elements of each row, NaN before all others") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto results = run_all("(%a: tensor<2x3xf32>) -> (tensor<2x2xf32>, tensor<2x2xi32>)",
                               "%v, %i = stablehlo.custom_call @mhlo.topk(%a) : (tensor<2x3xf32>) -> (tensor<2x2xf32>, "
                               "tensor<2x2xi32>)\nreturn %v, %i : tensor<2x2xf32>, tensor<2x2xi32>",
                               {array_of(f32, {2, 3}, {1, 3, 3, 2, nan, 7})});
  CHECK(numbers(results[1]) == doubles{1, 2, 1, 2});
  const doubles values = numbers(results[0]);
  CHECK(doubles(values.begin(), values.begin() + 2) == doubles{3, 3});
  CHECK((std::isnan(values[2]) && values[3] == 7));
  CHECK(failure("(%a: tensor<2x3xf32>) -> tensor<2x2xf32>",
                "%v, %i = stablehlo.custom_call @mhlo.topk(%a) {mhlo.attributes = {k = 2 : i64, largest = false}} : "
                "(tensor<2x3xf32>) -> (tensor<2x2xf32>, tensor<2x2xi32>)\nreturn %v : tensor<2x2xf32>",
                {array_of(f32, {2, 3}, {1, 3, 3, 2, 5, 7})})
            .find("of the smallest elements is not supported") != std::string::npos);
}

TEST_CASE("custom_call: ApproxTopK gives the best by its comparator along its dim, exactly") {
  // Columns 5 1 5 2 and 0 9 3 4: the smallest two, of equal ones the first first.
  const auto best = [](const std::string& direction, const std::string& result, const std::string& dim) {
    const std::string text =
        "module {\n  func.func private @order(%x: tensor<f32>, %y: tensor<f32>, %i: tensor<i32>, %j: tensor<i32>) -> "
        "tensor<i1> {\n    %r = stablehlo.compare " +
        direction +
        ", %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>\n"
        "    return %r : tensor<i1>\n  }\n  func.func public @main(%a: tensor<4x2xf32>, %i: tensor<4x2xi32>) -> "
        "(tensor<" +
        result + "xf32>, tensor<" + result +
        "xi32>) {\n    %v = stablehlo.constant dense<0.0> : tensor<f32>\n"
        "    %p = stablehlo.constant dense<-1> : tensor<i32>\n    %r:2 = stablehlo.custom_call @ApproxTopK(%a, %i, %v, "
        "%p) "
        "{called_computations = [@order], mhlo.backend_config = {aggregate_to_topk = true, recall_target = 0.95 : f32, "
        "reduction_dim = " +
        dim +
        " : i64, reduction_input_size_override = -1 : i64, top_k = 2 : i64}} : (tensor<4x2xf32>, "
        "tensor<4x2xi32>, tensor<f32>, tensor<i32>) -> (tensor<" +
        result + "xf32>, tensor<" + result +
        "xi32>)\n"
        "    return %r#0, %r#1 : tensor<" +
        result + "xf32>, tensor<" + result + "xi32>\n  }\n}\n";
    const auto m = partita::stablehlo::read<partita::stablehlo_ops>(text, "test.mlir");
    const partita::interpret::program_set functions(m);
    const std::vector<array> arguments = {array_of(f32, {4, 2}, {5, 0, 1, 9, 5, 3, 2, 4}),
                                          array_of(i32, {4, 2}, {0, 0, 1, 1, 2, 2, 3, 3})};
    return partita::interpret::run(*functions.find("main"), arguments, numerics::own, &functions);
  };
  const auto smallest = best("LT", "2x2", "0"), largest = best("GT", "3x2", "0"), rows = best("GT", "4x1", "1");
  CHECK(numbers(smallest[0]) == doubles{1, 0, 2, 3});
  CHECK(numbers(smallest[1]) == doubles{1, 0, 3, 2});
  CHECK(numbers(largest[0]) == doubles{5, 9, 5, 4, 2, 3});
  CHECK(numbers(largest[1]) == doubles{0, 1, 2, 3, 3, 2});
  CHECK(numbers(rows[0]) == doubles{5, 9, 5, 4});
  CHECK_THROWS_AS(best("GT", "5x2", "0"), execution_error);
  CHECK_THROWS_AS(best("GT", "2x2", "2"), execution_error);
}

TEST_CASE("custom_call: LAPACK's functions as JAX calls them") {
  const std::string t = "tensor<2x2xf64>";
  const auto call = [&](const std::string& target, const std::string& config, const std::string& results,
                        const std::vector<array>& operands) {
    std::string arguments, names, types;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const std::string comma = i == 0 ? "" : ", ", name = "%" + std::string(1, static_cast<char>('a' + i));
      arguments += comma + name + ": " + t;
      names += comma + name;
      types += comma + t;
    }
    return run_all("(" + arguments + ") -> " + t,
                   "%r" + results.substr(0, results.find(' ')) + " = stablehlo.custom_call @" + target + "(" + names +
                       ") {mhlo.backend_config = {" + config + "}} : (" + types + ") -> " +
                       results.substr(results.find(' ') + 1) + "\nreturn %r" + (operands.size() == 1 ? "#0" : "") +
                       " : " + t,
                   operands);
  };
  CHECK(numbers(call("lapack_dpotrf_ffi", "uplo = 76 : ui8", ":2 (" + t + ", tensor<i32>)",
                     {array_of(f64, {2, 2}, {4, 6, 6, 13})})[0]) == doubles{2, 0, 3, 2});
  // Rows are exchanged so that 4 comes first.
  CHECK(numbers(call("lapack_dgetrf_ffi", "", ":3 (" + t + ", tensor<2xi32>, tensor<i32>)",
                     {array_of(f64, {2, 2}, {2, 5, 4, 6})})[0]) == doubles{4, 6, 0.5, 2});
  // Reflects (3, 4) onto (-5, 0) along (8, 4), which is kept as 1, 1/2.
  CHECK(close(
      numbers(call("lapack_dgeqrf_ffi", "", ":2 (" + t + ", tensor<2xf64>)", {array_of(f64, {2, 2}, {3, 1, 4, 2})})[0]),
      {-5, -2.2, 0.5, 0.4}));
  const std::vector<array> two = {array_of(f64, {2, 2}, {2, 0, 3, 5}), array_of(f64, {2, 2}, {4, 2, 11, 8})};
  CHECK(numbers(call("lapack_dtrsm_ffi", "diag = 78 : ui8, side = 76 : ui8, trans_x = 78 : ui8, uplo = 76 : ui8",
                     " " + t, two)[0]) == doubles{2, 1, 1, 1});
  CHECK_THROWS_AS(call("lapack_dtrsm_ffi", "", " " + t, two), execution_error);
}
