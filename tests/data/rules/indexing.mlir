// SPDX-FileCopyrightText: The Partita Authors
// SPDX-License-Identifier: Apache-2.0
// Ops that read or write at indices. Starts are computed so that some lie before and some beyond what is indexed:
// gathers and dynamic slices clamp them, scatters skip them.
module {
  func.func public @dynamic_slice(%a: tensor<6x12x6xf32>, %i: tensor<i32>, %j: tensor<i32>) -> tensor<6x6x6xf32> {
    %c = stablehlo.constant dense<9> : tensor<i32>
    %0 = stablehlo.add %i, %c : tensor<i32>
    %r = stablehlo.dynamic_slice %a, %j, %0, %j, sizes = [6, 6, 6] : (tensor<6x12x6xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<6x6x6xf32>
    return %r : tensor<6x6x6xf32>
  }
  func.func public @dynamic_slice_before_start(%a: tensor<6x12xf32>, %i: tensor<i32>) -> tensor<6x1xf32> {
    %c = stablehlo.constant dense<20> : tensor<i32>
    %0 = stablehlo.subtract %i, %c : tensor<i32>
    %r = stablehlo.dynamic_slice %a, %0, %0, sizes = [6, 1] : (tensor<6x12xf32>, tensor<i32>, tensor<i32>) -> tensor<6x1xf32>
    return %r : tensor<6x1xf32>
  }
  func.func public @dynamic_slice_at_constant(%a: tensor<6x12xf32>) -> tensor<6x6xf32> {
    %c = stablehlo.constant dense<3> : tensor<i32>
    %r = stablehlo.dynamic_slice %a, %c, %c, sizes = [6, 6] : (tensor<6x12xf32>, tensor<i32>, tensor<i32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @dynamic_update_slice(%a: tensor<6x12x6xf32>, %u: tensor<6x6x6xf32>, %i: tensor<i32>, %j: tensor<i32>) -> tensor<6x12x6xf32> {
    %c = stablehlo.constant dense<9> : tensor<i32>
    %0 = stablehlo.add %i, %c : tensor<i32>
    %r = stablehlo.dynamic_update_slice %a, %u, %j, %0, %j : (tensor<6x12x6xf32>, tensor<6x6x6xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<6x12x6xf32>
    return %r : tensor<6x12x6xf32>
  }
  func.func public @dynamic_update_slice_f64(%a: tensor<6x12xf64>, %u: tensor<6x2xf64>, %i: tensor<i64>) -> tensor<6x12xf64> {
    %c = stablehlo.constant dense<20> : tensor<i64>
    %0 = stablehlo.subtract %i, %c : tensor<i64>
    %r = stablehlo.dynamic_update_slice %a, %u, %0, %i : (tensor<6x12xf64>, tensor<6x2xf64>, tensor<i64>, tensor<i64>) -> tensor<6x12xf64>
    return %r : tensor<6x12xf64>
  }
  func.func public @gather_rows(%a: tensor<12x6xf32>, %i: tensor<6x2x1xi32>) -> tensor<6x2x6xf32> {
    %r = "stablehlo.gather"(%a, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>, slice_sizes = array<i64: 1, 6>}> : (tensor<12x6xf32>, tensor<6x2x1xi32>) -> tensor<6x2x6xf32>
    return %r : tensor<6x2x6xf32>
  }
  func.func public @gather_implicit_index_vector(%a: tensor<12x6xf32>, %i: tensor<6x2xi32>) -> tensor<6x2x6xf32> {
    %r = "stablehlo.gather"(%a, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>, slice_sizes = array<i64: 1, 6>}> : (tensor<12x6xf32>, tensor<6x2xi32>) -> tensor<6x2x6xf32>
    return %r : tensor<6x2x6xf32>
  }
  func.func public @gather_clamped_windows(%a: tensor<12x6x6xf32>, %i: tensor<2x6xi32>) -> tensor<6x6x3x6xf32> {
    %c = stablehlo.constant dense<5> : tensor<2x6xi32>
    %m = stablehlo.constant dense<3> : tensor<2x6xi32>
    %0 = stablehlo.multiply %i, %m : tensor<2x6xi32>
    %1 = stablehlo.subtract %0, %c : tensor<2x6xi32>
    %r = "stablehlo.gather"(%a, %1) <{dimension_numbers = #stablehlo.gather<offset_dims = [1, 2, 3], start_index_map = [1, 0], index_vector_dim = 0>, slice_sizes = array<i64: 6, 3, 6>}> : (tensor<12x6x6xf32>, tensor<2x6xi32>) -> tensor<6x6x3x6xf32>
    return %r : tensor<6x6x3x6xf32>
  }
  func.func public @gather_indexed_whole_window(%a: tensor<12x6xf32>, %i: tensor<6x2xi32>) -> tensor<6x6xf32> {
    %m = stablehlo.constant dense<3> : tensor<6x2xi32>
    %0 = stablehlo.multiply %i, %m : tensor<6x2xi32>
    %r = "stablehlo.gather"(%a, %0) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0, 1], index_vector_dim = 1>, slice_sizes = array<i64: 1, 6>}> : (tensor<12x6xf32>, tensor<6x2xi32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @gather_batching(%a: tensor<6x12x6x6xf32>, %i: tensor<6x2x6x1xi32>) -> tensor<6x2x6x6xf32> {
    %r = "stablehlo.gather"(%a, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [3], collapsed_slice_dims = [1], operand_batching_dims = [0, 2], start_indices_batching_dims = [2, 0], start_index_map = [1], index_vector_dim = 3>, slice_sizes = array<i64: 1, 1, 1, 6>}> : (tensor<6x12x6x6xf32>, tensor<6x2x6x1xi32>) -> tensor<6x2x6x6xf32>
    return %r : tensor<6x2x6x6xf32>
  }
  func.func public @dynamic_gather(%a: tensor<12x6xf32>, %i: tensor<6x2x1xi32>) -> tensor<6x2x6xf32> {
    %s = stablehlo.constant dense<[1, 6]> : tensor<2xi32>
    %r = "stablehlo.dynamic_gather"(%a, %i, %s) <{dimension_numbers = #stablehlo.gather<offset_dims = [2], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 2>}> : (tensor<12x6xf32>, tensor<6x2x1xi32>, tensor<2xi32>) -> tensor<6x2x6xf32>
    return %r : tensor<6x2x6xf32>
  }
  func.func public @torch_index_select(%a: tensor<6x12x6xf32>, %i: tensor<6x4xi32>) -> tensor<6x4x6xf32> {
    %r = "stablehlo.torch_index_select"(%a, %i) {dim = 1 : i64, batch_dims = 1 : i64} : (tensor<6x12x6xf32>, tensor<6x4xi32>) -> tensor<6x4x6xf32>
    return %r : tensor<6x4x6xf32>
  }
  func.func public @torch_index_select_without_batch(%a: tensor<6x12x6xf32>, %i: tensor<6x2xi32>) -> tensor<6x6x2x6xf32> {
    %r = "stablehlo.torch_index_select"(%a, %i) {dim = 1 : i64, batch_dims = 0 : i64} : (tensor<6x12x6xf32>, tensor<6x2xi32>) -> tensor<6x6x2x6xf32>
    return %r : tensor<6x6x2x6xf32>
  }
  func.func public @scatter_add(%a: tensor<12x6xf32>, %i: tensor<6x1xi32>, %u: tensor<6x6xf32>) -> tensor<12x6xf32> {
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<12x6xf32>, tensor<6x1xi32>, tensor<6x6xf32>) -> tensor<12x6xf32>
    return %r : tensor<12x6xf32>
  }
  func.func public @scatter_add_to_zeros(%i: tensor<6x1xi32>, %u: tensor<6x6xf32>) -> tensor<12x6xf32> {
    %a = stablehlo.constant dense<0.0> : tensor<12x6xf32>
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<12x6xf32>, tensor<6x1xi32>, tensor<6x6xf32>) -> tensor<12x6xf32>
    return %r : tensor<12x6xf32>
  }
  func.func public @scatter_add_out_of_bounds(%i: tensor<6x2xi32>, %u: tensor<6x2x6xf32>) -> tensor<12x6xf32> {
    %m = stablehlo.constant dense<4> : tensor<6x2xi32>
    %c = stablehlo.constant dense<7> : tensor<6x2xi32>
    %0 = stablehlo.multiply %i, %m : tensor<6x2xi32>
    %1 = stablehlo.subtract %0, %c : tensor<6x2xi32>
    %z = stablehlo.constant dense<0.0> : tensor<f32>
    %a = stablehlo.broadcast_in_dim %z, dims = [] : (tensor<f32>) -> tensor<12x6xf32>
    %r = "stablehlo.scatter"(%a, %1, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [2], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 2>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %2 = stablehlo.add %y, %x : tensor<f32>
      stablehlo.return %2 : tensor<f32>
    }) : (tensor<12x6xf32>, tensor<6x2xi32>, tensor<6x2x6xf32>) -> tensor<12x6xf32>
    return %r : tensor<12x6xf32>
  }
  func.func public @scatter_multiply_ones(%i: tensor<6x1xi32>, %u: tensor<6x6xf32>) -> tensor<12x6xf32> {
    %a = stablehlo.constant dense<1.0> : tensor<12x6xf32>
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.multiply %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<12x6xf32>, tensor<6x1xi32>, tensor<6x6xf32>) -> tensor<12x6xf32>
    return %r : tensor<12x6xf32>
  }
  func.func public @scatter_multiply(%a: tensor<12x6xf32>, %i: tensor<6x1xi32>, %u: tensor<6x6xf32>) -> tensor<12x6xf32> {
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %s = stablehlo.multiply %x, %y : tensor<f32>
      stablehlo.return %s : tensor<f32>
    }) : (tensor<12x6xf32>, tensor<6x1xi32>, tensor<6x6xf32>) -> tensor<12x6xf32>
    return %r : tensor<12x6xf32>
  }
  func.func public @scatter_multiply_complex(%a: tensor<12x6xcomplex<f32>>, %i: tensor<6x1xi32>, %u: tensor<6x6xcomplex<f32>>) -> tensor<12x6xcomplex<f32>> {
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<complex<f32>>, %y: tensor<complex<f32>>):
      %s = stablehlo.multiply %x, %y : tensor<complex<f32>>
      stablehlo.return %s : tensor<complex<f32>>
    }) : (tensor<12x6xcomplex<f32>>, tensor<6x1xi32>, tensor<6x6xcomplex<f32>>) -> tensor<12x6xcomplex<f32>>
    return %r : tensor<12x6xcomplex<f32>>
  }
  func.func public @scatter_add_i32_out_of_bounds(%a: tensor<12x6xi32>, %i: tensor<6x2xi32>, %u: tensor<6x2x6xi32>) -> tensor<12x6xi32> {
    %m = stablehlo.constant dense<4> : tensor<6x2xi32>
    %c = stablehlo.constant dense<7> : tensor<6x2xi32>
    %0 = stablehlo.multiply %i, %m : tensor<6x2xi32>
    %1 = stablehlo.subtract %0, %c : tensor<6x2xi32>
    %r = "stablehlo.scatter"(%a, %1, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [2], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 2>}> ({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %s = stablehlo.add %x, %y : tensor<i32>
      stablehlo.return %s : tensor<i32>
    }) : (tensor<12x6xi32>, tensor<6x2xi32>, tensor<6x2x6xi32>) -> tensor<12x6xi32>
    return %r : tensor<12x6xi32>
  }
  func.func public @scatter_add_part_of_window(%a: tensor<12x6xf32>, %i: tensor<1x6xi32>, %u: tensor<3x6x6xf32>) -> tensor<12x6xf32> {
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [0, 2], scatter_dims_to_operand_dims = [0], index_vector_dim = 0>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %s = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %s : tensor<f32>
    }) : (tensor<12x6xf32>, tensor<1x6xi32>, tensor<3x6x6xf32>) -> tensor<12x6xf32>
    return %r : tensor<12x6xf32>
  }
  func.func public @scatter_multiply_batching(%a: tensor<6x12x6xf32>, %i: tensor<12x6x1xi32>, %u: tensor<12x6x6xf32>) -> tensor<6x12x6xf32> {
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [2], inserted_window_dims = [1], input_batching_dims = [0], scatter_indices_batching_dims = [1], scatter_dims_to_operand_dims = [1], index_vector_dim = 2>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %s = stablehlo.multiply %x, %y : tensor<f32>
      stablehlo.return %s : tensor<f32>
    }) : (tensor<6x12x6xf32>, tensor<12x6x1xi32>, tensor<12x6x6xf32>) -> tensor<6x12x6xf32>
    return %r : tensor<6x12x6xf32>
  }
  func.func public @scatter_maximum(%a: tensor<12x6xf32>, %i: tensor<6x1xi32>, %u: tensor<6x6xf32>) -> tensor<12x6xf32> {
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.maximum %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<12x6xf32>, tensor<6x1xi32>, tensor<6x6xf32>) -> tensor<12x6xf32>
    return %r : tensor<12x6xf32>
  }
  func.func public @scatter_minimum_i32(%a: tensor<12x6xi32>, %i: tensor<6x1xi32>, %u: tensor<6x6xi32>) -> tensor<12x6xi32> {
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %0 = stablehlo.minimum %x, %y : tensor<i32>
      stablehlo.return %0 : tensor<i32>
    }) : (tensor<12x6xi32>, tensor<6x1xi32>, tensor<6x6xi32>) -> tensor<12x6xi32>
    return %r : tensor<12x6xi32>
  }
  func.func public @scatter_or(%a: tensor<12x6xi1>, %i: tensor<6x1xi32>, %u: tensor<6x6xi1>) -> tensor<12x6xi1> {
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<i1>, %y: tensor<i1>):
      %0 = stablehlo.or %x, %y : tensor<i1>
      stablehlo.return %0 : tensor<i1>
    }) : (tensor<12x6xi1>, tensor<6x1xi32>, tensor<6x6xi1>) -> tensor<12x6xi1>
    return %r : tensor<12x6xi1>
  }
  func.func public @scatter_and_i32(%a: tensor<12x6xi32>, %i: tensor<6x1xi32>, %u: tensor<6x6xi32>) -> tensor<12x6xi32> {
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<i32>, %y: tensor<i32>):
      %0 = stablehlo.and %x, %y : tensor<i32>
      stablehlo.return %0 : tensor<i32>
    }) : (tensor<12x6xi32>, tensor<6x1xi32>, tensor<6x6xi32>) -> tensor<12x6xi32>
    return %r : tensor<12x6xi32>
  }
  func.func public @scatter_replacing(%a: tensor<12x6xf32>, %u: tensor<6x6xf32>) -> tensor<12x6xf32> {
    %i = stablehlo.constant dense<[[1], [9], [4], [0], [11], [6]]> : tensor<6x1xi32>
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>, unique_indices = true}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      stablehlo.return %y : tensor<f32>
    }) : (tensor<12x6xf32>, tensor<6x1xi32>, tensor<6x6xf32>) -> tensor<12x6xf32>
    return %r : tensor<12x6xf32>
  }
  func.func public @scatter_moved_whole_window(%a: tensor<6x6xf32>, %i: tensor<6x2xi32>, %u: tensor<6x6xf32>) -> tensor<6x6xf32> {
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0, 1], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.maximum %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x6xf32>, tensor<6x2xi32>, tensor<6x6xf32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @scatter_part_of_window(%i: tensor<1x6xi32>, %u: tensor<3x6x6xf32>) -> tensor<12x6xf32> {
    %a = stablehlo.constant dense<0.0> : tensor<12x6xf32>
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [0, 2], scatter_dims_to_operand_dims = [0], index_vector_dim = 0>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<12x6xf32>, tensor<1x6xi32>, tensor<3x6x6xf32>) -> tensor<12x6xf32>
    return %r : tensor<12x6xf32>
  }
  func.func public @scatter_batching(%a: tensor<6x12x6xf32>, %i: tensor<2x6x1xi32>, %u: tensor<2x6x6xf32>) -> tensor<6x12x6xf32> {
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [2], inserted_window_dims = [1], input_batching_dims = [0], scatter_indices_batching_dims = [1], scatter_dims_to_operand_dims = [1], index_vector_dim = 2>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x12x6xf32>, tensor<2x6x1xi32>, tensor<2x6x6xf32>) -> tensor<6x12x6xf32>
    return %r : tensor<6x12x6xf32>
  }
  func.func public @scatter_of_two(%a: tensor<12x6xf32>, %b: tensor<12x6xi32>, %i: tensor<6x1xi32>, %u: tensor<6x6xf32>, %v: tensor<6x6xi32>) -> (tensor<12x6xf32>, tensor<12x6xi32>) {
    %r:2 = "stablehlo.scatter"(%a, %b, %i, %u, %v) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<f32>, %s: tensor<i32>, %y: tensor<f32>, %t: tensor<i32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      %1 = stablehlo.maximum %s, %t : tensor<i32>
      stablehlo.return %0, %1 : tensor<f32>, tensor<i32>
    }) : (tensor<12x6xf32>, tensor<12x6xi32>, tensor<6x1xi32>, tensor<6x6xf32>, tensor<6x6xi32>) -> (tensor<12x6xf32>, tensor<12x6xi32>)
    return %r#0, %r#1 : tensor<12x6xf32>, tensor<12x6xi32>
  }
  func.func public @dynamic_slice_of_one(%a: tensor<6x12x6xf32>, %i: tensor<i32>, %j: tensor<i32>) -> tensor<1x1x6xf32> {
    %c = stablehlo.constant dense<3> : tensor<i32>
    %0 = stablehlo.subtract %i, %c : tensor<i32>
    %r = stablehlo.dynamic_slice %a, %0, %j, %j, sizes = [1, 1, 6] : (tensor<6x12x6xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<1x1x6xf32>
    return %r : tensor<1x1x6xf32>
  }
  func.func public @dynamic_slice_of_one_beyond_end(%a: tensor<6x12xi1>, %i: tensor<ui8>) -> tensor<1x6xi1> {
    %c = stablehlo.constant dense<250> : tensor<ui8>
    %0 = stablehlo.or %i, %c : tensor<ui8>
    %r = stablehlo.dynamic_slice %a, %0, %0, sizes = [1, 6] : (tensor<6x12xi1>, tensor<ui8>, tensor<ui8>) -> tensor<1x6xi1>
    return %r : tensor<1x6xi1>
  }
  func.func public @dynamic_slice_of_one_complex(%a: tensor<12xcomplex<f32>>, %i: tensor<i64>) -> tensor<1xcomplex<f32>> {
    %r = stablehlo.dynamic_slice %a, %i, sizes = [1] : (tensor<12xcomplex<f32>>, tensor<i64>) -> tensor<1xcomplex<f32>>
    return %r : tensor<1xcomplex<f32>>
  }
  func.func public @dynamic_slice_of_minus_zero(%a: tensor<6x6xf32>, %i: tensor<i32>) -> tensor<1x6xf32> {
    %c = stablehlo.constant dense<0.0> : tensor<6x6xf32>
    %0 = stablehlo.multiply %a, %c : tensor<6x6xf32>
    %1 = stablehlo.dynamic_slice %0, %i, %i, sizes = [1, 6] : (tensor<6x6xf32>, tensor<i32>, tensor<i32>) -> tensor<1x6xf32>
    %m = stablehlo.constant dense<-1.0> : tensor<1x6xf32>
    %r = stablehlo.atan2 %1, %m : tensor<1x6xf32>
    return %r : tensor<1x6xf32>
  }
  func.func public @dynamic_slice_of_infinities(%a: tensor<6x6xf32>, %i: tensor<i32>) -> tensor<1x6xf32> {
    %c = stablehlo.constant dense<0.0> : tensor<6x6xf32>
    %0 = stablehlo.divide %a, %c : tensor<6x6xf32>
    %1 = stablehlo.dynamic_slice %0, %i, %i, sizes = [1, 6] : (tensor<6x6xf32>, tensor<i32>, tensor<i32>) -> tensor<1x6xf32>
    %r = stablehlo.sign %1 : tensor<1x6xf32>
    return %r : tensor<1x6xf32>
  }
  func.func public @dynamic_update_slice_of_one(%a: tensor<6x12x6xf32>, %u: tensor<1x1x3xf32>, %i: tensor<i32>, %j: tensor<i32>) -> tensor<6x12x6xf32> {
    %c = stablehlo.constant dense<3> : tensor<i32>
    %0 = stablehlo.subtract %i, %c : tensor<i32>
    %r = stablehlo.dynamic_update_slice %a, %u, %0, %j, %j : (tensor<6x12x6xf32>, tensor<1x1x3xf32>, tensor<i32>, tensor<i32>, tensor<i32>) -> tensor<6x12x6xf32>
    return %r : tensor<6x12x6xf32>
  }
  func.func public @dynamic_update_slice_of_one_beyond_end(%a: tensor<6x12xi1>, %u: tensor<6x1xi1>, %i: tensor<ui8>) -> tensor<6x12xi1> {
    %c = stablehlo.constant dense<250> : tensor<ui8>
    %0 = stablehlo.or %i, %c : tensor<ui8>
    %r = stablehlo.dynamic_update_slice %a, %u, %0, %0 : (tensor<6x12xi1>, tensor<6x1xi1>, tensor<ui8>, tensor<ui8>) -> tensor<6x12xi1>
    return %r : tensor<6x12xi1>
  }
  func.func public @constant_dynamic_update_slice(%a: tensor<6x6xf32>) -> tensor<6x6xf32> {
    %0 = stablehlo.iota dim = 0 : tensor<6x6xf32>
    %1 = stablehlo.iota dim = 1 : tensor<1x6xf32>
    %c = stablehlo.constant dense<4> : tensor<i32>
    %2 = stablehlo.dynamic_update_slice %0, %1, %c, %c : (tensor<6x6xf32>, tensor<1x6xf32>, tensor<i32>, tensor<i32>) -> tensor<6x6xf32>
    %r = stablehlo.multiply %a, %2 : tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @constant_dynamic_slice_and_gather(%a: tensor<6x6xf32>) -> tensor<6x6xf32> {
    %0 = stablehlo.iota dim = 0 : tensor<12x6xf32>
    %c = stablehlo.constant dense<5> : tensor<i32>
    %1 = stablehlo.dynamic_slice %0, %c, %c, sizes = [6, 6] : (tensor<12x6xf32>, tensor<i32>, tensor<i32>) -> tensor<6x6xf32>
    %i = stablehlo.iota dim = 0 : tensor<6x1xi32>
    %2 = "stablehlo.gather"(%1, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 6>}> : (tensor<6x6xf32>, tensor<6x1xi32>) -> tensor<6x6xf32>
    %r = stablehlo.multiply %a, %2 : tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @gather_elements(%a: tensor<12x6x6xf32>, %i: tensor<2x6xi32>) -> tensor<6x6xf32> {
    %m = stablehlo.constant dense<3> : tensor<2x6xi32>
    %c = stablehlo.constant dense<4> : tensor<2x6xi32>
    %0 = stablehlo.multiply %i, %m : tensor<2x6xi32>
    %1 = stablehlo.subtract %0, %c : tensor<2x6xi32>
    %r = "stablehlo.gather"(%a, %1) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0, 1], start_index_map = [1, 0], index_vector_dim = 0>, slice_sizes = array<i64: 1, 1, 6>}> : (tensor<12x6x6xf32>, tensor<2x6xi32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @gather_kept_dims_of_one(%a: tensor<12x6xi1>, %i: tensor<6x2xui8>) -> tensor<1x6x1xi1> {
    %m = stablehlo.constant dense<80> : tensor<6x2xui8>
    %0 = stablehlo.multiply %i, %m : tensor<6x2xui8>
    %r = "stablehlo.gather"(%a, %0) <{dimension_numbers = #stablehlo.gather<offset_dims = [0, 2], start_index_map = [0, 1], index_vector_dim = 1>, slice_sizes = array<i64: 1, 1>}> : (tensor<12x6xi1>, tensor<6x2xui8>) -> tensor<1x6x1xi1>
    return %r : tensor<1x6x1xi1>
  }
  func.func public @gather_with_unindexed_collapsed_dim(%a: tensor<12x6x6xf32>, %i: tensor<6xi32>) -> tensor<6x6xf32> {
    %r = "stablehlo.gather"(%a, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0, 1], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 1, 6>}> : (tensor<12x6x6xf32>, tensor<6xi32>) -> tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @gather_sum_of_two(%a: tensor<12x6xf32>, %b: tensor<12x6xf32>, %i: tensor<6x1xi32>) -> tensor<6x6xf32> {
    %0 = "stablehlo.gather"(%a, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 6>}> : (tensor<12x6xf32>, tensor<6x1xi32>) -> tensor<6x6xf32>
    %1 = "stablehlo.gather"(%b, %i) <{dimension_numbers = #stablehlo.gather<offset_dims = [1], collapsed_slice_dims = [0], start_index_map = [0], index_vector_dim = 1>, slice_sizes = array<i64: 1, 6>}> : (tensor<12x6xf32>, tensor<6x1xi32>) -> tensor<6x6xf32>
    %2 = stablehlo.add %0, %1 : tensor<6x6xf32>
    %r = stablehlo.tanh %2 : tensor<6x6xf32>
    return %r : tensor<6x6xf32>
  }
  func.func public @scatter_elements(%a: tensor<12x6x6xf32>, %i: tensor<2x6xi32>, %u: tensor<6x6xf32>) -> tensor<12x6x6xf32> {
    %m = stablehlo.constant dense<3> : tensor<2x6xi32>
    %c = stablehlo.constant dense<4> : tensor<2x6xi32>
    %0 = stablehlo.multiply %i, %m : tensor<2x6xi32>
    %1 = stablehlo.subtract %0, %c : tensor<2x6xi32>
    %r = "stablehlo.scatter"(%a, %1, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0, 1], scatter_dims_to_operand_dims = [1, 0], index_vector_dim = 0>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %2 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %2 : tensor<f32>
    }) : (tensor<12x6x6xf32>, tensor<2x6xi32>, tensor<6x6xf32>) -> tensor<12x6x6xf32>
    return %r : tensor<12x6x6xf32>
  }
  func.func public @scatter_no_monoid(%a: tensor<12x6xf32>, %i: tensor<6xui8>, %u: tensor<6x6xf32>) -> tensor<12x6xf32> {
    %m = stablehlo.constant dense<129> : tensor<6xui8>
    %0 = stablehlo.multiply %i, %m : tensor<6xui8>
    %r = "stablehlo.scatter"(%a, %0, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0], scatter_dims_to_operand_dims = [0], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %1 = stablehlo.subtract %x, %y : tensor<f32>
      %2 = stablehlo.multiply %1, %1 : tensor<f32>
      stablehlo.return %2 : tensor<f32>
    }) : (tensor<12x6xf32>, tensor<6xui8>, tensor<6x6xf32>) -> tensor<12x6xf32>
    return %r : tensor<12x6xf32>
  }
  func.func public @scatter_with_unindexed_inserted_dim(%a: tensor<6x12x6xf32>, %i: tensor<6x1xi64>, %u: tensor<6x6xf32>) -> tensor<6x12x6xf32> {
    %r = "stablehlo.scatter"(%a, %i, %u) <{scatter_dimension_numbers = #stablehlo.scatter<update_window_dims = [1], inserted_window_dims = [0, 1], scatter_dims_to_operand_dims = [1], index_vector_dim = 1>}> ({
    ^bb0(%x: tensor<f32>, %y: tensor<f32>):
      %0 = stablehlo.add %x, %y : tensor<f32>
      stablehlo.return %0 : tensor<f32>
    }) : (tensor<6x12x6xf32>, tensor<6x1xi64>, tensor<6x6xf32>) -> tensor<6x12x6xf32>
    return %r : tensor<6x12x6xf32>
  }
}
