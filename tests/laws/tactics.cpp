// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The laws of the algebra of tactics, on schedules made from expressions, with each triple of a few tactics.

#include <doctest/doctest.h>

#include <partita/tactic.hpp>

#include "support/check_both.hpp"

namespace {

using namespace partita;

constexpr auto A = shard<"batch">("x", 0);
constexpr auto B = shard<"model">("w*", first_divisible_dim);
constexpr auto C = pin<"model">(tagged("scores"));
constexpr auto M = A * B;   // of two terms
constexpr auto S = A >> C;  // a sequence
constexpr auto E = A | C;   // alternatives
constexpr auto auto_model = automatic<"model">(minimize(step_time), subject_to(peak_memory <= 16_GiB));

constexpr bool same(const auto& a, const auto& b) { return to_schedule(a) == to_schedule(b); }

constexpr bool then_is_associative(const auto& a, const auto& b, const auto& c) {
  return same((a >> b) >> c, a >> (b >> c)) && same(then(then(a, b), c), then(a, then(b, c)));
}
constexpr bool skip_is_its_identity(const auto& a) { return same(skip >> a, a) && same(a >> skip, a); }
constexpr bool together_is_associative(const auto& a, const auto& b, const auto& c) {
  return same((a * b) * c, a * (b * c)) && same(together(together(a, b), c), together(a, together(b, c)));
}
constexpr bool together_is_commutative(const auto& a, const auto& b) { return same(a * b, b * a); }
constexpr bool together_is_idempotent(const auto& a) { return same(a * a, a); }
constexpr bool either_is_associative(const auto& a, const auto& b, const auto& c) {
  return same((a | b) | c, a | (b | c)) && same(either(either(a, b), c), either(a, either(b, c)));
}
constexpr bool then_distributes(const auto& a, const auto& b, const auto& c) {
  return same((a | b) >> c, (a >> c) | (b >> c)) && same(a >> (b | c), (a >> b) | (a >> c));
}
constexpr bool once_is_itself(const auto& a) { return same(a * 1, a); }
constexpr bool repeats_add_up(const auto& a) {
  return same(a * 3, a >> a >> a) && same((a * 2) >> (a * 3), a * 5) && same((a * 2) * 3, a * 6) &&
         same(repeat(a, 2), a * 2);
}

}  // namespace

TEST_CASE("then is associative") {
  PARTITA_CHECK_BOTH(then_is_associative(A, B, C));
  PARTITA_CHECK_BOTH(then_is_associative(M, S, E));
  PARTITA_CHECK_BOTH(then_is_associative(E, auto_model, E));
}

TEST_CASE("skip is the identity of then") {
  PARTITA_CHECK_BOTH(skip_is_its_identity(A));
  PARTITA_CHECK_BOTH(skip_is_its_identity(S));
  PARTITA_CHECK_BOTH(skip_is_its_identity(E));
  PARTITA_CHECK_BOTH(skip_is_its_identity(auto_model));
  PARTITA_CHECK_BOTH(skip_is_its_identity(skip));
}

TEST_CASE("together is associative, commutative and idempotent") {
  PARTITA_CHECK_BOTH(together_is_associative(A, B, C));
  PARTITA_CHECK_BOTH(together_is_associative(M, B, C));
  PARTITA_CHECK_BOTH(together_is_associative(A, skip, E));
  PARTITA_CHECK_BOTH(together_is_commutative(A, B));
  PARTITA_CHECK_BOTH(together_is_commutative(M, C));
  PARTITA_CHECK_BOTH(together_is_commutative(A, skip));
  PARTITA_CHECK_BOTH(together_is_idempotent(A));
  PARTITA_CHECK_BOTH(together_is_idempotent(M));
  PARTITA_CHECK_BOTH(together_is_idempotent(skip));
}

TEST_CASE("either is associative, and then distributes over it") {
  PARTITA_CHECK_BOTH(either_is_associative(A, B, C));
  PARTITA_CHECK_BOTH(either_is_associative(M, S, auto_model));
  PARTITA_CHECK_BOTH(then_distributes(A, B, C));
  PARTITA_CHECK_BOTH(then_distributes(S, M, auto_model));
}

TEST_CASE("a repeated tactic stands several times in sequence") {
  PARTITA_CHECK_BOTH(once_is_itself(A));
  PARTITA_CHECK_BOTH(once_is_itself(S));
  PARTITA_CHECK_BOTH(once_is_itself(E));
  PARTITA_CHECK_BOTH(repeats_add_up(A));
  PARTITA_CHECK_BOTH(repeats_add_up(S));
  PARTITA_CHECK_BOTH(repeats_add_up(E));
}

TEST_CASE("the laws do not make everything equal") {
  PARTITA_CHECK_BOTH(!same(A, B));
  PARTITA_CHECK_BOTH(!same(A, skip));
  PARTITA_CHECK_BOTH(!same(A >> B, B >> A));
  PARTITA_CHECK_BOTH(!same(A >> B, A * B));
  PARTITA_CHECK_BOTH(!same(A >> A, A));
  PARTITA_CHECK_BOTH(!same(A | B, B | A));
  PARTITA_CHECK_BOTH(!same(A * B, A * C));
  PARTITA_CHECK_BOTH(!same(shard<"batch">("x", 0), shard<"batch">("x", 1)));
  PARTITA_CHECK_BOTH(!same(shard<"batch">("x", 0), shard<"model">("x", 0)));
  PARTITA_CHECK_BOTH(!same(pin<"model">("scores"), pin<"model">(tagged("scores"))));
  PARTITA_CHECK_BOTH(!same(auto_model, automatic<"model">()));
}

TEST_CASE("precedence is that of C++") {
  PARTITA_CHECK_BOTH(same(A | B >> C * M, A | (B >> (C * M))));
  PARTITA_CHECK_BOTH(same(A * 2 >> B, (A * 2) >> B));
}
