// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where tests find their files. PARTITA_SOURCE is the checkout (the working directory without it); PARTITA_SHARED
// is a folder of larger programs and suites of other systems that may be absent, by default `shared` beside the
// checkout: tests over it say `skipped` then.

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace partita::testing {

[[nodiscard]] inline std::filesystem::path source_folder() {
  const char* set = std::getenv("PARTITA_SOURCE");
  return set != nullptr && *set != '\0' ? std::filesystem::path(set) : std::filesystem::current_path();
}

/// A file under tests/data.
[[nodiscard]] inline std::string data_file(std::string_view name) {
  return (source_folder() / "tests" / "data" / name).string();
}

/// The named file or folder under PARTITA_SHARED. Nothing, after a message that the case is skipped, if it is absent.
[[nodiscard]] inline std::optional<std::filesystem::path> shared_file(std::string_view name) {
  const char* set = std::getenv("PARTITA_SHARED");
  const std::filesystem::path shared =
      set != nullptr && *set != '\0' ? std::filesystem::path(set) : source_folder() / ".." / "shared";
  std::filesystem::path file = shared / name;
  std::error_code error;
  if (std::filesystem::exists(file, error)) return file;
  MESSAGE("skipped: there is no ", file.string());
  return std::nullopt;
}

}  // namespace partita::testing
