// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in search/ but parallel.hpp and parallel_greedy.hpp, which need threads.

#include <partita/search/annealing.hpp>
#include <partita/search/beam_search.hpp>
#include <partita/search/budget.hpp>
#include <partita/search/choices.hpp>
#include <partita/search/conflicts.hpp>
#include <partita/search/evaluator.hpp>
#include <partita/search/exhaustive.hpp>
#include <partita/search/fold.hpp>
#include <partita/search/iterated_greedy.hpp>
#include <partita/search/judged.hpp>
#include <partita/search/manual_tactic.hpp>
#include <partita/search/mcts.hpp>
#include <partita/search/named_dims.hpp>
#include <partita/search/outline.hpp>
#include <partita/search/partition_problem.hpp>
#include <partita/search/partitioning.hpp>
#include <partita/search/piece_list.hpp>
#include <partita/search/problem.hpp>
#include <partita/search/random_search.hpp>
#include <partita/search/random_tactics.hpp>
#include <partita/search/repeats.hpp>
#include <partita/search/rollout.hpp>
#include <partita/search/search_ground.hpp>
#include <partita/search/selection.hpp>
#include <partita/search/split_cost.hpp>
#include <partita/search/strategy.hpp>
#include <partita/search/tandem.hpp>
