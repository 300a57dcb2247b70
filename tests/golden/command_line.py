#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""The program as a user sees it: counts, files, messages, exit status. PARTITA names it. Prints `N passed, N failed`."""

import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTITA = os.environ.get("PARTITA", str(ROOT / "build/examples/partita"))
TRANSFORMER = ROOT / "tests/data/paper_t32.mlir.gz"
MLP = ROOT / "tests/data/mlp_train.mlir"
ZERO3 = ROOT / "examples/schedules/zero3.sched"
MESH = ("--mesh", "batch=8,model=4")
BP = 'shard<"batch">("batch/*", 0)'

WORK = pathlib.Path()  # a fresh folder for each case


def partita(*arguments, stdin=None, status=0):
    """Runs the program and returns its two outputs; the exit status must be the given one."""
    done = subprocess.run([PARTITA, *map(str, arguments)], input=stdin if stdin is not None else b"", capture_output=True,
                          timeout=200)
    out, err = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
    if done.returncode != status:
        raise AssertionError(f"exit status {done.returncode}, not {status}\n{out[-2000:]}\n{err[-4000:]}")
    return out, err


def plan_of(file, *arguments, **options):
    """The plan as JSON, without what differs from run to run."""
    target = WORK / "plan.json"
    partita("plan", file, *arguments, "--json", target, **options)
    plan = json.loads(target.read_text())
    for tactic in plan["tactics"]:
        del tactic["seconds"]
    return plan


def counts(tactic):
    return {kind: total["count"] for kind, total in tactic["collectives"].items() if total["count"] and kind != "all_slice"}


def must_fail(*arguments, saying, stdin=None):
    """The program must end with status 2 and a message that matches; it may not end by a signal or say nothing."""
    _, err = partita(*arguments, stdin=stdin, status=2)
    for regex in [saying] if isinstance(saying, str) else saying:
        assert re.search(regex, err), f"the message does not match {regex}:\n{err}"


# --- plans -----------------------------------------------------------------------------------------------------

def transformer_has_the_counts_of_the_paper():
    # PartIR (arXiv 2401.11202), Table 3: T32 under BP, BP+MP and BP+MP+Z3.
    plan = plan_of(TRANSFORMER, *MESH, "--schedule-file", ZERO3)
    found = {tactic["name"]: counts(tactic) for tactic in plan["tactics"]}
    assert found == {
        "BP": {"all_reduce": 290},
        "MP": {"all_reduce": 418},
        "Z3": {"all_gather": 259, "all_reduce": 289, "reduce_scatter": 129},
    }, found


def every_requested_tile_is_applied():
    plan = plan_of(TRANSFORMER, *MESH, "--schedule-file", ZERO3)
    assert [tactic["not_applied"] for tactic in plan["tactics"]] == [[], [], []], plan["tactics"]


def memory_falls_with_every_tactic():
    # PartIR, Table 4: BP needs more memory than BP+MP, and that more than BP+MP+Z3.
    plan = plan_of(TRANSFORMER, *MESH, "--schedule-file", ZERO3)
    memory = [tactic["peak_memory_bytes"] for tactic in plan["tactics"]]
    assert memory == sorted(memory, reverse=True) and len(set(memory)) == 3, memory


def data_parallelism_reduces_each_gradient_and_the_loss():
    # Two layers with weights and biases: four gradients and one loss are sums over examples.
    plan = plan_of(MLP, "--mesh", "batch=4", "--schedule", BP)
    assert counts(plan["tactics"][-1]) == {"all_reduce": 5}, plan["tactics"]


def parameters_leave_as_they_arrive():
    plan = plan_of(TRANSFORMER, *MESH, "--schedule-file", ZERO3)
    arrives = {value["name"]: value["sharding"] for value in plan["inputs"]}
    leaves = {value["name"]: value["sharding"] for value in plan["outputs"]}
    updated = [name for name in leaves if name.startswith("result/0/")]
    assert len(updated) == 289, len(updated)
    for name in updated:
        assert leaves[name] == arrives["params/" + name.removeprefix("result/0/")], name


def whole_results_leave_whole():
    plan = plan_of(MLP, "--mesh", "batch=4", "--schedule", 'shard<"batch">("params/l1/w", 0)', "--outputs", "whole")
    assert all(axes == [] for value in plan["outputs"] for axes in value["sharding"]), plan["outputs"]


def table_has_a_row_for_each_tactic():
    out, _ = partita("plan", TRANSFORMER, *MESH, "--schedule-file", ZERO3, "--device", "tpu_v3", "--explain", "--causes", "5")
    rows = [line.split()[0] for line in out.splitlines() if line.split()]
    assert [word for word in rows if word in ("(none)", "BP", "MP", "Z3")][:4] == ["(none)", "BP", "MP", "Z3"], out
    assert "\x1b" not in out, "colours outside a terminal"


def equal_runs_print_equal_plans():
    first = plan_of(TRANSFORMER, *MESH, "--schedule-file", ZERO3)
    assert first == plan_of(TRANSFORMER, *MESH, "--schedule-file", ZERO3)


# --- files -----------------------------------------------------------------------------------------------------

def input_is_a_file_a_packed_file_or_standard_input():
    text = MLP.read_bytes()
    packed = WORK / "mlp.mlir.gz"
    packed.write_bytes(gzip.compress(text))
    arguments = ("--mesh", "batch=4", "--schedule", BP)
    plans = [plan_of(MLP, *arguments), plan_of(packed, *arguments), plan_of("-", *arguments, stdin=text)]
    assert plans[0] == plans[1] == plans[2]


def printing_is_canonical():
    once, _ = partita("fmt", MLP)
    twice, _ = partita("fmt", "-", stdin=once.encode())
    assert once == twice
    arguments = ("--mesh", "batch=4", "--schedule", BP)
    assert plan_of(MLP, *arguments) == plan_of("-", *arguments, stdin=once.encode())


def emitted_program_can_be_read():
    target = WORK / "local.mlir"
    partita("plan", MLP, "--mesh", "batch=4,model=2", "--schedule", BP, "--emit", target)
    text, _ = partita("fmt", target)
    # Of 32 examples each of 4 groups of devices has 8.
    assert re.search(r"tensor<8x8xf32>", text) and text.count("stablehlo.all_reduce") == 5, text[:3000]


def inspection_counts_ops_and_parameters():
    out, _ = partita("inspect", TRANSFORMER)
    # 289 parameters; for each of them two moments of Adam, then a step counter and the data: JAX prints 869 arguments.
    assert "869 arguments" in out and "289 tensors" in out, out[:600]
    assert "params/embed" in out


def rules_name_what_a_contraction_sums():
    out, _ = partita("rules", MLP)
    # l1: (32 x 8) @ (8 x 16)
    assert re.search(r"dot_general.*\(\[i,\s*k\],\s*\[k,\s*j\]\)\s*->\s*\(\[i,\s*j\]\).*i=32.*reduction=\{k\}", out), out[:2000]


# --- mistakes --------------------------------------------------------------------------------------------------

def usage_is_checked():
    for arguments in [(), ("plan",), ("plan", MLP), ("dance", MLP), ("plan", MLP, "--mesh", "batch=4"),
                      ("plan", MLP, "--mesh", "batch=4", "--schedule", BP, "--schedule-file", ZERO3),
                      ("plan", MLP, "--mesh", "batch=4", "--schedule", BP, "--outputs", "half")]:
        partita(*arguments, status=2)
    partita("--help")


def missing_files_are_named():
    must_fail("inspect", WORK / "no.mlir", saying=r"no\.mlir")
    must_fail("plan", MLP, "--mesh", "batch=4", "--schedule-file", WORK / "no.sched", saying=r"no\.sched")
    must_fail("plan", MLP, "--mesh", "batch=4", "--schedule", BP, "--json", WORK / "no/plan.json", saying=r"no/plan\.json")


def meshes_are_checked():
    for mesh in ["", "batch", "batch=", "batch=0", "batch=-4", "batch=4,batch=2", "=4", "batch=4x", "batch=99999999999999999999",
                 ",".join(f"a{i}=2" for i in range(9))]:
        must_fail("plan", MLP, f"--mesh={mesh}", "--schedule", BP, saying=r"mesh|axis")


def devices_are_checked():
    must_fail("plan", MLP, "--mesh", "batch=4", "--schedule", BP, "--device", "abacus", saying=["abacus", "tpu_v3"])


def schedules_point_at_mistakes():
    file = WORK / "bad.sched"
    file.write_text('# a comment\nBP = shard<"batch">("batch/*", 0)\nBP >> MP\n')
    must_fail("plan", MLP, "--mesh", "batch=4", "--schedule-file", file, saying=r"bad\.sched:3:7: .*MP")
    must_fail("plan", MLP, "--mesh", "batch=4", "--schedule", 'shard<"modle">("batch/*", 0)', saying=["modle", "batch"])
    must_fail("plan", MLP, "--mesh", "batch=4", "--schedule", 'shard<"batch">("bach/*", 0)', saying="bach")
    must_fail("plan", MLP, "--mesh", "batch=4", "--schedule", 'shard<"batch">("params/l1/w", 2)', saying="params/l1/w")


def what_cannot_be_split_is_listed():
    # Of 32 examples 3 devices cannot have equal parts.
    plan = plan_of(MLP, "--mesh", "batch=3", "--schedule", BP)
    assert len(plan["tactics"][0]["not_applied"]) == 2 and "32" in plan["tactics"][0]["not_applied"][0], plan["tactics"]
    assert counts(plan["tactics"][0]) == {}


def bad_programs_end_with_a_message():
    text = MLP.read_bytes()
    middle = text.index(b"stablehlo.dot_general")
    for name, content in {
        "empty": b"",
        "binary": bytes(range(256)) * 8,
        "cut": text[:len(text) // 2],
        "nested": b"module {" * 20000,
        "brackets": b"func.func @main() " + b"(" * 100000,
        "unknown op": text[:middle] + b"stablehlo.dot_specific" + text[middle + 21:],
        "packed and cut": gzip.compress(text)[:200],
        "packed and spoilt": gzip.compress(text)[:100] + b"spoilt" + gzip.compress(text)[106:],
    }.items():
        for command in ("fmt", "inspect"):
            _, err = partita(command, "-", stdin=content, status=2)
            assert err.startswith("partita: ") and len(err) < 4000, f"{name}: {err[:500]}"


def parse_errors_have_a_place():
    file = WORK / "bad.mlir"
    file.write_text("module {\n  func.func public @main(%arg0: tensor<4xf32>) -> tensor<4xf32> {\n"
                    "    return %arg1 : tensor<4xf32>\n  }\n}\n")
    must_fail("fmt", file, saying=r"bad\.mlir:3:12: .*%arg1")


def failed_runs_leave_files_alone():
    target = WORK / "plan.json"
    target.write_text("kept")
    partita("plan", MLP, "--mesh", "batch=4", "--schedule", 'shard<"batch">("bach/*", 0)', "--json", target, status=2)
    assert target.read_text() == "kept" and os.listdir(WORK) == ["plan.json"], os.listdir(WORK)


CASES = [
    transformer_has_the_counts_of_the_paper,
    every_requested_tile_is_applied,
    memory_falls_with_every_tactic,
    data_parallelism_reduces_each_gradient_and_the_loss,
    parameters_leave_as_they_arrive,
    whole_results_leave_whole,
    table_has_a_row_for_each_tactic,
    equal_runs_print_equal_plans,
    input_is_a_file_a_packed_file_or_standard_input,
    printing_is_canonical,
    emitted_program_can_be_read,
    inspection_counts_ops_and_parameters,
    rules_name_what_a_contraction_sums,
    usage_is_checked,
    missing_files_are_named,
    meshes_are_checked,
    devices_are_checked,
    schedules_point_at_mistakes,
    what_cannot_be_split_is_listed,
    bad_programs_end_with_a_message,
    parse_errors_have_a_place,
    failed_runs_leave_files_alone,
]


def main(parts):
    global WORK
    cases = [case for case in CASES if all(part in case.__name__ for part in parts)]
    failed = 0
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            WORK = pathlib.Path(folder)
            try:
                case()
            except Exception:
                failed += 1
                print(f"FAIL {case.__name__}:\n{traceback.format_exc(limit=-2)}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
