// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The text of types: tensor<4x?xf32>, tuple<...>, !stablehlo.token (StableHLO specification, section Types).

#include <string>
#include <string_view>
#include <vector>

#include <partita/ir/graph_base.hpp>
#include <partita/stablehlo/cursor.hpp>

namespace partita::stablehlo {
namespace detail {

[[noreturn]] inline void unsupported_type(cursor& c, const char* first, std::string_view text) {
  std::string reason = "is not a type that Partita knows";
  if (text.find("quant") != std::string_view::npos) reason = "is quantized, which Partita does not handle";
  if (text.find('*') != std::string_view::npos) reason = "has no rank, which Partita does not handle";
  c.fail(first, "'" + std::string(text.substr(0, 60)) + "' " + reason +
                    "; expected tensor<...>, tuple<...> or !stablehlo.token");
}

inline element_type read_element_type(cursor& c) {
  const char* const first = (c.skip_blanks(), c.at);
  if (first != c.end && *first == '!') unsupported_type(c, first, c.type());
  std::string_view name = c.word();
  if (name == "complex" && c.at != c.end && *c.at == '<') {
    c.skip_group();
    name = {first, static_cast<std::size_t>(c.at - first)};
  }
  if (name == "f32") return element_type::f32;
  if (const auto e = element_type_from(name)) return *e;
  c.fail(first,
         "'" + std::string(name) + "' is not an element type; expected one such as f32, bf16, i32, i1 or complex<f32>");
}

// One type at the cursor.
inline type_id read_type(cursor& c, graph_base& g, int depth = 0) {
  if (depth > max_nesting) c.fail("types nest deeper than " + std::to_string(max_nesting));
  c.skip_blanks();
  const char* const first = c.at;
  if (c.accept("tensor")) {
    c.expect('<');
    tensor_type t;
    while (true) {
      const char ch = c.peek();
      if (ch == '?') {
        ++c.at;
        t.dims.push_back(dynamic_size);
      } else if (is_digit(ch)) {
        std::int64_t size = 0;
        const auto [last, error] = std::from_chars(c.at, c.end, size);
        if (error != std::errc{}) c.fail("this size does not fit in 64 bits");
        c.at = last;
        t.dims.push_back(size);
      } else if (ch == '*') {
        c.at = first;
        unsupported_type(c, first, c.type());
      } else {
        break;
      }
      if (c.at == c.end || *c.at != 'x') c.expected("'x' between the sizes and the element type of a tensor");
      ++c.at;
    }
    t.element = read_element_type(c);
    if (c.accept(',')) {
      c.skip_blanks();
      c.fail("this tensor has an encoding, which Partita does not handle; expected '>'");
    }
    c.expect('>');
    return g.intern(t);
  }
  if (c.accept("tuple")) {
    c.expect('<');
    std::vector<std::int64_t> parts;
    while (c.peek() != '>') {
      if (!parts.empty()) c.expect(',');
      parts.push_back(read_type(c, g, depth + 1).index);
    }
    c.expect('>');
    return g.intern(type_view{element_type::tuple, parts});
  }
  if (c.accept("!stablehlo.token")) return g.intern(type_view{element_type::token, {}});
  if (c.peek() == '\0' || c.peek() == '}') c.expected("a type");
  unsupported_type(c, first, c.type());
}

// Types separated by commas, in parentheses.
inline void read_type_group(cursor& c, graph_base& g, std::vector<type_id>& out) {
  c.expect('(');
  if (c.accept(')')) return;
  do {
    out.push_back(read_type(c, g));
  } while (c.accept(','));
  c.expect(')');
}

// One type, or several in parentheses.
inline void read_result_types(cursor& c, graph_base& g, std::vector<type_id>& out) {
  if (c.peek() == '(') {
    read_type_group(c, g, out);
  } else {
    out.push_back(read_type(c, g));
  }
}

inline void write_type(std::string& out, const graph_base& g, type_view t) {
  if (t.element == element_type::token) {
    out += "!stablehlo.token";
  } else if (t.element == element_type::tuple) {
    out += "tuple<";
    for (std::size_t i = 0; i < t.dims.size(); ++i) {
      if (i != 0) out += ", ";
      write_type(out, g, g.type(type_id{static_cast<std::uint32_t>(t.dims[i])}));
    }
    out += ">";
  } else {
    out += "tensor<";
    for (const auto d : t.dims) {
      if (d == dynamic_size) {
        out += '?';
      } else {
        char digits[24];
        out.append(digits, std::to_chars(digits, digits + sizeof digits, d).ptr);
      }
      out += 'x';
    }
    out += name_of(t.element);
    out += '>';
  }
}

}  // namespace detail
}  // namespace partita::stablehlo
