// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A plan as text for a terminal: a table with a row per tactic, the heaviest causes of communication, and
// what was not applied or is left in conflict.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include <partita/plan/gains.hpp>
#include <partita/report/causes.hpp>

namespace partita {

/// "1.5 GB", "312 kB": decimal units, three digits.
[[nodiscard]] inline std::string format_bytes(double bytes) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  std::size_t u = 0;
  while (bytes >= 999.5 && u + 1 < units.size()) bytes /= 1000, ++u;
  char text[32];
  std::snprintf(text, sizeof text, u == 0 || bytes >= 99.95 ? "%.0f %s" : "%.1f %s", bytes, units[u]);
  return text;
}
/// Memory in binary units, as vendors give it: "45.2 GiB".
[[nodiscard]] inline std::string format_memory(double bytes) {
  constexpr std::array units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t u = 0;
  while (bytes >= 1023.5 && u + 1 < units.size()) bytes /= 1024, ++u;
  char text[32];
  std::snprintf(text, sizeof text, u == 0 ? "%.0f %s" : "%.1f %s", bytes, units[u]);
  return text;
}
/// "12.3 ms": three digits.
[[nodiscard]] inline std::string format_seconds(double s) {
  char text[32];
  if (s >= 0.9995) std::snprintf(text, sizeof text, "%.3g s", s);
  else if (s >= 0.9995e-3) std::snprintf(text, sizeof text, "%.3g ms", s * 1e3);
  else std::snprintf(text, sizeof text, "%.3g us", s * 1e6);
  return text;
}
/// "0.0123 USD": three digits.
[[nodiscard]] inline std::string format_dollars(double usd) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g USD", usd);
  return text;
}
/// 16,578
[[nodiscard]] inline std::string format_count(std::int64_t n) {
  std::string digits = std::to_string(n);
  for (std::size_t i = digits.size(); i > 3; i -= 3) {
    if (digits[i - 4] != '-') digits.insert(i - 3, ",");
  }
  return digits;
}

namespace detail {

inline std::string pad_left(const std::string& text, std::size_t width) {
  return text.size() >= width ? text : std::string(width - text.size(), ' ') + text;
}
inline std::string pad_right(const std::string& text, std::size_t width) {
  return text.size() >= width ? text : text + std::string(width - text.size(), ' ');
}
inline std::string shorten(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 3) + "...";
}

}  // namespace detail

/// The table of tactics. `color` marks rows over the device's memory.
template <class Ops>
[[nodiscard]] std::string summary(const plan<Ops>& p, bool color = false) {
  std::vector<const tactic_report*> rows{&p.before};
  for (const tactic_report& t : p.tactics) rows.push_back(&t);
  std::vector<collective_kind> kinds;
  for (std::size_t k = 0; k + 1 < collective_kinds; ++k) {
    const auto kind = static_cast<collective_kind>(k);
    if (std::any_of(rows.begin(), rows.end(), [&](const auto* r) { return r->of(kind).count != 0; })) kinds.push_back(kind);
  }
  std::size_t name_width = 6;
  for (const auto* r : rows) name_width = std::max(name_width, std::min<std::size_t>(r->name.size(), 28));
  std::string text = " " + detail::pad_right("tactic", name_width);
  for (const collective_kind k : kinds) text += "  " + detail::pad_left(std::string(name_of(k)), 19);
  const bool conflicts = std::any_of(rows.begin(), rows.end(), [](const auto* r) { return r->conflicts != 0; });
  if (conflicts) text += "  conflicts";
  text += "  " + detail::pad_left("step time", 10) + "  " + detail::pad_left("peak memory", 12);
  const bool priced = p.total().dollars > 0;
  if (priced) text += "  " + detail::pad_left("dollars", 12);
  if (p.device_memory_bytes > 0) text += "  of " + format_memory(static_cast<double>(p.device_memory_bytes));
  text += "\n";
  double largest = 1;
  for (const auto* r : rows) largest = std::max(largest, static_cast<double>(r->peak_memory_bytes));
  for (const auto* r : rows) {
    text += " " + detail::pad_right(detail::shorten(r->name, 28), name_width);
    for (const collective_kind k : kinds) {
      const collective_total& t = r->of(k);
      text += t.count == 0 ? std::string(21, ' ')
                           : "  " + detail::pad_left(format_count(t.count), 9) + detail::pad_left(format_bytes(static_cast<double>(t.bytes)), 10);
    }
    if (conflicts) text += "  " + detail::pad_left(format_count(static_cast<std::int64_t>(r->conflicts)), 9);
    text += "  " + detail::pad_left(format_seconds(r->step_time_s), 10);
    text += "  " + detail::pad_left(format_memory(static_cast<double>(r->peak_memory_bytes)), 12);
    if (priced) text += "  " + detail::pad_left(format_dollars(r->dollars), 12);
    if (p.device_memory_bytes > 0) {
      const bool over = !p.fits(*r);
      const auto bar = static_cast<std::size_t>(1 + 9 * static_cast<double>(r->peak_memory_bytes) / largest);
      std::string blocks;
      for (std::size_t i = 0; i < bar; ++i) blocks += "█";
      if (over) blocks += std::string(11 - bar, ' ') + "over";
      text += std::string("  ") + (color && over ? "\033[31m" : "") + blocks + (color && over ? "\033[0m" : "");
    }
    text += "\n";
  }
  if (!p.fits()) {
    const std::int64_t over = p.total().peak_memory_bytes - p.device_memory_bytes;
    text += std::string(color ? "\033[31m" : "") + " does not fit: " + format_memory(static_cast<double>(over)) + " over " +
            format_memory(static_cast<double>(p.device_memory_bytes)) + (color ? "\033[0m" : "") + "\n";
  }
  return text;
}

/// What each tactic gains, and each decision of a search: how the plan changes when it alone is left out.
template <class Ops>
[[nodiscard]] std::string gains(const plan<Ops>& p, const std::vector<plan_without>& without) {
  if (without.empty()) return "";
  const auto difference = [](double change, std::string (&format)(double)) {
    return change == 0 ? std::string("same") : (change < 0 ? "-" : "+") + format(change < 0 ? -change : change);
  };
  const tactic_report& whole = p.total();
  const auto moved = static_cast<double>(moved_bytes(whole.collectives));
  std::string text = " leaving one out   step time  peak memory  communicated\n";
  for (const plan_without& w : without) {
    const double more = 100 * (w.step_time_s - whole.step_time_s) / whole.step_time_s;
    char percent[32];
    std::snprintf(percent, sizeof percent, "%+.1f %%", more);
    text += std::string(18, ' ') +
            detail::pad_left(std::abs(more) < 0.05 ? "same" : percent, 10) + "  " +
            detail::pad_left(difference(static_cast<double>(w.peak_memory_bytes - whole.peak_memory_bytes), format_memory), 11) +
            "  " + detail::pad_left(difference(static_cast<double>(w.communicated_bytes) - moved, format_bytes), 12) +
            "  " + detail::shorten(w.tactic, 28) + (w.decision.empty() ? "" : ": " + without_numbers(w.decision)) + "\n";
  }
  return text + "\n";
}

/// The heaviest causes of communication, at most `limit` lines (0: all).
template <class Ops>
[[nodiscard]] std::string explain(const plan<Ops>& p, std::size_t limit = 0) {
  const auto groups = group_causes(p.collectives);
  if (groups.empty()) return " no communication\n";
  std::string text = " heaviest causes\n";
  const std::size_t shown = limit == 0 ? groups.size() : std::min(limit, groups.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const cause_group& g = groups[i];
    text += "  " + detail::pad_left(format_bytes(static_cast<double>(g.bytes)), 8) + "  " +
            detail::pad_right(std::string(name_of(g.kind)) + " " + axis_names(g.axes, p.mesh), 22) + " " +
            detail::pad_left(format_count(g.count), 7) + " x  " + g.because + "\n";
  }
  if (shown < groups.size()) text += "  and " + std::to_string(groups.size() - shown) + " more\n";
  return text;
}

namespace detail {

inline std::string candidate_head(const estimate_summary& e) {
  return std::string("  step time  peak memory  communicated") + (e.dollars > 0 ? "       dollars" : "") + "\n";
}
inline std::string candidate_row(const estimate_summary& e) {
  return pad_left(format_seconds(e.step_time_s), 11) + pad_left(format_memory(e.peak_memory_bytes), 13) +
         pad_left(format_bytes(e.communicated_bytes), 14) + (e.dollars > 0 ? pad_left(format_dollars(e.dollars), 14) : "");
}

}  // namespace detail

/// What the alternatives of the schedule cost, the one that was taken marked. Empty when there were none.
template <class Ops>
[[nodiscard]] std::string alternatives(const plan<Ops>& p) {
  if (p.alternatives.empty()) return {};
  std::string text = " alternatives" + detail::candidate_head(p.alternatives[0].cost);
  for (std::size_t i = 0; i < p.alternatives.size(); ++i) {
    const candidate& c = p.alternatives[i];
    const std::size_t end = c.schedule.find_last_not_of('\n'), line = c.schedule.find_last_of('\n', end);
    const std::string expression = c.schedule.substr(line == std::string::npos ? 0 : line + 1, end - line);
    text += (i == p.alternative ? "  taken      " : std::string(13, ' ')) + detail::candidate_row(c.cost) + "  " +
            detail::shorten(expression, 60) + "\n";
  }
  return text + "\n";
}

/// The fronts that searches found. The schedules that make their plans stand in the plan, and in its JSON form. Empty when
/// none was asked for.
template <class Ops>
[[nodiscard]] std::string pareto_fronts(const plan<Ops>& p) {
  std::string text;
  for (const search_report& s : p.searches) {
    if (s.front.empty()) continue;
    text += " front        " + detail::candidate_head(s.front[0].cost).substr(1);
    for (const candidate& c : s.front) text += std::string(13, ' ') + detail::candidate_row(c.cost) + "\n";
    text += "\n";
  }
  return text;
}

/// What was chosen and found, as a schedule that makes the same plan without a search. Empty when there was nothing to
/// choose and to find.
template <class Ops>
[[nodiscard]] std::string found_schedule(const plan<Ops>& p) {
  if (p.searches.empty() && p.alternatives.empty()) return {};
  std::string text = " found schedule\n";
  for (std::size_t begin = 0, end = 0; begin < p.found_schedule.size(); begin = end + 1) {
    end = p.found_schedule.find('\n', begin);
    text += "  " + p.found_schedule.substr(begin, end - begin) + "\n";
  }
  return text + "\n";
}

/// What was asked and not done, and what was left undecided. Empty when there is nothing to say but that.
template <class Ops>
[[nodiscard]] std::string remarks(const plan<Ops>& p, std::size_t limit = 10) {
  std::string text;
  std::size_t refused = 0;
  double seconds = p.before.seconds;
  std::vector<std::pair<std::string, std::size_t>> folded;
  for (const tactic_report& t : p.tactics) {
    seconds += t.seconds;
    refused += t.not_applied.size();
    for (const std::string& reason : t.not_applied) {
      const std::string line = t.name + ": " + without_numbers(reason);
      const auto known = std::find_if(folded.begin(), folded.end(), [&](const auto& f) { return f.first == line; });
      if (known == folded.end()) folded.emplace_back(line, 1); else ++known->second;
    }
  }
  if (refused != 0) {
    text += " not applied\n";
    for (std::size_t i = 0; i < folded.size() && i < limit; ++i) {
      text += "  " + detail::pad_left(std::to_string(folded[i].second), 5) + " x  " + folded[i].first + "\n";
    }
    if (folded.size() > limit) text += "  and " + std::to_string(folded.size() - limit) + " more\n";
  }
  if (!p.conflicts.empty()) {
    text += " conflicts\n";
    for (std::size_t i = 0; i < p.conflicts.size() && i < limit; ++i) {
      const conflict_report& c = p.conflicts[i];
      text += "  " + c.tactic + " on " + c.axis + ": " + c.op + " stays whole; " + c.first + ", but " + c.second + "\n";
    }
    if (p.conflicts.size() > limit) text += "  and " + std::to_string(p.conflicts.size() - limit) + " more\n";
  }
  text += refused == 0 ? " every requested tile applied; " : " " + std::to_string(refused) + (refused == 1 ? " tile" : " tiles") + " not applied; ";
  text += std::to_string(p.conflicts.size()) + (p.conflicts.size() == 1 ? " conflict" : " conflicts") + "; planned in " + format_seconds(seconds) + "\n";
  return text;
}

}  // namespace partita
