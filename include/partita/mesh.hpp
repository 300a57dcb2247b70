// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in mesh/: axes, meshes and their text.

#include <partita/mesh/axis.hpp>
#include <partita/mesh/device_mesh.hpp>
#include <partita/mesh/parse_mesh.hpp>
#include <partita/mesh/static_mesh.hpp>
