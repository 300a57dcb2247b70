// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Schedules as text. The expressions are those of C++; a file names some of them and ends with the schedule:
//
//   # data parallel, then Megatron
//   BP = shard<"batch">("data/*", 0)
//   MP = shard<"model">("params/*/qkv/w", 1)
//      * shard<"model">("params/*/out/w", 0)
//   BP >> MP
//
// A line that begins with a blank continues the one before it; # begins a comment. A name stands for what was
// defined before. The parser calls the same schedule_builder as C++ expressions do.

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <partita/support/plain_vector.hpp>
#include <partita/tactic/schedule_builder.hpp>
#include <partita/tactic/schedule_words.hpp>

namespace partita {

namespace detail {

class schedule_parser {
  using fragment = schedule_builder::fragment;

 public:
  constexpr schedule_parser(std::string_view text, std::string_view file)
      : text_(text), file_(file), builder_(text, file) {}

  constexpr schedule run() {
    if (text_.size() > max_text) text_is_malformed(0, "a schedule is at most 1 GiB of text");
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    start_statement();
    while (!at_end()) {
      std::string_view name;
      std::size_t name_at = at_;
      if (definition_follows(name, name_at)) {
        define(name, name_at);
      } else {
        const fragment whole = parse_expression();
        expect_statement_end();
        start_statement();
        if (!at_end()) {
          text_is_malformed(
              at_,
              "the schedule has ended with the expression before this line; a line that continues it is indented, "
              "and definitions (NAME = ...) stand before it");
        }
        return builder_.finish(whole);
      }
    }
    text_is_malformed(at_, "expected the schedule itself: an expression after the definitions, such as BP >> MP");
  }

 private:
  static constexpr std::size_t max_text = std::size_t{1} << 30;
  static constexpr int max_depth = 200;

  struct definition {
    fragment value;
    std::size_t place;
  };

  [[noreturn]] void text_is_malformed(std::size_t offset, std::string_view message) const {
    throw schedule_error(message_at(file_, text_, offset, std::string(message)));
  }

  // --- words -----------------------------------------------------------------------------------------
  constexpr void skip_blanks() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        ++at_;
      } else {
        return;
      }
    }
  }
  /// Whether the statement is over: the next character begins a line, or there is none.
  constexpr bool at_end() {
    skip_blanks();
    return at_ == text_.size() || (at_ > statement_ && text_[at_ - 1] == '\n');
  }
  constexpr void start_statement() {
    skip_blanks();
    statement_ = at_;
  }
  constexpr char peek() { return at_end() ? '\0' : text_[at_]; }
  constexpr bool accept(std::string_view sign) {
    if (at_end() || !text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }
  constexpr void expect(std::string_view sign, std::string_view message) {
    if (!accept(sign)) text_is_malformed(at_, message);
  }
  constexpr std::string_view read_word() {
    if (at_end() || !is_letter(text_[at_])) return {};
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]))) ++at_;
    return text_.substr(begin, at_ - begin);
  }
  constexpr std::int32_t read_number(std::string_view message) {
    if (!is_digit(peek())) text_is_malformed(at_, message);
    const std::size_t begin = at_;
    std::int32_t n = 0;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
      if (at_ - begin == 9) text_is_malformed(begin, "this number is too large");
      n = 10 * n + (text_[at_] - '0');
    }
    if (at_ < text_.size() && (is_letter(text_[at_]) || text_[at_] == '.'))
      text_is_malformed(begin, "expected a whole number");
    return n;
  }
  constexpr text_id read_string(std::string_view message) {
    if (peek() != '"') text_is_malformed(at_, message);
    const std::size_t begin = at_++;
    plain_vector<char> characters;
    while (true) {
      if (at_ >= text_.size() || text_[at_] == '\n')
        text_is_malformed(begin, "this text has no closing '\"' on its line");
      char c = text_[at_++];
      if (c == '"') break;
      if (c == '\\') {
        if (at_ >= text_.size() || (text_[at_] != '"' && text_[at_] != '\\')) {
          text_is_malformed(at_ - 1, "after '\\' stands '\"' or '\\'");
        }
        c = text_[at_++];
      }
      characters.push_back(c);
    }
    if (characters.empty()) text_is_malformed(begin, "this text is empty");
    return builder_.intern({characters.data(), characters.size()});
  }

  // --- statements ------------------------------------------------------------------------------------
  constexpr bool definition_follows(std::string_view& name, std::size_t& name_at) {
    const std::size_t begin = at_;
    name_at = at_;
    name = read_word();
    if (!name.empty() && accept("=")) return true;
    at_ = begin;
    return false;
  }
  constexpr void define(std::string_view name, std::size_t name_at) {
    if (!is_schedule_name(name))
      text_is_malformed(name_at, "this word has a meaning of its own in schedules; choose another name");
    const text_id id = builder_.intern(name);
    if (find(id) != nullptr) text_is_malformed(name_at, "this name is defined for the second time");
    defining_ = name;
    fragment value = parse_expression();
    expect_statement_end();
    defining_ = {};
    builder_.set_place(name_at);
    definition_of_.resize(std::max<std::size_t>(definition_of_.size(), id.index + 1u), 0);
    definitions_.push_back({builder_.named(name, value), name_at});
    definition_of_[id.index] = static_cast<std::uint32_t>(definitions_.size());
    start_statement();
  }
  constexpr const definition* find(text_id name) const {
    if (name.index >= definition_of_.size() || definition_of_[name.index] == 0) return nullptr;
    return &definitions_[definition_of_[name.index] - 1];
  }
  constexpr void expect_statement_end() {
    if (!at_end()) text_is_malformed(at_, "expected >>, * or |, or the end of the expression");
  }

  // --- expressions, from loose to tight ----------------------------------------------------------------
  constexpr fragment parse_expression() {
    if (++depth_ > max_depth) text_is_malformed(at_, "parentheses are nested more than 200 deep");
    plain_vector<fragment> parts;
    do parts.push_back(parse_sequence());
    while (accept("|"));
    --depth_;
    if (parts.size() == 1) return parts[0];
    return builder_.either(parts);
  }
  constexpr fragment parse_sequence() {
    plain_vector<fragment> parts;
    do parts.push_back(parse_product());
    while (accept(">>"));
    if (parts.size() == 1) return parts[0];
    return builder_.then(parts);
  }
  constexpr fragment parse_product() {
    plain_vector<fragment> parts;
    const std::size_t begin = at_;
    parts.push_back(parse_primary());
    while (accept("*")) {
      if (is_digit(peek()) || peek() == '-') {
        const fragment all = join(parts, begin);
        parts.clear();
        parts.push_back(parse_repeat(all));
      } else {
        parts.push_back(parse_primary());
      }
    }
    return join(parts, begin);
  }
  constexpr fragment join(const plain_vector<fragment>& parts, std::size_t place) {
    builder_.set_place(place);
    if (parts.size() == 1) return parts[0];
    return builder_.together(parts);
  }
  constexpr fragment parse_repeat(const fragment& part) {
    if (peek() == '-') text_is_malformed(at_, "a tactic is repeated 1 time or more");
    const std::size_t place = at_;
    const std::int32_t count = read_number("expected how often, a whole number of 1 or more");
    if (count < 1) text_is_malformed(place, "a tactic is repeated 1 time or more");
    builder_.set_place(place);
    return builder_.repeat(part, count);
  }
  constexpr fragment parse_primary() {
    constexpr std::string_view expected =
        "expected a tactic: shard<\"axis\">(\"path\", dim), pin<\"axis\">(\"path\"), automatic<\"axis\">(...), "
        "choose(...), skip, a name, or '('";
    if (accept("(")) {
      fragment inner = parse_expression();
      expect(")", "expected ')'");
      return inner;
    }
    const std::size_t place = (skip_blanks(), at_);
    if (is_digit(peek())) text_is_malformed(place, "a repeat count stands after its tactic, as in BP * 3");
    const std::string_view word = read_word();
    if (word.empty()) {
      text_is_malformed(place, at_end() && at_ < text_.size()
                                   ? "the expression is not complete; a line that continues it is indented"
                                   : expected);
    }
    if (word == "shard" || word == "pin") return parse_term(word == "pin", place);
    if (word == "automatic") return parse_automatic(place);
    if (word == "choose") {
      automatic_wish wish;
      return parse_goal(wish, place);
    }
    if (word == "skip") return builder_.skip();
    if (word == "repeat") {
      expect("(", "expected '(' and a tactic");
      const fragment part = parse_expression();
      expect(",", "expected ',' and how often");
      const fragment all = parse_repeat(part);
      expect(")", "expected ')'");
      return all;
    }
    if (word == "then" || word == "together" || word == "either") {
      const plain_vector<fragment> parts = parse_arguments();
      builder_.set_place(place);
      if (word == "then") return builder_.then(parts);
      if (word == "either") return builder_.either(parts);
      return builder_.together(parts);
    }
    if (word == defining_) text_is_malformed(place, "a name cannot stand in its own definition");
    if (const definition* d = find(builder_.intern(word)); d != nullptr) return d->value;
    if (is_schedule_name(word))
      text_is_malformed(place, "this name is not defined; definitions (NAME = ...) stand before their use");
    text_is_malformed(place, expected);
  }
  constexpr plain_vector<fragment> parse_arguments() {
    expect("(", "expected '(' and tactics");
    plain_vector<fragment> parts;
    do parts.push_back(parse_expression());
    while (accept(","));
    expect(")", "expected ',' and a further tactic, or ')'");
    return parts;
  }

  // --- terms -----------------------------------------------------------------------------------------
  constexpr fragment parse_term(bool is_pin, std::size_t place) {
    term t;
    t.place = static_cast<std::uint32_t>(place);
    expect("<", "expected '<' and the axis in quotes, as in shard<\"batch\">(\"x\", 0)");
    t.axis = read_string("expected the axis in quotes");
    expect(">", "expected '>'");
    expect("(", "expected '(' and a path in quotes");
    t.values = parse_selector();
    if (is_pin) {
      t.kind = term_kind::pin;
      expect(")", "expected ')'; pin takes a path only");
    } else {
      expect(",", "expected ',' and a dim");
      t.dim = parse_dim();
      expect(")", "expected ')'");
    }
    builder_.set_place(place);
    return builder_.leaf(t);
  }
  constexpr selector parse_selector() {
    constexpr std::string_view expected = "expected a path or glob in quotes, tagged(\"name\") or made_by(\"glob\")";
    if (peek() == '"') return {selector_kind::path, read_string(expected), 0};
    const std::size_t place = at_;
    const std::string_view word = read_word();
    if (word == "predicate")
      text_is_malformed(place, "predicates exist only in C++; select by path, glob, tagged(\"name\") or made_by(\"glob\")");
    if (word != "tagged" && word != "made_by") text_is_malformed(place, expected);
    const bool tag = word == "tagged";
    const std::string_view text = tag ? "expected a scope's name in quotes" : "expected a glob over values in quotes";
    expect("(", tag ? "expected '(' and a scope's name in quotes" : "expected '(' and a glob over values in quotes");
    const selector s{tag ? selector_kind::tagged : selector_kind::made_by, read_string(text), 0};
    expect(")", "expected ')'");
    return s;
  }
  constexpr dim_choice parse_dim() {
    constexpr std::string_view expected = "expected a dim: a whole number, first_divisible_dim, replicated or unknown";
    if (peek() == '-') text_is_malformed(at_, "dims are counted from 0");
    if (is_digit(peek())) return {dim_kind::number, read_number(expected)};
    const std::size_t place = at_;
    const std::string_view word = read_word();
    if (word == "first_divisible_dim") return {dim_kind::first_divisible, 0};
    if (word == "replicated") return {dim_kind::replicated, 0};
    if (word == "unknown") return {dim_kind::unknown, 0};
    if (word == "callable") text_is_malformed(place, "callables exist only in C++");
    text_is_malformed(place, expected);
  }

  constexpr fragment parse_automatic(std::size_t place) {
    automatic_wish wish;
    expect("<", "expected '<' and the axes in quotes, as in automatic<\"model\">()");
    do {
      if (wish.axes.size() == max_axes) text_is_malformed(at_, "a search uses at most 8 axes");
      wish.axes.push_back(read_string("expected an axis in quotes"));
    } while (accept(","));
    expect(">", "expected ',' and a further axis, or '>'");
    return parse_goal(wish, place);
  }
  constexpr fragment parse_goal(automatic_wish& wish, std::size_t place) {
    expect("(", "expected '(' and the goal, as in (minimize(step_time))");
    bool minimizes = false;
    if (!accept(")")) {
      do parse_clause(wish.wanted, minimizes);
      while (accept(","));
      expect(")", "expected ',' and a further clause, or ')'");
    }
    builder_.set_place(place);
    return builder_.automatic(wish, static_cast<std::uint32_t>(place));
  }
  constexpr void parse_clause(goal& wanted, bool& minimizes) {
    const std::size_t place = (skip_blanks(), at_);
    const std::string_view word = read_word();
    const bool bounds = word == "subject_to";
    if (!bounds && word != "minimize" && word != "pareto_front") {
      text_is_malformed(place,
                        "expected minimize(metric), pareto_front(metric, metric) or subject_to(metric <= amount, ...)");
    }
    expect("(", "expected '('");
    if (!bounds) {
      if (minimizes) text_is_malformed(place, "a goal has one minimize or pareto_front; minimize(a, b) puts a before b");
      minimizes = true;
      wanted.minimized.clear();
      wanted.front = word == "pareto_front";
      if (wanted.front) {
        wanted.minimized.push_back(to_objective(parse_metric()));
        expect(",", "expected ',' and the other metric");
        wanted.minimized.push_back(to_objective(parse_metric()));
        expect(")", "expected ')': a front is of two metrics");
        return;
      }
      do {
        if (wanted.minimized.size() == max_objectives) text_is_malformed(at_, "minimize takes at most 4 objectives");
        wanted.minimized.push_back(parse_objective());
      } while (accept(","));
      expect(")", "expected ',' and what decides among equals, '+' and a further metric over an amount, or ')'");
      return;
    }
    do {
      if (wanted.bounds.size() == max_bounds) text_is_malformed(at_, "a goal has at most 8 bounds");
      wanted.bounds.push_back(parse_bound());
    } while (accept(","));
    expect(")", "expected ',' and a further bound, or ')'");
  }
  constexpr objective parse_objective() {
    const std::size_t place = (skip_blanks(), at_);
    if (read_word() != "rounded") {
      at_ = place;
      return parse_sum();
    }
    expect("(", "expected '(', a metric and a step, as in rounded(step_time, 0.05)");
    objective o = parse_sum();
    expect(",", "expected ',' and the step as a share, such as 0.05");
    const std::size_t step = (skip_blanks(), at_);
    o.rounding = is_digit(peek()) ? read_amount() : 0;
    if (!is_rounding(o.rounding)) {
      text_is_malformed(step, "the step is a share between 0.0001 and 10, as 0.05 for steps of 5 %");
    }
    expect(")", "expected ')'");
    return o;
  }
  constexpr objective parse_sum() {
    objective o;
    const std::size_t place = (skip_blanks(), at_);
    bool bare = false;
    do {
      if (o.sum.size() == max_addends) text_is_malformed(at_, "a sum has at most 4 metrics");
      o.sum.push_back(parse_weighted(bare));
    } while (accept("+"));
    if (bare && o.sum.size() != 1) {
      text_is_malformed(place, "metrics add up as shares of amounts: step_time / 1_s + 0.5 * peak_memory / 16_GiB");
    }
    return o;
  }
  constexpr weighted_metric parse_weighted(bool& bare) {
    weighted_metric w;
    const std::size_t place = (skip_blanks(), at_);
    const bool weighted = is_digit(peek());
    if (weighted) {
      w.weight = read_amount();
      expect("*", "expected '*' and the metric that this number is the weight of");
    }
    w.metric = parse_metric();
    w.over = base_units(w.metric, 1);
    if (accept("/")) {
      w.over = parse_amount(w.metric);
    } else if (weighted) {
      text_is_malformed(at_, "expected '/' and an amount: a weight is that of a share, as in 0.5 * peak_memory / 16_GiB");
    } else {
      bare = true;
    }
    if (!is_weight(w)) text_is_malformed(place, "the weight or amount of a metric is a positive number");
    return w;
  }
  constexpr metric parse_metric() {
    const std::size_t place = (skip_blanks(), at_);
    const std::string_view word = read_word();
    for (const metric m : {metric::step_time, metric::peak_memory, metric::communicated_bytes, metric::dollars}) {
      if (name_of(m) == word) return m;
    }
    text_is_malformed(place, "expected a metric: step_time, peak_memory, communicated_bytes or dollars");
  }
  constexpr bound parse_bound() {
    const metric m = parse_metric();
    expect("<=", "expected '<=': a bound is an upper one");
    return {m, parse_amount(m)};
  }
  constexpr quantity parse_amount(metric m) {
    const std::size_t place = (skip_blanks(), at_);
    if (!is_digit(peek())) {
      if (read_word() != "device_memory")
        text_is_malformed(place, "expected an amount with its unit, such as 16_GiB, or device_memory");
      if (m != metric::peak_memory) text_is_malformed(place, "device_memory is compared with peak_memory only");
      return device_memory;
    }
    quantity q;
    q.count = read_amount();
    const std::size_t unit_at = at_;
    std::string_view unit = read_word();
    if (unit.starts_with('_')) unit.remove_prefix(1);
    const std::size_t u = find_unit(unit);
    if (u == amount_units.size()) {
      text_is_malformed(unit_at, "expected a unit: B, kB, MB, GB, TB, KiB, MiB, GiB, TiB, s, ms, us or USD");
    }
    if (amount_units[u].dimension != dimension_of(m)) text_is_malformed(unit_at, "this unit does not measure this metric");
    q.unit = static_cast<std::uint8_t>(u);
    return q;
  }
  constexpr double read_amount() {
    const std::size_t begin = at_;
    double mantissa = 0, power = 1;
    bool fraction = false;
    for (; at_ < text_.size() && (is_digit(text_[at_]) || (text_[at_] == '.' && !fraction)); ++at_) {
      if (text_[at_] == '.') {
        fraction = true;
        continue;
      }
      mantissa = 10 * mantissa + (text_[at_] - '0');
      if (fraction) power *= 10;
    }
    if (at_ - begin > 60) text_is_malformed(begin, "this number has more than 60 digits");
    if (std::is_constant_evaluated()) return mantissa / power;  // exact up to 15 digits
    double exact = 0;
    std::from_chars(text_.data() + begin, text_.data() + at_, exact);
    return exact;
  }

  std::string_view text_, file_;
  schedule_builder builder_;
  plain_vector<definition> definitions_;
  plain_vector<std::uint32_t> definition_of_;  // by text_id; 0 for none, else position + 1
  std::string_view defining_;
  std::size_t at_ = 0, statement_ = 0;
  int depth_ = 0;
};

}  // namespace detail

/// Reads a schedule. `name` is what messages call the text. Throws schedule_error that points into the text.
/// Example: parse_schedule("shard<\"batch\">(\"x\", 0) >> shard<\"model\">(\"w1\", 1)")
struct parse_schedule_t {
  [[nodiscard]] constexpr schedule operator()(std::string_view text, std::string_view name = "schedule") const {
    return detail::schedule_parser(text, name).run();
  }
};
inline constexpr parse_schedule_t parse_schedule{};

}  // namespace partita
