// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in plan/.

#include <partita/plan/collectives_of.hpp>
#include <partita/plan/explain.hpp>
#include <partita/plan/gains.hpp>
#include <partita/plan/partition.hpp>
#include <partita/plan/plan.hpp>
