#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""`partita run` of programs that say themselves how they lie on a mesh: whole tensors in, whole tensors out."""

import sys

from _program import DATA, main, must_fail, partita, read_tensors, work, write_tensors

SCHEDULE = 'shard<"batch">("x", 0) >> shard<"model">("w1", 1)'

# Each device of a pair keeps the sum of its own four numbers.
MANUAL = """
sdy.mesh @mesh = <["d"=2]>
func.func @main(%a: tensor<8xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"d"}]>} loc("a")) -> (tensor<2xf32> {jax.result_info = "sums"}) {
  %0 = sdy.manual_computation(%a) in_shardings=[<@mesh, [{"d"}]>] out_shardings=[<@mesh, [{"d"}]>] manual_axes={"d"} (%b: tensor<4xf32>) {
    %zero = stablehlo.constant dense<0.0> : tensor<f32>
    %1 = stablehlo.reduce(%b init: %zero) applies stablehlo.add across dimensions = [0] : (tensor<4xf32>, tensor<f32>) -> tensor<f32>
    %2 = stablehlo.reshape %1 : (tensor<f32>) -> tensor<1xf32>
    sdy.return %2 : tensor<1xf32>
  } : (tensor<8xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}
"""


def _mlp_inputs():
    # Small integers: products and sums are exact in any order.
    write_tensors(work() / "in", x=([256, 8], [(7 * i) % 11 - 5 for i in range(256 * 8)]),
           w1=([8, 16], [(5 * i) % 7 - 3 for i in range(8 * 16)]), w2=([16, 8], [(3 * i) % 5 - 2 for i in range(16 * 8)]))


def what_plan_emits_computes_what_the_program_does():
    _mlp_inputs()
    partita("run", DATA / "mlp.mlir", "--inputs", work() / "in", "--outputs", work() / "whole")
    partita("plan", DATA / "mlp.mlir", "--mesh", "batch=4,model=2", "--schedule", SCHEDULE, "--emit", work() / "local.mlir",
            "--emit-annotated", work() / "annotated.mlir")
    assert "all_reduce" in (work() / "local.mlir").read_text()
    for form in ("local", "annotated"):
        partita("run", work() / f"{form}.mlir", "--inputs", work() / "in", "--outputs", work() / form, "--devices", 8)
        assert read_tensors(work() / form) == read_tensors(work() / "whole"), form


def a_manual_computation_runs_on_the_devices_of_its_mesh():
    (work() / "manual.mlir").write_text(MANUAL)
    write_tensors(work() / "in", a=([8], [1, 2, 3, 4, 10, 20, 30, 40]))
    partita("run", work() / "manual.mlir", "--inputs", work() / "in", "--outputs", work() / "out", "--devices", 2)
    assert list(read_tensors(work() / "out").values()) == [(10.0, 100.0)]


def another_number_of_devices_is_refused():
    (work() / "manual.mlir").write_text(MANUAL)
    write_tensors(work() / "in", a=([8], [1, 2, 3, 4, 10, 20, 30, 40]))
    for devices in (1, 4):
        must_fail("run", work() / "manual.mlir", "--inputs", work() / "in", "--outputs", work() / "out", "--devices", devices,
                  saying=r"manual.mlir: its mesh, d=2, has 2 devices; expected --devices 2")


def a_split_that_is_left_out_is_listed():
    (work() / "odd.mlir").write_text("""
sdy.mesh @mesh = <["d"=2]>
func.func @main(%a: tensor<3xf32> loc("a")) -> tensor<3xf32> {
  %0 = stablehlo.negate %a {sdy.sharding = #sdy.sharding_per_value<[<@mesh, [{"d"}]>]>} : tensor<3xf32>
  return %0 : tensor<3xf32>
}
""")
    write_tensors(work() / "in", a=([3], [1, 2, 3]))
    _, err = partita("run", work() / "odd.mlir", "--inputs", work() / "in", "--outputs", work() / "out", "--devices", 2)
    assert "not split: the result of negate: dim 0 of tensor<3xf32> over d" in err, err
    assert list(read_tensors(work() / "out").values()) == [(-1.0, -2.0, -3.0)]


if __name__ == "__main__":
    sys.exit(main(__name__))
