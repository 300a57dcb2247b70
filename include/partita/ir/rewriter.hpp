// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Copies a graph op by op into a new one, with a hook that may put something else in an op's place.

#include <initializer_list>
#include <utility>

#include <partita/ir/graph.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

/// Use: make one, add arguments (or copy_arguments), copy the body with a hook, finish.
///
///   graph_rewriter<Ops> to(g);
///   to.copy_arguments();
///   to.copy_body([&](op_id o) { return is_mine(o) && (to.set(g.results(o)[0], ...), true); });
///   graph changed = to.finish();
template <class Ops>
class graph_rewriter {
 public:
  constexpr explicit graph_rewriter(const basic_graph<Ops>& from) : from_(from), map_(from.value_count()) {
    out_.set_name(from.name());
  }

  [[nodiscard]] constexpr basic_graph<Ops>& out() { return out_; }
  /// The copy's value for a value of the original.
  [[nodiscard]] constexpr value_id operator[](value_id v) const { return map_[v.index]; }
  constexpr void set(value_id original, value_id made) { map_[original.index] = made; }
  /// Region of the copy that is being filled.
  [[nodiscard]] constexpr region_id region() const { return region_; }

  constexpr void copy_arguments() {
    for (std::size_t i = 0; i < from_.arguments().size(); ++i) {
      const value_id v = from_.arguments()[i];
      set(v, out_.add_argument(type_of(v), from_.argument_name(i)));
    }
  }
  /// Copies the ops of the body. Where hook(op) is true, the hook has set the op's results itself.
  template <class Hook>
  constexpr void copy_body(Hook&& hook) {
    copy_body(out_.body(), hook);
  }
  /// Copies them into an open region of the copy.
  template <class Hook>
  constexpr void copy_body(region_id into, Hook&& hook) {
    copy_ops(from_.body(), into, hook);
  }
  /// Copies the ops of a region that an op holds, the same way.
  template <class Hook>
  constexpr void copy_region(region_id from, region_id into, Hook&& hook) {
    copy_ops(from, into, hook);
  }
  /// Copies an op with all in it: for a hook that adds something behind it.
  template <class Hook>
  constexpr void copy_op(op_id o, Hook& hook) {
    plain_vector<value_id> operands;
    for (const value_id v : from_.operands(o)) operands.push_back(map_[v.index]);
    const op_info& info = from_.info(o);
    const std::uint32_t row = info.has_attributes ? info.copy_attributes(from_.view(o), out_, nullptr) : 0;
    const op_id made = out_.open_op(region_, from_.code(o), operands, row, scope_);
    plain_vector<region_id> regions;
    for (std::size_t i = 0; i < from_.regions(o).size(); ++i) regions.push_back(out_.open_region(made));
    for (std::size_t i = 0; i < regions.size(); ++i) {
      const region_id from = from_.regions(o)[i];
      for (const value_id v : from_.arguments(from)) set(v, out_.add_argument(regions[i], type_of(v)));
      out_.begin_region(regions[i]);
      copy_ops(from, regions[i], hook);
      plain_vector<value_id> results;
      for (const value_id v : from_.results(from)) results.push_back(map_[v.index]);
      out_.end_region(regions[i], results);
    }
    plain_vector<type_id> types;
    for (const value_id v : from_.results(o)) types.push_back(type_of(v));
    out_.close_op(made, types);
    for (std::size_t i = 0; i < types.size(); ++i) set(from_.results(o)[i], out_.results(made)[i]);
  }
  /// Adds the results and returns the copy.
  [[nodiscard]] constexpr basic_graph<Ops> finish() {
    for (std::size_t i = 0; i < from_.results().size(); ++i) {
      out_.add_result(map_[from_.results()[i].index], from_.result_name(i));
    }
    out_.finish();
    return std::move(out_);
  }

  /// The copy's type for the type of a value of the original.
  [[nodiscard]] constexpr type_id type_of(value_id v) { return copy_type(from_.type_index(v)); }

  /// Adds an op, in the scope of the op in whose place it stands.
  template <class O>
  constexpr value_id add(list_view<value_id> operands, const attributes_of<O>& a,
                         list_view<type_id> stated = {}) {
    return out_.template add<O>(region_, operands, a, stated, scope_)[0];
  }
  template <class O>
  constexpr value_id add(std::initializer_list<value_id> operands, const attributes_of<O>& a,
                         std::initializer_list<type_id> stated = {}) {
    return add<O>(list_view(operands.begin(), operands.size()), a, list_view(stated.begin(), stated.size()));
  }
  /// Adds an op with one region, which fill(region's arguments) fills and whose result it returns.
  template <class O, class Fill>
  constexpr value_id add_with_region(list_view<value_id> operands, const attributes_of<O>& a,
                                     list_view<type_id> argument_types, Fill&& fill) {
    const op_id made = out_.open_op(region_, code_of<Ops, O>, operands, out_.template add_attributes<O>(a), scope_);
    const region_id r = out_.open_region(made);
    plain_vector<value_id> arguments;
    for (const type_id t : argument_types) arguments.push_back(out_.add_argument(r, t));
    out_.begin_region(r);
    const region_id outer = std::exchange(region_, r);
    const value_id result = fill(arguments);
    region_ = outer;
    out_.end_region(r, {&result, 1});
    return out_.infer_and_close(made)[0];
  }
  constexpr void leave_scope() { scope_ = {}; }

 private:
  constexpr type_id copy_type(type_id t) {
    const type_view view = from_.type(t);
    if (view.element != element_type::tuple) return out_.intern(view);
    plain_vector<std::int64_t> parts;
    for (const auto p : view.dims) parts.push_back(copy_type({static_cast<std::uint32_t>(p)}).index);
    return out_.intern({element_type::tuple, parts});
  }

  template <class Hook>
  constexpr void copy_ops(region_id from, region_id to, Hook& hook) {
    const region_id outer = std::exchange(region_, to);
    for (op_id o = from_.first_op(from); !(o == from_.end_op(from)); o = from_.next(o)) {
      scope_ = out_.intern(from_.scope(o));
      if (!hook(o)) copy_op(o, hook);
    }
    region_ = outer;
  }

  const basic_graph<Ops>& from_;
  basic_graph<Ops> out_;
  plain_vector<value_id> map_;
  region_id region_{0};
  text_id scope_;
};

}  // namespace partita
