// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// What can be computed in a constant expression is checked there and at run time, where sanitizers and coverage
// see it: PARTITA_CHECK_BOTH(f(3) == 9).

#include <doctest/doctest.h>

#define PARTITA_CHECK_BOTH(...)                \
  do {                                         \
    static_assert(static_cast<bool>(__VA_ARGS__)); \
    CHECK(static_cast<bool>(__VA_ARGS__));     \
  } while (false)
