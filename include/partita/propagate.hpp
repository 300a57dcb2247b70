// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in propagate/.

#include <partita/propagate/dataflow.hpp>
#include <partita/propagate/evidence.hpp>
#include <partita/propagate/layer_stack.hpp>
#include <partita/propagate/propagation.hpp>
