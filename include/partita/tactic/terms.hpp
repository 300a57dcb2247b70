// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The tactics that are not made of others: shard, pin, automatic and choose.
//
//   shard<"batch">("x", 0)                       one value by its path
//   shard<"model">("params/*/w", 1)              all values whose path matches; * matches slashes too
//   pin<"model">(tagged("scores"))               results of ops under that scope stay whole
//   shard<"batch">([](const value_view& v) { return v.rank() == 4; }, first_divisible_dim)
//   automatic<"model">(minimize(step_time), subject_to(peak_memory <= 16_GiB))
//   (BP | BP >> MP) >> choose(minimize(step_time))

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <partita/ir/graph_base.hpp>
#include <partita/support/fixed_string.hpp>
#include <partita/tactic/explain_axis.hpp>
#include <partita/tactic/schedule.hpp>

namespace partita {

/// A value of a program as predicates and callables see it.
struct value_view {
  value_id id;
  std::string_view name;  ///< path of the argument, params/blocks/0/w
  type_view type;

  [[nodiscard]] constexpr std::size_t rank() const { return type.rank(); }
  [[nodiscard]] constexpr std::int64_t size(std::size_t dim) const { return type.dims[dim]; }
};

/// The first dim whose local size the axis divides, apart from dims of a layer stack.
inline constexpr dim_choice first_divisible_dim{dim_kind::first_divisible, 0};
/// No dim: the value is pinned, it stays whole along the axis.
inline constexpr dim_choice replicated{dim_kind::replicated, 0};
/// Nothing is said; propagation may decide.
inline constexpr dim_choice unknown{dim_kind::unknown, 0};

/// tagged("scores"): results of the ops one of whose scopes has this name. The text is not copied.
struct tagged_t {
  std::string_view tag;
};
struct tagged_fn {
  [[nodiscard]] constexpr tagged_t operator()(std::string_view tag) const { return {tag}; }
};
inline constexpr tagged_fn tagged{};

/// made_by("*/attn/dot_general *"): values of the program whose description matches the glob; it has the scope of what
/// makes the value, its type and its number, as in jit(step)/attn/dot_general 8x16x16xf32 %1234. Arguments of a region
/// stand under the scope of its op and the word argument. The text is not copied.
struct made_by_t {
  std::string_view glob;
};
struct made_by_fn {
  [[nodiscard]] constexpr made_by_t operator()(std::string_view glob) const { return {glob}; }
};
inline constexpr made_by_fn made_by{};

namespace detail {

struct path_t {
  std::string_view path;
};

/// A callable kept by value. `number` stands for it in the schedule.
template <class F>
struct callable_t {
  F function;
};
template <class S>
inline constexpr bool is_callable = false;
template <class F>
inline constexpr bool is_callable<callable_t<F>> = true;

template <class D>
concept DimNumber = std::integral<D> && !std::same_as<D, bool>;

template <class D>
constexpr dim_choice to_dim(const D& dim) {
  if constexpr (DimNumber<D>) {
    const bool fits = dim >= 0 && dim < 1'000'000;  // no tensor has such a dim: resolution says so
    return {dim_kind::number, fits ? static_cast<std::int32_t>(dim) : dim < 0 ? -1 : 1'000'000};
  } else {
    return dim;
  }
}

template <class F>
concept ValuePredicate = requires(const F& f, const value_view& v) {
  { f(v) } -> std::convertible_to<bool>;
};
template <class F>
concept DimCallable = requires(const F& f, const value_view& v) {
  requires DimNumber<std::remove_cvref_t<decltype(f(v))>> ||
      std::same_as<std::remove_cvref_t<decltype(f(v))>, dim_choice>;
};

template <class S>
constexpr auto make_selector(const S& values) {
  constexpr bool is_path = std::convertible_to<const S&, std::string_view>;
  constexpr bool is_named = std::same_as<S, tagged_t> || std::same_as<S, made_by_t>;
  static_assert(is_path || is_named || ValuePredicate<S>,
                "tactic: values are selected by a path or glob in quotes, by tagged(\"name\"), by made_by(\"glob\"), or "
                "by a predicate that takes a const value_view& and returns bool (docs/reference/errors.md#selector)");
  if constexpr (is_path) {
    return path_t{values};
  } else if constexpr (is_named) {
    return values;
  } else {
    return callable_t<S>{values};
  }
}

template <class D>
constexpr auto make_dim(const D& dim) {
  constexpr bool is_choice = DimNumber<D> || std::same_as<D, dim_choice>;
  static_assert(
      is_choice || DimCallable<D>,
      "shard: the dim is a whole number, first_divisible_dim, replicated, unknown, or a callable that takes a "
      "const value_view& and returns one of these (docs/reference/errors.md#dim)");
  if constexpr (is_choice) {
    return to_dim(dim);
  } else {
    return callable_t<D>{dim};
  }
}

template <class Builder>
constexpr selector lower_selector(Builder& builder, const path_t& s) {
  return {selector_kind::path, builder.intern(s.path), 0};
}
template <class Builder>
constexpr selector lower_selector(Builder& builder, const tagged_t& s) {
  return {selector_kind::tagged, builder.intern(s.tag), 0};
}
template <class Builder>
constexpr selector lower_selector(Builder& builder, const made_by_t& s) {
  return {selector_kind::made_by, builder.intern(s.glob), 0};
}
template <class Builder, class F>
constexpr selector lower_selector(Builder& builder, const callable_t<F>&) {
  return {selector_kind::predicate, {}, builder.next_callable()};
}

template <class Builder>
constexpr dim_choice lower_dim(Builder&, const dim_choice& d) {
  return d;
}
template <class Builder, class F>
constexpr dim_choice lower_dim(Builder& builder, const callable_t<F>&) {
  return {dim_kind::callable, static_cast<std::int32_t>(builder.next_callable())};
}

}  // namespace detail

/// Type of shard<"axis">(selector, dim).
template <fixed_string Axis, class Selector, class Dim>
struct shard_t : tactic_base {
  Selector values;
  Dim dim;

  constexpr shard_t(const Selector& s, const Dim& d) : values(s), dim(d) {}

  static constexpr bool has_alternatives = false;
  static constexpr bool has_automatic = false;
  static constexpr bool has_callables = detail::is_callable<Selector> || detail::is_callable<Dim>;
  template <class Mesh>
  static constexpr void explain_axes() {
    explain_shard_axis<Axis, Mesh>();
  }
  constexpr void for_each_term(auto&& f) const { f(*this); }
  template <class Builder>
  [[nodiscard]] constexpr auto lower(Builder& builder) const {
    term t;
    t.axis = builder.intern(Axis.view());
    t.values = detail::lower_selector(builder, values);
    t.dim = detail::lower_dim(builder, dim);
    return builder.leaf(t);
  }
};

/// Splits the selected values along a dim over the axis.
///
/// A path that names an argument or a result exactly means it; else it is a glob over the paths of arguments,
/// or of results when no argument matches. A selector that matches nothing, or no value with that dim, throws
/// schedule_error when the schedule is resolved against a program, and does not compile in a constant
/// expression. Paths are not copied: their text must live as long as the expression.
/// Source: PartIR (arXiv 2401.11202), section 3.
/// Example: shard<"batch">("data/*", 0)
template <fixed_string Axis>
struct shard_fn {
  template <class S, class D>
  [[nodiscard]] constexpr auto operator()(const S& values, const D& dim) const {
    const auto selector = detail::make_selector(values);
    const auto choice = detail::make_dim(dim);
    return shard_t<Axis, std::remove_const_t<decltype(selector)>, std::remove_const_t<decltype(choice)>>(selector,
                                                                                                         choice);
  }
};
template <fixed_string Axis>
inline constexpr shard_fn<Axis> shard{};

/// Type of pin<"axis">(selector).
template <fixed_string Axis, class Selector>
struct pin_t : tactic_base {
  Selector values;

  constexpr explicit pin_t(const Selector& s) : values(s) {}

  static constexpr bool has_alternatives = false;
  static constexpr bool has_automatic = false;
  static constexpr bool has_callables = detail::is_callable<Selector>;
  template <class Mesh>
  static constexpr void explain_axes() {
    explain_pin_axis<Axis, Mesh>();
  }
  constexpr void for_each_term(auto&& f) const { f(*this); }
  template <class Builder>
  [[nodiscard]] constexpr auto lower(Builder& builder) const {
    term t;
    t.kind = term_kind::pin;
    t.axis = builder.intern(Axis.view());
    t.values = detail::lower_selector(builder, values);
    return builder.leaf(t);
  }
};

/// Keeps the selected values whole along the axis; ops on both sides of them may still be split. Selectors and
/// errors are those of shard, except that a pinned value may be a scalar.
/// Example: pin<"model">(tagged("scores"))
template <fixed_string Axis>
struct pin_fn {
  template <class S>
  [[nodiscard]] constexpr auto operator()(const S& values) const {
    const auto selector = detail::make_selector(values);
    return pin_t<Axis, std::remove_const_t<decltype(selector)>>(selector);
  }
};
template <fixed_string Axis>
inline constexpr pin_fn<Axis> pin{};

/// Type of automatic<"axis", ...>(goal...), and without axes of choose(goal...).
template <fixed_string... Axes>
struct automatic_t : tactic_base {
  goal wanted;

  constexpr explicit automatic_t(const goal& g) : wanted(g) {}

  static constexpr bool has_alternatives = false;
  static constexpr bool has_automatic = true;
  static constexpr bool has_callables = false;
  template <class Mesh>
  static constexpr void explain_axes() {
    (explain_automatic_axis<Axes, Mesh>(), ...);
  }
  constexpr void for_each_term(auto&& f) const { f(*this); }
  template <class Builder>
  [[nodiscard]] constexpr auto lower(Builder& builder) const {
    automatic_wish wish;
    (wish.axes.push_back(builder.intern(Axes.view())), ...);
    wish.wanted = wanted;
    return builder.automatic(wish);
  }
};

/// A tactic that a search finds: decisions over these axes, on top of those before it, for the goal.
/// Without clauses it minimizes step_time.
/// Example: automatic<"model">(minimize(step_time), subject_to(peak_memory <= device_memory))
template <fixed_string... Axes>
struct automatic_fn {
  static_assert(sizeof...(Axes) >= 1 && sizeof...(Axes) <= max_axes,
                "automatic: name the axes that the search may use, as in automatic<\"model\">() "
                "(docs/reference/errors.md#automatic-axes)");

  template <class... Clauses>
  [[nodiscard]] constexpr automatic_t<Axes...> operator()(const Clauses&... clauses) const {
    return automatic_t<Axes...>(detail::goal_of(clauses...));
  }
};
template <fixed_string... Axes>
inline constexpr automatic_fn<Axes...> automatic{};

/// Does nothing to the program; gives the schedule a goal, by which the best of its alternatives is taken. Takes the
/// clauses of automatic. Where alternatives stand before an automatic tactic, its goal chooses among them already.
/// Example: (BP | BP >> MP) >> choose(minimize(step_time))
struct choose_fn {
  template <class... Clauses>
  [[nodiscard]] constexpr automatic_t<> operator()(const Clauses&... clauses) const {
    return automatic_t<>(detail::goal_of(clauses...));
  }
};
inline constexpr choose_fn choose{};

}  // namespace partita
