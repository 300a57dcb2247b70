// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The command analyse: which dims of a program split together, which conflict, what settling a conflict costs, and
// which arguments are one decision.

#include <string>

#include <CLI/CLI.hpp>

namespace partita {

class analyse_command {
 public:
  explicit analyse_command(CLI::App& app);
  [[nodiscard]] bool parsed() const { return command_->parsed(); }
  /// Runs the command; returns the exit status.
  int run() const;

 private:
  CLI::App* command_;
  CLI::Option *mesh_option_, *json_option_;
  std::string file_, mesh_, json_;
};

}  // namespace partita
