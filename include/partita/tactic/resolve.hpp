// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// From a tactic to actions on a program: which values are tiled along which dim, which are pinned, and what
// was asked but cannot be, each with its reason. Everything is resolved against the state before the tactic,
// so that the order of its terms does not matter.

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string>
#include <vector>

#include <partita/sharding/state.hpp>
#include <partita/support/list_view.hpp>
#include <partita/support/sort.hpp>
#include <partita/tactic/select.hpp>

namespace partita {

enum class action_kind : std::uint8_t { tile, pin };

/// One step up in the lattice: a value is tiled along a dim over an axis, or pinned on it.
struct action {
  action_kind kind = action_kind::tile;
  std::uint8_t dim = 0;  ///< of a tile
  axis_index axis = 0;
  value_id value;
  std::uint32_t term = 0;  ///< number of the tactic's term that asks for it
  [[nodiscard]] friend constexpr bool operator==(const action&, const action&) = default;
};

/// Why a wish is not carried out. None is an error: the rest of the tactic applies.
enum class obstacle : std::uint8_t {
  no_such_dim,     ///< the value's rank is too small; other values of the selector have the dim
  not_a_tensor,    ///< a token or a tuple
  constant,        ///< each use makes it anew, in the layout that the use wants; found when a plan is made, not by resolve
  dynamic_dim,     ///< the dim's size is not known before run time
  not_divisible,   ///< the axis does not divide the dim's local size
  none_divisible,  ///< nor that of any other dim (first_divisible_dim)
  already_tiled,   ///< an earlier tactic split the value over this axis along another dim, or at all (pin)
  already_pinned,  ///< an earlier tactic pinned the value on this axis
  contradiction    ///< the tactic asks for something else as well for the value on this axis; both are dropped
};

/// A wish that is not carried out.
struct not_applied {
  action wished;
  obstacle reason = obstacle::no_such_dim;
  std::int64_t size = 0;  ///< the dim's local size, for not_divisible
  [[nodiscard]] friend constexpr bool operator==(const not_applied&, const not_applied&) = default;
};

/// What a tactic does to a program. Actions are sorted by value, then by axis in mesh order.
struct resolution {
  std::vector<action> actions;
  std::vector<not_applied> skipped;
};

/// What resolution wants to know of a partitioning under way.
///
/// Minimal definition: the program; what is known of a value on an axis; the size of a value's dim on one device;
/// the sizes of the axes.
/// Models: sharding_state.
template <class S>
concept ShardingView = requires(const S& s, value_id v, axis_index a, std::size_t d) {
  { s.program() } -> std::convertible_to<const graph_base&>;
  { s(v, a) } -> std::same_as<value_sharding>;
  { s.local_size(v, d) } -> std::same_as<std::int64_t>;
  { s.axes() } -> std::convertible_to<const axis_sizes&>;
};

/// Whether a state takes an action on a tensor; if not, `why` says what is in the way.
/// @param before what the same tactic does before it, where actions on one value stand together
template <ShardingView State>
[[nodiscard]] constexpr bool can_apply(const action& a, list_view<action> before, const State& state,
                                       const device_mesh& mesh, not_applied& why) {
  const value_sharding known = state(a.value, a.axis);
  why = {a, obstacle::not_divisible, 0};
  if (known.is_tile() && !(a.kind == action_kind::tile && known.is_tile(a.dim))) {
    why.reason = obstacle::already_tiled;
  } else if (known.is_pin() && a.kind == action_kind::tile) {
    why.reason = obstacle::already_pinned;
  } else if (known.known() || a.kind == action_kind::pin) {
    return true;
  } else if (state.program().type(a.value).dims[a.dim] == dynamic_size) {
    why.reason = obstacle::dynamic_dim;
  } else {
    why.size = state.local_size(a.value, a.dim);
    // Axes that the same tactic puts on the dim and that come before this one in the mesh.
    for (std::size_t i = before.size(); i-- > 0 && before[i].value == a.value;) {
      if (before[i].kind == action_kind::tile && before[i].dim == a.dim && !state(a.value, before[i].axis).known()) {
        why.size /= mesh.size(before[i].axis);
      }
    }
    const std::int64_t n = mesh.size(a.axis);
    return why.size >= n && why.size % n == 0;
  }
  return false;
}

/// For first_divisible_dim: no dim is skipped.
struct no_skipped_dims {
  constexpr bool operator()(value_id, std::size_t) const { return false; }
};

namespace detail {

[[noreturn]] inline void no_selected_value_has_this_dim(const schedule& s, const term& t, std::int64_t dim,
                                                        std::size_t largest_rank) {
  throw schedule_error(message_at(
      place_of(s, t),
      text_of(s, t) + ": " +
          (largest_rank == 0 ? std::string("the selector matches only scalars, which have no dim to split")
                             : "dim " + std::to_string(dim) + " does not exist; the selected values have at most " +
                                   std::to_string(largest_rank) + " dims, counted from 0")));
}
[[noreturn]] inline void dims_are_counted_from_0(const schedule& s, const term& t) {
  throw schedule_error(
      message_at(place_of(s, t), text_of(s, t) + ": dims are counted from 0; a dim below 0 does not exist"));
}
[[noreturn]] inline void automatic_tactics_are_resolved_by_a_search() {
  throw schedule_error("automatic: this tactic is found by a search; resolve is for manual tactics");
}

template <class State, class SkipDim, class Callables>
class tactic_resolver {
 public:
  constexpr tactic_resolver(const schedule& s, const State& state, const device_mesh& on, const SkipDim& skip_dim,
                            const Callables& callables)
      : schedule_(s), state_(state), mesh_(on), skip_dim_(skip_dim), callables_(callables) {}

  constexpr resolution run(std::uint32_t tactic) {
    std::uint32_t number = 0;
    for (const term& t : schedule_.terms(tactic)) resolve_term(t, number++);
    settle();
    return std::move(result_);
  }

 private:
  [[nodiscard]] constexpr const graph_base& program() const { return state_.program(); }

  constexpr void resolve_term(const term& t, std::uint32_t number) {
    if (t.kind == term_kind::automatic) automatic_tactics_are_resolved_by_a_search();
    const auto axis = mesh_.find(schedule_.text(t.axis));
    if (!axis) schedule_names_an_axis_that_the_mesh_does_not_have(schedule_, t, schedule_.text(t.axis), mesh_);
    const std::vector<value_id> values = select(schedule_, t, program(), callables_);
    bool some_has_dim = false;
    std::int64_t missing = 0;
    std::size_t largest_rank = 0;
    const std::size_t skipped_before = result_.skipped.size();
    for (const value_id v : values) {
      const type_view type = program().type(v);
      action a{action_kind::pin, 0, *axis, v, number};
      if (!type.is_tensor()) {
        result_.skipped.push_back({a, obstacle::not_a_tensor, 0});
        continue;
      }
      const dim_choice dim = t.kind == term_kind::pin ? dim_choice{dim_kind::replicated, 0} : dim_for(t, v);
      if (dim.kind == dim_kind::replicated || dim.kind == dim_kind::unknown) {
        some_has_dim = true;
        if (dim.kind == dim_kind::replicated) wishes_.push_back(a);
        continue;
      }
      a.kind = action_kind::tile;
      if (dim.kind == dim_kind::number && dim.number < 0) dims_are_counted_from_0(schedule_, t);
      const auto wanted = static_cast<std::size_t>(dim.kind == dim_kind::number ? dim.number : 0);
      largest_rank = std::max(largest_rank, type.rank());
      a.dim = static_cast<std::uint8_t>(std::min<std::size_t>(wanted, 255));
      if (wanted >= type.rank()) {
        missing = dim.number;
        result_.skipped.push_back({a, obstacle::no_such_dim, 0});
        continue;
      }
      some_has_dim = true;
      if (dim.kind == dim_kind::first_divisible && !find_divisible(a)) {
        result_.skipped.push_back({a, obstacle::none_divisible, 0});
        continue;
      }
      wishes_.push_back(a);
    }
    if (!some_has_dim) no_selected_value_has_this_dim(schedule_, t, missing, largest_rank);
    if (mesh_.size(*axis) == 1) {  // one device along the axis: every layout is the same
      while (!wishes_.empty() && wishes_.back().term == number) wishes_.pop_back();
      result_.skipped.resize(skipped_before);
    }
  }

  constexpr dim_choice dim_for(const term& t, value_id v) const {
    if (t.dim.kind != dim_kind::callable) return t.dim;
    if constexpr (requires(const value_view& view) { callables_.dim(std::uint32_t{}, view); }) {
      if (t.dim.number >= 0) {
        if (program().argument_of(v) == program().body()) {
          const argument_label label(program(), program().position(v));
          return callables_.dim(static_cast<std::uint32_t>(t.dim.number), {v, label.view(), program().type(v)});
        }
        return callables_.dim(static_cast<std::uint32_t>(t.dim.number), {v, {}, program().type(v)});
      }
    }
    predicates_exist_only_in_the_expression_that_made_the_schedule(schedule_, t);
  }

  /// Chooses the first dim whose local size the axis divides. A value that is tiled on the axis keeps its dim,
  /// so that repeating a tactic asks for what is there.
  constexpr bool find_divisible(action& a) const {
    const value_sharding known = state_(a.value, a.axis);
    if (known.is_tile()) {
      a.dim = static_cast<std::uint8_t>(known.dim());
      return true;
    }
    const std::int64_t n = mesh_.size(a.axis);
    const type_view type = program().type(a.value);
    for (std::size_t d = 0; d < type.rank(); ++d) {
      if (type.dims[d] == dynamic_size || skip_dim_(a.value, d)) continue;
      const std::int64_t size = state_.local_size(a.value, d);
      if (size >= n && size % n == 0) {
        a.dim = static_cast<std::uint8_t>(d);
        return true;
      }
    }
    return false;
  }

  /// Decides between the wishes for one value and axis, then checks what remains against the state.
  constexpr void settle() {
    const auto key = [](const action& a) { return a.kind == action_kind::pin ? 256u : static_cast<unsigned>(a.dim); };
    sort_in_place(wishes_, [&](const action& x, const action& y) {
      if (x.value != y.value) return x.value < y.value;
      if (x.axis != y.axis) return x.axis < y.axis;
      return key(x) != key(y) ? key(x) < key(y) : x.term < y.term;
    });
    for (std::size_t i = 0; i < wishes_.size();) {
      std::size_t end = i + 1;
      bool contradict = false;
      while (end < wishes_.size() && wishes_[end].value == wishes_[i].value && wishes_[end].axis == wishes_[i].axis) {
        contradict = contradict || key(wishes_[end]) != key(wishes_[i]);
        ++end;
      }
      if (contradict) {
        for (std::size_t j = i; j < end; ++j) {
          if (j == i || key(wishes_[j]) != key(wishes_[j - 1])) {
            result_.skipped.push_back({wishes_[j], obstacle::contradiction, 0});
          }
        }
      } else {
        admit(wishes_[i]);
      }
      i = end;
    }
  }

  constexpr void admit(const action& a) {
    not_applied why{a};
    if (can_apply(a, {result_.actions.data(), result_.actions.size()}, state_, mesh_, why)) {
      result_.actions.push_back(a);
    } else {
      result_.skipped.push_back(why);
    }
  }

  const schedule& schedule_;
  const State& state_;
  const device_mesh& mesh_;
  const SkipDim& skip_dim_;
  const Callables& callables_;
  std::vector<action> wishes_;
  resolution result_;
};

}  // namespace detail

/// The actions of one manual tactic of a schedule.
///
/// `skip_dim(value, dim)` says which dims first_divisible_dim passes over (layer stacks); `callables` are those of
/// the expression that the schedule was made from. An axis of one device changes nothing: its terms are checked
/// and then give neither actions nor reports. What cannot be done to a value is in `skipped`.
/// Throws schedule_error when a selector matches nothing, or nothing that has the dim.
struct resolve_t {
  template <ShardingView State, class SkipDim = no_skipped_dims, class Callables = no_callables>
  [[nodiscard]] constexpr resolution operator()(const schedule& s, std::uint32_t tactic, const State& state,
                                                const device_mesh& mesh, const SkipDim& skip_dim = {},
                                                const Callables& callables = {}) const {
    return detail::tactic_resolver<State, SkipDim, Callables>(s, state, mesh, skip_dim, callables).run(tactic);
  }
};
inline constexpr resolve_t resolve{};

/// A name for a value in messages: an argument's path, a result's name, or the op that makes it.
[[nodiscard]] inline std::string label_of(const graph_base& g, value_id v) {
  if (g.argument_of(v) == g.body()) return std::string(argument_label(g, g.position(v)).view());
  for (std::size_t i = 0; i < g.results().size(); ++i) {
    if (g.results()[i] == v && !g.result_name(i).empty()) return std::string(g.result_name(i));
  }
  const op_id o = g.definition(v);
  const std::string number = "%" + std::to_string(v.index);
  return !o || g.scope(o).empty() ? number : number + " (" + std::string(g.scope(o)) + ")";
}

/// A sentence for a report: "params/w dim 0 over batch: not applied, because 10 rows ...".
[[nodiscard]] inline std::string to_string(const not_applied& n, const graph_base& g, const device_mesh& mesh) {
  const std::string axis(mesh.name(n.wished.axis));
  const std::string devices = std::to_string(mesh.size(n.wished.axis));
  const std::string what =
      n.wished.kind == action_kind::pin ? "pin of " + label_of(g, n.wished.value) + " on " + axis
      : n.reason == obstacle::none_divisible
          ? "tile of " + label_of(g, n.wished.value) + " over " + axis
          : "tile of " + label_of(g, n.wished.value) + " dim " + std::to_string(n.wished.dim) + " over " + axis;
  const std::string because = what + ": not applied, because ";
  switch (n.reason) {
    case obstacle::no_such_dim:
      return because + "its type is " + to_string(g.type(n.wished.value));
    case obstacle::not_a_tensor:
      return because + "it is not a tensor";
    case obstacle::constant:
      return because + "it is made of constants alone, anew for each use";
    case obstacle::dynamic_dim:
      return because + "the dim's size is not known before run time";
    case obstacle::not_divisible:
      return because + "its local size " + std::to_string(n.size) + " does not divide evenly among " + devices +
             " devices";
    case obstacle::none_divisible:
      return because + "no dim divides evenly among " + devices + " devices";
    case obstacle::already_tiled:
      return because + "an earlier tactic split it over this axis";
    case obstacle::already_pinned:
      return because + "an earlier tactic pinned it on this axis";
    case obstacle::contradiction:
      return because + "the tactic also asks for something else for it on this axis";
  }
  return because;
}

}  // namespace partita
