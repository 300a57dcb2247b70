// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What random programs are drawn from: the values that there are so far, each with what is known about its numbers, and
// ways to get a value of a wanted type. Numbers stay bounded, so that programs can be compared to a tight tolerance.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <partita/ir/builder.hpp>
#include <partita/op.hpp>
#include <partita/support/split_mix.hpp>

namespace partita::testing {

/// A value of a random program.
struct drawn {
  basic_tensor<stablehlo_ops> value;
  double bound = 1;    ///< no element is larger in magnitude
  bool exact = false;  ///< does not depend on the order in which numbers are added
  bool moves = false;  ///< a small change of the arguments changes it, so that rounding shows as noise
  int uses = 0;
};

class random_values {
 public:
  using tensor = basic_tensor<stablehlo_ops>;
  using element = element_type;

 protected:
  random_values(std::uint64_t seed, std::int64_t most_elements) : random_(seed), most_elements_(most_elements) {}

  // --- numbers --------------------------------------------------------------------------------------------
  std::size_t below(std::size_t n) { return random_.below(n); }
  /// True once in n times.
  bool once_in(std::size_t n) { return random_.below(n) == 0; }
  template <class T>
  const T& one_of(std::initializer_list<T> items) {
    return items.begin()[below(items.size())];
  }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::size_t>(high - low + 1)));
  }
  /// A number that no computed value meets by design, so that a comparison with it is not decided by rounding.
  double odd_number() { return 0.1 + 0.8 * random_.unit(); }
  /// A random order of 0 .. n-1.
  dim_list permutation(std::size_t n) {
    dim_list order;
    for (std::size_t i = 0; i < n; ++i) order.insert(below(i + 1), static_cast<std::uint8_t>(i));
    return order;
  }
  /// Each of 0 .. n-1 with probability 1 / `rarity`, ascending.
  dim_list some_dims(std::size_t n, std::size_t rarity) {
    dim_list dims;
    for (std::size_t d = 0; d < n; ++d) {
      if (once_in(rarity)) dims.push_back(static_cast<std::uint8_t>(d));
    }
    return dims;
  }

  // --- ops ------------------------------------------------------------------------------------------------
  /// Each op stands in a scope of its own, by which schedules can name it.
  void count_op() { f_.scope("n" + std::to_string(ops_++)); }

  template <class O>
  tensor emit(std::initializer_list<tensor> operands, const attributes_of<O>& a = {},
              std::initializer_list<tensor_type> stated = {}) {
    count_op();
    return f_.template add1<O>(operands, a, stated);
  }

  static bool is_real(element e) { return is_float(e); }
  static tensor_type scalar_of(element e) { return {e, {}}; }
  static std::int64_t elements(const size_list& sizes) {
    std::int64_t n = 1;
    for (const std::int64_t s : sizes) n *= s;
    return n;
  }
  bool fits(const size_list& sizes) const { return sizes.size() <= 5 && elements(sizes) <= most_elements_; }

  static void append_number(std::vector<std::uint8_t>& bytes, element e, double x) {
    std::uint64_t bits = 0;
    switch (e) {
      case element::f64:
        bits = std::bit_cast<std::uint64_t>(x);
        break;
      case element::f32:
        bits = std::bit_cast<std::uint32_t>(static_cast<float>(x));
        break;
      case element::bf16:
        bits = std::bit_cast<std::uint32_t>(static_cast<float>(x)) >> 16;
        break;
      case element::complex_f32:
      case element::complex_f64: {
        const element part = e == element::complex_f32 ? element::f32 : element::f64;
        append_number(bytes, part, x);
        append_number(bytes, part, 0);
        return;
      }
      default:
        bits = static_cast<std::uint64_t>(static_cast<std::int64_t>(x));
        break;
    }
    for (std::size_t i = 0; i < stored_bytes(e); ++i) bytes.push_back(static_cast<std::uint8_t>(bits >> (8 * i)));
  }
  tensor constant(element e, const size_list& sizes, std::span<const double> numbers) {
    std::vector<std::uint8_t> bytes;
    for (const double x : numbers) append_number(bytes, e, x);
    // Equal elements are kept once, as a reader keeps them.
    const auto one = static_cast<std::ptrdiff_t>(stored_bytes(e));
    const bool splat = std::equal(bytes.begin() + one, bytes.end(), bytes.begin());
    if (splat) bytes.resize(stored_bytes(e));
    ++constants_;
    return emit<op::constant>({}, {f_.store(bytes, splat)}, {{e, sizes}});
  }
  tensor splat(element e, const size_list& sizes, double x) { return constant(e, sizes, std::span(&x, 1)); }
  tensor scalar(element e, double x) { return splat(e, {}, x); }
  tensor splat_like(const tensor& t, double x) { return splat(t.type().element, t.type().dims, x); }

  // --- values ---------------------------------------------------------------------------------------------
  void add(drawn d) {
    // Numbers that grow are made small again, in ways that keep what they say.
    const element e = d.value.type().element;
    if (is_real(e) && d.bound > 24) {
      if (once_in(3)) {
        d.value = emit<op::sine>({d.value});
        d.bound = 1;
      } else {
        const double factor = 2 / d.bound;
        d.value = emit<op::multiply>({d.value, splat_like(d.value, factor)});
        d.bound = 2.1;
      }
    } else if (is_complex(e) && d.bound > 24) {
      d.value = emit<op::multiply>({d.value, splat_like(d.value, 1 / d.bound)});
      d.bound = 1.1;
    } else if (is_integer(e) && d.bound > 300) {
      d.value = emit<op::remainder>({d.value, splat_like(d.value, 97)});
      d.bound = 97;
    }
    values_.push_back(d);
  }
  void add(const tensor& t, double bound, bool exact, bool moves) { add({t, bound, exact, moves, 0}); }
  /// A value that holds other elements of x.
  void add_moved(const tensor& t, const drawn& x) { add({t, x.bound, x.exact, x.moves, 0}); }

  /// A value for which `suits` holds, rather one that nothing uses yet; none when there is none.
  template <class Suits>
  std::optional<drawn> pick(Suits&& suits) {
    std::vector<std::size_t> ballots;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (values_[i].value.type().element == element::ui64) continue;  // states of generators
      if (suits(values_[i])) ballots.insert(ballots.end(), values_[i].uses == 0 ? 10 : 1, i);
    }
    if (ballots.empty()) return std::nullopt;
    drawn& chosen = values_[ballots[below(ballots.size())]];
    ++chosen.uses;
    return chosen;
  }

  /// x with elements of another type.
  drawn as_element(const drawn& x, element to) {
    const tensor_type t = x.value.type();
    if (t.element == to) return x;
    drawn made = x;
    const tensor_type wanted{to, t.dims};
    if (is_complex(t.element)) {
      made.value = emit<op::real>({x.value});
      return as_element(made, to);
    }
    if (is_complex(to)) {
      const drawn part = as_element(x, to == element::complex_f32 ? element::f32 : element::f64);
      made.value = emit<op::complex>({part.value, part.value});
      return made;
    }
    if (is_boolean(to)) {
      const double limit = is_integer(t.element) ? static_cast<double>(between(0, 3)) : odd_number() - 0.4;
      made.value = emit<op::compare>({x.value, splat_like(x.value, limit)},
                                     {one_of({op::comparison_direction::GT, op::comparison_direction::LE}), {}});
      made.bound = 1;
      made.exact = true;
      return made;
    }
    if (is_real(t.element) && !is_real(to)) {
      made.value =
          emit<op::add>({emit<op::multiply>({x.value, splat_like(x.value, 3)}), splat_like(x.value, odd_number())});
      made.bound = 3 * x.bound + 1;
      made.exact = true;
    }
    made.value = emit<op::convert>({made.value}, {}, {wanted});
    if (!is_real(t.element) && is_real(to)) made.moves = false;
    return made;
  }

  /// A value of this type, taken or made from what there is.
  drawn shaped(element e, const size_list& sizes) {
    const auto same_shape = [&](const drawn& d) { return d.value.type().dims == sizes; };
    if (!once_in(8)) {
      if (const auto d = pick([&](const drawn& x) { return same_shape(x) && x.value.type().element == e; })) return *d;
    }
    if (!once_in(4)) {
      if (const auto d = pick(same_shape)) return as_element(*d, e);
    }
    std::int64_t count = elements(sizes);
    if (once_in(2)) {
      if (const auto d = pick([&](const drawn& x) { return elements(x.value.type().dims) == count; })) {
        drawn made = as_element(*d, e);
        if (!(made.value.type().dims == sizes)) made.value = emit<op::reshape>({made.value}, {}, {{e, sizes}});
        return made;
      }
    }
    if (!once_in(5)) {
      dim_list at;
      if (const auto d = pick([&](const drawn& x) { return embeds(x.value.type().dims, sizes, at); })) {
        drawn made = as_element(*d, e);
        (void)embeds(made.value.type().dims, sizes, at);
        made.value = emit<op::broadcast_in_dim>({made.value}, {at}, {{e, sizes}});
        return made;
      }
    }
    if (const auto d = pick([&](const drawn& x) { return covers(x.value.type().dims, sizes); }); d && !once_in(4)) {
      drawn made = as_element(*d, e);
      op::slice::attributes a;
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        const std::int64_t room = made.value.size(i) - sizes[i];
        const std::int64_t start = between(0, room);
        a.start.push_back(start);
        a.limit.push_back(start + sizes[i]);
        a.strides.push_back(1);
      }
      made.value = emit<op::slice>({made.value}, a);
      return made;
    }
    return fresh(e, sizes);
  }

  /// A constant or an iota, which no argument reaches.
  drawn fresh(element e, const size_list& sizes) {
    if (!sizes.empty() && !is_boolean(e) && once_in(2)) {
      const std::size_t d = below(sizes.size());
      return {emit<op::iota>({}, {static_cast<std::int64_t>(d)}, {{e, sizes}}), static_cast<double>(sizes[d]), true,
              false, 0};
    }
    std::vector<double> numbers;
    const auto draw = [&] {
      return is_boolean(e)   ? static_cast<double>(below(2))
             : is_integer(e) ? static_cast<double>(below(6))
                             : 2 * random_.unit() - 1;
    };
    const std::int64_t count = once_in(2) ? elements(sizes) : 1;
    for (std::int64_t i = 0; i < count; ++i) numbers.push_back(draw());
    return {constant(e, sizes, numbers), is_integer(e) ? 6.0 : 1.0, true, false, 0};
  }

  /// x, times something that moves with the arguments if it does not; false when there is nothing of the kind.
  bool stir(drawn& x) {
    const element e = x.value.type().element;
    if (x.moves || !(is_real(e) || is_complex(e))) return true;
    const auto d = pick([&](const drawn& y) {
      return y.moves && is_real(y.value.type().element) &&
             (y.value.rank() == 0 || y.value.type().dims == x.value.type().dims);
    });
    if (!d) return false;
    drawn other = as_element(*d, e);
    if (other.value.rank() != x.value.rank())
      other.value = emit<op::broadcast_in_dim>({other.value}, {}, {x.value.type()});
    x = {emit<op::multiply>({x.value, other.value}), x.bound * other.bound * (is_complex(e) ? 2 : 1),
         x.exact && other.exact, true, 0};
    return true;
  }

  /// A scalar of i32 that may lie a little outside [0, high].
  tensor index_scalar(std::int64_t high) {
    if (once_in(3)) return scalar(element::i32, static_cast<double>(between(-2, high + 2)));
    const auto d = pick([](const drawn& x) { return is_integer(x.value.type().element); });
    if (!d) return scalar(element::i32, static_cast<double>(between(0, high)));
    tensor t = as_element(*d, element::i32).value;
    if (t.rank() != 0) {
      op::slice::attributes a;
      for (std::size_t i = 0; i < t.rank(); ++i) {
        const std::int64_t at = between(0, t.size(i) - 1);
        a.start.push_back(at);
        a.limit.push_back(at + 1);
        a.strides.push_back(1);
      }
      t = emit<op::slice>({t}, a);
      t = emit<op::reshape>({t}, {}, {scalar_of(element::i32)});
    }
    return once_in(2) ? t : emit<op::remainder>({t, scalar(element::i32, static_cast<double>(high + 2))});
  }

  // Dims of a smaller shape, in order, found among those of a larger one.
  static bool embeds(const size_list& from, const size_list& to, dim_list& at) {
    at.clear();
    std::size_t d = 0;
    for (const std::int64_t size : from) {
      while (d < to.size() && to[d] != size && size != 1) ++d;
      if (d == to.size()) return false;
      at.push_back(static_cast<std::uint8_t>(d++));
    }
    return true;
  }
  static bool covers(const size_list& from, const size_list& to) {
    if (from.size() != to.size()) return false;
    for (std::size_t i = 0; i < to.size(); ++i) {
      if (from[i] < to[i]) return false;
    }
    return true;
  }

  basic_builder<stablehlo_ops> f_;
  split_mix random_;
  std::int64_t most_elements_;
  std::size_t ops_ = 0, constants_ = 0;
  std::vector<drawn> values_;
};

}  // namespace partita::testing
