// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Every family of StableHLO ops that computes, repeats, combines or communicates.

#include <partita/op/bitcast_convert.hpp>
#include <partita/op/check.hpp>
#include <partita/op/chlo.hpp>
#include <partita/op/collective.hpp>
#include <partita/op/constant.hpp>
#include <partita/op/control_flow.hpp>
#include <partita/op/custom_call.hpp>
#include <partita/op/elementwise.hpp>
#include <partita/op/linear_algebra.hpp>
#include <partita/op/normalization.hpp>
#include <partita/op/random.hpp>
#include <partita/op/reduce.hpp>
#include <partita/op/sort.hpp>
#include <partita/op/token.hpp>
#include <partita/op/window.hpp>

namespace partita::op {

using computation_ops =
    op_set<elementwise_ops, bitcast_convert, constant_ops, reduce_ops, window_ops, sort, linear_algebra_ops, random_ops,
           normalization_ops, control_flow_ops, collective_ops, token_ops, check_ops, call_ops, chlo::chlo_ops>;

}  // namespace partita::op
