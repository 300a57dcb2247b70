// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads statements: ops in their pretty and generic forms, calls and composites, which are inlined, terminators,
// and the functions that hold them.

#include <partita/stablehlo/reader_core.hpp>

namespace partita::stablehlo::detail {

// --- statements ---------------------------------------------------------------------------------------------

inline void text_reader::read_terminator(statement& s, bool generic) {
  if (generic) {
    c_.expect('(');
    read_operands(')');
    if (c_.peek() == '<') {
      ++c_.at;
      read_dictionary(true);
      c_.expect('>');
    }
    read_optional_dictionary();
    c_.expect(':');
    read_function_type(s);
  } else {
    read_form("%%");
    read_optional_dictionary();
    if (operands_.size() != s.operands) read_types(s, type_form::operands);
  }
  (void)read_scope();
  returned_.clear();
  for (std::size_t i = s.operands; i < operands_.size(); ++i) returned_.push_back(operands_[i].value);
}

inline void text_reader::read_pretty(region_id r, statement& s, const known_op& op) {
  if (op.format.op.empty()) {
    c_.fail(s.at, std::string(s.name) + " has no pretty form that Partita knows; expected \"" + std::string(s.name) +
                      "\"(...)");
  }
  if (op.format.special != special_form::none) {
    read_special(r, s, op);
    return;
  }
  read_form(op.format.form);
  read_optional_dictionary();
  read_types(s, op.format.types);
  op_code code = op.code;
  if (s.name == "stablehlo.custom_call")
    code = custom_call_code(s, cursor(source_, captures_[s.captures].value).symbol());
  make_op(r, s, code);
}

inline void text_reader::read_generic(region_id r, statement& s) {
  c_.expect('(');
  read_operands(')');
  if (c_.peek() == '[') c_.fail("blocks with successors are not handled: expected structured control flow");
  if (c_.peek() == '<') {
    ++c_.at;
    read_dictionary(true);
    c_.expect('>');
  }
  if (s.name == "func.call" || s.name == "call") {
    read_call(r, s, true);
    return;
  }
  if (s.name == "stablehlo.composite") {
    read_composite(r, s, true);
    return;
  }
  const known_op* op = find_op(s.name);
  if (op == nullptr && s.name == "stablehlo.custom_call" && c_.peek() != '(') op = &custom_call_;
  if (op == nullptr) unknown_op(s);
  if (c_.peek() == '(') {
    cursor ahead = c_;
    std::size_t count = 0;
    ahead.expect('(');
    do {
      if (ahead.peek() != '{') ahead.expected("'{' and a region");
      ahead.skip_group();
      ++count;
    } while (ahead.accept(','));
    ahead.expect(')');
    const op_id o = open_op(r, s, op->code);
    region_id first;
    for (std::size_t i = 0; i < count; ++i) {
      const region_id opened = g_->open_region(o);
      if (i == 0) first = opened;
    }
    c_.expect('(');
    for (std::uint32_t i = 0; i < count; ++i) {
      if (i != 0) c_.expect(',');
      read_region({first.index + i});
    }
    c_.expect(')');
    read_optional_dictionary();
    c_.expect(':');
    read_function_type(s);
    close_op(o, s, read_scope());
    return;
  }
  read_optional_dictionary();
  c_.expect(':');
  read_function_type(s);
  op_code code = op->code;
  if (s.name == "stablehlo.custom_call") {
    std::string_view target;
    for (std::size_t i = s.captures; i < captures_.size(); ++i) {
      if (captures_[i].key == "call_target_name") target = cursor(source_, captures_[i].value).string();
    }
    code = custom_call_code(s, target);
  }
  make_op(r, s, code);
}

inline const function_text& text_reader::callee(const statement& s, std::string_view name, const char* at) {
  const std::size_t i = outline_.function_names.find(name);
  if (i == outline_.functions.size()) {
    std::string_view nearest;
    std::size_t best = 4;
    for (const function_text& f : outline_.functions) {
      if (const std::size_t d = edit_distance(f.name, name); d < best) {
        best = d;
        nearest = f.name;
      }
    }
    c_.fail(at, std::string(s.name) + " names the function @" + std::string(name) +
                    ", which this file does not define" +
                    (nearest.empty() ? "" : "; did you mean @" + std::string(nearest) + "?"));
  }
  const function_text& f = outline_.functions[i];
  if (f.body.empty()) c_.fail(at, "function @" + std::string(name) + " has no body that could be inlined");
  for (std::size_t k = 0; k < active_.size(); ++k) {
    if (active_[k] != name) continue;
    std::string cycle;
    for (std::size_t j = k; j < active_.size(); ++j) cycle.append("@").append(active_[j]).append(" -> ");
    c_.fail(at, "recursive calls cannot be inlined: " + cycle + "@" + std::string(name));
  }
  uses_[i] |= called;
  return f;
}

inline void text_reader::read_call(region_id r, statement& s, bool generic) {
  std::string_view name;
  const char* at = c_.at;
  if (generic) {
    read_optional_dictionary();
    for (std::size_t i = s.captures; i < captures_.size(); ++i) {
      if (captures_[i].key != "callee") continue;
      captures_[i].used = true;
      cursor value(source_, captures_[i].value);
      at = value.at;
      name = value.symbol();
    }
    if (name.empty()) c_.fail(s.at, "this call needs the attribute 'callee'");
  } else {
    at = (c_.skip_blanks(), c_.at);
    name = c_.symbol();
    while (c_.accept("::")) name = c_.symbol();
    c_.expect('(');
    read_operands(')');
    read_optional_dictionary();
  }
  c_.expect(':');
  read_function_type(s);
  const text_id scope = read_scope();
  for (std::size_t i = s.captures; i < captures_.size(); ++i) {
    if (!captures_[i].used) note_dropped(captures_[i].key);
  }
  inline_call(r, s, callee(s, name, at), scope);
}

// A composite means what its decomposition computes; it is inlined under the composite's name.
inline void text_reader::read_composite(region_id r, statement& s, bool generic) {
  std::string_view label;
  if (!generic) {
    label = c_.string();
    read_form("%%");
  }
  read_optional_dictionary();
  c_.expect(':');
  read_function_type(s);
  text_id scope = read_scope();
  std::string_view name;
  for (std::size_t i = s.captures; i < captures_.size(); ++i) {
    cursor value(source_, captures_[i].value);
    if (captures_[i].key == "decomposition") {
      name = value.symbol();
    } else if (captures_[i].key == "name") {
      label = value.string();
    } else if (captures_[i].key != "composite_attributes" && captures_[i].key != "version") {
      note_dropped(captures_[i].key);
    }
  }
  if (name.empty()) c_.fail(s.at, "this composite needs the attribute 'decomposition'");
  const std::size_t dot = label.find('.');
  const bool well_formed = dot != std::string_view::npos && dot != 0 && dot + 1 != label.size() &&
                           !is_digit(label[0]) && std::all_of(label.begin(), label.end(), is_word);
  if (!well_formed) {
    c_.fail(s.at, "a composite's name has the form namespace.name, but this one's is " + quoted(label));
  }
  const std::string_view outer = g_->text(scope);
  scope = g_->intern(outer.empty() ? std::string(label) : std::string(outer) + "/" + std::string(label));
  inline_call(r, s, callee(s, name, s.at), scope);
}

inline void text_reader::inline_call(region_id r, statement& s, const function_text& f, text_id scope) {
  if (++depth_ > max_nesting) c_.fail(s.at, "calls and regions nest deeper than " + std::to_string(max_nesting));
  ++calls_;
  check_size();
  const cursor outer = c_;
  const text_id outer_prefix = prefix_;
  const value_scope::mark mark = scope_.open(true);
  const std::size_t operand_count = operands_.size() - s.operands;
  active_.push_back(f.name);
  prefix_ = scope;

  c_ = cursor(source_, f.signature);
  c_.expect('(');
  std::size_t i = 0;
  if (!c_.accept(')')) {
    do {
      if (c_.peek() != '%') c_.expected("an argument such as %arg0");
      ++c_.at;
      const std::string_view name = c_.name();
      c_.expect(':');
      const type_id t = read_type(c_, *g_);
      if (i < operand_count) {
        const operand& o = operands_[s.operands + i];
        if (!(g_->type_index(o.value) == t)) {
          source_.fail(s.at, "argument " + std::to_string(i) + " of @" + std::string(f.name) + " has type " +
                                 to_string(g_->type(t)) + " but is given " + to_string(g_->type(o.value)));
        }
        values_.assign(1, o.value);
        if (!scope_.define(name, values_, 0, 1))
          c_.fail(name.data() - 1, "argument %" + std::string(name) + " is defined twice");
      }
      ++i;
      if (c_.peek() == '{') c_.skip_group();
      skip_location(c_);
    } while (c_.accept(','));
    c_.expect(')');
  }
  if (i != operand_count) {
    source_.fail(s.at, "@" + std::string(f.name) + " takes " + std::to_string(i) + " arguments but is given " +
                           std::to_string(operand_count));
  }
  c_ = cursor(source_, f.body);
  c_.expect('{');
  read_block(r);

  scope_.close(mark);
  active_.pop_back();
  prefix_ = outer_prefix;
  c_ = outer;
  --depth_;
  const std::size_t stated = types_.size() - s.types;
  bool same = stated == returned_.size();
  for (std::size_t k = 0; same && k < stated; ++k) same = g_->type_index(returned_[k]) == types_[s.types + k];
  if (!same) source_.fail(s.at, "@" + std::string(f.name) + " returns other types than this call states");
  bind_results(s, returned_);
}

inline bool text_reader::read_op(region_id r, statement& s) {
  const bool generic = c_.peek() == '"';
  s.at = c_.at;
  s.name = generic ? c_.string() : c_.word();
  source_.anchor = s.at;
  if (s.name.empty()) c_.expected("an operation such as stablehlo.add, or '}'");
  if (s.name == "return" || s.name == "func.return" || s.name == "stablehlo.return" || s.name == "sdy.return") {
    read_terminator(s, generic);
    return true;
  }
  if (generic) {
    read_generic(r, s);
  } else if (s.name == "call" || s.name == "func.call") {
    read_call(r, s, false);
  } else if (s.name == "stablehlo.composite") {
    read_composite(r, s, false);
  } else {
    const known_op* op = find_op(s.name);
    if (op == nullptr && s.name == "stablehlo.custom_call") op = &custom_call_;
    if (op == nullptr) unknown_op(s);
    read_pretty(r, s, *op);
  }
  return false;
}

// One op. True when it ends its block; its operands are then in returned_.
inline bool text_reader::read_statement(region_id r) {
  statement s{operands_.size(), captures_.size(), types_.size(), results_.size(), nullptr, {}};
  if (c_.peek() == '%') {
    do {
      if (c_.peek() != '%') c_.expected("a value such as %0");
      ++c_.at;
      result_name result{c_.name(), 1};
      if (c_.at != c_.end && *c_.at == ':') {
        ++c_.at;
        const char* const at = c_.at;
        const std::int64_t n = c_.integer();
        if (n < 1 || n > 1000000) c_.fail(at, "expected the number of results, 1 or more");
        result.count = static_cast<std::uint32_t>(n);
      }
      results_.push_back(result);
    } while (c_.accept(','));
    c_.expect('=');
  }
  bool ends = false;
  try {
    ends = read_op(r, s);
  } catch (const verify_error& e) {
    source_.fail(s.at, e.what());
  } catch (const std::length_error& e) {
    source_.fail(s.at, e.what());
  }
  operands_.resize(s.operands);
  captures_.resize(s.captures);
  types_.resize(s.types);
  results_.resize(s.results);
  return ends;
}

// Statements after an opening brace up to the terminator, whose operands stay in returned_, and the closing brace.
inline void text_reader::read_block(region_id r) {
  while (!read_statement(r)) {
    if (c_.peek() == '}')
      c_.fail("this block ends without a terminator; expected return, stablehlo.return or sdy.return");
  }
  if (c_.peek() == '^') c_.fail("several blocks in one region are not handled: expected structured control flow");
  if (!c_.accept('}')) c_.expected("'}' after the block's terminator");
}

inline void text_reader::keep_argument_attributes(std::size_t first, annotation::place where, std::size_t index) {
  for (std::size_t i = first; i < captures_.size(); ++i) {
    const captured& e = captures_[i];
    if (e.used) continue;
    if (e.key.starts_with("sdy.") && e.has_value) {
      const text_id value = g_->intern(tidy(cursor(source_, e.value), outline_.aliases));
      g_->annotate({where, static_cast<std::uint32_t>(index), g_->intern(e.key), value});
    } else {
      note_dropped(e.key);
    }
  }
  captures_.resize(first);
}

inline void text_reader::check_declaration(const function_text& f) {
  graph_base types;
  c_ = cursor(source_, f.signature);
  source_.anchor = f.signature.data();
  try {
    c_.expect('(');
    while (!c_.accept(')')) {
      if (c_.accept('%')) {
        (void)c_.name();
        c_.expect(':');
      }
      (void)read_type(c_, types);
      if (c_.peek() == '{') c_.skip_group();
      skip_location(c_);
      if (!c_.accept(',') && c_.peek() != ')') c_.expected("',' or ')'");
    }
    if (c_.accept("->")) {
      const bool group = c_.accept('(');
      while (!group || !c_.accept(')')) {
        (void)read_type(c_, types);
        if (c_.peek() == '{') c_.skip_group();
        if (!group) break;
        if (!c_.accept(',') && c_.peek() != ')') c_.expected("',' or ')'");
      }
    }
  } catch (const verify_error& e) {
    c_.fail(e.what());
  } catch (const std::length_error& e) {
    c_.fail(e.what());
  }
}

inline void text_reader::read_function(const function_text& f, graph_base& g) {
  g_ = &g;
  ++graph_number_;
  prefix_ = {};
  depth_ = 0;
  stored_ = 0;
  calls_ = 0;
  g.set_name(f.name == "main" && !outline_.module_name.empty() ? unescape(outline_.module_name) : unescape(f.name));
  for (const std::string_view mesh : outline_.meshes) {
    g.annotate(
        {annotation::place::program, 0, g.intern("sdy.mesh"), g.intern(tidy(cursor(source_, mesh), outline_.aliases))});
  }
  const value_scope::mark mark = scope_.open(true);
  active_.assign(1, f.name);
  c_ = cursor(source_, f.signature);
  source_.anchor = f.signature.data();
  try {
    c_.expect('(');
    std::size_t i = 0;
    if (!c_.accept(')')) {
      do {
        if (c_.peek() != '%') c_.expected("an argument such as %arg0");
        ++c_.at;
        const std::string_view name = c_.name();
        c_.expect(':');
        const type_id t = read_type(c_, g);
        read_optional_dictionary();
        keep_argument_attributes(0, annotation::place::argument, i);
        std::string path;
        if (c_.accept("loc")) {
          c_.expect('(');
          path = argument_path(unescape(location_name(c_, outline_.aliases, 0)));
          c_.expect(')');
        }
        if (path.empty()) path = "arg" + std::to_string(i);
        values_.assign(1, g.add_argument(t, path));
        if (!scope_.define(name, values_, 0, 1))
          c_.fail(name.data() - 1, "argument %" + std::string(name) + " is defined twice");
        ++i;
      } while (c_.accept(','));
      c_.expect(')');
    }
    std::vector<type_id> types;
    std::vector<std::string> names;
    if (c_.accept("->")) {
      const bool group = c_.accept('(');
      if (!group || !c_.accept(')')) {
        do {
          types.push_back(read_type(c_, g));
          std::string name = "result/" + std::to_string(names.size());
          if (group) {
            read_optional_dictionary();
            for (captured& e : captures_) {
              if (e.key != "jax.result_info" || !e.has_value) continue;
              e.used = true;
              name = result_path(unescape(cursor(source_, e.value).string()));
            }
            keep_argument_attributes(0, annotation::place::result, names.size());
          }
          names.push_back(name);
        } while (group && c_.accept(','));
        if (group) c_.expect(')');
      }
    }
    if (c_.accept("attributes")) {
      read_dictionary(false);
      for (const captured& e : captures_) note_dropped(e.key);
      captures_.clear();
    }
    c_ = cursor(source_, f.body);
    c_.expect('{');
    g.begin_region(g.body());
    read_block(g.body());
    bool same = types.size() == returned_.size();
    for (std::size_t k = 0; same && k < types.size(); ++k) same = g.type_index(returned_[k]) == types[k];
    if (!same) c_.fail(f.signature.data(), "@" + std::string(f.name) + " states other result types than it returns");
    for (std::size_t k = 0; k < returned_.size(); ++k) g.add_result(returned_[k], names[k]);
    g.finish();
  } catch (const verify_error& e) {
    source_.fail(c_.at, e.what());
  } catch (const std::length_error& e) {
    source_.fail(c_.at, e.what());
  }
  scope_.close(mark);
}

}  // namespace partita::stablehlo::detail
