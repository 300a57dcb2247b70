// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What a builder refuses.

#include <doctest/doctest.h>

#include <partita/ir/builder.hpp>
#include <partita/op.hpp>
#include <partita/op/functions.hpp>

using namespace partita;

TEST_CASE("a builder takes arguments before ops only") {
  basic_builder<stablehlo_ops> f;
  const auto x = f.argument("x", tensor<f32>(4, 4));
  f.result("y", matmul(x, x));
  CHECK_THROWS_WITH_AS(f.argument("late", tensor<f32>(4)),
                       "builder: argument 'late' is added after an op; all arguments come first", verify_error);
  CHECK(f.finish().arguments().size() == 1);
}
