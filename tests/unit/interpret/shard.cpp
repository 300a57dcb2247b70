// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <partita/interpret/shard.hpp>

#include <vector>

#include <doctest/doctest.h>

#include <partita/sharding/layout.hpp>

namespace {

using namespace partita;
using namespace partita::interpret;

array counting(std::initializer_list<std::int64_t> dims) {
  array a(element_type::i32, std::vector<std::int64_t>(dims), numerics::own);
  std::int32_t next = 0;
  for (std::int32_t& x : a.mutable_elements<std::int32_t>()) x = next++;
  return a;
}
std::vector<int> numbers(const array& a) { return {a.elements<std::int32_t>().begin(), a.elements<std::int32_t>().end()}; }

constexpr std::int64_t mesh[] = {2, 3};  // device = 3 * i + j

TEST_CASE("devices are numbered row-major, the first axis slowest") {
  CHECK(coordinates(mesh, 0) == std::vector<std::int64_t>{0, 0});
  CHECK(coordinates(mesh, 2) == std::vector<std::int64_t>{0, 2});
  CHECK(coordinates(mesh, 3) == std::vector<std::int64_t>{1, 0});
}

TEST_CASE("a device holds its block of each split dim") {
  const array whole = counting({4, 3});
  layout l;
  l.add(0, 0);
  l.add(1, 1);
  // Device 5 stands at (1, 2): rows 2 and 3, column 2.
  CHECK(numbers(part_of(whole, box_of(whole.dims().view(), l, mesh, 5), numerics::own)) == std::vector<int>{8, 11});
}

TEST_CASE("of two axes on one dim the first is major") {
  const array whole = counting({12});
  layout first;
  first.add(0, 0);
  first.add(0, 1);
  CHECK(numbers(part_of(whole, box_of(whole.dims().view(), first, mesh, 4), numerics::own)) == std::vector<int>{8, 9});
  layout second;
  second.add(0, 1);
  second.add(0, 0);
  // Device 4 stands at (1, 1): block 1 of three over axis 1, the second half of it over axis 0.
  CHECK(numbers(part_of(whole, box_of(whole.dims().view(), second, mesh, 4), numerics::own)) == std::vector<int>{6, 7});
}

TEST_CASE("parts put together are the whole") {
  const array whole = counting({4, 5, 6});
  layout l;
  l.add(0, 0);
  l.add(2, 1);
  array again(element_type::i32, whole.dims().view(), numerics::own);
  for (int device = 0; device < 6; ++device) {
    const box b = box_of(whole.dims().view(), l, mesh, device);
    set_part(again, b, part_of(whole, b, numerics::own));
  }
  CHECK(numbers(again) == numbers(whole));
}

TEST_CASE("a scalar and an empty array have parts too") {
  const array scalar = counting({});
  CHECK(numbers(part_of(scalar, box_of(scalar.dims().view(), layout{}, mesh, 1), numerics::own)) == std::vector<int>{0});
  const array empty = counting({0, 3});
  layout l;
  l.add(1, 1);
  CHECK(part_of(empty, box_of(empty.dims().view(), l, mesh, 1), numerics::own).size() == 0);
}

}  // namespace
