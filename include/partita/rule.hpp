// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in rule/.

#include <partita/rule/format.hpp>
#include <partita/rule/rule_table.hpp>
