// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What ops have in common that Partita reads and keeps but never splits: every dim needs replication, and the
// results have the types that the text states.

#include <string_view>

#include <partita/op/checks.hpp>
#include <partita/support/fixed_string.hpp>

namespace partita::op::detail {

constexpr void accept_all_stated(result_types& types) {
  for (std::size_t i = 0; i < types.stated_count(); ++i) types.accept_stated();
}

struct opaque {
  static constexpr void infer(const op_view&, result_types& types) { accept_all_stated(types); }
  static constexpr void rule(const op_view& op, rule_builder& r) { replicate_all(op, r); }
};

/// Opaque ops with attributes A.
template <Described A>
struct opaque_over {
  using attributes = A;
  static constexpr void infer(const op_view&, const A&, result_types& types) { accept_all_stated(types); }
  static constexpr void rule(const op_view& op, const A&, rule_builder& r) { replicate_all(op, r); }
};

template <fixed_string Key>
struct kept_text {
  raw_text kept;
  static constexpr void describe(auto& self, auto&& field) { field(Key.view(), self.kept, raw_text{}); }
};

/// Opaque ops with one attribute that is kept as text, whatever it is called.
template <fixed_string Key>
struct opaque_with : opaque_over<kept_text<Key>> {};

}  // namespace partita::op::detail
