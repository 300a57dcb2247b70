// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in report/.

#include <partita/report/causes.hpp>
#include <partita/report/terminal.hpp>
