// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <string>

#include <doctest/doctest.h>

#include <partita/tactic.hpp>
#include <partita/tactic/parse_schedule.hpp>

namespace {

using namespace partita;

void reads_back(const Tactic auto& expression) {
  const schedule s = to_schedule(expression);
  CAPTURE(to_text(s));
  CHECK(parse_schedule(to_text(s)) == s);
  CHECK(to_text(parse_schedule(to_text(s))) == to_text(s));
}

const auto A = shard<"batch">("data/*", 0);
const auto B = shard<"model">("params/*/w", first_divisible_dim);

}  // namespace

TEST_CASE("unnamed tactics are written where they stand") {
  CHECK(to_text(to_schedule(A >> B * pin<"model">(tagged("s")))) ==
        "shard<\"batch\">(\"data/*\", 0) >> shard<\"model\">(\"params/*/w\", first_divisible_dim) * "
        "pin<\"model\">(tagged(\"s\"))\n");
  CHECK(to_text(to_schedule(skip)) == "skip\n");
}

TEST_CASE("named tactics are defined first, a line for each term") {
  CHECK(to_text(to_schedule(named("BP", A) >> named("MP", B * pin<"model">("x")) >> named("BP", A))) ==
        "BP = shard<\"batch\">(\"data/*\", 0)\n"
        "MP = shard<\"model\">(\"params/*/w\", first_divisible_dim)\n"
        "   * pin<\"model\">(\"x\")\n"
        "BP >> MP >> shard<\"batch\">(\"data/*\", 0)\n");
}

TEST_CASE("a name that two tactics have, or that no file may have, is not used as one") {
  reads_back(named("A", A) >> named("A", B));
  reads_back(named("shard", A) >> named("no name", B) >> named("3", A));
}

TEST_CASE("text of a schedule is read back to an equal one") {
  reads_back(A);
  reads_back(skip | A);
  reads_back((A | B) >> (skip | named("C", A * B)));
  reads_back(A * 3 >> named("seq", A >> B));
  reads_back(shard<"a\"b\\c">("with \"quotes\" and \\", unknown));
  reads_back(automatic<"a", "b">(minimize(dollars), subject_to(step_time <= 12.5_ms, peak_memory <= device_memory)) >>
             A);
  reads_back((A | B) >> choose(minimize(rounded(step_time, 0.05), peak_memory / device_memory + 0.25 * dollars / 3_USD)));
  reads_back(choose(minimize(step_time / 20_ms), subject_to(dollars <= 0.001_USD)));
  reads_back(automatic<"a">(pareto_front(peak_memory, communicated_bytes)));
  reads_back(automatic<"a">(subject_to(communicated_bytes <= 0.1_TB, peak_memory <= 123456789012345_B)));
}

TEST_CASE("goals are written as they are in C++") {
  CHECK(to_text(to_schedule(choose(minimize(rounded(step_time / 1_s + 0.5 * peak_memory / device_memory, 0.05), dollars),
                                   subject_to(step_time <= 2_s)))) ==
        "choose(minimize(rounded(step_time / 1_s + 0.5 * peak_memory / device_memory, 0.05), dollars), "
        "subject_to(step_time <= 2_s))\n");
  CHECK(to_text(to_schedule(automatic<"m">(pareto_front(step_time, peak_memory)))) ==
        "automatic<\"m\">(pareto_front(step_time, peak_memory))\n");
}

TEST_CASE("amounts keep their unit") {
  CHECK(to_text(to_schedule(automatic<"m">(subject_to(peak_memory <= 16_GiB, step_time <= 0.5_s)))) ==
        "automatic<\"m\">(minimize(step_time), subject_to(peak_memory <= 16_GiB, step_time <= 0.5_s))\n");
}
