// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Names that MLIR locations and JAX attributes carry: paths of arguments and results, scopes of ops.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <partita/stablehlo/cursor.hpp>
#include <partita/stablehlo/names.hpp>

namespace partita::stablehlo {

/// Path of an argument with slashes, from Python's spelling: params['blocks'][0]['w'] and params.blocks[0].w
/// become params/blocks/0/w. Text in another form stays as it is.
[[nodiscard]] inline std::string argument_path(std::string_view text) {
  std::string path;
  const auto part = [&](std::string_view key) {
    if (!path.empty()) path += '/';
    path += key;
  };
  std::size_t i = 0;
  const std::size_t root = std::min(text.find_first_of(".["), text.size());
  if (root != 0) part(text.substr(0, root));
  i = root;
  while (i < text.size()) {
    if (text[i] == '[') {
      const char quote = i + 1 < text.size() ? text[i + 1] : '\0';
      const bool quoted = quote == '\'' || quote == '"';
      const char closing[] = {quoted ? quote : ']', ']', '\0'};
      const std::size_t first = i + (quoted ? 2 : 1);
      const std::size_t last = text.find(quoted ? closing : closing + 1, first);
      if (last == std::string_view::npos) break;
      if (quoted || last != first) part(text.substr(first, last - first));
      i = last + (quoted ? 2 : 1);
    } else if (text[i] == '.' && i + 1 < text.size() && !detail::is_digit(text[i + 1]) && text[i + 1] != '.') {
      const std::size_t last = std::min(text.find_first_of(".[", i + 1), text.size());
      part(text.substr(i + 1, last - i - 1));
      i = last;
    } else {
      const std::size_t last = std::min(text.find_first_of(".[", i + 1), text.size());
      path += text.substr(i, last - i);
      i = last;
    }
  }
  if (i < text.size()) path += text.substr(i);
  return path;
}

/// Path of a result below `result`, from JAX's jax.result_info: [0]['w'] and result[0]['w'] become result/0/w.
/// A text that begins with a slash is taken without it, as a whole name.
[[nodiscard]] inline std::string result_path(std::string_view text) {
  if (!text.empty() && text[0] == '/') return std::string(text.substr(1));
  const std::string path = argument_path(text);
  if (path.empty()) return "result";
  if (path == "result" || path.starts_with("result/")) return path;
  return "result/" + path;
}

/// Whether `name` is the one that position i of arguments (arg0, arg1, ...) has when the text gives none.
[[nodiscard]] inline bool is_default_name(std::string_view name, std::string_view stem, std::size_t i) {
  return name.starts_with(stem) && name.substr(stem.size()) == std::to_string(i);
}

namespace detail {

// Text of a location that reads back as this argument name.
inline std::string argument_location(std::string_view name) {
  if (argument_path(name) == name) return detail::quoted(name);
  const std::size_t root = std::min(name.find('/'), name.size());
  std::string text(name.substr(0, root));
  if (text.find_first_of(".[") != std::string::npos) text = "['" + text + "']";
  for (std::size_t i = root; i < name.size();) {
    const std::size_t last = std::min(name.find('/', i + 1), name.size());
    text += "['" + std::string(name.substr(i + 1, last - i - 1)) + "']";
    i = last;
  }
  return detail::quoted(text);
}

// The aliases of a file: #name = value. Locations among them resolve to the name that they carry.
class alias_table {
 public:
  struct entry {
    std::string_view name, value;
    enum class state : std::uint8_t { fresh, busy, done } resolution = state::fresh;
    std::string_view location_name;  // raw, escapes untouched; empty when the location carries no name
    std::uint64_t cached_for = 0;    // reader's cache: the scope of this alias in one graph under one prefix
    std::uint32_t cached_scope = 0;
  };

  void add(const cursor& at, std::string_view name, std::string_view value) {
    if (!names_.add(name)) at.fail(name.data(), "#" + std::string(name) + " is defined twice");
    entries_.push_back({name, value, entry::state::fresh, {}, 0, 0});
  }
  [[nodiscard]] entry* find(std::string_view name) {
    const std::size_t i = names_.find(name);
    return i == names_.size() ? nullptr : &entries_[i];
  }

 private:
  name_index names_;
  std::vector<entry> entries_;
};

inline std::string_view location_name(cursor& c, alias_table& aliases, int depth);

inline std::string_view alias_location(const cursor& c, alias_table::entry& e, alias_table& aliases, int depth) {
  using state = alias_table::entry::state;
  if (e.resolution == state::done) return e.location_name;
  if (e.resolution == state::busy) c.fail("location #" + std::string(e.name) + " is defined by way of itself");
  e.resolution = state::busy;
  cursor inner(*c.from, e.value);
  inner.expect("loc");
  inner.expect('(');
  e.location_name = location_name(inner, aliases, depth + 1);
  inner.expect(')');
  e.resolution = state::done;
  return e.location_name;
}

// Reads the inside of loc(...) and returns the name in it. A call site is named by its callee, a fused location
// by its first named part; a place in a file has no name.
inline std::string_view location_name(cursor& c, alias_table& aliases, int depth) {
  if (depth > max_nesting) c.fail("locations nest deeper than " + std::to_string(max_nesting));
  const char next = c.peek();
  if (next == '"') {
    const std::string_view text = c.string();
    if (c.peek() == ':') {
      c.expect(':');
      (void)c.integer();
      if (c.accept(':')) (void)c.integer();
      if (c.accept("to")) {
        if (c.peek() != ':') (void)c.integer();
        if (c.accept(':')) (void)c.integer();
      }
      return {};
    }
    if (c.peek() == '(') c.skip_group();
    return text;
  }
  if (next == '#') {
    ++c.at;
    const std::string_view name = c.name();
    alias_table::entry* const e = aliases.find(name);
    if (e == nullptr) c.fail(name.data(), "location #" + std::string(name) + " is not defined in this file");
    return alias_location(c, *e, aliases, depth);
  }
  if (c.accept("unknown")) return {};
  if (c.accept("callsite")) {
    c.expect('(');
    const std::string_view name = location_name(c, aliases, depth + 1);
    c.expect("at");
    if (c.peek() == '#') {
      ++c.at;
      (void)c.name();
    } else {
      (void)location_name(c, aliases, depth + 1);
    }
    c.expect(')');
    return name;
  }
  if (c.accept("fused")) {
    if (c.peek() == '<') c.skip_group();
    c.expect('[');
    std::string_view name;
    if (!c.accept(']')) {
      do {
        const std::string_view part = location_name(c, aliases, depth + 1);
        if (name.empty()) name = part;
      } while (c.accept(','));
      c.expect(']');
    }
    return name;
  }
  c.expected("a location: \"name\", \"file\":line:column, callsite(... at ...), fused[...], unknown or #alias");
}

}  // namespace detail
}  // namespace partita::stablehlo
