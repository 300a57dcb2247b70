// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in simulate/: devices, topologies, cost models, and the simulator that puts them together.

#include <partita/simulate/cost_model.hpp>
#include <partita/simulate/device.hpp>
#include <partita/simulate/fusion.hpp>
#include <partita/simulate/liveness.hpp>
#include <partita/simulate/simulator.hpp>
#include <partita/simulate/target.hpp>
#include <partita/simulate/task_list.hpp>
#include <partita/simulate/timing.hpp>
#include <partita/simulate/topology.hpp>
