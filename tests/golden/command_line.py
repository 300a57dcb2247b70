#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""The program as a user sees it: plans, counts, files. Prints `N passed, N failed`."""

import gzip
import re
import sys

from _program import DATA, ROOT, counts, main, partita, plan_of, work

TRANSFORMER = DATA / "paper_t32.mlir.gz"
MLP = DATA / "mlp_train.mlir"
ZERO3 = ROOT / "examples/schedules/zero3.sched"
MESH = ("--mesh", "batch=8,model=4")
BP = 'shard<"batch">("batch/*", 0)'


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
    out, _ = partita("plan", TRANSFORMER, *MESH, "--schedule-file", ZERO3, "--device", "tpu_v3", "--explain",
                     "--causes", "5")
    rows = [line.split()[0] for line in out.splitlines() if line.split()]
    assert [word for word in rows if word in ("(none)", "BP", "MP", "Z3")][:4] == ["(none)", "BP", "MP", "Z3"], out
    assert "\x1b" not in out, "colours outside a terminal"


def what_is_made_of_constants_is_told_once_for_all_layers():
    # The scale of scores and the mask's value, in each of 32 layers, forward and backward: no other value has a line.
    scores = 'shard<"model">(made_by("* 48x32x1024x1024xf32 *"), 2)'
    out, _ = partita("plan", TRANSFORMER, *MESH, "--schedule", scores)
    told = re.findall(r"^ +(\d+) x  .*not applied, because it is made of constants alone", out, re.MULTILINE)
    assert told == ["32"] * 4 and "128 tiles not applied" in out, out


def equal_runs_print_equal_plans():
    first = plan_of(TRANSFORMER, *MESH, "--schedule-file", ZERO3)
    assert first == plan_of(TRANSFORMER, *MESH, "--schedule-file", ZERO3)


# --- files -----------------------------------------------------------------------------------------------------

def input_is_a_file_a_packed_file_or_standard_input():
    text = MLP.read_bytes()
    packed = work() / "mlp.mlir.gz"
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
    target = work() / "local.mlir"
    partita("plan", MLP, "--mesh", "batch=4,model=2", "--schedule", BP, "--emit", target)
    text, _ = partita("fmt", target)
    # Of 32 examples each of 4 groups of devices has 8.
    assert re.search(r"tensor<8x8xf32>", text) and len(re.findall(r"[.]all_reduce\"?\(", text)) == 5, text[:3000]


def inspection_counts_ops_and_parameters():
    out, _ = partita("inspect", TRANSFORMER)
    # 289 parameters; for each of them two moments of Adam, then a step counter and the data: JAX prints 869 arguments.
    assert "869 arguments" in out and "289 tensors" in out, out[:600]
    assert "params/embed" in out


def rules_name_what_a_contraction_sums():
    out, _ = partita("rules", MLP)
    # l1: (32 x 8) @ (8 x 16)
    rule = r"dot_general.*\(\[i,\s*k\],\s*\[k,\s*j\]\)\s*->\s*\(\[i,\s*j\]\).*i=32.*reduction=\{k\}"
    assert re.search(rule, out), out[:2000]


if __name__ == "__main__":
    sys.exit(main(__name__))
