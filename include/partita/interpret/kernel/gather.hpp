// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Slices of a tensor at places that another tensor lists (StableHLO specification: gather, dynamic_gather,
// torch_index_select). A place is clamped so that its slice lies inside the tensor.

#include <algorithm>
#include <string>
#include <vector>

#include <partita/interpret/kernel/strides.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {

/// What gather and scatter have in common: a list of places in an operand, one for each index of the batch dims, which
/// are the dims of the indices but for index_vector_dim and appear in the batched tensor (gather's result, scatter's
/// updates) as those that are not window dims.
class place_list {
 public:
  struct numbers {
    const dim_list& window_dims;  ///< of the batched tensor
    const dim_list &absent, &batching, &indices_batching, &map;
    std::int64_t index_vector_dim;
  };

  /// `batched` are the sizes of the batched tensor; `of_indices` says which operand the indices are.
  place_list(invocation& call, const numbers& n, const size_list& operand, std::size_t of_indices)
      : steps_(row_major_steps(operand)), map_(n.map), dims_(operand), indices_(integers_of(call.operand(of_indices))) {
    const array& indices = call.operand(of_indices);
    const size_list index_steps = row_major_steps(indices.dims());
    for (std::size_t d = 0; d < indices.rank(); ++d) {
      if (static_cast<std::int64_t>(d) == n.index_vector_dim) continue;
      list_sizes_.push_back(indices.dims()[d]);
      list_steps_.push_back(index_steps[d]);
      const std::size_t b = n.indices_batching.find(static_cast<std::uint8_t>(d));
      std::int64_t along_operand = 0;
      if (b < n.indices_batching.size()) {
        const std::size_t dim = n.batching[b];
        along_operand = steps_[dim];
        if (operand[dim] != indices.dims()[d]) {
          call.fail("batching dims of the operand and of the indices must have one size but have " +
                    std::to_string(operand[dim]) + " and " + std::to_string(indices.dims()[d]));
        }
      }
      list_operand_steps_.push_back(along_operand);
    }
    const bool implicit = n.index_vector_dim == static_cast<std::int64_t>(indices.rank());
    const auto vector = static_cast<std::size_t>(n.index_vector_dim);
    entry_step_ = implicit ? 0 : index_steps[vector];
    const std::int64_t entries = implicit ? 1 : indices.dims()[vector];
    if (entries != static_cast<std::int64_t>(n.map.size()))
      call.fail("an index has " + std::to_string(entries) + " entries for " + std::to_string(n.map.size()) + " dims");
    for (std::size_t d = 0; d < operand.size(); ++d) {
      const auto dim = static_cast<std::uint8_t>(d);
      if (!n.absent.contains(dim) && !n.batching.contains(dim)) window_.push_back(dim);
    }
  }

  /// Dims of the operand along which the slices extend.
  [[nodiscard]] const dim_list& window() const { return window_; }
  [[nodiscard]] const size_list& list_sizes() const { return list_sizes_; }
  [[nodiscard]] const size_list& operand_steps() const { return steps_; }

  /// Loops over the list: position 0 in the indices, 1 in the operand by its batching dims, 2 in a batched tensor whose
  /// list dims have these steps.
  [[nodiscard]] loops<3> over(const size_list& batched_steps) const {
    loops<3> list;
    for (std::size_t i = 0; i < list_sizes_.size(); ++i)
      list.add(list_sizes_[i], {list_steps_[i], list_operand_steps_[i], batched_steps[i]});
    return list;
  }
  /// The entry for map dim k of the index at this position.
  [[nodiscard]] std::int64_t entry(std::int64_t at, std::size_t k) const {
    return indices_[static_cast<std::size_t>(at + static_cast<std::int64_t>(k) * entry_step_)];
  }
  /// Where in the operand the slice of the index at `at` starts, clamped to its sizes.
  [[nodiscard]] std::int64_t clamped_start(std::int64_t at, const size_list& slice_sizes) const {
    std::int64_t start = 0;
    for (std::size_t k = 0; k < map_.size(); ++k) {
      const std::size_t d = map_[k];
      start += steps_[d] * std::clamp(entry(at, k), std::int64_t{0}, dims_[d] - slice_sizes[d]);
    }
    return start;
  }

 private:
  size_list steps_;
  dim_list map_;
  size_list dims_;
  std::vector<std::int64_t> indices_;
  size_list list_sizes_, list_steps_, list_operand_steps_;
  std::int64_t entry_step_ = 0;
  dim_list window_;
};

inline void run_gather(invocation& call, const op::gather_dimension_numbers& a, const size_list& slice_sizes) {
  const array& operand = call.operand(0);
  const place_list places(call,
                          {a.offset_dims, a.collapsed_slice_dims, a.operand_batching_dims,
                           a.start_indices_batching_dims, a.start_index_map, a.index_vector_dim},
                          operand.dims(), 1);
  for (std::size_t d = 0; d < operand.rank(); ++d) {
    const auto dim = static_cast<std::uint8_t>(d);
    const bool single = a.collapsed_slice_dims.contains(dim) || a.operand_batching_dims.contains(dim);
    if (slice_sizes[d] > operand.dims()[d] || (single && slice_sizes[d] > 1)) {
      call.fail("takes " + std::to_string(slice_sizes[d]) + " elements of dim " + std::to_string(d) + " of " +
                to_string(operand.type()) + "; it can take " + (single ? "1 at most" : "as many as there are"));
    }
  }
  size_list sizes;
  const std::size_t rank = places.list_sizes().size() + places.window().size();
  std::size_t next_window = 0, next_list = 0;
  for (std::size_t d = 0; d < rank; ++d) {
    sizes.push_back(a.offset_dims.contains(static_cast<std::uint8_t>(d)) ? slice_sizes[places.window()[next_window++]]
                                                                         : places.list_sizes()[next_list++]);
  }
  array out(operand.element(), sizes.view(), call.precision());
  const size_list to = row_major_steps(sizes);
  size_list list_steps;
  for (std::size_t d = 0; d < rank; ++d) {
    if (!a.offset_dims.contains(static_cast<std::uint8_t>(d))) list_steps.push_back(to[d]);
  }
  loops<2> window;
  for (std::size_t i = 0; i < places.window().size(); ++i) {
    const std::size_t d = places.window()[i];
    window.add(slice_sizes[d], {places.operand_steps()[d], to[a.offset_dims[i]]});
  }
  for (std::size_t d = 0; d < operand.rank(); ++d) {
    if (slice_sizes[d] != 0 || out.size() == 0) continue;
    call.fail("takes no element of dim " + std::to_string(d) + " of " + to_string(operand.type()) +
              "; the slice size must be 1");
  }
  std::byte* const target = out.mutable_data();
  with_bits(operand.kind(), [&]<class B>() {
    const B* const from = reinterpret_cast<const B*>(operand.data());
    B* const result = reinterpret_cast<B*>(target);
    places.over(list_steps).for_each_run({0, 0, 0}, [&](std::int64_t n, const auto& at, const auto& step) {
      for (std::int64_t k = 0; k < n; ++k) {
        const std::int64_t start = at[1] + k * step[1] + places.clamped_start(at[0] + k * step[0], slice_sizes);
        window.for_each_run({start, at[2] + k * step[2]}, [&](std::int64_t run, const auto& run_at, const auto& by) {
          copy_run(run, from + run_at[0], by[0], result + run_at[1], by[1]);
        });
      }
    });
  });
  call.set(std::move(out));
}

}  // namespace detail

template <>
struct kernel<op::gather> {
  static void run(invocation& call, const op::gather::attributes& a) {
    detail::run_gather(call, a.dims, a.slice_sizes);
  }
};
template <>
struct kernel<op::dynamic_gather> {
  static void run(invocation& call, const op::dynamic_gather::attributes& a) {
    detail::run_gather(call, a.dims, detail::sizes_of(call, 2));
  }
};

template <>
struct kernel<op::torch_index_select> {
  static void run(invocation& call, const op::torch_index_select::attributes& a) {
    const array& operand = call.operand(0);
    const array& index = call.operand(1);
    const auto along = static_cast<std::size_t>(a.dim), batch = static_cast<std::size_t>(a.batch_dims);
    const size_list& from = operand.dims();
    const size_list& list = index.dims();
    size_list sizes;
    std::size_t outer = 1, batches = 1, places = 1, inner = 1;
    for (std::size_t d = 0; d < along; ++d) {
      sizes.push_back(from[d]);
      outer *= static_cast<std::size_t>(from[d]);
      if (d >= batch) continue;
      batches *= static_cast<std::size_t>(from[d]);
      if (from[d] != list[d])
        call.fail("batch dims differ: " + to_string(operand.type()) + " and " + to_string(index.type()));
    }
    for (std::size_t d = batch; d < list.size(); ++d) {
      sizes.push_back(list[d]);
      places *= static_cast<std::size_t>(list[d]);
    }
    for (std::size_t d = along + 1; d < from.size(); ++d) {
      sizes.push_back(from[d]);
      inner *= static_cast<std::size_t>(from[d]);
    }
    array out(operand.element(), sizes.view(), call.precision());
    if (out.size() != 0 && from[along] == 0) call.fail("selects from a dim of size 0");
    if (out.size() != 0) {
      const std::vector<std::int64_t> at = detail::integers_of(index);
      const std::size_t bytes = inner * size_of(operand.kind()), per_batch = outer / batches;
      std::byte* to = out.mutable_data();
      for (std::size_t o = 0; o < outer; ++o) {
        for (std::size_t p = 0; p < places; ++p, to += bytes) {
          const std::int64_t k = std::clamp(at[o / per_batch * places + p], std::int64_t{0}, from[along] - 1);
          const std::size_t block = o * static_cast<std::size_t>(from[along]) + static_cast<std::size_t>(k);
          std::memcpy(to, operand.data() + block * bytes, bytes);
        }
      }
    }
    call.set(std::move(out));
  }
};

}  // namespace partita::interpret
