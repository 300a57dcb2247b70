// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The templates for StableHLO programs, compiled once for all that is built here.

#define PARTITA_INSTANTIATE
#include <partita/stablehlo_instance.hpp>
