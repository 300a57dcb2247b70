// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Commands of the command-line program that execute programs: check, run, verify. They are compiled apart from the
// others, since the kernels take as long to compile as everything else.

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace partita {

class execute_commands {
 public:
  explicit execute_commands(CLI::App& app);
  [[nodiscard]] bool parsed() const { return check_->parsed() || run_->parsed() || verify_->parsed(); }
  /// Runs the command that was given; returns the exit status.
  int run() const;

 private:
  int check() const;
  int run_program() const;
  int verify() const;

  CLI::App *check_, *run_, *verify_;
  std::vector<std::string> check_files_;
  std::string file_, mesh_, inputs_, outputs_, schedule_, schedule_file_, output_policy_ = "like_inputs";
  std::uint64_t seed_ = 1;
  std::uint32_t devices_ = 1;
};

}  // namespace partita
