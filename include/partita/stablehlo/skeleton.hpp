// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a file defines at its top level, found before any op is read: functions may be called and aliases used
// before their definitions.

#include <string_view>
#include <vector>

#include <partita/stablehlo/location.hpp>

namespace partita::stablehlo::detail {

struct function_text {
  std::string_view name;
  bool is_private = false;
  std::string_view signature;  // from the parenthesis of the arguments up to the body
  std::string_view body;       // with its braces; empty for a declaration
};

struct skeleton {
  std::string_view module_name;
  bool has_module = false;
  name_index function_names;
  std::vector<function_text> functions;
  alias_table aliases;
  std::vector<std::string_view> meshes;  // @mesh = <["a"=4]>
  struct attribute {
    std::string_view key, value;
  };
  std::vector<attribute> module_attributes;

  [[nodiscard]] const function_text* find(std::string_view name) const {
    const std::size_t i = function_names.find(name);
    return i == functions.size() ? nullptr : &functions[i];
  }
};

inline void skip_location(cursor& c) {
  if (!c.accept("loc")) return;
  if (c.peek() != '(') c.expected("'('");
  c.skip_group();
}

inline void scan_function(cursor& c, skeleton& s) {
  function_text f;
  if (c.accept("private")) {
    f.is_private = true;
  } else if (!c.accept("public")) {
    (void)c.accept("nested");
  }
  f.name = c.symbol();
  if (!s.function_names.add(f.name)) c.fail(f.name.data(), "function @" + std::string(f.name) + " is defined twice");
  if (c.peek() != '(') c.expected("'(' and the function's arguments");
  const char* const first = c.at;
  c.skip_group();
  if (c.accept("->")) {
    if (c.peek() == '(') {
      c.skip_group();
    } else {
      (void)c.type();
    }
  }
  if (c.accept("attributes")) {
    if (c.peek() != '{') c.expected("'{'");
    c.skip_group();
  }
  f.signature = between(first, c.at);
  if (c.peek() == '{') {
    const char* const body = c.at;
    c.skip_group();
    f.body = between(body, c.at);
  }
  skip_location(c);
  s.functions.push_back(f);
}

inline void scan_items(cursor& c, skeleton& s, int depth);

inline void scan_module(cursor& c, skeleton& s, int depth) {
  s.has_module = true;
  if (depth > max_nesting) c.fail("modules nest deeper than " + std::to_string(max_nesting));
  if (c.peek() == '@') {
    const std::string_view name = c.symbol();
    if (depth == 0) s.module_name = name;
  }
  if (c.accept("attributes")) {
    c.expect('{');
    while (!c.accept('}')) {
      skeleton::attribute a;
      a.key = c.peek() == '"' ? c.string() : c.word();
      if (a.key.empty()) c.expected("the name of an attribute or '}'");
      if (c.accept('=')) a.value = c.value();
      s.module_attributes.push_back(a);
      if (!c.accept(',') && c.peek() != '}') c.expected("',' or '}'");
    }
  }
  c.expect('{');
  scan_items(c, s, depth + 1);
  c.expect('}');
  skip_location(c);
}

inline void scan_items(cursor& c, skeleton& s, int depth) {
  while (true) {
    const char next = c.peek();
    if (next == '\0' || next == '}') return;
    if (next == '#' || next == '!') {
      ++c.at;
      const std::string_view name = c.name();
      c.expect('=');
      const char* const first = (c.skip_blanks(), c.at);
      if (next == '!') {
        (void)c.type();
      } else {
        (void)c.simple_value();
        if (c.accept(':')) (void)c.type();
        s.aliases.add(c, name, between(first, c.at));
      }
    } else if (c.accept("module") || c.accept("builtin.module")) {
      scan_module(c, s, depth);
    } else if (c.accept("func.func")) {
      scan_function(c, s);
    } else if (c.accept("sdy.mesh")) {
      const char* const first = (c.skip_blanks(), c.at);
      (void)c.symbol();
      c.expect('=');
      (void)c.simple_value();
      s.meshes.push_back(between(first, c.at));
      skip_location(c);
    } else if (c.accept("{-#")) {
      const std::size_t length = static_cast<std::size_t>(c.end - c.at);
      const std::size_t last = std::string_view(c.at, length).find("#-}");
      if (last == std::string_view::npos) c.fail("this block of resources is not closed by '#-}'");
      c.at += last + 3;
    } else {
      c.expected("module, func.func, sdy.mesh or #alias = ...");
    }
  }
}

inline skeleton scan(const source& text) {
  skeleton s;
  cursor c(text, text.text);
  scan_items(c, s, 0);
  c.skip_blanks();
  if (c.at != c.end) c.expected("module, func.func, sdy.mesh or #alias = ...");
  if (s.functions.empty() && !s.has_module) c.fail("this text has no function; expected func.func @main(...)");
  return s;
}

}  // namespace partita::stablehlo::detail
