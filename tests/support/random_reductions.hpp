// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random reductions, over dims and over windows, by every way to combine.

#include <algorithm>
#include <cmath>
#include <vector>

#include "random_ops.hpp"

namespace partita::testing {

class random_reductions : public random_ops {
 protected:
  using random_ops::random_ops;

  enum class combination { add, multiply, maximum, minimum, and_, or_ };

  combination some_combination(element e) {
    using c = combination;
    if (is_complex(e)) return c::add;
    if (is_boolean(e)) return one_of({c::and_, c::or_});
    if (is_integer(e)) return one_of({c::add, c::maximum, c::minimum, c::and_, c::or_, c::multiply});
    return one_of({c::add, c::add, c::maximum, c::minimum, c::multiply});
  }
  tensor combine(combination c, const tensor& a, const tensor& b) {
    switch (c) {
      case combination::add:
        return f_.add1<op::add>({a, b});
      case combination::multiply:
        return f_.add1<op::multiply>({a, b});
      case combination::maximum:
        return f_.add1<op::maximum>({a, b});
      case combination::minimum:
        return f_.add1<op::minimum>({a, b});
      case combination::and_:
        return f_.add1<op::and_>({a, b});
      default:
        return f_.add1<op::or_>({a, b});
    }
  }
  static bool adds(combination c) { return c == combination::add || c == combination::multiply; }
  /// What counts for nothing; for maximum and minimum of numbers within the bound.
  static double identity(combination c, element e, double bound) {
    switch (c) {
      case combination::add:
        return 0;
      case combination::multiply:
        return 1;
      case combination::maximum:
        return is_boolean(e) ? 0 : -std::ceil(bound);
      case combination::minimum:
        return is_boolean(e) ? 1 : std::ceil(bound);
      case combination::and_:
        return is_boolean(e) ? 1 : -1;
      default:
        return 0;
    }
  }
  /// Largest magnitude of `count` numbers combined.
  static double combined(combination c, double bound, double count) {
    if (c == combination::add) return (bound + 1) * count + 1;
    if (c == combination::multiply) return std::pow(std::max(bound, 1.0), count);
    return c == combination::and_ || c == combination::or_ ? 2 * bound + 2 : std::max(bound, 3.0) + 1;
  }
  /// Makes a product of many numbers possible: they are brought near 1.
  void prepare(combination c, drawn& x, double count) {
    if (c != combination::multiply || combined(c, x.bound, count) <= 300) return;
    const element e = x.value.type().element;
    if (is_integer(e)) {
      x.value = emit<op::sign>({x.value});
      x.bound = 1;
    } else {
      x.value =
          emit<op::add>({emit<op::multiply>({x.value, splat_like(x.value, 0.2 / x.bound)}), splat_like(x.value, 0.85)});
      x.bound = 1.06;
    }
  }
  template <class O>
  tensor emit_reduction(combination c, const tensor& x, const tensor& start, const attributes_of<O>& a) {
    const tensor_type s = scalar_of(x.type().element);
    const std::vector<std::vector<tensor_type>> arguments{{s, s}};
    const tensor operands[] = {x, start};
    count_op();
    return f_.add_with_regions<O>(operands, a, arguments, {}, [&](const std::vector<tensor>& p) {
      f_.scope("");
      return std::vector<tensor>{once_in(6) ? combine(c, p[1], p[0]) : combine(c, p[0], p[1])};
    })[0];
  }

  void draw_reduce() {
    auto x = pick(of_rank_1);
    if (!x) return;
    const element e = x->value.type().element;
    const combination c = some_combination(e);
    dim_list dims = some_dims(x->value.rank(), 2);
    if (dims.empty()) dims.push_back(static_cast<std::uint8_t>(below(x->value.rank())));
    double count = 1;
    for (const std::uint8_t d : dims) count *= static_cast<double>(x->value.size(d));
    if (count > 64 && c == combination::multiply) return;
    if (adds(c) && !stir(*x)) return;
    prepare(c, *x, count);
    double start = identity(c, e, x->bound);
    if (once_in(4)) start = is_boolean(e) ? 1 - start : is_integer(e) ? 2 : odd_number();
    drawn initial{scalar(e, start), 1, true, false, 0};
    if (once_in(8) && !is_boolean(e)) {
      const drawn s = shaped(e, {});
      if (s.bound <= 3 && (c != combination::multiply)) initial = s;
    }
    const bool exact = x->exact && (!adds(c) || is_integer(e));
    add(emit_reduction<op::reduce>(c, x->value, initial.value, {dims}), combined(c, x->bound, count) + 3, exact,
        x->moves || initial.moves);
  }

  /// The place of the largest or smallest element, the first of several.
  void draw_argmax() {
    const auto x = pick([](const drawn& d) {
      return d.value.rank() >= 1 && d.exact && (is_real(d.value.type().element) || is_integer(d.value.type().element));
    });
    if (!x) return;
    const element e = x->value.type().element;
    const std::size_t d = below(x->value.rank());
    const bool largest = once_in(2);
    const double worst = (largest ? -1 : 1) * std::ceil(x->bound + 1);
    const tensor place = emit<op::iota>({}, {static_cast<std::int64_t>(d)}, {{element::i32, x->value.type().dims}});
    const tensor operands[] = {x->value, place, scalar(e, worst), scalar(element::i32, 0)};
    const tensor_type s = scalar_of(e), i = scalar_of(element::i32);
    const std::vector<std::vector<tensor_type>> arguments{{s, i, s, i}};
    count_op();
    const auto made = f_.add_with_regions<op::reduce>(
        operands, {{static_cast<std::uint8_t>(d)}}, arguments, {}, [&](const std::vector<tensor>& p) {
          f_.scope("");
          const tensor better = f_.add1<op::compare>({p[0], p[2]}, {largest ? direction::GT : direction::LT, {}});
          const tensor same = f_.add1<op::compare>({p[0], p[2]}, {direction::EQ, {}});
          const tensor first = f_.add1<op::compare>({p[1], p[3]}, {direction::LT, {}});
          const tensor left = f_.add1<op::or_>({better, f_.add1<op::and_>({same, first})});
          return std::vector<tensor>{f_.add1<op::select>({left, p[0], p[2]}), f_.add1<op::select>({left, p[1], p[3]})};
        });
    add(made[0], x->bound + 1, true, x->moves);
    add(made[1], static_cast<double>(x->value.size(d)), true, x->moves);
  }

  void draw_reduce_window() {
    auto x = pick(of_rank_1);
    if (!x) return;
    const element e = x->value.type().element;
    const combination c = is_boolean(e) || is_complex(e)
                              ? some_combination(e)
                              : one_of({combination::add, combination::maximum, combination::minimum});
    const std::size_t rank = x->value.rank();
    op::reduce_window::attributes a;
    size_list result;
    const bool cumulative = once_in(3);
    const std::size_t along = below(rank);
    double count = 1;
    for (std::size_t d = 0; d < rank; ++d) {
      const std::int64_t size = x->value.size(d);
      const bool apart = cumulative ? d != along : once_in(2);
      std::int64_t reach = apart ? 1 : cumulative ? size : one_of<std::int64_t>({1, 2, 3});
      std::int64_t stride = apart || cumulative ? 1 : one_of<std::int64_t>({1, 2, 2});
      std::int64_t base = apart || cumulative ? 1 : one_of<std::int64_t>({1, 1, 2});
      std::int64_t gaps = apart || cumulative ? 1 : one_of<std::int64_t>({1, 1, 2});
      const bool backwards = once_in(4);
      const std::int64_t low = apart ? 0 : cumulative ? (backwards ? 0 : size - 1) : between(0, reach - 1);
      const std::int64_t high = apart ? 0 : cumulative ? (size - 1 - low) : between(0, reach - 1);
      a.window_dimensions.push_back(reach);
      a.window_strides.push_back(stride);
      a.base_dilations.push_back(base);
      a.window_dilations.push_back(gaps);
      a.padding.low.push_back(low);
      a.padding.high.push_back(high);
      const std::int64_t room = (size - 1) * base + 1 + low + high - ((reach - 1) * gaps + 1);
      if (room < 0) return;
      result.push_back(room / stride + 1);
      count *= static_cast<double>(reach);
    }
    if (!fits(result) || (adds(c) && !stir(*x))) return;
    const tensor start = scalar(e, identity(c, e, x->bound));
    add(emit_reduction<op::reduce_window>(c, x->value, start, a), combined(c, x->bound, count),
        x->exact && (!adds(c) || is_integer(e)), x->moves);
  }

  void draw_select_and_scatter() {
    const auto x = pick([](const drawn& d) {
      return d.value.rank() >= 1 && d.value.rank() <= 3 && d.exact && is_real(d.value.type().element);
    });
    if (!x) return;
    op::select_and_scatter::attributes a;
    size_list windows;
    for (std::size_t d = 0; d < x->value.rank(); ++d) {
      const std::int64_t size = x->value.size(d), reach = once_in(2) ? 1 : one_of<std::int64_t>({2, 3});
      const std::int64_t stride = reach == 1 ? 1 : one_of<std::int64_t>({1, 2}), low = reach > 1 && once_in(3) ? 1 : 0;
      a.window_dimensions.push_back(reach);
      a.window_strides.push_back(stride);
      a.padding.low.push_back(low);
      a.padding.high.push_back(0);
      if (size + low < reach) return;
      windows.push_back((size + low - reach) / stride + 1);
    }
    const element e = x->value.type().element;
    drawn source = shaped(e, windows);
    if (!stir(source)) return;
    const tensor operands[] = {x->value, source.value, scalar(e, 0)};
    const tensor_type s = scalar_of(e);
    const std::vector<std::vector<tensor_type>> arguments{{s, s}, {s, s}};
    count_op();
    add(f_.add_with_regions<op::select_and_scatter>(
            operands, a, arguments, {},
            [&](const std::vector<tensor>& p) {
              f_.scope("");
              return std::vector<tensor>{f_.add1<op::compare>({p[0], p[1]}, {direction::GE, {}})};
            },
            [&](const std::vector<tensor>& p) {
              return std::vector<tensor>{f_.add1<op::add>({p[0], p[1]})};
            })[0],
        source.bound * 9, false, x->moves || source.moves);
  }
};

}  // namespace partita::testing
