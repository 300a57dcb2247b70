// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Where tests find their data: PARTITA_TEST_DATA, set by the build; and data of other projects that is not part
// of this one, in the folder that the environment variable PARTITA_SHARED names.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

namespace test {

inline std::string data(const std::string& name) {
  const char* folder = std::getenv("PARTITA_TEST_DATA");
  return (folder != nullptr ? std::string(folder) : std::string("tests/data")) + "/" + name;
}

/// A path below the shared folder, or empty when it is not there.
inline std::string shared(const std::string& name) {
  const char* folder = std::getenv("PARTITA_SHARED");
  const std::filesystem::path path = std::filesystem::path(folder != nullptr ? folder : "../shared") / name;
  return std::filesystem::exists(path) ? path.string() : std::string();
}

}  // namespace test
