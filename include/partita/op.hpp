// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The op set of StableHLO, one header per family. An op's inference, verification, sharding rule and cost
// stand together in its struct; a further op is one struct there and one name here.

#include <partita/op/computation.hpp>
#include <partita/op/data_movement.hpp>
#include <partita/op/mesh_collective.hpp>
#include <partita/op/sdy.hpp>
#include <partita/op/trip_count.hpp>

namespace partita {

struct stablehlo_ops : op_set<op::computation_ops, op::data_movement_ops, op::mesh_collective_ops, op::sdy_ops> {};

/// A StableHLO program.
using graph = basic_graph<stablehlo_ops>;

}  // namespace partita
