// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The exceptions that cross Partita's boundary, one per layer. Each carries a message made for people:
// where, what is wrong, what would be right.

#include <stdexcept>
#include <string>

namespace partita {

/// Base of every exception that Partita throws on bad input.
class error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A program is not what its operations' specification allows (shapes, types, attributes).
class verify_error : public error {
 public:
  using error::error;
};

/// Text is not in the language that was expected. The message holds file:line:column, the line and a caret.
class parse_error : public error {
 public:
  using error::error;
};

/// A schedule cannot be applied to this program and mesh (selector, dim, repeat count, axis).
class schedule_error : public error {
 public:
  using error::error;
};

}  // namespace partita
