// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>

#include <doctest/doctest.h>

#include <partita/mesh.hpp>

#include "support/check_both.hpp"

namespace {

using namespace partita;

constexpr device_mesh two_by_three_by_four() {
  device_mesh m;
  m.add("a", 2);
  m.add("b", 3);
  m.add("c", 4);
  return m;
}

}  // namespace

TEST_CASE("devices are numbered row-major, the first axis slowest") {
  // Device (1, 2, 3) of a 2 x 3 x 4 mesh has the number (1 * 3 + 2) * 4 + 3 = 23.
  PARTITA_CHECK_BOTH(two_by_three_by_four().devices() == 24);
  PARTITA_CHECK_BOTH(two_by_three_by_four().stride(0) == 12);
  PARTITA_CHECK_BOTH(two_by_three_by_four().stride(1) == 4);
  PARTITA_CHECK_BOTH(two_by_three_by_four().stride(2) == 1);
  PARTITA_CHECK_BOTH(two_by_three_by_four().coordinate(23, 0) == 1);
  PARTITA_CHECK_BOTH(two_by_three_by_four().coordinate(23, 1) == 2);
  PARTITA_CHECK_BOTH(two_by_three_by_four().coordinate(23, 2) == 3);
  PARTITA_CHECK_BOTH(two_by_three_by_four().coordinate(4, 1) == 1);
}

TEST_CASE("coordinates and strides give the device back") {
  const device_mesh m = two_by_three_by_four();
  for (std::int64_t device = 0; device < m.devices(); ++device) {
    std::int64_t sum = 0;
    for (axis_index a = 0; a < m.axis_count(); ++a) {
      CHECK(m.coordinate(device, a) >= 0);
      CHECK(m.coordinate(device, a) < m.size(a));
      sum += m.coordinate(device, a) * m.stride(a);
    }
    CHECK(sum == device);
  }
}

TEST_CASE("an axis is found by its name") {
  PARTITA_CHECK_BOTH(two_by_three_by_four().find("b") == axis_index{1});
  PARTITA_CHECK_BOTH(!two_by_three_by_four().find("batch"));
  PARTITA_CHECK_BOTH(two_by_three_by_four().name(2) == "c");
}

TEST_CASE("a mesh without axes is one device, and an axis of size 1 is legal") {
  PARTITA_CHECK_BOTH(device_mesh{}.devices() == 1);
  device_mesh m;
  m.add("only", 1);
  CHECK(m.devices() == 1);
  CHECK(m.coordinate(0, 0) == 0);
}

TEST_CASE("what is no mesh is refused") {
  device_mesh m = two_by_three_by_four();
  CHECK_THROWS_WITH_AS(m.add("d", 0), doctest::Contains("'d' has size 0"), schedule_error);
  CHECK_THROWS_WITH_AS(m.add("d", -4), doctest::Contains("'d' has size -4"), schedule_error);
  CHECK_THROWS_WITH_AS(m.add("a", 2), doctest::Contains("two axes are called 'a'"), schedule_error);
  CHECK_THROWS_WITH_AS(m.add("", 2), doctest::Contains("1 to 31 characters"), schedule_error);
  CHECK_THROWS_WITH_AS(m.add("a_name_of_more_than_31_characters", 2), doctest::Contains("1 to 31 characters"),
                       schedule_error);
  CHECK_THROWS_WITH_AS(m.add("d", std::int64_t{1} << 62), doctest::Contains("2147483647 devices"), schedule_error);
  CHECK(m == two_by_three_by_four());
  for (const char* name : {"d", "e", "f", "g", "h"}) m.add(name, 1);
  CHECK_THROWS_WITH_AS(m.add("i", 1), doctest::Contains("more than 8 axes"), schedule_error);
}
