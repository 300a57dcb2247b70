// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The kernels of all StableHLO ops, compiled once for the whole program.

#include <partita/interpret/kernels.hpp>

template std::span<const partita::interpret::kernel_row> partita::interpret::kernel_table<partita::stablehlo_ops>();
