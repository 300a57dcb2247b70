// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#define PARTITA_INSTANTIATE
#include <partita/stablehlo_instance.hpp>
