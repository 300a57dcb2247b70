// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include <doctest/doctest.h>

#include <partita/tactic.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/check_both.hpp"
#include "support/data.hpp"

namespace {

using namespace partita;

constexpr bool reads_as(std::string_view text, const auto& expression) {
  return parse_schedule(text) == to_schedule(expression);
}

void refused(const std::string& text, const char* message) {
  CAPTURE(text);
  CHECK_THROWS_WITH_AS((void)parse_schedule(text, "s"), doctest::Contains(message), schedule_error);
}

constexpr auto A = shard<"batch">("data/*", 0);
constexpr auto B = shard<"model">("params/*/w", 1);
constexpr auto P = pin<"model">(tagged("scores"));

}  // namespace

TEST_CASE("text means what the same expression means in C++") {
  PARTITA_CHECK_BOTH(reads_as("shard<\"batch\">(\"data/*\", 0)", A));
  PARTITA_CHECK_BOTH(
      reads_as("shard<\"batch\">(\"data/*\", first_divisible_dim)", shard<"batch">("data/*", first_divisible_dim)));
  PARTITA_CHECK_BOTH(reads_as("shard<\"batch\">(\"data/*\", unknown)", shard<"batch">("data/*", unknown)));
  PARTITA_CHECK_BOTH(reads_as("shard<\"batch\">(\"data/*\", replicated)", pin<"batch">("data/*")));
  PARTITA_CHECK_BOTH(reads_as("pin<\"model\">(tagged(\"scores\"))", P));
  PARTITA_CHECK_BOTH(reads_as("skip", skip));
  PARTITA_CHECK_BOTH(
      reads_as("A = shard<\"batch\">(\"data/*\", 0)\n"
               "B = shard<\"model\">(\"params/*/w\", 1)\n"
               "P = pin<\"model\">(tagged(\"scores\"))\n"
               "(A | B) * 2 >> A*P | skip",
               (A | B) * 2 >> A * P | skip));
  PARTITA_CHECK_BOTH(
      reads_as("A = shard<\"batch\">(\"data/*\", 0)\n"
               "B = shard<\"model\">(\"params/*/w\", 1)\n"
               "either(then(A, B, A), together(A, B), repeat(A, 3))",
               either(then(A, B, A), together(A, B), repeat(A, 3))));
  PARTITA_CHECK_BOTH(reads_as("automatic<\"model\">()", automatic<"model">()));
  PARTITA_CHECK_BOTH(
      reads_as("automatic<\"batch\", \"model\">(minimize(peak_memory), subject_to(step_time <= 0.5_s, "
               "peak_memory <= device_memory))",
               automatic<"batch", "model">(minimize(peak_memory),
                                           subject_to(step_time <= 0.5_s, peak_memory <= device_memory))));
}

TEST_CASE("lines that begin with a blank continue, comments and blank lines do not count") {
  PARTITA_CHECK_BOTH(
      reads_as("\n# a comment\n"
               "A = shard<\"batch\">(\"data/*\", 0)   # data parallel\n"
               "\n"
               "  * shard<\"model\">(\"params/*/w\", 1)\n"
               "# between\n"
               "\t* pin<\"model\">(tagged(\"scores\"))\r\n"
               "A >>\n"
               "  A\n\n",
               (A * B * P) * 2));
}

TEST_CASE("a tactic is called by its name in the file, else by its expression") {
  const schedule s = parse_schedule(
      "A = shard<\"batch\">(\"x\", 0)\n"
      "B = pin<\"model\">(\"y\")\n"
      "AB = A * B\n"
      "both = A >> B\n"
      "A >> AB >> A * B >> shard<\"batch\">( \"z\" ,1) >> both");
  REQUIRE(s.sequence().size() == 6);
  CHECK(name_of(s, s.sequence()[0]) == "A");
  CHECK(name_of(s, s.sequence()[1]) == "AB");
  CHECK(name_of(s, s.sequence()[2]) == "A * B");
  CHECK(name_of(s, s.sequence()[3]) == "shard<\"batch\">(\"z\", 1)");
  CHECK(name_of(s, s.sequence()[4]) == "A");
  CHECK(name_of(s, s.sequence()[5]) == "B");
}

TEST_CASE("mistakes are shown where they are, with what was expected") {
  refused("", "s:1:1: expected the schedule itself");
  refused("A = skip\n", "s:2:1: expected the schedule itself");
  refused("A >> B", "s:1:1: this name is not defined");
  refused("A = A\nA", "s:1:5: a name cannot stand in its own definition");
  refused("A = B\nB = skip\nA", "s:1:5: this name is not defined; definitions (NAME = ...) stand before their use");
  refused("A = skip\nA = skip\nA", "s:2:1: this name is defined for the second time");
  refused("shard = skip\nshard", "s:1:1: this word has a meaning of its own");
  refused("skip\nskip", "s:2:1: the schedule has ended");
  refused("skip skip", "s:1:6: expected >>, * or |, or the end");
  refused("skip + skip", "s:1:6: expected >>, * or |, or the end");
  refused("skip >>", "s:1:8: expected a tactic");
  refused("skip >>\nskip", "a line that continues it is indented");
  refused("(skip", "s:1:6: expected ')'");
  refused("skip * 0", "s:1:8: a tactic is repeated 1 time or more");
  refused("skip * -1", "s:1:8: a tactic is repeated 1 time or more");
  refused("skip * 1.5", "s:1:8: expected a whole number");
  refused("2 * skip", "s:1:1: a repeat count stands after its tactic");
  refused("shard(\"x\", 0)", "s:1:6: expected '<' and the axis");
  refused("shard<batch>(\"x\", 0)", "s:1:7: expected the axis in quotes");
  refused("shard<\"batch\">(x, 0)", "s:1:16: expected a path or glob in quotes");
  refused("shard<\"batch\">(\"x\")", "s:1:19: expected ',' and a dim");
  refused("shard<\"batch\">(\"x\", -1)", "s:1:21: dims are counted from 0");
  refused("shard<\"batch\">(\"x\", zero)", "s:1:21: expected a dim");
  refused("shard<\"batch\">(\"x\", 99999999999999999999)", "s:1:21: this number is too large");
  refused("shard<\"batch\">(\"\", 0)", "s:1:16: this text is empty");
  refused("shard<\"batch\">(\"x, 0)", "s:1:16: this text has no closing");
  refused("pin<\"batch\">(\"x\", 0)", "s:1:17: expected ')'; pin takes a path only");
  refused("automatic<>()", "s:1:11: expected an axis in quotes");
  refused("automatic<\"a\">(maximize(step_time))", "s:1:16: expected minimize(metric)");
  refused("automatic<\"a\">(minimize(speed))", "s:1:25: expected a metric");
  refused("automatic<\"a\">(subject_to(step_time >= 1_s))", "expected '<='");
  refused("automatic<\"a\">(subject_to(step_time <= 1_GiB))", "this unit does not measure this metric");
  refused("automatic<\"a\">(subject_to(step_time <= 1_h))", "expected a unit");
  refused("automatic<\"a\">(subject_to(step_time <= device_memory))", "device_memory is compared with peak_memory only");
  refused("choose", "s:1:7: expected '(' and the goal");
  refused("choose(minimize())", "s:1:17: expected a metric");
  refused("choose(minimize(step_time), minimize(dollars))", "s:1:29: a goal has one minimize or pareto_front");
  refused("choose(minimize(step_time + peak_memory))", "s:1:17: metrics add up as shares of amounts");
  refused("choose(minimize(step_time / 1_s + peak_memory))", "s:1:17: metrics add up as shares of amounts");
  refused("choose(minimize(0.5 * step_time))", "s:1:32: expected '/' and an amount");
  refused("choose(minimize(0.5 step_time))", "s:1:21: expected '*' and the metric");
  refused("choose(minimize(0 * step_time / 1_s))", "s:1:17: the weight or amount of a metric is a positive number");
  refused("choose(minimize(step_time / 0_s))", "s:1:17: the weight or amount of a metric is a positive number");
  refused("choose(minimize(step_time / 1_GiB))", "this unit does not measure this metric");
  refused("choose(minimize(step_time/1_s + step_time/1_s + step_time/1_s + step_time/1_s + step_time/1_s))", "at most 4 metrics");
  refused("choose(minimize(step_time, step_time, step_time, step_time, step_time))", "at most 4 objectives");
  refused("choose(minimize(rounded(step_time)))", "s:1:34: expected ',' and the step as a share");
  refused("choose(minimize(rounded(step_time, 0)))", "s:1:36: the step is a share between");
  refused("choose(minimize(rounded(step_time, x)))", "s:1:36: the step is a share between");
  refused("choose(pareto_front(step_time))", "s:1:30: expected ',' and the other metric");
  refused("choose(pareto_front(step_time, peak_memory, dollars))", "s:1:43: expected ')': a front is of two metrics");
  refused("choose() * pin<\"a\">(\"x\")", "s:1:1: an automatic tactic cannot be joined by *");
  refused("choose = skip\nchoose", "this word has a meaning of its own");
  refused("A = skip >> pin<\"a\">(\"x\")\nA * (A >> A)", "s:2:1: a sequence (>> or repeat) cannot be joined by *");
  refused("automatic<\"a\">() * pin<\"a\">(\"x\")", "s:1:1: an automatic tactic cannot be joined by *");
}

TEST_CASE("the message shows the line and a caret") {
  try {
    (void)parse_schedule("A = skip\nA >> shard<\"batch\">(\"x\", )\n", "my.sched");
    FAIL("accepted");
  } catch (const schedule_error& e) {
    CHECK(std::string(e.what()) ==
          "my.sched:2:26: expected a dim: a whole number, first_divisible_dim, replicated or unknown\n"
          "  A >> shard<\"batch\">(\"x\", )\n"
          "                           ^");
  }
}

TEST_CASE("short texts for endless schedules are refused") {
  refused(std::string(100'000, '('), "nested more than 200 deep");
  refused("pin<\"a\">(\"x\") * 10001", "more than 10000 tactics");
  std::string doubling = "A0 = pin<\"a\">(\"x\")\n";
  for (int i = 0; i < 64; ++i) {
    doubling += "A" + std::to_string(i + 1) + " = A" + std::to_string(i) + " >> A" + std::to_string(i) + "\n";
  }
  refused(doubling + "A64", "more than 10000 tactics");
  std::string choices = "skip";
  for (int i = 0; i < 64; ++i) choices += " >> (pin<\"a\">(\"x\") | pin<\"b\">(\"x\"))";
  refused(choices, "more than 10000 alternatives");
}

TEST_CASE("thousands of terms are read") {
  std::string text = "A = skip";
  for (int i = 0; i < 20'000; ++i) text += "\n  * shard<\"batch\">(\"params/" + std::to_string(i) + "/w\", 0)";
  const schedule s = parse_schedule(text + "\nA\n");
  CHECK(s.tactic_count() == 1);
  CHECK(s.terms(0).size() == 20'000);
}

TEST_CASE("every cut of a schedule is read or refused with a message") {
  const std::string text =
      "A = shard<\"b\">(\"x\", 0) * pin<\"m\">(tagged(\"s\"))\nA * 2 >> automatic<\"m\">(minimize(step_time), "
      "subject_to(peak_memory <= 1.5_GiB)) | skip\n";
  for (std::size_t n = 0; n < text.size(); ++n) {
    for (const char inserted : {'\0', '"', '(', '>', '9', '\xff'}) {
      std::string broken = text.substr(0, n) + inserted + text.substr(n);
      try {
        (void)parse_schedule(broken);
      } catch (const schedule_error&) {
      }
      try {
        (void)parse_schedule(text.substr(0, n));
      } catch (const schedule_error&) {
      }
    }
  }
}

TEST_CASE("schedules of real models are read, and their canonical text is an equal schedule") {
  const auto folder = partita::testing::shared_file("models/schedules");
  if (!folder) return;
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*folder)) {
    if (entry.path().extension() != ".sched") continue;
    std::stringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    CAPTURE(entry.path().string());
    const schedule s = parse_schedule(text.str(), entry.path().string());
    CHECK(s.tactic_count() >= 1);
    CHECK(parse_schedule(to_text(s)) == s);
    ++count;
  }
  CHECK(count > 0);
}
