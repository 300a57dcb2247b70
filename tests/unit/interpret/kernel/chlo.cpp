// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand.
#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <limits>
#include <span>
#include <vector>

#include <partita/interpret/kernel/chlo.hpp>

#include "element_testing.hpp"

namespace {

using namespace partita;
using namespace element_testing;
using numbers_t = std::vector<double>;
using enum element_type;

constexpr float infinity = std::numeric_limits<float>::infinity();

TEST_CASE("mulhi gives the upper half of the product") {
  constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
  const array high =
      apply<op::chlo::mulhi>(element_type::i64, {tensor<std::int64_t>(element_type::i64, {lowest, -1, -1, 3}),
                                                 tensor<std::int64_t>(element_type::i64, {lowest, 1, -1, 5})});
  CHECK(high.elements<std::int64_t>()[0] == std::int64_t{1} << 62);
  CHECK(high.elements<std::int64_t>()[1] == -1);
  CHECK(high.elements<std::int64_t>()[2] == 0);
  CHECK(high.elements<std::int64_t>()[3] == 0);
  const auto all = std::numeric_limits<std::uint64_t>::max();
  CHECK(apply<op::chlo::mulhi>(ui64, {tensor<std::uint64_t>(ui64, {all}), tensor<std::uint64_t>(ui64, {all})})
            .elements<std::uint64_t>()[0] == all - 1);
  CHECK(numbers<std::int8_t>(apply<op::chlo::mulhi>(
            i4, {tensor<std::int8_t>(i4, {-8, 7}), tensor<std::int8_t>(i4, {-8, -1})})) == numbers_t{4, -1});
}

TEST_CASE("next_after steps in the element type's own format") {
  const auto next = [](element_type e, float x, float y) {
    return apply<op::chlo::next_after>(e, {tensor<float>(e, {x}), tensor<float>(e, {y})}).elements<float>()[0];
  };
  CHECK(next(element_type::bf16, 1, 2) == 1 + 0x1p-7f);
  CHECK(next(element_type::bf16, 1, 0) == 1 - 0x1p-8f);
  CHECK(next(element_type::f16, 0, 1) == 0x1p-24f);
  CHECK(next(element_type::f16, 0, -1) == -0x1p-24f);
  CHECK(next(element_type::f16, 65504, infinity) == infinity);
  CHECK(next(element_type::f16, -1, -2) == -1 - 0x1p-10f);
  CHECK(next(element_type::f32, 1, 2) == 1 + 0x1p-23f);
  CHECK(std::isnan(next(element_type::f16, std::numeric_limits<float>::quiet_NaN(), 1)));
  CHECK(next(element_type::f16, 3, 3) == 3);
}

TEST_CASE("tests for infinity") {
  const array x = tensor<float>(element_type::f32, {infinity, -infinity, 1, std::numeric_limits<float>::quiet_NaN()});
  CHECK(numbers<bool>(apply<op::chlo::is_inf>(element_type::i1, {x})) == numbers_t{1, 1, 0, 0});
  CHECK(numbers<bool>(apply<op::chlo::is_pos_inf>(element_type::i1, {x})) == numbers_t{1, 0, 0, 0});
  CHECK(numbers<bool>(apply<op::chlo::is_neg_inf>(element_type::i1, {x})) == numbers_t{0, 1, 0, 0});
}

TEST_CASE("square and conj") {
  CHECK(numbers<std::int8_t>(apply<op::chlo::square>(
            element_type::i8, {tensor<std::int8_t>(element_type::i8, {-5, 16})})) == numbers_t{25, 0});
  using c = std::complex<float>;
  CHECK(apply<op::chlo::square>(complex_f32, {tensor<c>(complex_f32, {{1, 2}})}).elements<c>()[0] == c(-3, 4));
  CHECK(apply<op::chlo::conj>(complex_f32, {tensor<c>(complex_f32, {{1, 2}})}).elements<c>()[0] == c(1, -2));
}

TEST_CASE("special functions of complex numbers are refused") {
  const auto x = tensor<std::complex<float>>(complex_f32, {{1, 1}});
  CHECK_THROWS_AS(apply<op::chlo::lgamma>(complex_f32, {x}), interpret::execution_error);
}

TEST_CASE("operands are repeated to one shape") {
  const auto shaped = [](element_type e, std::initializer_list<std::int32_t> x,
                         std::initializer_list<std::int64_t> dims) {
    return tensor<std::int32_t>(e, x).reshaped(std::span<const std::int64_t>(dims.begin(), dims.size()));
  };
  const auto combined = [](const array& a, const array& b, const dim_list& stated, auto op) {
    interpret::element_signature s;
    s.operands = {a.element(), b.element()};
    s.result = a.element();
    const std::vector<array> operands = {a, b};
    size_list dims;
    REQUIRE(interpret::detail::element::broadcast_dims(operands, stated, dims));
    auto f = interpret::kernel<decltype(op)>::element(s);
    f.signature = s;
    return interpret::detail::element::apply_broadcasting(f, operands, dims, stated);
  };
  const auto e = element_type::i32;
  const array column = shaped(e, {1, 2}, {2, 1}), row = shaped(e, {10, 20, 30}, {3}), scalar = shaped(e, {7}, {});
  CHECK(numbers<std::int32_t>(combined(column, row, {}, op::add{})) == numbers_t{11, 21, 31, 12, 22, 32});
  CHECK(numbers<std::int32_t>(combined(row, scalar, {}, op::subtract{})) == numbers_t{3, 13, 23});
  dim_list rows;
  rows.push_back(0);
  const array matrix = shaped(e, {1, 2, 3, 4, 5, 6}, {2, 3});
  CHECK(numbers<std::int32_t>(combined(matrix, shaped(e, {10, 20}, {2}), rows, op::subtract{})) ==
        numbers_t{-9, -8, -7, -16, -15, -14});
  const array cube = combined(shaped(e, {1, 2}, {2, 1, 1}), column, {}, op::multiply{});
  CHECK(numbers<std::int32_t>(cube) == numbers_t{1, 2, 2, 4});
  CHECK(combined(shaped(e, {}, {0, 1}), row, {}, op::add{}).size() == 0);
  const std::vector<array> unlike = {row, shaped(e, {1, 2}, {2})};
  size_list dims;
  CHECK(!interpret::detail::element::broadcast_dims(unlike, {}, dims));
}

}  // namespace
