// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reductions over sliding windows (StableHLO specification: reduce_window, select_and_scatter).

#include <algorithm>
#include <cstdint>
#include <vector>

#include <partita/interpret/kernel/data_movement.hpp>
#include <partita/interpret/kernel/reduce.hpp>

namespace partita::interpret {

/// Windows over the padded and dilated input, in which what is not of the input is the initial value, are a reduction
/// whose kept dims step from window to window and whose reduced dims step within one.
template <>
struct kernel<op::reduce_window> {
  static void run(invocation& call, const op::reduce_window::attributes& a) {
    const std::size_t count = call.operand_count() / 2;
    detail::expect_one_shape_at_run_time(call, 0, count);
    std::vector<array> inputs = detail::promoted_operands(call, 0, count, 0);
    const std::vector<array> inits = detail::promoted_operands(call, count, count, 0);
    const auto w = a.window();
    const std::size_t rank = inputs[0].rank();
    size_list low, high, interior;
    bool pads = false;
    for (std::size_t d = 0; d < rank; ++d) {
      low.push_back(w.low(d));
      high.push_back(w.high(d));
      interior.push_back(w.at(w.base_dilations, d) - 1);
      pads = pads || low[d] != 0 || high[d] != 0 || interior[d] != 0;
    }
    for (std::size_t i = 0; pads && i < count; ++i)
      inputs[i] = detail::padded(call, inputs[i], inits[i], low, high, interior);
    const size_list& sizes = inputs[0].dims();
    const size_list steps = detail::row_major_steps(sizes);
    detail::reduction r;
    for (std::size_t d = 0; d < rank; ++d) {
      const std::int64_t dilation = w.at(w.window_dilations, d), stride = w.at(w.strides, d);
      const std::int64_t reach = checked_add(checked_multiply(w.dimensions[d] - 1, dilation), 1);
      const std::int64_t windows = reach > sizes[d] ? 0 : (sizes[d] - reach) / stride + 1;
      r.kept_sizes.push_back(windows);
      r.kept_steps.push_back(windows < 2 ? 0 : steps[d] * stride);
      r.reduced_sizes.push_back(w.dimensions[d]);
      r.reduced_steps.push_back(w.dimensions[d] < 2 || windows == 0 ? 0 : steps[d] * dilation);
    }
    detail::run_reduction(call, inputs, inits, r, detail::rounding::each_step);
  }
};

/// Of each window the region `select` picks one element; into its place the region `scatter` combines the window's
/// element of the source. Padding is never picked.
template <>
struct kernel<op::select_and_scatter> {
  static void run(invocation& call, const op::select_and_scatter::attributes& a) {
    const array operand = call.operand(0);
    const element_type combined = call.result_type().element;
    const array source = detail::promoted(call.operand(1), combined, call.precision());
    const array init = detail::promoted(call.operand(2), combined, call.precision());
    array out(combined, operand.dims(), call.precision());
    detail::fill_elements(out, init);
    if (source.size() == 0 || out.size() == 0) return call.set(std::move(out));

    const auto w = a.window();
    const size_list steps = detail::row_major_steps(operand.dims());
    const size_list& dimensions = a.window_dimensions;
    for (std::size_t d = 0; d < operand.rank(); ++d) {
      if (w.result_size(call.op(), operand.dims()[d], d) != source.dims()[d])
        call.fail("the source " + to_string(source.type()) + " must have one element per window");
    }
    // Windows in row-major order; within each its elements in the same order.
    std::vector<size_list> offsets;
    size_list at(operand.rank(), 0);
    if (detail::product(dimensions) > limit)
      call.fail("windows of " + std::to_string(detail::product(dimensions)) + " elements are too large");
    do offsets.push_back(at);
    while (advance(at, dimensions));

    std::vector<std::int64_t> chosen(source.size(), -1);
    region_function select(call, 0);
    const std::size_t bytes = size_of(operand.kind());
    detail::lanes best, next, picks;
    std::vector<size_list> starts;
    std::vector<std::size_t> lane_of;
    std::vector<std::int64_t> places;
    at = size_list(operand.rank(), 0);
    for (std::size_t first = 0; first < source.size(); first += region_function::width) {
      const std::size_t n = std::min(region_function::width, source.size() - first);
      starts.clear();
      for (std::size_t i = 0; i < n; ++i) {
        size_list start;
        for (std::size_t d = 0; d < at.size(); ++d) start.push_back(at[d] * w.at(w.strides, d) - w.low(d));
        starts.push_back(start);
        advance(at, source.dims());
      }
      for (const size_list& offset : offsets) {
        lane_of.clear();
        places.clear();
        for (std::size_t i = 0; i < n; ++i) {
          const std::int64_t place = place_in(operand.dims(), steps, starts[i], offset);
          if (place < 0) continue;
          std::int64_t& best_place = chosen[first + i];
          if (best_place < 0) {
            best_place = place;
            continue;
          }
          const std::size_t lane = lane_of.size();
          std::memcpy(best.data() + lane * bytes, operand.data() + static_cast<std::size_t>(best_place) * bytes, bytes);
          std::memcpy(next.data() + lane * bytes, operand.data() + static_cast<std::size_t>(place) * bytes, bytes);
          lane_of.push_back(first + i);
          places.push_back(place);
        }
        if (lane_of.empty()) continue;
        const element_operand in[] = {{best.data(), 1}, {next.data(), 1}};
        void* const result[] = {picks.data()};
        select(lane_of.size(), in, result);
        const bool* const keeps = reinterpret_cast<const bool*>(picks.data());
        for (std::size_t k = 0; k < lane_of.size(); ++k) {
          if (!keeps[k]) chosen[lane_of[k]] = places[k];
        }
      }
    }
    scatter(call, chosen, source, out);
    call.set(std::move(out));
  }

 private:
  static constexpr std::size_t limit = std::size_t{1} << 24;

  static bool advance(size_list& at, const size_list& sizes) {
    for (std::size_t d = at.size(); d-- > 0;) {
      if (++at[d] < sizes[d]) return true;
      at[d] = 0;
    }
    return false;
  }
  // Position of an element of a window; -1 in the padding.
  static std::int64_t place_in(const size_list& sizes, const size_list& steps, const size_list& start,
                               const size_list& offset) {
    std::int64_t place = 0;
    for (std::size_t d = 0; d < sizes.size(); ++d) {
      const std::int64_t i = start[d] + offset[d];
      if (i < 0 || i >= sizes[d]) return -1;
      place += i * steps[d];
    }
    return place;
  }
  static void scatter(invocation& call, list_view<std::int64_t> chosen, const array& source, array& out) {
    const std::size_t bytes = size_of(out.kind());
    std::byte* const to = out.mutable_data();
    region_function f(call, 1);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      if (chosen[i] < 0) continue;
      std::byte* const place = to + static_cast<std::size_t>(chosen[i]) * bytes;
      const element_operand in[] = {{place, 1}, {source.data() + i * bytes, 1}};
      void* const result[] = {place};
      f(1, in, result);
    }
  }
};

}  // namespace partita::interpret
