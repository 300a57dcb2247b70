// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in tactic/: the algebra of tactics, schedules as data and as text, and their resolution to
// actions on a program. Reading schedules from text is parse_schedule.hpp, for those who do.

#include <partita/tactic/check.hpp>
#include <partita/tactic/combinators.hpp>
#include <partita/tactic/describe.hpp>
#include <partita/tactic/goal.hpp>
#include <partita/tactic/print_schedule.hpp>
#include <partita/tactic/resolve.hpp>
#include <partita/tactic/schedule.hpp>
#include <partita/tactic/schedule_builder.hpp>
#include <partita/tactic/select.hpp>
#include <partita/tactic/terms.hpp>
