// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random elementwise ops, movement of data and contractions.

#include <vector>

#include "random_values.hpp"

namespace partita::testing {

class random_ops : public random_values {
 protected:
  using random_values::random_values;
  using direction = op::comparison_direction;

  static constexpr auto any = [](const drawn&) { return true; };
  static constexpr auto of_rank_1 = [](const drawn& x) { return x.value.rank() >= 1; };

  // --- elementwise ----------------------------------------------------------------------------------------
  void draw_unary() {
    const auto x = pick(any);
    const element e = x->value.type().element;
    if (is_real(e)) {
      unary_real(*x);
    } else if (is_complex(e)) {
      unary_complex(*x);
    } else if (is_boolean(e)) {
      add_moved(emit<op::not_>({x->value}), *x);
    } else {
      unary_integer(*x);
    }
  }

  /// |x| + 1/2: what logarithms and roots are taken of.
  tensor away_from_zero(const tensor& x) {
    const bool integer = is_integer(x.type().element);
    return emit<op::add>({emit<op::abs>({x}), splat_like(x, integer ? 1 : 0.5)});
  }

  void unary_real(const drawn& d) {
    const tensor& x = d.value;
    const auto made = [&](const tensor& y, double bound) { add(y, bound, d.exact, d.moves); };
    switch (below(26)) {
      case 0:
        return made(emit<op::negate>({x}), d.bound);
      case 1:
        return made(emit<op::abs>({x}), d.bound);
      case 2:
        return made(emit<op::tanh>({x}), 1);
      case 3:
        return made(emit<op::logistic>({x}), 1);
      case 4:
        return made(emit<op::sine>({x}), 1);
      case 5:
        return made(emit<op::cosine>({x}), 1);
      case 6:
        return made(emit<op::sqrt>({away_from_zero(x)}), std::sqrt(d.bound + 1));
      case 7:
        return made(emit<op::rsqrt>({away_from_zero(x)}), 1.5);
      case 8:
        return made(emit<op::cbrt>({away_from_zero(x)}), d.bound + 1);
      case 9:
        return made(emit<op::log>({away_from_zero(x)}), std::log(d.bound + 3) + 1);
      case 10:
        return made(emit<op::log_plus_one>({emit<op::abs>({x})}), d.bound);
      case 11:
        return d.bound > 3 ? made(emit<op::tanh>({x}), 1) : made(emit<op::exponential>({x}), std::exp(d.bound));
      case 12:
        return d.bound > 3 ? made(emit<op::sine>({x}), 1)
                           : made(emit<op::exponential_minus_one>({x}), std::exp(d.bound));
      case 13:
        return made(emit<op::tan>({emit<op::tanh>({x})}), 1.6);
      case 14:
        return made(emit<op::floor>({emit<op::add>({x, splat_like(x, odd_number())})}), d.bound + 2);
      case 15:
        return made(emit<op::ceil>({emit<op::add>({x, splat_like(x, odd_number())})}), d.bound + 2);
      case 16:
        return made(emit<op::round_nearest_even>({emit<op::add>({x, splat_like(x, odd_number())})}), d.bound + 2);
      case 17:
        return made(emit<op::round_nearest_afz>({emit<op::add>({x, splat_like(x, odd_number())})}), d.bound + 2);
      case 18:
        return made(emit<op::sign>({emit<op::add>({x, splat_like(x, odd_number())})}), 1);
      case 19:
        return made(emit<op::chlo::erf>({x}), 1);
      case 20:
        return made(emit<op::chlo::square>({x}), d.bound * d.bound);
      case 21:
        return made(emit<op::chlo::asinh>({x}), d.bound);
      case 22:
        return made(emit<op::chlo::atan>({x}), 1.6);
      case 23:
        return add(emit<op::is_finite>({x}), 1, true, d.moves);
      case 24: {
        const drawn real = as_element(d, x.type().element == element::bf16 ? element::f32 : x.type().element);
        const drawn imaginary = shaped_like(real.value);
        return add(emit<op::complex>({real.value, imaginary.value}), std::max(d.bound, imaginary.bound), false,
                   d.moves);
      }
      default:
        return made(emit<op::chlo::sinh>({emit<op::tanh>({x})}), 1.2);
    }
  }

  void unary_complex(const drawn& d) {
    const tensor& x = d.value;
    switch (below(7)) {
      case 6:
        return fourier(d);
      case 0:
        return add(emit<op::negate>({x}), d.bound, d.exact, d.moves);
      case 1:
        return add(emit<op::abs>({x}), 2 * d.bound, d.exact, d.moves);
      case 2:
        return add(emit<op::real>({x}), d.bound, d.exact, d.moves);
      case 3:
        return add(emit<op::imag>({x}), d.bound, d.exact, d.moves);
      case 4:
        return add(emit<op::chlo::conj>({x}), d.bound, d.exact, d.moves);
      default:
        if (d.bound > 3) return add(emit<op::negate>({x}), d.bound, d.exact, d.moves);
        return add(emit<op::exponential>({x}), std::exp(d.bound), d.exact, d.moves);
    }
  }

  /// A Fourier transform of the last dims. Equal elements would add up to zeros that are nothing but rounding, so each
  /// is multiplied by a number of its own.
  void fourier(drawn d) {
    if (d.value.rank() == 0 || !stir(d)) return;
    std::vector<double> factors;
    for (std::int64_t i = elements(d.value.type().dims); i > 0; --i) factors.push_back(odd_number());
    d.value = emit<op::multiply>({d.value, constant(d.value.type().element, d.value.type().dims, factors)});
    op::fft::attributes a;
    a.fft_type = op::fft_type::FFT;
    double count = 1;
    for (std::size_t k = d.value.rank() - (d.value.rank() > 1 && once_in(2) ? 2 : 1); k < d.value.rank(); ++k) {
      a.fft_length.push_back(d.value.size(k));
      count *= static_cast<double>(d.value.size(k));
    }
    add(emit<op::fft>({d.value}, a), 2 * d.bound * count, false, d.moves);
  }

  void unary_integer(const drawn& d) {
    const tensor& x = d.value;
    switch (below(6)) {
      case 0:
        return add(emit<op::negate>({x}), d.bound, true, d.moves);
      case 1:
        return add(emit<op::abs>({x}), d.bound, true, d.moves);
      case 2:
        return add(emit<op::not_>({x}), d.bound + 1, true, d.moves);
      case 3:
        return add(emit<op::sign>({x}), 1, true, d.moves);
      case 4:
        return add(emit<op::popcnt>({x}), 64, true, d.moves);
      default:
        return add(emit<op::count_leading_zeros>({x}), 64, true, d.moves);
    }
  }

  drawn shaped_like(const tensor& x) { return shaped(x.type().element, x.type().dims); }

  /// Shapes that differ are made equal by repetition.
  void draw_broadcasting_binary() {
    const auto x = pick([](const drawn& d) { return d.value.rank() >= 1 && !is_boolean(d.value.type().element); });
    if (!x) return;
    size_list sizes = x->value.type().dims;
    for (std::size_t less = below(sizes.size() + 1); less > 0; --less) sizes.erase(0);
    for (std::int64_t& s : sizes) {
      if (once_in(3)) s = 1;
    }
    const drawn y = shaped(x->value.type().element, sizes);
    const bool exact = x->exact && y.exact, moves = x->moves || y.moves;
    if (once_in(2))
      return add(emit<op::chlo::broadcast_subtract>({x->value, y.value}), x->bound + y.bound, exact, moves);
    add(emit<op::chlo::broadcast_multiply>({x->value, y.value}), 2 * x->bound * y.bound, exact, moves);
  }

  void draw_binary() {
    if (once_in(12)) return draw_broadcasting_binary();
    const auto x = pick(any);
    const drawn y = shaped_like(x->value);
    const tensor &a = x->value, &b = y.value;
    const element e = a.type().element;
    const bool exact = x->exact && y.exact, moves = x->moves || y.moves;
    const double sum = x->bound + y.bound, product = x->bound * y.bound, larger = std::max(x->bound, y.bound);
    if (is_boolean(e)) {
      const std::size_t which = below(3);
      return add(which == 0   ? emit<op::and_>({a, b})
                 : which == 1 ? emit<op::or_>({a, b})
                              : emit<op::xor_>({a, b}),
                 1, true, moves);
    }
    if (once_in(5) && !is_complex(e)) {
      tensor other = b;
      if (is_real(e)) other = emit<op::add>({b, splat_like(b, odd_number())});
      const direction d = is_real(e) ? one_of({direction::LT, direction::GE, direction::GT, direction::LE})
                                     : one_of({direction::EQ, direction::NE, direction::LT, direction::GE});
      return add(emit<op::compare>({a, other}, {d, {}}), 1, true, moves);
    }
    switch (below(is_complex(e) ? 4 : is_real(e) ? 10 : 13)) {
      case 0:
        return add(emit<op::add>({a, b}), sum, exact, moves);
      case 1:
        return add(emit<op::subtract>({a, b}), sum, exact, moves);
      case 2:
      case 3:
        return add(emit<op::multiply>({a, b}), is_complex(e) ? 2 * product : product, exact, moves);
      case 4:
        return add(emit<op::maximum>({a, b}), larger, exact, moves);
      case 5:
        return add(emit<op::minimum>({a, b}), larger, exact, moves);
      case 6:
        return add(emit<op::divide>({a, away_from_zero(b)}), 2 * x->bound, exact, moves);
      case 7:
        if (is_real(e)) return add(emit<op::atan2>({a, away_from_zero(b)}), 1.6, exact, moves);
        return add(emit<op::remainder>({a, away_from_zero(b)}), y.bound + 1, exact, moves);
      case 8:
        if (is_real(e))
          return add(emit<op::power>({away_from_zero(a), emit<op::tanh>({b})}), x->bound + 2.5, exact, moves);
        return add(emit<op::chlo::broadcast_add>({a, b}), sum, exact, moves);
      case 9: {
        const drawn p = shaped(element::i1, once_in(4) ? size_list{} : a.type().dims);
        return add(emit<op::select>({p.value, a, b}), larger, exact, moves || p.moves);
      }
      case 10:
        return add(emit<op::and_>({a, b}), 2 * larger + 1, exact, moves);
      case 11:
        return add(emit<op::or_>({a, b}), 2 * larger + 1, exact, moves);
      default:
        return add(emit<op::xor_>({a, b}), 2 * larger + 1, exact, moves);
    }
  }

  void draw_clamp() {
    const auto x =
        pick([](const drawn& d) { return !is_boolean(d.value.type().element) && !is_complex(d.value.type().element); });
    if (!x) return;
    const element e = x->value.type().element;
    const double low = is_integer(e) ? -1 : -odd_number(), high = is_integer(e) ? 4 : odd_number();
    const size_list sizes = once_in(2) ? size_list{} : x->value.type().dims;
    add(emit<op::clamp>({splat(e, sizes, low), x->value, splat(e, sizes, high)}), 4, x->exact, x->moves);
  }

  void draw_convert() {
    const auto x = pick(any);
    drawn y = as_element(*x, one_of({element::f32, element::f32, element::f64, element::bf16, element::i32,
                                     element::i64, element::i1, element::complex_f32}));
    if (y.value.id() != x->value.id()) add(y);
  }

  // --- movement of data -----------------------------------------------------------------------------------
  std::int64_t some_size() { return one_of<std::int64_t>({1, 2, 3, 4, 4, 6, 8, 8, 12, 16}); }

  void draw_broadcast() {
    const auto x = pick([](const drawn& d) { return d.value.rank() < 4; });
    if (!x) return;
    size_list sizes = x->value.type().dims;
    dim_list at;
    for (std::size_t i = 0; i < sizes.size(); ++i) at.push_back(static_cast<std::uint8_t>(i));
    for (std::int64_t& s : sizes) {
      if (s == 1 && once_in(2)) s = some_size();
    }
    for (std::size_t more = 1 + below(2); more > 0 && sizes.size() < 4; --more) {
      const std::size_t d = below(sizes.size() + 1);
      sizes.insert(d, some_size());
      for (std::uint8_t& k : at) k = static_cast<std::uint8_t>(k + (k >= d ? 1 : 0));
    }
    if (once_in(6)) {  // dims may change places
      const dim_list order = permutation(sizes.size());
      size_list moved(sizes.size(), 1);
      for (std::size_t d = 0; d < sizes.size(); ++d) moved[order[d]] = sizes[d];
      for (std::uint8_t& k : at) k = order[k];
      sizes = moved;
    }
    if (!fits(sizes)) return;
    add_moved(emit<op::broadcast_in_dim>({x->value}, {at}, {{x->value.type().element, sizes}}), *x);
  }

  /// Splits and merges dims until the shape is another one.
  void draw_reshape() {
    const auto x = pick(of_rank_1);
    if (!x) return;
    size_list sizes = x->value.type().dims;
    for (std::size_t steps = 1 + below(3); steps > 0; --steps) {
      const std::size_t d = sizes.empty() ? 0 : below(sizes.size());
      if (once_in(2) && d + 1 < sizes.size()) {
        sizes[d] *= sizes[d + 1];
        sizes.erase(d + 1);
      } else if (sizes.size() < 4) {
        const std::int64_t part = one_of<std::int64_t>({1, 2, 3, 4, 6, 8});
        if (d < sizes.size() && sizes[d] % part == 0) {
          sizes[d] /= part;
          sizes.insert(d + below(2), part);
        }
      }
    }
    if (sizes == x->value.type().dims) return;
    add_moved(emit<op::reshape>({x->value}, {}, {{x->value.type().element, sizes}}), *x);
  }

  void draw_transpose() {
    const auto x = pick([](const drawn& d) { return d.value.rank() >= 2; });
    if (x) add_moved(emit<op::transpose>({x->value}, {permutation(x->value.rank())}), *x);
  }

  void draw_reverse() {
    const auto x = pick(of_rank_1);
    if (!x) return;
    dim_list dims = some_dims(x->value.rank(), 2);
    if (dims.empty()) dims.push_back(static_cast<std::uint8_t>(below(x->value.rank())));
    add_moved(emit<op::reverse>({x->value}, {dims}), *x);
  }

  void draw_slice() {
    const auto x = pick(of_rank_1);
    if (!x) return;
    op::slice::attributes a;
    for (std::size_t d = 0; d < x->value.rank(); ++d) {
      const std::int64_t size = x->value.size(d);
      const bool whole = once_in(2);
      a.start.push_back(whole ? 0 : between(0, size - 1));
      a.limit.push_back(whole ? size : between(a.start[d] + 1, size));
      a.strides.push_back(whole ? 1 : one_of<std::int64_t>({1, 1, 2, 3}));
      if (!whole && once_in(3)) a.start[d] = 0, a.limit[d] = size;
    }
    add_moved(emit<op::slice>({x->value}, a), *x);
  }

  void draw_pad() {
    const auto x = pick(of_rank_1);
    if (!x) return;
    op::pad::attributes a;
    size_list sizes;
    for (std::size_t d = 0; d < x->value.rank(); ++d) {
      const std::int64_t size = x->value.size(d);
      const bool none = once_in(2);
      a.low.push_back(none ? 0 : between(-1, 2));
      a.high.push_back(none ? 0 : between(-1, 2));
      a.interior.push_back(none ? 0 : one_of<std::int64_t>({0, 0, 1, 2}));
      sizes.push_back(size + (size - 1) * a.interior[d] + a.low[d] + a.high[d]);
      if (sizes[d] < 1) return;
    }
    if (!fits(sizes)) return;
    const tensor value = scalar_value(x->value.type().element);
    add({emit<op::pad>({x->value, value}, a), std::max(x->bound, 6.0), x->exact, x->moves, 0});
  }
  /// Zero, rarely something else.
  tensor scalar_value(element e) { return once_in(3) ? scalar(e, 1) : scalar(e, 0); }

  void draw_concatenate() {
    const auto x = pick(of_rank_1);
    if (!x) return;
    const std::size_t d = below(x->value.rank());
    std::vector<tensor> parts{x->value};
    drawn made = *x;
    size_list total = x->value.type().dims;
    for (std::size_t more = 1 + below(2); more > 0; --more) {
      size_list sizes = x->value.type().dims;
      if (once_in(2)) sizes[d] = some_size();
      total[d] += sizes[d];
      if (!fits(total)) return;
      const drawn y = shaped(x->value.type().element, sizes);
      parts.insert(parts.begin() + static_cast<std::ptrdiff_t>(below(parts.size() + 1)), y.value);
      made.bound = std::max(made.bound, y.bound);
      made.exact = made.exact && y.exact;
      made.moves = made.moves || y.moves;
    }
    count_op();
    add_moved(f_.add<op::concatenate>(parts, {static_cast<std::int64_t>(d)})[0], made);
  }

  void draw_iota() {
    const auto like = pick(of_rank_1);
    if (!like) return;
    const std::size_t d = below(like->value.rank());
    const element e = one_of({element::i32, element::i64, element::f32, element::i32});
    add(emit<op::iota>({}, {static_cast<std::int64_t>(d)}, {{e, like->value.type().dims}}),
        static_cast<double>(like->value.size(d)), true, false);
  }

  // --- contractions ---------------------------------------------------------------------------------------
  static bool is_number(const drawn& x) { return !is_boolean(x.value.type().element); }

  void draw_dot() {
    auto x = pick([](const drawn& d) { return d.value.rank() >= 1 && is_number(d); });
    if (!x) return;
    op::dot_general::attributes a;
    size_list right, result;
    std::int64_t terms = 1;
    for (const std::uint8_t d : permutation(x->value.rank())) {
      const std::int64_t size = x->value.size(d);
      const std::size_t role = below(7);
      if (role < 3) {
        a.dims.lhs_contracting.push_back(d);
        terms *= size;
      } else if (role == 3) {
        a.dims.lhs_batching.push_back(d);
        result.push_back(size);
      } else {
        result.push_back(size);
      }
    }
    const std::size_t matched = a.dims.lhs_batching.size() + a.dims.lhs_contracting.size();
    if (matched > 4) return;
    const std::size_t rank = std::min<std::size_t>(4, matched + below(3));
    const dim_list places = permutation(rank);
    right.resize(rank, 1);
    std::size_t next = 0;
    const auto place = [&](const dim_list& mine, dim_list& theirs) {
      for (const std::uint8_t d : mine) {
        right[places[next]] = x->value.size(d);
        theirs.push_back(places[next++]);
      }
    };
    place(a.dims.lhs_batching, a.dims.rhs_batching);
    place(a.dims.lhs_contracting, a.dims.rhs_contracting);
    for (; next < rank; ++next) {
      right[places[next]] = some_size();
      result.push_back(right[places[next]]);
    }
    if (!fits(right) || !fits(result) || result.size() > 4) return;
    drawn y = shaped(x->value.type().element, right);
    if (!stir(*x) || !stir(y)) return;
    add(emit<op::dot_general>({x->value, y.value}, a), 2 * x->bound * y.bound * static_cast<double>(terms),
        !is_real(x->value.type().element) && !is_complex(x->value.type().element), x->moves || y.moves);
  }

  void draw_convolution() {
    auto x = pick(
        [](const drawn& d) { return d.value.rank() >= 3 && d.value.rank() <= 4 && is_real(d.value.type().element); });
    if (!x) return;
    const std::size_t rank = x->value.rank(), spatial = rank - 2;
    op::convolution::attributes a;
    const dim_list in = permutation(rank), kernel = permutation(rank), out = permutation(rank);
    op::convolution_dimension_numbers& n = a.dims;
    n.input_batch_dimension = in[0];
    n.input_feature_dimension = in[1];
    n.kernel_input_feature_dimension = kernel[0];
    n.kernel_output_feature_dimension = kernel[1];
    n.output_batch_dimension = out[0];
    n.output_feature_dimension = out[1];
    const std::int64_t batch = x->value.size(in[0]), features = x->value.size(in[1]);
    a.feature_group_count = a.batch_group_count = 1;
    const std::int64_t groups = one_of<std::int64_t>({1, 1, 2, 3, 4});
    if (features % groups == 0) {
      a.feature_group_count = groups;
    } else if (batch % groups == 0) {
      a.batch_group_count = groups;
    }
    if (once_in(4) && a.feature_group_count == 1 && batch % groups == 0) a.batch_group_count = groups;
    size_list kernel_sizes(rank, 1);
    kernel_sizes[kernel[0]] = features / a.feature_group_count;
    kernel_sizes[kernel[1]] = a.feature_group_count * a.batch_group_count * one_of<std::int64_t>({1, 2, 2, 4});
    size_list result(rank, 1);
    result[out[0]] = batch / a.batch_group_count;
    result[out[1]] = kernel_sizes[kernel[1]];
    std::int64_t terms = kernel_sizes[kernel[0]];
    for (std::size_t i = 0; i < spatial; ++i) {
      n.input_spatial_dimensions.push_back(in[2 + i]);
      n.kernel_spatial_dimensions.push_back(kernel[2 + i]);
      n.output_spatial_dimensions.push_back(out[2 + i]);
      const std::int64_t size = x->value.size(in[2 + i]), reach = one_of<std::int64_t>({1, 2, 3});
      const std::int64_t stride = one_of<std::int64_t>({1, 1, 2}), low = between(0, reach - 1),
                         high = between(0, reach - 1);
      const std::int64_t left = one_of<std::int64_t>({1, 1, 1, 2}), right = one_of<std::int64_t>({1, 1, 2});
      a.window_strides.push_back(stride);
      a.lhs_dilation.push_back(left);
      a.rhs_dilation.push_back(right);
      a.window_reversal.push_back(once_in(5));
      a.padding.low.push_back(low);
      a.padding.high.push_back(high);
      kernel_sizes[kernel[2 + i]] = reach;
      terms *= reach;
      const std::int64_t room = (size - 1) * left + 1 + low + high - ((reach - 1) * right + 1);
      if (room < 0) return;
      result[out[2 + i]] = room / stride + 1;
    }
    if (!fits(result) || !fits(kernel_sizes)) return;
    drawn k = shaped(x->value.type().element, kernel_sizes);
    if (!stir(*x) || !stir(k)) return;
    add(emit<op::convolution>({x->value, k.value}, a), x->bound * k.bound * static_cast<double>(terms), false,
        x->moves || k.moves);
  }
};

}  // namespace partita::testing
