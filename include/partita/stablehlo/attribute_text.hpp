// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads attributes from captured text: what stands in dictionaries, and between the words of pretty forms, is
// first kept as pairs of key and text, and then read by type as the op's attribute struct describes itself.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <partita/ir/attribute.hpp>
#include <partita/stablehlo/literal.hpp>
#include <partita/stablehlo/location.hpp>
#include <partita/stablehlo/type_text.hpp>

namespace partita::stablehlo::detail {

// How a captured text differs from the attribute's usual text.
enum class spelling : std::uint8_t {
  usual,
  range_start,
  range_limit,
  range_stride,  // one number of each a:b:c in a list
  precision,     // [DEFAULT, HIGH] for [#stablehlo<precision DEFAULT>, ...]
  algorithm,     // <...> for #stablehlo.dot_algorithm<...>
  target,        // @name for "name"
  exponent,
  mantissa,  // e5m10
};

struct captured {
  std::string_view key, value;  // no value for a unit attribute
  spelling form = spelling::usual;
  bool has_value = true, is_property = false, used = false;
};

// Appends balanced text with blanks between tokens as one space, without comments, and with the file's aliases
// replaced.
inline void tidy(std::string& out, cursor c, alias_table& aliases, int depth) {
  constexpr std::size_t longest = std::size_t{1} << 24;
  if (depth > max_nesting || out.size() > longest) c.fail("attribute aliases expand without end");
  const std::size_t begin = out.size();
  bool blank = false;
  while (c.at != c.end) {
    const char* const before = c.at;
    c.skip_blanks();
    if (c.at != before) blank = out.size() != begin;
    if (c.at == c.end) break;
    if (blank) out += ' ';
    blank = false;
    if (*c.at == '"') {
      const char* const first = c.at;
      (void)c.string();
      out += between(first, c.at);
    } else if (*c.at == '#') {
      const char* const first = c.at++;
      const std::string_view name = c.at != c.end && (is_word(*c.at)) ? c.name() : std::string_view{};
      const alias_table::entry* const alias = name.empty() ? nullptr : aliases.find(name);
      if (alias != nullptr) {
        tidy(out, cursor(*c.from, alias->value), aliases, depth + 1);
      } else {
        out += between(first, c.at);
      }
    } else {
      out += *c.at++;
    }
  }
}
inline std::string tidy(const cursor& c, alias_table& aliases) {
  std::string out;
  tidy(out, c, aliases, 0);
  return out;
}

// Reads attributes one member at a time; see ir/attribute.hpp.
class attribute_reader {
 public:
  const source* from = nullptr;
  graph_base* graph = nullptr;
  alias_table* aliases = nullptr;
  std::span<captured> entries;
  std::string_view op_name;
  const char* op_at = nullptr;
  type_id literal_type;  // of constants whose text does not state one
  bool has_literal_type = false;
  std::vector<std::uint8_t>* scratch = nullptr;
  std::vector<std::string_view>* symbols = nullptr;  // functions that attributes name
  std::uint64_t* stored = nullptr;                   // bytes that constants of the graph take

  template <class T>
  void operator()(std::string_view name, T& member) {
    captured* const e = find(name);
    if constexpr (Described<T>) {
      if (e != nullptr) {
        read_struct(*e, member);
      } else {
        T::describe(member, *this);  // pretty forms name the inner members
      }
    } else {
      if (e == nullptr) missing(name);
      read(*e, member);
    }
  }
  template <class T, class D>
  void operator()(std::string_view name, T& member, const D& otherwise) {
    if (captured* const e = find(name); e == nullptr) {
      member = otherwise;
    } else if constexpr (Described<T>) {
      read_struct(*e, member);
    } else {
      read(*e, member);
    }
  }

 private:
  captured* find(std::string_view name) {
    for (captured& e : entries) {
      if (e.key == name) {
        e.used = true;
        return &e;
      }
    }
    return nullptr;
  }
  [[noreturn]] void missing(std::string_view name) const {
    from->fail(op_at, std::string(op_name) + " needs the attribute '" + std::string(name) + "'");
  }

  // The captured text, an alias replaced by what it stands for.
  cursor open(const captured& e) const {
    if (!e.has_value) from->fail(e.key.data(), "'" + std::string(e.key) + "' needs a value: expected '='");
    std::string_view value = e.value;
    for (int depth = 0; !value.empty() && value[0] == '#'; ++depth) {
      const auto* const alias = aliases->find(value.substr(1));
      if (alias == nullptr) break;
      if (depth > max_nesting) from->fail(e.value.data(), "attribute aliases expand without end");
      value = alias->value;
    }
    return {*from, value};
  }
  // Constants lie in the graph at 32-bit positions.
  void count_bytes(std::size_t size) const {
    *stored += size;
    if (*stored > 0xffffffffu) from->fail(op_at, "the program's constants take more than 4 GiB, which is not handled");
  }
  static void close(cursor& c) {
    if (c.peek() != '\0') c.fail("this text is left over after the attribute's value");
  }

  template <class T>
  void read_struct(const captured& e, T& member) {
    cursor c = open(e);
    if (c.peek() == '#') {
      ++c.at;
      const std::string_view name = c.word();
      if (name != T::mnemonic) {
        c.fail(name.data(),
               "expected #" + std::string(std::string_view(T::mnemonic)) + "<...> for '" + std::string(e.key) + "'");
      }
    }
    struct_text parts;
    read_parts(c, parts);
    attribute_reader inner = *this;
    inner.entries = parts.entries;
    T::describe(member, inner);
    for (const captured& part : parts.entries) {
      if (!part.used)
        from->fail(part.key.data(), "unknown entry '" + std::string(part.key) + "' of '" + std::string(e.key) + "'");
    }
  }

  struct struct_text {
    std::vector<captured> entries;
    std::vector<std::string> owned;  // values made from the convolution shorthand
  };
  void read_parts(cursor& c, struct_text& parts) const;

  void read(const captured& e, bool& member) const;
  void read(const captured& e, std::int64_t& member) const;
  void read(const captured& e, double& member) const;
  void read(const captured& e, dim_list& member) const;
  void read(const captured& e, size_list& member) const;
  void read(const captured& e, flag_list& member) const;
  void read(const captured& e, window_padding& member) const;
  void read(const captured& e, device_groups& member) const;
  void read(const captured& e, constant_data& member) const;
  void read(const captured& e, raw_text& member) const;
  void read(const captured& e, symbol& member) const;
  template <class E>
  requires std::is_enum_v<E>
  void read(const captured& e, E& member) const {
    member = static_cast<E>(read_enumerator(e, enumerators_of<E>::names));
  }

  std::size_t read_enumerator(const captured& e, list_view<std::string_view> names) const;
  // Numbers of [a, b], array<i64: a, b> or dense<...>; nested lists are flattened. `shape` gets the tensor's
  // sizes when a type is stated.
  std::vector<std::int64_t> read_numbers(const captured& e, size_list* shape = nullptr) const;
};

inline std::int64_t read_list_number(cursor& c, spelling form) {
  if (c.accept("true")) return 1;
  if (c.accept("false")) return 0;
  std::int64_t value = c.integer();
  if (form >= spelling::range_start && form <= spelling::range_stride) {
    std::int64_t parts[3] = {value, 0, 1};
    c.expect(':');
    parts[1] = c.integer();
    if (c.accept(':')) parts[2] = c.integer();
    value = parts[static_cast<std::size_t>(form) - static_cast<std::size_t>(spelling::range_start)];
  } else if (c.accept(':')) {
    (void)c.type();
  }
  return value;
}

inline void read_number_list(cursor& c, spelling form, std::vector<std::int64_t>& out, int depth) {
  if (depth > max_nesting) c.fail("lists nest deeper than " + std::to_string(max_nesting));
  if (!c.accept('[')) {
    out.push_back(read_list_number(c, form));
    return;
  }
  if (c.accept(']')) return;
  do {
    read_number_list(c, form, out, depth + 1);
  } while (c.accept(','));
  c.expect(']');
}

inline std::vector<std::int64_t> attribute_reader::read_numbers(const captured& e, size_list* shape) const {
  cursor c = open(e);
  std::vector<std::int64_t> numbers;
  if (c.accept("array")) {
    c.expect('<');
    if (c.word().empty()) c.expected("an element type such as i64");
    if (c.accept(':')) {
      do {
        numbers.push_back(read_list_number(c, spelling::usual));
      } while (c.accept(','));
    }
    c.expect('>');
  } else if (c.peek() == 'd') {
    const char* const first = c.at;
    (void)c.simple_value();
    const std::string_view literal = between(first, c.at);
    c.expect(':');
    const type_view type = graph->type(read_type(c, *graph));
    if (!is_integer(type.element) && !is_boolean(type.element))
      c.fail(first, "expected integers for '" + std::string(e.key) + "'");
    cursor inner(*from, literal);
    const bool splat = read_elements(inner, type, *scratch);
    const std::size_t size = stored_bytes(type.element);
    const std::int64_t count = type.elements();
    if (count > (std::int64_t{1} << 20)) c.fail(first, "lists of more than 1048576 numbers are not handled");
    for (std::int64_t i = 0; i < count; ++i) {
      const std::size_t at = splat ? 0 : static_cast<std::size_t>(i) * size;
      numbers.push_back(integer_value(type.element, list_view<std::uint8_t>(*scratch).subspan(at, size)));
    }
    if (shape != nullptr) *shape = tensor_type(type).dims;
  } else {
    read_number_list(c, e.form, numbers, 0);
  }
  close(c);
  return numbers;
}

inline void attribute_reader::read(const captured& e, bool& member) const {
  member = true;
  if (!e.has_value) return;
  cursor c = open(e);
  if (c.accept("false")) {
    member = false;
  } else if (!c.accept("true") && !c.accept("unit")) {
    c.expected("true or false for '" + std::string(e.key) + "'");
  }
  close(c);
}

inline void attribute_reader::read(const captured& e, std::int64_t& member) const {
  cursor c = open(e);
  if (e.form == spelling::exponent || e.form == spelling::mantissa) {  // e5m10
    const auto number = [&] {
      std::int64_t n = 0;
      const auto [last, error] = std::from_chars(c.at, c.end, n);
      if (error != std::errc{}) c.expected("a format such as e5m10");
      c.at = last;
      return n;
    };
    if (c.peek() != 'e') c.expected("a format such as e5m10");
    ++c.at;
    member = number();
    if (c.at == c.end || *c.at != 'm') c.expected("a format such as e5m10");
    ++c.at;
    const std::int64_t mantissa = number();
    if (e.form == spelling::mantissa) member = mantissa;
  } else {
    const std::vector<std::int64_t> one = read_numbers(e);
    if (one.size() != 1) c.fail("expected one integer for '" + std::string(e.key) + "'");
    member = one[0];
    return;
  }
  close(c);
}

inline void attribute_reader::read(const captured& e, double& member) const {
  cursor c = open(e);
  const std::size_t colon = std::string_view(c.at, static_cast<std::size_t>(c.end - c.at)).find(':');
  element_type type = element_type::f64;
  if (colon != std::string_view::npos) {
    cursor t = c;
    t.at += colon + 1;
    type = read_element_type(t);
    if (!is_float(type)) t.expected("a float type");
    close(t);
  }
  member = decode_float(type, read_number(c, type));
}

inline void attribute_reader::read(const captured& e, size_list& member) const {
  const std::vector<std::int64_t> numbers = read_numbers(e);
  if (numbers.size() > max_rank)
    from->fail(e.value.data(), "'" + std::string(e.key) + "' has more entries than the rank of any tensor, " +
                                   std::to_string(max_rank));
  member.clear();
  for (const std::int64_t n : numbers) member.push_back(n);
}

inline void attribute_reader::read(const captured& e, dim_list& member) const {
  size_list numbers;
  read(e, numbers);
  member.clear();
  for (const std::int64_t n : numbers) {
    if (n < 0 || n > 255)
      from->fail(op_at, "'" + std::string(e.key) + "' lists dims: " + std::to_string(n) + " is no dim of any tensor");
    member.push_back(static_cast<std::uint8_t>(n));
  }
}

inline void attribute_reader::read(const captured& e, flag_list& member) const {
  size_list numbers;
  read(e, numbers);
  member.clear();
  for (const std::int64_t n : numbers) member.push_back(n != 0);
}

inline void attribute_reader::read(const captured& e, window_padding& member) const {
  size_list shape;
  const std::vector<std::int64_t> numbers = read_numbers(e, &shape);
  const bool pairs = shape.empty() || (shape.size() == 2 && shape[1] == 2);
  if (!pairs || numbers.size() % 2 != 0 || numbers.size() > 2 * max_rank) {
    from->fail(op_at, "expected a pair of numbers for each dim in '" + std::string(e.key) + "'");
  }
  member = {};
  for (std::size_t i = 0; i < numbers.size(); i += 2) {
    member.low.push_back(numbers[i]);
    member.high.push_back(numbers[i + 1]);
  }
}

inline void attribute_reader::read(const captured& e, device_groups& member) const {
  size_list shape;
  const std::vector<std::int64_t> numbers = read_numbers(e, &shape);
  if (shape.size() != 2 && !numbers.empty())
    from->fail(op_at, "expected dense<[[...], ...]> : tensor<NxMxi64> for '" + std::string(e.key) + "'");
  member.rows = shape.size() == 2 ? shape[0] : 0;
  member.columns = shape.size() == 2 ? shape[1] : 0;
  scratch->clear();
  for (const std::int64_t n : numbers) append_bits(*scratch, static_cast<std::uint64_t>(n), 8);
  count_bytes(scratch->size());
  member.first = graph->add_bytes(*scratch);
}

inline void attribute_reader::read(const captured& e, constant_data& member) const {
  cursor c = open(e);
  const char* const first = (c.skip_blanks(), c.at);
  (void)c.simple_value();
  const std::string_view literal = between(first, c.at);
  type_id type = literal_type;
  if (c.accept(':')) {
    type = read_type(c, *graph);
    if (has_literal_type && !(type == literal_type)) {
      from->fail(op_at, "the value of " + std::string(op_name) + " has type " + to_string(graph->type(type)) +
                            " but is used as " + to_string(graph->type(literal_type)));
    }
  } else if (!has_literal_type) {
    c.expected("':' and the constant's type");
  }
  close(c);
  cursor inner(*from, literal);
  const bool splat = read_elements(inner, graph->type(type), *scratch);
  close(inner);
  count_bytes(scratch->size());
  member = {graph->add_bytes(*scratch), static_cast<std::uint32_t>(scratch->size()), splat};
}

inline void attribute_reader::read(const captured& e, raw_text& member) const {
  std::string text;
  if (e.form == spelling::target) {
    cursor c = open(e);
    text = detail::quoted(unescape(c.symbol()));
  } else if (!e.has_value) {
    text = "unit";
  } else {
    text = tidy(open(e), *aliases);
  }
  if (e.form == spelling::algorithm && text.starts_with('<')) text = "#stablehlo.dot_algorithm" + text;
  if (e.form == spelling::precision) {
    std::string full;
    for (std::size_t i = 0; i < text.size();) {
      std::size_t last = i;
      while (last < text.size() && is_word(text[last])) ++last;
      if (last == i) {
        full += text[i++];
      } else {
        full += "#stablehlo<precision " + text.substr(i, last - i) + ">";
        i = last;
      }
    }
    text = full;
  }
  // An attribute may name functions: [@f, @g].
  for (cursor c(*from, e.value); c.at != c.end && e.form == spelling::usual && e.has_value;) {
    if (*c.at == '"') {
      (void)c.string();
    } else if (*c.at == '@') {
      symbols->push_back(c.symbol());
    } else {
      ++c.at;
    }
  }
  member.text = graph->intern(text);
}

inline void attribute_reader::read(const captured& e, symbol& member) const {
  cursor c = open(e);
  std::string_view name;
  if (c.peek() == '"') {
    name = c.string();
  } else {
    name = c.symbol();
    while (c.accept("::")) name = c.symbol();
    if (e.form == spelling::usual) symbols->push_back(name);
  }
  close(c);
  member.name = graph->intern(unescape(name));
}

inline std::size_t attribute_reader::read_enumerator(const captured& e, list_view<std::string_view> names) const {
  cursor c = open(e);
  if (c.accept("#")) {
    const std::string_view dialect = c.word();
    c.expect('<');
    if (dialect.find('.') == std::string_view::npos) (void)c.word();
  }
  c.skip_blanks();
  const std::string_view word = c.word();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == word) return i;
  }
  std::string choices;
  for (const std::string_view n : names) choices += (choices.empty() ? "" : ", ") + std::string(n);
  c.fail(word.data(),
         "'" + std::string(word) + "' is no value of '" + std::string(e.key) + "'; expected one of " + choices);
}

// [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]: which dim of each tensor is what. Spatial dims are numbers.
inline void read_convolution_dims(cursor& c, std::vector<captured>& entries, std::vector<std::string>& owned) {
  struct part {
    std::string_view tensor;
    char first, second;
    std::string_view first_key, second_key;
  };
  constexpr part parts[] = {{"input", 'b', 'f', "input_batch_dimension", "input_feature_dimension"},
                            {"kernel", 'i', 'o', "kernel_input_feature_dimension", "kernel_output_feature_dimension"},
                            {"output", 'b', 'f', "output_batch_dimension", "output_feature_dimension"}};
  constexpr std::string_view spatial_keys[] = {"input_spatial_dimensions", "kernel_spatial_dimensions",
                                               "output_spatial_dimensions"};
  constexpr std::string_view joints[] = {"", "x", "->"};
  owned.reserve(9);
  for (std::size_t p = 0; p < 3; ++p) {
    if (p == 1) {
      if (c.peek() != 'x') c.expected("'x'");
      ++c.at;
    } else if (p == 2) {
      c.expect(joints[p]);
    }
    const char* const begin = (c.skip_blanks(), c.at);
    c.expect('[');
    int first = -1, second = -1;
    std::vector<int> spatial;
    int d = 0;
    do {
      const char* const at = (c.skip_blanks(), c.at);
      if (d == static_cast<int>(max_rank)) c.fail("more dims than the rank of any tensor");
      if (is_digit(c.peek())) {
        const std::int64_t n = c.integer();
        if (n >= static_cast<std::int64_t>(max_rank)) c.fail(at, "this spatial dim is beyond the rank of any tensor");
        const auto i = static_cast<std::size_t>(n);
        if (spatial.size() <= i) spatial.resize(i + 1, -1);
        if (spatial[i] != -1) c.fail(at, "this spatial dim is named twice");
        spatial[i] = d;
      } else if (c.accept('?')) {
      } else {
        const std::string_view word = c.word();
        int& dim = word == std::string_view(&parts[p].first, 1) ? first : second;
        if (word != std::string_view(&parts[p].first, 1) && word != std::string_view(&parts[p].second, 1)) {
          c.fail(at, std::string("expected '") + parts[p].first + "', '" + parts[p].second +
                         "' or the number of a spatial dim");
        }
        if (dim != -1) c.fail(at, "this dim is named twice");
        dim = d;
      }
      ++d;
    } while (c.accept(','));
    c.expect(']');
    if (first == -1 || second == -1) {
      c.fail(begin, std::string("expected both '") + parts[p].first + "' and '" + parts[p].second + "'");
    }
    std::string list = "[";
    for (const int s : spatial) {
      if (s == -1) c.fail(begin, "a spatial dim is missing: they are numbered 0, 1, ...");
      list += (list.size() > 1 ? ", " : "") + std::to_string(s);
    }
    const auto keep = [&](std::string_view key, std::string text) {
      owned.push_back(std::move(text));
      entries.push_back({key, owned.back()});
    };
    keep(parts[p].first_key, std::to_string(first));
    keep(parts[p].second_key, std::to_string(second));
    keep(spatial_keys[p], list + "]");
  }
}

inline void attribute_reader::read_parts(cursor& c, struct_text& parts) const {
  if (c.peek() == '[') {  // pretty convolution
    read_convolution_dims(c, parts.entries, parts.owned);
    close(c);
    return;
  }
  const char closing = c.peek() == '{' ? '}' : '>';
  c.expect(closing == '}' ? '{' : '<');
  (void)c.accept("raw");  // #stablehlo.conv<raw input_batch_dimension = 0, ...>
  if (c.peek() == '[') {
    read_convolution_dims(c, parts.entries, parts.owned);
    (void)c.accept(',');
  }
  while (!c.accept(closing)) {
    const std::string_view key = c.word();
    if (key.empty()) c.expected("the name of an entry");
    for (const captured& earlier : parts.entries) {
      if (earlier.key == key) c.fail(key.data(), "'" + std::string(key) + "' is given twice");
    }
    if (c.accept('=')) {
      parts.entries.push_back({key, c.value()});
    } else {
      parts.entries.push_back({.key = key, .value = {}, .has_value = false});
    }
    if (!c.accept(',') && c.peek() != closing) c.expected(std::string("',' or '") + closing + "'");
  }
  close(c);
}

// Checks #stablehlo.gather<...> and its like where no op reads them: each entry known and given once.
inline void check_dimension_numbers(const source& from, std::string_view value) {
  struct kind {
    std::string_view name, keys;
  };
  constexpr kind kinds[] = {
      {"gather",
       " offset_dims collapsed_slice_dims operand_batching_dims start_indices_batching_dims start_index_map "
       "index_vector_dim "},
      {"scatter",
       " update_window_dims inserted_window_dims input_batching_dims scatter_indices_batching_dims "
       "scatter_dims_to_operand_dims "
       "index_vector_dim "},
      {"dot",
       " lhs_batching_dimensions rhs_batching_dimensions lhs_contracting_dimensions rhs_contracting_dimensions "},
      {"conv", " "}};
  cursor c(from, value);
  if (c.peek() != '#') return;
  ++c.at;
  const std::string_view name = c.word();
  for (const kind& k : kinds) {
    if (name != "stablehlo." + std::string(k.name)) continue;
    c.expect('<');
    if (k.name == "conv") {
      if (c.peek() != '[') return;
      std::vector<captured> entries;
      std::vector<std::string> owned;
      read_convolution_dims(c, entries, owned);
      c.expect('>');
      return;
    }
    std::vector<std::string_view> seen;
    while (!c.accept('>')) {
      const std::string_view key = c.word();
      if (key.empty() || k.keys.find(" " + std::string(key) + " ") == std::string_view::npos)
        c.expected("one of" + std::string(k.keys) + "or '>'");
      if (std::find(seen.begin(), seen.end(), key) != seen.end())
        c.fail(key.data(), "'" + std::string(key) + "' is given twice");
      seen.push_back(key);
      c.expect('=');
      (void)c.simple_value();
      if (!c.accept(',') && c.peek() != '>') c.expected("',' or '>'");
    }
  }
}

}  // namespace partita::stablehlo::detail
