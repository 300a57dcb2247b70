// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Every header in two translation units of one program: what is defined twice does not link.

#include "every_header.hpp"

const void* other_unit();

namespace {
int mine = 0;
}

int main() { return other_unit() == &mine ? 1 : 0; }
