// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads regions, and the pretty forms of ops that have them: while, reduce, sdy.manual_computation, chlo.scan.

#include <partita/stablehlo/statements.hpp>

namespace partita::stablehlo::detail {

// (%a: T loc(...), %b: T) after its opening parenthesis.
inline void text_reader::read_block_arguments(region_id r) {
  if (c_.accept(')')) return;
  do {
    if (c_.peek() != '%') c_.expected("an argument such as %arg0");
    ++c_.at;
    const std::string_view name = c_.name();
    c_.expect(':');
    values_.assign(1, g_->add_argument(r, read_type(c_, *g_)));
    skip_location(c_);
    if (!scope_.define(name, values_, 0, 1)) {
      c_.fail(name.data() - 1, "value %" + std::string(name) + " is defined twice; expected a new name");
    }
  } while (c_.accept(','));
  c_.expect(')');
}

// { ^bb0(%a: T): ops }, or without the header when there are no arguments, or they were added before.
inline void text_reader::read_region(region_id r) {
  if (++depth_ > max_nesting) c_.fail("calls and regions nest deeper than " + std::to_string(max_nesting));
  const value_scope::mark mark = scope_.open(false);
  c_.expect('{');
  if (c_.peek() == '^') {
    ++c_.at;
    (void)c_.name();
    if (c_.accept('(')) read_block_arguments(r);
    c_.expect(':');
  }
  g_->begin_region(r);
  read_block(r);
  g_->end_region(r, returned_);
  scope_.close(mark);
  --depth_;
}

inline void text_reader::read_special(region_id r, statement& s, const known_op& op) {
  switch (op.format.special) {
    case special_form::while_loop:
      read_while(r, s, op.code);
      break;
    case special_form::reduce:
      read_reduce(r, s, op.code);
      break;
    case special_form::manual_computation:
      read_manual_computation(r, s, op.code);
      break;
    case special_form::scan:
      read_scan(r, s, op.code);
      break;
    case special_form::none:
      break;
  }
}

// stablehlo.while(%i = %a, %j = %b) : T, T attributes {...} cond {...} do {...}
inline void text_reader::read_while(region_id r, statement& s, op_code code) {
  std::vector<std::string_view> names;
  c_.expect('(');
  if (!c_.accept(')')) {
    do {
      if (c_.peek() != '%') c_.expected("an argument such as %iterArg");
      ++c_.at;
      names.push_back(c_.name());
      c_.expect('=');
      read_operand();
    } while (c_.accept(','));
    c_.expect(')');
  }
  if (!names.empty()) read_types(s, type_form::pairs);
  if (c_.accept("attributes")) read_dictionary(false);
  const op_id o = open_op(r, s, code);
  const region_id parts[] = {g_->open_region(o), g_->open_region(o)};
  for (std::size_t p = 0; p < 2; ++p) {
    c_.expect(p == 0 ? "cond" : "do");
    const value_scope::mark mark = scope_.open(false);
    for (std::size_t i = 0; i < names.size(); ++i) {
      values_.assign(1, g_->add_argument(parts[p], g_->type_index(operands_[s.operands + i].value)));
      if (!scope_.define(names[i], values_, 0, 1)) {
        c_.fail(names[i].data() - 1, "value %" + std::string(names[i]) + " is defined twice; expected a new name");
      }
    }
    read_region(parts[p]);
    scope_.close(mark);
  }
  close_op(o, s, read_scope());
}

// stablehlo.reduce(%a init: %b), (%c init: %d), then either `applies op across dimensions = [0] : type` or
// `across dimensions = [0] : type reducer(%x: T, %y: T) (...) { ... }`.
inline void text_reader::read_reduce(region_id r, statement& s, op_code code) {
  std::vector<operand> inits;
  do {
    c_.expect('(');
    read_operand();
    c_.expect("init:");
    read_operand();
    inits.push_back(operands_.back());
    operands_.pop_back();
    c_.expect(')');
  } while (c_.accept(','));
  operands_.insert(operands_.end(), inits.begin(), inits.end());
  statement inner = s;
  if (c_.accept("applies")) {
    inner.at = (c_.skip_blanks(), c_.at);
    inner.name = c_.word();
  }
  c_.expect("across");
  c_.expect("dimensions");
  c_.expect('=');
  captures_.push_back({.key = "dimensions", .value = c_.simple_value(), .is_property = true});
  read_optional_dictionary();
  c_.expect(':');
  read_function_type(s);
  const op_id o = open_op(r, s, code);
  const region_id body = g_->open_region(o);
  text_id scope;
  if (inner.at != s.at) {
    const known_op* const combiner = find_op(inner.name);
    if (combiner == nullptr) unknown_op(inner);
    if (inits.size() != 1) c_.fail(inner.at, "'applies' reduces one value; expected reducer(...) {...} for several");
    if (g_->type(g_->type_index(inits[0].value)).rank() != 0)
      c_.fail(s.at, "the initial value of a reduce is a scalar");
    const type_id t = g_->type_index(inits[0].value);
    const value_id pair[] = {g_->add_argument(body, t), g_->add_argument(body, t)};
    scope = read_scope();
    g_->begin_region(body);
    inner.captures = captures_.size();
    inner.types = types_.size();
    const op_id step = g_->open_op(body, combiner->code, pair, make_attributes(inner, combiner->code), scope);
    infer(step, {});
    if (g_->results(step).size() != 1) c_.fail(inner.at, "a reduce applies an operation with one result");
    const value_id result[] = {g_->results(step)[0]};
    g_->end_region(body, result);
  } else {
    // The arguments come in pairs, one for each value; the region takes all left ones first.
    c_.expect("reducer");
    const value_scope::mark mark = scope_.open(false);
    struct argument {
      std::string_view name;
      type_id type;
    };
    std::vector<argument> sides[2];
    for (std::size_t i = 0; i < inits.size(); ++i) {
      c_.expect('(');
      for (std::size_t side = 0; side < 2; ++side) {
        if (side == 1) c_.expect(',');
        if (c_.peek() != '%') c_.expected("an argument such as %arg0");
        ++c_.at;
        const std::string_view name = c_.name();
        c_.expect(':');
        sides[side].push_back({name, read_type(c_, *g_)});
        skip_location(c_);
      }
      c_.expect(')');
    }
    for (const auto& side : sides) {
      for (const argument& a : side) {
        values_.assign(1, g_->add_argument(body, a.type));
        if (!scope_.define(a.name, values_, 0, 1)) {
          c_.fail(a.name.data() - 1, "value %" + std::string(a.name) + " is defined twice; expected a new name");
        }
      }
    }
    read_region(body);
    scope_.close(mark);
    scope = read_scope();
  }
  close_op(o, s, scope);
}

// sdy.manual_computation(%a) in_shardings=[...] out_shardings=[...] manual_axes={...} (%b: T) {...} : type
inline void text_reader::read_manual_computation(region_id r, statement& s, op_code code) {
  c_.expect('(');
  read_operands(')');
  read_form("in_shardings = $in_shardings out_shardings = $out_shardings manual_axes = $manual_axes");
  const op_id o = open_op(r, s, code);
  const region_id body = g_->open_region(o);
  const value_scope::mark mark = scope_.open(false);
  c_.expect('(');
  read_block_arguments(body);
  read_region(body);
  scope_.close(mark);
  read_optional_dictionary();
  c_.expect(':');
  read_function_type(s);
  close_op(o, s, read_scope());
}

// chlo.scan(%a) inits(%b) dimension=0 attributes {...} {...} : type
inline void text_reader::read_scan(region_id r, statement& s, op_code code) {
  c_.expect('(');
  read_operands(')');
  c_.expect("inits");
  c_.expect('(');
  read_operands(')');
  read_form("dimension = $dimension");
  if (c_.accept("attributes")) read_dictionary(false);
  const op_id o = open_op(r, s, code);
  read_region(g_->open_region(o));
  c_.expect(':');
  read_function_type(s);
  close_op(o, s, read_scope());
}

}  // namespace partita::stablehlo::detail
