// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Ops that compute, combine or repeat. Shapes and refusals follow the StableHLO specification; rules that are said to
// be Shardy's are those that its registry of rules prints for the same op; counts of operations are worked out by hand.

#include <string>
#include <utility>
#include <vector>

#include "op_testing.hpp"
#include "support/check_both.hpp"

namespace {

using namespace partita;
using namespace partita::testing;

// tanh(x * x) summed over one dim: units of the rule, and the factor that is reduced.
constexpr bool sum_of_a_chain() {
  test_graph g;
  const value_id x = argument(g, tensor<f32>(4, 8));
  const value_id both[] = {x, x};
  const value_id product = g.add<op::multiply>(g.body(), both)[0];
  const value_id y = g.add<op::tanh>(g.body(), {&product, 1})[0];
  const op_id o = add_reduce<op::add>(g, y, scalar(g, 0), {1});
  const rule_table rules = make_rules(g);
  const auto factors = rules.factors(rules.units(o)[0]);
  return g.type(g.results(o)[0]) == tensor<f32>(4).view() && factors.size() == 2 &&
         factors[0] == factor{4, factor_kind::parallel} && factors[1] == factor{8, factor_kind::reduction, monoid::add};
}

constexpr double flops_of_a_chain() {
  test_graph g;
  const value_id x = argument(g, tensor<f32>(4, 8));
  const value_id both[] = {x, x};
  const value_id sum = g.add<op::add>(g.body(), both)[0];
  g.add<op::exponential>(g.body(), {&sum, 1});
  double flops = 0;
  for (std::uint32_t i = 0; i < g.op_count(); ++i) flops += g.info(op_id{i}).cost(g.view(op_id{i})).flops;
  return flops;
}

TEST_CASE("ops infer, cost and have rules in constant expressions") {
#ifdef __SANITIZE_ADDRESS__  // g++ 12 then compares no function pointers in constant expressions
  CHECK(sum_of_a_chain());
#else
  PARTITA_CHECK_BOTH(sum_of_a_chain());
#endif
  PARTITA_CHECK_BOTH(flops_of_a_chain() == 4 * 8 + 10 * 4 * 8);
}

TEST_CASE("elementwise ops infer their result's element type") {
  CHECK(result_of<op::add>({tensor<f32>(4, 8), tensor<f32>(4, 8)}) == "tensor<4x8xf32>");
  CHECK(result_of<op::compare>({tensor<i32>(4), tensor<i32>(4)}) == "tensor<4xi1>");
  CHECK(result_of<op::is_finite>({tensor<f32>(4)}) == "tensor<4xi1>");
  CHECK(result_of<op::real>({tensor<c128>(4)}) == "tensor<4xf64>");
  CHECK(result_of<op::imag>({tensor<c64>(4)}) == "tensor<4xf32>");
  CHECK(result_of<op::abs>({tensor<c64>(4)}) == "tensor<4xf32>");
  CHECK(result_of<op::complex>({tensor<f32>(4), tensor<f32>(4)}) == "tensor<4xcomplex<f32>>");
  CHECK(result_of<op::convert>({tensor<f32>(4)}, {}, {tensor<i8>(4)}) == "tensor<4xi8>");
  CHECK(result_of<op::select>({tensor<i1>(), tensor<f32>(4), tensor<f32>(4)}) == "tensor<4xf32>");
  CHECK(result_of<op::clamp>({tensor<f32>(), tensor<f32>(4), tensor<f32>(4)}) == "tensor<4xf32>");
  CHECK(result_of<op::add>({tensor<f32>(dynamic_size, 8), tensor<f32>(4, dynamic_size)}) == "tensor<4x8xf32>");
}

TEST_CASE("elementwise ops have Shardy's rules") {
  CHECK(rule_of<op::add>({tensor<f32>(2, 1, 4), tensor<f32>(2, 1, 4)}) ==
        "([i, j, k], [i, j, k])->([i, j, k]) {i=2, j=1, k=4}");
  CHECK(rule_of<op::select>({tensor<i1>(), tensor<f32>(4, 8), tensor<f32>(4, 8)}) ==
        "([], [i, j], [i, j])->([i, j]) {i=4, j=8}");
  CHECK(rule_of<op::clamp>({tensor<f32>(), tensor<f32>(4, 8), tensor<f32>()}) ==
        "([], [i, j], [])->([i, j]) {i=4, j=8}");
}

TEST_CASE("a dim that is dynamic in one operand does not split") {
  CHECK(rule_of<op::add>({tensor<f32>(4), tensor<f32>(dynamic_size)}) == "([i], [i])->([i]) {i=?}");
}

TEST_CASE("elementwise ops refuse what the specification does") {
  says(refusal_of<op::add>({tensor<f32>(4, 8), tensor<f32>(8, 4)}), "tensor<4x8xf32> and tensor<8x4xf32>");
  says(refusal_of<op::add>({tensor<f32>(4)}), "takes 2 operands but has 1");
  says(refusal_of<op::shift_left>({tensor<f32>(4), tensor<f32>(4)}), "signed integer or unsigned integer");
  says(refusal_of<op::sqrt>({tensor<i32>(4)}), "float or complex");
  says(refusal_of<op::complex>({tensor<f16>(4), tensor<f16>(4)}), "f32 or f64");
  says(refusal_of<op::compare>({tensor<f32>(4), tensor<f32>(4)},
                               {op::comparison_direction::LT, op::comparison_type::SIGNED}),
       "signed integer");
  says(refusal_of<op::select>({tensor<i1>(3), tensor<f32>(4), tensor<f32>(4)}), "a scalar or of the shape");
  says(refusal_of<op::clamp>({tensor<f32>(3), tensor<f32>(4), tensor<f32>()}), "a scalar or of the operand's type");
  says(refusal_of<op::convert>({tensor<f32>(4)}), "must be stated");
  says(refusal_of<op::reduce_precision>({tensor<f32>(4)}, {0, 3}), "exponent_bits is 0 but must be at least 1");
}

TEST_CASE("only mode TOLERANCE has tolerances") {
  const auto with = [](std::string_view accuracy) {
    test_graph g;
    const value_id x = argument(g, tensor<f32>(4));
    const op::tanh::attributes a{{g.intern(accuracy)}};
    return refusal([&] { g.add<op::tanh>(g.body(), {&x, 1}, a); });
  };
  says(with("#stablehlo.result_accuracy<ulps = 4, mode = #stablehlo.result_accuracy_mode<HIGHEST>>"),
       "ulps must be zero");
  CHECK(with("#stablehlo.result_accuracy<atol = 0.000000e+00, ulps = 0, mode = "
             "#stablehlo.result_accuracy_mode<HIGHEST>>") == "accepted");
  CHECK(with("#stablehlo.result_accuracy<atol = 1.0, mode = #stablehlo.result_accuracy_mode<TOLERANCE>>") ==
        "accepted");
}

TEST_CASE("partial sums pass through a convert where parts may be converted one by one") {
  const auto forwards = [](const tensor_type& from, const tensor_type& to) {
    test_graph g;
    const op_id o = add_op<op::convert>(g, {from}, {}, {to});
    const rule_table rules = make_rules(g);
    return rules[rules.units(o)[0]].forwards_partial;
  };
  CHECK(forwards(tensor<f32>(4), tensor<bf16>(4)));
  CHECK(forwards(tensor<i64>(4), tensor<i32>(4)));
  CHECK_FALSE(forwards(tensor<f32>(4), tensor<i32>(4)));  // 0.5 + 0.5
  CHECK_FALSE(forwards(tensor<i32>(4), tensor<f32>(4)));  // sums that wrap
  CHECK_FALSE(forwards(tensor<i8>(4), tensor<i32>(4)));
  CHECK_FALSE(forwards(tensor<i32>(4), tensor<i1>(4)));
}

TEST_CASE("bytes are counted once per operand and result") {
  const work w = cost_of<op::add>({tensor<f32>(4, 8), tensor<f32>(4, 8)});
  CHECK(w.flops == 32);
  CHECK(w.bytes == 3 * 128);
}

TEST_CASE("bitcast_convert keeps the dim that elements are made of whole, as in Shardy") {
  CHECK(rule_of<op::bitcast_convert>({tensor<ui32>(4, 2, 2)}, {}, {tensor<element_type::ui64>(4, 2)}) ==
        "([i, j, k])->([i, j]) {i=4, j=2, k=2} need_replication={k}");
  CHECK(rule_of<op::bitcast_convert>({tensor<ui32>(4, 2)}, {}, {tensor<f32>(4, 2)}) == "([i, j])->([i, j]) {i=4, j=2}");
  says(refusal_of<op::bitcast_convert>({tensor<ui32>(4, 3)}, {}, {tensor<element_type::ui64>(4)}), "the bits of each");
}

TEST_CASE("parts of a splat are splats; other constants are made whole") {
  test_graph g;
  splat(g, 0, tensor<f32>(4, 8));
  CHECK(rule_text(g, op_id{0}) == "()->([i, j]) {i=4, j=8}");
  test_graph h;
  const std::uint8_t bytes[8] = {};
  const type_id t = h.intern(tensor<f32>(2)), three = h.intern(tensor<f32>(3)),
                open_ended = h.intern(tensor<f32>(dynamic_size));
  const constant_data data{h.add_bytes(bytes), 8, false};
  h.add<op::constant>(h.body(), {}, {data}, {&t, 1});
  CHECK(rule_text(h, op_id{0}) == "()->([i]) {i=2} need_replication={i}");
  says(refusal([&] { h.add<op::constant>(h.body(), {}, {data}, {&three, 1}); }), "holds 8 bytes");
  says(refusal([&] { h.add<op::constant>(h.body(), {}, {data}, {&open_ended, 1}); }), "static shape");
  const type_id token = h.intern(type_view{element_type::token, {}});
  says(refusal([&] { h.add<op::constant>(h.body(), {}, {data}, {&token, 1}); }), "must be a tensor");
}

TEST_CASE("iota counts along a dim that stays whole") {
  CHECK(rule_of<op::iota>({}, {1}, {tensor<i32>(4, 8)}) == "()->([i, j]) {i=4, j=8} need_replication={j}");
  says(refusal_of<op::iota>({}, {2}, {tensor<i32>(4, 8)}), "it must be in [0, 2)");
  says(refusal_of<op::iota>({}, {0}, {tensor<i1>(4)}), "integers, floats or complex");
  CHECK(rule_of<op::dynamic_iota>({tensor<i64>(2)}, {0}, {tensor<f32>(4, 8)}) ==
        "([i])->([j, k]) {i=2, j=4, k=8} need_replication={i, j, k}");
  says(refusal_of<op::dynamic_iota>({tensor<i64>(3)}, {0}, {tensor<f32>(4, 8)}), "2 entries");
}

TEST_CASE("a sum from zero has Shardy's rule") {
  test_graph g;
  const value_id x = argument(g, tensor<f32>(2, 64, 13));
  const op_id o = add_reduce<op::add>(g, x, scalar(g, 0), {1});
  CHECK(rule_text(g, o) == "([i, j, k], [])->([i, k]) {i=2, j=64, k=13} reduction={j}");
  CHECK(g.info(o).cost(g.view(o)).flops == 2 * 64 * 13);
  CHECK(g.info(o).cost(g.view(o)).bytes == 4 * (2 * 64 * 13 + 1 + 2 * 13));
}

TEST_CASE("a reduced dim splits only where the initial value counts for nothing") {
  const auto reduced = [](auto combiner, float init) {
    test_graph g;
    const value_id x = argument(g, tensor<f32>(4, 8));
    const op_id o = add_reduce<decltype(combiner)>(g, x, scalar(g, init), {1});
    const rule_table rules = make_rules(g);
    return rules.factors(rules.units(o)[0])[1];
  };
  const auto partial = [](monoid m) { return factor{8, factor_kind::reduction, m}; };
  const factor whole{8, factor_kind::needs_replication};
  CHECK(reduced(op::add{}, 0.0f) == partial(monoid::add));
  CHECK(reduced(op::add{}, -0.0f) == partial(monoid::add));
  CHECK(reduced(op::add{}, 1.0f) == whole);
  CHECK(reduced(op::multiply{}, 1.0f) == partial(monoid::multiply));
  CHECK(reduced(op::multiply{}, 0.0f) == whole);
  CHECK(reduced(op::maximum{}, 3.0f) == partial(monoid::maximum));  // idempotent: counted twice is counted once
  CHECK(reduced(op::minimum{}, 3.0f) == partial(monoid::minimum));
  CHECK(reduced(op::subtract{}, 0.0f) == whole);  // no monoid

  test_graph g;  // an initial value that only the run knows
  const value_id x = argument(g, tensor<f32>(4, 8)), init = argument(g, tensor<f32>());
  CHECK(rule_text(g, add_reduce<op::add>(g, x, init, {1})) == "([i, j], [])->([i]) {i=4, j=8} need_replication={j}");
}

TEST_CASE("an initial value is seen through converts") {
  test_graph g;
  const value_id x = argument(g, tensor<f32>(4, 8)), zero = splat(g, 0, tensor<i32>());
  const type_id t = g.intern(tensor<f32>());
  const value_id init = g.add<op::convert>(g.body(), {&zero, 1}, {}, {&t, 1})[0];
  CHECK(rule_text(g, add_reduce<op::add>(g, x, init, {1})) == "([i, j], [])->([i]) {i=4, j=8} reduction={j}");
}

// Keeps the larger of two values and its position.
op_id add_argmax(test_graph& g) {
  const value_id x = argument(g, tensor<f32>(4, 8)), positions = argument(g, tensor<i32>(4, 8));
  const value_id least = scalar(g, 0), first = splat(g, 0, tensor<i32>());
  const op_id o = open<op::reduce>(g, {x, positions, least, first}, {{1}});
  const region_id r = begin(g, o, {tensor<f32>(), tensor<i32>(), tensor<f32>(), tensor<i32>()});
  const auto a = g.arguments(r);
  const value_id compared[] = {a[0], a[2]};
  const value_id greater = g.add<op::compare>(r, compared, {op::comparison_direction::GT})[0];
  const value_id values[] = {greater, a[0], a[2]}, places[] = {greater, a[1], a[3]};
  const value_id value = g.add<op::select>(r, values)[0];
  end(g, r, {value, g.add<op::select>(r, places)[0]});
  g.infer_and_close(o);
  return o;
}

TEST_CASE("a reduction of several inputs keeps the reduced dim whole where the set lacks what combines its parts") {
  test_graph g;
  CHECK(rule_text(g, add_argmax(g)) == "([i, j], [i, j], [], [])->([i], [i]) {i=4, j=8} need_replication={j}");
}

TEST_CASE("how often a region meets initial values is all the same where it chooses or they are identities") {
  test_graph g;
  CHECK(g.view(add_argmax(g)).repeats_initial(0, 2));

  // Two inputs; the results that `returned` makes of the arguments: elements so far, then those to combine.
  const auto repeats = [](float init, auto&& returned) {
    test_graph made;
    const value_id x = argument(made, tensor<f32>(4, 8)), first = scalar(made, init);
    const op_id o = open<op::reduce>(made, {x, x, first, first}, {{1}});
    const region_id r = begin(made, o, {tensor<f32>(), tensor<f32>(), tensor<f32>(), tensor<f32>()});
    const auto a = made.arguments(r);
    const auto binary = [&]<class O>(O, value_id p, value_id q) {
      const value_id of[] = {p, q};
      return made.add<O>(r, of)[0];
    };
    const auto pair = returned(a, binary);
    end(made, r, {pair.first, pair.second});
    made.infer_and_close(o);
    return made.view(o).repeats_initial(0, 2);
  };
  using values = std::pair<value_id, value_id>;
  const auto sums = [](const auto& a, const auto& of) {
    return values(of(op::add{}, a[0], a[2]), of(op::add{}, a[3], a[1]));
  };
  CHECK(repeats(0, sums));
  CHECK(!repeats(1, sums));
  const auto largest = [](const auto& a, const auto& of) { return values(of(op::maximum{}, a[0], a[2]), a[3]); };
  CHECK(repeats(1, largest));
  CHECK(!repeats(0, [](const auto& a, const auto&) { return values(a[1], a[0]); }));  // elements of the other input
  CHECK(!repeats(0, [](const auto& a, const auto& of) { return values(of(op::add{}, a[0], a[0]), a[1]); }));
  CHECK(!repeats(0, [](const auto& a, const auto& of) { return values(of(op::subtract{}, a[0], a[2]), a[1]); }));
  CHECK(!repeats(0, [](const auto& a, const auto& of) { return values(of(op::maximum{}, a[0], a[3]), a[1]); }));
}

TEST_CASE("ops in a reducer have no rule of their own") {
  test_graph g;
  const op_id o = add_reduce<op::add>(g, argument(g, tensor<f32>(4)), scalar(g, 0), {0});
  const rule_table rules = make_rules(g);
  CHECK(rules.units(op_id{o.index + 1}).size() == 0);
}

TEST_CASE("reduce refuses regions and operands that do not fit") {
  test_graph g;
  const value_id x = argument(g, tensor<f32>(4, 8)), y = argument(g, tensor<f32>(8, 4)), zero = scalar(g, 0);
  const auto with = [&](std::initializer_list<value_id> operands, const dim_list& dims, auto&& fill) {
    return refusal([&] {
      const op_id o = open<op::reduce>(g, operands, {dims});
      fill(o);
      g.infer_and_close(o);
    });
  };
  const auto adds = [&](op_id o) { combine<op::add>(g, o, f32); };
  CHECK(with({x, zero}, {1}, adds) == "accepted");
  says(with({x, zero}, {2}, adds), "dimensions names dim 2");
  says(with({x, zero}, {1, 1}, adds), "twice");
  says(with({x, x}, {1}, adds), "operand 1 must be a scalar");
  says(with({x}, {1}, adds), "as many initial values");
  says(with({x, zero}, {1}, [](op_id) {}), "takes 1 region but has 0");
  says(with({x, zero}, {1}, [&](op_id o) { combine<op::add>(g, o, i32); }), "do not fit tensor<i32>");
  CHECK(with({x, zero}, {1}, [&](op_id o) { combine<op::add>(g, o, f64); }) == "accepted");  // promotes
  says(with({x, y, zero, zero}, {1},
            [&](op_id o) {
              const region_id r = begin(g, o, {tensor<f32>(), tensor<f32>(), tensor<f32>(), tensor<f32>()});
              end(g, r, {g.arguments(r)[0], g.arguments(r)[1]});
            }),
       "inputs must have one shape");
  says(with({x, zero}, {1},
            [&](op_id o) {
              const region_id r = begin(g, o, {tensor<f32>(), tensor<f32>(), tensor<f32>()});
              end(g, r, {g.arguments(r)[0]});
            }),
       "must have 2 arguments but has 3");
}

TEST_CASE("map applies its region everywhere") {
  test_graph g;
  const value_id x = argument(g, tensor<f32>(4, 8)), y = argument(g, tensor<f32>(4, 8));
  const op_id o = open<op::map>(g, {x, y}, {{0, 1}});
  combine<op::multiply>(g, o, f32);
  g.infer_and_close(o);
  CHECK(rule_text(g, o) == "([i, j], [i, j])->([i, j]) {i=4, j=8}");
  const op_id wrong = open<op::map>(g, {x, y}, {{1, 0}});
  combine<op::multiply>(g, wrong, f32);
  says(refusal([&] { g.infer_and_close(wrong); }), "all dims in order");
}

op::reduce_window::attributes example_window() {  // the specification's example of reduce_window
  return {{2, 1}, {4, 1}, {2, 1}, {3, 1}, {{2, 0}, {1, 0}}};
}

TEST_CASE("reduce_window has the specification's shape and splits where windows are single elements") {
  test_graph g;
  const value_id x = argument(g, tensor<i32>(3, 2)), zero = splat(g, 0, tensor<i32>());
  const op_id o = open<op::reduce_window>(g, {x, zero}, example_window());
  combine<op::add>(g, o, i32);
  g.infer_and_close(o);
  CHECK(to_string(g.view(o).result(0)) == "tensor<2x2xi32>");
  CHECK(rule_text(g, o) == "([i, j], [])->([i, j]) {i=2, j=2} permutation={i}");
  CHECK(g.info(o).cost(g.view(o)).flops == 2 * 2 * 2);

  const auto refused = [&](const op::reduce_window::attributes& a) {
    const op_id bad = open<op::reduce_window>(g, {x, zero}, a);
    combine<op::add>(g, bad, i32);
    return refusal([&] { g.infer_and_close(bad); });
  };
  auto a = example_window();
  a.window_dimensions = {2};
  says(refused(a), "window_dimensions must have 2 entries but has 1");
  a = example_window();
  a.window_strides = {0, 1};
  says(refused(a), "at least 1");
  a = example_window();
  a.padding.high = {};
  says(refused(a), "padding");
  a = example_window();
  a.padding.low = {-9, 0};
  says(refused(a), "negative padding");
  a = example_window();
  a.padding.low = {std::int64_t{1} << 62, 0};
  says(refused(a), "within 2^48");
}

TEST_CASE("select_and_scatter fits its source to the windows") {
  test_graph g;  // the specification's example of select_and_scatter
  const value_id x = argument(g, tensor<i64>(4, 2)), source = argument(g, tensor<i64>(2, 2)),
                 zero = argument(g, tensor<i64>());
  const op::select_and_scatter::attributes a{{3, 1}, {2, 1}, {{0, 0}, {1, 0}}};
  const auto add = [&](value_id windows, const op::select_and_scatter::attributes& attributes) {
    const op_id o = open<op::select_and_scatter>(g, {x, windows, zero}, attributes);
    const region_id first = g.open_region(o), second = g.open_region(o);
    for (const region_id r : {first, second}) {
      for (int i = 0; i < 2; ++i) g.add_argument(r, g.intern(tensor<i64>()));
      g.begin_region(r);
      const value_id both[] = {g.arguments(r)[0], g.arguments(r)[1]};
      end(g, r,
          {r == first ? g.add<op::compare>(r, both, {op::comparison_direction::GE})[0] : g.add<op::add>(r, both)[0]});
    }
    g.infer_and_close(o);
    return o;
  };
  const op_id o = add(source, a);
  CHECK(to_string(g.view(o).result(0)) == "tensor<4x2xi64>");
  CHECK(rule_text(g, o) == "([i, k], [j, k], [])->([i, k]) {i=4, j=2, k=2} need_replication={j} permutation={i}");
  says(refusal([&] { add(x, a); }), "one element per window, 2 in dim 0");
  says(refusal([&] { add(source, {}); }), "window_dimensions must have 2 entries");
}

TEST_CASE("sort keeps the sorted dim whole, as in Shardy") {
  const auto add = [](test_graph& g, std::int64_t dimension, bool compares) {
    const value_id x = argument(g, tensor<i32>(4, 32, 8)), y = argument(g, tensor<f32>(4, 32, 8));
    const op_id o = open<op::sort>(g, {x, y}, {dimension, true});
    const region_id r = begin(g, o, {tensor<i32>(), tensor<i32>(), tensor<f32>(), tensor<f32>()});
    const value_id both[] = {g.arguments(r)[0], g.arguments(r)[1]};
    end(g, r, {compares ? g.add<op::compare>(r, both)[0] : both[0]});
    g.infer_and_close(o);
    return o;
  };
  test_graph g;
  const op_id first = add(g, 0, true), middle = add(g, -2, true);
  CHECK(rule_text(g, first) == "([i, j, k], [i, j, k])->([i, j, k], [i, j, k]) {i=4, j=32, k=8} need_replication={i}");
  CHECK(rule_text(g, middle) == "([i, j, k], [i, j, k])->([i, j, k], [i, j, k]) {i=4, j=32, k=8} need_replication={j}");
  CHECK(g.info(middle).cost(g.view(middle)).flops == 4 * 32 * 8 * 5);  // log2 32
  says(refusal([&] { add(g, 3, true); }), "dimension names dim 3");
  says(refusal([&] { add(g, -4, true); }), "dimension names dim -4");
  says(refusal([&] { add(g, 0, false); }), "must be tensor<i1> but is tensor<i32>");
}

// i = 0; while (i < 10) { i = i + 1; x = tanh(x) }
op_id add_loop(test_graph& g, bool good_body = true) {
  const value_id i = splat(g, 0, tensor<i32>()), x = argument(g, tensor<f32>(4, 8));
  const op_id o = open<op::while_>(g, {i, x}, {});
  const region_id cond = g.open_region(o), body = g.open_region(o);
  for (const region_id r : {cond, body}) {
    g.add_argument(r, g.intern(tensor<i32>()));
    g.add_argument(r, g.intern(tensor<f32>(4, 8)));
  }
  const type_id t = g.intern(tensor<i32>());
  g.begin_region(cond);
  const std::uint8_t ten[] = {10, 0, 0, 0};
  const value_id limit = g.add<op::constant>(cond, {}, {{g.add_bytes(ten), 4, true}}, {&t, 1})[0];
  const value_id compared[] = {g.arguments(cond)[0], limit};
  end(g, cond, {g.add<op::compare>(cond, compared, {op::comparison_direction::LT})[0]});
  g.begin_region(body);
  const value_id twice[] = {g.arguments(body)[0], g.arguments(body)[0]};
  const value_id next = g.add<op::add>(body, twice)[0];
  const value_id carried = g.arguments(body)[1];
  const value_id y = g.add<op::tanh>(body, {&carried, 1})[0];
  end(g, body, {next, good_body ? y : next});
  g.infer_and_close(o);
  return o;
}

TEST_CASE("each value that a loop carries is a unit that ties its five places") {
  test_graph g;
  const op_id o = add_loop(g);
  CHECK(rule_texts(g, o) == texts{"([], [])->([], [], [])", "([i, j], [i, j])->([i, j], [i, j], [i, j]) {i=4, j=8}"});
  const rule_table rules = make_rules(g);
  const unit_id u = rules.units(o)[1];
  const auto slots = rules.slots(u);
  REQUIRE(slots.size() == 5);
  const region_id cond = g.regions(o)[0], body = g.regions(o)[1];
  CHECK(slots[0].value == g.operands(o)[1]);
  CHECK(slots[1].value == g.results(body)[1]);
  CHECK(slots[2].value == g.arguments(cond)[1]);
  CHECK(slots[3].value == g.arguments(body)[1]);
  CHECK(slots[4].value == g.results(o)[1]);
  CHECK(slots[1].role == slot_role::yield);
  CHECK(slots[3].role == slot_role::argument);
  // Ops of the body are partitioned too.
  CHECK(rules.units(g.definition(g.results(body)[1])).size() == 1);
}

TEST_CASE("a loop that carries nothing has no unit") {
  test_graph g;
  const op_id o = open<op::while_>(g, {}, {});
  const region_id cond = g.open_region(o), body = g.open_region(o);
  g.begin_region(cond);
  const type_id t = g.intern(tensor<i1>());
  const std::uint8_t no[] = {0};
  end(g, cond, {g.add<op::constant>(cond, {}, {{g.add_bytes(no), 1, true}}, {&t, 1})[0]});
  g.begin_region(body);
  end(g, body, {});
  g.infer_and_close(o);
  CHECK(rule_texts(g, o).empty());
}

TEST_CASE("loops refuse bodies that do not carry what they are given") {
  test_graph g;
  says(refusal([&] { add_loop(g, false); }), "result of body 1 must be tensor<4x8xf32> but is tensor<i32>");
  const value_id x = argument(g, tensor<f32>(4));
  const op_id o = open<op::while_>(g, {x}, {});
  const region_id cond = g.open_region(o), body = g.open_region(o);
  for (const region_id r : {cond, body}) {
    g.begin_region(r);
    end(g, r, {});
  }
  says(refusal([&] { g.infer_and_close(o); }), "region 0 must have 1 arguments but has 0");
}

TEST_CASE("branches have a unit for what chooses and one for each result") {
  test_graph g;
  const value_id p = argument(g, tensor<i1>()), x = argument(g, tensor<f32>(4)), y = argument(g, tensor<f32>(4)),
                 z = argument(g, tensor<f32>(5));
  const auto add = [&](value_id first, value_id second) {
    const op_id o = open<op::if_>(g, {p}, {});
    const region_id a = g.open_region(o), b = g.open_region(o);
    g.begin_region(a);
    end(g, a, {first});
    g.begin_region(b);
    end(g, b, {second});
    g.infer_and_close(o);
    return o;
  };
  const op_id o = add(x, y);
  CHECK(rule_texts(g, o) == texts{"([])->()", "([i], [i])->([i]) {i=4}"});
  const rule_table rules = make_rules(g);
  CHECK(rules.slots(rules.units(o)[0])[0].value == p);
  const auto slots = rules.slots(rules.units(o)[1]);
  REQUIRE(slots.size() == 3);
  CHECK(slots[0].value == x);
  CHECK(slots[1].value == y);
  CHECK(slots[1].region == 1);
  CHECK(slots[2].value == g.results(o)[0]);
  says(refusal([&] { add(x, z); }), "must be tensor<4xf32> but is tensor<5xf32>");

  const op_id empty = open<op::case_>(g, {p}, {});
  says(refusal([&] { g.infer_and_close(empty); }), "operand 0 must be tensor<i32>");
}

TEST_CASE("values that pass a barrier do not depend on one another") {
  test_graph g;
  const op_id o = add_op<op::optimization_barrier>(g, {tensor<f32>(4, 8), tensor<i32>(3)}, {}, {});
  CHECK(rule_texts(g, o) == texts{"([i, j])->([i, j]) {i=4, j=8}", "([i])->([i]) {i=3}"});
}

TEST_CASE("matrix ops split their batches") {
  CHECK(rule_of<op::cholesky>({tensor<f32>(2, 4, 8, 8)}) ==
        "([i, j, k, l])->([i, j, k, l]) {i=2, j=4, k=8, l=8} need_replication={k, l}");
  CHECK(cost_of<op::cholesky>({tensor<f32>(2, 6, 6)}).flops == 2 * 6 * 6 * 6 / 3);
  says(refusal_of<op::cholesky>({tensor<f32>(8)}), "square matrices");
  says(refusal_of<op::cholesky>({tensor<f32>(4, 8)}), "square matrices");
  says(refusal_of<op::cholesky>({tensor<i32>(8, 8)}), "float or complex");
}

TEST_CASE("the independent columns of a triangular system split") {
  op::triangular_solve::attributes a;
  a.left_side = true;
  CHECK(rule_of<op::triangular_solve>({tensor<f32>(8, 3, 3), tensor<f32>(8, 3, 5)}, a) ==
        "([i, j, l], [i, j, k])->([i, l, k]) {i=8, j=3, k=5, l=3} need_replication={j, l}");
  CHECK(cost_of<op::triangular_solve>({tensor<f32>(8, 3, 3), tensor<f32>(8, 3, 5)}, a).flops == 8 * 5 * 3 * 3);
  a.left_side = false;
  CHECK(rule_of<op::triangular_solve>({tensor<f32>(8, 3, 3), tensor<f32>(8, 5, 3)}, a) ==
        "([i, l, j], [i, k, j])->([i, k, l]) {i=8, j=3, k=5, l=3} need_replication={j, l}");
  says(refusal_of<op::triangular_solve>({tensor<f32>(8, 3, 3), tensor<f32>(8, 3, 5)}, a), "have 3 and 5");
  says(refusal_of<op::triangular_solve>({tensor<f32>(3, 3), tensor<f32>(8, 3, 3)}, a), "of one rank");
  a.transpose_a = op::transpose_kind::TRANSPOSE_INVALID;
  says(refusal_of<op::triangular_solve>({tensor<f32>(3, 3), tensor<f32>(3, 3)}, a), "TRANSPOSE_INVALID");
}

TEST_CASE("fft halves a dim of real transforms and splits the batch, as in Shardy") {
  CHECK(rule_of<op::fft>({tensor<c64>(8, 32, 64)}, {op::fft_type::FFT, {32, 64}}) ==
        "([i, j, k])->([i, j, k]) {i=8, j=32, k=64} need_replication={j, k}");
  CHECK(rule_of<op::fft>({tensor<f32>(8, 32, 64)}, {op::fft_type::RFFT, {64}}) ==
        "([i, j, k])->([i, j, k]) {i=8, j=32, k=64} need_replication={k} blocked_propagation={k}");
  CHECK(result_of<op::fft>({tensor<f32>(8, 32, 64)}, {op::fft_type::RFFT, {64}}) == "tensor<8x32x33xcomplex<f32>>");
  CHECK(result_of<op::fft>({tensor<c64>(8, 32, 33)}, {op::fft_type::IRFFT, {64}}) == "tensor<8x32x64xf32>");
  CHECK(cost_of<op::fft>({tensor<c64>(8, 32, 64)}, {op::fft_type::FFT, {64}}).flops == 5 * 8 * 32 * 64 * 6);
  says(refusal_of<op::fft>({tensor<c64>(8, 32)}, {op::fft_type::FFT, {16}}), "must have size 16");
  says(refusal_of<op::fft>({tensor<c64>(8)}, {op::fft_type::FFT, {8, 8}}), "1 to 3 entries");
  says(refusal_of<op::fft>({tensor<f32>(8)}, {op::fft_type::FFT, {8}}), "complex");
}

TEST_CASE("random numbers are the same on every device") {
  CHECK(rule_of<op::rng>({tensor<f32>(), tensor<f32>(), tensor<i64>(2)}, {}, {tensor<f32>(4, 8)}) ==
        "([], [], [i])->([j, k]) {i=2, j=4, k=8} need_replication={i, j, k}");
  says(refusal_of<op::rng>({tensor<i32>(), tensor<i32>(), tensor<i64>(1)}, {op::rng_distribution::NORMAL},
                           {tensor<i32>(4)}),
       "float");
  constexpr auto ui64 = element_type::ui64;
  CHECK(rule_of<op::rng_bit_generator>({tensor<ui64>(2)}, {}, {tensor<ui64>(2), tensor<ui32>(4, 8)}) ==
        "([i])->([i], [j, k]) {i=2, j=4, k=8} need_replication={i, j, k} blocked_propagation={i}");
  says(refusal_of<op::rng_bit_generator>({tensor<ui64>(3)}, {op::rng_algorithm::THREE_FRY},
                                         {tensor<ui64>(3), tensor<ui32>(4)}),
       "size 2 for THREE_FRY");
  says(refusal_of<op::rng_bit_generator>({tensor<ui64>(2)}, {}, {tensor<ui64>(2)}), "result 1");
}

TEST_CASE("batch norm splits every dim for inference and the features for training") {
  const types five{tensor<f32>(4, 8, 16), tensor<f32>(16), tensor<f32>(16), tensor<f32>(16), tensor<f32>(16)};
  CHECK(rule_of<op::batch_norm_inference>(five, {0.001, 2}) ==
        "([i, j, k], [k], [k], [k], [k])->([i, j, k]) {i=4, j=8, k=16}");
  CHECK(rule_of<op::batch_norm_training>({five[0], five[1], five[2]}, {0.001, 2}) ==
        "([i, j, k], [k], [k])->([i, j, k], [k], [k]) {i=4, j=8, k=16} need_replication={i, j}");
  CHECK(rule_of<op::batch_norm_grad>({five[0], five[1], five[2], five[3], five[0]}, {0.001, 2}) ==
        "([i, j, k], [k], [k], [k], [i, j, k])->([i, j, k], [k], [k]) {i=4, j=8, k=16} need_replication={i, j}");
  says(refusal_of<op::batch_norm_inference>(five, {0.001, 1}), "one-dimensional with 8 entries");
  says(refusal_of<op::batch_norm_inference>(five, {0.001, -1}), "feature_index names dim -1");
}

}  // namespace
