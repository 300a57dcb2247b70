// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads functions into graphs. Calls are inlined where they stand by reading the callee's text again in the
// caller's graph. The code does not depend on the op set: the set comes as its table and one function per op
// that reads its attributes.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <partita/ir/op_set.hpp>
#include <partita/stablehlo/attribute_text.hpp>
#include <partita/stablehlo/format.hpp>
#include <partita/stablehlo/skeleton.hpp>

namespace partita::stablehlo {

struct read_options {
  /// A program with more ops than this after inlining is refused.
  std::size_t max_ops = std::size_t{1} << 24;
};

/// How often an attribute that Partita does not keep was met.
struct dropped_attribute {
  std::string key;
  std::size_t count = 0;
};

namespace detail {

using attributes_reader = std::uint32_t (*)(graph_base&, attribute_reader&);

class text_reader {
 public:
  text_reader(std::string_view text, std::string_view file, const read_options& options,
              std::span<const op_info> table, const attributes_reader* readers);
  text_reader(const text_reader&) = delete;
  text_reader& operator=(const text_reader&) = delete;

  [[nodiscard]] const skeleton& outline() const { return outline_; }
  /// Reads one function, with all that it calls, into an empty graph.
  void read_function(const function_text& f, graph_base& g);
  /// Whether some call was inlined from, or some attribute names, function number i of the outline.
  [[nodiscard]] bool was_called(std::size_t i) const { return (uses_[i] & called) != 0; }
  [[nodiscard]] bool was_named(std::size_t i) const { return (uses_[i] & named) != 0; }
  [[nodiscard]] std::vector<dropped_attribute> dropped() const;

 private:
  static constexpr std::uint8_t called = 1, named = 2;
  struct known_op {
    op_code code = 0;
    op_format format;
  };
  struct operand {
    value_id value;
    std::string_view name;  // as written, for messages
  };
  struct result_name {
    std::string_view name;
    std::uint32_t count = 1;
  };
  // Parts of the op being read, which lie on the reader's stacks from these heights on.
  struct statement {
    std::size_t operands, captures, types, results;
    const char* at = nullptr;  // the op's name
    std::string_view name;
  };

  // Statements (reader_core.hpp).
  bool read_statement(region_id r);
  bool read_op(region_id r, statement& s);
  void read_generic(region_id r, statement& s);
  void read_pretty(region_id r, statement& s, const known_op& op);
  void read_call(region_id r, statement& s);
  void read_composite(region_id r, statement& s, bool generic);
  void read_terminator(statement& s, bool generic);
  void inline_call(region_id r, statement& s, const function_text& f, text_id scope);
  void read_body(region_id r);

  // Parts of statements.
  void read_operand();
  void read_operands(char closing);
  void read_form(std::string_view form);
  void read_attribute_token(std::string_view token);
  void read_dictionary(bool is_property);
  void read_optional_dictionary() {
    if (c_.peek() == '{') read_dictionary(false);
  }
  void read_types(statement& s, type_form form);
  void read_function_type(statement& s);
  void check_operand_type(const statement& s, std::size_t i, type_id stated, const char* at);
  void check_operand_count(const statement& s, std::size_t stated, const char* at);
  text_id read_scope();
  text_id scope_of(std::string_view name);

  // Making ops.
  std::span<const value_id> operand_values(const statement& s);
  std::uint32_t make_attributes(statement& s, op_code code);
  void make_op(region_id r, statement& s, op_code code);
  op_id open_op(region_id r, statement& s, op_code code);
  void close_op(op_id o, statement& s);
  void infer(op_id o, std::span<const type_id> stated);
  void bind_results(const statement& s, std::span<const value_id> values);
  void keep_rest(statement& s, op_id o);

  // Forms with regions (region_forms.hpp).
  void read_special(region_id r, statement& s, const known_op& op);
  void read_while(region_id r, statement& s, op_code code);
  void read_reduce(region_id r, statement& s, op_code code);
  void read_manual_computation(region_id r, statement& s, op_code code);
  void read_scan(region_id r, statement& s, op_code code);
  void read_region(region_id r);
  void read_block_arguments(region_id r);

  [[nodiscard]] const known_op* find_op(std::string_view name) const {
    const std::size_t i = op_names_.find(name);
    return i == op_names_.size() ? nullptr : &ops_[i];
  }
  [[noreturn]] void unknown_op(const statement& s) const;
  [[noreturn]] void undefined(std::string_view name) const;
  const function_text& callee(const statement& s, std::string_view name, const char* at);
  void note_dropped(std::string_view key);
  void keep_argument_attributes(std::size_t first, annotation::place where, std::size_t index);

  source source_;
  read_options options_;
  std::span<const op_info> table_;
  const attributes_reader* readers_;
  skeleton outline_;
  std::vector<std::uint8_t> uses_;
  name_index op_names_;
  std::vector<known_op> ops_;

  cursor c_;
  graph_base* g_ = nullptr;
  value_scope scope_;
  int depth_ = 0;
  std::vector<std::string_view> active_;  // functions being inlined, outermost first
  text_id prefix_;                        // scope of the call being inlined
  std::uint64_t graph_number_ = 0;

  std::vector<operand> operands_;
  std::vector<captured> captures_;
  std::vector<type_id> types_;
  std::vector<result_name> results_;
  std::vector<value_id> returned_;  // of the last body that was read
  std::vector<value_id> values_;    // short-lived
  std::vector<type_id> stated_;     // short-lived
  std::vector<std::uint8_t> bytes_;
  std::vector<std::string_view> symbols_;
  name_index dropped_names_;
  std::vector<std::size_t> dropped_counts_;
};

inline text_reader::text_reader(std::string_view text, std::string_view file, const read_options& options,
                                std::span<const op_info> table, const attributes_reader* readers)
    : source_{text, file, text.data()}, options_(options), table_(table), readers_(readers), outline_(scan(source_)) {
  uses_.assign(outline_.functions.size(), 0);
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (op_names_.add(table[i].name)) ops_.push_back({static_cast<op_code>(i), format_of(table[i].name)});
  }
  if (const known_op* const constant = find_op("stablehlo.constant"); constant != nullptr) {
    if (const known_op copy = *constant; op_names_.add("sdy.constant")) ops_.push_back(copy);
  }
  for (const std::string_view key : outline_.module_keys) note_dropped(key);
}

inline std::vector<dropped_attribute> text_reader::dropped() const {
  std::vector<dropped_attribute> all;
  for (std::size_t i = 0; i < dropped_names_.size(); ++i) all.push_back({std::string(dropped_names_[i]), dropped_counts_[i]});
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  return all;
}

inline void text_reader::note_dropped(std::string_view key) {
  if (dropped_names_.add(key)) dropped_counts_.push_back(0);
  ++dropped_counts_[dropped_names_.find(key)];
}

// --- messages -------------------------------------------------------------------------------------------

inline void text_reader::unknown_op(const statement& s) const {
  std::string_view nearest;
  std::size_t best = 4;
  for (std::size_t i = 0; i < op_names_.size(); ++i) {
    if (const std::size_t d = edit_distance(op_names_[i], s.name); d < best) {
      best = d;
      nearest = op_names_[i];
    }
  }
  source_.fail(s.at, "unknown operation '" + std::string(s.name) + "'" +
                         (nearest.empty() ? "; expected an operation of StableHLO or of the op set in use"
                                          : "; did you mean '" + std::string(nearest) + "'?"));
}

inline void text_reader::undefined(std::string_view name) const {
  std::string_view nearest;
  std::size_t best = 3;
  scope_.each_name([&](std::string_view n) {
    if (const std::size_t d = edit_distance(n, name); d < best) {
      best = d;
      nearest = n;
    }
  });
  source_.fail(name.data() - 1, "value %" + std::string(name) + " is not defined before this use" +
                                    (nearest.empty() ? "" : "; did you mean %" + std::string(nearest) + "?"));
}

// --- parts of statements ----------------------------------------------------------------------------------

inline void text_reader::read_operand() {
  if (c_.peek() != '%') c_.expected("a value such as %0");
  ++c_.at;
  const std::string_view name = c_.name();
  const value_scope::entry* const e = scope_.find(name);
  if (e == nullptr) undefined(name);
  std::size_t i = 0;
  if (c_.at != c_.end && *c_.at == '#') {
    ++c_.at;
    const char* const at = c_.at;
    const std::int64_t n = c_.integer();
    if (n < 0 || n >= e->count) {
      c_.fail(at, "%" + std::string(name) + " has " + std::to_string(e->count) + " results, numbered from 0");
    }
    i = static_cast<std::size_t>(n);
  } else if (e->count != 1) {
    c_.fail(name.data() - 1, "%" + std::string(name) + " names " + std::to_string(e->count) +
                                 " results; expected one of them, such as %" + std::string(name) + "#0");
  }
  operands_.push_back({scope_.value(*e, i), name});
}

inline void text_reader::read_operands(char closing) {
  if (c_.accept(closing)) return;
  do {
    read_operand();
  } while (c_.accept(','));
  c_.expect(closing);
}

inline void text_reader::read_dictionary(bool is_property) {
  c_.expect('{');
  while (!c_.accept('}')) {
    captured e;
    e.is_property = is_property;
    e.key = c_.peek() == '"' ? c_.string() : c_.word();
    if (e.key.empty()) c_.expected("the name of an attribute or '}'");
    if (c_.accept('=')) {
      e.value = c_.value();
    } else {
      e.has_value = false;
    }
    captures_.push_back(e);
    if (!c_.accept(',') && c_.peek() != '}') c_.expected("',' or '}'");
  }
}

inline void text_reader::read_attribute_token(std::string_view token) {
  token.remove_prefix(1);
  const std::size_t colon = std::min(token.find(':'), token.size());
  const std::string_view key = token.substr(0, colon);
  const std::string_view how = token.substr(std::min(colon + 1, token.size()));
  const auto keep = [&](std::string_view k, std::string_view value, spelling form = spelling::usual) {
    captures_.push_back({.key = k, .value = value, .form = form, .is_property = true});
  };
  if (how == "convolution") {
    const char* const first = (c_.skip_blanks(), c_.at);
    c_.skip_group();
    if (c_.peek() != 'x') c_.expected("'x' and the kernel's dims");
    ++c_.at;
    (void)c_.simple_value();
    c_.expect("->");
    (void)c_.simple_value();
    keep(key, between(first, c_.at));
  } else if (how == "window") {
    c_.expect('{');
    while (!c_.accept('}')) {
      const std::string_view word = c_.word();
      const auto part = std::find_if(std::begin(window_parts), std::end(window_parts), [&](const window_part& p) { return p.word == word; });
      if (part == std::end(window_parts)) c_.expected("stride, pad, lhs_dilate, rhs_dilate or reverse");
      c_.expect('=');
      keep(part->key, c_.simple_value());
      if (!c_.accept(',') && c_.peek() != '}') c_.expected("',' or '}'");
    }
  } else if (how == "ranges") {
    if (c_.peek() != '[') c_.expected("'[' and a range such as 0:8 for each dim");
    const std::string_view list = c_.simple_value();
    keep("start_indices", list, spelling::range_start);
    keep("limit_indices", list, spelling::range_limit);
    keep("strides", list, spelling::range_stride);
  } else if (how == "format") {
    const std::string_view format = c_.simple_value();
    keep("exponent_bits", format, spelling::exponent);
    keep("mantissa_bits", format, spelling::mantissa);
  } else {
    const std::string_view value = c_.simple_value();
    keep(key, value, how == "precision"   ? spelling::precision
                     : how == "algorithm" ? spelling::algorithm
                     : how == "target"    ? spelling::target
                                          : spelling::usual);
  }
}

inline void text_reader::read_form(std::string_view form) {
  while (true) {
    const std::string_view token = next_token(form);
    if (token.empty()) return;
    if (token == "%") {
      read_operand();
    } else if (token == "%%") {
      while (c_.peek() == '%') {
        read_operand();
        const char* const before = c_.at;
        if (!c_.accept(',')) break;
        if (c_.peek() != '%') {
          c_.at = before;
          break;
        }
      }
    } else if (token == "{}") {
      read_optional_dictionary();
    } else if (token == "(?") {
      const char* const before = c_.at;
      std::string_view rest = form;
      bool found = true;
      while (found && !rest.starts_with(" $")) found = c_.accept(next_token(rest));
      form = found ? rest : form.substr(form.find("?)") + 2);
      if (!found) c_.at = before;
    } else if (token == "?)") {
    } else if (token[0] == '$') {
      read_attribute_token(token);
    } else {
      c_.expect(token);
    }
  }
}

// --- types --------------------------------------------------------------------------------------------------

inline void text_reader::check_operand_type(const statement& s, std::size_t i, type_id stated, const char* at) {
  const operand& o = operands_[s.operands + i];
  const type_id actual = g_->type_index(o.value);
  if (actual == stated) return;
  std::string here, there;
  write_type(here, *g_, g_->type(stated));
  write_type(there, *g_, g_->type(actual));
  c_.fail(at, "operand %" + std::string(o.name) + " has type " + there + " where it is defined but " + here + " here");
}

inline void text_reader::check_operand_count(const statement& s, std::size_t stated, const char* at) {
  const std::size_t actual = operands_.size() - s.operands;
  if (stated == actual) return;
  c_.fail(at, std::string(s.name) + " has " + std::to_string(actual) + " operands but types for " + std::to_string(stated));
}

inline void text_reader::read_function_type(statement& s) {
  c_.skip_blanks();
  const char* const first = c_.at;
  c_.expect('(');
  std::size_t count = 0;
  const std::size_t operands = operands_.size() - s.operands;
  if (!c_.accept(')')) {
    do {
      const char* const at = (c_.skip_blanks(), c_.at);
      const type_id t = read_type(c_, *g_);
      if (count < operands) check_operand_type(s, count, t, at);
      ++count;
    } while (c_.accept(','));
    c_.expect(')');
  }
  check_operand_count(s, count, first);
  c_.expect("->");
  read_result_types(c_, *g_, types_);
}

inline void text_reader::read_types(statement& s, type_form form) {
  c_.expect(':');
  const std::size_t operands = operands_.size() - s.operands;
  const char* const first = (c_.skip_blanks(), c_.at);
  if (form != type_form::arrow && c_.peek() == '(') {
    read_function_type(s);
    return;
  }
  switch (form) {
    case type_form::function:
    case type_form::same: {
      const type_id t = read_type(c_, *g_);
      for (std::size_t i = 0; i < operands; ++i) check_operand_type(s, i, t, first);
      types_.push_back(t);
      break;
    }
    case type_form::result: types_.push_back(read_type(c_, *g_)); break;
    case type_form::select: {
      check_operand_type(s, 0, read_type(c_, *g_), first);
      c_.expect(',');
      const char* const at = (c_.skip_blanks(), c_.at);
      const type_id t = read_type(c_, *g_);
      for (std::size_t i = 1; i < operands; ++i) check_operand_type(s, i, t, at);
      types_.push_back(t);
      break;
    }
    case type_form::pairs:
    case type_form::operands:
    case type_form::arrow: {
      std::size_t count = 0;
      type_id t;
      do {
        const char* const at = (c_.skip_blanks(), c_.at);
        t = read_type(c_, *g_);
        if (count < operands) check_operand_type(s, count, t, at);
        if (form == type_form::pairs) types_.push_back(t);
        ++count;
      } while (c_.accept(','));
      if (form == type_form::operands && count == 1) {
        for (; count < operands; ++count) check_operand_type(s, count, t, first);
      }
      check_operand_count(s, count, first);
      if (form == type_form::arrow) {
        c_.expect("->");
        read_result_types(c_, *g_, types_);
      }
      break;
    }
  }
}

// --- scopes -------------------------------------------------------------------------------------------------

// A name inside of an inlined function is relative to the call, unless it starts where the call's own scope does.
inline text_id text_reader::scope_of(std::string_view name) {
  if (name.ends_with(':')) name.remove_suffix(1);
  if (name.empty()) return prefix_;
  std::string owned;
  if (name.find('\\') != std::string_view::npos) {
    owned = unescape(name);
    name = owned;
  }
  const std::string_view prefix = g_->text(prefix_);
  if (prefix.empty()) return g_->intern(name);
  const std::string_view root = prefix.substr(0, prefix.find('/'));
  if (name.starts_with(root) && (name.size() == root.size() || name[root.size()] == '/')) return g_->intern(name);
  std::string text;
  text.reserve(prefix.size() + 1 + name.size());
  text += prefix;
  text += '/';
  text += name;
  return g_->intern(text);
}

inline text_id text_reader::read_scope() {
  if (!c_.accept("loc")) return prefix_;
  c_.expect('(');
  text_id scope;
  if (c_.peek() == '#') {
    ++c_.at;
    const std::string_view name = c_.name();
    alias_table::entry* const e = outline_.aliases.find(name);
    if (e == nullptr) c_.fail(name.data() - 1, "location #" + std::string(name) + " is not defined in this file");
    const std::uint64_t key = (graph_number_ << 32) | prefix_.index;
    if (e->cached_for != key) {
      e->cached_scope = scope_of(alias_location(c_, *e, outline_.aliases, 0)).index;
      e->cached_for = key;
    }
    scope = {e->cached_scope};
  } else {
    scope = scope_of(location_name(c_, outline_.aliases, 0));
  }
  c_.expect(')');
  return scope;
}

// --- making ops ---------------------------------------------------------------------------------------------

inline std::span<const value_id> text_reader::operand_values(const statement& s) {
  values_.clear();
  for (std::size_t i = s.operands; i < operands_.size(); ++i) values_.push_back(operands_[i].value);
  return values_;
}

inline std::uint32_t text_reader::make_attributes(statement& s, op_code code) {
  if (!table_[code].has_attributes) return 0;
  attribute_reader r;
  r.from = &source_;
  r.graph = g_;
  r.aliases = &outline_.aliases;
  r.entries = std::span(captures_).subspan(s.captures);
  r.op_name = table_[code].name;
  r.op_at = s.at;
  r.scratch = &bytes_;
  r.symbols = &symbols_;
  if (types_.size() > s.types) {
    r.literal_type = types_[s.types];
    r.has_literal_type = true;
  } else if (operands_.size() > s.operands) {
    r.literal_type = g_->type_index(operands_[s.operands].value);
    r.has_literal_type = true;
  }
  symbols_.clear();
  const std::uint32_t index = readers_[code](*g_, r);
  for (const std::string_view name : symbols_) {
    if (const std::size_t i = outline_.function_names.find(name); i != outline_.functions.size()) uses_[i] |= named;
  }
  return index;
}

// Attributes that no member of the op asked for: sdy's are kept, others dropped and counted. In a list of
// properties, which belong to the op, nothing may be unknown.
inline void text_reader::keep_rest(statement& s, op_id o) {
  for (std::size_t i = s.captures; i < captures_.size(); ++i) {
    const captured& e = captures_[i];
    if (e.used) continue;
    if (e.key.starts_with("sdy.")) {
      const text_id value = e.has_value ? g_->intern(tidy(cursor(source_, e.value), outline_.aliases)) : text_id{};
      g_->annotate({annotation::place::op, o.index, g_->intern(e.key), value});
    } else if (e.is_property && e.key.find('.') == std::string_view::npos && e.key != "operandSegmentSizes" &&
               e.key != "resultSegmentSizes" && e.key != "call_target_name") {
      c_.fail(e.key.data(), std::string(s.name) + " has no attribute '" + std::string(e.key) + "'");
    } else if (e.key != "call_target_name") {
      note_dropped(e.key);
    }
  }
}

inline void text_reader::infer(op_id o, std::span<const type_id> stated) {
  if (g_->op_count() > options_.max_ops) {
    c_.fail("after inlining, the program has more than " + std::to_string(options_.max_ops) + " operations");
  }
  const op_view view(*g_, table_.data(), o);
  result_types types(view, *g_, stated);
  table_[g_->code(o)].infer(view, types);
  g_->close_op(o, types.take());
}

inline void text_reader::bind_results(const statement& s, std::span<const value_id> values) {
  if (results_.size() == s.results) return;
  std::size_t named_count = 0;
  for (std::size_t i = s.results; i < results_.size(); ++i) named_count += results_[i].count;
  if (named_count != values.size()) {
    source_.fail(results_[s.results].name.data() - 1, std::string(s.name) + " has " + std::to_string(values.size()) +
                                                          " results but " + std::to_string(named_count) + " are named");
  }
  std::size_t first = 0;
  for (std::size_t i = s.results; i < results_.size(); ++i) {
    const result_name& r = results_[i];
    if (!scope_.define(r.name, values, first, r.count)) {
      source_.fail(r.name.data() - 1, "value %" + std::string(r.name) + " is defined twice; expected a new name");
    }
    first += r.count;
  }
}

inline void text_reader::make_op(region_id r, statement& s, op_code code) {
  const text_id scope = read_scope();
  const std::uint32_t attributes = make_attributes(s, code);
  const op_id o = g_->open_op(r, code, operand_values(s), attributes, scope);
  infer(o, std::span(types_).subspan(s.types));
  if (captures_.size() != s.captures) keep_rest(s, o);
  values_.clear();
  for (const value_id v : g_->results(o)) values_.push_back(v);
  bind_results(s, values_);
}

// Ops with regions open before their attributes and location are known.
inline op_id text_reader::open_op(region_id r, statement& s, op_code code) {
  return g_->open_op(r, code, operand_values(s), 0, prefix_);
}

inline void text_reader::close_op(op_id o, statement& s) {
  g_->set_scope(o, read_scope());
  g_->set_attributes(o, make_attributes(s, g_->code(o)));
  infer(o, std::span(types_).subspan(s.types));
  if (captures_.size() != s.captures) keep_rest(s, o);
  values_.clear();
  for (const value_id v : g_->results(o)) values_.push_back(v);
  bind_results(s, values_);
}

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
    c_.fail(s.at, std::string(s.name) + " has no pretty form that Partita knows; expected \"" + std::string(s.name) + "\"(...)");
  }
  if (op.format.special != special_form::none) {
    read_special(r, s, op);
    return;
  }
  read_form(op.format.form);
  read_optional_dictionary();
  read_types(s, op.format.types);
  op_code code = op.code;
  if (s.name == "stablehlo.custom_call") {  // an op set may have ops of its own for some targets
    cursor target(source_, captures_[s.captures].value);
    const std::string own = "@" + std::string(target.symbol());
    if (const known_op* const match = find_op(own); match != nullptr) code = match->code;
  }
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
    read_call(r, s);
    return;
  }
  if (s.name == "stablehlo.composite") {
    read_composite(r, s, true);
    return;
  }
  const known_op* op = find_op(s.name);
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
    close_op(o, s);
    return;
  }
  read_optional_dictionary();
  c_.expect(':');
  read_function_type(s);
  op_code code = op->code;
  if (s.name == "stablehlo.custom_call") {
    for (std::size_t i = s.captures; i < captures_.size(); ++i) {
      if (captures_[i].key != "call_target_name") continue;
      cursor target(source_, captures_[i].value);
      const std::string own = "@" + std::string(target.string());
      if (const known_op* const match = find_op(own); match != nullptr) code = match->code;
    }
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
    c_.fail(at, std::string(s.name) + " names the function @" + std::string(name) + ", which this file does not define" +
                    (nearest.empty() ? "" : "; did you mean @" + std::string(nearest) + "?"));
  }
  const function_text& f = outline_.functions[i];
  if (f.body.empty()) c_.fail(at, "function @" + std::string(name) + " has no body that could be inlined");
  for (std::size_t k = 0; k < active_.size(); ++k) {
    if (active_[k] != name) continue;
    std::string cycle;
    for (std::size_t j = k; j < active_.size(); ++j) cycle += "@" + std::string(active_[j]) + " -> ";
    c_.fail(at, "recursive calls cannot be inlined: " + cycle + "@" + std::string(name));
  }
  uses_[i] |= called;
  return f;
}

inline void text_reader::read_call(region_id r, statement& s) {
  const bool generic = c_.from == &source_ && !s.name.empty() && s.name.data()[-1] == '"';
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
  const char* at = s.at;
  for (std::size_t i = s.captures; i < captures_.size(); ++i) {
    cursor value(source_, captures_[i].value);
    if (captures_[i].key == "decomposition") {
      at = value.at;
      name = value.symbol();
    } else if (captures_[i].key == "name") {
      label = value.string();
    } else if (captures_[i].key != "composite_attributes" && captures_[i].key != "version") {
      note_dropped(captures_[i].key);
    }
  }
  if (name.empty()) c_.fail(s.at, "this composite needs the attribute 'decomposition'");
  if (!label.empty()) {
    const std::string_view outer = g_->text(scope);
    scope = g_->intern(outer.empty() ? unescape(label) : std::string(outer) + "/" + unescape(label));
  }
  inline_call(r, s, callee(s, name, at), scope);
}

inline void text_reader::inline_call(region_id r, statement& s, const function_text& f, text_id scope) {
  if (++depth_ > max_nesting) c_.fail(s.at, "calls and regions nest deeper than " + std::to_string(max_nesting));
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
          source_.fail(s.at, "argument " + std::to_string(i) + " of @" + std::string(f.name) + " has type " + to_string(g_->type(t)) +
                                 " but is given " + to_string(g_->type(o.value)));
        }
        values_.assign(1, o.value);
        if (!scope_.define(name, values_, 0, 1)) c_.fail(name.data() - 1, "argument %" + std::string(name) + " is defined twice");
      }
      ++i;
      if (c_.peek() == '{') c_.skip_group();
      skip_location(c_);
    } while (c_.accept(','));
    c_.expect(')');
  }
  if (i != operand_count) {
    source_.fail(s.at, "@" + std::string(f.name) + " takes " + std::to_string(i) + " arguments but is given " + std::to_string(operand_count));
  }
  c_ = cursor(source_, f.body);
  read_body(r);

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
    read_call(r, s);
  } else if (s.name == "stablehlo.composite") {
    read_composite(r, s, false);
  } else {
    const known_op* const op = find_op(s.name);
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

// Statements in braces up to the terminator, whose operands stay in returned_.
inline void text_reader::read_body(region_id r) {
  c_.expect('{');
  while (!read_statement(r)) {
    if (c_.peek() == '}') c_.fail("this block ends without a terminator; expected return, stablehlo.return or sdy.return");
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

inline void text_reader::read_function(const function_text& f, graph_base& g) {
  g_ = &g;
  ++graph_number_;
  prefix_ = {};
  depth_ = 0;
  g.set_name(f.name == "main" && !outline_.module_name.empty() ? unescape(outline_.module_name) : unescape(f.name));
  for (const std::string_view mesh : outline_.meshes) {
    g.annotate({annotation::place::program, 0, g.intern("sdy.mesh"), g.intern(tidy(cursor(source_, mesh), outline_.aliases))});
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
        if (!scope_.define(name, values_, 0, 1)) c_.fail(name.data() - 1, "argument %" + std::string(name) + " is defined twice");
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
    g.begin_region(g.body());
    read_body(g.body());
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

}  // namespace detail
}  // namespace partita::stablehlo
