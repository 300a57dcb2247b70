// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a StableHLO file holds: functions as graphs, with calls inlined.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <partita/ir/graph.hpp>
#include <partita/op.hpp>
#include <partita/support/error.hpp>

namespace partita::stablehlo {

/// How often an attribute that Partita does not keep was met.
struct dropped_attribute {
  std::string key;
  std::size_t count = 0;
};

template <class Ops>
struct function {
  std::string name;
  bool is_private = false;
  basic_graph<Ops> graph;
};

/// The functions of a file in their order: all public ones, and the private ones that are not only called
/// (attributes name them, or nothing uses them).
template <class Ops>
struct basic_module {
  std::string name;
  std::vector<function<Ops>> functions;
  std::vector<dropped_attribute> dropped;  ///< by key, in alphabetical order

  /// The function with this name; null when there is none.
  [[nodiscard]] const function<Ops>* find(std::string_view function_name) const {
    for (const function<Ops>& f : functions) {
      if (f.name == function_name) return &f;
    }
    return nullptr;
  }

  /// @main, or the only public function. Throws error when neither exists.
  [[nodiscard]] const basic_graph<Ops>& entry() const { return functions[entry_index()].graph; }
  [[nodiscard]] basic_graph<Ops>& entry() { return functions[entry_index()].graph; }

 private:
  [[nodiscard]] std::size_t entry_index() const {
    std::size_t count = 0, last = 0;
    std::string names;
    for (std::size_t i = 0; i < functions.size(); ++i) {
      if (functions[i].name == "main") return i;
      if (functions[i].is_private) continue;
      ++count;
      last = i;
      names += (names.empty() ? "@" : ", @") + functions[i].name;
    }
    if (count == 1) return last;
    throw error("module '" + name + "' has no function @main and " +
                (count == 0 ? "no public function" : "several public functions (" + names + ")") +
                "; expected @main or one public function");
  }
};

/// A StableHLO file.
using module = basic_module<stablehlo_ops>;

}  // namespace partita::stablehlo
