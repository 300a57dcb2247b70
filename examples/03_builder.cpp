// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Lesson 3: a graph from C++. Two layers with a nonlinearity, tags for values inside, errors that name both shapes.

#include <iostream>

#include <partita/partita.hpp>
#include <partita/report/terminal.hpp>
#include <partita/stablehlo.hpp>

int main() {
  using namespace partita;
  builder f;
  f.name("two_layers");
  const auto x = f.argument("x", tensor<f32>(512, 1024));
  const auto w1 = f.argument("layers/0/w", tensor<f32>(1024, 4096));
  const auto w2 = f.argument("layers/1/w", tensor<f32>(4096, 1024));
  f.scope("hidden");  // values made here can be selected by tagged("hidden")
  const auto h = tanh(matmul(x, w1));
  f.scope("");
  f.result("y", matmul(h, w2));
  const graph g = f.finish();

  std::cout << stablehlo::print(g) << "\n";

  constexpr auto mesh = make_mesh(axis<"data", 4>, axis<"model", 4>);
  const auto plan = partition(g, mesh, shard<"data">("x", 0) >> shard<"model">(tagged("hidden"), 1), a100_80);
  std::cout << summary(plan) << "\n" << explain(plan);

  try {
    builder wrong;
    const auto a = wrong.argument("a", tensor<f32>(2, 3));
    const auto b = wrong.argument("b", tensor<f32>(4, 5));
    wrong.result("c", matmul(a, b));
  } catch (const verify_error& e) {
    std::cout << "\nrefused: " << e.what() << "\n";
  }
}
