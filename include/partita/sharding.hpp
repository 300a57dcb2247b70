// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in sharding/.

#include <partita/sharding/lattice.hpp>
#include <partita/sharding/layout.hpp>
#include <partita/sharding/state.hpp>
