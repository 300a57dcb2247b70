// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Meshes as text: batch=8,model=4.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <partita/mesh/device_mesh.hpp>
#include <partita/mesh/text_place.hpp>

namespace partita {

namespace detail {

[[noreturn]] inline void mesh_text_is_malformed(std::string_view text, std::size_t offset, const std::string& message) {
  throw schedule_error(message_at("mesh", text, offset, message));
}

class mesh_parser {
 public:
  constexpr explicit mesh_parser(std::string_view text) : text_(text) {}

  constexpr device_mesh run() {
    device_mesh mesh;
    while (true) {
      const std::size_t at = skip_blanks();
      const std::string_view name = read_name();
      if (name.empty()) mesh_text_is_malformed(text_, at, "expected an axis, such as batch=8");
      if (name.size() > axis_name::max_size) {
        mesh_text_is_malformed(text_, at, "an axis name has at most 31 characters");
      }
      if (mesh.find(name)) mesh_text_is_malformed(text_, at, "this axis stands here for the second time");
      if (mesh.axis_count() == max_axes) mesh_text_is_malformed(text_, at, "a mesh has at most 8 axes");
      skip_blanks();
      if (at_ == text_.size() || text_[at_] != '=') {
        mesh_text_is_malformed(text_, at_, "expected '=' and the axis's size, as in batch=8");
      }
      ++at_;
      const std::size_t size_at = skip_blanks();
      const std::int64_t size = read_size();
      if (size > max_devices / mesh.devices()) {
        mesh_text_is_malformed(text_, size_at, "the mesh has more than 2147483647 devices");
      }
      mesh.add(name, size);
      if (skip_blanks() == text_.size()) return mesh;
      if (text_[at_] != ',') mesh_text_is_malformed(text_, at_, "expected ',' and a further axis, or the end");
      ++at_;
    }
  }

 private:
  static constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  static constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

  constexpr std::size_t skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_;
  }
  constexpr std::string_view read_name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && !is_blank(text_[at_]) && text_[at_] != '=' && text_[at_] != ',' && text_[at_] != '"') {
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }
  constexpr std::int64_t read_size() {
    const std::size_t begin = at_;
    std::int64_t size = 0;
    for (; at_ < text_.size() && is_digit(text_[at_]); ++at_) {
      if (size <= max_devices) size = 10 * size + (text_[at_] - '0');
    }
    if (at_ == begin) mesh_text_is_malformed(text_, begin, "expected the axis's size, a whole number of 1 or more");
    if (size == 0) mesh_text_is_malformed(text_, begin, "an axis has a size of 1 or more");
    return size;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace detail

/// Reads axes in order, slowest first: parse_mesh("batch=8,model=4"). Blanks are allowed between words.
/// Throws schedule_error that points into the text.
struct parse_mesh_t {
  [[nodiscard]] constexpr device_mesh operator()(std::string_view text) const {
    return detail::mesh_parser(text).run();
  }
};
inline constexpr parse_mesh_t parse_mesh{};

}  // namespace partita
