// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The kernels of all ops of stablehlo_ops. A program made from a graph finds those that are included where it is made:
// include this file there, or declare `extern template` for kernel_table<stablehlo_ops> and instantiate it once.

#include <partita/interpret/kernel/check.hpp>
#include <partita/interpret/kernel/chlo.hpp>
#include <partita/interpret/kernel/collective.hpp>
#include <partita/interpret/kernel/constant.hpp>
#include <partita/interpret/kernel/control_flow.hpp>
#include <partita/interpret/kernel/convert.hpp>
#include <partita/interpret/kernel/convolution.hpp>
#include <partita/interpret/kernel/custom_call.hpp>
#include <partita/interpret/kernel/data_movement.hpp>
#include <partita/interpret/kernel/dot.hpp>
#include <partita/interpret/kernel/elementwise.hpp>
#include <partita/interpret/kernel/fft.hpp>
#include <partita/interpret/kernel/gather.hpp>
#include <partita/interpret/kernel/linear_algebra.hpp>
#include <partita/interpret/kernel/mesh_collective.hpp>
#include <partita/interpret/kernel/normalization.hpp>
#include <partita/interpret/kernel/random.hpp>
#include <partita/interpret/kernel/reduce.hpp>
#include <partita/interpret/kernel/run_parallel.hpp>
#include <partita/interpret/kernel/scan.hpp>
#include <partita/interpret/kernel/scatter.hpp>
#include <partita/interpret/kernel/sdy.hpp>
#include <partita/interpret/kernel/sort.hpp>
#include <partita/interpret/kernel/window.hpp>
