// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <partita/interpret/narrow.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace partita;
using namespace partita::interpret;

constexpr element_type formats[] = {
    element_type::f4E2M1FN,   element_type::f6E2M3FN, element_type::f6E3M2FN,       element_type::f8E3M4,
    element_type::f8E4M3,     element_type::f8E4M3FN, element_type::f8E4M3FNUZ,     element_type::f8E4M3B11FNUZ,
    element_type::f8E5M2,     element_type::f8E5M2FNUZ, element_type::f8E8M0FNU,    element_type::bf16, element_type::f16};

// Largest values as the formats' definitions state them (OCP OFP8 and MX specifications; arXiv 2206.02915 for FNUZ).
TEST_CASE("the largest value of each format is what its definition states") {
  CHECK(format_of(element_type::f4E2M1FN).largest() == 6);
  CHECK(format_of(element_type::f6E2M3FN).largest() == 7.5);
  CHECK(format_of(element_type::f6E3M2FN).largest() == 28);
  CHECK(format_of(element_type::f8E3M4).largest() == 15.5);
  CHECK(format_of(element_type::f8E4M3).largest() == 240);
  CHECK(format_of(element_type::f8E4M3FN).largest() == 448);
  CHECK(format_of(element_type::f8E4M3FNUZ).largest() == 240);
  CHECK(format_of(element_type::f8E4M3B11FNUZ).largest() == 30);
  CHECK(format_of(element_type::f8E5M2).largest() == 57344);
  CHECK(format_of(element_type::f8E5M2FNUZ).largest() == 57344);
  CHECK(format_of(element_type::f8E8M0FNU).largest() == 0x1p127);
  CHECK(format_of(element_type::f16).largest() == 65504);
  CHECK(format_of(element_type::bf16).largest() == 0x1.fep127);
}

TEST_CASE("every pattern of bits survives the way to a number and back, except NaNs' payloads") {
  for (const element_type e : formats) {
    CAPTURE(name_of(e));
    const float_format f = format_of(e);
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << f.bits(); ++bits) {
      const double x = from_format_bits(bits, f);
      if (std::isnan(x)) {
        CHECK(std::isnan(from_format_bits(to_format_bits(x, f), f)));
      } else {
        REQUIRE(to_format_bits(x, f) == bits);
        REQUIRE(round_to_format(x, f) == x);
      }
    }
  }
}

TEST_CASE("rounding is to the nearest, ties to even, against a search among all values") {
  for (const element_type e : {element_type::f8E4M3FN, element_type::f8E5M2, element_type::f6E2M3FN}) {
    CAPTURE(name_of(e));
    const float_format f = format_of(e);
    std::vector<double> values;  // not negative, rising
    for (std::uint64_t bits = 0; bits < std::uint64_t{1} << (f.bits() - 1); ++bits) {
      const double x = from_format_bits(bits, f);
      if (std::isfinite(x)) values.push_back(x);
    }
    for (std::size_t i = 0; i + 1 < values.size(); ++i) {
      const double low = values[i], high = values[i + 1], middle = (low + high) / 2;
      REQUIRE(round_to_format(std::nextafter(middle, low), f) == low);
      REQUIRE(round_to_format(std::nextafter(middle, high), f) == high);
      REQUIRE(round_to_format(middle, f) == (i % 2 == 0 ? low : high));
      REQUIRE(round_to_format(-middle, f) == -(i % 2 == 0 ? low : high));
    }
  }
}

TEST_CASE("beyond the largest value lies infinity, NaN or the largest, as the format has them") {
  CHECK(std::isinf(round_to_format(1e6, format_of(element_type::f8E5M2))));
  CHECK(std::isinf(round_to_format(65520, format_of(element_type::f16))));
  CHECK(round_to_format(65519, format_of(element_type::f16)) == 65504);
  CHECK(std::isnan(round_to_format(465, format_of(element_type::f8E4M3FN))));
  CHECK(round_to_format(463, format_of(element_type::f8E4M3FN)) == 448);
  CHECK(std::isnan(round_to_format(-1e3, format_of(element_type::f8E4M3FNUZ))));
  CHECK(round_to_format(100, format_of(element_type::f4E2M1FN)) == 6);
  CHECK(!std::signbit(round_to_format(-1e-9, format_of(element_type::f8E5M2FNUZ))));
}

TEST_CASE("the short ways for bf16 and f16 equal the general one") {
  std::uint32_t bits = 1;
  for (int i = 0; i < 200000; ++i) {
    bits = bits * 1664525u + 1013904223u;
    const float x = std::bit_cast<float>(bits);
    const double y = static_cast<double>(x);
    if (std::isnan(x)) {
      REQUIRE(std::isnan(round_to_bf16(x)));
      REQUIRE(std::isnan(round_to_f16(x)));
    } else {
      REQUIRE(static_cast<double>(round_to_bf16(x)) == round_to_format(y, format_of(element_type::bf16)));
      REQUIRE(static_cast<double>(round_to_f16(x)) == round_to_format(y, format_of(element_type::f16)));
    }
  }
  for (const float x : {0x1p-24f, 0x1p-25f, 0x1.8p-25f, 0x1p-14f, 0x1.ffcp-15f, 0x1.ffep-15f, -0.0f, 65519.996f}) {
    CHECK(std::bit_cast<std::uint32_t>(round_to_f16(x)) ==
          std::bit_cast<std::uint32_t>(static_cast<float>(round_to_format(static_cast<double>(x), format_of(element_type::f16)))));
  }
}

TEST_CASE("narrow integers wrap") {
  std::int8_t signed_values[] = {7, 8, -8, -9, 15, 16};
  wrap_elements(4, signed_values, 6);
  CHECK((signed_values[0] == 7 && signed_values[1] == -8 && signed_values[2] == -8 && signed_values[3] == 7 &&
         signed_values[4] == -1 && signed_values[5] == 0));
  std::uint8_t values[] = {3, 4, 255};
  wrap_elements(2, values, 3);
  CHECK((values[0] == 3 && values[1] == 0 && values[2] == 3));
}

}  // namespace
