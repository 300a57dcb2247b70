// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <concepts>
#include <string>

#include <doctest/doctest.h>

#include <partita/tactic.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/check_both.hpp"

namespace {

using namespace partita;

constexpr auto A = shard<"batch">("x", 0);
constexpr auto B = shard<"model">("y", 1);
constexpr auto C = pin<"model">("z");
using A_t = std::remove_const_t<decltype(A)>;
using B_t = std::remove_const_t<decltype(B)>;
using C_t = std::remove_const_t<decltype(C)>;

}  // namespace

TEST_CASE("expressions flatten") {
  static_assert(std::same_as<decltype(A >> B >> C), then_t<A_t, B_t, C_t>>);
  static_assert(std::same_as<decltype(A >> (B >> C)), then_t<A_t, B_t, C_t>>);
  static_assert(std::same_as<decltype(A * B * C), together_t<A_t, B_t, C_t>>);
  static_assert(std::same_as<decltype(A | (B | C)), either_t<A_t, B_t, C_t>>);
}

TEST_CASE("an alternative is a sequence of tactics, a tactic a set of terms") {
  const schedule s = to_schedule(A >> B * C | C);
  REQUIRE(s.alternative_count() == 2);
  CHECK(s.tactic_count() == 3);
  CHECK(s.sequence(0).size() == 2);
  CHECK(s.sequence(1).size() == 1);
  CHECK(s.terms(s.sequence(0)[1]).size() == 2);
  CHECK(s.text(s.terms(s.sequence(0)[0])[0].axis) == "batch");
  CHECK(s.automatic(s.sequence(1)[0]) == nullptr);
}

TEST_CASE("a repeated tactic is one tactic that stands several times") {
  PARTITA_CHECK_BOTH(to_schedule(A * 4).tactic_count() == 1);
  PARTITA_CHECK_BOTH(to_schedule(A * 4).sequence().size() == 4);
}

TEST_CASE("joining alternatives joins each with each") {
  PARTITA_CHECK_BOTH(to_schedule((A | B) * C) == to_schedule(A * C | B * C));
  PARTITA_CHECK_BOTH(to_schedule((A | B) * (C | skip)) == to_schedule(A * C | A | B * C | B));
}

TEST_CASE("a schedule is a tactic") {
  const schedule text = parse_schedule("T = shard<\"batch\">(\"x\", 0)\nT >> shard<\"model\">(\"y\", 1)");
  CHECK(to_schedule(text) == text);
  CHECK(to_schedule(text >> C) == to_schedule(A >> B >> C));
  CHECK(to_schedule(C | text) == to_schedule(C | (A >> B)));
  CHECK(name_of(to_schedule(C >> text), 1) == "T");
  CHECK(to_schedule(schedule()) == to_schedule(skip));
  CHECK(to_schedule(automatic<"a">() >> parse_schedule("automatic<\"b\">(minimize(dollars))")) ==
        to_schedule(automatic<"a">() >> automatic<"b">(minimize(dollars))));
}

TEST_CASE("what has no meaning is refused") {
  CHECK_THROWS_WITH_AS((void)to_schedule((A >> B) * C),
                       doctest::Contains("a sequence (>> or repeat) cannot be joined by *"), schedule_error);
  CHECK_THROWS_WITH_AS((void)to_schedule(A * 2 * C), doctest::Contains("cannot be joined by *"), schedule_error);
  CHECK_THROWS_WITH_AS((void)to_schedule(automatic<"m">() * C),
                       doctest::Contains("an automatic tactic cannot be joined by *"), schedule_error);
  CHECK_THROWS_WITH_AS((void)(A * 0), doctest::Contains("the count is 0"), schedule_error);
  CHECK_THROWS_WITH_AS((void)(A * -3), doctest::Contains("the count is -3"), schedule_error);
  CHECK_THROWS_WITH_AS((void)to_schedule(A * (~0ull)), doctest::Contains("more than 10000 tactics"), schedule_error);
}
