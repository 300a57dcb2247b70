// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Elements combined by a region (StableHLO specification: reduce, map). The specification leaves open in which tree
// elements combine as long as they keep their order; here each result folds from its initial value on. Long folds are
// cut into parts that run beside each other, and long sums of f32 are taken in f64. Known monoids run as plain loops,
// which round floats narrower than f32 once at the end.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include <partita/interpret/kernel/accumulate.hpp>
#include <partita/interpret/kernel/strides.hpp>
#include <partita/interpret/promote.hpp>
#include <partita/interpret/region_function.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {

/// Scratch for so many values per lane of a region_function.
class lanes {
 public:
  explicit lanes(std::size_t per_lane = 1) : elements_(per_lane * region_function::width) {}
  [[nodiscard]] std::byte* data() { return reinterpret_cast<std::byte*>(elements_.data()); }

 private:
  std::vector<element_16> elements_;
};

/// Operands first to first + count as what region r combines: the types of its results.
inline std::vector<array> promoted_operands(invocation& call, std::size_t first, std::size_t count, std::size_t r) {
  const graph_base& g = call.op().graph();
  const auto results = g.results(call.op().region(r));
  std::vector<array> arrays;
  for (std::size_t i = 0; i < count; ++i)
    arrays.push_back(promoted(call.operand(first + i), g.type(results[i]).element, call.precision()));
  return arrays;
}

/// Which elements of the inputs each element of the results combines: it stands at its kept position, plus all reduced
/// ones in order.
struct reduction {
  size_list kept_sizes, kept_steps, reduced_sizes, reduced_steps;

  [[nodiscard]] loops<2> kept() const {
    const size_list to = row_major_steps(kept_sizes);
    loops<2> l;
    for (std::size_t d = 0; d < kept_sizes.size(); ++d) l.add(kept_sizes[d], {kept_steps[d], to[d]});
    return l;
  }
  [[nodiscard]] loops<1> reduced() const {
    loops<1> l;
    for (std::size_t d = 0; d < reduced_sizes.size(); ++d) l.add(reduced_sizes[d], {reduced_steps[d]});
    return l;
  }
};

inline void reduce_by_loops(const array& input, const array& init, const reduction& r, accumulate combine, bool in_f64,
                            array& out) {
  const loops<2> kept = r.kept();
  const loops<1> reduced = r.reduced();
  const std::size_t from_size = size_of(input.kind());
  std::vector<double> sums;
  if (in_f64) sums.assign(out.size(), static_cast<double>(init.elements<float>()[0]));
  if (!in_f64) fill_elements(out, init);
  const std::size_t to_size = in_f64 ? sizeof(double) : from_size;
  std::byte* const to = in_f64 ? reinterpret_cast<std::byte*>(sums.data()) : out.mutable_data();
  const auto source = [&](std::int64_t i) { return input.data() + static_cast<std::size_t>(i) * from_size; };
  const auto target = [&](std::int64_t i) { return to + static_cast<std::size_t>(i) * to_size; };

  // Along the reduced dims where these are contiguous, across results otherwise.
  const std::size_t inner = reduced.rank();
  const bool by_rows =
      kept.rank() == 0 || (inner != 0 && reduced.steps(inner - 1)[0] == 1 && reduced.size(inner - 1) >= 8);
  constexpr std::int64_t block = 4096;  // results that stay in cache
  kept.for_each_run({0, 0}, [&](std::int64_t n, const auto& at, const auto& step) {
    if (by_rows) {
      for (std::int64_t k = 0; k < n; ++k) {
        reduced.for_each_run({at[0] + k * step[0]}, [&](std::int64_t run, const auto& run_at, const auto& by) {
          combine(run, target(at[1] + k * step[1]), 0, source(run_at[0]), by[0]);
        });
      }
      return;
    }
    for (std::int64_t b = 0; b < n; b += block) {
      const std::int64_t count = std::min(block, n - b);
      reduced.for_each_run({at[0] + b * step[0]}, [&](std::int64_t run, const auto& run_at, const auto& by) {
        for (std::int64_t i = 0; i < run; ++i)
          combine(count, target(at[1] + b * step[1]), step[1], source(run_at[0] + i * by[0]), step[0]);
      });
    }
  });
  if (in_f64) {
    float* const results = out.mutable_elements<float>().data();
    for (std::size_t i = 0; i < sums.size(); ++i) results[i] = static_cast<float>(sums[i]);
  }
  out.normalize();
}

/// Any region. Each lane folds for one result, or for one part of a long fold.
inline void reduce_by_region(region_function& f, std::span<const array> inputs, std::span<const array> inits,
                             const reduction& r, std::span<array> out) {
  std::vector<std::int64_t> kept, reduced;
  r.kept().for_each_run({0, 0}, [&](std::int64_t n, const auto& at, const auto& step) {
    for (std::int64_t i = 0; i < n; ++i) kept.push_back(at[0] + i * step[0]);
  });
  r.reduced().for_each_run({0}, [&](std::int64_t n, const auto& at, const auto& step) {
    for (std::int64_t i = 0; i < n; ++i) reduced.push_back(at[0] + i * step[0]);
  });
  const std::size_t count = inputs.size();
  for (std::size_t i = 0; i < count; ++i) fill_elements(out[i], inits[i]);
  if (reduced.empty() || kept.empty()) return;

  constexpr std::size_t width = region_function::width, least_part = 64, long_fold = 1024;
  constexpr std::size_t tile = 16;             // steps whose elements are fetched together: they may share cache lines
  constexpr std::size_t pitch = width + tile;  // from step to step, which a power of two would put on the same lines
  std::size_t length = reduced.size();
  if (length >= long_fold && kept.size() <= width / 2) {
    const std::size_t parts = width / kept.size();
    length = std::max(least_part, (length + parts - 1) / parts);
    // An odd number of tiles apart, parts do not all fall on the same lines of the cache.
    length = ((length + tile - 1) / tile | 1) * tile;
  }
  const std::size_t parts = (reduced.size() + length - 1) / length;
  const std::size_t block = std::min(kept.size(), width / parts);

  std::vector<lanes> folded(count), values(count, lanes(tile + 1));
  std::vector<element_operand> in(2 * count);
  std::vector<void*> result(count);
  for (std::size_t first = 0; first < kept.size(); first += block) {
    const std::size_t m = std::min(block, kept.size() - first);
    bool contiguous = parts == 1;
    for (std::size_t i = 1; contiguous && i < m; ++i)
      contiguous = kept[first + i] == kept[first] + static_cast<std::int64_t>(i);
    // Elements s to s + steps of the parts from p on, `pitch` for each step, one per lane of these parts.
    const auto fetch = [&](std::size_t input, std::size_t s, std::size_t steps, std::size_t p, std::byte* to) {
      with_bits(inputs[input].kind(), [&]<class B>() {
        const B* const from = reinterpret_cast<const B*>(inputs[input].data());
        B* lane = reinterpret_cast<B*>(to);
        for (; p < parts; ++p, lane += m) {
          const std::size_t at = p * length + s;
          const std::size_t end = std::min(steps, reduced.size() - std::min(at, reduced.size()));
          for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t k = 0; k < end; ++k) lane[k * pitch + i] = from[kept[first + i] + reduced[at + k]];
          }
        }
      });
    };
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t bytes = size_of(inputs[k].kind());
      for (std::size_t i = 0; i < m; ++i) std::memcpy(folded[k].data() + i * bytes, inits[k].data(), bytes);
      fetch(k, 0, 1, 1, folded[k].data() + m * bytes);
      in[k] = {folded[k].data(), 1};
      result[k] = folded[k].data();
    }
    for (std::size_t s = 0; s < length; ++s) {
      for (std::size_t k = 0; k < count; ++k) {
        const std::size_t bytes = size_of(inputs[k].kind());
        if (contiguous) {
          in[count + k] = {inputs[k].data() + static_cast<std::size_t>(kept[first] + reduced[s]) * bytes, 1};
          continue;
        }
        if (s % tile == 0) fetch(k, s, std::min(tile, length - s), 0, values[k].data());
        in[count + k] = {values[k].data() + s % tile * pitch * bytes, 1};
      }
      // The first element of a part but the first is where it starts; the last part may be shorter.
      const bool last_ends = (parts - 1) * length + s >= reduced.size();
      const std::size_t active = s == 0 ? 1 : last_ends ? parts - 1 : parts;
      if (active != 0) f(active * m, in, result);
    }
    for (std::size_t p = 1; p < parts; ++p) {
      for (std::size_t k = 0; k < count; ++k) in[count + k] = {folded[k].data() + p * m * size_of(inputs[k].kind()), 1};
      f(m, in, result);
    }
    for (std::size_t k = 0; k < count; ++k) {
      const std::size_t bytes = size_of(inputs[k].kind());
      std::memcpy(out[k].mutable_data() + first * bytes, folded[k].data(), m * bytes);
    }
  }
}

/// Floats narrower than f32 are rounded after each step or once at the end.
enum class rounding : std::uint8_t { each_step, once };

/// Reduces by region 0 of the op and sets its results, which have the kept sizes.
inline void run_reduction(invocation& call, std::span<const array> inputs, std::span<const array> inits,
                          const reduction& r, rounding narrow) {
  std::vector<array> out;
  for (const array& input : inputs) out.emplace_back(input.element(), r.kept_sizes, call.precision());
  monoid m = inputs.size() == 1 ? call.op().reducer(0) : monoid::none;
  const storage kind = inputs[0].kind();
  const bool is_narrow = kind == storage::f32 && inputs[0].element() != element_type::f32;
  if (is_narrow && narrow == rounding::each_step && m != monoid::minimum && m != monoid::maximum) m = monoid::none;
  constexpr std::int64_t long_sum = 1024;
  const bool in_f64 = m == monoid::add && kind == storage::f32 && (is_narrow || r.reduced().count() > long_sum);
  if (const accumulate combine = in_f64 ? sum_in_f64() : find_accumulate(kind, m)) {
    reduce_by_loops(inputs[0], inits[0], r, combine, in_f64, out[0]);
  } else {
    region_function f(call);
    reduce_by_region(f, inputs, inits, r, out);
  }
  for (std::size_t i = 0; i < out.size(); ++i) call.set(i, std::move(out[i]));
}

}  // namespace detail

template <>
struct kernel<op::reduce> {
  static void run(invocation& call, const op::reduce::attributes& a) {
    const std::size_t inputs = call.operand_count() / 2;
    detail::expect_one_shape_at_run_time(call, 0, inputs);
    const size_list& sizes = call.operand(0).dims();
    const size_list steps = detail::row_major_steps(sizes);
    detail::reduction r;
    for (std::size_t d = 0; d < sizes.size(); ++d) {
      const bool reduced = a.dimensions.contains(static_cast<std::uint8_t>(d));
      (reduced ? r.reduced_sizes : r.kept_sizes).push_back(sizes[d]);
      (reduced ? r.reduced_steps : r.kept_steps).push_back(steps[d]);
    }
    detail::run_reduction(call, detail::promoted_operands(call, 0, inputs, 0),
                          detail::promoted_operands(call, inputs, inputs, 0), r, detail::rounding::once);
  }
};

template <>
struct kernel<op::map> {
  static void run(invocation& call, const op::map::attributes&) {
    detail::expect_one_shape_at_run_time(call, 0, call.operand_count());
    array out(call.result_type().element, call.operand(0).dims(), call.precision());
    region_function f(call);
    const std::size_t bytes = size_of(out.kind());
    std::byte* const to = out.mutable_data();
    std::vector<element_operand> in(call.operand_count());
    for (std::size_t first = 0; first < out.size(); first += region_function::width) {
      for (std::size_t k = 0; k < in.size(); ++k)
        in[k] = {call.operand(k).data() + first * size_of(call.operand(k).kind()), 1};
      void* const result[] = {to + first * bytes};
      f(std::min(region_function::width, out.size() - first), in, result);
    }
    call.set(std::move(out));
  }
};

}  // namespace partita::interpret
