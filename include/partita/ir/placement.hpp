// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an op's place() writes to: the form that the op takes on one device where a device must know which part of an
// operand it has. A lookup in a table that is split by rows, for example, looks up what lies in the device's rows and
// gives zeros for the rest.

#include <cstdint>
#include <initializer_list>

#include <partita/ir/graph.hpp>

namespace partita {

template <class Ops>
struct placement : placement_base {
  basic_graph<Ops>* out = nullptr;
  region_id region;
  text_id scope;
  /// Makes the op itself with these operands and appends its results to `made`.
  void (*make_op)(placement&, list_view<value_id> operands, plain_vector<value_id>& made) = nullptr;

  /// Where this device's part of a dim begins, a scalar i64; false when the dim is not split.
  [[nodiscard]] constexpr value_id start(std::size_t operand, std::size_t dim) const {
    for (const part& p : parts) {
      if (p.operand == operand && p.dim == dim) return p.start;
    }
    return {};
  }
  [[nodiscard]] constexpr type_view type(value_id v) const { return out->type(v); }

  /// Adds another op.
  template <class O>
  constexpr value_id add(list_view<value_id> of, const attributes_of<O>& a, list_view<type_id> stated = {}) {
    return out->template add<O>(region, of, a, stated, scope)[0];
  }
  template <class O>
  constexpr value_id add(std::initializer_list<value_id> of, const attributes_of<O>& a = {}) {
    return add<O>(list_view<value_id>(of.begin(), of.size()), a);
  }
  template <class O>
  constexpr value_id add_as(const tensor_type& t, std::initializer_list<value_id> of, const attributes_of<O>& a = {}) {
    const type_id stated = out->intern(t);
    return add<O>(list_view<value_id>(of.begin(), of.size()), a, {&stated, 1});
  }
  constexpr plain_vector<value_id> make(list_view<value_id> of) {
    plain_vector<value_id> made;
    make_op(*this, of, made);
    return made;
  }
};

}  // namespace partita
