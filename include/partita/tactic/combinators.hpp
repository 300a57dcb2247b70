// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The algebra of tactics: >> (then), * (together), | (either), * n (repeat), and skip.
//
// Operators are hidden friends of tactic_base and flatten: a >> b >> c is then_t<A, B, C>. Each has a named
// function. An expression is a value of its own type until it is lowered into a schedule (schedule.hpp),
// where the laws hold as equalities; tests/laws/tactics.cpp states them.
// Precedence is that of C++: * before >> before |; comparisons want parentheses.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <partita/support/error.hpp>
#include <partita/support/plain_vector.hpp>

namespace partita {

struct tactic_base;

/// An expression over tactics.
///
/// Minimal definition: derives from tactic_base; `t.lower(builder)` adds its tactics to a schedule_builder and
/// returns the fragment; `t.for_each_term(f)` calls f for each of its terms that is known by type;
/// `T::has_alternatives` says whether the type shows an operator |. `T::has_callables`, where it is false, says that no
/// term holds a predicate or a callable: what is compiled for such expressions is compiled once for all of them.
/// Laws: those of the table in docs/reference/tactics.md, on lowered schedules. Checked by tests/laws/tactics.cpp.
/// Models: shard_t, pin_t, automatic_t, skip_t, then_t, together_t, either_t, repeat_t, named_t, schedule.
template <class T>
concept Tactic = std::derived_from<std::remove_cvref_t<T>, tactic_base>;

/// A whole number that can be a repeat count.
template <class N>
concept RepeatCount = std::integral<N> && !std::same_as<N, bool>;

namespace detail {

[[noreturn]] inline void repeat_count_must_be_1_or_more(std::int64_t count) {
  throw schedule_error("repeat: the count is " + std::to_string(count) + "; a tactic is repeated 1 time or more");
}

template <RepeatCount N>
constexpr std::int64_t checked_repeat_count(N n) {
  if constexpr (std::unsigned_integral<N>) {
    if (n == 0) repeat_count_must_be_1_or_more(0);
    return n > 0x7fffffffu ? 0x7fffffff : static_cast<std::int64_t>(n);  // too many all the same
  } else {
    if (n < 1) repeat_count_must_be_1_or_more(n);
    return n;
  }
}

template <class T>
inline constexpr bool may_have_callables = true;
template <class T>
  requires requires { T::has_callables; }
inline constexpr bool may_have_callables<T> = T::has_callables;

// The parts of a list of expressions, each in a base of its own: std::tuple with std::tuple_cat and std::apply is
// most of what a schedule costs the compiler.
template <std::size_t I, class Part>
struct numbered_part {
  Part part;
};
template <class Indices, class... Parts>
struct part_list;
template <std::size_t... Is, class... Parts>
struct part_list<std::index_sequence<Is...>, Parts...> : numbered_part<Is, Parts>... {
  constexpr void for_each_term(auto&& f) const { (this->numbered_part<Is, Parts>::part.for_each_term(f), ...); }
  template <class Builder>
  [[nodiscard]] constexpr auto lower(Builder& builder) const {
    plain_vector<typename Builder::fragment> lowered;
    (lowered.push_back(this->numbered_part<Is, Parts>::part.lower(builder)), ...);
    return lowered;
  }
};
template <class... Parts>
using parts_of = part_list<std::index_sequence_for<Parts...>, Parts...>;

template <std::size_t... Is, class... As, std::size_t... Js, class... Bs>
constexpr parts_of<As..., Bs...> operator+(const part_list<std::index_sequence<Is...>, As...>& a,
                                           const part_list<std::index_sequence<Js...>, Bs...>& b) {
  return {{a.numbered_part<Is, As>::part}..., {b.numbered_part<Js, Bs>::part}...};
}

// A list of expressions in which no expression is itself a list of the same kind.
template <class... Parts>
struct compound {
  parts_of<Parts...> parts;

  constexpr explicit compound(const parts_of<Parts...>& p) : parts(p) {}

  static constexpr bool has_alternatives = (Parts::has_alternatives || ...);
  static constexpr bool has_automatic = (Parts::has_automatic || ...);
  static constexpr bool has_callables = (may_have_callables<Parts> || ...);

  constexpr void for_each_term(auto&& f) const { parts.for_each_term(f); }
};

template <template <class...> class List, class T>
constexpr parts_of<T> parts_in(const T& t) {
  return {{t}};
}
template <template <class...> class List, class... Parts>
constexpr const parts_of<Parts...>& parts_in(const List<Parts...>& list) {
  return list.parts;
}

template <template <class...> class List, class... Parts, class Indices>
constexpr List<Parts...> make_list(const part_list<Indices, Parts...>& parts) {
  return List<Parts...>(parts);
}

}  // namespace detail

template <class... Parts>
struct then_t;
template <class... Parts>
struct together_t;
template <class... Parts>
struct either_t;
template <class Part>
struct repeat_t;

/// The named function of >>: then(a, b, ...) runs a, propagates, runs b, propagates, and so on.
struct then_fn {
  template <Tactic... Ts>
    requires(sizeof...(Ts) >= 1)
  [[nodiscard]] constexpr auto operator()(const Ts&... ts) const {
    return detail::make_list<then_t>((detail::parts_in<then_t>(ts) + ...));
  }
};
inline constexpr then_fn then{};

/// The named function of * on tactics: one tactic with the actions of all, and one propagation after them.
struct together_fn {
  template <Tactic... Ts>
    requires(sizeof...(Ts) >= 1)
  [[nodiscard]] constexpr auto operator()(const Ts&... ts) const {
    return detail::make_list<together_t>((detail::parts_in<together_t>(ts) + ...));
  }
};
inline constexpr together_fn together{};

/// The named function of |: alternatives, of which a search takes the best for its goal.
struct either_fn {
  template <Tactic... Ts>
    requires(sizeof...(Ts) >= 1)
  [[nodiscard]] constexpr auto operator()(const Ts&... ts) const {
    return detail::make_list<either_t>((detail::parts_in<either_t>(ts) + ...));
  }
};
inline constexpr either_fn either{};

/// The named function of * n: a >> a >> ... >> a, n times. Throws schedule_error for n < 1.
struct repeat_fn {
  template <Tactic T, RepeatCount N>
  [[nodiscard]] constexpr auto operator()(const T& t, N n) const {
    return repeat_t<T>(t, detail::checked_repeat_count(n));
  }
};
inline constexpr repeat_fn repeat{};

/// What every tactic derives from, so that argument-dependent lookup finds the operators.
struct tactic_base {
  template <Tactic A, Tactic B>
  [[nodiscard]] friend constexpr auto operator>>(const A& a, const B& b) {
    return then(a, b);
  }
  template <Tactic A, Tactic B>
  [[nodiscard]] friend constexpr auto operator*(const A& a, const B& b) {
    return together(a, b);
  }
  template <Tactic A, Tactic B>
  [[nodiscard]] friend constexpr auto operator|(const A& a, const B& b) {
    return either(a, b);
  }
  template <Tactic A, RepeatCount N>
  [[nodiscard]] friend constexpr auto operator*(const A& a, N n) {
    return repeat(a, n);
  }
};

/// The tactic that does nothing: the identity of >>.
struct skip_t : tactic_base {
  static constexpr bool has_alternatives = false;
  static constexpr bool has_automatic = false;
  static constexpr bool has_callables = false;
  constexpr void for_each_term(auto&&) const {}
  template <class Builder>
  [[nodiscard]] constexpr auto lower(Builder& builder) const {
    return builder.skip();
  }
};
inline constexpr skip_t skip{};

template <class... Parts>
struct then_t : detail::compound<Parts...>, tactic_base {
  using detail::compound<Parts...>::compound;
  template <class Builder>
  [[nodiscard]] constexpr auto lower(Builder& builder) const {
    return builder.then(this->parts.lower(builder));
  }
};

template <class... Parts>
struct together_t : detail::compound<Parts...>, tactic_base {
  using detail::compound<Parts...>::compound;
  template <class Builder>
  [[nodiscard]] constexpr auto lower(Builder& builder) const {
    return builder.together(this->parts.lower(builder));
  }
};

template <class... Parts>
struct either_t : detail::compound<Parts...>, tactic_base {
  using detail::compound<Parts...>::compound;
  static constexpr bool has_alternatives = true;
  template <class Builder>
  [[nodiscard]] constexpr auto lower(Builder& builder) const {
    return builder.either(this->parts.lower(builder));
  }
};

template <class Part>
struct repeat_t : tactic_base {
  Part part;
  std::int64_t count;

  constexpr repeat_t(const Part& p, std::int64_t n) : part(p), count(n) {}

  static constexpr bool has_alternatives = Part::has_alternatives;
  static constexpr bool has_automatic = Part::has_automatic;
  static constexpr bool has_callables = detail::may_have_callables<Part>;
  constexpr void for_each_term(auto&& f) const { part.for_each_term(f); }
  template <class Builder>
  [[nodiscard]] constexpr auto lower(Builder& builder) const {
    return builder.repeat(part.lower(builder), count);
  }
};

/// A tactic under the name that reports show.
template <class Part>
struct named_t : tactic_base {
  std::string_view name;
  Part part;

  constexpr named_t(std::string_view n, const Part& p) : name(n), part(p) {}

  static constexpr bool has_alternatives = Part::has_alternatives;
  static constexpr bool has_automatic = Part::has_automatic;
  static constexpr bool has_callables = detail::may_have_callables<Part>;
  constexpr void for_each_term(auto&& f) const { part.for_each_term(f); }
  template <class Builder>
  [[nodiscard]] constexpr auto lower(Builder& builder) const {
    return builder.named(name, part.lower(builder));
  }
};

/// named("Z3", a * b): reports call the tactic Z3. A sequence keeps the names of its tactics. The name is not
/// copied and must live as long as the expression.
struct named_fn {
  template <Tactic T>
  [[nodiscard]] constexpr named_t<T> operator()(std::string_view name, const T& t) const {
    return {name, t};
  }
};
inline constexpr named_fn named{};

}  // namespace partita
