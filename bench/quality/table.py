#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Automatic partitioning against experts: for each program, mesh and device the best of the schedules in
examples/schedules and what `automatic` over all axes finds, as a markdown table.

    bench/quality/table.py PROGRAMS              # the whole table, 10 s a search, one process at a time
    bench/quality/table.py PROGRAMS --seeds 20 --budget 2s --meshes 8x4 --devices tpu_v3

With `--rows FILE` each plan is a row of CSV there as soon as it is made, and a run that was interrupted goes on with the same
command: plans whose rows are there are not made again. PROGRAMS is a folder of NAME.mlir.gz. Plans compare by the bytes over
the device's memory, then by step time. Schedules are written for 8 x 4; on other meshes terms whose dim is not divided are
left out, as the program reports.
"""

import argparse
import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MEMORY = {"tpu_v3": 16 * 2**30, "a100_80": 80e9, "h100": 80e9, "tpu_v5p": 95 * 2**30}
AUTOMATIC = 'automatic<"batch", "model">(minimize(step_time))'

Plan = collections.namedtuple("Plan", "over step_s name seconds best_at evaluations")


class Plans:
    """Makes plans, those of an earlier run excepted."""

    def __init__(self, partita, threads, rows):
        self.command, self.rows, self.known = [partita, "plan"], rows, {}
        self.search = ["--threads", str(threads)]
        if rows and rows.exists():
            with rows.open() as text:
                for row in csv.reader(text):
                    over, step_s, seconds = map(float, row[5:8])
                    self.known[tuple(row[:5])] = Plan(over, step_s, row[3], seconds, *map(int, row[8:]))

    def of(self, program, mesh, device, name, budget, options):
        key = (program.name, mesh, device, name, budget)
        if key not in self.known:
            self.known[key] = made = self.made(program, mesh, device, name, options)
            if self.rows:
                with self.rows.open("a", newline="") as text:
                    csv.writer(text).writerow([*key, made.over, made.step_s, made.seconds, made.best_at, made.evaluations])
        return self.known[key]

    def made(self, program, mesh, device, name, options):
        with tempfile.TemporaryDirectory() as folder:
            target = pathlib.Path(folder) / "plan.json"
            done = subprocess.run([*self.command, program, "--mesh", mesh, "--device", device, "--json", target, *options],
                                  capture_output=True, text=True)
            if done.returncode not in (0, 1):  # 1: it does not fit
                raise SystemExit(f"{program}, {name}: {done.stderr}")
            made = json.loads(target.read_text())
        last, search = made["tactics"][-1], made.get("search", {})
        over = max(0, last["peak_memory_bytes"] - MEMORY[device])
        return Plan(over, last["step_time_s"], name, search.get("seconds", 0), search.get("best_at", 0), search.get("evaluations", 0))

    def expert(self, program, mesh, device, schedule):
        return self.of(program, mesh, device, schedule.name.split(".")[1], "", ["--schedule-file", schedule])

    def automatic(self, program, mesh, device, budget, seed):
        return self.of(program, mesh, device, str(seed), budget,
                       ["--schedule", AUTOMATIC, "--budget", budget, "--seed", str(seed), *self.search])


def worse(automatic, expert):
    """By the order of plans; estimates that agree to 1e-6 are equal."""
    if abs(automatic.over - expert.over) > 1e-6 * max(automatic.over, expert.over):
        return automatic.over > expert.over
    return automatic.step_s > expert.step_s * (1 + 1e-6)


def seconds(s):
    return f"{s:.3g} s" if s >= 1 else f"{s * 1e3:.3g} ms"


def shown(p):
    return seconds(p.step_s) + (f", {p.over / 2**30:.3g} GiB over" if p.over else "")


def experts(name):
    return sorted((ROOT / "examples/schedules").glob(f"{name}.*.sched"))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("programs", type=pathlib.Path)
    options.add_argument("--partita", default=str(ROOT / "build/examples/partita"))
    options.add_argument("--budget", default="10s", help="of each search: 10s, or evaluations")
    options.add_argument("--seeds", type=int, default=1, help="searches for each row, by seed 1, 2, ...")
    options.add_argument("--models", nargs="*", help="names; all that have schedules if not given")
    options.add_argument("--threads", type=int, default=2, help="of each search")
    options.add_argument("--rows", type=pathlib.Path, help="CSV of the plans made so far")
    options.add_argument("--meshes", nargs="*", default=["8x4", "16x2", "8x8"])
    options.add_argument("--devices", nargs="*", default=["tpu_v3", "a100_80", "h100"])
    options.add_argument("--out", type=pathlib.Path, help="where the table goes; standard output if not given")
    given = options.parse_args()

    files = {f.name.split(".")[0]: f for f in sorted(given.programs.glob("*.mlir*"))}
    names = given.models or [n for n in files if experts(n)]
    plans = Plans(given.partita, given.threads, given.rows)
    rows, runs, never_worse = [], 0, 0
    for device in given.devices:
        for sizes in given.meshes:
            batch, model = sizes.split("x")
            mesh = f"batch={batch},model={model}"
            for name in names:
                tried = [plans.expert(files[name], mesh, device, s) for s in experts(name)]
                expert = min(tried, key=lambda p: (p.over, p.step_s))
                found = [plans.automatic(files[name], mesh, device, given.budget, seed) for seed in range(1, given.seeds + 1)]
                bad = sum(worse(f, expert) for f in found)
                runs += len(found)
                never_worse += len(found) - bad
                shown_one = sorted(found, key=lambda p: (p.over, p.step_s))[len(found) // 2]  # the median of the seeds
                ratio = f"{shown_one.step_s / expert.step_s:.3f}"
                verdict = ("worse" if bad else "") if len(found) == 1 else f"{bad} of {len(found)} worse" if bad else ""
                rows.append(f"| {device} | {sizes} | {name} | {expert.name} | {shown(expert)} | {shown(shown_one)} | {ratio} | "
                            f"{shown_one.seconds:.1f} | {shown_one.best_at:,} of {shown_one.evaluations:,} | {verdict} |")
                print(rows[-1], file=sys.stderr, flush=True)
    table = ["| device | mesh | program | expert | its step | automatic | ratio | search, s | best at | |",
             "|---|---|---|---|--:|--:|--:|--:|--:|---|", *rows, "",
             f"Budget {given.budget}, {given.seeds} seed(s) a row: {never_worse} of {runs} searches are no worse than the best expert."]
    text = "\n".join(table) + "\n"
    if given.out:
        given.out.write_text(text)
    else:
        print(text, end="")


if __name__ == "__main__":
    main()
