// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// convolution and dynamic_conv (StableHLO specification): what each output position sees of the input is laid out as
// the row of a matrix, which is multiplied by the kernel. Padding and the gaps of a dilated input are zeros that count.

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <partita/interpret/kernel/matrix_product.hpp>
#include <partita/interpret/machine.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {

/// One spatial dim.
struct convolution_dim {
  std::int64_t input = 0, dilated = 0, window = 0, output = 0;
  std::int64_t stride = 1, lhs_dilation = 1, rhs_dilation = 1, low = 0;
  bool reversed = false;

  /// The input index that element w of the window meets at output position o; -1 for padding and gaps.
  [[nodiscard]] std::int64_t meets(std::int64_t o, std::int64_t w) const {
    const std::int64_t at = o * stride + (reversed ? window - 1 - w : w) * rhs_dilation - low;
    if (at < 0 || at >= dilated) return -1;
    if (lhs_dilation == 1) return at;
    return at % lhs_dilation == 0 ? at / lhs_dilation : -1;
  }
};

class convolution_run {
 public:
  convolution_run(invocation& call, const op::detail::conv_attributes& a, const size_list& low, const size_list& high)
      : call_(call), attributes_(a) {
    const array& input = call.operand(0);
    const array& kernel = call.operand(1);
    const auto& n = a.dims;
    input_order_.push_back(static_cast<std::uint8_t>(n.input_batch_dimension));
    output_order_.push_back(static_cast<std::uint8_t>(n.output_batch_dimension));
    for (std::size_t i = 0; i < n.input_spatial_dimensions.size(); ++i) {
      input_order_.push_back(n.input_spatial_dimensions[i]);
      kernel_order_.push_back(n.kernel_spatial_dimensions[i]);
      output_order_.push_back(n.output_spatial_dimensions[i]);
      add_dim(i, input.dims()[n.input_spatial_dimensions[i]], kernel.dims()[n.kernel_spatial_dimensions[i]],
              low.empty() ? 0 : low[i], high.empty() ? 0 : high[i]);
    }
    input_order_.push_back(static_cast<std::uint8_t>(n.input_feature_dimension));
    kernel_order_.push_back(static_cast<std::uint8_t>(n.kernel_input_feature_dimension));
    kernel_order_.push_back(static_cast<std::uint8_t>(n.kernel_output_feature_dimension));
    output_order_.push_back(static_cast<std::uint8_t>(n.output_feature_dimension));
    features_ = input.dims()[input_order_.back()];
    per_group_ = kernel.dims()[kernel_order_[kernel_order_.size() - 2]];
    out_features_ = kernel.dims()[kernel_order_.back()];
    const std::int64_t batch = input.dims()[input_order_[0]];
    const std::int64_t groups = a.feature_group_count * a.batch_group_count;
    if (features_ != per_group_ * a.feature_group_count || out_features_ % groups != 0 ||
        batch % a.batch_group_count != 0)
      call.fail("input and kernel do not fit the groups: " + to_string(input.type()) + " and " +
                to_string(kernel.type()));
    batch_ = batch / a.batch_group_count;
  }

  [[nodiscard]] array run() {
    const array input = with_dims_in_order(call_.operand(0), input_order_, call_.precision());
    const array kernel = with_dims_in_order(call_.operand(1), kernel_order_, call_.precision());
    size_list dims;
    dims.push_back(batch_);
    for (const convolution_dim& d : spatial_) dims.push_back(d.output);
    dims.push_back(out_features_);
    array out(call_.result_type().element, dims.view(), call_.precision());
    if (out.size() != 0) {
      with_product_type(product_kind(input.kind(), kernel.kind(), out.kind()), [&]<class T>() {
        const elements_as<T> in(input), weights(kernel);
        result_as<T> result(std::move(out));
        for (std::int64_t g = 0; g < attributes_.feature_group_count * attributes_.batch_group_count; ++g)
          run_group(g, in.data(), weights.data(), result.data());
        out = result.finish();
      });
    }
    return with_dims_from_order(out, output_order_, call_.precision());
  }

 private:
  void add_dim(std::size_t i, std::int64_t input, std::int64_t window, std::int64_t low, std::int64_t high) {
    const auto& a = attributes_;
    convolution_dim d;
    d.input = input;
    d.window = window;
    d.low = low;
    if (!a.window_strides.empty()) d.stride = a.window_strides[i];
    if (!a.lhs_dilation.empty()) d.lhs_dilation = a.lhs_dilation[i];
    if (!a.rhs_dilation.empty()) d.rhs_dilation = a.rhs_dilation[i];
    d.reversed = !a.window_reversal.empty() && a.window_reversal[i];
    // Sizes of tensors and dilations are not bounded together: their products are computed checked.
    d.dilated = input == 0 ? 0 : checked_add(checked_multiply(input - 1, d.lhs_dilation), 1);
    const std::int64_t reach = window == 0 ? 0 : checked_add(checked_multiply(window - 1, d.rhs_dilation), 1);
    const std::int64_t padded = checked_add(checked_add(d.dilated, low), high);
    d.output = padded < reach || padded <= 0 ? 0 : (padded - reach) / d.stride + 1;
    spatial_.push_back(d);
  }

  // Groups split the features of the input, or its batch; they always split the features of the output.
  template <class T>
  void run_group(std::int64_t group, const T* input, const T* kernel, T* out) const {
    std::int64_t window = 1, positions = batch_, image = features_;
    for (const convolution_dim& d : spatial_) {
      window *= d.window;
      positions *= d.output;
      image *= d.input;
    }
    const std::int64_t columns = out_features_ / (attributes_.feature_group_count * attributes_.batch_group_count);
    const std::int64_t inner = window * per_group_;
    const T* const from = input + (attributes_.batch_group_count > 1 ? group * batch_ * image : group * per_group_);
    const std::int64_t rows_at_once =
        std::clamp<std::int64_t>((std::int64_t{1} << 19) / std::max<std::int64_t>(inner, 1), 1, positions);
    std::vector<T> rows(static_cast<std::size_t>(rows_at_once * inner));
    size_list index(spatial_.size() + 1, 0);
    std::vector<std::int64_t> offsets;
    for (std::int64_t first = 0; first < positions; first += rows_at_once) {
      const std::int64_t count = std::min(rows_at_once, positions - first);
      for (std::int64_t r = 0; r < count; ++r) {
        find_offsets(index, image, offsets);
        T* to = rows.data() + r * inner;
        for (const std::int64_t offset : offsets) {
          if (offset < 0) {
            std::fill_n(to, per_group_, T{});
          } else {
            std::copy_n(from + offset, per_group_, to);
          }
          to += per_group_;
        }
        advance(index);
      }
      multiply_matrices<T>({count, inner, columns}, {rows.data(), inner, 1},
                           {kernel + group * columns, out_features_, 1}, out + first * out_features_ + group * columns,
                           out_features_);
    }
  }

  // Where in a group's input each window element of the output position `index` lies; -1 for a zero.
  void find_offsets(const size_list& index, std::int64_t image, std::vector<std::int64_t>& offsets) const {
    offsets.assign(1, 0);
    std::int64_t step = image;
    for (std::size_t i = 0; i < spatial_.size(); ++i) {
      const convolution_dim& d = spatial_[i];
      step = d.input == 0 ? 0 : step / d.input;
      const std::size_t before = offsets.size();
      const auto window = static_cast<std::size_t>(d.window);
      offsets.resize(before * window);
      for (std::size_t k = before; k-- > 0;) {
        const std::int64_t base = offsets[k];
        for (std::size_t w = window; w-- > 0;) {
          const std::int64_t at = d.meets(index[i + 1], static_cast<std::int64_t>(w));
          offsets[k * window + w] = base < 0 || at < 0 ? -1 : base + at * step;
        }
      }
    }
    for (std::int64_t& offset : offsets) {
      if (offset >= 0) offset += index[0] * image;
    }
  }
  void advance(size_list& index) const {
    for (std::size_t i = index.size(); i-- > 0;) {
      if (++index[i] < (i == 0 ? batch_ : spatial_[i - 1].output)) return;
      index[i] = 0;
    }
  }

  invocation& call_;
  const op::detail::conv_attributes& attributes_;
  dim_list input_order_, kernel_order_, output_order_;  // batch, spatial, features; spatial, input, output
  std::vector<convolution_dim> spatial_;
  std::int64_t batch_ = 0, features_ = 0, per_group_ = 0, out_features_ = 0;
};

}  // namespace detail

template <>
struct kernel<op::convolution> {
  static void run(invocation& call, const op::convolution::attributes& a) {
    call.set(detail::convolution_run(call, a, a.padding.low, a.padding.high).run());
  }
};

template <>
struct kernel<op::dynamic_conv> {
  static void run(invocation& call, const op::dynamic_conv::attributes& a) {
    const std::vector<std::int64_t> edges = detail::integers_of(call.operand(2));
    constexpr std::int64_t limit = std::int64_t{1} << 48;
    if (edges.size() != 2 * a.dims.input_spatial_dimensions.size())
      call.fail("the padding needs two entries for each spatial dim");
    size_list low, high;
    for (std::size_t i = 0; i < edges.size(); ++i) {
      if (edges[i] > limit || edges[i] < -limit) call.fail("padding is beyond 2^48 elements");
      (i % 2 == 0 ? low : high).push_back(edges[i]);
    }
    call.set(detail::convolution_run(call, a, low, high).run());
  }
};

}  // namespace partita::interpret
