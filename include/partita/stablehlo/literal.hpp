// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// dense<...> literals (StableHLO specification, Constants; MLIR, dense elements): single elements, nested
// lists, complex pairs, and hexadecimal strings of raw little-endian bytes.

#include <cstdint>
#include <string>
#include <vector>

#include <partita/ir/attribute.hpp>
#include <partita/stablehlo/cursor.hpp>
#include <partita/stablehlo/float_text.hpp>

namespace partita::stablehlo::detail {

inline void append_bits(std::vector<std::uint8_t>& out, std::uint64_t bits, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
}

// One number of an integer, boolean or float type.
inline std::uint64_t read_number(cursor& c, element_type e) {
  c.skip_blanks();
  const char* const first = c.at;
  const int width = bits_of(e);
  const std::uint64_t mask = width >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << width) - 1;
  if (c.accept("true")) {
    if (!is_boolean(e)) c.fail(first, "'true' is no element of type " + std::string(name_of(e)));
    return 1;
  }
  if (c.accept("false")) {
    if (!is_boolean(e)) c.fail(first, "'false' is no element of type " + std::string(name_of(e)));
    return 0;
  }
  const bool negative = c.at != c.end && *c.at == '-';
  if (negative) ++c.at;
  const char* const digits = c.at;
  if (c.end - digits > 2 && digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X')) {
    std::uint64_t bits = 0;
    const auto [last, error] = std::from_chars(digits + 2, c.end, bits, 16);
    if (error == std::errc::invalid_argument) c.fail(first, "expected hexadecimal digits after '0x'");
    if (error != std::errc{} || (bits & ~mask) != 0) {
      c.fail(first,
             "this bit pattern does not fit in the " + std::to_string(width) + " bits of " + std::string(name_of(e)));
    }
    c.at = last;
    return negative ? (0 - bits) & mask : bits;
  }
  if (is_float(e)) {
    double value = 0;
    const auto [last, error] = std::from_chars(digits, c.end, value);
    if (error == std::errc::invalid_argument || digits == c.end || !is_digit(*digits)) {
      c.fail(first, "expected a number of type " + std::string(name_of(e)));
    }
    if (error == std::errc::result_out_of_range) {
      // Too small becomes zero; too large is no finite number of any type.
      std::string_view text(digits, static_cast<std::size_t>(last - digits));
      const std::size_t mark = text.find_first_of("eE");
      const bool tiny = mark != std::string_view::npos && mark + 1 < text.size() && text[mark + 1] == '-';
      if (!tiny) c.fail(first, "this number is too large for " + std::string(name_of(e)));
      value = 0;
    }
    c.at = last;
    return encode_float(e, negative ? -value : value);
  }
  std::uint64_t magnitude = 0;
  const auto [last, error] = std::from_chars(digits, c.end, magnitude);
  if (error == std::errc::invalid_argument) c.fail(first, "expected a number of type " + std::string(name_of(e)));
  const bool fraction = last != c.end && (*last == '.' || is_word(*last));
  if (fraction) c.fail(first, "expected an integer for an element of type " + std::string(name_of(e)));
  const int bits = is_boolean(e) ? 1 : width;
  const std::uint64_t largest = bits >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
  const std::uint64_t smallest = std::uint64_t{1} << (bits - 1);
  const bool too_small = negative && (is_unsigned_integer(e) ? magnitude != 0 : magnitude > smallest);
  if (error != std::errc{} || too_small || magnitude > largest) {
    c.fail(first, "this number does not fit in " + std::string(name_of(e)));
  }
  c.at = last;
  if (is_boolean(e)) return magnitude != 0 ? 1 : 0;
  const std::uint64_t value = (negative ? 0 - magnitude : magnitude) & mask;
  // A signed element narrower than a byte fills its byte with its sign.
  return is_signed_integer(e) && width < 8 && (value & smallest) != 0 ? value | (0xff & ~mask) : value;
}

inline void read_element(cursor& c, element_type e, std::vector<std::uint8_t>& out) {
  if (is_complex(e)) {
    const auto part = e == element_type::complex_f32 ? element_type::f32 : element_type::f64;
    c.expect('(');
    append_bits(out, read_number(c, part), stored_bytes(part));
    c.expect(',');
    append_bits(out, read_number(c, part), stored_bytes(part));
    c.expect(')');
  } else {
    append_bits(out, read_number(c, e), stored_bytes(e));
  }
}

// Nested lists; `shape` gets the size of each level from the first list at that level, and the others must agree.
inline void read_list(cursor& c, element_type e, std::vector<std::uint8_t>& out, std::vector<std::int64_t>& shape,
                      std::size_t level) {
  if (level == max_rank) c.fail("lists nest deeper than the rank of any tensor");
  const char* const first = (c.skip_blanks(), c.at);
  c.expect('[');
  const bool seen = level < shape.size();
  if (!seen) shape.push_back(-1);
  std::int64_t count = 0;
  if (!c.accept(']')) {
    do {
      const bool list = c.peek() == '[';
      const bool innermost = shape[level] != -1 || count != 0 ? level + 1 == shape.size() : !list;
      if (list == innermost) c.fail(list ? "expected an element as deep as the ones before" : "expected '['");
      if (list) {
        read_list(c, e, out, shape, level + 1);
      } else {
        read_element(c, e, out);
      }
      ++count;
    } while (c.accept(','));
    c.expect(']');
  }
  if (shape[level] == -1) shape[level] = count;
  if (shape[level] != count) {
    c.fail(first, "this list has " + std::to_string(count) + " entries but the ones before have " +
                      std::to_string(shape[level]));
  }
}

inline void read_hex_string(cursor& c, element_type e, std::int64_t elements, std::vector<std::uint8_t>& out) {
  const std::string_view text = c.string();
  const auto digit = [&](const char& ch) {
    if (is_digit(ch)) return ch - '0';
    if (ch >= 'A' && ch <= 'F') return ch - 'A' + 10;
    if (ch >= 'a' && ch <= 'f') return ch - 'a' + 10;
    c.fail(&ch, "expected a hexadecimal digit");
  };
  if (text.size() < 2 || text.substr(0, 2) != "0x" || text.size() % 2 != 0) {
    c.fail(text.data(), "expected \"0x\" and two hexadecimal digits for each byte");
  }
  const std::size_t count = text.size() / 2 - 1;
  const auto wanted = static_cast<std::uint64_t>(elements);
  out.reserve(out.size() + count);
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(static_cast<std::uint8_t>(16 * digit(text[2 + 2 * i]) + digit(text[3 + 2 * i])));
  }
  const std::size_t size = stored_bytes(e);
  if (is_boolean(e) && count == wanted && wanted != 1) {
    for (std::uint8_t& b : out) b = b != 0 ? 1 : 0;
    return;
  }
  if (is_boolean(e) &&
      (count != wanted || wanted == 1)) {  // booleans may be packed, eight to a byte, the lowest bit first
    if (count != (wanted + 7) / 8 && count != 1) c.fail(text.data(), "this string has not one bit for each element");
    const std::vector<std::uint8_t> packed = out;
    out.clear();
    for (std::uint64_t i = 0; i < wanted; ++i) {
      if (count == 1 && wanted > 8) {
        out.push_back(packed[0] & 1);
        break;
      }
      out.push_back((packed[i / 8] >> (i % 8)) & 1);
    }
    return;
  }
  if (count != size && (count % size != 0 || count / size != wanted)) {
    c.fail(text.data(), "this string has " + std::to_string(count) + " bytes but " + std::to_string(elements) +
                            " elements of type " + std::string(name_of(e)) + " take " + std::to_string(size) + " each");
  }
}

// The elements of a dense<...> literal, or of a single number, for a tensor of type t. Returns whether all are
// equal, in which case `out` holds one.
inline bool read_elements(cursor& c, const type_view& t, std::vector<std::uint8_t>& out) {
  c.skip_blanks();
  const char* const first = c.at;
  if (!t.is_tensor() || !t.is_static()) c.fail("a constant needs a tensor type with known sizes");
  const element_type e = t.element;
  const std::int64_t elements = t.elements();
  out.clear();
  if (c.accept("dense")) {
    c.expect('<');
    if (c.peek() == '[') {
      std::vector<std::int64_t> shape;
      read_list(c, e, out, shape, 0);
      bool same = shape.size() <= t.rank();
      for (std::size_t i = 0; same && i < shape.size(); ++i) same = shape[i] == t.dims[i];
      same = same && (shape.size() == t.rank() || elements == 0);
      if (!same) c.fail(first, "the lists do not have the shape of " + to_string(t));
    } else if (c.peek() == '"') {
      read_hex_string(c, e, elements, out);
    } else if (c.peek() == '>') {
      if (elements != 0) c.fail("expected elements: only a tensor without elements is written dense<>");
    } else {
      read_element(c, e, out);
    }
    c.expect('>');
  } else {
    if (c.peek() == '#' || c.peek() == '@' || c.peek() == '"') c.expected("dense<...>");
    read_element(c, e, out);
  }
  if (elements == 0) {
    out.clear();
    return false;
  }
  const std::size_t size = stored_bytes(e);
  for (std::size_t i = size; i < out.size(); ++i) {
    if (out[i] != out[i - size]) return false;
  }
  out.resize(size);
  return true;
}

inline void write_element(std::string& out, element_type e, list_view<std::uint8_t> bytes) {
  if (is_complex(e)) {
    const auto part = e == element_type::complex_f32 ? element_type::f32 : element_type::f64;
    const std::size_t half = bytes.size() / 2;
    out += '(';
    write_element(out, part, bytes.first(half));
    out += ", ";
    write_element(out, part, bytes.subspan(half));
    out += ')';
  } else if (is_float(e)) {
    write_float(out, e, partita::detail::little_endian(bytes));
  } else if (is_boolean(e)) {
    out += bytes[0] != 0 ? "true" : "false";
  } else if (is_unsigned_integer(e)) {
    out += std::to_string(partita::detail::little_endian(bytes));
  } else {
    const auto value = static_cast<std::int64_t>(partita::detail::little_endian(bytes));
    const int shift = 64 - bits_of(e);
    out += std::to_string(static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << shift) >> shift);
  }
}

inline void write_list(std::string& out, const type_view& t, list_view<std::uint8_t> bytes, std::size_t level) {
  if (level == t.rank()) {
    write_element(out, t.element, bytes);
    return;
  }
  out += '[';
  const auto count = static_cast<std::size_t>(t.dims[level]);
  const std::size_t part = bytes.size() / count;
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) out += ", ";
    write_list(out, t, bytes.subspan(i * part, part), level + 1);
  }
  out += ']';
}

// Long lists are written as raw bytes, except for types whose raw form differs between MLIR's versions.
inline void write_literal(std::string& out, const graph_base& g, const constant_data& data, const type_view& t) {
  constexpr std::int64_t longest_list = 64;
  const auto bytes = g.bytes(data.first, data.count);
  const std::int64_t elements = t.elements();
  out += "dense<";
  if (elements == 0) {
  } else if (data.splat) {
    write_element(out, t.element, bytes);
  } else if (elements > longest_list && bits_of(t.element) >= 8 && !is_boolean(t.element)) {
    constexpr std::string_view alphabet = "0123456789ABCDEF";
    out += "\"0x";
    out.reserve(out.size() + 2 * bytes.size() + 32);
    for (const std::uint8_t b : bytes) {
      out += alphabet[b >> 4];
      out += alphabet[b & 15];
    }
    out += '"';
  } else {
    write_list(out, t, bytes, 0);
  }
  out += '>';
}

}  // namespace partita::stablehlo::detail
