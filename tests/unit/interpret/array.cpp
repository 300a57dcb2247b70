// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <partita/interpret/array.hpp>

#include <cstdint>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace partita;
using namespace partita::interpret;

TEST_CASE("a copy shares its elements until one of the two is written") {
  const std::int64_t dims[] = {2, 3};
  array a(element_type::f32, dims, numerics::own);
  for (float& x : a.mutable_elements<float>()) x = 1;
  array b = a;
  CHECK(b.data() == a.data());
  b.mutable_elements<float>()[0] = 5;
  CHECK(a.elements<float>()[0] == 1);
  CHECK(b.elements<float>()[0] == 5);
  const std::byte* const before = b.data();
  b.mutable_elements<float>()[1] = 6;
  CHECK(b.data() == before);
}

TEST_CASE("elements come from bytes in their own format and go back") {
  const std::int64_t dims[] = {3};
  // 1.0, -2.0 and 0.5 in bf16, little-endian.
  const std::vector<std::uint8_t> bytes{0x80, 0x3f, 0x00, 0xc0, 0x00, 0x3f};
  for (const numerics n : {numerics::own, numerics::widened}) {
    const array a = array_from_bytes({element_type::bf16, dims}, bytes, n);
    CHECK(a.kind() == (n == numerics::own ? storage::f32 : storage::f64));
    CHECK(to_bytes(a) == bytes);
  }
  const array own = array_from_bytes({element_type::bf16, dims}, bytes, numerics::own);
  CHECK((own.elements<float>()[0] == 1 && own.elements<float>()[1] == -2 && own.elements<float>()[2] == 0.5f));
}

TEST_CASE("integers keep their sign at every width") {
  const std::int64_t one[] = {1};
  const auto first = [&](element_type e, std::vector<std::uint8_t> bytes) {
    return array_from_bytes({e, one}, bytes, numerics::own).integer();
  };
  CHECK(first(element_type::i4, {0x0f}) == -1);
  CHECK(first(element_type::ui4, {0x0f}) == 15);
  CHECK(first(element_type::i16, {0xfe, 0xff}) == -2);
  CHECK(first(element_type::ui8, {0xff}) == 255);
  CHECK(first(element_type::i64, {0, 0, 0, 0, 0, 0, 0, 0x80}) == std::numeric_limits<std::int64_t>::min());
  CHECK(first(element_type::i1, {1}) == 1);
}

TEST_CASE("a splat gives one value to all elements, and data that is too short is refused") {
  const std::int64_t dims[] = {2, 2};
  const array a = array_from_bytes({element_type::i32, dims}, std::vector<std::uint8_t>{7, 0, 0, 0}, numerics::own, true);
  for (const std::int32_t x : a.elements<std::int32_t>()) CHECK(x == 7);
  CHECK_THROWS_WITH_AS((void)array_from_bytes({element_type::i32, dims}, std::vector<std::uint8_t>{7, 0, 0, 0}, numerics::own),
                       "data of 4 bytes is too short for tensor<2x2xi32>", execution_error);
}

TEST_CASE("an empty tensor and a scalar have data") {
  const std::int64_t none[] = {0, 4};
  CHECK(array(element_type::f64, none, numerics::own).size() == 0);
  CHECK(array(element_type::f64, none, numerics::own).data() != nullptr);
  CHECK(array(element_type::f64, {}, numerics::own).size() == 1);
}

TEST_CASE("results are brought back to their element type") {
  const std::int64_t one[] = {1};
  array a(element_type::bf16, one, numerics::own);
  a.mutable_elements<float>()[0] = 1.0f + 0x1p-9f;
  a.normalize();
  CHECK(a.elements<float>()[0] == 1.0f);
  array wide(element_type::bf16, one, numerics::widened);
  wide.mutable_elements<double>()[0] = 1.0 + 0x1p-9;
  wide.normalize();
  CHECK(wide.elements<double>()[0] == 1.0 + 0x1p-9);
}

}  // namespace
