// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// random_program{.seed = n}(): a program of StableHLO that no one would write. The same seed gives the same program on
// every machine. Its numbers stay finite and bounded, and nothing in it is decided by rounding alone, so that two ways
// to compute it agree closely. Every op at the top stands in a scope of its own, n0, n1, ..., for tagged("n3") in
// schedules.

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "random_indexing.hpp"

namespace partita::testing {

namespace detail {

class program_drawer : private random_indexing {
 public:
  program_drawer(std::uint64_t seed, std::size_t ops, std::int64_t most_elements)
      : random_indexing(seed, most_elements), wanted_(ops) {}

  graph run() {
    f_.name("random");
    draw_arguments();
    for (std::size_t tries = 0; count() < wanted_ && tries < 4 * wanted_; ++tries) draw_op();
    // Ops with two operands bring together what nothing uses.
    for (std::size_t tries = 0; unused().size() > 3 && tries < wanted_; ++tries) draw_join();
    draw_results();
    return f_.finish();
  }

 private:
  void draw_arguments() {
    // Few sizes, so that dims of different arguments meet.
    const std::int64_t sizes[] = {some_size(), some_size(), some_size(), one_of<std::int64_t>({2, 4, 8})};
    const std::size_t count = 2 + below(5);
    for (std::size_t i = 0; i < count; ++i) {
      tensor_type t;
      t.element = i == 0 ? one_of({element::f32, element::f32, element::f64})
                         : one_of({element::f32, element::f32, element::f32, element::f64, element::bf16, element::i32,
                                   element::i32, element::i64, element::i1, element::complex_f32});
      const std::size_t rank = i == 0 ? 1 + below(4) : below(5);
      for (std::size_t d = 0; d < rank; ++d) t.dims.push_back(sizes[below(4)]);
      while (!fits(t.dims)) t.dims.pop_back();
      const bool real = is_real(t.element) || is_complex(t.element);
      add(f_.argument("arg" + std::to_string(i), t), is_integer(t.element) ? 16 : 2, true, real);
    }
  }

  /// Ops so far, without constants.
  std::size_t count() const { return ops_ - constants_; }

  std::vector<drawn> unused() const {
    std::vector<drawn> found;
    for (const drawn& d : values_) {
      if (d.uses == 0 && f_.graph().definition(d.value.id())) found.push_back(d);
    }
    return found;
  }

  void draw_join() {
    const std::size_t which = below(8);
    which < 5 ? draw_binary() : which < 6 ? draw_dot() : which < 7 ? draw_concatenate() : draw_dynamic_update_slice();
  }

  void draw_op() {
    const std::size_t which = below(nested_ ? 88 : 100);
    if (which < 12) return draw_unary();
    if (which < 27) return draw_binary();
    if (which < 29) return draw_clamp();
    if (which < 32) return draw_convert();
    if (which < 36) return draw_broadcast();
    if (which < 40) return draw_reshape();
    if (which < 43) return draw_transpose();
    if (which < 45) return draw_reverse();
    if (which < 48) return draw_slice();
    if (which < 50) return draw_pad();
    if (which < 53) return draw_concatenate();
    if (which < 59) return draw_dot();
    if (which < 61) return draw_convolution();
    if (which < 66) return draw_reduce();
    if (which < 67) return draw_argmax();
    if (which < 70) return draw_reduce_window();
    if (which < 73) return draw_gather();
    if (which < 77) return draw_scatter();
    if (which < 80) return draw_dynamic_slice();
    if (which < 83) return draw_dynamic_update_slice();
    if (which < 84) return draw_iota();
    if (which < 86) return draw_sort();
    if (which < 87) return draw_select_and_scatter();
    if (which < 88) return draw_top_k();
    if (which < 94) return draw_loop();
    if (which < 96) return draw_branches();
    if (which < 99) return draw_barrier();
    draw_random_bits();
  }

  /// Up to four of the values that nothing uses, the last ones first. What only the others need stays: programs have
  /// dead ops too. A result of an argument's type may count as that argument updated, by its name.
  void draw_results() {
    std::vector<drawn> last = unused();
    if (last.empty()) last.push_back(values_.back());
    std::reverse(last.begin(), last.end());
    if (once_in(2)) last.insert(last.begin(), draw_update());
    std::vector<bool> updated(f_.graph().arguments().size(), false);
    const std::size_t results = std::min<std::size_t>(last.size(), 4);
    for (std::size_t i = 0; i < results; ++i) {
      std::size_t number = updated.size() + i;
      for (std::size_t k = 0; k < updated.size() && number >= updated.size(); ++k) {
        const tensor_type t(f_.graph().type(f_.graph().arguments()[k]));
        if (!updated[k] && t == last[i].value.type() && !once_in(4)) number = k;
      }
      if (number < updated.size()) updated[number] = true;
      f_.result("result/" + std::to_string(number), last[i].value);
    }
  }

  /// An argument with something added to it.
  drawn draw_update() {
    const std::size_t k = below(f_.graph().arguments().size());
    const drawn x = values_[k];
    const drawn y = shaped_like(x.value);
    const bool boolean = is_boolean(x.value.type().element);
    return {boolean ? emit<op::or_>({x.value, y.value}) : emit<op::add>({x.value, y.value}), x.bound + y.bound, false,
            x.moves, 0};
  }

  void draw_barrier() {
    std::vector<tensor> operands;
    std::vector<drawn> passed;
    for (std::size_t i = 1 + below(3); i > 0; --i) {
      passed.push_back(*pick(any));
      operands.push_back(passed.back().value);
    }
    count_op();
    const auto made = f_.add<op::optimization_barrier>(operands);
    for (std::size_t i = 0; i < made.size(); ++i) add_moved(made[i], passed[i]);
  }

  /// Draws a few ops from other values than those outside, which may be used as they are.
  template <class Body>
  std::vector<tensor> inside(std::vector<drawn> known, std::size_t ops, Body&& body) {
    std::vector<drawn> outer = std::exchange(values_, std::move(known));
    nested_ = true;
    const std::size_t until = count() + ops;
    for (std::size_t tries = 0; count() < until && tries < 2 * ops && !values_.empty(); ++tries) draw_op();
    std::vector<tensor> results = body();
    nested_ = false;
    values_ = std::move(outer);
    return results;
  }

  /// A value of the type of x whose numbers are bounded as those of x are.
  tensor bounded_like(const drawn& x, drawn y) {
    const element e = x.value.type().element;
    if (is_real(e)) {
      if (y.bound <= x.bound) return y.value;
      if (x.bound >= 1 && once_in(2)) return emit<op::tanh>({y.value});
      return emit<op::clamp>({scalar(e, -x.bound), y.value, scalar(e, x.bound)});
    }
    if (is_integer(e)) {
      if (y.bound <= x.bound) return y.value;
      return emit<op::clamp>({scalar(e, -std::floor(x.bound)), y.value, scalar(e, std::floor(x.bound))});
    }
    if (is_complex(e) && y.bound > x.bound)
      return emit<op::multiply>({y.value, splat_like(y.value, x.bound / y.bound)});
    return y.value;
  }

  /// A loop over a counter that slices what it carries at the counter, computes, accumulates, updates, and adds up.
  void draw_loop() {
    const std::int64_t trips = between(2, 4);
    std::vector<drawn> carried;
    std::vector<tensor> operands{scalar(element::i32, 0)};
    for (std::size_t i = 1 + below(4); i > 0; --i) {
      drawn x = *pick(any);
      if (!stir(x)) continue;
      x.bound = std::max(x.bound, 2.0);
      const element e = x.value.type().element;
      x.exact = !is_real(e) && !is_complex(e);
      carried.push_back(x);
      operands.push_back(x.value);
    }
    std::vector<running_sum> sums = draw_sums(carried, trips);
    for (const running_sum& s : sums) operands.push_back(s.start.value);
    std::vector<drawn> outer;
    if (once_in(3)) outer.push_back(*pick(any));
    std::vector<std::vector<tensor_type>> arguments(2);
    for (const tensor& t : operands) {
      arguments[0].push_back(t.type());
      arguments[1].push_back(t.type());
    }
    count_op();
    const auto made = f_.add_with_regions<op::while_>(
        operands, {}, arguments, {},
        [&](const std::vector<tensor>& p) {
          const tensor last = scalar(element::i32, static_cast<double>(trips));
          return std::vector<tensor>{emit<op::compare>({p[0], last}, {direction::LT, {}})};
        },
        [&](const std::vector<tensor>& p) { return draw_body(p, carried, sums, outer, trips); });
    for (std::size_t i = 0; i < carried.size(); ++i) add_moved(made[i + 1], carried[i]);
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const element e = sums[i].start.value.type().element;
      add(made[carried.size() + 1 + i], sums[i].bound, !is_real(e) && !is_complex(e), true);
    }
  }

  /// What a loop adds up: parts of values shaped as a carried one, each a sum over one of its dims or a product of two
  /// that contracts it.
  struct running_sum {
    drawn start;
    std::size_t like = 0;    ///< number of the carried value
    std::uint8_t along = 0;  ///< the dim that is added up
    bool products = false;
    bool negated = false;    ///< each part is; a part and the same part negated would leave rounding alone
    double bound = 0;        ///< of the sum after the last trip
  };

  std::vector<running_sum> draw_sums(const std::vector<drawn>& carried, std::int64_t trips) {
    std::vector<running_sum> sums;
    for (std::size_t i = below(4); i > 0 && !carried.empty(); --i) {
      const std::size_t like = below(carried.size());
      const drawn& x = carried[like];
      const tensor_type t = x.value.type();
      if (t.rank() == 0 || is_boolean(t.element)) continue;
      const std::size_t along = below(t.rank());
      const bool products = once_in(2), negated = once_in(4);
      size_list rest;
      for (std::size_t d = 0; d < t.rank() * (products ? 2 : 1); ++d) {
        if (d % t.rank() != along) rest.push_back(t.dims[d % t.rank()]);
      }
      if (!fits(rest)) continue;
      const double zero = once_in(2) ? 0.0 : -0.0;
      const drawn start = once_in(2) ? drawn{splat(t.element, rest, zero), 0, true, false, 0} : shaped(t.element, rest);
      const double part = static_cast<double>(t.dims[along]) * x.bound * (products ? 2 * x.bound : 1.0);
      // Up to two parts a trip, in up to two inner trips.
      sums.push_back({start, like, static_cast<std::uint8_t>(along), products, negated,
                      start.bound + 4 * static_cast<double>(trips) * part});
    }
    return sums;
  }

  /// A sum after a trip; now and then after an inner loop.
  tensor next_sum(const tensor& sum, const running_sum& s, const drawn& x, bool inner) {
    if (inner) {
      const tensor zero = scalar(element::i32, 0);
      const bool apart = once_in(2);  // the inner loop begins at zero, or where the outer one is
      const std::vector<tensor> operands{zero, apart ? splat_like(sum, 0) : sum};
      const std::vector<std::vector<tensor_type>> arguments(2, {zero.type(), sum.type()});
      count_op();
      const auto made = f_.add_with_regions<op::while_>(
          operands, {}, arguments, {},
          [&](const std::vector<tensor>& p) {
            return std::vector<tensor>{emit<op::compare>({p[0], scalar(element::i32, 2)}, {direction::LT, {}})};
          },
          [&](const std::vector<tensor>& p) {
            return std::vector<tensor>{emit<op::add>({p[0], scalar(element::i32, 1)}), next_sum(p[1], s, x, false)};
          });
      return apart ? emit<op::add>({sum, made[1]}) : made[1];
    }
    tensor next = sum;
    for (std::size_t parts = once_in(4) ? 2 : 1; parts > 0; --parts) {
      const tensor part = draw_part(s, x);
      next = once_in(2) ? emit<op::add>({next, part}) : emit<op::add>({part, next});
    }
    if (!once_in(8)) return next;
    const tensor_type t = next.type();
    return emit<op::reshape>({emit<op::reshape>({next}, {}, {{t.element, {elements(t.dims)}}})}, {}, {t});
  }

  tensor draw_part(const running_sum& s, const drawn& x) {
    const element e = x.value.type().element;
    drawn other = once_in(3) ? x : shaped(e, x.value.type().dims);
    if (!s.products && !stir(other)) other = x;
    const tensor y = bounded_like(x, other);
    op::dot_general::attributes product;
    product.dims.lhs_contracting.push_back(s.along);
    product.dims.rhs_contracting.push_back(s.along);
    tensor part = s.products ? emit<op::dot_general>({x.value, y}, product)
                             : emit_reduction<op::reduce>(combination::add, y, scalar(e, 0), {{s.along}});
    const tensor_type t = part.type();
    if (s.negated) part = emit<op::negate>({part});
    if (once_in(4)) {
      part = emit<op::reshape>({part}, {}, {{e, {1, elements(t.dims)}}});
      part = emit_reduction<op::reduce>(combination::add, part, scalar(e, 0), {{0}});
      part = emit<op::reshape>({part}, {}, {t});
    }
    return part;
  }

  std::vector<tensor> draw_body(const std::vector<tensor>& p, const std::vector<drawn>& carried,
                                const std::vector<running_sum>& sums, const std::vector<drawn>& outer,
                                std::int64_t trips) {
    std::vector<drawn> known = outer;
    std::vector<drawn> mine;
    for (std::size_t i = 0; i < carried.size(); ++i) {
      mine.push_back({p[i + 1], carried[i].bound, carried[i].exact, carried[i].moves, 0});
      known.push_back(mine.back());
      if (once_in(2)) slice_at(p[0], mine.back(), trips, known);
    }
    if (known.empty() || once_in(4)) known.push_back({p[0], 4, true, false, 0});
    for (std::size_t i = 0; i < sums.size(); ++i) {  // most are for adding only
      const element e = sums[i].start.value.type().element;
      const bool exact = !is_real(e) && !is_complex(e);
      if (once_in(6)) known.push_back({p[mine.size() + 1 + i], sums[i].bound, exact, sums[i].start.moves, 0});
    }
    return inside(known, 3 + below(5), [&] {
      std::vector<tensor> yields{emit<op::add>({p[0], scalar(element::i32, 1)})};
      for (const drawn& x : mine) yields.push_back(once_in(6) ? x.value : next_value(p[0], x));
      for (std::size_t i = 0; i < sums.size(); ++i)
        yields.push_back(next_sum(p[mine.size() + 1 + i], sums[i], mine[sums[i].like], once_in(5)));
      return yields;
    });
  }

  /// A slice of x of size 1 along a dim, at the counter.
  void slice_at(const tensor& counter, const drawn& x, std::int64_t trips, std::vector<drawn>& known) {
    if (x.value.rank() == 0) return;
    const std::size_t along = once_in(3) ? below(x.value.rank()) : 0;
    if (x.value.size(along) < trips && !once_in(3)) return;
    std::vector<tensor> operands{x.value};
    op::dynamic_slice::attributes a;
    size_list rest;
    const tensor zero = scalar(element::i32, 0);
    for (std::size_t d = 0; d < x.value.rank(); ++d) {
      a.sizes.push_back(d == along ? 1 : x.value.size(d));
      operands.push_back(d == along ? counter : zero);
      if (d != along) rest.push_back(x.value.size(d));
    }
    count_op();
    const tensor slice = f_.add<op::dynamic_slice>(operands, a)[0];
    known.push_back({emit<op::reshape>({slice}, {}, {{x.value.type().element, rest}}), x.bound, x.exact, x.moves, 0});
  }

  /// What a carried value becomes: another value, a sum, or itself with a part written at the counter.
  tensor next_value(const tensor& counter, const drawn& x) {
    const tensor_type t = x.value.type();
    if (t.rank() > 0 && once_in(3)) {
      size_list sizes = t.dims;
      sizes[0] = 1;
      const tensor update = bounded_like(x, shaped(t.element, sizes));
      std::vector<tensor> operands{x.value, update, counter};
      const tensor zero = scalar(element::i32, 0);
      while (operands.size() < 2 + t.rank()) operands.push_back(zero);
      count_op();
      return f_.add<op::dynamic_update_slice>(operands)[0];
    }
    const drawn y = shaped(t.element, t.dims);
    if (is_real(t.element) && once_in(2)) {
      const tensor half = emit<op::multiply>({x.value, splat_like(x.value, 0.5)});
      drawn small = x;
      small.bound = x.bound / 2;
      return emit<op::add>({half, bounded_like(small, y)});
    }
    return bounded_like(x, y);
  }

  void draw_branches() {
    std::vector<drawn> wanted;
    for (std::size_t i = 1 + below(2); i > 0; --i) {
      drawn x = *pick(any);
      x.bound = std::max(x.bound, 2.0);
      wanted.push_back(x);
    }
    std::vector<drawn> known;
    for (std::size_t i = 1 + below(4); i > 0; --i) known.push_back(*pick(any));
    const auto branch = [&](const std::vector<tensor>&) {
      return inside(known, 1 + below(4), [&] {
        std::vector<tensor> yields;
        for (const drawn& x : wanted)
          yields.push_back(bounded_like(x, shaped(x.value.type().element, x.value.type().dims)));
        return yields;
      });
    };
    std::vector<tensor> made;
    if (once_in(2)) {
      const tensor number = index_scalar(2);
      const std::vector<std::vector<tensor_type>> none(3);
      count_op();
      made = f_.add_with_regions<op::case_>(std::span(&number, 1), {}, none, {}, branch, branch, branch);
    } else {
      const tensor yes = emit<op::compare>({index_scalar(2), scalar(element::i32, 1)}, {direction::LT, {}});
      const std::vector<std::vector<tensor_type>> none(2);
      count_op();
      made = f_.add_with_regions<op::if_>(std::span(&yes, 1), {}, none, {}, branch, branch);
    }
    for (std::size_t i = 0; i < made.size(); ++i) {
      const element e = wanted[i].value.type().element;
      add(made[i], wanted[i].bound, !is_real(e) && !is_complex(e), wanted[i].moves);
    }
  }

  std::size_t wanted_;
  bool nested_ = false;
};

}  // namespace detail

struct random_program {
  std::uint64_t seed = 1;
  std::size_t ops = 30;              ///< about how many, ops of regions included and constants not
  std::int64_t most_elements = 768;  ///< of any tensor

  [[nodiscard]] graph operator()() const { return detail::program_drawer(seed, ops, most_elements).run(); }
};

}  // namespace partita::testing
