// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
#pragma once
// Shardy's ops in a global program: they say how values lie on devices, so each result is its operand.

#include <partita/interpret/kernel.hpp>
#include <partita/op.hpp>

namespace partita::interpret {

namespace detail {
struct passes_on {
  static void run(invocation& call) { call.set(call.take(0)); }
};
}  // namespace detail

template <> struct kernel<op::sdy::sharding_constraint> : detail::passes_on {};
template <> struct kernel<op::sdy::reshard> : detail::passes_on {};
template <> struct kernel<op::sdy::propagation_barrier> : detail::passes_on {};
template <> struct kernel<op::sdy::collective_permute> : detail::passes_on {};
template <> struct kernel<op::sdy::data_flow_edge> : detail::passes_on {};
template <> struct kernel<op::sdy::func_data_flow_edge> : detail::passes_on {};
template <> struct kernel<op::sdy::all_gather> : detail::passes_on {};
template <> struct kernel<op::sdy::all_slice> : detail::passes_on {};
template <> struct kernel<op::sdy::all_reduce> : detail::passes_on {};
template <> struct kernel<op::sdy::reduce_scatter> : detail::passes_on {};
template <> struct kernel<op::sdy::all_to_all> : detail::passes_on {};
template <> struct kernel<op::sdy::sharded_to_unreduced> : detail::passes_on {};
template <> struct kernel<op::sdy::replicated_to_unreduced> : detail::passes_on {};
template <>
struct kernel<op::sdy::sharding_group> {
  static void run(invocation&) {}
};
template <>
struct kernel<op::sdy::manual_computation> {
  static void run(invocation& call) {
    call.fail("its body is written for one device of a mesh; run the program on as many devices as the mesh has");
  }
};

}  // namespace partita::interpret
