// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Batch normalization (StableHLO specification: batch_norm_inference, batch_norm_training, batch_norm_grad), computed
// in f64. Variances are those of the population: sums are divided by the number of elements.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <partita/interpret/kernel/strides.hpp>
#include <partita/interpret/machine.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {

/// The elements of a float array as doubles.
[[nodiscard]] inline std::vector<double> doubles_of(const array& a) {
  std::vector<double> x(a.size());
  with_type(a.kind(), [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      const auto from = a.elements<T>();
      for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(from[i]);
    }
  });
  return x;
}
[[nodiscard]] inline array array_of(const std::vector<double>& x, const array& like, numerics n) {
  array a(like.type(), n);
  with_type(a.kind(), [&]<class T>() {
    if constexpr (std::is_floating_point_v<T>) {
      const auto to = a.mutable_elements<T>();
      for (std::size_t i = 0; i < x.size(); ++i) to[i] = static_cast<T>(x[i]);
    }
  });
  a.normalize();
  return a;
}

/// A tensor whose dims before and after the feature dim are each as one.
struct feature_walk {
  std::size_t outer = 1, features = 1, inner = 1;

  feature_walk(invocation& call, std::int64_t feature_index) {
    const size_list& dims = call.operand(0).dims();
    const auto at = static_cast<std::size_t>(feature_index);
    for (std::size_t d = 0; d < dims.size(); ++d)
      (d < at ? outer : d == at ? features : inner) *= static_cast<std::size_t>(dims[d]);
    for (std::size_t i = 1; i < call.operand_count(); ++i) {
      const array& a = call.operand(i);
      if (a.rank() == 1 && dims.size() != 1 ? a.size() == features : a.dims() == dims) continue;
      call.fail("operand " + std::to_string(i) + " is " + to_string(a.type()) + ", which does not fit " +
                to_string(call.operand(0).type()));
    }
  }
  /// Elements of one feature.
  [[nodiscard]] double count() const { return static_cast<double>(outer * inner); }
  /// Calls f(element, feature) for all elements.
  template <class F>
  void operator()(F&& f) const {
    std::size_t i = 0;
    for (std::size_t o = 0; o < outer; ++o) {
      for (std::size_t c = 0; c < features; ++c) {
        for (const std::size_t end = i + inner; i < end; ++i) f(i, c);
      }
    }
  }
};

[[nodiscard]] inline std::vector<double> normalized(const feature_walk& walk, std::vector<double> x,
                                                    const std::vector<double>& scale, const std::vector<double>& offset,
                                                    const std::vector<double>& mean,
                                                    const std::vector<double>& variance, double epsilon) {
  std::vector<double> deviation(variance.size());
  for (std::size_t c = 0; c < deviation.size(); ++c) deviation[c] = std::sqrt(variance[c] + epsilon);
  walk([&](std::size_t i, std::size_t c) { x[i] = (x[i] - mean[c]) / deviation[c] * scale[c] + offset[c]; });
  return x;
}

}  // namespace detail

template <>
struct kernel<op::batch_norm_inference> {
  static void run(invocation& call, const op::batch_norm_inference::attributes& a) {
    const detail::feature_walk walk(call, a.feature_index);
    std::vector<double> in[5];
    for (std::size_t i = 0; i < 5; ++i) in[i] = detail::doubles_of(call.operand(i));
    const auto y = detail::normalized(walk, std::move(in[0]), in[1], in[2], in[3], in[4], a.epsilon);
    call.set(detail::array_of(y, call.operand(0), call.precision()));
  }
};

template <>
struct kernel<op::batch_norm_training> {
  static void run(invocation& call, const op::batch_norm_training::attributes& a) {
    const detail::feature_walk walk(call, a.feature_index);
    const std::vector<double> x = detail::doubles_of(call.operand(0));
    std::vector<double> mean(walk.features, 0), variance(walk.features, 0);
    walk([&](std::size_t i, std::size_t c) { mean[c] += x[i]; });
    for (double& m : mean) m /= walk.count();
    walk([&](std::size_t i, std::size_t c) { variance[c] += (x[i] - mean[c]) * (x[i] - mean[c]); });
    for (double& v : variance) v /= walk.count();
    const auto y = detail::normalized(walk, x, detail::doubles_of(call.operand(1)), detail::doubles_of(call.operand(2)),
                                      mean, variance, a.epsilon);
    call.set(0, detail::array_of(y, call.operand(0), call.precision()));
    call.set(1, detail::array_of(mean, call.operand(1), call.precision()));
    call.set(2, detail::array_of(variance, call.operand(1), call.precision()));
  }
};

template <>
struct kernel<op::batch_norm_grad> {
  static void run(invocation& call, const op::batch_norm_grad::attributes& a) {
    const detail::feature_walk walk(call, a.feature_index);
    const std::vector<double> x = detail::doubles_of(call.operand(0)), scale = detail::doubles_of(call.operand(1)),
                              mean = detail::doubles_of(call.operand(2)),
                              gradient = detail::doubles_of(call.operand(4));
    std::vector<double> variance = detail::doubles_of(call.operand(3));
    for (double& v : variance) v += a.epsilon;
    std::vector<double> sum(walk.features, 0), product(walk.features, 0), to_x(x.size()), to_scale(walk.features);
    walk([&](std::size_t i, std::size_t c) {
      sum[c] += gradient[i];
      product[c] += gradient[i] * (x[i] - mean[c]);
    });
    for (std::size_t c = 0; c < walk.features; ++c) to_scale[c] = product[c] / std::sqrt(variance[c]);
    walk([&](std::size_t i, std::size_t c) {
      const double rest = gradient[i] * walk.count() - sum[c] - (x[i] - mean[c]) * product[c] / variance[c];
      to_x[i] = scale[c] / std::sqrt(variance[c]) / walk.count() * rest;
    });
    call.set(0, detail::array_of(to_x, call.operand(0), call.precision()));
    call.set(1, detail::array_of(to_scale, call.operand(1), call.precision()));
    call.set(2, detail::array_of(sum, call.operand(1), call.precision()));
  }
};

}  // namespace partita::interpret
