// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The running example of PartIR (arXiv 2401.11202, appendix A), proven by the compiler: rows of its table as
// static_asserts. f(x, w1, w2) = (x @ w1) @ w2 on a mesh of 4 x 2 devices.

#include <partita/partita.hpp>

namespace {

using namespace partita;

constexpr auto devices = make_mesh(axis<"batch", 4>, axis<"model", 2>);

constexpr auto chain = [] {
  builder f;
  auto x = f.argument("x", tensor<f32>(256, 8));
  auto w1 = f.argument("w1", tensor<f32>(8, 16));
  auto w2 = f.argument("w2", tensor<f32>(16, 8));
  f.result("y", matmul(matmul(x, w1), w2));
  return f.finish();
};

constexpr auto BP = shard<"batch">("x", 0);
constexpr auto MP = shard<"model">("w1", 1);
constexpr auto Z3 = shard<"batch">("w1", 0) * shard<"batch">("w2", 1);
constexpr auto activations = shard<"model">("x", 1) * shard<"model">("y", 1);

static_assert(collectives_of(chain, devices, skip) == no_collectives);
static_assert(collectives_of(chain, devices, BP) == no_collectives);
static_assert(collectives_of(chain, devices, BP >> MP) == all_reduce * 1);
static_assert(collectives_of(chain, devices, BP >> MP >> Z3) == all_gather * 2 + all_reduce * 1);
static_assert(collectives_of(chain, devices, BP >> MP >> activations) == all_gather * 1 + reduce_scatter * 1);
static_assert(collectives_of(chain, devices, BP >> MP >> Z3 >> activations) == all_gather * 3 + reduce_scatter * 1);

// Local shapes of the arguments after each tactic.
constexpr bool local_shapes_are(auto schedule, size_list x, size_list w1, size_list w2) {
  return with_schedule(chain, devices, schedule, [&](const auto& p) {
    const auto program = p.lower();
    const auto local = [&](std::size_t i) { return size_list(program.graph.type(program.graph.arguments()[i]).dims); };
    return local(0) == x && local(1) == w1 && local(2) == w2;
  });
}
static_assert(local_shapes_are(BP, {64, 8}, {8, 16}, {16, 8}));
static_assert(local_shapes_are(BP >> MP, {64, 8}, {8, 8}, {8, 8}));
static_assert(local_shapes_are(BP >> MP >> Z3, {64, 8}, {2, 8}, {8, 2}));

// In one tactic the two tiles ask the first matmul for two factors on one axis: a conflict, it stays whole and
// both are gathered. One tactic after the other there is none.
constexpr auto w1_columns = shard<"batch">("w1", 1);
static_assert(collectives_of(chain, devices, BP * w1_columns) == all_gather * 2);
static_assert(collectives_of(chain, devices, BP >> w1_columns).all_gather == 1);

// y = x @ transpose(x): both operands ask for a factor of their own. Pinning the transpose settles it.
constexpr auto gram = [] {
  builder f;
  auto x = f.argument("x", tensor<f32>(16, 8));
  f.scope("flipped");
  auto xt = transpose(x, {1, 0});
  f.scope("");
  f.result("y", matmul(x, xt));
  return f.finish();
};
constexpr auto rows = shard<"model">("x", 0);
static_assert(collectives_of(gram, devices, rows) == all_gather * 2);
static_assert(collectives_of(gram, devices, pin<"model">(tagged("flipped")) * rows) == all_gather * 1);

}  // namespace

int main() {}
