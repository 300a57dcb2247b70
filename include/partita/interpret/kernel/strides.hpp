// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Walks over tensors for kernels that move or combine elements: nested loops along which positions in several arrays
// advance by constant steps, and the strided copy that all data movement is made of.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <partita/interpret/kernel.hpp>

namespace partita::interpret::detail {

/// Elements from one index to the next along each dim of a row-major tensor.
[[nodiscard]] inline size_list row_major_steps(const size_list& dims) {
  size_list steps(dims.size(), 1);
  for (std::size_t d = dims.size(); d-- > 1;) steps[d - 1] = steps[d] * dims[d];
  return steps;
}

/// Nested loops in row-major order over a box, along which N positions advance by constant steps. Dims of size 1 vanish
/// and dims that one loop can cover are joined, so that the innermost run is as long as it can be.
template <std::size_t N>
class loops {
 public:
  using positions = std::array<std::int64_t, N>;

  /// Adds a dim inside those that there are.
  void add(std::int64_t size, const positions& steps) {
    if (size == 1) return;
    if (size == 0) empty_ = true;
    if (!sizes_.empty() && !empty_) {
      bool joins = true;
      for (std::size_t k = 0; k < N; ++k) joins = joins && steps_.back()[k] == size * steps[k];
      if (joins) {
        sizes_.back() *= size;
        steps_.back() = steps;
        return;
      }
    }
    sizes_.push_back(size);
    steps_.push_back(steps);
  }
  [[nodiscard]] bool empty() const { return empty_; }
  [[nodiscard]] std::size_t rank() const { return sizes_.size(); }
  [[nodiscard]] std::int64_t size(std::size_t d) const { return sizes_[d]; }
  [[nodiscard]] const positions& steps(std::size_t d) const { return steps_[d]; }
  /// Number of indices.
  [[nodiscard]] std::int64_t count() const {
    std::int64_t n = 1;
    for (const auto size : sizes_) n *= size;
    return empty_ ? 0 : n;
  }

  /// Calls f(n, at, steps) for each run of n indices: the first is at `at`, the others follow by `steps`.
  template <class F>
  void for_each_run(positions at, F&& f) const {
    if (empty_) return;
    if (sizes_.empty()) {
      positions one;
      one.fill(1);
      f(std::int64_t{1}, at, one);
      return;
    }
    const std::size_t outer = sizes_.size() - 1;
    static_vector<std::int64_t, capacity> index(outer, 0);
    for (;;) {
      f(sizes_[outer], at, steps_[outer]);
      std::size_t d = outer;
      for (;; --d) {
        if (d == 0) return;
        for (std::size_t k = 0; k < N; ++k) at[k] += steps_[d - 1][k];
        if (++index[d - 1] < sizes_[d - 1]) break;
        for (std::size_t k = 0; k < N; ++k) at[k] -= sizes_[d - 1] * steps_[d - 1][k];
        index[d - 1] = 0;
      }
    }
  }

 private:
  static constexpr std::size_t capacity = 2 * max_rank;
  static_vector<std::int64_t, capacity> sizes_;
  static_vector<positions, capacity> steps_;
  bool empty_ = false;
};

template <class B>
void copy_run(std::int64_t n, const B* from, std::int64_t from_step, B* to, std::int64_t to_step) {
  if (to_step == 1 && from_step == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(n) * sizeof(B));
  } else if (to_step == 1 && from_step == 0) {
    std::fill_n(to, n, *from);
  } else {
    for (std::int64_t i = 0; i < n; ++i) to[i * to_step] = from[i * from_step];
  }
}

/// Copies along loops whose position 0 is read and position 1 is written, a tile at a time where the innermost loop
/// would jump through the source while another one would not.
template <class B>
void copy_along(const loops<2>& along, const B* from, B* to) {
  constexpr std::int64_t tile = 16;
  const std::size_t rank = along.rank();
  std::size_t across = rank;
  if (rank >= 2 && along.steps(rank - 1)[0] != 1 && along.size(rank - 1) >= tile) {
    for (std::size_t d = 0; d + 1 < rank; ++d) {
      if (along.steps(d)[0] == 1 && along.size(d) >= tile) across = d;
    }
  }
  if (across == rank) {
    along.for_each_run({0, 0}, [&](std::int64_t n, const auto& at, const auto& step) {
      copy_run(n, from + at[0], step[0], to + at[1], step[1]);
    });
    return;
  }
  loops<2> outer;
  for (std::size_t d = 0; d + 1 < rank; ++d) {
    if (d != across) outer.add(along.size(d), along.steps(d));
  }
  const std::int64_t rows = along.size(across), columns = along.size(rank - 1);
  const auto by_row = along.steps(across), by_column = along.steps(rank - 1);
  outer.for_each_run({0, 0}, [&](std::int64_t n, const auto& at, const auto& step) {
    for (std::int64_t k = 0; k < n; ++k) {
      const B* const source = from + at[0] + k * step[0];
      B* const target = to + at[1] + k * step[1];
      for (std::int64_t r = 0; r < rows; r += tile) {
        for (std::int64_t c = 0; c < columns; c += tile) {
          const std::int64_t r_end = std::min(r + tile, rows), c_count = std::min(tile, columns - c);
          for (std::int64_t i = r; i < r_end; ++i) {
            const B* const s = source + i * by_row[0] + c * by_column[0];
            B* const t = target + i * by_row[1] + c * by_column[1];
            for (std::int64_t j = 0; j < c_count; ++j) t[j * by_column[1]] = s[j * by_column[0]];
          }
        }
      }
    }
  });
}

/// Copies elements along loops from position `from_at` of one array to position `to_at` of another of the same kind.
inline void copy_elements(const loops<2>& along, const array& from, std::int64_t from_at, array& to,
                          std::int64_t to_at) {
  if (along.empty()) return;
  std::byte* const target = to.mutable_data();
  with_bits(from.kind(), [&]<class B>() {
    copy_along(along, reinterpret_cast<const B*>(from.data()) + from_at, reinterpret_cast<B*>(target) + to_at);
  });
}

/// Sets all elements to the first of `value`.
inline void fill_elements(array& to, const array& value) {
  loops<2> all;
  all.add(static_cast<std::int64_t>(to.size()), {0, 1});
  copy_elements(all, value, 0, to, 0);
}

/// The integers that an array holds; those beyond 64 signed bits become the largest.
[[nodiscard]] inline std::vector<std::int64_t> integers_of(const array& a) {
  std::vector<std::int64_t> integers(a.size());
  with_type(a.kind(), [&]<class T>() {
    if constexpr (std::is_integral_v<T>) {
      const auto elements = a.elements<T>();
      for (std::size_t i = 0; i < integers.size(); ++i) {
        if constexpr (std::is_same_v<T, std::uint64_t>) {
          constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
          integers[i] = static_cast<std::int64_t>(std::min(elements[i], largest));
        } else {
          integers[i] = static_cast<std::int64_t>(elements[i]);
        }
      }
    }
  });
  return integers;
}

/// The sizes that operand i holds. Throws execution_error when one is negative or too large for any tensor.
[[nodiscard]] inline size_list sizes_of(invocation& call, std::size_t i) {
  if (call.operand(i).size() > max_rank) {
    call.fail("operand " + std::to_string(i) + " holds " + std::to_string(call.operand(i).size()) +
              " sizes but tensors have rank " + std::to_string(max_rank) + " at most");
  }
  const size_list sizes{list_view<std::int64_t>(integers_of(call.operand(i)))};
  for (const auto size : sizes) {
    if (size < 0 || size > std::int64_t{1} << 48)
      call.fail("operand " + std::to_string(i) + " holds the size " + std::to_string(size) +
                "; sizes lie between 0 and 2^48");
  }
  return sizes;
}

[[nodiscard]] inline std::size_t product(list_view<std::int64_t> dims) {
  return static_cast<std::size_t>(type_view{element_type::i8, dims}.elements());
}

/// Operands first, first + 1, ... up to `end` have one shape: a program may leave sizes open until it runs.
inline void expect_one_shape_at_run_time(invocation& call, std::size_t first, std::size_t end) {
  for (std::size_t i = first + 1; i < end; ++i) {
    if (call.operand(i).dims() == call.operand(first).dims()) continue;
    call.fail("operands " + std::to_string(first) + " and " + std::to_string(i) + " must have one shape but are " +
              to_string(call.operand(first).type()) + " and " + to_string(call.operand(i).type()));
  }
}

}  // namespace partita::interpret::detail
