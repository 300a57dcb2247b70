// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in search/.

#include <partita/search/choices.hpp>
#include <partita/search/conflicts.hpp>
#include <partita/search/evaluator.hpp>
#include <partita/search/fold.hpp>
#include <partita/search/greedy.hpp>
#include <partita/search/named_dims.hpp>
#include <partita/search/outline.hpp>
#include <partita/search/partitioning.hpp>
#include <partita/search/repeats.hpp>
#include <partita/search/split_cost.hpp>
#include <partita/search/strategy.hpp>
#include <partita/search/tandem.hpp>
