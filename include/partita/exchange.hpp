// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in exchange/.

#include <partita/exchange/from_sdy.hpp>
#include <partita/exchange/plan_json.hpp>
#include <partita/exchange/sdy_placement.hpp>
#include <partita/exchange/sdy_text.hpp>
#include <partita/exchange/to_sdy.hpp>
#include <partita/exchange/to_stablehlo.hpp>
