// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every family of StableHLO ops that computes, repeats, combines or communicates.

#include <partita/op/chlo.hpp>
#include <partita/op/collective.hpp>
#include <partita/op/constant.hpp>
#include <partita/op/control_flow.hpp>
#include <partita/op/custom_call.hpp>
#include <partita/op/elementwise.hpp>
#include <partita/op/linear_algebra.hpp>
#include <partita/op/opaque.hpp>
#include <partita/op/reduce.hpp>

namespace partita::op {

using computation_ops = op_set<elementwise_ops, constant_ops, reduce_ops, linear_algebra_ops, control_flow_ops, collective_ops,
                               call_ops, opaque_ops, chlo::chlo_ops>;

}  // namespace partita::op
