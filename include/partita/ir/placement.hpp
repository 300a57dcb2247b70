// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What an op's place() writes to: the form that the op takes on one device where a device must know which part of an
// operand it has, or where the op itself combines what devices made of their parts. A lookup in a table that is split
// by rows, for example, looks up what lies in the device's rows and gives zeros for the rest; the largest element of a
// split dim is the largest of those that devices found.

#include <cstdint>
#include <initializer_list>

#include <partita/ir/graph.hpp>

namespace partita {

template <class Ops>
struct placement : placement_base {
  basic_graph<Ops>* out = nullptr;
  region_id region;
  text_id scope;
  // What lowering does for it, see make(), start(), gather() and add_with_regions().
  void (*make_op)(placement&, list_view<value_id> operands, plain_vector<value_id>& made) = nullptr;
  value_id (*start_of)(placement&, const part&) = nullptr;
  value_id (*gather_parts)(placement&, value_id, const part&) = nullptr;
  void (*copy_regions)(placement&, op_id to) = nullptr;

  /// Where this device's part of a dim begins, a scalar i64; false when the dim is not split.
  constexpr value_id start(std::size_t operand, std::size_t dim) {
    for (part& p : parts) {
      if (p.operand != operand || p.dim != dim) continue;
      if (!p.start) p.start = start_of(*this, p);
      return p.start;
    }
    return {};
  }
  /// What all devices have of v, in the order of their parts along the dim of the part's number.
  constexpr value_id gather(value_id v, const part& p) { return gather_parts(*this, v, p); }
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
  /// Adds another op with the regions of the op.
  template <class O>
  constexpr id_range<value_id> add_with_regions(list_view<value_id> of, const attributes_of<O>& a) {
    const op_id o = out->open_op(region, code_of<Ops, O>, of, out->template add_attributes<O>(a), scope);
    copy_regions(*this, o);
    return out->infer_and_close(o);
  }
  /// The op itself with these operands.
  constexpr plain_vector<value_id> make(list_view<value_id> of) {
    plain_vector<value_id> made;
    make_op(*this, of, made);
    return made;
  }
};

}  // namespace partita
