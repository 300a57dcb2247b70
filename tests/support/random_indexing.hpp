// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random ops that choose elements by computed places: gather, scatter, dynamic slices, sort, top_k; and random bits.

#include <vector>

#include "random_reductions.hpp"

namespace partita::testing {

class random_indexing : public random_reductions {
 protected:
  using random_reductions::random_reductions;

  /// How gather or scatter index one tensor.
  struct indexing {
    dim_list batching, indices_batching, single, window, map;
    dim_list result_windows;  // dims of the gathered, or of the updates, that are windows
    size_list indices, slices, result;
    std::int64_t vector_dim = 0;
  };

  /// @param whole windows reach over their whole dims
  bool draw_indexing(const size_list& sizes, bool whole, indexing& x) {
    const std::size_t rank = sizes.size();
    for (std::size_t d = 0; d < rank; ++d) {
      const auto dim = static_cast<std::uint8_t>(d);
      const std::size_t role = below(8);
      if (role == 0 && x.batching.size() < 2) {
        x.batching.push_back(dim);
        x.slices.push_back(1);
      } else if (role < 4) {
        x.single.push_back(dim);
        x.map.insert(below(x.map.size() + 1), dim);
        x.slices.push_back(1);
      } else {
        x.window.push_back(dim);
        const bool part = !whole && once_in(3);
        x.slices.push_back(part ? between(1, sizes[d]) : sizes[d]);
        if (part || (!whole && once_in(8))) x.map.insert(below(x.map.size() + 1), dim);
      }
    }
    if (x.map.empty()) return false;
    // The dims over which the indices run: batching dims among free ones.
    size_list list;
    for (std::size_t i = below(3); i > 0; --i) list.push_back(some_size());
    for (const std::uint8_t d : x.batching) {
      const std::size_t at = below(list.size() + 1);
      list.insert(at, sizes[d]);
      for (std::uint8_t& k : x.indices_batching) k = static_cast<std::uint8_t>(k + (k >= at ? 1 : 0));
      x.indices_batching.push_back(static_cast<std::uint8_t>(at));
    }
    x.indices = list;
    if (x.map.size() == 1 && once_in(2)) {
      x.vector_dim = static_cast<std::int64_t>(list.size());
    } else {
      const std::size_t at = once_in(4) ? below(list.size() + 1) : list.size();
      x.vector_dim = static_cast<std::int64_t>(at);
      x.indices.insert(at, static_cast<std::int64_t>(x.map.size()));
      for (std::uint8_t& k : x.indices_batching) k = static_cast<std::uint8_t>(k + (k >= at ? 1 : 0));
    }
    const std::size_t result_rank = list.size() + x.window.size();
    if (result_rank > 5) return false;
    std::size_t windows = x.window.size(), lists = list.size(), next_window = 0, next_list = 0;
    for (std::size_t d = 0; d < result_rank; ++d) {
      if (below(windows + lists) < windows) {
        x.result_windows.push_back(static_cast<std::uint8_t>(d));
        x.result.push_back(x.slices[x.window[next_window++]]);
        --windows;
      } else {
        x.result.push_back(list[next_list++]);
        --lists;
      }
    }
    return fits(x.result) && fits(x.indices);
  }

  void draw_gather() {
    const auto x = pick(of_rank_1);
    if (!x) return;
    indexing i;
    if (!draw_indexing(x->value.type().dims, false, i)) return;
    const drawn at = shaped(one_of({element::i32, element::i64}), i.indices);
    op::gather::attributes a;
    a.dims = {i.result_windows, i.single, i.batching, i.indices_batching, i.map, i.vector_dim};
    a.slice_sizes = i.slices;
    add(emit<op::gather>({x->value, at.value}, a), x->bound, x->exact, x->moves || at.moves);
  }

  void draw_scatter() {
    auto x = pick(of_rank_1);
    if (!x) return;
    const element e = x->value.type().element;
    indexing i;
    const bool overwrites = once_in(3);
    if (!draw_indexing(x->value.type().dims, overwrites, i)) return;
    drawn places{x->value};
    if (overwrites) {
      // Places are distinct: one dim is indexed by a list without repetition.
      if (i.map.size() != 1) return;
      std::int64_t lists = 1;
      for (std::size_t d = 0; d < i.indices.size(); ++d) {
        if (static_cast<std::int64_t>(d) != i.vector_dim && !i.indices_batching.contains(static_cast<std::uint8_t>(d)))
          lists *= i.indices[d];
      }
      if (!i.batching.empty() || lists > 12) return;
      std::vector<double> numbers;
      const dim_list order = permutation(static_cast<std::size_t>(lists));
      for (const std::uint8_t n : order) numbers.push_back(n);
      places = {constant(element::i32, i.indices, numbers), 1, true, false, 0};
    } else {
      places = shaped(element::i32, i.indices);
    }
    drawn updates = shaped(e, i.result);
    combination c = some_combination(e);
    if (c == combination::multiply) c = combination::add;
    if (adds(c) && !overwrites && (!stir(*x) || !stir(updates))) return;
    if (adds(c) && once_in(2)) x = {splat_like(x->value, 0), 0, true, false, 0};
    op::scatter::attributes a;
    a.dims = {i.result_windows, i.single, i.batching, i.indices_batching, i.map, i.vector_dim};
    a.unique_indices = overwrites;
    const tensor operands[] = {x->value, places.value, updates.value};
    const std::vector<std::vector<tensor_type>> arguments{{scalar_of(e), scalar_of(e)}};
    count_op();
    const tensor made = f_.add_with_regions<op::scatter>(operands, a, arguments, {}, [&](const std::vector<tensor>& p) {
      f_.scope("");
      return std::vector<tensor>{overwrites ? p[1] : combine(c, p[0], p[1])};
    })[0];
    const bool exact = x->exact && updates.exact && (overwrites || !adds(c) || is_integer(e));
    const double bound = adds(c) && !overwrites ? x->bound + updates.bound * static_cast<double>(elements(i.result))
                                                : 2 * std::max(x->bound, updates.bound) + 2;
    add(made, bound, exact, x->moves || updates.moves || places.moves);
  }

  void draw_dynamic_slice() {
    const auto x = pick(of_rank_1);
    if (!x) return;
    std::vector<tensor> operands{x->value};
    op::dynamic_slice::attributes a;
    for (std::size_t d = 0; d < x->value.rank(); ++d) {
      const std::int64_t size = x->value.size(d);
      a.sizes.push_back(once_in(2) ? size : between(1, size));
      operands.push_back(index_scalar(size - a.sizes[d]));
    }
    count_op();
    add_moved(f_.add<op::dynamic_slice>(operands, a)[0], *x);
  }

  void draw_dynamic_update_slice() {
    const auto x = pick(of_rank_1);
    if (!x) return;
    size_list sizes;
    for (std::size_t d = 0; d < x->value.rank(); ++d)
      sizes.push_back(once_in(2) ? x->value.size(d) : between(1, x->value.size(d)));
    const drawn update = shaped(x->value.type().element, sizes);
    std::vector<tensor> operands{x->value, update.value};
    for (std::size_t d = 0; d < sizes.size(); ++d) operands.push_back(index_scalar(x->value.size(d) - sizes[d]));
    count_op();
    add(f_.add<op::dynamic_update_slice>(operands)[0], std::max(x->bound, update.bound), x->exact && update.exact,
        x->moves || update.moves);
  }

  /// Sorts by the first of one to three tensors, stably.
  void draw_sort() {
    const auto key = pick([](const drawn& d) {
      return d.value.rank() >= 1 && d.exact && (is_real(d.value.type().element) || is_integer(d.value.type().element));
    });
    if (!key) return;
    std::vector<drawn> sorted{*key};
    for (std::size_t more = below(3); more > 0; --more) {
      const element e = one_of({element::f32, element::i32, key->value.type().element});
      sorted.push_back(shaped(e, key->value.type().dims));
    }
    std::vector<tensor> operands;
    std::vector<std::vector<tensor_type>> arguments(1);
    for (const drawn& d : sorted) {
      operands.push_back(d.value);
      for (int i = 0; i < 2; ++i) arguments[0].push_back(scalar_of(d.value.type().element));
    }
    const direction order = one_of({direction::LT, direction::GT});
    count_op();
    const auto made =
        f_.add_with_regions<op::sort>(operands, {static_cast<std::int64_t>(below(key->value.rank())), true}, arguments,
                                      {}, [&](const std::vector<tensor>& p) {
                                        f_.scope("");
                                        return std::vector<tensor>{f_.add1<op::compare>({p[0], p[1]}, {order, {}})};
                                      });
    for (std::size_t i = 0; i < made.size(); ++i) add_moved(made[i], sorted[i]);
  }

  void draw_top_k() {
    const auto x =
        pick([](const drawn& d) { return d.value.rank() >= 1 && d.exact && is_real(d.value.type().element); });
    if (!x) return;
    const std::int64_t size = x->value.size(x->value.rank() - 1);
    count_op();
    const tensor operands[] = {x->value};
    const auto made = f_.add<op::chlo::top_k>(operands, {between(1, size)});
    add_moved(made[0], *x);
    add(made[1], static_cast<double>(size), true, x->moves);
  }

  void draw_random_bits() {
    const auto like = pick(of_rank_1);
    if (!like) return;
    const double seeds[] = {static_cast<double>(below(1000)), static_cast<double>(below(1000))};
    const tensor state = constant(element::ui64, {2}, seeds);
    const tensor operands[] = {state};
    const tensor_type stated[] = {state.type(), {element::ui32, like->value.type().dims}};
    count_op();
    const auto made = f_.add<op::rng_bit_generator>(
        operands, {one_of({op::rng_algorithm::THREE_FRY, op::rng_algorithm::PHILOX})}, stated);
    const tensor few = emit<op::shift_right_logical>({made[1], splat_like(made[1], 28)});
    add(emit<op::convert>({few}, {}, {{element::i32, few.type().dims}}), 16, true, false);
  }
};

}  // namespace partita::testing
