// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0

#include "every_header.hpp"

const void* other_unit();

namespace {
int mine = 0;
}

const void* other_unit() { return &mine; }
