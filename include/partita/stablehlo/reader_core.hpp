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
#include <partita/support/list_view.hpp>

namespace partita::stablehlo {

struct read_options {
  /// A program with more ops and calls than this after inlining is refused.
  std::size_t max_ops = std::size_t{1} << 22;
};

namespace detail {

using attributes_reader = std::uint32_t (*)(graph_base&, attribute_reader&);

class text_reader {
 public:
  text_reader(std::string_view text, std::string_view file, const read_options& options, list_view<op_info> table,
              const attributes_reader* readers);
  text_reader(const text_reader&) = delete;
  text_reader& operator=(const text_reader&) = delete;

  [[nodiscard]] const skeleton& outline() const { return outline_; }
  /// Reads one function, with all that it calls, into an empty graph.
  void read_function(const function_text& f, graph_base& g);
  /// Reads the types of a function without a body.
  void check_declaration(const function_text& f);
  /// Whether some call was inlined from, or some attribute names, function number i of the outline.
  [[nodiscard]] bool was_called(std::size_t i) const { return (uses_[i] & called) != 0; }
  [[nodiscard]] bool was_named(std::size_t i) const { return (uses_[i] & named) != 0; }
  /// Keys of the attributes that were met and not kept, and how often.
  [[nodiscard]] const name_index& dropped_names() const { return dropped_names_; }
  [[nodiscard]] std::size_t dropped_count(std::size_t i) const { return dropped_counts_[i]; }

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
  void read_call(region_id r, statement& s, bool generic);
  void read_composite(region_id r, statement& s, bool generic);
  void read_terminator(statement& s, bool generic);
  void inline_call(region_id r, statement& s, const function_text& f, text_id scope);
  void read_block(region_id r);

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
  list_view<value_id> operand_values(const statement& s);
  std::uint32_t make_attributes(statement& s, op_code code);
  void make_op(region_id r, statement& s, op_code code);
  op_id open_op(region_id r, statement& s, op_code code);
  void close_op(op_id o, statement& s, text_id scope);
  void check_size() const;
  void infer(op_id o, list_view<type_id> stated);
  void bind_results(const statement& s, list_view<value_id> values);
  void keep_rest(statement& s, op_id o);

  // Forms with regions (region_forms.hpp).
  void read_special(region_id r, statement& s, const known_op& op);
  void read_while(region_id r, statement& s, op_code code);
  void read_reduce(region_id r, statement& s, op_code code);
  void read_manual_computation(region_id r, statement& s, op_code code);
  void read_scan(region_id r, statement& s, op_code code);
  void read_region(region_id r);
  void read_block_arguments(region_id r);

  // What stands for custom calls until the target is known: the set may have ops for some targets only.
  const known_op custom_call_{0, format_of("stablehlo.custom_call")};
  [[nodiscard]] const known_op* find_op(std::string_view name) const {
    const std::size_t i = op_names_.find(name);
    return i == op_names_.size() ? nullptr : &ops_[i];
  }
  op_code custom_call_code(const statement& s, std::string_view target) const;
  [[noreturn]] void unknown_op(const statement& s) const;
  [[noreturn]] void undefined(std::string_view name) const;
  const function_text& callee(const statement& s, std::string_view name, const char* at);
  void note_dropped(std::string_view key);
  void keep_argument_attributes(std::size_t first, annotation::place where, std::size_t index);

  source source_;
  read_options options_;
  list_view<op_info> table_;
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
  std::uint64_t stored_ = 0;  // bytes of the graph's constants
  std::size_t calls_ = 0;     // inlined into the graph

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
                                list_view<op_info> table, const attributes_reader* readers)
    : source_{text, file, text.data()}, options_(options), table_(table), readers_(readers), outline_(scan(source_)) {
  uses_.assign(outline_.functions.size(), 0);
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (op_names_.add(table[i].name)) ops_.push_back({static_cast<op_code>(i), format_of(table[i].name)});
  }
  if (const known_op* const constant = find_op("stablehlo.constant"); constant != nullptr) {
    const known_op copy = *constant;
    for (const std::string_view same : {"sdy.constant", "arith.constant"}) {
      if (op_names_.add(same)) ops_.push_back(copy);
    }
  }
  for (const skeleton::attribute& a : outline_.module_attributes) {
    check_dimension_numbers(source_, a.value);
    note_dropped(a.key);
  }
}

inline void text_reader::note_dropped(std::string_view key) {
  if (dropped_names_.add(key)) dropped_counts_.push_back(0);
  ++dropped_counts_[dropped_names_.find(key)];
}

// --- messages -------------------------------------------------------------------------------------------

inline void text_reader::unknown_op(const statement& s) const {
  // The nearest in spelling, more freely within the same dialect.
  const std::string_view dialect = s.name.substr(0, s.name.find('.') + 1);
  std::string_view nearest;
  std::size_t best = 4;
  for (const bool within : {true, false}) {
    if (within) best = std::max<std::size_t>(4, (s.name.size() - dialect.size()) * 6 / 10);
    for (std::size_t i = 0; i < op_names_.size(); ++i) {
      if (within != op_names_[i].starts_with(dialect)) continue;
      if (const std::size_t d = edit_distance(op_names_[i], s.name); d < best) {
        best = d;
        nearest = op_names_[i];
      }
    }
    if (nearest.empty()) best = 4;
  }
  source_.fail(s.at, "unknown operation '" + std::string(s.name) + "'" +
                         (nearest.empty() ? "; expected an operation of StableHLO or of the op set in use"
                                          : "; did you mean '" + std::string(nearest) + "'?"));
}

// The op of the set that stands for custom calls of this target, or for all.
inline op_code text_reader::custom_call_code(const statement& s, std::string_view target) const {
  const std::string own = "@" + unescape(target);
  if (const known_op* const match = find_op(own); match != nullptr) return match->code;
  const known_op* const any = find_op("stablehlo.custom_call");
  if (any == nullptr) source_.fail(s.at, "no operation of the set in use stands for custom calls of " + own);
  return any->code;
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
      const auto part = std::find_if(std::begin(window_parts), std::end(window_parts),
                                     [&](const window_part& p) { return p.word == word; });
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
    keep(key, value,
         how == "precision"   ? spelling::precision
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
  c_.fail(at,
          std::string(s.name) + " has " + std::to_string(actual) + " operands but types for " + std::to_string(stated));
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
    case type_form::result:
      types_.push_back(read_type(c_, *g_));
      break;
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

inline list_view<value_id> text_reader::operand_values(const statement& s) {
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
  r.stored = &stored_;
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

inline void text_reader::check_size() const {
  if (g_->op_count() + calls_ <= options_.max_ops) return;
  c_.fail("after inlining, the program has more than " + std::to_string(options_.max_ops) + " operations and calls");
}

inline void text_reader::infer(op_id o, list_view<type_id> stated) {
  check_size();
  const op_view view(*g_, table_.data(), o);
  result_types types(view, *g_, stated);
  table_[g_->code(o)].infer(view, types);
  g_->close_op(o, types.take());
}

inline void text_reader::bind_results(const statement& s, list_view<value_id> values) {
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
  infer(o, list_view<type_id>(types_).subspan(s.types));
  if (captures_.size() != s.captures) keep_rest(s, o);
  values_.clear();
  for (const value_id v : g_->results(o)) values_.push_back(v);
  bind_results(s, values_);
}

// Ops with regions open before their attributes and location are known.
inline op_id text_reader::open_op(region_id r, statement& s, op_code code) {
  return g_->open_op(r, code, operand_values(s), 0, prefix_);
}

inline void text_reader::close_op(op_id o, statement& s, text_id scope) {
  g_->set_scope(o, scope);
  g_->set_attributes(o, make_attributes(s, g_->code(o)));
  infer(o, list_view<type_id>(types_).subspan(s.types));
  if (captures_.size() != s.captures) keep_rest(s, o);
  values_.clear();
  for (const value_id v : g_->results(o)) values_.push_back(v);
  bind_results(s, values_);
}

}  // namespace detail
}  // namespace partita::stablehlo
