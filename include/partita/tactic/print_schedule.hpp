// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The canonical text of schedules: what parse_schedule reads back to an equal one.

#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <partita/support/plain_vector.hpp>
#include <partita/tactic/print_term.hpp>
#include <partita/tactic/schedule_words.hpp>

namespace partita {

namespace detail {

/// A number that reads back as the same one, without an exponent.
[[nodiscard]] inline std::string text_of(double number) {
  std::array<char, 400> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, std::chars_format::fixed).ptr;
  return {digits.data(), end};
}

[[nodiscard]] inline std::string text_of(const quantity& q) {
  return q.device_memory ? "device_memory" : text_of(q.count) + "_" + std::string(amount_units[q.unit].name);
}

[[nodiscard]] inline std::string text_of(const objective& o) {
  std::string text;
  for (const weighted_metric& w : o.sum) {
    if (!text.empty()) text += " + ";
    if (w.weight != 1) text += text_of(w.weight) + " * ";
    text += name_of(w.metric);
    const bool bare = o.sum.size() == 1 && w.weight == 1 && w.over == base_units(w.metric, 1);
    if (!bare) text += " / " + text_of(w.over);
  }
  return o.rounding > 0 ? "rounded(" + text + ", " + text_of(o.rounding) + ")" : text;
}

[[nodiscard]] inline std::string text_of(const goal& g) {
  std::string text = g.front ? "pareto_front(" : "minimize(";
  for (std::size_t i = 0; i < g.minimized.size(); ++i) text += (i == 0 ? "" : ", ") + text_of(g.minimized[i]);
  text += ")";
  for (std::size_t i = 0; i < g.bounds.size(); ++i) {
    const bound& b = g.bounds[i];
    text += (i == 0 ? ", subject_to(" : ", ") + std::string(name_of(b.metric)) + " <= " + text_of(b.limit);
  }
  return g.bounds.empty() ? text : text + ")";
}

[[nodiscard]] inline std::string text_of(const schedule& s, const automatic_wish& wish) {
  plain_vector<char> axes;
  for (const text_id a : wish.axes) {
    if (!axes.empty()) append_text(axes, ", ");
    append_quoted(axes, s.text(a));
  }
  const std::string word = wish.axes.empty() ? "choose" : "automatic<" + std::string(axes.data(), axes.size()) + ">";
  return word + "(" + text_of(wish.wanted) + ")";
}

/// The tactic as an expression, its terms separated by `joint`.
[[nodiscard]] inline std::string expression_of(const schedule& s, std::uint32_t tactic, std::string_view joint) {
  if (const automatic_wish* wish = s.automatic(tactic); wish != nullptr) return text_of(s, *wish);
  plain_vector<char> text;
  for (const term& t : s.terms(tactic)) {
    if (!text.empty()) append_text(text, joint);
    append_term(text, s, t);
  }
  return {text.data(), text.size()};
}

}  // namespace detail

/// What reports call a tactic: its name, or its expression when it has none.
[[nodiscard]] inline std::string name_of(const schedule& s, std::uint32_t tactic) {
  const std::string_view name = s.text(s.tactic(tactic).name);
  return name.empty() ? detail::expression_of(s, tactic, " * ") : std::string(name);
}

/// The schedule as a file: a definition for each named tactic, then the expression.
/// @post parse_schedule(to_text(s)) == s, unless s has predicates or callables, which have no text
[[nodiscard]] inline std::string to_text(const schedule& s) {
  std::string definitions;
  std::vector<std::string> words;         // how the expression writes each tactic
  plain_vector<std::uint32_t> defined_by;  // for each text, 1 + the tactic that it names
  for (std::uint32_t t = 0; t < s.tactic_count(); ++t) {
    const text_id id = s.tactic(t).name;
    const std::string_view name = s.text(id);
    if (id.index >= defined_by.size()) defined_by.resize(id.index + 1u, 0);
    if (detail::is_schedule_name(name) && defined_by[id.index] == 0) {
      defined_by[id.index] = t + 1;
      words.emplace_back(name);
      const std::string joint = "\n" + std::string(name.size() + 1, ' ') + "* ";
      definitions += std::string(name) + " = " + detail::expression_of(s, t, joint) + "\n";
    } else {
      words.push_back(detail::expression_of(s, t, " * "));
    }
  }
  std::string text = definitions;
  for (std::size_t a = 0; a < s.alternative_count(); ++a) {
    if (a > 0) text += " | ";
    bool first = true;
    for (const std::uint32_t t : s.sequence(a)) {
      if (!first) text += " >> ";
      first = false;
      text += words[t];
    }
    if (first) text += "skip";
  }
  return text + "\n";
}

}  // namespace partita
