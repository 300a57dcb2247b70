// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include <doctest/doctest.h>

#include <partita/mesh.hpp>
#include <partita/tactic.hpp>
#include <partita/tactic/parse_schedule.hpp>

#include "support/check_both.hpp"

namespace {

using namespace partita;

constexpr auto known = make_mesh(axis<"batch", 4>, axis<"model", 2>);
constexpr auto A = shard<"batch">("x", 0);
constexpr auto B = pin<"model">("y");

}  // namespace

TEST_CASE("a schedule whose axes exist is accepted") {
  PARTITA_CHECK_BOTH(sequence_for(known, A >> B >> automatic<"batch", "model">()).tactic_count() == 3);
  PARTITA_CHECK_BOTH(schedule_for(parse_mesh("model=2,batch=4"), A | B).alternative_count() == 2);
}

TEST_CASE("an axis that the mesh does not have is refused, with those that it has") {
  const device_mesh m = parse_mesh("batch=4,model=2");
  CHECK_THROWS_WITH_AS((void)schedule_for(m, shard<"modle">("x", 0)),
                       "shard: the mesh has no axis 'modle'; its axes are: batch, model", schedule_error);
  CHECK_THROWS_WITH_AS((void)schedule_for(m, A >> pin<"modle">("x")),
                       "pin: the mesh has no axis 'modle'; its axes are: batch, model", schedule_error);
  CHECK_THROWS_WITH_AS((void)schedule_for(m, automatic<"model", "pod">()),
                       "automatic: the mesh has no axis 'pod'; its axes are: batch, model", schedule_error);
  CHECK_THROWS_WITH_AS((void)schedule_for(device_mesh(), A), doctest::Contains("its axes are: none"), schedule_error);
  CHECK_THROWS_WITH_AS((void)schedule_for(known, parse_schedule("skip >>\n shard<\"modle\">(\"x\", 0)", "my.sched")),
                       doctest::Contains("my.sched:2:2: shard: the mesh has no axis 'modle'"), schedule_error);
}

TEST_CASE("alternatives are refused where nothing can choose") {
  CHECK_THROWS_WITH_AS((void)sequence_for(known, parse_schedule("skip | pin<\"model\">(\"y\")")),
                       doctest::Contains("| leaves a choice of 2 alternatives"), schedule_error);
}
