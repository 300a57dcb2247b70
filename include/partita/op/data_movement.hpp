// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// The ops that contract tensors or move their elements, one header per family.

#include <partita/op/broadcast.hpp>
#include <partita/op/concatenate.hpp>
#include <partita/op/convolution.hpp>
#include <partita/op/dot_general.hpp>
#include <partita/op/dynamic_shape.hpp>
#include <partita/op/einsum.hpp>
#include <partita/op/gather.hpp>
#include <partita/op/reshape.hpp>
#include <partita/op/scatter.hpp>
#include <partita/op/slice.hpp>
#include <partita/op/transpose.hpp>

namespace partita::op {

using data_movement_ops = op_set<contraction_ops, einsum_ops, convolution_ops, broadcast_ops, reshape_ops,
                                 transpose_ops, slice_ops, join_ops, gather_ops, scatter_ops, dynamic_shape_ops>;

}  // namespace partita::op
