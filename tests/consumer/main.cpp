// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// The smallest user of the library.

#include <partita/partita.hpp>

int main() {
  constexpr auto mesh = partita::make_mesh(partita::axis<"batch", 4>, partita::axis<"model", 2>);
  return mesh.devices() == 8 ? 0 : 1;
}
