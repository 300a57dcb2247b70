// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Optional: what partita.hpp and stablehlo.hpp make for StableHLO programs is compiled once for a whole project. Every
// source includes this header, before anything that uses them; one source defines PARTITA_INSTANTIATE before it. Without
// this header nothing changes. How: docs/how_to/compile_faster.md.

#include <partita/ir/equal.hpp>
#include <partita/partita.hpp>
#include <partita/plan/gains.hpp>
#include <partita/search/named_dims.hpp>
#include <partita/stablehlo.hpp>

#ifdef PARTITA_INSTANTIATE
#define PARTITA_INSTANCE template
#else
#define PARTITA_INSTANCE extern template
#endif

namespace partita {

// The rows of an op set's tables refer to the functions of all its ops: they are most of what a program costs.
PARTITA_INSTANCE struct detail::table_of<stablehlo_ops>;
PARTITA_INSTANCE struct detail::attribute_comparisons<stablehlo_ops, stablehlo_ops::members>;
PARTITA_INSTANCE struct detail::attribute_digests<stablehlo_ops, stablehlo_ops::members>;
PARTITA_INSTANCE struct stablehlo::detail::readers_of<stablehlo_ops, stablehlo_ops::members>;
PARTITA_INSTANCE struct stablehlo::detail::printers_of<stablehlo_ops, stablehlo_ops::members>;

PARTITA_INSTANCE stablehlo::basic_module<stablehlo_ops> stablehlo::read<stablehlo_ops>(std::string_view, std::string_view,
                                                                                     const read_options&);
PARTITA_INSTANCE std::string stablehlo::print<stablehlo_ops>(const graph&, std::int64_t);
PARTITA_INSTANCE std::string stablehlo::print<stablehlo_ops>(const stablehlo::basic_module<stablehlo_ops>&);

PARTITA_INSTANCE class basic_graph<stablehlo_ops>;
PARTITA_INSTANCE class detail::tactic_resolver<sharding_state, layer_stacks, no_callables>;
PARTITA_INSTANCE class graph_rewriter<stablehlo_ops>;
PARTITA_INSTANCE struct program_facts<stablehlo_ops>;
PARTITA_INSTANCE class partitioning<stablehlo_ops>;
PARTITA_INSTANCE class lowering<stablehlo_ops>;
PARTITA_INSTANCE class piecewise_lowering<stablehlo_ops>;
PARTITA_INSTANCE class search_ground<stablehlo_ops>;
PARTITA_INSTANCE class evaluated_partitioning<stablehlo_ops>;
PARTITA_INSTANCE class partition_problem<stablehlo_ops>;
PARTITA_INSTANCE class detail::plan_basis<stablehlo_ops>;
PARTITA_INSTANCE class detail::plan_builder<stablehlo_ops>;
PARTITA_INSTANCE class detail::planner<stablehlo_ops, iterated_greedy, no_callables, false>;
PARTITA_INSTANCE class detail::planner<stablehlo_ops, iterated_greedy, no_callables, true>;

}  // namespace partita

#undef PARTITA_INSTANCE
