// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// StableHLO text to graphs and back. Files, which need zlib, are in stablehlo/file.hpp.

#include <partita/stablehlo/module.hpp>
#include <partita/stablehlo/print.hpp>
#include <partita/stablehlo/read.hpp>
