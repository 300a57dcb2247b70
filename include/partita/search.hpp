// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in search/.

#include <partita/search/evaluator.hpp>
#include <partita/search/greedy.hpp>
#include <partita/search/partitioning.hpp>
#include <partita/search/strategy.hpp>
