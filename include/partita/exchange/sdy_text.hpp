// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What Shardy's attributes say, from the text in which graphs keep them: meshes, shardings, lists of axes. Names are
// not looked up here. Each function throws parse_error, with the place, for text of another form.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <partita/ir/monoid.hpp>
#include <partita/stablehlo/cursor.hpp>

namespace partita::sdy {

struct axis {
  std::string name;
  std::int64_t size = 1;
  [[nodiscard]] friend bool operator==(const axis&, const axis&) = default;
};

/// @m = <["x"=2, "y"=4], device_ids=[...]>
struct mesh {
  std::string name;
  std::vector<axis> axes;
  std::vector<std::int64_t> device_ids;  ///< device of each place, row-major; empty: each place's own number

  /// A mesh for values that one device has.
  [[nodiscard]] bool is_single_device() const { return axes.empty() && device_ids.size() == 1; }
};

/// An axis, or a part of it: "y":(2)4 comes after a part of size 2 and has size 4.
struct axis_ref {
  std::string name;
  std::int64_t before = 1, size = 0;  ///< size 0: all of the axis
};

/// #sdy.sharding<@m, [{"x"}, {"y":(1)2, ?}], replicated={...}, unreduced={...}>. That a dim is open, and priorities,
/// say something to propagation alone and are left out.
struct sharding {
  mesh inlined;           ///< where the text has the mesh itself
  std::string mesh_name;  ///< empty: inlined
  std::vector<std::vector<axis_ref>> dims;
  std::vector<axis_ref> unreduced;
  monoid combines = monoid::add;  ///< how unreduced parts combine
};

namespace detail {

using partita::stablehlo::detail::cursor;

inline mesh read_mesh_body(cursor& c) {
  mesh m;
  c.expect('<');
  c.expect('[');
  while (c.peek() != ']') {
    axis a;
    a.name = partita::stablehlo::detail::unescape(c.string());
    c.expect('=');
    a.size = c.integer();
    m.axes.push_back(a);
    if (!c.accept(',')) break;
  }
  c.expect(']');
  if (c.accept(',')) {
    c.expect("device_ids");
    c.expect('=');
    c.expect('[');
    do m.device_ids.push_back(c.integer());
    while (c.accept(','));
    c.expect(']');
  }
  c.expect('>');
  return m;
}

inline axis_ref read_axis(cursor& c) {
  axis_ref a;
  a.name = partita::stablehlo::detail::unescape(c.string());
  if (c.accept(':')) {
    c.expect('(');
    a.before = c.integer();
    c.expect(')');
    a.size = c.integer();
    if (a.before < 1 || a.size < 2) c.fail("a part of an axis has a size of 2 or more, after a part of 1 or more");
  }
  return a;
}

// {"x", "y":(1)2, ?}p0
inline std::vector<axis_ref> read_axes(cursor& c) {
  std::vector<axis_ref> axes;
  c.expect('{');
  while (c.peek() != '}') {
    if (!c.accept('?')) axes.push_back(read_axis(c));
    if (!c.accept(',')) break;
  }
  c.expect('}');
  (void)c.word();
  return axes;
}

// max{"x"}: the default, a sum, has no word.
inline monoid read_combination(cursor& c) {
  if (c.accept("min")) return monoid::minimum;
  if (c.accept("max")) return monoid::maximum;
  if (c.peek() != '{' && !c.accept("sum")) c.expected("sum, min or max, or axes in braces");
  return monoid::add;
}

inline sharding read_sharding(cursor& c) {
  sharding s;
  c.accept("#sdy.sharding");
  c.expect('<');
  if (c.peek() == '@') {
    s.mesh_name = partita::stablehlo::detail::unescape(c.symbol());
  } else {
    c.expect("mesh");
    s.inlined = read_mesh_body(c);
  }
  c.expect(',');
  c.expect('[');
  while (c.peek() != ']') {
    s.dims.push_back(read_axes(c));
    if (!c.accept(',')) break;
  }
  c.expect(']');
  while (c.accept(',')) {
    const bool unreduced = c.accept("unreduced");
    if (!unreduced) c.expect("replicated");
    c.expect('=');
    if (unreduced) s.combines = read_combination(c);
    const std::vector<axis_ref> axes = read_axes(c);
    if (unreduced) s.unreduced = axes;
  }
  c.expect('>');
  return s;
}

template <class F>
auto read_all(std::string_view text, std::string_view what, F&& read) {
  const partita::stablehlo::detail::source from{text, what};
  cursor c(from, text);
  auto result = read(c);
  if (c.peek() != '\0') c.expected("the end of the text");
  return result;
}

}  // namespace detail

/// @param what the text is, for messages
[[nodiscard]] inline mesh parse_mesh(std::string_view text, std::string_view what = "sdy.mesh") {
  return detail::read_all(text, what, [](detail::cursor& c) {
    const std::string name = partita::stablehlo::detail::unescape(c.symbol());
    c.expect('=');
    mesh m = detail::read_mesh_body(c);
    m.name = name;
    return m;
  });
}

[[nodiscard]] inline sharding parse_sharding(std::string_view text, std::string_view what = "sdy.sharding") {
  return detail::read_all(text, what, [](detail::cursor& c) { return detail::read_sharding(c); });
}

/// One sharding for each value: [<@m, [..]>, ..], also as #sdy.sharding_per_value<[..]>.
[[nodiscard]] inline std::vector<sharding> parse_shardings(std::string_view text,
                                                           std::string_view what = "sdy.sharding") {
  return detail::read_all(text, what, [](detail::cursor& c) {
    std::vector<sharding> all;
    const bool wrapped = c.accept("#sdy.sharding_per_value");
    if (wrapped) c.expect('<');
    c.expect('[');
    while (c.peek() != ']') {
      all.push_back(detail::read_sharding(c));
      if (!c.accept(',')) break;
    }
    c.expect(']');
    if (wrapped) c.expect('>');
    return all;
  });
}

/// Axes as a set, {"x", "y"}, or for each dim, [{"x"}, {}]: all of them, in order.
[[nodiscard]] inline std::vector<axis_ref> parse_axes(std::string_view text, std::string_view what) {
  return detail::read_all(text, what, [](detail::cursor& c) {
    if (c.peek() == '{') return detail::read_axes(c);
    std::vector<axis_ref> all;
    c.expect('[');
    while (c.peek() != ']') {
      for (const axis_ref& a : detail::read_axes(c)) all.push_back(a);
      if (!c.accept(',')) break;
    }
    c.expect(']');
    return all;
  });
}

}  // namespace partita::sdy
