// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Ops that communicate or call: collectives, custom calls, composites, tuples and tokens; and those of CHLO. Refusals
// follow the StableHLO specification; rules that are said to be Shardy's are those that its registry of rules prints.

#include <string>
#include <string_view>
#include <vector>

#include "op_testing.hpp"

namespace {

using namespace partita;
using namespace partita::testing;

TEST_CASE("collectives over groups of devices") {
  test_graph g;
  const value_id x = argument(g, tensor<f32>(8, 2));
  op::all_gather::attributes gather;
  gather.all_gather_dim = 1;
  gather.replica_groups = devices(g, 4, {0, 2, 4, 6, 1, 3, 5, 7});
  CHECK(to_string(g.type(g.add<op::all_gather>(g.body(), {&x, 1}, gather)[0])) == "tensor<8x8xf32>");
  CHECK(rule_text(g, op_id{0}) == "([i, j])->([i, k]) {i=8, j=2, k=8} need_replication={i, j, k}");
  const auto gathers = [&](std::int64_t columns, const std::vector<std::int64_t>& numbers) {
    gather.replica_groups = devices(g, columns, numbers);
    return refusal([&] { g.add<op::all_gather>(g.body(), {&x, 1}, gather); });
  };
  says(gathers(2, {0, 1, 2, 2}), "device 2 twice");
  says(gathers(2, {0, 1, 2, 4}), "3 is missing");
  says(gathers(2, {0, 1, 2, -1}), "at least 0");
  gather.all_gather_dim = 2;
  says(gathers(2, {0, 1}), "all_gather_dim names dim 2");
  gather.all_gather_dim = 0;
  gather.use_global_device_ids = true;
  says(gathers(2, {0, 1}), "must be positive");

  // With a channel, each entry stands for all partitions of a replica: a program does not tell how many these are.
  gather.use_global_device_ids = false;
  gather.channel_handle = {1, 0};
  gather.replica_groups = devices(g, 2, {0, 1});
  const type_id four = g.intern(tensor<f32>(32, 2)), odd = g.intern(tensor<f32>(20, 2));
  CHECK(to_string(g.type(g.add<op::all_gather>(g.body(), {&x, 1}, gather, {&four, 1})[0])) == "tensor<32x2xf32>");
  says(refusal([&] { g.add<op::all_gather>(g.body(), {&x, 1}, gather, {&odd, 1}); }), "no multiple of 8");

  op::all_to_all::attributes exchange;
  exchange.split_dimension = 0;
  exchange.concat_dimension = 1;
  exchange.split_count = 4;
  exchange.replica_groups = devices(g, 4, {0, 1, 2, 3});
  CHECK(to_string(g.type(g.add<op::all_to_all>(g.body(), {&x, 1}, exchange)[0])) == "tensor<2x8xf32>");
  exchange.split_count = 2;
  says(refusal([&] { g.add<op::all_to_all>(g.body(), {&x, 1}, exchange); }), "must have 2 devices but have 4");
  exchange.split_count = 0;
  says(refusal([&] { g.add<op::all_to_all>(g.body(), {&x, 1}, exchange); }), "split_count is 0");

  const auto permutes = [&](std::int64_t columns, const std::vector<std::int64_t>& numbers) {
    const op::collective_permute::attributes a{devices(g, columns, numbers), {}};
    return refusal([&] { g.add<op::collective_permute>(g.body(), {&x, 1}, a); });
  };
  CHECK(permutes(2, {0, 1, 1, 2, 2, 0}) == "accepted");
  says(permutes(2, {0, 1, 0, 2}), "device 0 twice as a source");
  says(permutes(2, {0, 1, 2, 1}), "device 1 twice as a target");
  says(permutes(3, {0, 1, 2}), "pairs");

  const op_id reduced = open<op::reduce_scatter>(g, {x}, {0, devices(g, 4, {0, 1, 2, 3}), {}, false});
  combine<op::add>(g, reduced, f32);
  g.infer_and_close(reduced);
  CHECK(to_string(g.view(reduced).result(0)) == "tensor<2x2xf32>");
  const op_id uneven = open<op::reduce_scatter>(g, {x}, {1, devices(g, 4, {0, 1, 2, 3}), {}, false});
  combine<op::add>(g, uneven, f32);
  says(refusal([&] { g.infer_and_close(uneven); }), "cannot be split into 4 parts");
}

op_id add_call(test_graph& g, std::string_view target, const types& operands, const types& results,
               std::string_view rule = {}) {
  op::custom_call::attributes a;
  a.call_target_name.text = g.intern("\"" + std::string(target) + "\"");
  a.sharding_rule.text = g.intern(rule);
  return add_op<op::custom_call>(g, operands, a, results);
}

TEST_CASE("known custom calls have Shardy's rules, unknown ones are kept whole") {
  const auto rule = [](std::string_view target, const types& operands, const types& results,
                       std::string_view stated = {}) {
    test_graph g;
    return rule_text(g, add_call(g, target, operands, results, stated));
  };
  CHECK(rule("X64Combine", {tensor<ui32>(8, 2), tensor<ui32>(8, 2)}, {tensor<element_type::ui64>(8, 2)}) ==
        "([i, j], [i, j])->([i, j]) {i=8, j=2}");
  CHECK(rule("mhlo.topk", {tensor<f32>(16, 8)}, {tensor<f32>(16, 2), tensor<i32>(16, 2)}) ==
        "([i, j])->([i, k], [i, k]) {i=16, j=8, k=2} need_replication={j, k}");
  CHECK(rule("Qr", {tensor<f32>(8, 5, 3)}, {tensor<f32>(8, 5, 3), tensor<f32>(8, 3)}) ==
        "([i, j, l])->([i, j, l], [i, k]) {i=8, j=5, k=3, l=3} need_replication={j, k, l}");
  CHECK(rule("unheard_of", {tensor<f32>(8)}, {tensor<f32>(8)}) == "([i])->([j]) {i=8, j=8} need_replication={i, j}");
  // Of a known name but not of its shape.
  CHECK(rule("X64Combine", {tensor<f32>(8)}, {tensor<f32>(4)}) == "([i])->([j]) {i=8, j=4} need_replication={i, j}");
  CHECK(rule("PartialReduce", {tensor<f32>(8)}, {tensor<f32>(8)}) == "([i])->([j]) {i=8, j=8} need_replication={i, j}");
}

TEST_CASE("a program states the rules of its own custom calls") {
  const auto stated = [](std::string_view text) {
    test_graph g;
    const op_id o = add_call(g, "mine", {tensor<f32>(8, 6)}, {tensor<f32>(6, 8)}, text);
    std::string rule;
    const std::string refused = refusal([&] { rule = rule_text(g, o); });
    return refused == "accepted" ? rule : refused;
  };
  CHECK(stated("#sdy.op_sharding_rule<([i, j])->([j, i]) {i=8, j=6}, custom>") == "([i, j])->([j, i]) {i=8, j=6}");
  CHECK(stated("#sdy.op_sharding_rule<([z_1i, j])->([k, z_1i]) {i=2, j=6, k=6, z_1=4} reduction={j} "
               "need_replication={k} permutation={i}>") ==
        "([ij, k])->([l, ij]) {i=4, j=2, k=6, l=6} reduction={k} need_replication={l} permutation={j}");
  // JAX leaves dims that a function needs whole to factors of their own.
  CHECK(stated("#sdy.op_sharding_rule<([i, j])->([k, i]) {i=8, j=6, k=6}, custom>") ==
        "([i, j])->([k, i]) {i=8, j=6, k=6} need_replication={j, k}");
  says(stated("#sdy.op_sharding_rule<([i, j])->([j, i]) {i=8, j=5}>"), "make 5 of tensor<8x6xf32>");
  says(stated("#sdy.op_sharding_rule<([i, j], [])->([j, i]) {i=8, j=6}>"), "2 operands and 1 results");
  says(stated("#sdy.op_sharding_rule<([i])->([j, i]) {i=8, j=6}>"), "rank 1 stands for tensor<8x6xf32>");
  says(stated("#sdy.op_sharding_rule<([i, j])->([j, i]) {i=8, j=6} reduction={j}>"), "holds a reduction factor");
  says(stated("#sdy.op_sharding_rule<([i, j])->([j, i]) {i=8, j=6"), "expected a factor's name");
  says(stated("#sdy.op_sharding_rule<([i, j])->([j, z_99999999999999999999]) {i=8, j=6}>"), "64 bits");
}

TEST_CASE("custom calls refuse layouts and aliases beyond their types") {
  test_graph g;
  const type_id t = g.intern(tensor<f32>(2, 3));
  const value_id x = argument(g, tensor<f32>(2, 3));
  const auto with = [&](std::string_view in, std::string_view out, std::string_view alias) {
    op::custom_call::attributes a;
    a.operand_layouts.text = g.intern(in);
    a.result_layouts.text = g.intern(out);
    a.output_operand_aliases.text = g.intern(alias);
    return refusal([&] { g.add<op::custom_call>(g.body(), {&x, 1}, a, {&t, 1}); });
  };
  constexpr std::string_view order = "[dense<[1, 0]> : tensor<2xindex>]";
  CHECK(with(order, order, "") == "accepted");
  says(with(order, "", ""), "both or not at all");
  says(with("[]", order, ""), "must have 1 entry but has 0");
  says(with("[dense<[1, 1]> : tensor<2xindex>]", order, ""), "every dim of tensor<2x3xf32> once");
  says(with("[dense<[2, 0]> : tensor<2xindex>]", order, ""), "every dim");
  says(with("[dense<0> : tensor<1xindex>]", order, ""), "every dim");
  constexpr std::string_view head = "[#stablehlo.output_operand_alias<output_tuple_indices = [], operand_index = ";
  CHECK(with("", "", std::string(head) + "0, operand_tuple_indices = []>]") == "accepted");
  says(with("", "", std::string(head) + "1, operand_tuple_indices = []>]"), "in [0, 1)");
  says(with("", "", std::string(head) + "0, operand_tuple_indices = [0]>]"), "beyond the parts");
}

TEST_CASE("operations with very many dims stay whole") {
  test_graph g;
  const types many(100, tensor<f32>(2, 2, 2));
  const rule_table rules = (add_call(g, "unheard_of", many, many), make_rules(g));
  CHECK(rules.factors(rules.units(op_id{0})[0]).empty());
}

TEST_CASE("a composite is named by a namespace and an op") {
  test_graph g;
  const auto named = [&](std::string_view text) {
    op::composite::attributes a;
    a.composite_name.text = g.intern(text);
    return refusal([&] { g.add<op::composite>(g.body(), {}, a); });
  };
  CHECK(named("\"my.op\"") == "accepted");
  for (const std::string_view bad : {"\"foo\"", "\"foo.\"", "\".foo\"", "\"foo.%\"", "\"\""})
    says(named(bad), "namespace.op");
}

TEST_CASE("tuples hold types, tokens order messages") {
  test_graph g;
  const value_id x = argument(g, tensor<f32>(4)), y = argument(g, tensor<i32>());
  const value_id both[] = {x, y};
  const value_id pair = g.add<op::tuple>(g.body(), both)[0];
  CHECK(to_string(g.type(g.add<op::get_tuple_element>(g.body(), {&pair, 1}, {1})[0])) == "tensor<i32>");
  says(refusal([&] { g.add<op::get_tuple_element>(g.body(), {&pair, 1}, {2}); }), "it must be in [0, 2)");
  says(refusal([&] { g.add<op::get_tuple_element>(g.body(), {&pair, 1}, {-1}); }), "it must be in [0, 2)");
  says(refusal([&] { g.add<op::get_tuple_element>(g.body(), {&x, 1}, {0}); }), "must be a tuple");

  const value_id token = g.add<op::create_token>(g.body(), {})[0];
  CHECK(g.type(g.add<op::after_all>(g.body(), {&token, 1})[0]).element == element_type::token);
  says(refusal([&] { g.add<op::after_all>(g.body(), {&x, 1}); }), "must be a token");
  const type_id results[] = {g.type_index(x), g.type_index(token)};
  const auto infeed = [&](std::string_view layout, list_view<type_id> stated) {
    op::infeed::attributes a;
    a.layout.text = g.intern(layout);
    return refusal([&] { g.add<op::infeed>(g.body(), {&token, 1}, a, stated); });
  };
  CHECK(infeed("[[0]]", results) == "accepted");
  says(infeed("[[0], [0]]", results), "an entry for each of 1 results");
  says(infeed("[[[]]]", results), "numbers of dims");
  says(infeed("", {}), "one result at least");
  says(infeed("", {results, 1}), "last result must be a token");
  const value_id sent[] = {x, token};
  CHECK(refusal([&] { g.add<op::send>(g.body(), sent, {{1, 1}, false, {}}); }) == "accepted");
  says(refusal([&] { g.add<op::send>(g.body(), sent, {{1, 1}, true, {}}); }), "must be 2 (from device to host)");
  says(refusal([&] {
         g.add<op::recv>(g.body(), {&token, 1}, {{1, 2}, true, {}}, results);
       }),
       "must be 3 (from host to device)");
}

TEST_CASE("chlo ops broadcast, select and keep special functions elementwise") {
  namespace chlo = op::chlo;
  CHECK(rule_of<chlo::erf>({tensor<f32>(4, 8)}) == "([i, j])->([i, j]) {i=4, j=8}");
  CHECK(result_of<chlo::is_inf>({tensor<f32>(4)}) == "tensor<4xi1>");
  CHECK(result_of<chlo::top_k>({tensor<f32>(4, 8)}, {3}) == "tensor<4x3xf32>");
  // This set lacks what the op takes to combine parts: rules-coverage.md has its rule where a set holds all.
  CHECK(rule_of<chlo::top_k>({tensor<f32>(4, 8)}, {3}) ==
        "([i, j])->([i, k], [i, k]) {i=4, j=8, k=3} need_replication={j, k}");
  says(refusal_of<chlo::top_k>({tensor<f32>(4, 8)}, {9}), "between 0 and the last dim's size 8");
  says(refusal_of<chlo::top_k>({tensor<f32>()}, {0}), "rank 1 or more");
  CHECK(rule_of<chlo::broadcast_add>({tensor<f32>(4, 1, 8), tensor<f32>(3, 8)}) ==
        "([i, k, l], [j, l])->([i, j, l]) {i=4, j=3, k=1, l=8} need_replication={k}");
  CHECK(result_of<chlo::broadcast_compare>({tensor<f32>(4, 8), tensor<f32>(4)}, {{{0}}}) == "tensor<4x8xi1>");
  says(refusal_of<chlo::broadcast_add>({tensor<f32>(4), tensor<f32>(3)}), "have 4 and 3");
  says(refusal_of<chlo::broadcast_add>({tensor<f32>(4, 8), tensor<f32>(4)}, {{0, 1}}), "must have 1 entry but has 2");
  CHECK(result_of<chlo::broadcast_select>({tensor<i1>(4, 1), tensor<f32>(8), tensor<f32>()}) == "tensor<4x8xf32>");
}

}  // namespace
