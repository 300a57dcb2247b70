// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Programs of one function over all ops, whose kernels the test program has once.

#include <complex>

#include "support/kernels.hpp"
#include "text_testing.hpp"

namespace matrix_testing {

using namespace text_testing;
using enum element_type;
using complexes = std::vector<std::complex<double>>;

inline std::vector<array> run_all(const std::string& signature, const std::string& body,
                                  std::vector<array> arguments = {}, numerics n = numerics::own) {
  return text_testing::run<partita::stablehlo_ops>(signature, body, std::move(arguments), n);
}
/// The first result.
inline doubles run(const std::string& signature, const std::string& body, std::vector<array> arguments = {},
                   numerics n = numerics::own) {
  return numbers(run_all(signature, body, std::move(arguments), n)[0]);
}

/// What a program that fails says.
inline std::string failure(const std::string& signature, const std::string& body, std::vector<array> arguments = {}) {
  try {
    (void)run_all(signature, body, std::move(arguments));
  } catch (const partita::error& e) {
    return e.what();
  }
  return "";
}

/// Whether all numbers differ by at most 1e-12.
inline bool close(const doubles& a, const doubles& b) {
  bool same = a.size() == b.size();
  for (std::size_t i = 0; same && i < a.size(); ++i) same = std::abs(a[i] - b[i]) <= 1e-12;
  return same;
}

}  // namespace matrix_testing
