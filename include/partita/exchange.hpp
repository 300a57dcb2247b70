// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in exchange/.

#include <partita/exchange/plan_json.hpp>
#include <partita/exchange/to_sdy.hpp>
#include <partita/exchange/to_stablehlo.hpp>
