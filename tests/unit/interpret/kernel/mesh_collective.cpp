// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Collectives over mesh axes, on a mesh of 2 x 3 devices where not said otherwise: device 3 i + j stands at i on axis 0
// and at j on axis 1. Expected values by hand.

#include <cmath>
#include <limits>

#include "../device_testing.hpp"

using namespace partita;
using namespace partita::testing;

namespace {

using moves = op::detail::mesh_collective::attributes;
const std::vector<std::int64_t> mesh{2, 3};
const per_device numbers{{0}, {1}, {2}, {3}, {4}, {5}};

moves moves_of(std::initializer_list<op::axis_move> list, monoid m = monoid::none) {
  moves a;
  for (const op::axis_move& move : list) a.push_back(move);
  a.combines = m;
  return a;
}

}  // namespace

TEST_CASE("partita.all_reduce: sums over one axis, the other, and both") {
  const tensor_type t{i32, {1}};
  CHECK(run_mesh<op::mesh_all_reduce>(mesh, t, moves_of({{0, 2, 0, 0}}, monoid::add), numbers) ==
        per_device{{3}, {5}, {7}, {3}, {5}, {7}});
  CHECK(run_mesh<op::mesh_all_reduce>(mesh, t, moves_of({{1, 3, 0, 0}}, monoid::add), numbers) ==
        per_device{{3}, {3}, {3}, {12}, {12}, {12}});
  CHECK(run_mesh<op::mesh_all_reduce>(mesh, t, moves_of({{0, 2, 0, 0}, {1, 3, 0, 0}}, monoid::add), numbers) ==
        per_device{{15}, {15}, {15}, {15}, {15}, {15}});
}

TEST_CASE("partita.all_reduce: all ways of combining") {
  const auto combine = [](element_type e, monoid m, double a, double b, numerics n = numerics::own) {
    return run_mesh<op::mesh_all_reduce>({2}, {e, {1}}, moves_of({{0, 2, 0, 0}}, m), {{a}, {b}}, n)[1][0];
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(combine(i32, monoid::multiply, 6, -7) == -42);
  CHECK(combine(i32, monoid::minimum, 6, -7) == -7);
  CHECK(combine(element_type::ui8, monoid::add, 200, 100) == 44);  // 300 modulo 256
  CHECK(combine(i32, monoid::conjunction, 12, 10) == 8);
  CHECK(combine(i32, monoid::disjunction, 12, 10) == 14);
  CHECK(combine(element_type::i1, monoid::add, 1, 1) == 1);
  CHECK(combine(element_type::i1, monoid::multiply, 1, 0) == 0);
  CHECK(combine(element_type::i1, monoid::maximum, 0, 1) == 1);
  CHECK(combine(element_type::i1, monoid::minimum, 0, 1) == 0);
  CHECK(combine(element_type::i1, monoid::conjunction, 1, 0) == 0);
  CHECK(combine(element_type::i1, monoid::disjunction, 1, 0) == 1);
  CHECK(std::isnan(combine(element_type::f32, monoid::maximum, nan, 1)));
  CHECK(std::isnan(combine(element_type::f32, monoid::minimum, 1, nan)));
  CHECK(std::signbit(combine(element_type::f32, monoid::minimum, 0.0, -0.0)));
  CHECK(combine(element_type::bf16, monoid::add, 256, 1) == 256);  // 257 lies between two bf16; ties go to even
  CHECK(combine(element_type::bf16, monoid::add, 256, 1, numerics::widened) == 257);
}

TEST_CASE("partita.all_gather: axes of one dim stand major first") {
  CHECK(run_mesh<op::mesh_all_gather>(mesh, {i32, {1}}, moves_of({{0, 2, 0, 0}, {1, 3, 0, 0}}), numbers)[4] ==
        doubles{0, 1, 2, 3, 4, 5});
  CHECK(run_mesh<op::mesh_all_gather>(mesh, {i32, {1}}, moves_of({{1, 3, 0, 0}, {0, 2, 0, 0}}), numbers)[4] ==
        doubles{0, 3, 1, 4, 2, 5});
  CHECK(run_mesh<op::mesh_all_gather>(mesh, {i32, {1}}, moves_of({{1, 3, 0, 0}}), numbers)[4] == doubles{3, 4, 5});
}

TEST_CASE("partita.all_gather: two dims at a time") {
  CHECK(run_mesh<op::mesh_all_gather>(mesh, {i32, {1, 1}}, moves_of({{0, 2, 1, 0}, {1, 3, 0, 0}}), numbers)[0] ==
        doubles{0, 3, 1, 4, 2, 5});  // [[0, 3], [1, 4], [2, 5]]
}

TEST_CASE("partita.all_slice and partita.all_gather undo each other") {
  const doubles whole{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  const per_device slices = run_mesh<op::mesh_all_slice>(mesh, {i32, {12}}, moves_of({{1, 3, 0, 0}, {0, 2, 0, 0}}),
                                                         per_device(6, whole));
  // Axis 1 is major: device (i, j) holds part 2 j + i of six.
  CHECK(slices == per_device{{0, 1}, {4, 5}, {8, 9}, {2, 3}, {6, 7}, {10, 11}});
  CHECK(run_mesh<op::mesh_all_gather>(mesh, {i32, {2}}, moves_of({{1, 3, 0, 0}, {0, 2, 0, 0}}), slices) ==
        per_device(6, whole));
}

TEST_CASE("partita.reduce_scatter: each device keeps its shard of the sum") {
  const per_device inputs{{1, 2, 3}, {10, 20, 30}, {100, 200, 300}, {1, 1, 1}, {2, 2, 2}, {3, 3, 3}};
  CHECK(run_mesh<op::mesh_reduce_scatter>(mesh, {i32, {3}}, moves_of({{1, 3, 0, 0}}, monoid::add), inputs) ==
        per_device{{111}, {222}, {333}, {6}, {6}, {6}});
}

TEST_CASE("partita.all_to_all: a split moves from one dim to another") {
  // A 2 x 2 matrix [[0, 1], [2, 3]], first by rows, then by columns.
  CHECK(run_mesh<op::mesh_all_to_all>({2}, {i32, {1, 2}}, moves_of({{0, 2, 0, 1}}), {{0, 1}, {2, 3}}) ==
        per_device{{0, 2}, {1, 3}});
  // Two axes, major first: a 4 x 4 matrix by rows, then by columns.
  const per_device rows{{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}, {12, 13, 14, 15}};
  CHECK(run_mesh<op::mesh_all_to_all>({2, 2}, {i32, {1, 4}}, moves_of({{0, 2, 0, 1}, {1, 2, 0, 1}}), rows) ==
        per_device{{0, 4, 8, 12}, {1, 5, 9, 13}, {2, 6, 10, 14}, {3, 7, 11, 15}});
}

TEST_CASE("partita.collective_permute: axes of a dim change their order") {
  // Before, device (i, j) holds part 3 i + j; after, with axis 1 major, part 2 j + i.
  CHECK(run_mesh<op::mesh_collective_permute>(mesh, {i32, {1}}, moves_of({{0, 2, 0, 1}, {1, 3, 0, 0}}), numbers) ==
        per_device{{0}, {2}, {4}, {1}, {3}, {5}});
  CHECK(contains(message_of([] {
                   (void)run_mesh<op::mesh_collective_permute>(mesh, {i32, {1}}, moves_of({{0, 2, 0, 1}, {1, 3, 0, 1}}),
                                                               numbers);
                 }),
                 "do not number the axes of dim 0 anew"));
}

TEST_CASE("mesh collectives: empty tensors pass") {
  CHECK(run_mesh<op::mesh_all_gather>(mesh, {i32, {2, 0}}, moves_of({{0, 2, 0, 0}}), per_device(6)) == per_device(6));
  CHECK(run_mesh<op::mesh_all_reduce>(mesh, {i32, {0}}, moves_of({{0, 2, 0, 0}}, monoid::add), per_device(6)) ==
        per_device(6));
}

TEST_CASE("mesh collectives: each replica has a mesh of its own") {
  const device_graph g = mesh_program<op::mesh_all_reduce>({i32, {1}}, moves_of({{0, 2, 0, 0}}, monoid::add));
  CHECK(run_all(program(g), {2, 2, {2}}, {i32, g.type(g.arguments()[0]).dims}, {{1}, {10}, {100}, {1000}}) ==
        per_device{{11}, {11}, {1100}, {1100}});
}

TEST_CASE("mesh collectives: axes must be those of the devices") {
  const auto failure = [](const moves& a) {
    return message_of([&] { (void)run_mesh<op::mesh_all_reduce>(mesh, {i32, {1}}, a, numbers); });
  };
  CHECK(contains(failure(moves_of({{2, 2, 0, 0}}, monoid::add)), "over axis 2 of a mesh, but the devices have 2 axes"));
  CHECK(contains(failure(moves_of({{1, 2, 0, 0}}, monoid::add)), "over axis 1 of size 2"));
  CHECK(contains(failure(moves_of({{0, 2, 0, 0}, {0, 2, 0, 0}}, monoid::add)), "twice over axis 0"));
  CHECK(contains(failure(moves_of({{0, 2, 0, 0}})), "does not say how values combine"));
}
