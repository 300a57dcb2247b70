// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What automatic partitioning must find by itself, each strategy in the smallest program where it is the answer, and
// the margins over manual strategies that the paper reports (PartIR, arXiv 2401.11202, section 7), at full size.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/search/manual_tactic.hpp>
#include <partita/stablehlo.hpp>

#include "support/programs.hpp"

namespace {

using namespace partita;

using stablehlo_plan = plan<stablehlo_ops>;

plan_options budget(std::uint64_t evaluations) {
  plan_options o;
  o.search = search_budget::of_evaluations(evaluations);
  return o;
}

stablehlo_plan plan_of(const graph& g, std::string_view mesh_text, const schedule& s, const device& on, std::uint64_t evaluations) {
  const device_mesh mesh = parse_mesh(mesh_text);
  return partition(g, mesh, s, on, budget(evaluations));
}

stablehlo_plan found(std::string_view program, std::string_view mesh, const device& on, std::uint64_t evaluations = 500) {
  const std::string axes = mesh.find(',') == std::string_view::npos ? "\"a\"" : "\"a\", \"b\"";
  return plan_of(stablehlo::read(program).entry(), mesh, parse_schedule("automatic<" + axes + ">(minimize(step_time))", "wish"), on, evaluations);
}

/// The most bytes that one run of a collective moves.
std::int64_t largest_collective(const stablehlo_plan& p) {
  std::int64_t most = 0;
  for (const collective& c : p.program.collectives) {
    if (c.kind != collective_kind::all_slice) most = std::max(most, c.bytes);
  }
  return most;
}

/// Into how many parts a dim of an argument is split.
std::int64_t parts(const stablehlo_plan& p, std::size_t argument, std::size_t dim) {
  std::int64_t n = 1;
  for (const axis_index a : p.inputs[argument].at.axes_of(dim)) n *= p.mesh.sizes()[a];
  return n;
}

bool fits(const stablehlo_plan& p) { return p.total().peak_memory_bytes <= p.device_memory_bytes; }

}  // namespace

TEST_CASE("a sequence is split where scores are sequence by sequence, their conflict settled") {
  // Rows of x are queries, keys and values: split over an axis, both dims of the scores want it.
  const auto p = found(R"(
func.func @main(%x: tensor<16384x256xf32>, %q: tensor<256x256xf32>, %k: tensor<256x256xf32>, %v: tensor<256x256xf32>) -> tensor<16384x256xf32> {
  %0 = stablehlo.constant dense<0.0> : tensor<f32>
  %a = stablehlo.dot_general %x, %q, contracting_dims = [1] x [0] : (tensor<16384x256xf32>, tensor<256x256xf32>) -> tensor<16384x256xf32>
  %b = stablehlo.dot_general %x, %k, contracting_dims = [1] x [0] : (tensor<16384x256xf32>, tensor<256x256xf32>) -> tensor<16384x256xf32>
  %c = stablehlo.dot_general %x, %v, contracting_dims = [1] x [0] : (tensor<16384x256xf32>, tensor<256x256xf32>) -> tensor<16384x256xf32>
  %s = stablehlo.dot_general %a, %b, contracting_dims = [1] x [1] : (tensor<16384x256xf32>, tensor<16384x256xf32>) -> tensor<16384x16384xf32>
  %e = stablehlo.exponential %s : tensor<16384x16384xf32>
  %n = stablehlo.reduce(%e init: %0) applies stablehlo.add across dimensions = [1] : (tensor<16384x16384xf32>, tensor<f32>) -> tensor<16384xf32>
  %m = stablehlo.broadcast_in_dim %n, dims = [0] : (tensor<16384xf32>) -> tensor<16384x16384xf32>
  %w = stablehlo.divide %e, %m : tensor<16384x16384xf32>
  %y = stablehlo.dot_general %w, %c, contracting_dims = [1] x [0] : (tensor<16384x16384xf32>, tensor<16384x256xf32>) -> tensor<16384x256xf32>
  %z = stablehlo.add %x, %y : tensor<16384x256xf32>
  return %z : tensor<16384x256xf32>
})", "a=8", tpu_v3);
  CHECK(parts(p, 0, 0) == 8);
  CHECK(p.conflicts.empty());
  // A sequence-wide tensor is gathered or summed, never scores; and no device has more than its part of these.
  CHECK(largest_collective(p) <= std::int64_t{16384} * 256 * 4);
  CHECK(p.total().peak_memory_bytes <= std::int64_t{3} * 16384 * 16384 / 8 * 4);
  // All but the three small projections runs in eight parts.
  CHECK(p.total().step_time_s <= p.before.step_time_s / 6);
}

TEST_CASE("large tables of embeddings are split over all devices, lookups and not tables are moved") {
  // Two tables of 51.2 GB, 8 devices of 16 GiB: unless both are split over all devices, nothing fits.
  constexpr std::string_view program = R"(
func.func @main(%users: tensor<100000000x128xf32>, %items: tensor<100000000x128xf32>, %u: tensor<4096x16x1xi32>, %i: tensor<4096x16x1xi32>,
                %w: tensor<256x512xf32>, %o: tensor<512x1xf32>) -> tensor<4096x1xf32> {
  %0 = stablehlo.constant dense<0.0> : tensor<f32>
  %a = "stablehlo.gather"(%users, %u) {dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>, slice_sizes = array<i64: 1, 128>} : (tensor<100000000x128xf32>, tensor<4096x16x1xi32>) -> tensor<4096x16x128xf32>
  %b = "stablehlo.gather"(%items, %i) {dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>, slice_sizes = array<i64: 1, 128>} : (tensor<100000000x128xf32>, tensor<4096x16x1xi32>) -> tensor<4096x16x128xf32>
  %c = stablehlo.reduce(%a init: %0) applies stablehlo.add across dimensions = [1] : (tensor<4096x16x128xf32>, tensor<f32>) -> tensor<4096x128xf32>
  %d = stablehlo.reduce(%b init: %0) applies stablehlo.add across dimensions = [1] : (tensor<4096x16x128xf32>, tensor<f32>) -> tensor<4096x128xf32>
  %e = stablehlo.concatenate %c, %d, dim = 1 : (tensor<4096x128xf32>, tensor<4096x128xf32>) -> tensor<4096x256xf32>
  %h = stablehlo.dot_general %e, %w, contracting_dims = [1] x [0] : (tensor<4096x256xf32>, tensor<256x512xf32>) -> tensor<4096x512xf32>
  %t = stablehlo.tanh %h : tensor<4096x512xf32>
  %y = stablehlo.dot_general %t, %o, contracting_dims = [1] x [0] : (tensor<4096x512xf32>, tensor<512x1xf32>) -> tensor<4096x1xf32>
  return %y : tensor<4096x1xf32>
})";
  for (const std::string_view mesh : {"a=8", "a=4,b=2"}) {
    CAPTURE(mesh);
    const auto p = found(program, mesh, tpu_v3);
    CHECK(fits(p));
    CHECK(parts(p, 0, 0) * parts(p, 0, 1) == 8);
    CHECK(parts(p, 1, 0) * parts(p, 1, 1) == 8);
    // What both tables give for all examples, unpooled: a thousandth of a table.
    CHECK(largest_collective(p) <= std::int64_t{4096} * 16 * 128 * 4);
  }
}

namespace {

/// A step of decoding: attention of `batch` queries over a cache, `heads` heads.
std::string decoding(int batch, int heads, int width) {
  const std::string b = std::to_string(batch), h = std::to_string(heads), d = std::to_string(width);
  const std::string x = "tensor<" + b + "x" + d + "xf32>", q = "tensor<" + b + "x" + h + "x64xf32>", cache = "tensor<" + b + "x1024x" + h + "x64xf32>",
                    s = "tensor<" + b + "x" + h + "x1024xf32>", wq = "tensor<" + d + "x" + h + "x64xf32>", wo = "tensor<" + h + "x64x" + d + "xf32>";
  return "func.func @main(%k: " + cache + ", %v: " + cache + ", %x: " + x + ", %q: " + wq + ", %o: " + wo + ") -> " + x + " {\n" +
         "  %a = stablehlo.dot_general %x, %q, contracting_dims = [1] x [0] : (" + x + ", " + wq + ") -> " + q + "\n" +
         "  %s = stablehlo.dot_general %a, %k, batching_dims = [0, 1] x [0, 2], contracting_dims = [2] x [3] : (" + q + ", " + cache + ") -> " + s + "\n" +
         "  %e = stablehlo.exponential %s : " + s + "\n" +
         "  %m = stablehlo.dot_general %e, %v, batching_dims = [0, 1] x [0, 2], contracting_dims = [2] x [1] : (" + s + ", " + cache + ") -> " + q + "\n" +
         "  %y = stablehlo.dot_general %m, %o, contracting_dims = [1, 2] x [0, 1] : (" + q + ", " + wo + ") -> " + x + "\n" +
         "  return %y : " + x + "\n}";
}

}  // namespace

TEST_CASE("a cache is split by examples or by heads, as its weights are small or large") {
  // 16 heads of 64 and a width of 256: the two weights have 2 MB, which each device may read whole; no word is needed.
  const auto by_examples = found(decoding(16, 16, 256), "a=8", tpu_v3);
  CHECK(parts(by_examples, 0, 0) == 8);
  CHECK(parts(by_examples, 1, 0) == 8);
  CHECK(count_collectives(by_examples.program) == no_collectives);
  // A width of 65,536: 0.5 GB of weights, far more than the 4 MB that all examples give.
  const auto by_heads = found(decoding(16, 16, 65536), "a=8", tpu_v3);
  CHECK(parts(by_heads, 0, 2) == 8);
  CHECK(parts(by_heads, 1, 2) == 8);
  CHECK(parts(by_heads, 3, 0) * parts(by_heads, 3, 1) * parts(by_heads, 3, 2) == 8);
  CHECK(parts(by_heads, 4, 0) * parts(by_heads, 4, 1) * parts(by_heads, 4, 2) == 8);
  // Examples that neither axis divides leave heads.
  const auto few = found(decoding(1, 16, 256), "a=8", tpu_v3);
  CHECK(parts(few, 0, 0) == 1);
  CHECK(parts(few, 0, 2) * parts(few, 0, 1) == 8);
}

TEST_CASE("experts are split over the devices that share the examples, and tokens travel by all_to_all") {
  // 268 MB of experts, 16 MB of tokens, an eighth of which travels each way. s: which expert has a token, and where.
  const auto p = found(R"(
func.func @main(%x: tensor<8x512x1024xf32>, %u: tensor<8x1024x4096xf32>, %w: tensor<8x4096x1024xf32>, %s: tensor<8x512xi32>) -> tensor<8x512x1024xf32> {
  %p = stablehlo.broadcast_in_dim %s, dims = [0, 1] : (tensor<8x512xi32>) -> tensor<8x512x8x64xi32>
  %e = stablehlo.iota dim = 2 : tensor<8x512x8x64xi32>
  %c = stablehlo.iota dim = 3 : tensor<8x512x8x64xi32>
  %n = stablehlo.constant dense<64> : tensor<8x512x8x64xi32>
  %f = stablehlo.multiply %e, %n : tensor<8x512x8x64xi32>
  %i = stablehlo.add %f, %c : tensor<8x512x8x64xi32>
  %q = stablehlo.compare EQ, %p, %i : (tensor<8x512x8x64xi32>, tensor<8x512x8x64xi32>) -> tensor<8x512x8x64xi1>
  %m = stablehlo.convert %q : (tensor<8x512x8x64xi1>) -> tensor<8x512x8x64xf32>
  %d = stablehlo.dot_general %m, %x, batching_dims = [0] x [0], contracting_dims = [1] x [1] : (tensor<8x512x8x64xf32>, tensor<8x512x1024xf32>) -> tensor<8x8x64x1024xf32>
  %t = stablehlo.transpose %d, dims = [1, 0, 2, 3] : (tensor<8x8x64x1024xf32>) -> tensor<8x8x64x1024xf32>
  %h = stablehlo.dot_general %t, %u, batching_dims = [0] x [0], contracting_dims = [3] x [1] : (tensor<8x8x64x1024xf32>, tensor<8x1024x4096xf32>) -> tensor<8x8x64x4096xf32>
  %a = stablehlo.tanh %h : tensor<8x8x64x4096xf32>
  %o = stablehlo.dot_general %a, %w, batching_dims = [0] x [0], contracting_dims = [3] x [1] : (tensor<8x8x64x4096xf32>, tensor<8x4096x1024xf32>) -> tensor<8x8x64x1024xf32>
  %y = stablehlo.dot_general %m, %o, batching_dims = [0] x [1], contracting_dims = [2, 3] x [0, 2] : (tensor<8x512x8x64xf32>, tensor<8x8x64x1024xf32>) -> tensor<8x512x1024xf32>
  return %y : tensor<8x512x1024xf32>
})", "a=8", tpu_v3);
  CHECK(parts(p, 0, 0) == 8);
  CHECK(parts(p, 1, 0) == 8);
  CHECK(parts(p, 2, 0) == 8);
  const collective_counts n = count_collectives(p.program);
  CHECK(n.all_to_all == 2);  // to the experts and back
  CHECK(largest_collective(p) <= std::int64_t{8} * 64 * 1024 * 4);
}

TEST_CASE("automatic model parallelism between data parallelism and ZeRO is no worse than Megatron") {
  const graph g = testing::small_program("paper_t32");  // all 32 layers
  const std::string text = "BP = shard<\"batch\">(\"data/*\", 0)\n"
      "Z3 = shard<\"batch\">(\"*/qkv_einsum/w\", first_divisible_dim) * shard<\"batch\">(\"*/linear/w\", first_divisible_dim)\n"
      "   * shard<\"batch\">(\"*/dense_up/w\", first_divisible_dim) * shard<\"batch\">(\"*/dense_down/w\", first_divisible_dim)\n"
      "   * shard<\"batch\">(\"*/embed\", first_divisible_dim)\n";
  const std::string megatron = "MP = shard<\"model\">(\"params/*/qkv_einsum/w\", 1) * shard<\"model\">(\"params/*/linear/w\", 0)\n"
      "   * shard<\"model\">(\"params/*/dense_up/w\", 2)\n";
  const auto expert = plan_of(g, "batch=8,model=4", parse_schedule(text + megatron + "BP >> MP >> Z3\n", "expert"), a100_80, 1);
  const auto automatic_one = plan_of(g, "batch=8,model=4", parse_schedule(text + "BP >> automatic<\"model\">(minimize(step_time)) >> Z3\n", "automatic"), a100_80, 400);
  MESSAGE("paper_t32, BP >> MP >> Z3: ", expert.total().step_time_s, " s, with automatic MP ", automatic_one.total().step_time_s, " s");
  REQUIRE(fits(expert));
  CHECK(fits(automatic_one));
  CHECK(automatic_one.total().step_time_s <= expert.total().step_time_s);
}

TEST_CASE("a plan of 32 layers is written as shortly as an expert would, and makes the same plan again") {
  // It settles conflicts in each layer, 768 tiles of what attention computes, some of which have names like those of constants.
  const graph g = testing::small_program("paper_t32");
  for (const device& on : {tpu_v3, a100_80}) {
    CAPTURE(on.name);
    const auto p = plan_of(g, "batch=8,model=4", parse_schedule("automatic<\"batch\", \"model\">(minimize(step_time))", "wish"), on, 1000);
    CAPTURE(p.found_schedule);
    std::size_t terms = 0, tiles = 0;
    for (const std::string_view word : {"shard<", "pin<"}) {
      for (std::size_t at = 0; (at = p.found_schedule.find(word, at)) != std::string::npos; ++at) ++terms;
    }
    for (const applied_tactic& t : p.applied) tiles += t.actions.size();
    CHECK(tiles >= 500);
    CHECK(terms <= 24);
    const auto again = plan_of(g, "batch=8,model=4", parse_schedule(p.found_schedule, "found"), on, 1);
    CHECK(again.total().step_time_s == p.total().step_time_s);
    CHECK(again.total().peak_memory_bytes == p.total().peak_memory_bytes);
    CHECK(again.total().collectives == p.total().collectives);
  }
}

TEST_CASE("a side of the conflicts of 32 layers is written in a few terms that lead to the same state") {
  // What a term says beside what was found can settle something else: with the weights of the MLP split, what a product of
  // attention's backward pass is split on follows from its operands, unless it is asked too.
  const graph g = testing::small_program("paper_t32");
  const program_facts facts(g);
  const program_analysis analysis(facts);
  const device_mesh mesh = parse_mesh("batch=8,model=4");
  partitioning p(facts, mesh.sizes());
  const schedule weights = parse_schedule("shard<\"model\">(\"*/dense_down/w\", 0)");
  p.apply(resolve(weights, weights.sequence()[0], p.state(), mesh, facts.stacks).actions);
  const auto before = p.here();
  std::size_t sides = 0;
  for (const split_choice& c : analysis.choices.all()) {
    if (c.kind != choice_kind::settle) continue;
    ++sides;
    const plain_vector<action> actions = analysis.choices.actions(c, 1, p.state());
    CHECK(actions.size() >= 600);
    p.apply(actions);
    const sharding_state::mark wanted = p.state().here();
    p.undo(before);
    schedule_builder builder;
    const std::string text = to_text(builder.finish(manual_tactic(builder, actions, p, mesh)));
    CAPTURE(text);
    const schedule written = parse_schedule(text);
    CHECK(written.terms(written.sequence()[0]).size() <= 4);
    p.apply(resolve(written, written.sequence()[0], p.state(), mesh, facts.stacks).actions);
    CHECK(p.state().here() == wanted);
    p.undo(before);
  }
  CHECK(sides == 2);
}

namespace {

/// Step time of a manual schedule over that of what a search finds, on 8 x 4 tpu_v3; nothing where the program is absent.
std::optional<double> gain(const char* name, const char* manual, std::uint64_t evaluations) {
  const auto file = testing::shared_file(std::string("models/full/") + name + ".mlir.gz");
  if (!file) return std::nullopt;
  const graph g = stablehlo::read_file(file->string());
  const auto by_hand = plan_of(g, "batch=8,model=4", parse_schedule(manual, "manual"), tpu_v3, 1);
  const auto searched = plan_of(g, "batch=8,model=4", parse_schedule("automatic<\"batch\", \"model\">(minimize(step_time))", "wish"), tpu_v3, evaluations);
  CHECK(fits(searched));
  const double ratio = by_hand.total().step_time_s / searched.total().step_time_s;
  MESSAGE(std::string(name), ": ", by_hand.total().step_time_s, " s by hand, ", searched.total().step_time_s, " s found: ", ratio, " times better");
  return ratio;
}

}  // namespace

TEST_CASE("automatic partitioning of full-size programs beats data and edge sharding as the paper reports") {
  // The paper: 1.64 and 2.9 times.
  if (const auto r = gain("unet", "shard<\"batch\">(\"batch/*\", 0)", 300)) CHECK(*r >= 1.64);
  if (const auto r = gain("gns", "shard<\"batch\">(\"batch/edges\", 0) * shard<\"batch\">(\"batch/receivers\", 0) * shard<\"batch\">(\"batch/senders\", 0)", 1500)) CHECK(*r >= 2.9);
}

TEST_CASE("the cache of a full-size decoder is split by examples or by heads, whichever the device favours") {
  const auto file = testing::shared_file("models/full/it32.mlir.gz");
  if (!file) return;
  const graph g = stablehlo::read_file(file->string());
  const std::string examples = "shard<\"batch\">(\"cache/*\", 0) * shard<\"batch\">(\"tokens\", 0)";
  const std::string weights = "shard<\"model\">(\"params/*/dense_down/w\", 0) * shard<\"model\">(\"params/*/linear/w\", 0)"
      " * shard<\"model\">(\"params/*/qkv_einsum/w\", 1) * shard<\"model\">(\"params/*/dense_up/w\", 2)";
  for (const device& on : {tpu_v3, a100_80}) {
    CAPTURE(on.name);
    const auto p = plan_of(g, "batch=8,model=4", parse_schedule("automatic<\"batch\", \"model\">(minimize(step_time))", "wish"), on, 500);
    CHECK(fits(p));
    std::int64_t by_examples = 1, by_heads = 1;
    for (std::size_t i = 0; i < p.inputs.size(); ++i) {
      if (!p.inputs[i].name.starts_with("cache/")) continue;
      by_examples = parts(p, i, 0);
      by_heads = parts(p, i, 2);
      CHECK(by_examples * by_heads == 32);  // no device has more of it than its part
    }
    MESSAGE(std::string(on.name), ": the cache in ", by_examples, " parts by examples, ", by_heads, " by heads, ", p.total().step_time_s, " s");
    // Neither the examples' way alone nor with heads and weights over the other axis is faster.
    for (const std::string& manual : {examples, examples + " >> " + weights + " * shard<\"model\">(\"cache/*\", 2)",
                                      examples + " >> " + weights + " * shard<\"model\">(\"cache/*\", 0)"}) {
      CAPTURE(manual);
      const auto by_hand = plan_of(g, "batch=8,model=4", parse_schedule(manual, "manual"), on, 1);
      if (fits(by_hand)) CHECK(p.total().step_time_s <= by_hand.total().step_time_s);
    }
  }
}
