// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a state of decisions to the device-local program: every op on local shapes, and between them the
// collectives that bring each value from the layout in which it is made to the one in which it is used.

#include <cstdint>
#include <utility>

#include <partita/lower/local_program.hpp>
#include <partita/ir/placement.hpp>
#include <partita/lower/reshard.hpp>
#include <partita/op/constant.hpp>
#include <partita/op/elementwise.hpp>
#include <partita/op/placed.hpp>
#include <partita/op/reshape.hpp>
#include <partita/op/trip_count.hpp>
#include <partita/propagate/evidence.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

/// In which layout results leave the program.
enum class output_policy : std::uint8_t {
  like_inputs,  ///< a result that updates an argument as that argument arrives, any other as it is made
  infer,        ///< each as it is made
  whole,        ///< every device holds all of it
};

struct lowering_options {
  output_policy outputs = output_policy::like_inputs;
  /// Uses of one value in one region share a gather. Off, each use gathers for itself, which is what lets
  /// ZeRO-3 drop parameters between the forward and the backward pass.
  bool share_gathers = false;
  /// The layout of each result, where that is settled; `outputs` then says nothing.
  list_view<layout> results = {};
};

template <class Ops>
class piecewise_lowering;

template <class Ops>
class lowering {
 public:
  /// @param twins for each result the number of the argument that it updates, or -1 (see argument_twins)
  constexpr lowering(const basic_graph<Ops>& g, const sharding_state& state, const dataflow& flow,
                     list_view<std::int32_t> twins, const lowering_options& options = {})
      : g_(g), state_(state), rules_(state.rules()), flow_(flow), twins_(twins), options_(options) {}

  [[nodiscard]] constexpr local_program<Ops> run() {
    prepare();
    out().set_name(g_.name());
    for (std::size_t i = 0; i < g_.arguments().size(); ++i) {
      const value_id v = g_.arguments()[i];
      const layout l = state_.layout_of(v);
      bind(v, out().add_argument(local_type(v, l), g_.argument_name(i)), l);
      program_.arguments.push_back(l);
    }
    for (std::size_t i = 0; i < g_.results().size(); ++i) program_.results.push_back(result_layout(i));
    emit_ops(g_.body(), out().body());
    for (std::size_t i = 0; i < g_.results().size(); ++i) {
      const value_id v = take(g_.results()[i], program_.results[i], op_id{});
      out().add_result(v, g_.result_name(i));
    }
    out().finish();
    return std::move(program_);
  }

 private:
  friend class piecewise_lowering<Ops>;
  static constexpr std::uint32_t none = ~std::uint32_t{0};

  struct memo_entry {
    value_id value;
    layout at;
    value_id local;
    std::uint32_t next;
  };
  struct outside_constant {
    value_id value;
    layout at;
    value_id local;
    std::uint32_t before;  // op at which it is asked for
  };
  struct slot_layout {
    slot_role role;
    std::uint8_t region;
    std::uint16_t index;
    layout at;
  };

  constexpr void prepare() {
    program_.values.assign(g_.value_count(), {});
    memo_head_.assign(g_.value_count(), none);
    types_.assign(g_.value_count(), {});
    scopes_.clear();
  }
  constexpr basic_graph<Ops>& out() { return program_.graph; }
  constexpr void bind(value_id v, value_id local, const layout& at) { program_.values[v.index] = {local, at}; }

  [[nodiscard]] constexpr layout result_layout(std::size_t i) const {
    if (!options_.results.empty()) return options_.results[i];
    if (options_.outputs == output_policy::whole) return {};
    if (options_.outputs == output_policy::like_inputs && twins_[i] >= 0) {
      return state_.layout_of(g_.arguments()[static_cast<std::size_t>(twins_[i])]);
    }
    return flow_.is_constant(g_.results()[i]) ? layout{} : state_.layout_of(g_.results()[i]);
  }

  /// Type, in the local program, of v under a layout.
  constexpr type_id local_type(value_id v, const layout& l) {
    if (l.splits.empty()) {
      type_id& known = types_[v.index];
      if (known.index == 0) known.index = intern_any(g_.type_index(v)).index + 1;
      return {known.index - 1};
    }
    const type_view t = g_.type(v);
    return out().intern({t.element, local_sizes(t.dims, l, state_.axes()).view()});
  }
  constexpr type_id intern_any(type_id t) {
    const type_view view = g_.type(t);
    if (view.element != element_type::tuple) return out().intern(view);
    plain_vector<std::int64_t> parts;
    for (const auto p : view.dims) parts.push_back(intern_any({static_cast<std::uint32_t>(p)}).index);
    return out().intern({element_type::tuple, parts});
  }
  constexpr text_id scope_of(op_id o) {
    const std::uint32_t index = g_.scope_id(o).index;
    if (index >= scopes_.size()) scopes_.resize(index + 1, {none});
    if (scopes_[index].index == none) scopes_[index] = out().intern(g_.scope(o));
    return scopes_[index];
  }

  // --- ops -----------------------------------------------------------------------------------------------

  constexpr void emit_ops(region_id r, region_id to) {
    const region_id outer = region_;
    region_ = to;
    for (op_id o = g_.first_op(r); !(o == g_.end_op(r)); o = g_.next(o)) emit(o);
    region_ = outer;
  }

  [[nodiscard]] constexpr bool transparent(op_id o) const {
    return g_.info(o).traits.transparent && !g_.regions(o).empty();
  }

  /// In which layouts o takes and makes its values.
  [[nodiscard]] constexpr plain_vector<slot_layout> slot_layouts(op_id o) const {
    plain_vector<slot_layout> slots;
    for (const unit_id u : rules_.units(o)) {
      for (const slot& s : rules_.slots(u)) slots.push_back({s.role, s.region, s.index, state_.layout_at(u, s)});
    }
    return slots;
  }
  [[nodiscard]] static constexpr layout find(list_view<slot_layout> slots, slot_role role, std::size_t region, std::size_t index) {
    for (const slot_layout& s : slots) {
      if (s.role == role && s.region == region && s.index == index) return s.at;
    }
    return {};
  }

  constexpr void emit(op_id o) {
    const auto results = g_.results(o);
    if (!results.empty() && flow_.is_constant(results[0])) return;  // made where it is used
    const auto units = rules_.units(o);
    if (!transparent(o) && units.size() == 1 && !state_.decided(units[0])) return emit_whole(o);
    const plain_vector<slot_layout> slots = slot_layouts(o);
    plain_vector<layout> operand_layouts(g_.operands(o).size()), result_layouts(results.size());
    for (const slot_layout& s : slots) {
      if (s.role == slot_role::operand) operand_layouts[s.index] = s.at;
      if (s.role == slot_role::result) result_layouts[s.index] = s.at;
    }
    plain_vector<value_id> operands;
    for (std::size_t i = 0; i < operand_layouts.size(); ++i) {
      operands.push_back(take(g_.operands(o)[i], operand_layouts[i], o));
    }
    within_op_.clear();
    if constexpr (op::detail::placed_op::can_place<Ops>) {
      if (g_.info(o).place != nullptr && place(o, units[0], operands, operand_layouts, result_layouts)) return;
    }
    const op_id local = open(o, operands, operand_layouts, result_layouts);
    if (g_.info(o).traits.transparent) {
      emit_regions(o, local, slots);
    } else {
      copy_regions(o, local);
    }
    plain_vector<type_id> types;
    for (std::size_t i = 0; i < results.size(); ++i) types.push_back(local_type(results[i], result_layouts[i]));
    out().close_op(local, types);
    bind_results(o, out().results(local), result_layouts);
  }

  constexpr void bind_results(op_id o, const auto& made, list_view<layout> layouts) {
    const auto results = g_.results(o);
    for (std::size_t i = 0; i < results.size(); ++i) {
      bind(results[i], made[i], layouts[i]);
      if (layouts[i].partial != 0) combine_partial(results[i], o, layouts[i]);
    }
  }

  // --- ops that must know which part they have -------------------------------------------------------------

  struct local_placement : placement<Ops> {
    lowering* self = nullptr;
    op_id op;
    list_view<layout> operand_layouts, result_layouts;
  };

  /// Lets the op make its local form where a placed factor of it is split. False when none is.
  constexpr bool place(op_id o, unit_id u, list_view<value_id> operands, list_view<layout> operand_layouts,
                       list_view<layout> result_layouts) {
    plain_vector<placement_base::part> parts;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      const slot& s = rules_.slots(u)[i];
      for (std::size_t d = 0; d < s.rank; ++d) {
        const auto dim = rules_.dim(s, d);
        if (dim.empty() || !rules_.factors(u)[dim[0]].placed) continue;
        if (!operand_layouts[i].axes_of(d).empty()) parts.push_back({i, d, {}});
      }
    }
    if (parts.empty()) return false;
    local_placement p;
    p.operands = operands;
    p.parts = parts;
    p.out = &out();
    p.region = region_;
    p.scope = scope_of(o);
    p.self = this;
    p.op = o;
    p.operand_layouts = operand_layouts;
    p.result_layouts = result_layouts;
    p.make_op = [](placement<Ops>& base, list_view<value_id> of, plain_vector<value_id>& made) {
      auto& here = static_cast<local_placement&>(base);
      lowering& l = *here.self;
      const op_id local = l.open(here.op, of, here.operand_layouts, here.result_layouts);
      l.copy_regions(here.op, local);
      plain_vector<type_id> types;
      for (std::size_t i = 0; i < here.result_layouts.size(); ++i)
        types.push_back(l.local_type(l.g_.results(here.op)[i], here.result_layouts[i]));
      l.out().close_op(local, types);
      for (const value_id v : l.out().results(local)) made.push_back(v);
    };
    p.start_of = [](placement<Ops>& base, const placement_base::part& x) {
      const auto& here = static_cast<local_placement&>(base);
      return here.self->part_start(here.operand_layouts[x.operand].axes_of(x.dim),
                                   here.type(here.operands[x.operand]).dims[x.dim], here.scope);
    };
    p.gather_parts = [](placement<Ops>& base, value_id v, const placement_base::part& x) {
      const auto& here = static_cast<local_placement&>(base);
      lowering& l = *here.self;
      reshard_step step{collective_kind::all_gather, {}};
      cause why{0, here.op, l.g_.results(here.op)[0], {}, {}};
      for (const axis_index a : here.operand_layouts[x.operand].axes_of(x.dim)) {
        step.moves.push_back({a, l.state_.axes()[a], static_cast<std::uint8_t>(x.dim), 0});
        why.tactic = later(why.tactic, l.state_.tactic_of(l.rules_.units(here.op)[0], a));
        why.from.partial = static_cast<std::uint8_t>(why.from.partial | 1u << a);
      }
      return l.add_collective(v, step, why);
    };
    p.copy_regions = [](placement<Ops>& base, op_id to) {
      const auto& here = static_cast<local_placement&>(base);
      here.self->copy_regions(here.op, to);
    };
    g_.info(o).place(g_.view(o), p);
    bind_results(o, p.results, result_layouts);
    return true;
  }

  /// The scalar at which this device's part of a dim begins that is split over `axes`, major first, into parts of
  /// `size` elements.
  constexpr value_id part_start(const axis_list& axes, std::int64_t size, text_id scope) {
    const type_id scalar = out().intern({element_type::i64, {}});
    const auto add = [&]<class O>(O, std::initializer_list<value_id> of, const attributes_of<O>& a, type_id t) {
      return out().template add<O>(region_, list_view<value_id>(of.begin(), of.size()), a, {&t, 1}, scope)[0];
    };
    const auto number = [&](std::int64_t n) {
      plain_vector<std::uint8_t> bytes;
      for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(n) >> (8 * i)));
      return add(op::constant{}, {}, {{out().add_bytes(bytes), 8, true}}, scalar);
    };
    value_id start;
    for (const axis_index a : axes) {
      // A device's position on an axis is its part of 0, 1, ... split over the axis.
      const std::int64_t devices = state_.axes()[a];
      op::detail::mesh_collective::attributes move;
      move.push_back({a, devices, 0, 0});
      const value_id count = add(op::iota{}, {}, {0}, out().intern({element_type::i64, {&devices, 1}}));
      const std::int64_t one = 1;
      const value_id part = add(op::mesh_all_slice{}, {count}, move, out().intern({element_type::i64, {&one, 1}}));
      const value_id here = add(op::reshape{}, {part}, {}, scalar);
      start = start ? add(op::add{}, {add(op::multiply{}, {start, number(devices)}, {}, scalar), here}, {}, scalar) : here;
    }
    return size == 1 ? start : add(op::multiply{}, {start, number(size)}, {}, scalar);
  }

  /// An op that is split on no axis: whole operands, whole results.
  constexpr void emit_whole(op_id o) {
    operands_.clear();
    for (const value_id v : g_.operands(o)) operands_.push_back(take(v, {}, o));
    within_op_.clear();
    const std::uint32_t attributes =
        g_.info(o).has_attributes ? g_.info(o).copy_attributes(g_.view(o), out(), nullptr) : 0;
    const op_id local = out().open_op(region_, g_.code(o), operands_, attributes, scope_of(o));
    copy_regions(o, local);
    result_types_.clear();
    for (const value_id v : g_.results(o)) result_types_.push_back(local_type(v, {}));
    out().close_op(local, result_types_);
    std::size_t i = 0;
    for (const value_id v : g_.results(o)) bind(v, out().results(local)[i++], {});
  }

  constexpr op_id open(op_id o, list_view<value_id> operands, list_view<layout> operand_layouts,
                       list_view<layout> result_layouts) {
    std::uint32_t attributes = 0;
    if (g_.info(o).has_attributes) {
      plain_vector<size_list> operand_sizes, result_sizes;
      const auto sizes = [&](value_id v, const layout& l) {
        const type_view t = g_.type(v);
        return t.is_tensor() ? local_sizes(t.dims, l, state_.axes()) : size_list{};
      };
      for (std::size_t i = 0; i < operand_layouts.size(); ++i) {
        operand_sizes.push_back(sizes(g_.operands(o)[i], operand_layouts[i]));
      }
      for (std::size_t i = 0; i < result_layouts.size(); ++i) {
        result_sizes.push_back(sizes(g_.results(o)[i], result_layouts[i]));
      }
      const local_shapes shapes{operand_sizes, result_sizes};
      attributes = g_.info(o).copy_attributes(g_.view(o), out(), &shapes);
    }
    return out().open_op(region_, g_.code(o), operands, attributes, scope_of(o));
  }

  // --- regions -------------------------------------------------------------------------------------------

  /// Regions that combine or compare elements are copied as they are.
  constexpr void copy_regions(op_id o, op_id local) {
    const auto regions = g_.regions(o);
    if (regions.empty()) return;
    plain_vector<region_id> copies;
    for (std::size_t i = 0; i < regions.size(); ++i) copies.push_back(out().open_region(local));
    for (std::size_t i = 0; i < regions.size(); ++i) {
      for (const value_id v : g_.arguments(regions[i])) bind(v, out().add_argument(copies[i], local_type(v, {})), {});
      out().begin_region(copies[i]);
      const region_id outer = region_;
      region_ = copies[i];
      for (op_id inner = g_.first_op(regions[i]); !(inner == g_.end_op(regions[i])); inner = g_.next(inner)) {
        emit_whole(inner);
      }
      plain_vector<value_id> results;
      for (const value_id v : g_.results(regions[i])) results.push_back(take(v, {}, o));
      within_op_.clear();
      region_ = outer;
      out().end_region(copies[i], results);
    }
  }

  constexpr void emit_regions(op_id o, op_id local, list_view<slot_layout> slots) {
    const auto regions = g_.regions(o);
    std::int64_t trips = 1;
    if (g_.info(o).traits.loop) {
      const auto known = trip_count(g_, o);
      trips = known.value_or(1);
      program_.unknown_trip_counts = program_.unknown_trip_counts || !known;
    }
    const std::int64_t outer_runs = runs_;
    runs_ = checked_multiply(runs_, trips);
    plain_vector<region_id> copies;
    for (std::size_t i = 0; i < regions.size(); ++i) copies.push_back(out().open_region(local));
    for (std::size_t i = 0; i < regions.size(); ++i) {
      const auto arguments = g_.arguments(regions[i]);
      for (std::size_t k = 0; k < arguments.size(); ++k) {
        const layout l = find(slots, slot_role::argument, i, k);
        bind(arguments[k], out().add_argument(copies[i], local_type(arguments[k], l)), l);
      }
      out().begin_region(copies[i]);
      const std::size_t memo_mark = memo_.size();
      emit_ops(regions[i], copies[i]);
      const region_id outer = region_;
      region_ = copies[i];
      plain_vector<value_id> results;
      for (std::size_t k = 0; k < g_.results(regions[i]).size(); ++k) {
        results.push_back(take(g_.results(regions[i])[k], find(slots, slot_role::yield, i, k), o));
      }
      within_op_.clear();
      region_ = outer;
      forget(memo_mark);
      out().end_region(copies[i], results);
    }
    runs_ = outer_runs;
  }

  // --- values --------------------------------------------------------------------------------------------

  /// The local value that holds v in layout `want`, for a use by op `user` (none: a result of the program).
  constexpr value_id take(value_id v, const layout& want, op_id user) {
    const local_value b = program_.values[v.index];
    if (flow_.is_constant(v) && !b.local) return constant_in(v, want);
    if (b.at == want) return b.local;
    if (options_.share_gathers) {
      if (const value_id known = recall(v, want)) return known;
      const value_id made = reshard(v, b.local, b.at, want, user);
      remember(v, want, made);
      return made;
    }
    // Each use reshards for itself, apart from operands of one op.
    for (const memo_entry& m : within_op_) {
      if (m.value == v && m.at == want) return m.local;
    }
    const value_id made = reshard(v, b.local, b.at, want, user);
    within_op_.push_back({v, want, made, none});
    return made;
  }

  constexpr value_id recall(value_id v, const layout& at) const {
    for (std::uint32_t i = memo_head_[v.index]; i != none; i = memo_[i].next) {
      if (memo_[i].at == at) return memo_[i].local;
    }
    return {};
  }
  constexpr void remember(value_id v, const layout& at, value_id local) {
    memo_.push_back({v, at, local, memo_head_[v.index]});
    memo_head_[v.index] = static_cast<std::uint32_t>(memo_.size() - 1);
  }
  constexpr void forget(std::size_t mark) {
    while (memo_.size() > mark) {
      memo_head_[memo_.back().value.index] = memo_.back().next;
      memo_.pop_back();
    }
  }
  constexpr value_id reshard(value_id v, value_id local, const layout& from, const layout& want, op_id user) {
    layout at = from;
    at.partial = 0;
    layout goal = want;
    goal.partial = 0;
    std::uint16_t tactic = 0;
    for (std::size_t a = 0; a < state_.axes().size(); ++a) {
      const auto axis = static_cast<axis_index>(a);
      if (from.dim_of(axis) == want.dim_of(axis)) continue;
      if (from.dim_of(axis) >= 0) tactic = later(tactic, maker_tactic(v, axis));
      if (want.dim_of(axis) >= 0) tactic = later(tactic, user_tactic(v, axis, user));
    }
    for (const reshard_step& step : plan_reshard(g_.type(v).dims, at, goal, state_.axes())) {
      local = add_collective(local, step, {tactic, user, v, from, want});
    }
    const auto apart = static_cast<std::uint8_t>(want.partial & ~from.partial);
    return apart == 0 || g_.view(user).is_identity(v, monoid::add) ? local : make_partial(local, apart, scope_of(user));
  }

  /// A partial sum whose sum is the value: the value on the first device along `axes`, zeros on the others.
  constexpr value_id make_partial(value_id local, std::uint8_t axes, text_id scope) {
    if constexpr (op::detail::placed_op::can_place<Ops>) {
      axis_list along;
      for (std::size_t a = 0; a < state_.axes().size(); ++a) {
        if ((axes >> a & 1) != 0) along.push_back(static_cast<axis_index>(a));
      }
      const value_id position = part_start(along, 1, scope);
      placement<Ops> p;
      p.out = &out();
      p.region = region_;
      p.scope = scope;
      const value_id first = op::detail::placed_first(p, position);
      local = p.template add<op::select>({first, local, op::detail::placed_zeros(p, local)});
    }
    return local;
  }

  static constexpr std::uint16_t later(std::uint16_t a, std::uint16_t b) { return a < b ? b : a; }
  [[nodiscard]] constexpr std::uint16_t maker_tactic(value_id v, axis_index a) const {
    for (const contact& c : flow_.contacts(v)) {
      if (!c.is_use && state_(c.unit, a).known()) return state_.tactic_of(c.unit, a);
    }
    return state_(v, a).known() ? state_.tactic_of(v, a) : std::uint16_t{0};
  }
  [[nodiscard]] constexpr std::uint16_t user_tactic(value_id v, axis_index a, op_id user) const {
    for (const contact& c : flow_.contacts(v)) {
      if (c.is_use && rules_[c.unit].op == user && state_(c.unit, a).known()) return state_.tactic_of(c.unit, a);
    }
    return maker_tactic(v, a);
  }

  constexpr value_id add_collective(value_id operand, const reshard_step& step, const cause& why) {
    const list_view<value_id> operands{&operand, 1};
    value_id result;
    const text_id scope = why.op ? scope_of(why.op) : text_id{};
    const auto add = [&]<class O>(O) { result = out().template add<O>(region_, operands, step.moves, {}, scope)[0]; };
    switch (step.kind) {
      case collective_kind::all_gather: add(op::mesh_all_gather{}); break;
      case collective_kind::all_reduce: add(op::mesh_all_reduce{}); break;
      case collective_kind::reduce_scatter: add(op::mesh_reduce_scatter{}); break;
      case collective_kind::all_to_all: add(op::mesh_all_to_all{}); break;
      case collective_kind::collective_permute: add(op::mesh_collective_permute{}); break;
      case collective_kind::all_slice: add(op::mesh_all_slice{}); break;
    }
    collective c;
    c.op = out().definition(result);
    c.kind = step.kind;
    for (const auto axis : step.moves.axes) c.axes = static_cast<std::uint8_t>(c.axes | 1u << axis);
    c.count = runs_;
    const std::int64_t before = out().type(operand).bytes(), after = out().type(result).bytes();
    c.bytes = before > after ? before : after;
    c.why = why;
    program_.collectives.push_back(c);
    return result;
  }

  // --- partial results -----------------------------------------------------------------------------------

  /// Combines a partial result once, where it is made, unless every use takes it partial. Over axes on which
  /// every use takes the same slice the combination is a reduce_scatter.
  constexpr void combine_partial(value_id v, op_id maker, const layout& made) {
    layout wanted;
    std::uint8_t keep = made.partial, scatter = made.partial;
    static_vector<int, max_axes> dims(state_.axes().size(), -1);
    bool used = false;
    const auto use = [&](const layout& at) {
      for (std::size_t a = 0; a < state_.axes().size(); ++a) {
        if (!made.is_partial(static_cast<axis_index>(a))) continue;
        const auto bit = static_cast<std::uint8_t>(1u << a);
        const bool as_made = at.is_partial(static_cast<axis_index>(a)) && at.combines == made.combines;
        if (!as_made) keep = static_cast<std::uint8_t>(keep & ~bit);
        const int dim = at.dim_of(static_cast<axis_index>(a));
        if (dim < 0 || (used && dims[a] != dim)) scatter = static_cast<std::uint8_t>(scatter & ~bit);
        dims[a] = dim;
      }
      if (!used) wanted = at;
      used = true;
    };
    for (const contact& c : flow_.contacts(v)) {
      if (c.is_use) use(state_.layout_at(c.unit, rules_.slots(c.unit)[c.slot]));
    }
    if (flow_.escapes(v)) {
      bool returned = false;
      for (std::size_t i = 0; i < g_.results().size(); ++i) {
        if (g_.results()[i] == v) use(result_layout(i)), returned = true;
      }
      if (!returned) use({});
    }
    if (!used) return;  // nobody asks for the value
    const local_value b = program_.values[v.index];
    value_id local = b.local;
    layout at = b.at;
    at.partial = keep;
    scatter = static_cast<std::uint8_t>(scatter & ~keep);
    reshard_step step{collective_kind::reduce_scatter, {}};
    step.moves.combines = made.combines;
    std::uint16_t tactic = 0;
    for (const split& s : wanted.splits) {
      if ((scatter >> s.axis & 1) == 0) continue;
      if (local_sizes(g_.type(v).dims, at, state_.axes())[s.dim] % state_.axes()[s.axis] != 0) {
        scatter = static_cast<std::uint8_t>(scatter & ~(1u << s.axis));
        continue;
      }
      step.moves.push_back({s.axis, state_.axes()[s.axis], 0, s.dim});
      at.add(s.dim, s.axis);
      for (const contact& c : flow_.contacts(v)) {
        if (state_(c.unit, s.axis).known()) tactic = later(tactic, state_.tactic_of(c.unit, s.axis));
      }
    }
    if (step.moves.size() != 0) local = add_collective(local, step, {tactic, maker, v, made, at});
    step = {collective_kind::all_reduce, {}};
    step.moves.combines = made.combines;
    tactic = 0;
    for (std::size_t a = 0; a < state_.axes().size(); ++a) {
      const auto axis = static_cast<axis_index>(a);
      if (!made.is_partial(axis) || (keep >> a & 1) != 0 || (scatter >> a & 1) != 0) continue;
      step.moves.push_back({axis, state_.axes()[a], 0, 0});
      tactic = later(tactic, maker_tactic(v, axis));
    }
    if (step.moves.size() != 0) local = add_collective(local, step, {tactic, maker, v, made, at});
    bind(v, local, at);
  }

  // --- constants -----------------------------------------------------------------------------------------

  /// A value that follows from constants alone, in the layout that a use wants: made at its first use in a region.
  constexpr value_id constant_in(value_id v, const layout& want) {
    if (const value_id known = recall(v, want)) return known;
    const value_id made = outside_ != nullptr ? out().add_argument(out().body(), local_type(v, want)) : make_constant(v, want);
    if (outside_ != nullptr) outside_->push_back({v, want, made, static_cast<std::uint32_t>(out().op_count())});
    remember(v, want, made);
    return made;
  }
  constexpr value_id make_constant(value_id v, const layout& want) {
    const op_id o = g_.definition(v);
    const unit_id u = rules_.units(o)[0];
    const auto slots = rules_.slots(u);
    const std::size_t operand_count = g_.operands(o).size();
    const slot& result = slots[operand_count + g_.position(v)];
    // Split the op along those of the wanted dims that it can be split along; slice the rest.
    plain_vector<layout> layouts(slots.size());
    axis_list before;
    std::uint8_t last_dim = 0;
    for (const split& s : want.splits) {
      if (s.dim != last_dim) before.clear();
      last_dim = s.dim;
      const int f = factor_for(rules_, u, result, s.dim, before, s.axis, state_.axes());
      before.push_back(s.axis);
      if (f == no_factor || rules_.factors(u)[static_cast<std::size_t>(f)].kind != factor_kind::parallel) break;
      // A placed op makes its part where an index is known to be in it: made whole and sliced, it is right as it is.
      if (is_minor(u, static_cast<factor_index>(f)) || rules_.factors(u)[static_cast<std::size_t>(f)].placed) break;
      for (std::size_t i = 0; i < slots.size(); ++i) {
        add_split(layouts[i], rules_, u, slots[i], static_cast<factor_index>(f), s.axis);
      }
    }
    const list_view<layout> operand_layouts{layouts.data(), operand_count};
    const list_view<layout> result_layouts{layouts.data() + operand_count, layouts.size() - operand_count};
    plain_vector<value_id> operands;
    for (std::size_t i = 0; i < operand_count; ++i) operands.push_back(constant_in(g_.operands(o)[i], operand_layouts[i]));
    const op_id local = open(o, operands, operand_layouts, result_layouts);
    plain_vector<type_id> types;
    for (std::size_t i = 0; i < result_layouts.size(); ++i) types.push_back(local_type(g_.results(o)[i], result_layouts[i]));
    out().close_op(local, types);
    value_id made = out().results(local)[g_.position(v)];
    return reshard(v, made, result_layouts[g_.position(v)], want, o);
  }

  /// Whether some dim holds f behind another factor.
  [[nodiscard]] constexpr bool is_minor(unit_id u, factor_index f) const {
    for (const slot& s : rules_.slots(u)) {
      for (std::size_t d = 0; d < s.rank; ++d) {
        const auto dim = rules_.dim(s, d);
        for (std::size_t k = 1; k < dim.size(); ++k) {
          if (dim[k] == f) return true;
        }
      }
    }
    return false;
  }

  const basic_graph<Ops>& g_;
  const sharding_state& state_;
  const rule_table& rules_;
  const dataflow& flow_;
  list_view<std::int32_t> twins_;
  lowering_options options_;

  local_program<Ops> program_;
  region_id region_{0};
  std::int64_t runs_ = 1;
  plain_vector<memo_entry> memo_, within_op_;
  plain_vector<outside_constant>* outside_ = nullptr;  // where set, constants are not made but listed there
  plain_vector<std::uint32_t> memo_head_;
  plain_vector<type_id> types_;  // local type of each value when whole, plus one; 0 is unknown
  plain_vector<text_id> scopes_;
  plain_vector<value_id> operands_;
  plain_vector<type_id> result_types_;
};

}  // namespace partita
