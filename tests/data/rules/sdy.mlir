// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Shardy's ops, which are identities in a global program.
module {
  sdy.mesh @mesh = <["x"=2]>
  func.func public @sharding_constraint(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "sdy.sharding_constraint"(%a) {sharding = #sdy.sharding<@mesh, [{}, {}]>} : (tensor<6x12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }

  func.func public @reshard(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "sdy.reshard"(%a) {sharding = #sdy.sharding<@mesh, [{}, {}]>} : (tensor<6x12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }

  func.func public @propagation_barrier(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = sdy.propagation_barrier %a allowed_direction=NONE : tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }

  func.func public @collective_permute(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "sdy.collective_permute"(%a) {out_sharding = #sdy.sharding<@mesh, [{}, {}]>} : (tensor<6x12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }

  func.func public @data_flow_edge(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "sdy.data_flow_edge"(%a) : (tensor<6x12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }

  func.func public @func_data_flow_edge(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "sdy.func_data_flow_edge"(%a) : (tensor<6x12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }

  func.func public @all_gather(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "sdy.all_gather"(%a) {gathering_axes = #sdy<list_of_axis_ref_lists[{}, {}]>, out_sharding = #sdy.sharding<@mesh, [{}, {}]>} : (tensor<6x12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }

  func.func public @all_slice(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "sdy.all_slice"(%a) {slicing_axes = #sdy<list_of_axis_ref_lists[{}, {}]>, out_sharding = #sdy.sharding<@mesh, [{}, {}]>} : (tensor<6x12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }

  func.func public @reduce_scatter(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "sdy.reduce_scatter"(%a) {reduce_scatter_axes = #sdy<list_of_axis_ref_lists[{}, {}]>, out_sharding = #sdy.sharding<@mesh, [{}, {}]>} : (tensor<6x12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }

  func.func public @all_reduce(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "sdy.all_reduce"(%a) {reduction_axes = #sdy<axis_ref_list{}>, out_sharding = #sdy.sharding<@mesh, [{}, {}]>} : (tensor<6x12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }

  func.func public @all_to_all(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "sdy.all_to_all"(%a) {params = #sdy<all_to_all_param_list[]>, out_sharding = #sdy.sharding<@mesh, [{}, {}]>} : (tensor<6x12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }

  func.func public @sharded_to_unreduced(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "sdy.sharded_to_unreduced"(%a) {axes = #sdy<list_of_axis_ref_lists[{}, {}]>, out_sharding = #sdy.sharding<@mesh, [{}, {}]>} : (tensor<6x12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }

  func.func public @replicated_to_unreduced(%a: tensor<6x12xf32>) -> tensor<6x12xf32> {
    %r = "sdy.replicated_to_unreduced"(%a) {axes = #sdy<axis_ref_list{}>, out_sharding = #sdy.sharding<@mesh, [{}, {}]>} : (tensor<6x12xf32>) -> tensor<6x12xf32>
    return %r : tensor<6x12xf32>
  }
}
