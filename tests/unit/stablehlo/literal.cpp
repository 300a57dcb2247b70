// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Expected bits are those of IEEE 754 and of the 8-bit formats' definitions (Open Compute Project, OFP8), by hand.

#include <doctest/doctest.h>

#include <partita/stablehlo/literal.hpp>

namespace {

using namespace partita;
namespace detail = stablehlo::detail;

struct literal {
  std::vector<std::uint8_t> bytes;
  bool splat = false;
};

literal read(std::string_view text, const tensor_type& t) {
  const detail::source s{text, "t", text.data()};
  detail::cursor c(s, text);
  literal l;
  l.splat = detail::read_elements(c, t, l.bytes);
  CHECK(c.peek() == '\0');
  return l;
}

std::string refusal(std::string_view text, const tensor_type& t) {
  try {
    (void)read(text, t);
  } catch (const parse_error& e) {
    return e.what();
  }
  return "accepted";
}

std::uint64_t number(std::string_view text, element_type e) {
  const detail::source s{text, "t", text.data()};
  detail::cursor c(s, text);
  return detail::read_number(c, e);
}

std::string written(element_type e, std::uint64_t bits) {
  std::string out;
  detail::write_float(out, e, bits);
  return out;
}

TEST_CASE("decimal floats round to the nearest value of their type") {
  CHECK(number("1.0", f32) == 0x3f800000u);
  CHECK(number("-2.5", f32) == 0xc0200000u);
  CHECK(number("0.1", f64) == 0x3fb999999999999aull);
  CHECK(number("1.000000e+00", bf16) == 0x3f80u);
  CHECK(number("1.00390625", bf16) == 0x3f80u);   // 1 + 2^-8: a tie goes to the even neighbour
  CHECK(number("1.01171875", bf16) == 0x3f82u);   // 1 + 3 * 2^-8: the other way
  CHECK(number("65504.0", f16) == 0x7bffu);       // largest finite
  CHECK(number("65520.0", f16) == 0x7c00u);       // halfway to the next: infinity
  CHECK(number("5.9604645e-8", f16) == 0x0001u);  // smallest subnormal
  CHECK(number("-0.0", f32) == 0x80000000u);
  CHECK(number("448.0", element_type::f8E4M3FN) == 0x7eu);
  CHECK(number("-0.0", element_type::f8E4M3FNUZ) == 0);
  CHECK(number("57344.0", element_type::f8E5M2) == 0x7bu);
  CHECK(number("1.0", element_type::f8E8M0FNU) == 127);
  CHECK(number("6.0", element_type::f4E2M1FN) == 7);
  CHECK(number("0x7FC00000", f32) == 0x7fc00000u);
}

TEST_CASE("every 8-bit float reads back from what is written for it") {
  for (const element_type e :
       {element_type::f8E3M4, element_type::f8E4M3, element_type::f8E4M3FN, element_type::f8E4M3FNUZ,
        element_type::f8E4M3B11FNUZ, element_type::f8E5M2, element_type::f8E5M2FNUZ, element_type::f8E8M0FNU}) {
    for (std::uint64_t bits = 0; bits < 256; ++bits) {
      const std::string text = written(e, bits);
      INFO(name_of(e) << " " << bits << " " << text);
      CHECK(number(text, e) == bits);
    }
  }
}

TEST_CASE("every 16-bit float reads back from what is written for it") {
  std::size_t wrong = 0;
  for (const element_type e : {bf16, f16}) {
    for (std::uint64_t bits = 0; bits < 65536; ++bits) wrong += number(written(e, bits), e) != bits;
  }
  CHECK(wrong == 0);
}

TEST_CASE("floats are written as short as they read back") {
  CHECK(written(f32, 0x3dcccccdu) == "1.0e-01");
  CHECK(written(f32, 0x3f666666u) == "9.0e-01");
  CHECK(written(f32, 0x7f800000u) == "0x7F800000");
  CHECK(written(f64, 0x3fd5555555555555ull) == "3.333333333333333e-01");
}

TEST_CASE("integers fit their type, with or without a sign") {
  CHECK(number("-1", i8) == 0xff);
  CHECK(number("255", ui8) == 255);
  CHECK(number("-9223372036854775808", i64) == 0x8000000000000000ull);
  CHECK(number("18446744073709551615", element_type::ui64) == 0xffffffffffffffffull);
  CHECK(number("-8", element_type::i4) == 0xf8);  // a narrow signed element fills its byte with its sign
  CHECK(number("true", i1) == 1);
}

TEST_CASE("lists, splats and bytes") {
  CHECK(read("dense<[[1, 2], [3, 4]]>", tensor<i8>(2, 2)).bytes == std::vector<std::uint8_t>{1, 2, 3, 4});
  CHECK(read("dense<\"0x0100FFFF\">", tensor<element_type::i16>(2)).bytes == std::vector<std::uint8_t>{1, 0, 255, 255});
  const literal splat = read("dense<7>", tensor<i32>(1000, 1000));
  CHECK(splat.splat);
  CHECK(splat.bytes == std::vector<std::uint8_t>{7, 0, 0, 0});
  CHECK(read("dense<[5, 5, 5]>", tensor<i8>(3)).splat);  // equal elements are kept once, as in MLIR
  CHECK(read("dense<>", tensor<f32>(0, 3)).bytes.empty());
  CHECK(read("dense<[true, false, true]>", tensor<i1>(3)).bytes == std::vector<std::uint8_t>{1, 0, 1});
  CHECK(read("dense<\"0x05\">", tensor<i1>(3)).bytes ==
        std::vector<std::uint8_t>{1, 0, 1});  // packed, lowest bit first
  CHECK(read("dense<(1.0, -1.0)>", tensor<element_type::complex_f32>()).bytes ==
        std::vector<std::uint8_t>{0, 0, 0x80, 0x3f, 0, 0, 0x80, 0xbf});
}

TEST_CASE("wrong literals are refused with the place and the reason") {
  CHECK(refusal("dense<[1, 2]>", tensor<i32>(3)).find("shape of tensor<3xi32>") != std::string::npos);
  CHECK(refusal("dense<[[1, 2], [3]]>", tensor<i32>(2, 2))
            .find("t:1:16: this list has 1 entries but the ones before have 2") != std::string::npos);
  CHECK(refusal("dense<300>", tensor<i8>()).find("t:1:7: this number does not fit in i8") != std::string::npos);
  CHECK(refusal("dense<-1>", tensor<ui8>()).find("does not fit in ui8") != std::string::npos);
  CHECK(refusal("dense<1.5>", tensor<i32>()).find("expected an integer") != std::string::npos);
  CHECK(refusal("dense<1.0e999>", tensor<f32>()).find("too large") != std::string::npos);
  CHECK(refusal("dense<99999999999999999999>", tensor<i64>()).find("does not fit in i64") != std::string::npos);
  CHECK(refusal("dense<\"0x0102\">", tensor<i32>(3)).find("2 bytes") != std::string::npos);
  CHECK(refusal("dense<\"0xZZ\">", tensor<i8>(1)).find("hexadecimal digit") != std::string::npos);
  CHECK(refusal("dense<[1, [2]]>", tensor<i32>(2)).find("t:1:11: ") != std::string::npos);
  CHECK(refusal("dense<>", tensor<f32>(2)).find("without elements") != std::string::npos);
  CHECK(refusal("dense_resource<x>", tensor<f32>(2)).find("expected") != std::string::npos);
}

}  // namespace
