// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The core of Partita, from programs to plans. Reading and writing text, reports and exchange formats are
// included by those who use them: stablehlo.hpp, report/terminal.hpp, exchange/plan_json.hpp.

#include <partita/mesh.hpp>
#include <partita/op.hpp>
#include <partita/op/functions.hpp>
#include <partita/plan/collectives_of.hpp>
#include <partita/plan/partition.hpp>
#include <partita/simulate.hpp>
#include <partita/tactic.hpp>

namespace partita {

/// Builds StableHLO programs.
using builder = basic_builder<stablehlo_ops>;

}  // namespace partita
