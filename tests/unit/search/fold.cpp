// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Programs of n layers fold to what the same programs are when they are written with three.

#include <partita/search/fold.hpp>

#include <array>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/ir/equal.hpp>
#include <partita/partita.hpp>

#include "support/copy.hpp"

namespace {

using namespace partita;

using numbers = std::vector<int>;
using value = builder::tensor;

numbers up_to(int n) {
  numbers all;
  for (int i = 0; i < n; ++i) all.push_back(i);
  return all;
}
/// The layers that stay of n.
numbers three_of(int n) { return {0, 1, n - 1}; }

const tensor_type matrix = tensor<f32>(64, 64);

/// An argument for each layer: what/0, what/1, ...
std::vector<value> arguments(builder& f, const char* what, const numbers& layers) {
  std::vector<value> all;
  for (const int i : layers) all.push_back(f.argument(std::string(what) + "/" + std::to_string(i), matrix));
  return all;
}
void result(builder& f, const char* what, int layer, const value& v) {
  f.result(std::string(what) + "/" + std::to_string(layer), v);
}

std::vector<value> below_ten(builder& f, const value& counter) {
  return {f.add1<op::compare>({counter, scalar(f, 10)}, {op::comparison_direction::LT, op::comparison_type::FLOAT})};
}

/// That f is what folding g made: valid, and with maps from all of g to something of equal type in f.
void check_fold(const graph& g, const folded_program<graph::ops>& f) {
  CHECK(equal(testing::copy_of(f.graph).graph, f.graph));
  REQUIRE(f.ops.size() == g.op_count());
  REQUIRE(f.values.size() == g.value_count());
  std::size_t wrong = 0, stands_for = 0;
  for (std::uint32_t i = 0; i < g.op_count(); ++i) {
    wrong += f.ops[i].index >= f.graph.op_count() || g.code(op_id{i}) != f.graph.code(f.ops[i]);
  }
  for (std::uint32_t i = 0; i < g.value_count(); ++i) {
    wrong += f.values[i].index >= f.graph.value_count() || !(g.type(value_id{i}) == f.graph.type(f.values[i]));
  }
  for (std::size_t i = 0; i < g.arguments().size(); ++i) {
    wrong += !(f.values[g.arguments()[i].index] == f.graph.arguments()[f.arguments[i]]);
  }
  for (std::size_t i = 0; i < g.results().size(); ++i) {
    wrong += !(f.values[g.results()[i].index] == f.graph.results()[f.results[i]]);
  }
  for (std::uint32_t i = 0; i < f.graph.op_count(); ++i) {
    wrong += !(f.ops[f.origins[i].index] == op_id{i}) || f.op_counts[i] == 0;
    stands_for += f.op_counts[i];
  }
  CHECK(wrong == 0);
  CHECK(stands_for == g.op_count());
  CHECK(f.is_contiguous());
}

/// Programs that `make` writes for a list of layers.
template <class Make>
void check_folds_to_three(Make make) {
  for (const int n : {4, 5, 8, 33}) {
    INFO(n, " layers");
    const graph g = make(up_to(n));
    const auto f = fold(g);
    CHECK(equal(f.graph, make(three_of(n))));
    check_fold(g, f);
    REQUIRE(f.runs.size() == 1);
    CHECK(f.runs[0].layers == static_cast<std::uint32_t>(n));
    CHECK(f.runs[0].kept == 3);
    CHECK(f.runs[0].count() == static_cast<std::uint32_t>(n - 2));
  }
}
void check_does_not_fold(const graph& g) {
  const auto f = fold(g);
  CHECK(equal(f.graph, g));
  check_fold(g, f);
  for (const std::uint32_t n : f.op_counts) CHECK(n == 1);
}

graph dense(const numbers& layers) {
  builder f;
  value h = f.argument("x", matrix);
  for (const value& weights : arguments(f, "w", layers)) h = tanh(matmul(h, weights));
  f.result("y", h);
  return f.finish();
}

/// Two matrices a layer around a sum, as in a transformer, with a mask that all layers share.
graph residual(const numbers& layers) {
  builder f;
  value h = f.argument("x", matrix);
  const value mask = f.argument("mask", matrix);
  const auto up = arguments(f, "up", layers), down = arguments(f, "down", layers);
  for (std::size_t i = 0; i < layers.size(); ++i) h = h + matmul(tanh(matmul(h, up[i]) * mask), down[i]);
  f.result("y", h);
  return f.finish();
}

enum class order { forward, backward };

/// Forward, backward and update with momentum; the last in one sweep over the layers for each kind of state.
graph training(const numbers& layers, order updates = order::forward, bool with_norm = false) {
  builder f;
  const auto w = arguments(f, "w", layers), m = arguments(f, "m", layers);
  const std::size_t n = layers.size();
  const value x = f.argument("x", matrix), target = f.argument("target", matrix);
  const value rate = f.argument("rate", tensor<f32>());
  std::vector<value> h{x};
  for (std::size_t i = 0; i < n; ++i) h.push_back(h[i] + tanh(matmul(h[i], w[i])));
  value g = h[n] - target;
  std::vector<value> gradients(n, g);
  for (std::size_t i = n; i-- > 0;) {
    const value t = tanh(matmul(h[i], w[i]));
    const value inner = g * (g - t * t);
    gradients[i] = contract(h[i], inner, {0}, {0});
    g = g + contract(inner, w[i], {1}, {1});
  }
  f.result("input_gradient", g);
  if (with_norm) {
    std::vector<value> squares;
    for (std::size_t i = 0; i < n; ++i) squares.push_back(sum(gradients[i] * gradients[i], {0, 1}));
    value norm = rate;
    for (const value& s : squares) norm = norm + s;
    for (std::size_t i = 0; i < n; ++i) gradients[i] = gradients[i] / broadcast(norm, {64, 64}, {});
  }
  std::vector<value> momenta(n, g), updated(n, g);
  for (std::size_t k = 0; k < n; ++k) {
    const std::size_t i = updates == order::forward ? k : n - 1 - k;
    momenta[i] = m[i] + gradients[i];
  }
  for (std::size_t i = 0; i < n; ++i) updated[i] = w[i] - momenta[i] * broadcast(rate, {64, 64}, {});
  for (std::size_t i = 0; i < n; ++i) result(f, "w", layers[i], updated[i]);
  for (std::size_t i = 0; i < n; ++i) result(f, "m", layers[i], momenta[i]);
  return f.finish();
}

/// Layers on the way down and on the way up, joined by `skip`: which of n a layer on the way up takes.
template <class Skip>
graph hourglass(const numbers& layers, Skip skip) {
  builder f;
  value h = f.argument("x", matrix);
  const auto down = arguments(f, "down", layers), up = arguments(f, "up", layers);
  std::vector<value> kept;
  for (const value& w : down) kept.push_back(h = tanh(matmul(h, w)));
  h = h * h;
  for (std::size_t i = layers.size(); i-- > 0;) h = exp(matmul(h, up[i])) + kept[skip(i)];
  f.result("y", h);
  return f.finish();
}

}  // namespace

TEST_CASE("a chain of layers folds to its ends and one between them") {
  check_folds_to_three(dense);
  check_folds_to_three(residual);
}

TEST_CASE("backward pass and update belong to the layers of the forward pass") {
  check_folds_to_three([](const numbers& layers) { return training(layers); });
  check_folds_to_three([](const numbers& layers) { return training(layers, order::backward); });
}

TEST_CASE("a norm over all gradients is a chain through the layers") {
  check_folds_to_three([](const numbers& layers) { return training(layers, order::forward, true); });
}

TEST_CASE("names of arguments and results play no part in finding layers") {
  const auto with_names = [](const numbers& layers) {
    builder f;
    value h = f.argument("x", matrix);
    std::vector<value> w;
    for (const int i : layers) w.push_back(f.argument(i == 5 ? "x/0/w" : "w", matrix));
    for (const value& weights : w) h = tanh(matmul(h, weights));
    f.result("y", h);
    return f.finish();
  };
  const auto f = fold(with_names(up_to(9)));
  CHECK(equal(f.graph, with_names(three_of(9))));
}

TEST_CASE("more layers stay when asked for") {
  const auto f = fold(residual(up_to(12)), 5);
  CHECK(equal(f.graph, residual({0, 1, 2, 10, 11})));
  CHECK(f.runs[0].count() == 8);
  check_does_not_fold(residual(up_to(3)));
}

TEST_CASE("two stacks of layers fold each for itself") {
  const auto encoder_decoder = [](const numbers& encoder, const numbers& decoder) {
    builder f;
    value memory = f.argument("source", matrix), h = f.argument("target", matrix);
    const auto e1 = arguments(f, "e1", encoder), e2 = arguments(f, "e2", encoder);
    const auto d1 = arguments(f, "d1", decoder), d2 = arguments(f, "d2", decoder);
    for (std::size_t i = 0; i < encoder.size(); ++i) memory = memory + matmul(tanh(matmul(memory, e1[i])), e2[i]);
    for (std::size_t i = 0; i < decoder.size(); ++i) h = exp(h + matmul(h, d1[i]) * matmul(memory, d2[i]));
    f.result("y", h);
    return f.finish();
  };
  const graph g = encoder_decoder(up_to(6), up_to(9));
  const auto f = fold(g);
  CHECK(equal(f.graph, encoder_decoder(three_of(6), three_of(9))));
  CHECK(f.runs.size() == 2);
  check_fold(g, f);
}

TEST_CASE("layers in a loop fold with what the loop carries for them") {
  const auto decode = [](const numbers& layers) {
    builder f;
    const value x = f.argument("x", matrix);
    const auto cache = arguments(f, "cache", layers), w = arguments(f, "w", layers);
    std::vector<value> carried{scalar(f, 0), x};
    carried.insert(carried.end(), cache.begin(), cache.end());
    std::vector<tensor_type> types{tensor<f32>(), matrix};
    for (std::size_t i = 0; i < layers.size(); ++i) types.push_back(matrix);
    const auto condition = [&](const std::vector<value>& a) {
      return below_ten(f, a[0]);
    };
    const auto body = [&](const std::vector<value>& a) {
      std::vector<value> next{a[0] + scalar(f, 1), a[1]};
      for (std::size_t i = 0; i < layers.size(); ++i) {
        next.push_back(a[2 + i] + matmul(next[1], w[i]));
        next[1] = next[1] + tanh(next.back());
      }
      return next;
    };
    const auto out = f.add_with_regions<op::while_>(carried, {}, std::vector{types, types}, {}, condition, body);
    f.result("y", out[1]);
    for (std::size_t i = 0; i < layers.size(); ++i) result(f, "cache", layers[i], out[2 + i]);
    return f.finish();
  };
  check_folds_to_three(decode);
}

TEST_CASE("a layer may hold a loop") {
  const auto recurrent = [](const numbers& layers) {
    builder f;
    value h = f.argument("x", matrix);
    for (const value& w : arguments(f, "w", layers)) {
      const std::vector<value> carried{scalar(f, 0), h};
      const std::vector<tensor_type> types{tensor<f32>(), matrix};
      const auto condition = [&](const std::vector<value>& a) {
        return below_ten(f, a[0]);
      };
      const auto body = [&](const std::vector<value>& a) {
        return std::vector{a[0] + scalar(f, 1), tanh(matmul(a[1], w))};
      };
      h = exp(f.add_with_regions<op::while_>(carried, {}, std::vector{types, types}, {}, condition, body)[1]);
    }
    f.result("y", h);
    return f.finish();
  };
  check_folds_to_three(recurrent);
}

TEST_CASE("layers that meet in one op do not fold") {
  builder f;
  value h = f.argument("x", matrix);
  std::vector<value> all;
  for (const value& w : arguments(f, "w", up_to(8))) all.push_back(h = tanh(matmul(h, w)));
  f.result("y", f.add<op::concatenate>(all, {0})[0]);
  check_does_not_fold(f.finish());
}

TEST_CASE("layers of two stacks that mirror each other are one layer") {
  check_folds_to_three([](const numbers& layers) { return hourglass(layers, [](std::size_t i) { return i; }); });
}

TEST_CASE("layers that refer to one another without regularity do not fold") {
  check_does_not_fold(hourglass(up_to(8), [](std::size_t i) { return 3 * i % 8; }));
}

TEST_CASE("a layer that refers to another of its values than the others do keeps all from folding") {
  builder f;
  value h = f.argument("x", matrix);
  const auto w = arguments(f, "w", up_to(9));
  for (std::size_t i = 0; i < 9; ++i) {
    const value a = tanh(matmul(h, w[i])), b = tanh(matmul(w[i], h));
    h = exp(a) * (i == 4 ? a : b);
  }
  f.result("y", h);
  check_does_not_fold(f.finish());
}

TEST_CASE("layers that refer to different values outside do not fold") {
  builder f;
  const value x = f.argument("x", matrix), y = f.argument("y", matrix);
  value h = x;
  std::size_t i = 0;
  for (const value& w : arguments(f, "w", up_to(9))) h = tanh(matmul(h, w)) * (0b001011010u >> i++ & 1u ? x : y);
  f.result("y", h);
  check_does_not_fold(f.finish());
}

TEST_CASE("a layer that refers to one which would stand behind it stays") {
  builder f;
  const value x = f.argument("x", matrix);
  const auto w = arguments(f, "w", up_to(9));
  value h = x, q = exp(tanh(w[0]));
  for (std::size_t i = 0; i < 9; ++i) {
    // Made in the turn before the one in which it is the layer's own.
    const value next = i + 1 < 9 ? exp(tanh(w[i + 1])) : x;
    h = h + matmul(q, next);
    q = next;
  }
  f.result("y", h);
  check_does_not_fold(f.finish());
}

TEST_CASE("layers with constants of their own do not fold") {
  builder f;
  value h = f.argument("x", matrix);
  float number = 0;
  for (const value& w : arguments(f, "w", up_to(8))) {
    h = tanh(matmul(h, w)) * broadcast(scalar(f, number++), {64, 64}, {});
  }
  f.result("y", h);
  check_does_not_fold(f.finish());
}

TEST_CASE("layers of which some return more than others do not fold") {
  builder f;
  value h = f.argument("x", matrix);
  const auto w = arguments(f, "w", up_to(8));
  for (std::size_t i = 0; i < 8; ++i) {
    h = tanh(matmul(h, w[i]));
    if (i == 4) f.result("middle", h);
  }
  f.result("y", h);
  check_does_not_fold(f.finish());
}

TEST_CASE("programs without layers stay as they are") {
  check_does_not_fold(builder().finish());
  builder f;
  f.result("y", f.argument("x", matrix));
  check_does_not_fold(f.finish());
}

TEST_CASE("the segments of a training step are its passes") {
  const auto f = fold(training(up_to(16)));
  // Forward, backward, and the two sweeps of the update.
  REQUIRE(f.segments.size() == 4);
  for (const folded_segment& s : f.segments) {
    CHECK(s.first < s.end);
    for (op_id o = s.first; o < s.end; ++o.index) CHECK(f.op_counts[o.index] == 14);
  }
}

TEST_CASE("layers whose parts are mixed with one another are not side by side") {
  builder f;
  value h = f.argument("x", matrix);
  const auto w = arguments(f, "w", up_to(8));
  // The weights of all layers are prepared in one order and used in another one.
  std::vector<value> prepared(8, h);
  for (const std::size_t i : {0u, 4u, 2u, 6u, 1u, 7u, 3u, 5u}) prepared[i] = exp(tanh(w[i]));
  for (const value& p : prepared) h = h + tanh(matmul(h, p));
  f.result("y", h);
  const graph g = f.finish();
  const auto folded = fold(g);
  CHECK(folded.graph.op_count() < g.op_count());
  CHECK_FALSE(folded.is_contiguous());
}
