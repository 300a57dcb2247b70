// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What lowering makes is a program: every op's result types follow again from its operands and attributes, the
// parts of arguments and results make up the whole, and each collective is told of once.

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/ir/equal.hpp>
#include <partita/partita.hpp>

#include "support/copy.hpp"
#include "support/programs.hpp"
#include "support/random_tactic.hpp"

namespace {

using namespace partita;

/// Dims of the part that each device holds, times the devices along each dim.
size_list whole_sizes(const type_view& local, const layout& l, const axis_sizes& axes) {
  size_list sizes(local.dims);
  for (const split& s : l.splits) sizes[s.dim] *= axes[s.axis];
  return sizes;
}

void check_program(const partitioning<graph::ops>& p, const lowering_options& options = {}) {
  const graph& global = p.facts().graph;
  const axis_sizes& axes = p.state().axes();
  const local_program<graph::ops> program = p.lower(options);
  std::string error;
  try {
    CHECK(equal(testing::copy_of(program.graph).graph, program.graph));
  } catch (const verify_error& e) {
    error = e.what();
  }
  CHECK(error == "");
  REQUIRE(program.arguments.size() == global.arguments().size());
  REQUIRE(program.results.size() == global.results().size());
  const auto fits = [&](value_id local, value_id v, const layout& l) {
    return l.partial == 0 && program.graph.type(local).element == global.type(v).element &&
           whole_sizes(program.graph.type(local), l, axes) == size_list(global.type(v).dims);
  };
  bool all_fit = true;
  for (std::size_t i = 0; i < program.arguments.size(); ++i) {
    all_fit = all_fit && fits(program.graph.arguments()[i], global.arguments()[i], program.arguments[i]);
  }
  for (std::size_t i = 0; i < program.results.size(); ++i) {
    all_fit = all_fit && fits(program.graph.results()[i], global.results()[i], program.results[i]);
  }
  CHECK(all_fit);
  std::size_t collectives = 0;
  for (std::uint32_t o = 0; o < program.graph.op_count(); ++o) {
    if (program.graph.info(op_id{o}).traits.collective) ++collectives;
  }
  std::size_t reported = 0;
  for (const collective& c : program.collectives) {
    if (c.kind != collective_kind::all_slice) ++reported;
  }
  CHECK(reported == collectives);
}

}  // namespace

TEST_CASE("experts' schedules give well-typed programs on every mesh") {
  const device_mesh meshes[] = {
      make_mesh(axis<"batch", 2>, axis<"model", 1>), make_mesh(axis<"batch", 1>, axis<"model", 2>),
      make_mesh(axis<"batch", 8>, axis<"model", 1>), make_mesh(axis<"batch", 4>, axis<"model", 2>),
      make_mesh(axis<"model", 2>, axis<"batch", 4>)};
  for (const std::string_view name : testing::small_programs) {
    CAPTURE(name);
    const graph g = testing::small_program(name);
    const program_facts<graph::ops> facts(g);
    for (const device_mesh& mesh : meshes) {
      CAPTURE(to_string(mesh));
      for (const std::string_view strategy : {"Z2", "Z3"}) {
        CAPTURE(strategy);
        const schedule s = testing::small_schedule(name, strategy);
        partitioning<graph::ops> p(facts, mesh.sizes());
        for (const std::uint32_t tactic : s.sequence()) {
          p.apply(resolve(s, tactic, p.state(), mesh, facts.stacks).actions);
          check_program(p);
        }
        check_program(p, {.outputs = output_policy::whole, .share_gathers = true});
      }
    }
  }
}

TEST_CASE("merged tactics give well-typed programs on every mesh") {
  const axis_sizes meshes[] = {{2}, {8}, {4, 2}, {2, 2, 2}};
  for (const std::string_view name : {"mlp_train", "pde_stencil", "t32", "t32_scan", "lstm", "moe", "gns", "unet"}) {
    CAPTURE(name);
    const graph g = testing::small_program(name);
    const program_facts<graph::ops> facts(g);
    std::uint32_t seed = 200;
    for (const axis_sizes& axes : meshes) {
      CAPTURE(++seed);
      std::mt19937 random(seed);
      partitioning<graph::ops> p(facts, axes);
      for (int t = 0; t < 3; ++t) {
        p.apply(testing::random_tactic(p, random));
        check_program(p, {.outputs = static_cast<output_policy>(t)});
      }
    }
  }
}
