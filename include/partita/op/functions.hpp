// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The usual operations as functions of a builder's values: matmul(x, w), tanh(x), x + y. Types are inferred
// and checked; any further op is builder::add<op::...>.

#include <array>
#include <bit>
#include <cstdint>
#include <initializer_list>

#include <partita/ir/builder.hpp>
#include <partita/op/dot_general.hpp>
#include <partita/op/elementwise.hpp>
#include <partita/op/broadcast.hpp>
#include <partita/op/constant.hpp>
#include <partita/op/reduce.hpp>
#include <partita/op/reshape.hpp>
#include <partita/op/transpose.hpp>

namespace partita {

namespace detail {

template <class O, class Ops>
constexpr basic_tensor<Ops> apply(std::initializer_list<basic_tensor<Ops>> operands, const attributes_of<O>& attributes = {},
                                  std::initializer_list<tensor_type> stated = {}) {
  return operands.begin()->builder().template add1<O>(operands, attributes, stated);
}

}  // namespace detail

/// Contraction of a's dims `a_dims` with b's dims `b_dims`; the other dims of a, then of b, remain.
template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> contract(const basic_tensor<Ops>& a, const basic_tensor<Ops>& b, const dim_list& a_dims,
                                                   const dim_list& b_dims) {
  op::dot_general::attributes attributes;
  attributes.dims.lhs_contracting = a_dims;
  attributes.dims.rhs_contracting = b_dims;
  return detail::apply<op::dot_general, Ops>({a, b}, attributes);
}

/// Product of a's last dim with b's first: for matrices the matrix product. Throws verify_error, naming both types,
/// when the sizes differ.
template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> matmul(const basic_tensor<Ops>& a, const basic_tensor<Ops>& b) {
  const std::size_t rank = a.rank();
  return contract(a, b, dim_list{static_cast<std::uint8_t>(rank == 0 ? 0 : rank - 1)}, dim_list{0});
}

template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> transpose(const basic_tensor<Ops>& a, const dim_list& permutation) {
  return detail::apply<op::transpose, Ops>({a}, {permutation});
}

/// The same elements, row-major, in another shape.
template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> reshape(const basic_tensor<Ops>& a, const size_list& sizes) {
  return detail::apply<op::reshape, Ops>({a}, {}, {tensor_type{a.type().element, sizes}});
}

/// Dim i of a becomes dim dims[i] of the result; all others repeat.
template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> broadcast(const basic_tensor<Ops>& a, const size_list& sizes, const dim_list& dims) {
  return detail::apply<op::broadcast_in_dim, Ops>({a}, {dims}, {tensor_type{a.type().element, sizes}});
}

template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> operator+(const basic_tensor<Ops>& a, const basic_tensor<Ops>& b) {
  return detail::apply<op::add, Ops>({a, b});
}
template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> operator-(const basic_tensor<Ops>& a, const basic_tensor<Ops>& b) {
  return detail::apply<op::subtract, Ops>({a, b});
}
template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> operator*(const basic_tensor<Ops>& a, const basic_tensor<Ops>& b) {
  return detail::apply<op::multiply, Ops>({a, b});
}
template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> operator/(const basic_tensor<Ops>& a, const basic_tensor<Ops>& b) {
  return detail::apply<op::divide, Ops>({a, b});
}
template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> maximum(const basic_tensor<Ops>& a, const basic_tensor<Ops>& b) {
  return detail::apply<op::maximum, Ops>({a, b});
}
template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> exp(const basic_tensor<Ops>& a) {
  return detail::apply<op::exponential, Ops>({a});
}
template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> tanh(const basic_tensor<Ops>& a) {
  return detail::apply<op::tanh, Ops>({a});
}

/// An f32 scalar.
template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> scalar(basic_builder<Ops>& f, float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(bits >> (8 * i));
  return f.template add<op::constant>({}, {f.store(bytes, true)}, std::array{tensor_type{element_type::f32, {}}})[0];
}

/// Sum over dims, which disappear. f32 tensors.
template <class Ops>
[[nodiscard]] constexpr basic_tensor<Ops> sum(const basic_tensor<Ops>& a, const dim_list& dims) {
  using tensor = basic_tensor<Ops>;
  const std::vector<tensor_type> scalars(2, tensor_type{a.type().element, {}});
  const tensor operands[] = {a, scalar(a.builder(), 0.0f)};
  return a.builder().template add_with_regions<op::reduce>(
      operands, {dims}, list_view<std::vector<tensor_type>>(&scalars, 1), {},
      [](const std::vector<tensor>& p) { return std::vector<tensor>{p[0] + p[1]}; })[0];
}

}  // namespace partita
