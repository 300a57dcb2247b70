// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// From selectors to the values of a program.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <partita/ir/graph_base.hpp>
#include <partita/support/plain_vector.hpp>
#include <partita/support/sort.hpp>
#include <partita/tactic/check.hpp>
#include <partita/tactic/terms.hpp>

namespace partita {

/// Whether the whole text matches the pattern, in which `*` stands for any run of characters, slashes too. At
/// most pattern.size() * text.size() steps.
[[nodiscard]] constexpr bool matches_glob(std::string_view pattern, std::string_view text) {
  // Most texts that do not match differ at an end.
  const std::size_t first = pattern.find('*'), last = pattern.rfind('*');
  if (first == std::string_view::npos) return pattern == text;
  if (text.substr(0, first) != pattern.substr(0, first) || !text.ends_with(pattern.substr(last + 1))) return false;
  std::size_t p = 0, t = 0;
  std::size_t star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p, ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;  // the last star takes one character more
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

/// Whether one of the segments between the slashes of a scope is this name.
[[nodiscard]] constexpr bool scope_has(std::string_view scope, std::string_view name) {
  while (true) {
    const std::size_t slash = scope.find('/');
    if (scope.substr(0, slash) == name) return true;
    if (slash == std::string_view::npos) return false;
    scope.remove_prefix(slash + 1);
  }
}

/// Name of a program's argument: its path, or argN when it has none. Keeps the text in itself.
class argument_label {
 public:
  constexpr argument_label(const graph_base& g, std::size_t i) : path_(g.argument_name(i)) {
    if (!path_.empty()) return;
    std::size_t digits = 1;
    for (std::size_t n = i; n >= 10; n /= 10) ++digits;
    size_ = 3 + digits;
    for (std::size_t d = 0; d < 3; ++d) made_[d] = "arg"[d];
    for (std::size_t n = i, d = size_; d > 3; n /= 10) made_[--d] = static_cast<char>('0' + n % 10);
  }
  [[nodiscard]] constexpr std::string_view view() const {
    return path_.empty() ? std::string_view{made_.data(), size_} : path_;
  }

 private:
  std::string_view path_;
  std::array<char, 24> made_{};
  std::size_t size_ = 0;
};

/// The callables of a schedule that has none, such as one from text.
struct no_callables {};

/// The predicates and callables of an expression, by their numbers in the schedule made from it. Keeps a reference.
/// A schedule has none, whatever it was made from.
template <Tactic T>
class callables_of {
 public:
  constexpr explicit callables_of(const T& expression) : expression_(&expression) {}

  [[nodiscard]] constexpr bool predicate(std::uint32_t number, const value_view& v) const
      requires(!std::same_as<T, schedule>) {
    bool holds = false;
    visit(number, [&](const auto& function) {
      if constexpr (requires { static_cast<bool>(function(v)); }) holds = static_cast<bool>(function(v));
    });
    return holds;
  }
  [[nodiscard]] constexpr dim_choice dim(std::uint32_t number, const value_view& v) const
      requires(!std::same_as<T, schedule>) {
    dim_choice chosen;
    visit(number, [&](const auto& function) {
      if constexpr (detail::DimCallable<std::remove_cvref_t<decltype(function)>>) chosen = detail::to_dim(function(v));
    });
    return chosen;
  }

 private:
  constexpr void visit(std::uint32_t number, auto&& f) const {
    std::uint32_t next = 0;
    expression_->for_each_term([&](const auto& t) {
      if constexpr (requires { t.values.function; }) {
        if (next++ == number) f(t.values.function);
      }
      if constexpr (requires { t.dim.function; }) {
        if (next++ == number) f(t.dim.function);
      }
    });
  }

  const T* expression_;
};

/// The callables of an expression: no_callables where its type shows that it has none.
template <Tactic T>
[[nodiscard]] constexpr auto callables_for(const T& expression) {
  if constexpr (detail::may_have_callables<T>) {
    return callables_of<T>(expression);
  } else {
    return no_callables{};
  }
}

/// Appends what made_by("...") matches: scope, type and number of a value, jit(step)/attn/dot_general 8x16xf32 %1234.
constexpr void append_value_label(plain_vector<char>& out, const graph_base& g, value_id v) {
  const op_id o = g.definition(v), owner = o ? o : g.owner(g.argument_of(v));
  if (const std::string_view scope = owner ? g.scope(owner) : std::string_view{}; !scope.empty()) {
    out.append(scope);
    out.push_back(' ');
  }
  if (!o) detail::append_text(out, "argument ");
  const type_view t = g.type(v);
  for (std::size_t d = 0; t.is_tensor() && d < t.rank(); ++d) {
    if (t.dims[d] == dynamic_size) {
      out.push_back('?');
    } else {
      detail::append_number(out, t.dims[d]);
    }
    out.push_back('x');
  }
  out.append(name_of(t.element));
  detail::append_text(out, " %");
  detail::append_number(out, v.index);
}

namespace detail {

[[nodiscard]] inline std::string text_of(const schedule& s, const term& t) {
  plain_vector<char> text;
  append_term(text, s, t);
  return {text.data(), text.size()};
}

/// The name among the program's arguments and results that is nearest to `wanted` by edit distance, if near.
[[nodiscard]] inline std::string nearest_name(const graph_base& g, std::string_view wanted) {
  constexpr std::size_t longest = 200, most = 20'000;
  if (wanted.size() > longest) return {};
  std::string nearest;
  std::size_t best = std::max<std::size_t>(2, wanted.size() / 3) + 1;
  plain_vector<std::size_t> row;
  const auto consider = [&](std::string_view name) {
    if (name.size() > longest || name.size() + best <= wanted.size() || wanted.size() + best <= name.size()) return;
    row.assign(name.size() + 1, 0);
    for (std::size_t j = 0; j <= name.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= wanted.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= name.size(); ++j) {
        const std::size_t changed = diagonal + (wanted[i - 1] == name[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
      }
    }
    if (row.back() >= best) return;
    best = row.back();
    nearest = name;
  };
  for (std::size_t i = 0; i < g.arguments().size() && i < most; ++i) consider(argument_label(g, i).view());
  for (std::size_t i = 0; i < g.results().size() && i < most; ++i) consider(g.result_name(i));
  return nearest;
}

[[noreturn]] inline void selector_matches_no_value_of_the_program(const schedule& s, const term& t,
                                                                  const graph_base& g) {
  std::string message = text_of(s, t) + ": ";
  const std::string text(s.text(t.values.text));
  if (t.values.kind == selector_kind::predicate) {
    message += "the predicate holds for no argument of the program";
  } else if (t.values.kind == selector_kind::tagged) {
    message += "no op stands under a scope that is called '" + text + "'";
  } else if (t.values.kind == selector_kind::made_by) {
    message += "no value of the program matches '" + text + "'; values are called SCOPE TYPE %NUMBER";
  } else {
    message += "no argument or result of the program matches '" + text + "'";
    const std::string nearest = nearest_name(g, text);
    if (!nearest.empty()) message += "; did you mean '" + nearest + "'?";
  }
  throw schedule_error(message_at(place_of(s, t), message));
}
[[noreturn]] inline void predicates_exist_only_in_the_expression_that_made_the_schedule(const schedule& s,
                                                                                        const term& t) {
  throw schedule_error(message_at(place_of(s, t), text_of(s, t) +
                                                      ": predicates and callables exist only in the C++ expression; "
                                                      "pass callables_of(expression)"));
}

template <class Callables>
constexpr bool holds_for(const schedule& s, const term& t, const value_view& v, const Callables& callables) {
  if constexpr (requires { callables.predicate(t.values.callable, v); }) {
    if (t.values.callable != schedule_builder::no_callable) return callables.predicate(t.values.callable, v);
  }
  predicates_exist_only_in_the_expression_that_made_the_schedule(s, t);
}

constexpr void select_path(std::string_view path, const graph_base& g, std::vector<value_id>& found) {
  const auto arguments = g.arguments();
  const auto results = g.results();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (argument_label(g, i).view() == path) found.push_back(arguments[i]);
  }
  for (std::size_t i = 0; i < results.size() && found.empty(); ++i) {
    if (g.result_name(i) == path) found.push_back(results[i]);
  }
  if (!found.empty() || path.find('*') == std::string_view::npos) return;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (matches_glob(path, argument_label(g, i).view())) found.push_back(arguments[i]);
  }
  if (!found.empty()) return;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (matches_glob(path, g.result_name(i))) found.push_back(results[i]);
  }
}

constexpr void select_tagged(std::string_view tag, const graph_base& g, std::vector<value_id>& found) {
  text_id last;  // neighbours often share their scope
  bool last_has = false;
  for (std::uint32_t i = 0; i < g.op_count(); ++i) {
    const text_id scope = g.scope_id({i});
    if (!(scope == last)) {
      last = scope;
      last_has = scope_has(g.text(scope), tag);
    }
    if (!last_has) continue;
    for (const value_id v : g.results(op_id{i})) found.push_back(v);
  }
}

constexpr void select_made_by(std::string_view glob, const graph_base& g, std::vector<value_id>& found) {
  plain_vector<char> label;
  // Labels end with the number of their value: what ends so can be of that value only.
  const std::string_view end = glob.substr(glob.find_last_not_of("0123456789") + 1);
  const bool numbered = !end.empty() && end.size() < glob.size() && glob[glob.size() - end.size() - 1] == '%';
  std::size_t number = 0;
  for (const char c : end) number = number < g.value_count() ? 10 * number + static_cast<std::size_t>(c - '0') : number;
  for (std::uint32_t v = 0; v < g.value_count(); ++v) {
    if (numbered && v != number) continue;
    label.clear();
    append_value_label(label, g, {v});
    if (matches_glob(glob, {label.data(), label.size()})) found.push_back({v});
  }
}

}  // namespace detail

/// The values that a shard or pin term is about, in order and each once. Paths are looked up exactly among
/// arguments, then among results; then as a glob among arguments, and among results when no argument matches.
/// Throws schedule_error when there are none.
template <class Callables = no_callables>
[[nodiscard]] constexpr std::vector<value_id> select(const schedule& s, const term& t, const graph_base& g,
                                                     const Callables& callables = {}) {
  std::vector<value_id> found;
  if (t.values.kind == selector_kind::path) {
    detail::select_path(s.text(t.values.text), g, found);
  } else if (t.values.kind == selector_kind::tagged) {
    detail::select_tagged(s.text(t.values.text), g, found);
  } else if (t.values.kind == selector_kind::made_by) {
    detail::select_made_by(s.text(t.values.text), g, found);
  } else {
    const auto arguments = g.arguments();
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      const argument_label label(g, i);
      if (detail::holds_for(s, t, value_view{arguments[i], label.view(), g.type(arguments[i])}, callables)) {
        found.push_back(arguments[i]);
      }
    }
  }
  if (found.empty()) detail::selector_matches_no_value_of_the_program(s, t, g);
  sort_in_place(found);
  std::size_t kept = 1;
  for (const value_id v : found) {
    if (!(v == found[kept - 1])) found[kept++] = v;
  }
  found.resize(kept);
  return found;
}

}  // namespace partita
