// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Files that the command-line program reads and writes. Nothing of the user's is lost: an output comes into being whole
// or not at all, and an input is never written over.

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include <partita/support/error.hpp>

namespace partita {

namespace files = std::filesystem;

inline std::string read_text(const std::string& path) {
  std::ostringstream text;
  if (path == "-") {
    text << std::cin.rdbuf();
  } else {
    if (files::is_directory(path)) throw error(path + ": is a folder; expected a file");
    std::ifstream file(path, std::ios::binary);
    if (!file) throw error(path + ": cannot be opened for reading; is the path right?");
    text << file.rdbuf();
  }
  return std::move(text).str();
}

/// A file to write that comes into being whole or not at all: what stands under its name is kept until
/// commit(), for which the text is prepared beside it. "-" is standard output.
class output_file {
 public:
  explicit output_file(const std::string& path) : name_(path), path_(path) {
    std::error_code failure;
    // What a link points to is replaced, not the link.
    if (path != "-" && files::is_symlink(path_, failure)) path_ = files::weakly_canonical(path_, failure);
    if (files::is_directory(path_, failure)) throw error(name_ + ": is a folder; expected the name of a file");
  }
  output_file(const output_file&) = delete;
  output_file& operator=(const output_file&) = delete;
  ~output_file() {
    std::error_code ignored;
    if (!partial_.empty()) files::remove(partial_, ignored);
  }

  void prepare(std::string text) {
    std::error_code failure;
    if (name_ == "-" || (files::exists(path_, failure) && !files::is_regular_file(path_, failure))) {
      text_ = std::move(text);
      return;
    }
    const files::path partial = path_.string() + ".partial-" + std::to_string(getpid());
    std::FILE* file = std::fopen(partial.c_str(), "wbx");
    if (file == nullptr) fail(errno);
    partial_ = partial;
    write(file, text);
    const auto before = files::status(path_, failure);
    if (!failure && files::exists(before)) files::permissions(partial_, before.permissions(), failure);
  }

  void commit() {
    if (name_ == "-") {
      std::cout << text_;
    } else if (partial_.empty()) {
      std::FILE* file = std::fopen(path_.c_str(), "wb");
      if (file == nullptr) fail(errno);
      write(file, text_);
    } else {
      std::error_code failure;
      files::rename(partial_, path_, failure);
      if (failure) fail(failure.value());
      partial_.clear();
    }
  }

 private:
  void write(std::FILE* file, const std::string& text) const {
    const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const int reason = errno;
    if (!written) (void)std::fclose(file);
    if (!written || std::fclose(file) != 0) fail(written ? errno : reason);
  }
  [[noreturn]] void fail(int reason) const { throw error(name_ + ": cannot be written: " + std::strerror(reason)); }

  std::string name_;
  files::path path_, partial_;
  std::string text_;
};

/// Two texts may go to /dev/null, but not to one file or to standard output.
inline void check_not_same(const std::string& option, const std::string& output, const std::string& other_option,
                           const std::string& other) {
  std::error_code failure;
  const bool same = !output.empty() && files::weakly_canonical(output, failure) == files::weakly_canonical(other, failure);
  if (same && (!files::exists(other, failure) || files::is_regular_file(other, failure))) {
    throw error("plan: " + option + " and " + other_option + " name the same file");
  }
}

/// Writing over what was read is never meant.
inline void check_not_input(const std::string& option, const std::string& output, const std::string& input) {
  std::error_code failure;
  if (output != "-" && input != "-" && !input.empty() && files::equivalent(output, input, failure)) {
    throw error(option + " " + output + ": this file is an input; give another name");
  }
}

}  // namespace partita
