// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Everything in ir/.

#include <partita/ir/attribute.hpp>
#include <partita/ir/constant.hpp>
#include <partita/ir/element_type.hpp>
#include <partita/ir/equal.hpp>
#include <partita/ir/graph.hpp>
#include <partita/ir/graph_base.hpp>
#include <partita/ir/monoid.hpp>
#include <partita/ir/op_set.hpp>
#include <partita/ir/op_view.hpp>
#include <partita/ir/type.hpp>
