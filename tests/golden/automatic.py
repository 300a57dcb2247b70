#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Automatic tactics on the command line: budgets, seeds, progress, Ctrl-C, plans that do not fit. Prints
`N passed, N failed`."""

import json
import re
import signal
import subprocess
import sys
import time

from _program import DATA, PARTITA, main, must_fail, partita, plan_of, work

MLP = DATA / "mlp.mlir"
STEP = DATA / "mlp_train.mlir"
TRANSFORMER = DATA / "t32.mlir.gz"
ON = ("--mesh", "batch=4,model=2")
WISH = 'automatic<"batch", "model">(minimize(step_time), subject_to(peak_memory <= device_memory))'
MEMORY = 'automatic<"batch", "model">(minimize(peak_memory))'


def _untimed(value):
    """The JSON without times."""
    if isinstance(value, dict):
        return {key: _untimed(entry) for key, entry in value.items() if key != "seconds"}
    return [_untimed(entry) for entry in value] if isinstance(value, list) else value


# --- budgets and seeds -----------------------------------------------------------------------------------------

def one_seed_and_number_of_evaluations_give_one_plan():
    arguments = (STEP, *ON, "--schedule", MEMORY, "--budget", "300", "--seed", "7")
    plan = _untimed(plan_of(*arguments))
    assert _untimed(plan_of(*arguments)) == plan
    for threads in ("1", "2", "4"):
        assert _untimed(plan_of(*arguments, "--threads", threads)) == plan, threads


def one_evaluation_finds_the_program_as_it_is():
    # The state in which the search starts is the first that it looks at; only a second one could be better.
    plan = plan_of(STEP, *ON, "--schedule", MEMORY, "--budget", "1")
    assert all(axes == [] for value in plan["inputs"] for axes in value["sharding"]), plan["inputs"]
    more = plan_of(STEP, *ON, "--schedule", MEMORY, "--budget", "300")
    memory = [found["tactics"][0]["peak_memory_bytes"] for found in (plan, more)]
    assert memory[1] < memory[0], memory


def time_may_be_the_budget():
    for budget in ("300ms", "0.3s", "0.005min"):
        begin = time.monotonic()
        partita("plan", TRANSFORMER, *ON, "--schedule", MEMORY, "--budget", budget)
        assert time.monotonic() - begin < 60, budget


def other_budgets_are_refused():
    for budget in ("0", "0s", "-5", "-5s", "ten", "10 s", "10x", "5s3", "1e3", "1.5", "s", "inf", "infs", "nans",
                   "99999999999999999999", "9999999999999s"):
        must_fail("plan", MLP, *ON, "--schedule", WISH, f"--budget={budget}", saying=r"--budget.*2000.*10s")
    must_fail("plan", MLP, *ON, "--schedule", WISH, "--budget=", saying="--budget")
    for seed in ("-1", "x", "1.5"):
        must_fail("plan", MLP, *ON, "--schedule", WISH, f"--seed={seed}", saying="--seed")
    for threads in ("0", "-1", "x", "1000"):
        must_fail("plan", MLP, *ON, "--schedule", WISH, f"--threads={threads}", saying="--threads")


# --- progress and Ctrl-C ---------------------------------------------------------------------------------------

def progress_is_on_standard_error_and_only_if_wanted():
    arguments = ("plan", STEP, *ON, "--schedule", MEMORY, "--budget", "300")
    quiet, nothing = partita(*arguments)
    assert nothing == "", nothing
    told, err = partita(*arguments, "--progress")
    assert re.match(r"best so far [\d.]+ [mu]?s, [\d.]+ [KMG]?i?B; [\d,]+ evaluations, [\d.e-]+ [mu]?s\n", err), err
    assert "evaluations," not in told and "so far" not in told, told
    assert told.splitlines()[0] == quiet.splitlines()[0]


def progress_says_how_far_the_best_is_over_a_bound():
    # Split eight ways, the arguments alone take 9216 / 8 B.
    wish = 'automatic<"batch", "model">(minimize(step_time), subject_to(peak_memory <= 1_KiB))'
    _, err = partita("plan", MLP, *ON, "--schedule", wish, "--progress", status=1)
    assert re.search(r"best so far .* \([\d.]+ [KMG]?i?B over\);", err), err


def an_interrupt_ends_the_search_and_not_the_program():
    for threads in ("1", "2"):
        _interrupt(threads)


def _interrupt(threads):
    target = work() / "plan.json"
    begin = time.monotonic()
    # A shell may have set this script's children to ignore interrupts.
    process = subprocess.Popen([PARTITA, "plan", TRANSFORMER, *ON, "--schedule", MEMORY, "--budget", "150s",
                                "--threads", threads, "--progress", "--json", target], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    assert "best so far" in process.stderr.readline()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert time.monotonic() - begin < 100
    assert "interrupted" in err, err
    assert "automatic" in out, out
    assert json.loads(target.read_text())["tactics"][0]["peak_memory_bytes"] > 0


# --- what does not fit -----------------------------------------------------------------------------------------

def _too_large():
    """2^36 values of four bytes, 256 GiB, which are written over: by eight devices 32 GiB, where there are 16."""
    program = work() / "large.mlir"
    program.write_text("""
module @large {
  func.func public @main(%x: tensor<262144x262144xf32>) -> tensor<262144x262144xf32> {
    %0 = stablehlo.add %x, %x : tensor<262144x262144xf32>
    return %0 : tensor<262144x262144xf32>
  }
}
""")
    return program


def a_plan_that_does_not_fit_is_marked_and_written():
    target = work() / "plan.json"
    for wish in (WISH, 'automatic<"batch", "model">(minimize(step_time))'):
        out, err = partita("plan", _too_large(), *ON, "--schedule", wish, "--json", target, status=1)
        assert "does not fit: 16.0 GiB over 16.0 GiB" in out, out
        assert re.search(r"peak_memory is 32\.0 GiB and may be at most 16\.0 GiB", err), err
        plan = json.loads(target.read_text())
        assert plan["tactics"][0]["peak_memory_bytes"] == 32 << 30, plan["tactics"]
        assert plan["tactics"][0]["fits"] is False, plan["tactics"]


def a_schedule_by_hand_may_not_fit():
    out, _ = partita("plan", _too_large(), *ON, "--schedule", 'shard<"batch">("*", 0)')
    assert "does not fit: 48.0 GiB over 16.0 GiB" in out, out
    plan = plan_of(MLP, *ON, "--schedule", WISH)
    assert plan["tactics"][0]["fits"] is True
    out, _ = partita("plan", MLP, *ON, "--schedule", WISH)
    assert "does not fit" not in out, out


# --- alternatives, fronts, dollars -----------------------------------------------------------------------------

def the_goal_takes_the_best_alternative():
    # 2^36 values of four bytes: whole 256 GiB, over four devices 64 and over all eight 32.
    ways = ("skip", 'shard<"batch">("*", 0)', 'shard<"batch">("*", 0) >> shard<"model">("*", 1)')
    plan = plan_of(_too_large(), *ON, "--schedule", f"({' | '.join(ways)}) >> choose(minimize(step_time), subject_to(peak_memory <= 1_TB))")
    assert [way["chosen"] for way in plan["alternatives"]] == [False, False, True], plan["alternatives"]
    assert [way["peak_memory_bytes"] >> 30 for way in plan["alternatives"]] == [256, 64, 32], plan["alternatives"]
    assert [tactic["peak_memory_bytes"] >> 30 for tactic in plan["tactics"]] == [64, 32], plan["tactics"]
    out, _ = partita("plan", _too_large(), *ON, "--schedule", f"({' | '.join(ways)}) >> choose(minimize(step_time))", status=1)
    assert re.search(r"taken .* 32\.0 GiB .*shard<\"batch\">.*shard<\"model\">", out), out


def a_front_has_the_plans_between_two_metrics():
    plan = plan_of(STEP, *ON, "--schedule", 'automatic<"batch", "model">(pareto_front(step_time, peak_memory))', "--budget", "800")
    front = plan["search"]["front"]
    assert len(front) >= 3, front
    for first, second in zip(front, front[1:]):
        assert first["step_time_s"] < second["step_time_s"] and first["peak_memory_bytes"] > second["peak_memory_bytes"], front
    for point in front:
        again = plan_of(STEP, *ON, "--schedule", point["schedule"])["tactics"] or [point]
        assert again[-1]["peak_memory_bytes"] == point["peak_memory_bytes"], point


def dollars_are_the_price_of_all_devices():
    plan = plan_of(STEP, *ON, "--schedule", 'automatic<"batch", "model">(minimize(dollars))', "--price", "4.5")
    last = plan["tactics"][-1]
    assert abs(last["dollars"] - last["step_time_s"] * 8 * 4.5 / 3600) < 1e-9 * last["dollars"], last
    assert "dollars" not in plan_of(STEP, *ON, "--schedule", MEMORY)["tactics"][-1]
    _, err = partita("plan", STEP, *ON, "--price", "1", "--schedule", 'automatic<"batch">(subject_to(dollars <= 0.000000000001_USD))', status=1)
    assert re.search(r"dollars is [\d.e-]+ USD and may be at most 1e-12 USD", err), err


# --- what each decision gains ----------------------------------------------------------------------------------

def explanation_says_what_each_tactic_gains():
    # Without the axis of four devices 32 GiB become 128, without that of two 64; nothing is communicated.
    out, _ = partita("plan", _too_large(), *ON, "--schedule",
                     'named = shard<"batch">("*", 0)\nother = shard<"model">("*", 1)\nnamed >> other\n', "--explain")
    lines = [line for line in out.splitlines() if re.search(r"\+[\d.]+ %.*(named|other)", line)]
    assert len(lines) == 2 and "+96.0 GiB" in lines[0] and "+32.0 GiB" in lines[1], out
    assert "+300.0 %" in lines[0] and "+100.0 %" in lines[1], out
    assert all("same" in line for line in lines), out


def explanation_tells_the_decisions_of_a_search_apart():
    out, _ = partita("plan", _too_large(), *ON, "--schedule", WISH, "--explain", status=1)
    lines = [line for line in out.splitlines() if re.search(r"automatic.*: .* dim \d over (batch|model)", line)]
    assert len(lines) == 2 and any(" over batch" in line for line in lines), out


if __name__ == "__main__":
    sys.exit(main(__name__))
