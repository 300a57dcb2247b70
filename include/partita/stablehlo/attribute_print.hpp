// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Writes attributes as an op's attribute struct describes itself, each in the form that stands between the words
// of pretty forms (bare) and in the form of dictionaries (generic).

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include <partita/ir/attribute.hpp>
#include <partita/stablehlo/literal.hpp>

namespace partita::stablehlo::detail {

struct written_attribute {
  std::string_view key;
  std::string bare, generic;
  bool is_default = false, used = false, is_unit = false;
};

// Integers that StableHLO declares as i32; all others are i64.
constexpr bool is_i32_key(std::string_view key) {
  return key == "api_version" || key == "exponent_bits" || key == "mantissa_bits" || key == "index";
}
// Flags that StableHLO declares as unit attributes: there, or not there.
constexpr bool is_unit_key(std::string_view key) { return key == "use_global_device_ids"; }

inline void write_integer(std::string& out, std::int64_t n) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
}

class attribute_writer {
 public:
  const graph_base* graph = nullptr;
  type_view literal_type;  // of constants
  bool flatten = false;    // the pretty form names the members of inner structs
  std::vector<written_attribute> entries;

  template <class T>
  void operator()(std::string_view name, const T& member) {
    add(name, member, false);
  }
  template <class T, class D>
  void operator()(std::string_view name, const T& member, const D& otherwise) {
    add(name, member, is_default(member, otherwise));
  }

  [[nodiscard]] written_attribute* find(std::string_view key) {
    for (written_attribute& e : entries) {
      if (e.key == key) return &e;
    }
    return nullptr;
  }

 private:
  template <class T, class D>
  static bool is_default(const T& member, const D& otherwise) {
    if constexpr (std::same_as<T, raw_text>) {
      return member.text == text_id{};
    } else if constexpr (std::same_as<T, symbol>) {
      return member.name == text_id{};
    } else if constexpr (std::same_as<T, device_groups>) {
      return member.rows == otherwise.rows && member.columns == otherwise.columns && member.rows * member.columns == 0;
    } else if constexpr (std::same_as<T, constant_data>) {
      return false;
    } else {
      return member == static_cast<T>(otherwise);
    }
  }

  template <class T>
  void add(std::string_view name, const T& member, bool by_default) {
    written_attribute e;
    e.key = name;
    e.is_default = by_default;
    if constexpr (Described<T>) {
      if (flatten) {
        T::describe(member, *this);
        return;
      }
      attribute_writer inner;
      inner.graph = graph;
      T::describe(member, inner);
      write_struct(e, inner, T::mnemonic);
    } else if constexpr (std::is_enum_v<T>) {
      const auto& names = enumerators_of<T>::names;
      const auto i = static_cast<std::size_t>(member);
      e.bare = i < std::size(names) ? std::string(names[i]) : std::to_string(i);
      e.generic = "#stablehlo<" + std::string(enumerators_of<T>::mnemonic) + " " + e.bare + ">";
    } else {
      write(e, member);
    }
    entries.push_back(std::move(e));
  }

  static void write_struct(written_attribute& e, attribute_writer& inner, std::string_view mnemonic);
  static void write_list(written_attribute& e, const auto& items, std::string_view type) {
    e.bare = "[";
    e.generic = "array<" + std::string(type);
    for (std::size_t i = 0; i < items.size(); ++i) {
      std::string item;
      if constexpr (std::same_as<std::remove_cvref_t<decltype(items[i])>, bool>) {
        item = items[i] ? "true" : "false";
      } else {
        write_integer(item, static_cast<std::int64_t>(items[i]));
      }
      e.bare += (i == 0 ? "" : ", ") + item;
      e.generic += (i == 0 ? ": " : ", ") + item;
    }
    e.bare += "]";
    e.generic += ">";
  }

  static void write(written_attribute& e, bool member) {
    e.bare = e.generic = member ? "true" : "false";
    e.is_unit = is_unit_key(e.key);
    if (e.is_unit && !member) e.is_default = true;
  }
  static void write(written_attribute& e, std::int64_t member) {
    write_integer(e.bare, member);
    e.generic = e.bare + (is_i32_key(e.key) ? " : i32" : " : i64");
  }
  static void write(written_attribute& e, double member) {
    const bool single = static_cast<double>(static_cast<float>(member)) == member || member != member;
    write_float(e.bare, element_type::f64, std::bit_cast<std::uint64_t>(member));
    if (single) {
      write_float(e.generic, element_type::f32, encode_float(element_type::f32, member));
      e.generic += " : f32";
    } else {
      e.generic = e.bare + " : f64";
    }
  }
  static void write(written_attribute& e, const dim_list& member) { write_list(e, member, "i64"); }
  static void write(written_attribute& e, const size_list& member) { write_list(e, member, "i64"); }
  static void write(written_attribute& e, const flag_list& member) { write_list(e, member, "i1"); }
  static void write(written_attribute& e, const window_padding& member) {
    e.bare = "[";
    for (std::size_t i = 0; i < member.low.size(); ++i) {
      e.bare += i == 0 ? "[" : ", [";
      write_integer(e.bare, member.low[i]);
      e.bare += ", ";
      write_integer(e.bare, member.high[i]);
      e.bare += "]";
    }
    e.bare += "]";
    e.generic = "dense<" + (member.low.empty() ? std::string() : e.bare) + "> : tensor<" +
                std::to_string(member.low.size()) + "x2xi64>";
  }
  void write(written_attribute& e, const device_groups& member) const {
    const std::int64_t sizes[] = {member.rows, member.columns};
    const auto count = static_cast<std::uint32_t>(8 * member.rows * member.columns);
    e.generic = "dense<";
    if (count != 0) detail::write_list(e.generic, {element_type::i64, sizes}, graph->bytes(member.first, count), 0);
    e.generic += "> : tensor<" + std::to_string(member.rows) + "x" + std::to_string(member.columns) + "xi64>";
    e.bare = e.generic;
  }
  void write(written_attribute& e, const constant_data& member) const {
    write_literal(e.bare, *graph, member, literal_type);
    e.generic = e.bare + " : " + to_string(literal_type);
  }
  void write(written_attribute& e, const raw_text& member) const { e.bare = e.generic = graph->text(member.text); }
  void write(written_attribute& e, const symbol& member) const;
};

// @name, with quotes where the name is no plain word.
inline void write_symbol(std::string& out, std::string_view name) {
  bool plain = !name.empty() && !is_digit(name[0]) && name[0] != '.' && name[0] != '$';
  for (const char c : name) plain = plain && (is_word(c) || c == '-');
  out += '@';
  out += plain ? std::string(name) : detail::quoted(name);
}

inline void attribute_writer::write(written_attribute& e, const symbol& member) const {
  write_symbol(e.bare, graph->text(member.name));
  e.generic = e.bare;
}

// Dims of the three tensors of a convolution as [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]; empty when the struct
// is another one.
inline std::string convolution_text(attribute_writer& inner) {
  if (inner.find("kernel_spatial_dimensions") == nullptr) return {};
  struct tensor {
    std::string_view first, second, spatial, joint;
    char first_letter, second_letter;
  };
  constexpr tensor tensors[] = {
      {"input_batch_dimension", "input_feature_dimension", "input_spatial_dimensions", "", 'b', 'f'},
      {"kernel_input_feature_dimension", "kernel_output_feature_dimension", "kernel_spatial_dimensions", "x", 'i', 'o'},
      {"output_batch_dimension", "output_feature_dimension", "output_spatial_dimensions", "->", 'b', 'f'}};
  std::string text;
  for (const tensor& t : tensors) {
    const std::string &first = inner.find(t.first)->bare, &second = inner.find(t.second)->bare;
    std::string spatial = inner.find(t.spatial)->bare;
    std::vector<std::string> letters;
    const auto place = [&](std::string_view dim, std::string letter) {
      std::size_t d = 0;
      std::from_chars(dim.data(), dim.data() + dim.size(), d);
      if (letters.size() <= d) letters.resize(d + 1, "?");
      letters[d] = std::move(letter);
    };
    place(first, std::string(1, t.first_letter));
    place(second, std::string(1, t.second_letter));
    std::size_t number = 0;
    for (std::size_t i = 1; i < spatial.size() && spatial[i] != ']'; ++number) {
      const std::size_t last = spatial.find_first_of(",]", i);
      place(std::string_view(spatial).substr(i, last - i), std::to_string(number));
      i = spatial[last] == ',' ? last + 2 : last;
    }
    text += t.joint;
    text += '[';
    for (std::size_t d = 0; d < letters.size(); ++d) text += (d == 0 ? "" : ", ") + letters[d];
    text += ']';
  }
  return text;
}

inline void attribute_writer::write_struct(written_attribute& e, attribute_writer& inner, std::string_view mnemonic) {
  e.bare = convolution_text(inner);
  if (!e.bare.empty()) {
    e.generic = "#" + std::string(mnemonic) + "<" + e.bare + ">";
    return;
  }
  e.bare = "<";
  for (const written_attribute& part : inner.entries) {
    if (part.is_default) continue;
    if (e.bare.size() > 1) e.bare += ", ";
    e.bare += std::string(part.key) + " = " + part.bare;
  }
  e.bare += ">";
  e.generic = "#" + std::string(mnemonic) + e.bare;
}

}  // namespace partita::stablehlo::detail
