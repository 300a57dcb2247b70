// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The laws of ShardingLattice, for any model of which all elements can be listed.

#include <optional>
#include <vector>

#include <doctest/doctest.h>

#include <partita/sharding/lattice.hpp>

namespace {

using namespace partita;

template <ShardingLattice L>
void check_lattice_laws(const std::vector<L>& elements) {
  for (const L& a : elements) {
    CHECK(leq(L::bottom(), a));
    CHECK(leq(a, a));
    CHECK(join(a, a) == a);
    CHECK(join(L::bottom(), a) == a);
    for (const L& b : elements) {
      CHECK((leq(a, b) && leq(b, a)) == (a == b));
      bool above_both = false;
      for (const L& c : elements) above_both = above_both || (leq(a, c) && leq(b, c));
      CHECK(compatible(a, b) == above_both);
      if (!compatible(a, b)) continue;
      const L c = join(a, b);
      CHECK(c == join(b, a));
      CHECK(leq(a, c));
      CHECK(leq(b, c));
      for (const L& d : elements) {
        if (leq(a, d) && leq(b, d)) CHECK(leq(c, d));
        if (compatible(c, d) && compatible(b, d) && compatible(a, join(b, d))) CHECK(join(c, d) == join(a, join(b, d)));
        if (leq(a, b) && leq(b, d)) CHECK(leq(a, d));
      }
    }
  }
}

}  // namespace

TEST_CASE("value_sharding obeys the lattice laws") {
  std::vector<value_sharding> all{value_sharding::bottom(), value_sharding::pin()};
  for (std::size_t d = 0; d < 5; ++d) all.push_back(value_sharding::tile(d));
  check_lattice_laws(all);
}

TEST_CASE("decision obeys the lattice laws") {
  std::vector<decision> all{decision::bottom(), decision::sum()};
  for (factor_index f = 0; f < 5; ++f) all.push_back(decision::split(f));
  check_lattice_laws(all);
}
