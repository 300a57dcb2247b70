// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <doctest/doctest.h>

#include <partita/mesh.hpp>

#include "support/check_both.hpp"

namespace {

using namespace partita;

constexpr auto known = make_mesh(axis<"batch", 4>, axis<"model", 2>);

// Takes any mesh, as the rest of the library does.
constexpr std::int64_t devices_of(const device_mesh& m) { return m.devices(); }

}  // namespace

TEST_CASE("a mesh known at compile time is a device_mesh") {
  PARTITA_CHECK_BOTH(devices_of(known) == 8);
  PARTITA_CHECK_BOTH(known.stride(0) == 2);
  PARTITA_CHECK_BOTH(known.name(1) == "model");
  PARTITA_CHECK_BOTH(known == parse_mesh("batch=4,model=2"));
}

TEST_CASE("its type knows the axes") {
  PARTITA_CHECK_BOTH(decltype(known)::has("batch"));
  PARTITA_CHECK_BOTH(!decltype(known)::has("modle"));
  static_assert(StaticMesh<std::remove_const_t<decltype(known)>>);
  static_assert(!StaticMesh<device_mesh>);
}

TEST_CASE("a repeated axis is refused") {
  CHECK_THROWS_AS((void)make_mesh(axis<"x", 4>, axis<"x", 2>), schedule_error);
}
