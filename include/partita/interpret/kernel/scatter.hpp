// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Updates combined into a tensor at places that another tensor lists (StableHLO specification: scatter). Updates are
// taken in order; elements of an update that fall outside the tensor are left out.

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <partita/interpret/kernel/gather.hpp>
#include <partita/interpret/kernel/reduce.hpp>

namespace partita::interpret {

namespace detail {

/// What a scatter does with the elements of one run of places.
class scatter_region {
 public:
  scatter_region(invocation& call, std::span<array> inputs, std::span<const array> updates)
      : count_(inputs.size()), region_(call) {
    for (std::size_t i = 0; i < count_; ++i) {
      kinds_.push_back(inputs[i].kind());
      to_.push_back(inputs[i].mutable_data());
      from_.push_back(updates[i].data());
    }
    old_.resize(count_);
    given_.resize(count_);
    in_.resize(2 * count_);
    result_.resize(count_);
    const graph_base& g = call.op().graph();
    const region_id r = call.op().region(0);
    const auto arguments = g.arguments(r);
    const auto results = g.results(r);
    replaces_ = true;
    for (std::size_t i = 0; i < count_; ++i) replaces_ = replaces_ && results[i] == arguments[count_ + i];
    // Types that an op rounds or wraps after each step take the region, which does so.
    const element_type e = inputs[0].element();
    const monoid m = count_ == 1 ? call.op().reducer(0) : monoid::none;
    const bool exact = m == monoid::minimum || m == monoid::maximum || kinds_[0] == storage::f64 || bits_of(e) >= 32 ||
                       bits_of(e) == 8 * static_cast<int>(size_of(kinds_[0])) || is_boolean(e);
    if (exact) combine_ = find_accumulate(kinds_[0], m);
  }

  /// Elements at `at[0]` of the inputs and `at[1]` of the updates, n of them; no place occurs twice.
  void operator()(std::int64_t n, const std::array<std::int64_t, 2>& at, const std::array<std::int64_t, 2>& step) {
    if (combine_ != nullptr) return combine_(n, to(0, at[0]), step[0], from(0, at[1]), step[1]);
    if (replaces_) {
      for (std::size_t i = 0; i < count_; ++i) move(i, n, from(i, at[1]), step[1], to(i, at[0]), step[0]);
      return;
    }
    constexpr auto width = static_cast<std::int64_t>(region_function::width);
    for (std::int64_t first = 0; first < n; first += width) {
      const std::int64_t m = std::min(width, n - first);
      for (std::size_t i = 0; i < count_; ++i) {
        move(i, m, to(i, at[0] + first * step[0]), step[0], old_[i].data(), 1);
        move(i, m, from(i, at[1] + first * step[1]), step[1], given_[i].data(), 1);
        in_[i] = {old_[i].data(), 1};
        in_[count_ + i] = {given_[i].data(), 1};
        result_[i] = old_[i].data();
      }
      region_(static_cast<std::size_t>(m), in_, result_);
      for (std::size_t i = 0; i < count_; ++i) move(i, m, old_[i].data(), 1, to(i, at[0] + first * step[0]), step[0]);
    }
  }

 private:
  [[nodiscard]] std::byte* to(std::size_t i, std::int64_t at) const {
    return to_[i] + static_cast<std::size_t>(at) * size_of(kinds_[i]);
  }
  [[nodiscard]] const std::byte* from(std::size_t i, std::int64_t at) const {
    return from_[i] + static_cast<std::size_t>(at) * size_of(kinds_[i]);
  }
  void move(std::size_t i, std::int64_t n, const std::byte* source, std::int64_t source_step, std::byte* target,
            std::int64_t target_step) const {
    with_bits(kinds_[i], [&]<class B>() {
      copy_run(n, reinterpret_cast<const B*>(source), source_step, reinterpret_cast<B*>(target), target_step);
    });
  }

  std::size_t count_;
  region_function region_;
  std::vector<storage> kinds_;
  std::vector<std::byte*> to_;
  std::vector<const std::byte*> from_;
  std::vector<lanes> old_, given_;
  std::vector<element_operand> in_;
  std::vector<void*> result_;
  bool replaces_ = false;
  accumulate combine_ = nullptr;
};

}  // namespace detail

template <>
struct kernel<op::scatter> {
  static void run(invocation& call, const op::scatter::attributes& attributes) {
    const op::scatter::dimension_numbers& a = attributes.dims;
    const std::size_t count = call.operand_count() / 2;
    detail::expect_one_shape_at_run_time(call, 0, count);
    detail::expect_one_shape_at_run_time(call, count + 1, call.operand_count());
    const size_list sizes = call.operand(0).dims(), update_sizes = call.operand(count + 1).dims();
    const detail::place_list places(
        call,
        {a.update_window_dims, a.inserted_window_dims, a.input_batching_dims, a.scatter_indices_batching_dims,
         a.scatter_dims_to_operand_dims, a.index_vector_dim},
        sizes, count);
    const size_list update_steps = detail::row_major_steps(update_sizes);
    size_list list_steps;
    for (std::size_t d = 0; d < update_sizes.size(); ++d) {
      if (a.update_window_dims.contains(static_cast<std::uint8_t>(d))) continue;
      if (update_sizes[d] != places.list_sizes()[list_steps.size()])
        call.fail("the updates " + to_string(call.operand(count + 1).type()) + " do not fit the indices " +
                  to_string(call.operand(count).type()));
      list_steps.push_back(update_steps[d]);
    }
    const std::vector<array> updates = detail::promoted_operands(call, count + 1, count, 0);
    std::vector<array> out = take_inputs(call, count);
    detail::scatter_region combine(call, out, updates);

    // One update: window dims of the operand with their sizes; inserted dims with size 1.
    size_list window_sizes(sizes.size(), 1), window_steps(sizes.size(), 0);
    for (std::size_t i = 0; i < places.window().size(); ++i) {
      window_sizes[places.window()[i]] = update_sizes[a.update_window_dims[i]];
      window_steps[places.window()[i]] = update_steps[a.update_window_dims[i]];
    }
    const size_list& steps = places.operand_steps();
    detail::loops<2> whole;
    for (std::size_t d = 0; d < sizes.size(); ++d) whole.add(window_sizes[d], {steps[d], window_steps[d]});
    places.over(list_steps).for_each_run({0, 0, 0}, [&](std::int64_t n, const auto& at, const auto& step) {
      for (std::int64_t k = 0; k < n; ++k) {
        size_list start(sizes.size(), 0);
        for (std::size_t m = 0; m < a.scatter_dims_to_operand_dims.size(); ++m)
          start[a.scatter_dims_to_operand_dims[m]] = places.entry(at[0] + k * step[0], m);
        std::int64_t to = at[1] + k * step[1], from = at[2] + k * step[2];
        bool inside = true;
        for (std::size_t d = 0; d < sizes.size(); ++d)
          inside = inside && start[d] >= 0 && start[d] <= sizes[d] - window_sizes[d];
        if (inside) {
          for (std::size_t d = 0; d < sizes.size(); ++d) to += start[d] * steps[d];
          whole.for_each_run({to, from}, combine);
          continue;
        }
        detail::loops<2> part;
        for (std::size_t d = 0; d < sizes.size(); ++d) {
          // Neither negating nor adding can overflow: what lies outside is seen first.
          if (start[d] >= sizes[d] || start[d] <= -window_sizes[d]) {
            part.add(0, {0, 0});
            break;
          }
          const std::int64_t first = std::max(start[d], std::int64_t{0});
          const std::int64_t end = std::min(start[d] + window_sizes[d], sizes[d]);
          part.add(end - first, {steps[d], window_steps[d]});
          to += first * steps[d];
          from += (first - start[d]) * window_steps[d];
        }
        part.for_each_run({to, from}, combine);
      }
    });
    for (std::size_t i = 0; i < count; ++i) call.set(i, std::move(out[i]));
  }

 private:
  // In the types that the region combines; changed in place where these are the operands' own.
  static std::vector<array> take_inputs(invocation& call, std::size_t count) {
    const graph_base& g = call.op().graph();
    const auto results = g.results(call.op().region(0));
    std::vector<array> arrays;
    for (std::size_t i = 0; i < count; ++i) {
      array input = call.take(i);
      const element_type wanted = g.type(results[i]).element;
      if (input.element() != wanted) input = detail::promoted(input, wanted, call.precision());
      arrays.push_back(std::move(input));
    }
    return arrays;
  }
};

}  // namespace partita::interpret
