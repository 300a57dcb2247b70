// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Sorting by any comparator (StableHLO specification: sort; CHLO: top_k). Merge sort on positions, always stable: many
// merges advance side by side, so that the comparator runs on many pairs at a time. A comparator that is no order gives
// some permutation.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <type_traits>
#include <vector>

#include <partita/interpret/kernel/reduce.hpp>
#include <partita/interpret/kernel/strides.hpp>
#include <partita/interpret/region_function.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {

/// Sorts rows of `length` elements, which lie one after another in all inputs, together.
class row_sorter {
 public:
  using position = std::uint32_t;  ///< in its row

  row_sorter(invocation& call, std::span<const array> rows, std::size_t length)
      : rows_(rows), length_(length), compare_(call), values_(2 * rows.size()), in_(2 * rows.size()) {
    if (length > std::numeric_limits<position>::max())
      call.fail("cannot sort " + std::to_string(length) + " elements: more than 2^32 - 1");
    // Values that the comparator does not look at are not fetched.
    const graph_base& g = call.op().graph();
    const region_id r = call.op().region(0);
    const auto arguments = g.arguments(r);
    used_.assign(arguments.size(), false);
    const auto uses = [&](std::span<const value_id> values) {
      for (const value_id v : values) {
        for (std::size_t k = 0; k < arguments.size(); ++k) used_[k] = used_[k] || arguments[k] == v;
      }
    };
    uses(g.results(r));
    for (op_id o = g.first_op(r); o != g.end_op(r); o = g.next(o)) {
      uses(g.operands(o));
      if (!g.regions(o).empty()) used_.assign(arguments.size(), true);
    }
    for (std::size_t k = 0; k < in_.size(); ++k)
      in_[k] = {values_[k].data(), used_[k] ? std::size_t{1} : std::size_t{0}};
  }

  /// Positions in sorted order, row by row.
  [[nodiscard]] std::vector<position> order() {
    const std::size_t size = rows_[0].size();
    order_.resize(size);
    for (std::size_t i = 0; i < size; i += length_)
      std::iota(order_.data() + i, order_.data() + i + length_, position{0});
    for (std::size_t width = 1; width < length_; width *= 2) {
      next_ = order_;
      merge_all(width);
      order_.swap(next_);
    }
    return std::move(order_);
  }

 private:
  // Two sorted parts of order_, next to each other, that become one of next_.
  struct merge {
    std::size_t row, left, left_end, right, right_end, out;
  };

  void merge_all(std::size_t width) {
    std::size_t row = 0, start = 0;
    const auto more = [&](merge& m) {
      while (start + width >= length_) {
        if (row + length_ >= order_.size()) return false;
        row += length_;
        start = 0;
      }
      m = {
          row,        row + start, row + start + width, row + start + width, row + std::min(start + 2 * width, length_),
          row + start};
      start += 2 * width;
      return true;
    };
    std::vector<merge> active;
    for (merge m; active.size() < region_function::width && more(m);) active.push_back(m);
    while (!active.empty()) {
      choose(active);
      const bool* const right_first = reinterpret_cast<const bool*>(picks_.data());
      std::size_t kept = 0;
      for (std::size_t i = 0; i < active.size(); ++i) {
        merge m = active[i];
        next_[m.out++] = right_first[i] ? order_[m.right++] : order_[m.left++];
        if (m.left == m.left_end || m.right == m.right_end) {
          std::copy(order_.begin() + offset(m.left), order_.begin() + offset(m.left_end),
                    next_.begin() + offset(m.out));
          std::copy(order_.begin() + offset(m.right), order_.begin() + offset(m.right_end),
                    next_.begin() + offset(m.out + m.left_end - m.left));
          if (!more(m)) continue;
        }
        active[kept++] = m;
      }
      active.resize(kept);
    }
  }
  static std::ptrdiff_t offset(std::size_t i) { return static_cast<std::ptrdiff_t>(i); }

  // Whether the head of the right part comes before that of the left part, for each merge.
  void choose(std::span<const merge> active) {
    for (std::size_t k = 0; k < rows_.size(); ++k) {
      with_bits(rows_[k].kind(), [&]<class B>() {
        const B* const elements = reinterpret_cast<const B*>(rows_[k].data());
        B* const right = reinterpret_cast<B*>(values_[2 * k].data());
        B* const left = reinterpret_cast<B*>(values_[2 * k + 1].data());
        for (std::size_t i = 0; used_[2 * k] && i < active.size(); ++i)
          right[i] = elements[active[i].row + order_[active[i].right]];
        for (std::size_t i = 0; used_[2 * k + 1] && i < active.size(); ++i)
          left[i] = elements[active[i].row + order_[active[i].left]];
      });
    }
    void* const result[] = {picks_.data()};
    compare_(active.size(), in_, result);
  }

  std::span<const array> rows_;
  std::size_t length_;
  region_function compare_;
  std::vector<bool> used_;
  std::vector<lanes> values_;
  lanes picks_;
  std::vector<element_operand> in_;
  std::vector<position> order_, next_;
};

/// A number that orders as x does, floats from -NaN over -0 and 0 to NaN.
template <class T>
[[nodiscard]] std::uint64_t order_key(T x) {
  constexpr std::uint64_t top = std::uint64_t{1} << 63;
  if constexpr (std::is_floating_point_v<T>) {
    const auto bits = std::bit_cast<std::uint64_t>(static_cast<double>(x));
    return (bits & top) != 0 ? ~bits : bits | top;
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<std::uint64_t>(static_cast<std::int64_t>(x)) ^ top;
  } else {
    return static_cast<std::uint64_t>(x);
  }
}

}  // namespace detail

template <>
struct kernel<op::sort> {
  static void run(invocation& call, const op::sort::attributes& a) {
    const std::size_t count = call.operand_count();
    detail::expect_one_shape_at_run_time(call, 0, count);
    const array& first = call.operand(0);
    if (first.size() == 0) {
      for (std::size_t i = 0; i < count; ++i) call.set(i, call.operand(i));
      return;
    }
    const std::size_t d = op::sort::dim_of(call.op(), a);
    const std::int64_t length = first.dims()[d], inner = detail::row_major_steps(first.dims())[d];
    const std::int64_t outer = static_cast<std::int64_t>(first.size()) / (length * inner);
    // Position 0 in the operand's layout, 1 in that of rows along the sorted dim.
    detail::loops<2> to_rows, from_rows;
    const std::int64_t block = length * inner;
    to_rows.add(outer, {block, block});
    to_rows.add(inner, {1, length});
    to_rows.add(length, {inner, 1});
    from_rows.add(outer, {block, block});
    from_rows.add(length, {1, inner});
    from_rows.add(inner, {length, 1});

    std::vector<array> rows;
    for (std::size_t i = 0; i < count; ++i) {
      rows.push_back(call.operand(i));
      if (inner == 1) continue;
      rows[i] = array(rows[i].element(), first.dims(), call.precision());
      detail::copy_elements(to_rows, call.operand(i), 0, rows[i], 0);
    }
    const auto size = static_cast<std::size_t>(length);
    const auto order = detail::row_sorter(call, rows, size).order();
    for (std::size_t i = 0; i < count; ++i) {
      array sorted(rows[i].element(), first.dims(), call.precision());
      std::byte* const target = sorted.mutable_data();
      with_bits(sorted.kind(), [&]<class B>() {
        const B* const from = reinterpret_cast<const B*>(rows[i].data());
        B* const to = reinterpret_cast<B*>(target);
        for (std::size_t row = 0; row < order.size(); row += size) {
          for (std::size_t k = row; k < row + size; ++k) to[k] = from[row + order[k]];
        }
      });
      if (inner != 1) {
        array out(sorted.element(), first.dims(), call.precision());
        detail::copy_elements(from_rows, sorted, 0, out, 0);
        sorted = std::move(out);
      }
      call.set(i, std::move(sorted));
    }
  }
};

/// Largest first, of equal ones the first; floats in total order.
template <>
struct kernel<op::chlo::top_k> {
  static void run(invocation& call, const op::chlo::top_k::attributes& a) {
    const array& operand = call.operand(0);
    size_list sizes = operand.dims();
    const std::int64_t length = sizes[sizes.size() - 1];
    if (a.k > length) call.fail("k is " + std::to_string(a.k) + " but the last dim has size " + std::to_string(length));
    sizes[sizes.size() - 1] = a.k;
    array values(operand.element(), sizes.view(), call.precision());
    array places(element_type::i32, sizes.view(), call.precision());
    const auto n = static_cast<std::size_t>(length), k = static_cast<std::size_t>(a.k);
    std::int32_t* place = places.mutable_elements<std::int32_t>().data();
    std::vector<std::uint64_t> keys(n);
    std::vector<std::int32_t> order(n);
    with_type(operand.kind(), [&]<class T>() {
      if constexpr (is_complex_v<T>) {
        call.fail("complex numbers have no order");
      } else {
        T* value = values.mutable_elements<T>().data();
        const auto elements = operand.elements<T>();
        for (std::size_t row = 0; k != 0 && row < elements.size(); row += n) {
          for (std::size_t i = 0; i < n; ++i) keys[i] = detail::order_key(elements[row + i]);
          select(keys, order, k);
          for (std::size_t i = 0; i < k; ++i) {
            *place++ = order[i];
            *value++ = elements[row + static_cast<std::size_t>(order[i])];
          }
        }
      }
    });
    call.set(0, std::move(values));
    call.set(1, std::move(places));
  }

 private:
  static void select(const std::vector<std::uint64_t>& keys, std::vector<std::int32_t>& order, std::size_t k) {
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(k), order.end(),
                      [&](std::int32_t x, std::int32_t y) {
                        const std::uint64_t a = keys[static_cast<std::size_t>(x)],
                                            b = keys[static_cast<std::size_t>(y)];
                        return a != b ? a > b : x < y;
                      });
  }
};

}  // namespace partita::interpret
