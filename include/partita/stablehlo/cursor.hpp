// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A position in MLIR text: skips blanks and comments, takes words, strings and balanced groups, and
// reports what was expected with file, line, column, the line itself and a caret.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include <partita/support/error.hpp>

namespace partita::stablehlo {

/// Regions, calls, brackets, types and locations may nest this deep; deeper text is refused.
inline constexpr int max_nesting = 200;

namespace detail {

// The text being read. Errors at places outside of it (in text made up by the reader) point to `anchor`.
struct source {
  std::string_view text;
  std::string_view file;
  const char* anchor = nullptr;

  [[noreturn]] void fail(const char* where, const std::string& message) const;
};

inline constexpr std::array<bool, 256> word_characters = [] {
  std::array<bool, 256> word{};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$.")) {
    word[static_cast<unsigned char>(c)] = true;
  }
  return word;
}();
inline bool is_word(char c) { return word_characters[static_cast<unsigned char>(c)]; }
inline std::string_view between(const char* first, const char* last) {
  return {first, static_cast<std::size_t>(last - first)};
}
inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

// One line of the text around a column, cut to about 100 characters, with a caret under the column.
inline std::string quote_line(std::string_view line, std::size_t column) {
  constexpr std::size_t before = 50, width = 100;
  const std::size_t first = column > before ? column - before : 0;
  const bool cut_left = first > 0, cut_right = line.size() > first + width;
  std::string text = "\n  ";
  if (cut_left) text += "...";
  for (const char c : line.substr(std::min(first, line.size()), width)) {
    text += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  if (cut_right) text += "...";
  text += "\n  " + std::string(column - first + (cut_left ? 3 : 0), ' ') + "^";
  return text;
}

[[noreturn]] inline void source::fail(const char* where, const std::string& message) const {
  const char* const begin = text.data();
  if (where < begin || where > begin + text.size()) where = anchor;
  if (where < begin || where > begin + text.size()) where = begin;
  const auto at = static_cast<std::size_t>(where - begin);
  const std::string_view head = text.substr(0, at);
  const std::size_t line_begin = head.rfind('\n') == std::string_view::npos ? 0 : head.rfind('\n') + 1;
  const auto line_number = 1 + std::count(head.begin(), head.end(), '\n');
  const std::string_view line = text.substr(line_begin, std::min(text.find('\n', at), text.size()) - line_begin);
  const std::size_t column = at - line_begin;
  throw parse_error(std::string(file) + ":" + std::to_string(line_number) + ":" + std::to_string(column + 1) + ": " +
                    message + quote_line(line, column));
}

// Number of single-character edits between two short words.
inline std::size_t edit_distance(std::string_view a, std::string_view b) {
  constexpr std::size_t longest = 64;
  if (a.size() > longest || b.size() > longest) return longest;
  std::array<std::size_t, longest + 1> row{};
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t up = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      diagonal = up;
    }
  }
  return row[b.size()];
}

// Text of a string literal, without its quotes, with MLIR's escapes replaced.
inline std::string unescape(std::string_view quoted) {
  const auto digit = [](char c) {
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string text;
  for (std::size_t i = 0; i < quoted.size(); ++i) {
    if (quoted[i] != '\\' || i + 1 == quoted.size()) {
      text += quoted[i];
      continue;
    }
    const char c = quoted[++i];
    if (i + 1 < quoted.size() && digit(c) >= 0 && digit(quoted[i + 1]) >= 0) {
      text += static_cast<char>(16 * digit(c) + digit(quoted[++i]));
    } else {
      text += c == 'n' ? '\n' : c == 't' ? '\t' : c;
    }
  }
  return text;
}

// The same in the other direction, with quotes.
inline std::string quoted(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += '\\';
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

class cursor {
 public:
  const char* at = nullptr;
  const char* end = nullptr;
  const source* from = nullptr;

  cursor() = default;
  cursor(const source& s, std::string_view text) : at(text.data()), end(text.data() + text.size()), from(&s) {}

  [[noreturn]] void fail(const std::string& message) const { from->fail(at, message); }
  [[noreturn]] void fail(const char* where, const std::string& message) const { from->fail(where, message); }
  [[noreturn]] void expected(const std::string& what) {
    skip_blanks();
    if (at == end) fail("expected " + what + " but the text ends here");
    fail("expected " + what);
  }

  void skip_blanks() {
    while (at != end) {
      const char c = *at;
      if (c == ' ' || c == '\n' || c == '\t' || c == '\r') {
        ++at;
      } else if (c == '/' && end - at > 1 && at[1] == '/') {
        at = find('\n');
      } else {
        return;
      }
    }
  }

  /// The next character that is not blank; 0 at the end.
  [[nodiscard]] char peek() {
    skip_blanks();
    return at == end ? '\0' : *at;
  }

  /// Takes `text` if it stands next. A text that ends as a word does not match the beginning of a longer word.
  bool accept(std::string_view text) {
    skip_blanks();
    if (static_cast<std::size_t>(end - at) < text.size() || std::memcmp(at, text.data(), text.size()) != 0)
      return false;
    const char* after = at + text.size();
    if (is_word(text.back()) && after != end && is_word(*after)) return false;
    at = after;
    return true;
  }
  bool accept(char c) {
    if (peek() != c || at == end) return false;
    ++at;
    return true;
  }
  void expect(std::string_view text) {
    if (!accept(text)) expected("'" + std::string(text) + "'");
  }
  void expect(char c) {
    if (!accept(c)) expected(std::string("'") + c + "'");
  }

  /// A word of letters, digits, _, $ and dots; empty when none stands next.
  std::string_view word() {
    skip_blanks();
    const char* const first = at;
    while (at != end && is_word(*at)) ++at;
    return {first, static_cast<std::size_t>(at - first)};
  }

  /// Name of a value, symbol or alias after its sigil: a word that may hold '-'.
  std::string_view name() {
    const char* const first = at;
    while (at != end && (is_word(*at) || (*at == '-' && !(end - at > 1 && at[1] == '>')))) ++at;
    if (at == first) expected("a name");
    return {first, static_cast<std::size_t>(at - first)};
  }

  /// The inside of a string literal, escapes untouched.
  std::string_view string() {
    if (peek() != '"') expected("a string in double quotes");
    const char* const first = at;
    skip_string();
    return {first + 1, static_cast<std::size_t>(at - first - 2)};
  }

  /// The name of a symbol: @name or @"any text".
  std::string_view symbol() {
    expect('@');
    return at != end && *at == '"' ? string() : name();
  }

  std::int64_t integer() {
    skip_blanks();
    std::int64_t value = 0;
    const auto [last, error] = std::from_chars(at, end, value);
    if (error == std::errc::result_out_of_range) fail("this number does not fit in 64 bits");
    if (error != std::errc{}) expected("an integer");
    if (last != end && is_word(*last)) fail("this is not an integer");
    at = last;
    return value;
  }

  /// Skips one bracketed group, which must stand next: (...), [...], {...} or <...>, with all that is in it.
  void skip_group() {
    const char* const first = at;
    char open[max_nesting];  // closing brackets that are awaited
    int depth = 0;
    do {
      while (at != end && group_signs[static_cast<unsigned char>(*at)] == 0) ++at;
      if (at == end) from->fail(first, "this bracket is not closed before the text ends");
      const char c = *at;
      if (const char closing = group_signs[static_cast<unsigned char>(c)]; closing > 1) {
        if (depth == max_nesting) fail("brackets nest deeper than " + std::to_string(max_nesting));
        open[depth++] = closing;
        ++at;
      } else if (c == '"') {
        skip_string();
      } else if (c == '/') {
        at = end - at > 1 && at[1] == '/' ? find('\n') : at + 1;
      } else if (c == '-') {
        at += end - at > 1 && at[1] == '>' ? 2 : 1;
      } else {
        if (depth == 0) expected("a bracket");
        if (c != open[depth - 1]) fail(std::string("expected '") + open[depth - 1] + "' to close an earlier bracket");
        --depth;
        ++at;
      }
    } while (depth != 0);
  }

  /// Skips one attribute value without a trailing type, such as [0, 1], dense<1.0>, #a.b<c>, "text" or 0x7F.
  std::string_view simple_value() {
    const char c = peek();
    const char* const first = at;
    if (c == '"') {
      skip_string();
    } else if (c == '[' || c == '{' || c == '(' || c == '<') {
      skip_group();
    } else {
      if (c == '#' || c == '!' || c == '-' || c == '+') ++at;
      if (c == '@') {
        do {
          (void)symbol();
        } while (accept("::"));
      } else {
        while (at != end && (is_word(*at) || ((*at == '-' || *at == '+') && (at[-1] == 'e' || at[-1] == 'E') &&
                                              is_digit(*first == '-' ? first[1] : *first))))
          ++at;
        if (at == first) expected("an attribute value");
        if (at != end &&
            (*at == '<' || (*at == '(' && std::string_view(first, static_cast<std::size_t>(at - first)) == "loc"))) {
          skip_group();
        }
      }
    }
    return {first, static_cast<std::size_t>(at - first)};
  }

  /// Skips an attribute value with all that belongs to it, up to a ',' or a closing bracket outside of brackets.
  std::string_view value() {
    skip_blanks();
    const char* const first = at;
    const char* last = at;
    while (at != end && *at != ',' && *at != '}' && *at != ']' && *at != ')' && *at != '>') {
      const char c = *at;
      if (c == '"') {
        skip_string();
      } else if (c == '[' || c == '{' || c == '(' || c == '<') {
        skip_group();
      } else if (c == '-' && end - at > 1 && at[1] == '>') {
        at += 2;
      } else if (c == '/' && end - at > 1 && at[1] == '/') {
        skip_blanks();
        continue;
      } else {
        ++at;
      }
      if (c != ' ' && c != '\n' && c != '\t' && c != '\r') last = at;
    }
    if (last == first) expected("an attribute value");
    return {first, static_cast<std::size_t>(last - first)};
  }

  /// Skips the text of one type.
  std::string_view type() {
    const char c = peek();
    const char* const first = at;
    if (c == '(') {
      skip_group();
      expect("->");
      (void)type();
    } else {
      if (c == '!') ++at;
      if (word().empty()) expected("a type");
      if (at != end && *at == '<') skip_group();
    }
    return {first, static_cast<std::size_t>(at - first)};
  }

 private:
  // What matters inside of brackets: an opening one's closing one, and 1 for the other signs.
  static constexpr std::array<char, 256> group_signs = [] {
    std::array<char, 256> signs{};
    for (const char c : {'"', '/', '-', ')', ']', '}', '>'}) signs[static_cast<unsigned char>(c)] = 1;
    signs['('] = ')';
    signs['['] = ']';
    signs['{'] = '}';
    signs['<'] = '>';
    return signs;
  }();

  const char* find(char c) const {
    const void* hit = std::memchr(at, c, static_cast<std::size_t>(end - at));
    return hit == nullptr ? end : static_cast<const char*>(hit);
  }

  void skip_string() {
    const char* const first = at;
    ++at;
    while (true) {
      at = find('"');
      if (at == end) from->fail(first, "this string is not closed before the text ends");
      const char* slash = at;
      while (slash != first + 1 && slash[-1] == '\\') --slash;
      ++at;
      if ((at - 1 - slash) % 2 == 0) return;
    }
  }
};

}  // namespace detail
}  // namespace partita::stablehlo
