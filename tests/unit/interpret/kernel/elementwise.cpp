// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected values are worked out by hand from the formats and from the specification's definitions.
#include <doctest/doctest.h>

#include <cmath>
#include <complex>
#include <limits>

#include <partita/interpret/kernel/elementwise.hpp>

#include "element_testing.hpp"

namespace {

using namespace partita;
using namespace element_testing;
using numbers_t = std::vector<double>;
using std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t;
using enum element_type;

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr float infinity = std::numeric_limits<float>::infinity();

template <class O, class T>
numbers_t of(element_type e, std::initializer_list<T> a) {
  return numbers<T>(apply<O>(e, {tensor<T>(e, a)}));
}
template <class O, class T>
numbers_t of(element_type e, std::initializer_list<T> a, std::initializer_list<T> b) {
  return numbers<T>(apply<O>(e, {tensor<T>(e, a), tensor<T>(e, b)}));
}

TEST_CASE("integers wrap") {
  CHECK(of<op::add, int8_t>(element_type::i8, {127, -128}, {1, -1}) == numbers_t{-128, 127});
  CHECK(of<op::subtract, uint8_t>(element_type::ui8, {0}, {1}) == numbers_t{255});
  CHECK(of<op::multiply, uint16_t>(ui16, {65535}, {65535}) == numbers_t{1});
  CHECK(of<op::multiply, int8_t>(element_type::i8, {100}, {3}) == numbers_t{44});
  CHECK(of<op::negate, int8_t>(element_type::i8, {-128, 5}) == numbers_t{-128, -5});
  CHECK(of<op::abs, int8_t>(element_type::i8, {-128, -5}) == numbers_t{-128, 5});
  CHECK(of<op::add, int8_t>(i4, {7, -8}, {1, -1}) == numbers_t{-8, 7});
  CHECK(of<op::subtract, uint8_t>(ui4, {0}, {1}) == numbers_t{15});
}

TEST_CASE("integer quotients and remainders that the specification leaves open are defined") {
  CHECK(of<op::divide, int8_t>(element_type::i8, {-128, 7, -7}, {-1, 0, 2}) == numbers_t{-128, -1, -3});
  CHECK(of<op::divide, uint8_t>(element_type::ui8, {7}, {0}) == numbers_t{255});
  CHECK(of<op::divide, int8_t>(i4, {-8}, {-1}) == numbers_t{-8});
  CHECK(of<op::divide, uint8_t>(ui4, {3}, {0}) == numbers_t{15});
  CHECK(of<op::remainder, int8_t>(element_type::i8, {-128, 7, -7}, {-1, 0, 3}) == numbers_t{0, 7, -1});
  CHECK(of<op::remainder, uint8_t>(element_type::ui8, {7, 7}, {0, 4}) == numbers_t{7, 3});
}

TEST_CASE("on booleans add is or, multiply is and") {
  const auto e = element_type::i1;
  CHECK(of<op::add, bool>(e, {true, true, false}, {true, false, false}) == numbers_t{1, 1, 0});
  CHECK(of<op::multiply, bool>(e, {true, true}, {true, false}) == numbers_t{1, 0});
  CHECK(of<op::minimum, bool>(e, {true, true}, {true, false}) == numbers_t{1, 0});
  CHECK(of<op::xor_, bool>(e, {true, true}, {true, false}) == numbers_t{0, 1});
  CHECK(of<op::not_, bool>(e, {true, false}) == numbers_t{0, 1});
}

TEST_CASE("shifts by the width or more move all bits out") {
  CHECK(of<op::shift_left, int32_t>(element_type::i32, {1, 1, 1}, {31, 32, -1}) == numbers_t{-2147483648.0, 0, 0});
  CHECK(of<op::shift_right_logical, int32_t>(element_type::i32, {-1, -1}, {28, 32}) == numbers_t{15, 0});
  CHECK(of<op::shift_right_arithmetic, int32_t>(element_type::i32, {-5, 5, -8}, {40, 40, 1}) == numbers_t{-1, 0, -4});
  CHECK(of<op::shift_right_arithmetic, uint8_t>(element_type::ui8, {0x80}, {1}) == numbers_t{0xc0});
  CHECK(of<op::shift_right_arithmetic, uint8_t>(ui4, {8, 8}, {1, 4}) == numbers_t{12, 15});
  CHECK(of<op::shift_right_logical, int8_t>(i4, {-8, -8}, {1, 4}) == numbers_t{4, 0});
  CHECK(of<op::shift_left, int8_t>(i4, {3, 3}, {2, 4}) == numbers_t{-4, 0});
}

TEST_CASE("bits are counted in the element type's own width") {
  CHECK(of<op::count_leading_zeros, uint8_t>(ui4, {1, 0, 8}) == numbers_t{3, 4, 0});
  CHECK(of<op::count_leading_zeros, int16_t>(i16, {0, -1, 1}) == numbers_t{16, 0, 15});
  CHECK(of<op::popcnt, int8_t>(i4, {-1, 5}) == numbers_t{4, 2});
}

TEST_CASE("integer powers wrap, and negative exponents leave only 1 and -1") {
  CHECK(of<op::power, int32_t>(element_type::i32, {3, -1, 1, 2, 0, 2, 0}, {5, -3, -7, -1, -1, 31, 0}) ==
        numbers_t{243, -1, 1, 0, 0, -2147483648.0, 1});
  CHECK(of<op::power, uint8_t>(element_type::ui8, {3, 2}, {5, 8}) == numbers_t{243, 0});
}

TEST_CASE("minimum and maximum give NaN for NaN and order zeros") {
  const array most =
      apply<op::maximum>(element_type::f32, {tensor<float>(element_type::f32, {nan, 1, -0.0f, 0.0f, -infinity}),
                                             tensor<float>(element_type::f32, {1, nan, 0.0f, -0.0f, 2})});
  const auto max = most.elements<float>();
  CHECK(std::isnan(max[0]));
  CHECK(std::isnan(max[1]));
  CHECK(!std::signbit(max[2]));
  CHECK(!std::signbit(max[3]));
  CHECK(max[4] == 2);
  const array least = apply<op::minimum>(element_type::f32, {tensor<float>(element_type::f32, {nan, -0.0f, 0.0f}),
                                                             tensor<float>(element_type::f32, {1, 0.0f, -0.0f})});
  CHECK(std::isnan(least.elements<float>()[0]));
  CHECK(std::signbit(least.elements<float>()[1]));
  CHECK(std::signbit(least.elements<float>()[2]));
}

TEST_CASE("clamp takes bounds of one element, passes NaN on and lets the upper bound win") {
  const auto clamp = [](float low, std::initializer_list<float> x, float high) {
    return apply<op::clamp>(element_type::f32,
                            {tensor<float>(element_type::f32, {low}), tensor<float>(element_type::f32, x),
                             tensor<float>(element_type::f32, {high})});
  };
  CHECK(numbers<float>(clamp(-1, {-5, 0.5f, 5}, 1)) == numbers_t{-1, 0.5, 1});
  CHECK(numbers<float>(clamp(5, {0, 9}, 1)) == numbers_t{1, 1});
  CHECK(std::isnan(clamp(-1, {nan, 0}, 1).elements<float>()[0]));
}

TEST_CASE("select takes one predicate for all or one for each") {
  const array a = tensor<int16_t>(i16, {1, 2, 3}), b = tensor<int16_t>(i16, {-1, -2, -3});
  CHECK(numbers<int16_t>(apply<op::select>(i16, {tensor<bool>(element_type::i1, {false}), a, b})) ==
        numbers_t{-1, -2, -3});
  CHECK(numbers<int16_t>(apply<op::select>(i16, {tensor<bool>(element_type::i1, {true, false, true}), a, b})) ==
        numbers_t{1, -2, 3});
}

TEST_CASE("the total order has places for NaNs and for both zeros") {
  const auto compare = [](op::comparison_direction d, op::comparison_type t) {
    op::compare::attributes attributes;
    attributes.comparison_direction = d;
    attributes.compare_type = t;
    return numbers<bool>(apply<op::compare>(element_type::i1,
                                            {tensor<float>(element_type::f32, {-nan, -0.0f, 0.0f, nan, infinity}),
                                             tensor<float>(element_type::f32, {-infinity, 0.0f, -0.0f, nan, nan})},
                                            numerics::own, attributes));
  };
  using d = op::comparison_direction;
  using t = op::comparison_type;
  CHECK(compare(d::LT, t::TOTALORDER) == numbers_t{1, 1, 0, 0, 1});
  CHECK(compare(d::GE, t::TOTALORDER) == numbers_t{0, 0, 1, 1, 0});
  CHECK(compare(d::EQ, t::TOTALORDER) == numbers_t{0, 0, 0, 1, 0});
  CHECK(compare(d::LT, t::FLOAT) == numbers_t{0, 0, 0, 0, 0});
  CHECK(compare(d::GE, t::FLOAT) == numbers_t{0, 1, 1, 0, 0});
  CHECK(compare(d::EQ, t::FLOAT) == numbers_t{0, 1, 1, 0, 0});
  CHECK(compare(d::NE, t::FLOAT) == numbers_t{1, 0, 0, 1, 1});
}

TEST_CASE("sign keeps zeros and NaN") {
  const array s = apply<op::sign>(element_type::f32, {tensor<float>(element_type::f32, {-3, -0.0f, 0.0f, 2, nan})});
  const auto x = s.elements<float>();
  CHECK(x[0] == -1);
  CHECK((x[1] == 0 && std::signbit(x[1])));
  CHECK((x[2] == 0 && !std::signbit(x[2])));
  CHECK(x[3] == 1);
  CHECK(std::isnan(x[4]));
}

TEST_CASE("results are rounded to their own format, and not at all with widened numerics") {
  CHECK(of<op::add, float>(element_type::bf16, {256, 258}, {1, 1}) == numbers_t{256, 260});
  CHECK(of<op::add, float>(element_type::f16, {65504, 65504}, {15, 16}) == numbers_t{65504, infinity});
  const auto wide = [](element_type e, double a, double b) {
    return numbers<double>(apply<op::add>(
        e, {tensor<double>(e, {a}, numerics::widened), tensor<double>(e, {b}, numerics::widened)}, numerics::widened));
  };
  CHECK(wide(element_type::bf16, 256, 1) == numbers_t{257});
  CHECK(wide(element_type::f16, 65504, 16) == numbers_t{65520});
  CHECK(wide(element_type::f32, 16777216, 1) == numbers_t{16777217});
}

TEST_CASE("logistic reaches both ends without overflow") {
  CHECK(of<op::logistic, double>(element_type::f64, {0, 1000, -1000}) == numbers_t{0.5, 1, 0});
  const double small = of<op::logistic, double>(element_type::f64, {-740})[0];
  CHECK(small == std::exp(-740.0));
}

TEST_CASE("rounding of halves") {
  CHECK(of<op::round_nearest_afz, float>(element_type::f32, {2.5f, -2.5f, 0.5f}) == numbers_t{3, -3, 1});
  CHECK(of<op::round_nearest_even, float>(element_type::f32, {2.5f, -3.5f, 0.5f}) == numbers_t{2, -4, 0});
}

TEST_CASE("complex functions") {
  using c = std::complex<double>;
  const auto one = [](const array& a) { return a.elements<c>()[0]; };
  const auto value = [](c x) { return tensor<c>(complex_f64, {x}); };
  CHECK(one(apply<op::sqrt>(complex_f64, {value({-4, 0})})) == c(0, 2));
  CHECK(one(apply<op::sqrt>(complex_f64, {value({-4, -0.0})})) == c(0, -2));
  CHECK(one(apply<op::multiply>(complex_f64, {value({1, 2}), value({3, 4})})) == c(-5, 10));
  CHECK(one(apply<op::divide>(complex_f64, {value({-5, 10}), value({3, 4})})) == c(1, 2));
  CHECK(one(apply<op::sign>(complex_f64, {value({3, -4})})) == c(0.6, -0.8));
  CHECK(apply<op::abs>(element_type::f64, {value({3, -4})}).elements<double>()[0] == 5);
  // log(1 + x) is x, and exp(x) - 1 is x, as far as f64 can tell.
  CHECK(one(apply<op::log_plus_one>(complex_f64, {value({1e-20, 1e-20})})) == c(1e-20, 1e-20));
  CHECK(one(apply<op::exponential_minus_one>(complex_f64, {value({1e-20, 1e-20})})) == c(1e-20, 1e-20));
  CHECK(one(apply<op::power>(complex_f64, {value({0, 0}), value({0, 0})})) == c(1, 0));
  CHECK(one(apply<op::maximum>(complex_f64, {value({1, 5}), value({1, 6})})) == c(1, 6));
}

TEST_CASE("tensors without elements") {
  CHECK(of<op::add, float>(element_type::f32, {}, {}).empty());
  CHECK(of<op::exponential, double>(element_type::f64, {}).empty());
}

TEST_CASE("an element type without a meaning is named") {
  const auto x = tensor<std::complex<float>>(complex_f32, {{1, 1}});
  CHECK_THROWS_WITH_AS(apply<op::remainder>(complex_f32, {x, x}),
                       "stablehlo.remainder: cannot be computed for elements of type complex<f32>",
                       interpret::execution_error);
  const auto f = tensor<float>(element_type::f32, {1});
  CHECK_THROWS_AS(apply<op::and_>(element_type::f32, {f, f}), interpret::execution_error);
}

}  // namespace
