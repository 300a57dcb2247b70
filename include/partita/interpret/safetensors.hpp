// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Tensors in files: the safetensors format (github.com/huggingface/safetensors): eight little-endian bytes with the
// length of a JSON header {name: {dtype, shape, data_offsets}}, the header, raw data.

#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <partita/interpret/array.hpp>

namespace partita::interpret {

/// A tensor as it stands in a file: elements in their own format, little-endian, one after another.
struct stored_tensor {
  tensor_type type;
  std::vector<std::uint8_t> bytes;
};
using tensor_file = std::map<std::string, stored_tensor>;

namespace detail {

struct dtype_name {
  std::string_view name;
  element_type element;
};
inline constexpr dtype_name dtype_names[] = {
    {"BOOL", element_type::i1},       {"I8", element_type::i8},         {"I16", element_type::i16},
    {"I32", element_type::i32},       {"I64", element_type::i64},       {"U8", element_type::ui8},
    {"U16", element_type::ui16},      {"U32", element_type::ui32},      {"U64", element_type::ui64},
    {"F8_E4M3", element_type::f8E4M3FN}, {"F8_E5M2", element_type::f8E5M2}, {"F8_E8M0", element_type::f8E8M0FNU},
    {"F16", element_type::f16},       {"BF16", element_type::bf16},     {"F32", element_type::f32},
    {"F64", element_type::f64},       {"C64", element_type::complex_f32},
};

}  // namespace detail

/// Reads a safetensors file's contents. Throws error that names the file and the tensor when it is not well formed.
[[nodiscard]] inline tensor_file read_safetensors(std::string_view data, const std::string& file_name) {
  const auto fail = [&](const std::string& message) { throw error(file_name + ": " + message); };
  std::uint64_t length = 0;
  if (data.size() < 8) fail("is no safetensors file: it has fewer than 8 bytes");
  for (std::size_t i = 0; i < 8; ++i) length |= std::uint64_t{static_cast<unsigned char>(data[i])} << (8 * i);
  if (length > data.size() - 8) fail("is no safetensors file, or is cut off: its header would end beyond its end");
  const std::string_view body = data.substr(8 + length);
  const auto header = nlohmann::json::parse(data.substr(8, length), nullptr, false);
  if (!header.is_object()) fail("is no safetensors file: its header is no JSON object");
  tensor_file tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const auto bad = [&, &tensor = name](const std::string& what) { fail("tensor '" + tensor + "': " + what); };
    if (!entry.is_object() || !entry.contains("dtype") || !entry["dtype"].is_string() || !entry.contains("shape") ||
        !entry["shape"].is_array() || !entry.contains("data_offsets") || !entry["data_offsets"].is_array() ||
        entry["data_offsets"].size() != 2) {
      bad("needs dtype, shape and data_offsets");
    }
    stored_tensor t;
    std::optional<element_type> element;
    const std::string dtype = entry["dtype"].get<std::string>();
    for (const detail::dtype_name& d : detail::dtype_names) {
      if (d.name == dtype) element = d.element;
    }
    if (!element) bad("dtype " + dtype + " is not known");
    t.type.element = *element;
    if (entry["shape"].size() > max_rank) bad("has more than " + std::to_string(max_rank) + " dims");
    for (const auto& d : entry["shape"]) {
      if (!d.is_number_unsigned() || d.get<std::uint64_t>() > 0x7fffffffffffffffull) bad("has a dim that is no size");
      t.type.dims.push_back(static_cast<std::int64_t>(d.get<std::uint64_t>()));
    }
    std::uint64_t offsets[2] = {};
    for (std::size_t i = 0; i < 2; ++i) {
      if (!entry["data_offsets"][i].is_number_unsigned()) bad("has data_offsets that are no numbers");
      offsets[i] = entry["data_offsets"][i].get<std::uint64_t>();
    }
    if (offsets[0] > offsets[1] || offsets[1] > body.size()) bad("lies beyond the end of the file");
    const std::uint64_t wanted = static_cast<std::uint64_t>(t.type.view().elements()) * stored_bytes(*element);
    if (offsets[1] - offsets[0] != wanted) {
      bad(to_string(t.type) + " takes " + std::to_string(wanted) + " bytes but has " +
          std::to_string(offsets[1] - offsets[0]));
    }
    const std::string_view bytes = body.substr(offsets[0], wanted);
    t.bytes.assign(bytes.begin(), bytes.end());
    tensors.emplace(name, std::move(t));
  }
  return tensors;
}

/// The contents of a safetensors file with these tensors. Throws error for an element type that the format lacks.
[[nodiscard]] inline std::string write_safetensors(const tensor_file& tensors) {
  auto header = nlohmann::ordered_json::object();
  std::string body;
  for (const auto& [name, t] : tensors) {
    std::string_view dtype;
    for (const detail::dtype_name& d : detail::dtype_names) {
      if (d.element == t.type.element) dtype = d.name;
    }
    if (dtype.empty())
      throw error("tensor '" + name + "': safetensors files cannot hold elements of " +
                  std::string(name_of(t.type.element)));
    header[name] = {{"dtype", dtype},
                    {"shape", std::vector<std::int64_t>(t.type.dims.begin(), t.type.dims.end())},
                    {"data_offsets", {body.size(), body.size() + t.bytes.size()}}};
    body.append(t.bytes.begin(), t.bytes.end());
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  std::string file;
  for (std::size_t i = 0; i < 8; ++i) file += static_cast<char>(text.size() >> (8 * i) & 0xff);
  return file + text + body;
}

}  // namespace partita::interpret
