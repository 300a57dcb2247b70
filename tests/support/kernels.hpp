// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Kernels of the interpreter for tests: compiled once, in support/kernels.cpp.

#include <partita/interpret/kernel.hpp>
#include <partita/op.hpp>

extern template std::span<const partita::interpret::kernel_row>
partita::interpret::kernel_table<partita::stablehlo_ops>();
