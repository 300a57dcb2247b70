#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Executes programs by the command line: check, run, verify.

StableHLO's own interpreter cases are judged where the shared folder is present: each on one device, and each partitioned
by random tactics on a mesh. Every case counts as one.
"""

import os
import pathlib
import re
import subprocess
import sys

import _program
from _program import DATA, PARTITA, ROOT, must_fail, partita, read_tensors, work, write_tensors

SHARED = pathlib.Path(os.environ.get("PARTITA_SHARED", ROOT.parent / "shared"))
STABLEHLO = SHARED / "conformance/stablehlo/visible"

SQUARE = """
func.func @main() {
  %0 = stablehlo.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %1 = stablehlo.multiply %0, %0 : tensor<4xf32>
  check.expect_eq_const %1, dense<[1.0, 4.0, 9.0, 16.0]> : tensor<4xf32>
  func.return
}
"""


def a_case_that_holds_passes():
    (work() / "square.mlir").write_text(SQUARE)
    out, _ = partita("check", work() / "square.mlir")
    assert out.splitlines()[-1] == "1 passed, 0 failed, 0 skipped", out


def a_case_that_does_not_hold_fails_and_says_where():
    (work() / "square.mlir").write_text(SQUARE.replace("9.0, 16.0", "9.5, 16.0"))
    out, _ = partita("check", work() / "square.mlir", status=1)
    assert "1 of 4 elements" in out and "[2]: expected 9.5 but got 9" in out, out
    assert out.splitlines()[-1] == "0 passed, 1 failed, 0 skipped", out
    # Partitioned, too.
    out, _ = partita("check", "--mesh", "a=2", "--seed", "3", work() / "square.mlir", status=1)
    assert out.splitlines()[-1] == "0 passed, 1 failed, 0 skipped", out


def a_bundle_holds_many_cases_and_skips_are_counted_by_reason():
    bundle = "".join(f"// ----- FILE: {name}.mlir\n{text}" for name, text in
                     [("a", SQUARE), ("b", SQUARE.replace("2.0, 3.0", "2.0, 5.0")),
                      ("c", "func.func @main() { func.return }\n")])
    (work() / "bundle.mlir").write_text(bundle)
    out, _ = partita("check", work() / "bundle.mlir", status=1)
    assert "FAILED b.mlir" in out and "FAILED a" not in out, out
    assert "skipped 1: no check" in out, out
    assert out.splitlines()[-1] == "1 passed, 1 failed, 1 skipped", out


def a_program_runs_on_given_inputs():
    # y = (x @ w1) @ w2 with x = 256 x 8 of ones, w1 = 8 x 16 of 0.5, w2 = 16 x 8 of 2: every element is 8 * 0.5 * 16 * 2.
    write_tensors(work() / "in", x=([256, 8], [1.0] * 2048), w1=([8, 16], [0.5] * 128), w2=([16, 8], [2.0] * 128))
    partita("run", DATA / "mlp.mlir", "--inputs", work() / "in", "--outputs", work() / "out")
    (values,) = read_tensors(work() / "out").values()
    assert values == (128.0,) * 2048, values[:4]


def inputs_that_do_not_fit_are_refused():
    write_tensors(work() / "in", x=([256, 8], [1.0] * 2048), w1=([8, 16], [0.5] * 128))
    must_fail("run", DATA / "mlp.mlir", "--inputs", work() / "in", "--outputs", work() / "out", saying="no tensor 'w2'")
    write_tensors(work() / "in", x=([8, 256], [1.0] * 2048), w1=([8, 16], [0.5] * 128), w2=([16, 8], [2.0] * 128))
    must_fail("run", DATA / "mlp.mlir", "--inputs", work() / "in", "--outputs", work() / "out",
              saying="tensor 'x' is tensor<8x256xf32> but the program takes tensor<256x8xf32>")
    must_fail("run", DATA / "mlp.mlir", "--inputs", DATA / "mlp.mlir", "--outputs", work() / "out", saying="safetensors")
    must_fail("run", DATA / "mlp.mlir", "--inputs", work() / "in", "--outputs", work() / "in", saying="input")
    assert not (work() / "out").exists()


def devices_exchange_what_a_program_says():
    (work() / "sum.mlir").write_text("""
        func.func @main(%x: tensor<2xf32> loc("x")) -> (tensor<2xf32> {jax.result_info = "y"}) {
          %0 = "stablehlo.all_reduce"(%x) ({
          ^bb0(%a: tensor<f32>, %b: tensor<f32>):
            %s = stablehlo.add %a, %b : tensor<f32>
            stablehlo.return %s : tensor<f32>
          }) {channel_handle = #stablehlo.channel_handle<handle = 1, type = 1>, replica_groups = dense<[[0, 1, 2]]> : tensor<1x3xi64>,
              use_global_device_ids} : (tensor<2xf32>) -> tensor<2xf32>
          return %0 : tensor<2xf32>
        }""")
    inputs = {f"x@{k}": ([2], [1.0 + k, 10.0]) for k in range(3)}
    write_tensors(work() / "in", **inputs)
    partita("run", work() / "sum.mlir", "--inputs", work() / "in", "--outputs", work() / "out", "--devices", 3)
    assert set(read_tensors(work() / "out").values()) == {(6.0, 30.0)}
    assert len(read_tensors(work() / "out")) == 3


def plans_of_training_steps_verify():
    for file, mesh, schedule in (("mlp.mlir", "batch=4,model=2", 'shard<"batch">("x", 0) >> shard<"model">("w1", 1)'),
                                 ("mlp_train.mlir", "batch=2,model=2", 'shard<"batch">("*", first_divisible_dim)')):
        out, _ = partita("verify", DATA / file, "--mesh", mesh, "--schedule", schedule, "--seed", 5)
        assert re.search(r"^\d+ values agree on \d+ devices", out), out


def verify_knows_the_functions_of_a_module():
    (work() / "rank.mlir").write_text("""
        func.func private @best(%x: tensor<f32>, %y: tensor<f32>) -> tensor<i1> {
          %r = stablehlo.compare GT, %x, %y : (tensor<f32>, tensor<f32>) -> tensor<i1>
          return %r : tensor<i1>
        }
        func.func private @twice(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
          %r = stablehlo.add %x, %x : tensor<4x2xf32>
          return %r : tensor<4x2xf32>
        }
        func.func @main(%x: tensor<4x6xf32> loc("x")) -> tensor<4x2xf32> {
          %v = stablehlo.constant dense<0xFF800000> : tensor<f32>
          %t = stablehlo.custom_call @ApproxTopK(%x, %v) {called_computations = [@best],
            mhlo.backend_config = {reduction_dim = 1 : i64}} : (tensor<4x6xf32>, tensor<f32>) -> tensor<4x2xf32>
          %r = stablehlo.composite "test.twice" %t {decomposition = @twice} : (tensor<4x2xf32>) -> tensor<4x2xf32>
          return %r : tensor<4x2xf32>
        }""")
    out, _ = partita("verify", work() / "rank.mlir", "--mesh", "a=2", "--schedule", 'shard<"a">("x", 0)')
    assert re.search(r"^\d+ values agree on 2 devices", out), out


def verify_asks_for_a_schedule():
    must_fail("verify", DATA / "mlp.mlir", "--mesh", "a=2", saying="--schedule")
    must_fail("verify", DATA / "mlp.mlir", "--mesh", "a=2", "--schedule", 'shard<"b">("x", 0)', saying="axis")


def seeds_are_whole_numbers_from_0_on():
    for seed in ("-1", "x", "1.5"):
        must_fail("verify", DATA / "mlp.mlir", "--mesh", "a=2", "--schedule", 'shard<"a">("x", 0)', f"--seed={seed}", saying="--seed")
        must_fail("check", "--mesh", "a=2", f"--seed={seed}", DATA / "mlp.mlir", saying="--seed")


def _suite(name, least_split, most_skipped, *options):
    """Runs all cases of a folder; returns how many passed and failed."""
    folder = STABLEHLO / name
    if not folder.is_dir():
        print(f"skipped: there is no {folder}")
        return 0, 0
    files = sorted(map(str, folder.glob("*.mlir")))
    done = subprocess.run([PARTITA, "check", *options, *files], capture_output=True, text=True, timeout=600)
    last = re.fullmatch(r"(\d+) passed, (\d+) failed, (\d+) skipped", done.stdout.splitlines()[-1])
    passed, failed, skipped = map(int, last.groups())
    print(done.stdout[-4000:])
    if skipped > most_skipped * (passed + failed + skipped):
        print(f"FAIL {name}: {skipped} skipped, at most {most_skipped:.0%} may be")
        failed += 1
    split = re.search(r"split: .* \((\d+) %\)", done.stdout)
    if least_split is not None and (split is None or int(split[1]) <= least_split):
        print(f"FAIL {name}: an op was split in too few cases; more than {least_split} % must be")
        failed += 1
    return passed, failed


def _main():
    status = _program.run(_program.cases_of(sys.modules[__name__]), sys.argv[1:])
    if sys.argv[1:]:
        return status
    passed, failed = len(_program.cases_of(sys.modules[__name__])) - status, status
    for arguments in (("testdata", None, 0.02), ("interpret", None, 0.05), ("interpret_chlo", None, 0.0),
                      ("testdata", 70, 0.02, "--mesh", "a=2,b=3", "--seed", "1"),
                      ("interpret", None, 0.30, "--mesh", "a=2,b=3", "--seed", "1")):
        more = _suite(*arguments)
        passed, failed = passed + more[0], failed + more[1]
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(_main())
