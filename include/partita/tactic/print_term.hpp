// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The canonical text of manual terms, written to a vector of characters so that it works in constant
// expressions: shard<"batch">("params/*/w", 0), pin<"model">(tagged("scores")).

#include <cstdint>
#include <string_view>

#include <partita/support/plain_vector.hpp>
#include <partita/tactic/schedule.hpp>

namespace partita::detail {

constexpr void append_text(plain_vector<char>& out, std::string_view text) {
  out.append(text);
}

constexpr void append_number(plain_vector<char>& out, std::int64_t n) {
  if (n < 0) out.push_back('-');
  plain_vector<char> digits;
  do {
    digits.push_back(static_cast<char>('0' + (n < 0 ? -(n % 10) : n % 10)));
    n /= 10;
  } while (n != 0);
  while (!digits.empty()) {
    out.push_back(digits.back());
    digits.pop_back();
  }
}

/// A string in quotes, with \" and \\ for the two characters that need it.
constexpr void append_quoted(plain_vector<char>& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('"');
}

/// Predicates and callables have no text: "predicate" and "callable" stand for them.
constexpr void append_selector(plain_vector<char>& out, const schedule& s, const selector& values) {
  if (values.kind == selector_kind::predicate) return append_text(out, "predicate");
  if (values.kind == selector_kind::path) return append_quoted(out, s.text(values.text));
  append_text(out, values.kind == selector_kind::tagged ? "tagged(" : "made_by(");
  append_quoted(out, s.text(values.text));
  out.push_back(')');
}

constexpr void append_dim(plain_vector<char>& out, const dim_choice& dim) {
  switch (dim.kind) {
    case dim_kind::number:
      return append_number(out, dim.number);
    case dim_kind::first_divisible:
      return append_text(out, "first_divisible_dim");
    case dim_kind::replicated:
      return append_text(out, "replicated");
    case dim_kind::unknown:
      return append_text(out, "unknown");
    case dim_kind::callable:
      return append_text(out, "callable");
  }
}

/// @pre t is not automatic
constexpr void append_term(plain_vector<char>& out, const schedule& s, const term& t) {
  append_text(out, t.kind == term_kind::pin ? "pin<" : "shard<");
  append_quoted(out, s.text(t.axis));
  append_text(out, ">(");
  append_selector(out, s, t.values);
  if (t.kind != term_kind::pin) {
    append_text(out, ", ");
    append_dim(out, t.dim);
  }
  out.push_back(')');
}

constexpr void append_terms(plain_vector<char>& out, const schedule& s, std::uint32_t tactic) {
  bool first = true;
  for (const term& t : s.terms(tactic)) {
    if (!first) append_text(out, " * ");
    first = false;
    append_term(out, s, t);
  }
}

}  // namespace partita::detail
