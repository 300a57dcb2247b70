// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// A callable that someone else owns, by its signature alone: what takes one is compiled once for all of them.

#include <memory>
#include <type_traits>

namespace partita {

template <class Signature>
class function_view;

/// Refers to a callable and calls it through a pointer. It must not outlive the callable.
/// Example: void repeat(int n, function_view<void(int)> f) { while (n-- > 0) f(n); }
template <class Result, class... Arguments>
class function_view<Result(Arguments...)> {
 public:
  template <class F>
    requires(!std::is_same_v<F, function_view> && std::is_invocable_r_v<Result, const F&, Arguments...>)
  function_view(const F& f)  // implicit, as a parameter of this type takes a lambda
      : object_(std::addressof(f)), call_([](const void* object, Arguments... arguments) -> Result {
          return (*static_cast<const F*>(object))(static_cast<Arguments>(arguments)...);
        }) {}

  Result operator()(Arguments... arguments) const { return call_(object_, static_cast<Arguments>(arguments)...); }

 private:
  const void* object_;
  Result (*call_)(const void*, Arguments...);
};

}  // namespace partita
