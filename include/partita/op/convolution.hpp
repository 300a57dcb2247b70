// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// convolution and dynamic_conv (StableHLO specification, convolution and dynamic_conv). Batch, features and
// groups are factors as in a matrix product; spatial dims stay whole unless the window is a single element.

#include <string_view>

#include <partita/op/precision.hpp>

namespace partita::op {

/// Which dims of input, kernel and output are batch, feature and spatial dims: [b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f].
struct convolution_dimension_numbers {
  static constexpr std::string_view mnemonic = "stablehlo.conv";
  std::int64_t input_batch_dimension = 0, input_feature_dimension = 0;
  dim_list input_spatial_dimensions;
  std::int64_t kernel_input_feature_dimension = 0, kernel_output_feature_dimension = 0;
  dim_list kernel_spatial_dimensions;
  std::int64_t output_batch_dimension = 0, output_feature_dimension = 0;
  dim_list output_spatial_dimensions;

  static constexpr void describe(auto& self, auto&& field) {
    field("input_batch_dimension", self.input_batch_dimension);
    field("input_feature_dimension", self.input_feature_dimension);
    field("input_spatial_dimensions", self.input_spatial_dimensions);
    field("kernel_input_feature_dimension", self.kernel_input_feature_dimension);
    field("kernel_output_feature_dimension", self.kernel_output_feature_dimension);
    field("kernel_spatial_dimensions", self.kernel_spatial_dimensions);
    field("output_batch_dimension", self.output_batch_dimension);
    field("output_feature_dimension", self.output_feature_dimension);
    field("output_spatial_dimensions", self.output_spatial_dimensions);
  }
};

namespace detail {

/// One spatial dim of a window, with the defaults of the specification where a list is left out.
struct conv_window {
  std::int64_t stride = 1, lhs_dilation = 1, rhs_dilation = 1, low = 0, high = 0;
  bool known_padding = true;
};

/// What convolution and dynamic_conv have in common. Derived says whether the padding is an attribute.
template <class Attributes>
struct convolving {
  static constexpr conv_window window(const Attributes& a, std::size_t i) {
    conv_window w;
    if (!a.window_strides.empty()) w.stride = a.window_strides[i];
    if (!a.lhs_dilation.empty()) w.lhs_dilation = a.lhs_dilation[i];
    if (!a.rhs_dilation.empty()) w.rhs_dilation = a.rhs_dilation[i];
    if constexpr (requires { a.padding; }) {
      if (!a.padding.low.empty()) w.low = a.padding.low[i], w.high = a.padding.high[i];
    } else {
      w.known_padding = false;
    }
    return w;
  }

  static constexpr void infer_with(const op_view& op, const Attributes& a, result_types& types) {
    const type_view input = op.operand(0), kernel = op.operand(1);
    const convolution_dimension_numbers& n = a.dims;
    expect_precision(op, a.precision);
    expect_same_element(op, 0, 1);
    const std::size_t spatial = n.input_spatial_dimensions.size();
    if (input.rank() != spatial + 2 || kernel.rank() != spatial + 2) {
      op.fail("with " + std::to_string(spatial) + " spatial dims input and kernel must have rank " +
              std::to_string(spatial + 2) + " but are " + to_string(input) + " and " + to_string(kernel));
    }
    expect_length(op, "kernel_spatial_dimensions", n.kernel_spatial_dimensions.size(), spatial);
    expect_length(op, "output_spatial_dimensions", n.output_spatial_dimensions.size(), spatial);
    expect_all_dims(op, "the input's list of dims", n.input_batch_dimension, n.input_feature_dimension,
                    n.input_spatial_dimensions);
    expect_all_dims(op, "the kernel's list of dims", n.kernel_input_feature_dimension,
                    n.kernel_output_feature_dimension, n.kernel_spatial_dimensions);
    expect_all_dims(op, "the output's list of dims", n.output_batch_dimension, n.output_feature_dimension,
                    n.output_spatial_dimensions);
    expect_optional_length(op, "window_strides", a.window_strides.size(), spatial);
    expect_optional_length(op, "lhs_dilation", a.lhs_dilation.size(), spatial);
    expect_optional_length(op, "rhs_dilation", a.rhs_dilation.size(), spatial);
    expect_optional_length(op, "window_reversal", a.window_reversal.size(), spatial);
    if constexpr (requires { a.padding; }) {
      expect_optional_length(op, "padding", a.padding.low.size(), spatial);
      expect_optional_length(op, "padding", a.padding.high.size(), a.padding.low.size());
    }
    expect_groups(op, a);

    tensor_type result{types.stated_count() != 0 ? types.stated(0).element : input.element, size_list(spatial + 2, 0)};
    const std::int64_t batch = input.dims[at(n.input_batch_dimension)];
    result.dims[at(n.output_batch_dimension)] = batch == dynamic_size ? dynamic_size : batch / a.batch_group_count;
    result.dims[at(n.output_feature_dimension)] = kernel.dims[at(n.kernel_output_feature_dimension)];
    for (std::size_t i = 0; i < spatial; ++i) {
      result.dims[n.output_spatial_dimensions[i]] = output_size(
          op, input.dims[n.input_spatial_dimensions[i]], kernel.dims[n.kernel_spatial_dimensions[i]], window(a, i));
    }
    types.add(result);
  }

  // Groups split the batch or the features into independent convolutions; the group is the major factor of a
  // dim that holds it. A minor factor of size 1 is left out of a dim that has another.
  static constexpr void rule_with(const op_view& op, const Attributes& a, rule_builder& r) {
    const type_view input = op.operand(0), kernel = op.operand(1), output = op.result(0);
    const convolution_dimension_numbers& n = a.dims;
    const std::size_t batch = at(n.input_batch_dimension), in = at(n.input_feature_dimension);
    const std::size_t kernel_in = at(n.kernel_input_feature_dimension), out = at(n.kernel_output_feature_dimension);
    const std::size_t output_batch = at(n.output_batch_dimension), output_feature = at(n.output_feature_dimension);
    const std::int64_t groups = a.feature_group_count * a.batch_group_count;  // one of them is 1

    factor_index group = 0;
    if (a.batch_group_count > 1) {
      group = r.add(a.batch_group_count);
      r.operand(0, batch, group);
    }
    const factor_index per_batch = r.add(output.dims[output_batch]);
    if (a.batch_group_count == 1 || output.dims[output_batch] != 1) r.operand(0, batch, per_batch);
    r.result(0, output_batch, per_batch);

    for (std::size_t i = 0; i < n.input_spatial_dimensions.size(); ++i) {
      const std::size_t d = n.input_spatial_dimensions[i], k = n.kernel_spatial_dimensions[i];
      const conv_window w = window(a, i);
      const bool pointwise =
          kernel.dims[k] == 1 && w.stride == 1 && w.lhs_dilation == 1 && w.known_padding && w.low == 0 && w.high == 0;
      const factor_index f = r.add(factor_size(output.dims[n.output_spatial_dimensions[i]], input.dims[d]),
                                   pointwise ? factor_kind::parallel : factor_kind::permutation);
      r.operand(0, d, f);
      r.operand(1, k, r.add(kernel.dims[k], factor_kind::needs_replication));
      r.result(0, n.output_spatial_dimensions[i], f);
    }

    if (a.feature_group_count > 1) {
      group = r.add(a.feature_group_count);
      r.operand(0, in, group);
    }
    const factor_index per_feature =
        r.add(a.feature_group_count > 1 ? kernel.dims[kernel_in] : factor_size(kernel.dims[kernel_in], input.dims[in]),
              factor_kind::reduction, monoid::add);
    if (a.feature_group_count == 1 || kernel.dims[kernel_in] != 1) r.operand(0, in, per_feature);
    r.operand(1, kernel_in, per_feature);

    const std::int64_t features = kernel.dims[out];
    if (groups > 1) {
      r.operand(1, out, group);
      r.result(0, output_feature, group);
    }
    if (groups == 1 || features != groups) {
      const factor_index f = r.add(features == dynamic_size ? dynamic_size : features / groups);
      r.operand(1, out, f);
      r.result(0, output_feature, f);
    }
  }

  /// A multiplication and an addition per output element, kernel element of one output feature and group; a
  /// dilated input has zeros that are not multiplied. Padding is counted as if it were input.
  static constexpr work cost_with(const op_view& op, const Attributes& a) {
    const type_view kernel = op.operand(1);
    double flops = 2.0 * static_cast<double>(op.result(0).elements()) *
                   count(kernel.dims[at(a.dims.kernel_input_feature_dimension)]);
    for (std::size_t i = 0; i < a.dims.kernel_spatial_dimensions.size(); ++i) {
      flops *= count(kernel.dims[a.dims.kernel_spatial_dimensions[i]]) / static_cast<double>(window(a, i).lhs_dilation);
    }
    return {flops, bytes_touched(op)};
  }

  static constexpr void localize_with(Attributes& a, const local_shapes& shapes) {
    const convolution_dimension_numbers& n = a.dims;
    if (a.batch_group_count > 1) {
      a.batch_group_count = ratio(shapes.operands[0][at(n.input_batch_dimension)],
                                  shapes.results[0][at(n.output_batch_dimension)], a.batch_group_count);
    }
    if (a.feature_group_count > 1) {
      a.feature_group_count = ratio(shapes.operands[0][at(n.input_feature_dimension)],
                                    shapes.operands[1][at(n.kernel_input_feature_dimension)], a.feature_group_count);
    }
  }

 private:
  static constexpr std::size_t at(std::int64_t dim) { return static_cast<std::size_t>(dim); }

  static constexpr std::int64_t ratio(std::int64_t whole, std::int64_t part, std::int64_t otherwise) {
    return whole > 0 && part > 0 ? whole / part : otherwise;
  }

  static constexpr void expect_optional_length(const op_view& op, std::string_view list, std::size_t size,
                                               std::size_t wanted) {
    if (size != 0) expect_length(op, list, size, wanted);
  }

  // The three lists together name every dim once.
  static constexpr void expect_all_dims(const op_view& op, std::string_view what, std::int64_t a, std::int64_t b,
                                        const dim_list& spatial) {
    const std::size_t rank = spatial.size() + 2;
    expect_dim(op, what, a, rank);
    expect_dim(op, what, b, rank);
    dim_list all = spatial;
    all.push_back(static_cast<std::uint8_t>(a));
    all.push_back(static_cast<std::uint8_t>(b));
    expect_dims(op, what, all, rank);
  }

  static constexpr void expect_multiple(const op_view& op, std::string_view what, std::int64_t size,
                                        std::string_view count_name, std::int64_t groups) {
    if (size == dynamic_size || size % groups == 0) return;
    op.fail(std::string(what) + " has " + std::to_string(size) + " elements, which is no multiple of " +
            std::string(count_name) + " = " + std::to_string(groups));
  }

  static constexpr void expect_groups(const op_view& op, const Attributes& a) {
    const convolution_dimension_numbers& n = a.dims;
    expect_at_least(op, "feature_group_count", a.feature_group_count, 1);
    expect_at_least(op, "batch_group_count", a.batch_group_count, 1);
    if (a.feature_group_count > 1 && a.batch_group_count > 1) {
      op.fail("feature_group_count and batch_group_count are " + std::to_string(a.feature_group_count) + " and " +
              std::to_string(a.batch_group_count) + "; one of them must be 1");
    }
    const std::int64_t features = op.operand(0).dims[at(n.input_feature_dimension)];
    const std::int64_t out = op.operand(1).dims[at(n.kernel_output_feature_dimension)];
    const std::int64_t kernel_in = op.operand(1).dims[at(n.kernel_input_feature_dimension)];
    expect_multiple(op, "the input's batch dim", op.operand(0).dims[at(n.input_batch_dimension)], "batch_group_count",
                    a.batch_group_count);
    expect_multiple(op, "the input's feature dim", features, "feature_group_count", a.feature_group_count);
    expect_multiple(op, "the kernel's output feature dim", out, "batch_group_count", a.batch_group_count);
    expect_multiple(op, "the kernel's output feature dim", out, "feature_group_count", a.feature_group_count);
    if (features != dynamic_size && !fits(features / a.feature_group_count, kernel_in)) {
      op.fail("the kernel's input feature dim has size " + std::to_string(kernel_in) + " but must have " +
              std::to_string(features / a.feature_group_count) + ", the input's features per group");
    }
  }

  static constexpr std::int64_t output_size(const op_view& op, std::int64_t input, std::int64_t kernel,
                                            const conv_window& w) {
    expect_at_least(op, "an entry of window_strides", w.stride, 1);
    expect_at_least(op, "an entry of lhs_dilation", w.lhs_dilation, 1);
    expect_at_least(op, "an entry of rhs_dilation", w.rhs_dilation, 1);
    if (kernel != dynamic_size) expect_at_least(op, "the size of the window", kernel, 1);
    if (w.low > edge_limit || w.low < -edge_limit || w.high > edge_limit || w.high < -edge_limit) {
      op.fail("padding is beyond 2^48 elements");
    }
    if (input == dynamic_size || kernel == dynamic_size || !w.known_padding) return dynamic_size;
    const std::int64_t dilated = input == 0 ? 0 : checked_add(checked_multiply(input - 1, w.lhs_dilation), 1);
    const std::int64_t edges = w.low + w.high;
    const std::int64_t padded = edges < 0 ? dilated + edges : checked_add(dilated, edges);
    const std::int64_t reach = checked_add(checked_multiply(kernel - 1, w.rhs_dilation), 1);
    return padded < reach ? 0 : (padded - reach) / w.stride + 1;
  }

  static constexpr std::int64_t edge_limit = std::int64_t{1} << 48;
};

// What the attributes of both ops have in common.
struct conv_attributes {
  size_list window_strides, lhs_dilation, rhs_dilation;
  flag_list window_reversal;
  convolution_dimension_numbers dims;
  std::int64_t feature_group_count = 1, batch_group_count = 1;
  raw_text precision;

  static constexpr void describe_rest(auto& self, auto&& field) {
    field("lhs_dilation", self.lhs_dilation, size_list{});
    field("rhs_dilation", self.rhs_dilation, size_list{});
    field("window_reversal", self.window_reversal, flag_list{});
    field("dimension_numbers", self.dims);
    field("feature_group_count", self.feature_group_count);
    field("batch_group_count", self.batch_group_count);
    field("precision_config", self.precision, raw_text{});
  }
};

struct static_conv_attributes : conv_attributes {
  window_padding padding;
  static constexpr void describe(auto& self, auto&& field) {
    field("window_strides", self.window_strides, size_list{});
    field("padding", self.padding, window_padding{});
    describe_rest(self, field);
  }
};

struct dynamic_conv_attributes : conv_attributes {
  static constexpr void describe(auto& self, auto&& field) {
    field("window_strides", self.window_strides, size_list{});
    describe_rest(self, field);
  }
};

}  // namespace detail

struct convolution : detail::convolving<detail::static_conv_attributes> {
  static constexpr std::string_view name = "stablehlo.convolution";
  static constexpr op_traits traits{.matrix = true};
  using attributes = detail::static_conv_attributes;

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 2);
    infer_with(op, a, types);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) { rule_with(op, a, r); }
  static constexpr work cost(const op_view& op, const attributes& a) { return cost_with(op, a); }
  static constexpr void localize(const op_view&, attributes& a, const local_shapes& shapes) {
    localize_with(a, shapes);
  }
};

/// convolution whose padding is operand 2, a tensor of shape (spatial dims) x 2.
struct dynamic_conv : detail::convolving<detail::dynamic_conv_attributes> {
  static constexpr std::string_view name = "stablehlo.dynamic_conv";
  static constexpr op_traits traits{.matrix = true};
  using attributes = detail::dynamic_conv_attributes;

  static constexpr void infer(const op_view& op, const attributes& a, result_types& types) {
    detail::expect_tensors(op, 3);
    const type_view padding = op.operand(2);
    const auto spatial = static_cast<std::int64_t>(a.dims.input_spatial_dimensions.size());
    if (!is_integer(padding.element) || padding.rank() != 2 || !detail::fits(padding.dims[0], spatial) ||
        !detail::fits(padding.dims[1], 2)) {
      detail::wrong_operand(op, 2, "a tensor of integers of shape " + std::to_string(spatial) + "x2, the padding");
    }
    infer_with(op, a, types);
  }
  static constexpr void rule(const op_view& op, const attributes& a, rule_builder& r) {
    rule_with(op, a, r);
    detail::replicate_operand(op, 2, r);
  }
  static constexpr work cost(const op_view& op, const attributes& a) { return cost_with(op, a); }
  static constexpr void localize(const op_view&, attributes& a, const local_shapes& shapes) {
    localize_with(a, shapes);
  }
};

using convolution_ops = op_set<convolution, dynamic_conv>;

}  // namespace partita::op
