// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What a colour promises, on real programs: propagation carries a split of it to each of its dims and to no other, and
// a colour without conflicts and walls communicates for nothing but reductions.

#include <filesystem>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/partita.hpp>
#include <partita/search/split_cost.hpp>

#include "support/programs.hpp"

namespace {

using namespace partita;

std::int64_t smallest_prime_of(std::int64_t n) {
  for (std::int64_t p = 2; p <= n / p; ++p) {
    if (n % p == 0) return p;
  }
  return n;
}

struct totals {
  std::size_t colours = 0, kept = 0, reductions = 0;
};

/// Every dim of more than one element has a colour unless constants alone make it, and stands in it once.
void check_dims(const graph& g, const program_facts<graph::ops>& facts, const program_analysis& a) {
  std::size_t coloured = 0, listed = 0;
  for (std::uint32_t i = 0; i < g.value_count(); ++i) {
    const value_id v{i};
    const type_view t = g.type(v);
    if (!t.is_tensor()) continue;
    for (std::size_t d = 0; d < t.rank(); ++d) {
      const colour_id c = a.names.of(v, d);
      REQUIRE(bool(c) == (t.dims[d] > 1 && !facts.flow.is_constant(v)));
      if (!c) continue;
      ++coloured;
      REQUIRE(t.dims[d] % a.names[c].size == 0);
    }
  }
  for (const colour_id c : a.names.colours()) {
    for (const dim_of_value& at : a.names.dims(c)) {
      REQUIRE(a.names.of(at.value, at.dim) == c);
      ++listed;
    }
  }
  REQUIRE(coloured == listed);
}

/// Whether an op gathers what its devices reduced along a colour and combines it, as a search for the largest does.
bool combines_itself(const rule_table& rules, const program_analysis& a, colour_id c, op_id o) {
  if (!o) return false;
  for (const unit_id u : rules.units(o)) {
    for (std::size_t f = 0; f < rules.factors(u).size(); ++f) {
      const factor& reduced = rules.factors(u)[f];
      if (reduced.kind == factor_kind::reduction && reduced.combines == monoid::none &&
          a.names.of(u, static_cast<factor_index>(f)) == c)
        return true;
    }
  }
  return false;
}

void check_colours(const graph& g, totals& seen) {
  const program_facts facts(g);
  const program_analysis a(facts);
  check_dims(g, facts, a);
  std::vector<bool> conflicting(a.names.size(), false);
  for (const conflict_set_id s : a.conflicts.sets()) conflicting[a.conflicts[s].colour.index] = true;
  for (const colour_id c : a.names.colours()) {
    const colour& e = a.names[c];
    if (e.units == 0 || e.size == 1 || conflicting[c.index]) continue;
    CAPTURE(c.index);
    axis_sizes axes;
    axes.push_back(smallest_prime_of(e.size));
    partitioning p(facts, axes);
    // Its arguments' dims, or else one inside.
    std::vector<action> tiles;
    for (const dim_of_value& at : a.names.dims(c)) {
      if (g.argument_of(at.value) == g.body() || tiles.empty())
        tiles.push_back({action_kind::tile, at.dim, 0, at.value, 0});
    }
    p.apply(tiles);
    CHECK(p.conflicts().empty());
    std::size_t carried = 0, tiled = 0;
    for (const dim_of_value& at : a.names.dims(c)) carried += p.state()(at.value, 0).is_tile(at.dim) ? 1u : 0u;
    for (std::uint32_t v = 0; v < g.value_count(); ++v) tiled += p.state()(value_id{v}, 0).is_tile() ? 1u : 0u;
    CHECK(carried == a.names.dims(c).size());
    CHECK(tiled == carried);
    ++seen.colours;
    if (e.walls != 0) continue;
    lowering_options options;
    options.outputs = output_policy::infer;
    const auto local = p.lower(options);
    for (const collective& moved : local.collectives) {
      const bool reduces = moved.kind == collective_kind::all_reduce || moved.kind == collective_kind::reduce_scatter;
      if (reduces || moved.kind == collective_kind::all_slice) continue;
      CAPTURE(name_of(moved.kind));
      CHECK(combines_itself(facts.rules, a, c, moved.why.op));
    }
    const collective_counts counts = count_collectives(local);
    // Nothing is reduced that no op reduces over.
    if (e.reductions == 0) CHECK(counts == no_collectives);
    ++seen.kept;
    seen.reductions += counts == no_collectives ? 0u : 1u;
  }
}

}  // namespace

TEST_CASE("a colour splits without communication but reductions, in programs of every kind") {
  totals seen;
  for (const std::string_view name : testing::small_programs) {
    CAPTURE(name);
    check_colours(testing::small_program(name), seen);
  }
  for (const std::string_view name : {"loop", "mlp", "paper_t32", "pde_stencil"}) {
    CAPTURE(name);
    check_colours(testing::small_program(name), seen);
  }
  // The test is about something.
  CHECK(seen.colours > 100);
  CHECK(seen.kept > 100);
  CHECK(seen.reductions > 20);
}

TEST_CASE("a colour splits without communication but reductions, in more programs") {
  totals seen;
  for (const std::string_view folder : {"models/tiny", "models/full"}) {
    const auto path = testing::shared_file(folder);
    if (!path) return;
    for (const auto& file : std::filesystem::directory_iterator(*path)) {
      const std::string name = file.path().string();
      if (!name.ends_with(".mlir") && !name.ends_with(".mlir.gz")) continue;
      CAPTURE(name);
      check_colours(stablehlo::read_file(name), seen);
    }
  }
  MESSAGE(seen.colours, " colours split, ", seen.kept, " of them without walls");
}
