// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in lower/.

#include <partita/lower/local_program.hpp>
#include <partita/lower/lowering.hpp>
#include <partita/lower/pieces.hpp>
#include <partita/lower/reshard.hpp>
