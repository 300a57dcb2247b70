// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Programs of one function, read from text and run on one device; results as plain numbers.

#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <partita/interpret/kernel/constant.hpp>
#include <partita/interpret/kernel/elementwise.hpp>
#include <partita/interpret/machine.hpp>
#include <partita/stablehlo/read.hpp>

namespace text_testing {

using partita::element_type;
using partita::interpret::array;
using partita::interpret::execution_error;
using partita::interpret::numerics;
using doubles = std::vector<double>;

inline array array_of(element_type e, const std::vector<std::int64_t>& dims, const doubles& values,
                      numerics n = numerics::own) {
  array a(e, dims, n);
  partita::interpret::with_type(a.kind(), [&]<class T>() {
    if constexpr (!partita::interpret::is_complex_v<T>) {
      for (std::size_t i = 0; i < a.size(); ++i) a.mutable_elements<T>()[i] = static_cast<T>(values[i]);
    }
  });
  return a;
}
inline doubles numbers(const array& a) {
  doubles values;
  partita::interpret::with_type(a.kind(), [&]<class T>() {
    if constexpr (!partita::interpret::is_complex_v<T>) {
      for (const T x : a.elements<T>()) values.push_back(static_cast<double>(x));
    }
  });
  return values;
}

/// Results of `body`, lines that end in a return, with arguments and results as `signature` says: "(%a: T) -> T".
template <class Ops>
std::vector<array> run(const std::string& signature, const std::string& body, std::vector<array> arguments = {},
                       numerics n = numerics::own) {
  const std::string text = "func.func @main" + signature + " {\n" + body + "\n}\n";
  const auto m = partita::stablehlo::read<Ops>(text, "test.mlir");
  const partita::interpret::program p(m.functions[0].graph);
  return partita::interpret::run(p, std::move(arguments), n);
}

}  // namespace text_testing
