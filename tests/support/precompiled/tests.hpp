// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// What nearly every test includes, parsed once; and what Partita makes for StableHLO, compiled once (examples/partita_instance.cpp).

#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include <partita/stablehlo_instance.hpp>
