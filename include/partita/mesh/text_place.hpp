// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Points into a text: file:line:column, the line, and a caret below the place. For errors in meshes and
// schedules that people type.

#include <cstddef>
#include <string>
#include <string_view>

namespace partita::detail {

/// "file:line:column: message", the line at `offset` (long lines are cut around the place) and a caret.
[[nodiscard]] inline std::string message_at(std::string_view file, std::string_view text, std::size_t offset,
                                            const std::string& message) {
  constexpr std::size_t before = 60, after = 40;
  offset = offset < text.size() ? offset : text.size();
  std::size_t line = 1, begin = 0;
  for (std::size_t i = 0; i < offset; ++i) {
    if (text[i] == '\n') ++line, begin = i + 1;
  }
  std::size_t end = text.find_first_of("\r\n", offset);
  if (end == std::string_view::npos) end = text.size();
  const std::size_t from = offset - begin > before ? offset - before : begin;
  const std::size_t to = end - offset > after ? offset + after : end;
  std::string shown = from > begin ? "..." : "";
  const std::size_t caret = shown.size() + (offset - from);
  for (const char c : text.substr(from, to - from)) shown += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  if (to < end) shown += "...";
  return std::string(file) + ":" + std::to_string(line) + ":" + std::to_string(offset - begin + 1) + ": " + message +
         "\n  " + shown + "\n  " + std::string(caret, ' ') + "^";
}

}  // namespace partita::detail
