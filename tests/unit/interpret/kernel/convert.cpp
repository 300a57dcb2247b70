// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand from the formats.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <complex>
#include <limits>

#include <partita/interpret/kernel/convert.hpp>

#include "element_testing.hpp"

namespace {

using namespace partita;
using namespace element_testing;
using numbers_t = std::vector<double>;
using enum element_type;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

template <class From, class To>
numbers_t converted(element_type from, element_type to, std::initializer_list<From> x, numerics n = numerics::own) {
  return numbers<To>(apply<op::convert>(to, {tensor<From>(from, x, n)}, n));
}

TEST_CASE("floats become integers of the nearest value, NaN becomes 0") {
  CHECK(
      converted<double, std::int8_t>(element_type::f64, element_type::i8, {300, -300, nan, 1.9, -1.9, -128.5, 127.5}) ==
      numbers_t{127, -128, 0, 1, -1, -128, 127});
  CHECK(converted<float, std::uint8_t>(element_type::f32, ui4, {20, -3, 7.5f}) == numbers_t{15, 0, 7});
  CHECK(converted<float, std::int8_t>(element_type::f32, i4, {20, -20}) == numbers_t{7, -8});
  const array ends =
      apply<op::convert>(element_type::i64, {tensor<double>(element_type::f64, {infinity, -infinity, 0x1p63})});
  CHECK(ends.elements<std::int64_t>()[0] == std::numeric_limits<std::int64_t>::max());
  CHECK(ends.elements<std::int64_t>()[1] == std::numeric_limits<std::int64_t>::min());
  CHECK(ends.elements<std::int64_t>()[2] == std::numeric_limits<std::int64_t>::max());
}

TEST_CASE("integers wrap, booleans ask whether the value is zero") {
  CHECK(converted<std::int32_t, std::int8_t>(element_type::i32, element_type::i8, {300, -129}) == numbers_t{44, 127});
  CHECK(converted<std::int32_t, std::int8_t>(element_type::i32, i4, {9, -9}) == numbers_t{-7, 7});
  CHECK(converted<std::int8_t, std::uint64_t>(element_type::i8, ui64, {-1})[0] == 0x1p64);
  CHECK(converted<float, bool>(element_type::f32, element_type::i1, {0.5f, -0.0f, static_cast<float>(nan)}) ==
        numbers_t{1, 0, 1});
  CHECK(converted<bool, float>(element_type::i1, element_type::f32, {true, false}) == numbers_t{1, 0});
}

TEST_CASE("a narrow float is reached in one rounding") {
  // Half way between two values of bf16 but for a bit that f32 does not hold.
  CHECK(converted<double, float>(element_type::f64, element_type::bf16, {1 + 0x1p-8 + 0x1p-40, 1 + 0x1p-8}) ==
        numbers_t{1 + 0x1p-7, 1});
  const std::int64_t half_way = (std::int64_t{1} << 60) + (std::int64_t{1} << 52);
  CHECK(
      converted<std::int64_t, float>(element_type::i64, element_type::bf16, {half_way + 1, half_way, -half_way - 1}) ==
      numbers_t{0x1p60 + 0x1p53, 0x1p60, -0x1p60 - 0x1p53});
  CHECK(converted<float, float>(element_type::f32, element_type::f16, {1e5f, 1 + 0x1p-11f}) == numbers_t{infinity, 1});
  const numbers_t f8 = converted<float, float>(element_type::f32, f8E4M3FN, {448, 500, 1.0625f});
  CHECK(f8[0] == 448);
  CHECK(std::isnan(f8[1]));
  CHECK(f8[2] == 1);
}

TEST_CASE("complex numbers lose their imaginary part, and gain none") {
  CHECK(converted<std::complex<float>, float>(complex_f32, element_type::f32, {{1.5f, 2}}) == numbers_t{1.5});
  const array c = apply<op::convert>(complex_f64, {tensor<float>(element_type::f32, {2.5f})});
  CHECK(c.elements<std::complex<double>>()[0] == std::complex<double>(2.5, 0));
}

TEST_CASE("more elements than are converted at once, and one for all") {
  array many(element_type::i32, std::span<const std::int64_t>(std::initializer_list<std::int64_t>{600}.begin(), 1),
             numerics::own);
  for (std::size_t i = 0; i < 600; ++i) many.mutable_elements<std::int32_t>()[i] = static_cast<std::int32_t>(i);
  const array floats = apply<op::convert>(element_type::f64, {many});
  for (const std::size_t i : {0u, 255u, 256u, 511u, 512u, 599u})
    CHECK(floats.elements<double>()[i] == static_cast<double>(i));
}

TEST_CASE("widened floats are not rounded by conversions nor by reduce_precision") {
  CHECK(converted<double, double>(element_type::f32, element_type::bf16, {1.0001}, numerics::widened) ==
        numbers_t{1.0001});
  op::reduce_precision::attributes format;
  format.exponent_bits = 5;
  format.mantissa_bits = 2;
  CHECK(numbers<double>(apply<op::reduce_precision>(element_type::f32,
                                                    {tensor<double>(element_type::f32, {1.0001}, numerics::widened)},
                                                    numerics::widened, format)) == numbers_t{1.0001});
}

TEST_CASE("reduce_precision") {
  const auto reduced = [](std::int64_t exponent, std::int64_t mantissa, std::initializer_list<float> x) {
    op::reduce_precision::attributes format;
    format.exponent_bits = exponent;
    format.mantissa_bits = mantissa;
    return numbers<float>(
        apply<op::reduce_precision>(element_type::f32, {tensor<float>(element_type::f32, x)}, numerics::own, format));
  };
  // e5m10 is f16 without subnormal numbers.
  CHECK(reduced(5, 10, {65519, 65520, -65520, 0x1p-14f, 0x1p-15f}) ==
        numbers_t{65504, infinity, -infinity, 0x1p-14, 0});
  CHECK(std::signbit(reduced(5, 10, {-0x1p-20f})[0]));
  CHECK(reduced(8, 7, {257, 259}) == numbers_t{256, 260});
  CHECK(std::isnan(reduced(5, 10, {static_cast<float>(nan)})[0]));
  CHECK(reduced(5, 0, {static_cast<float>(nan), 3.5f}) == numbers_t{infinity, 4});
}

TEST_CASE("bits of elements narrower than a byte stand side by side, low bits first") {
  using interpret::detail::regroup_bits;
  using bytes = std::vector<std::uint8_t>;
  CHECK(regroup_bits({0x1, 0xf, 0x2, 0x3}, 4, 8, 2) == bytes{0xf1, 0x32});
  CHECK(regroup_bits({0xf1, 0x32}, 8, 4, 4) == bytes{0x1, 0xf, 0x2, 0x3});
  CHECK(regroup_bits({0x05}, 8, 1, 8) == bytes{1, 0, 1, 0, 0, 0, 0, 0});
}

TEST_CASE("bitcast takes the bits of the element type's own format") {
  using interpret::detail::bitcast;
  const array packed = bitcast(tensor<std::int8_t>(i4, {1, -1}), element_type::i8, numerics::own);
  CHECK(packed.rank() == 0);
  CHECK(numbers<std::int8_t>(packed) == numbers_t{-15});
  CHECK(numbers<std::int8_t>(bitcast(packed, i4, numerics::own)) == numbers_t{1, -1});
  const array halves = bitcast(tensor<float>(element_type::bf16, {1, -2}), ui16, numerics::own);
  CHECK(numbers<std::uint16_t>(halves) == numbers_t{0x3f80, 0xc000});
  const array wide = tensor<double>(element_type::f32, {1, -2}, numerics::widened);
  CHECK(numbers<std::uint32_t>(bitcast(wide, element_type::ui32, numerics::widened)) ==
        numbers_t{0x3f800000, 0xc0000000});
  const array back =
      bitcast(tensor<std::uint32_t>(element_type::ui32, {0x40490fdb}), element_type::f32, numerics::widened);
  CHECK(numbers<double>(back) == numbers_t{3.14159274101257324});
  CHECK(bitcast(tensor<std::int8_t>(i4, {1, 2, 3}), element_type::i8, numerics::own).empty());
}

}  // namespace
