// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Executes programs on one device and on N virtual ones, and verifies partitioned programs. Kernels of the ops are in
// interpret/kernels.hpp, which needs Eigen; tensors in files are in interpret/safetensors.hpp, which needs nlohmann-json.

#include <partita/interpret/check.hpp>
#include <partita/interpret/devices.hpp>
#include <partita/interpret/verify.hpp>
