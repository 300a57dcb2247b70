// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A search as a user of the command-line program sees it: a budget in words, a line that says how far it is, and Ctrl-C,
// which ends the search and not the program.

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <partita/report/terminal.hpp>
#include <partita/search/parallel_greedy.hpp>
#include <partita/search/partition_problem.hpp>

namespace partita {

/// "2000" evaluations, or a time: "500ms", "10s", "2min".
inline search_budget parse_budget(const std::string& text) {
  const char* const end = text.data() + text.size();
  std::uint64_t evaluations = 0;
  const auto whole = std::from_chars(text.data(), end, evaluations);
  if (whole.ec == std::errc{} && whole.ptr == end && evaluations > 0) return search_budget::of_evaluations(evaluations);
  double amount = 0;
  const auto number = std::from_chars(text.data(), end, amount, std::chars_format::fixed);
  const std::string_view unit(number.ptr, static_cast<std::size_t>(end - number.ptr));
  const double seconds = unit == "ms" ? amount * 1e-3 : unit == "s" ? amount : unit == "min" ? amount * 60 : 0;
  // from_chars also reads inf and nan.
  if (number.ec != std::errc{} || !(seconds > 0 && seconds < 1e9)) {
    throw error("--budget " + text + ": is no budget; give evaluations, as in 2000, or a time, as in 500ms, 10s or 2min");
  }
  return search_budget::of_seconds(seconds);
}

inline std::atomic<int> interrupted = 0;  // any thread may run the handler
static_assert(std::atomic<int>::is_always_lock_free);
extern "C" inline void note_interrupt(int) { interrupted = 1; }

/// While it lives, the first Ctrl-C is noted in `interrupted`; the next one ends the program. A program that was started
/// to ignore it goes on doing so.
class interruptible {
 public:
  interruptible() {
    struct sigaction noted {};
    noted.sa_handler = note_interrupt;
    noted.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    active_ = interrupted == 0 && sigaction(SIGINT, nullptr, &before_) == 0 && before_.sa_handler != SIG_IGN &&
              sigaction(SIGINT, &noted, nullptr) == 0;
  }
  interruptible(const interruptible&) = delete;
  interruptible& operator=(const interruptible&) = delete;
  ~interruptible() {
    if (active_) sigaction(SIGINT, &before_, nullptr);
  }

 private:
  struct sigaction before_ {};
  bool active_ = false;
};

/// A line on standard error about the best plan so far: rewritten in place on a terminal, else a line now and then.
class progress_line {
 public:
  explicit progress_line(bool terminal) : terminal_(terminal) {}

  void update(const search_request& request, const estimate_summary* best, std::uint64_t evaluations) {
    const auto now = std::chrono::steady_clock::now();
    if (best == nullptr || now < next_) return;
    next_ = now + std::chrono::milliseconds(terminal_ ? 100 : 1000);
    std::string text = "best so far " + format_seconds(best->step_time_s) + ", " + format_memory(best->peak_memory_bytes);
    if (const double over = request.memory_excess(*best); over > 0) text += " (" + format_memory(over) + " over)";
    text += "; " + format_count(static_cast<std::int64_t>(evaluations)) + " evaluations, " +
            format_seconds(std::chrono::duration<double>(now - start_).count());
    std::fprintf(stderr, terminal_ ? "\r%s\033[K" : "%s\n", text.c_str());
    std::fflush(stderr);
  }
  void clear() const {
    if (terminal_) std::fputs("\r\033[K", stderr);
  }

 private:
  bool terminal_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now(), next_ = start_;
};

/// The search of automatic tactics, with what is around it on the command line.
struct watched_search {
  parallel_greedy search;
  bool progress = false;

  template <class P>
  [[nodiscard]] search_result<outcome_of<P>> operator()(P& problem, const search_budget& budget) const {
    const interruptible guard;
    progress_line line(isatty(STDERR_FILENO) != 0);
    outcome_of<P> best{};
    bool any = false;
    const auto observe = [&](const search_progress<outcome_of<P>>& p) {
      best = p.best;
      any = true;
    };
    const auto stop = [&](std::uint64_t evaluations) {
      if (progress) line.update(problem.request(), any ? &best : nullptr, evaluations);
      return interrupted != 0;
    };
    const auto found = search(problem, budget, observe, stop);
    if (progress) line.clear();
    return found;
  }
};

}  // namespace partita
