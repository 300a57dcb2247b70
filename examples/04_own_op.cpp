// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Lesson 4: an op of your own. One struct says its types, its sharding rule and its cost; listed in an op set, it is
// partitioned, simulated and explained like any other.

#include <iostream>

#include <partita/partita.hpp>
#include <partita/report/terminal.hpp>

namespace {

using namespace partita;

/// softmax(q @ transpose(k)) @ v in one kernel, on batch x heads x sequence x features.
struct flash_attention {
  static constexpr std::string_view name = "my.flash_attention";
  static constexpr op_traits traits{.matrix = true};

  static constexpr void infer(const op_view& op, result_types& types) {
    op::detail::expect_tensors(op, 3);
    for (std::size_t i = 0; i < 3; ++i) {
      if (op.operand(i).rank() != 4) op.fail("operands are batch x heads x sequence x features");
    }
    types.add(op.operand(0));
  }

  // b h q d, b h k d, b h k d -> b h q d. Batch, heads and queries are independent; keys and features are not split.
  static constexpr void rule(const op_view& op, rule_builder& r) {
    const type_view q = op.operand(0), k = op.operand(1);
    const factor_index batch = r.add(q.dims[0]), heads = r.add(q.dims[1]), queries = r.add(q.dims[2]);
    const factor_index keys = r.add(k.dims[2], factor_kind::needs_replication);
    const factor_index features = r.add(q.dims[3], factor_kind::needs_replication);
    for (std::size_t i = 0; i < 3; ++i) {
      r.operand(i, 0, batch);
      r.operand(i, 1, heads);
      r.operand(i, 2, i == 0 ? queries : keys);
      r.operand(i, 3, features);
    }
    r.result(0, 0, batch);
    r.result(0, 1, heads);
    r.result(0, 2, queries);
    r.result(0, 3, features);
  }

  /// Two matmuls; the scores never reach memory.
  static constexpr work cost(const op_view& op) {
    return {4.0 * static_cast<double>(op.operand(0).elements()) * static_cast<double>(op.operand(1).dims[2]), bytes_touched(op)};
  }
};

struct my_ops : op_set<stablehlo_ops, flash_attention> {};

constexpr auto attention = [] {
  basic_builder<my_ops> f;
  const auto type = tensor<bf16>(8, 16, 2048, 128);
  const auto q = f.argument("q", type), k = f.argument("k", type), v = f.argument("v", type);
  f.result("out", f.add1<flash_attention>({q, k, v}));
  return f.finish();
};

constexpr auto mesh = make_mesh(axis<"data", 4>, axis<"model", 4>);

// Heads over the model axis cost nothing; queries split over it make every device gather keys and values.
static_assert(collectives_of(attention, mesh, shard<"data">("q", 0) >> shard<"model">("q", 1)) == no_collectives);
static_assert(collectives_of(attention, mesh, shard<"model">("*", 2)).all_gather == 2);

}  // namespace

int main() {
  const auto program = attention();
  const auto plan = partition(program, mesh, shard<"data">("q", 0) >> shard<"model">("q", 2), h100);
  std::cout << summary(plan) << "\n" << explain(plan) << "\n" << remarks(plan);
}
