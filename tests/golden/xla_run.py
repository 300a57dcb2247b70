#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""XLA runs what `partita plan --emit` and `--emit-annotated` write, as it stands, on 8 virtual devices.

Each device's part of each result must be that of the reference: JAX on one device for the models of the shared folder,
XLA on one device for the programs in tests/data. Strategies are those of practitioners, then random tiles.

Prints `N passed, N failed`. Without a Python that has JAX, or without the shared folder, it says what it skips.
"""

import json
import pathlib
import random
import subprocess
import sys
import tempfile

import _xla
from _program import DATA, PARTITA

TINY = _xla.SHARED / "models/tiny"
SCHEDULES = _xla.SHARED / "models/schedules"
MESH = "batch=4,model=2"
FORMS = {"device-local": "--emit", "annotated": "--emit-annotated"}
# Models whose paths are those of another, apart from the names of the data and the embedding.
SAME_PATHS = {"paper_t32": "t32", "long_context": "t32"}
# XLA gets these results wrong: with the same shardings put on the text that JAX wrote the same ones are off by as much.
# By case: what their names have, and where the error is.
XLA_IS_WRONG = {
    "vit BP+MP+Z3, annotated": ("patch/w", "the gradient of a convolution with stride, which is one with dilation"),
}
# What compiles in about a second; thrice, so that each meets several schedules.
RANDOM_MODELS = ["mlp_train", "lstm", "it32", "pde_stencil", "llama_prefill", "t32_scan"]
RANDOM_MESHES = [MESH, "a=2,b=4", "a=2,b=2,c=2", "d=8"]


class _Jobs:
    def __init__(self, folder):
        self._folder = folder
        self.jobs, self.failures = {}, {}

    def add(self, name, file, schedule, reference, *options, mesh=MESH):
        """Plans, and adds a job for each form."""
        place = self._folder / str(len(self.jobs) + len(self.failures))
        plan = pathlib.Path(f"{place}.json")
        files = {form: f"{place}.{option[2:]}.mlir" for form, option in FORMS.items()}
        emit = [word for form, option in FORMS.items() for word in (option, files[form])]
        done = subprocess.run([PARTITA, "plan", file, "--mesh", mesh, "--json", plan, *schedule, *options, *emit],
                              capture_output=True, text=True, timeout=100)
        for form in FORMS:
            if done.returncode != 0:
                self.failures[f"{name}, {form}"] = f"no plan: {done.stderr[:600]}"
            else:
                self.jobs[f"{name}, {form}"] = {"run": files[form], "plan": str(plan), **reference}
                if f"{name}, {form}" in XLA_IS_WRONG:
                    word, why = XLA_IS_WRONG[f"{name}, {form}"]
                    print(f"     {name}, {form}: {word} is not compared, where XLA is wrong: {why}")
                    self.jobs[f"{name}, {form}"]["but"] = word


def _saved(model):
    """Inputs and outputs beside a model; bfloat16 has 8 bits of mantissa."""
    narrow = "bf16" in (TINY / f"{model}.mlir").read_text()
    return {"inputs": str(TINY / f"{model}.in.safetensors"), "outputs": str(TINY / f"{model}.out.safetensors"),
            "tolerance": 2e-2 if narrow else 2e-4}


def _strategies(jobs):
    for strategy in ("BP", "BP+MP", "BP+MP+Z3"):
        for model in sorted(file.stem for file in TINY.glob("*.mlir")):
            schedule = (SCHEDULES / f"{SAME_PATHS.get(model, model)}.{strategy}.tiny.sched").read_text()
            if model == "paper_t32":
                schedule = schedule.replace('"batch/*"', '"data/*"').replace('/embedding"', '/embed"')
            jobs.add(f"{model} {strategy}", TINY / f"{model}.mlir", ["--schedule", schedule], _saved(model))


def _random_schedule(rng, inputs, axes):
    """One to three tactics, each of one to four tiles of arguments; not every tile can be applied, or agrees with
    the others."""
    splits = [(value["name"], dim) for value in inputs for dim, size in enumerate(value["shape"]) if size % 2 == 0]
    tactics = []
    for _ in range(rng.randint(1, 3)):
        axis = rng.choice(axes)
        tiles = rng.sample(splits, min(len(splits), rng.randint(1, 4)))
        tactics.append(" * ".join(f'shard<"{axis}">({json.dumps(name)}, {dim})' for name, dim in tiles))
    return " >> ".join(tactics)


def _random_schedules(jobs, count=30):
    for seed in range(count):
        rng = random.Random(seed)
        model = RANDOM_MODELS[seed % len(RANDOM_MODELS)]
        file, mesh = TINY / f"{model}.mlir", rng.choice(RANDOM_MESHES)
        outputs = rng.choice(["like_inputs", "infer", "whole"])
        whole = subprocess.run([PARTITA, "plan", file, "--mesh", mesh, "--schedule", "skip", "--json", "-"],
                               capture_output=True, text=True, check=True, timeout=100)
        axes = [axis.split("=")[0] for axis in mesh.split(",")]
        schedule = _random_schedule(rng, json.loads(whole.stdout)["inputs"], axes)
        jobs.add(f"seed {seed}, {model} on {mesh}, outputs {outputs}: {schedule}", file, ["--schedule", schedule],
                 _saved(model), "--outputs", outputs, mesh=mesh)


def _own_programs(jobs):
    for name, schedules in {
        "mlp": ['shard<"batch">("x", 0) >> shard<"model">("w1", 1) >> shard<"batch">("w1", 0) * shard<"batch">("w2", 1)'],
        "mlp_train": ['shard<"batch">("batch/*", 0) >> shard<"model">("params/l1/w", 1)'],
        "loop": ["skip"],
    }.items():
        for schedule in schedules:
            jobs.add(f"{name} {schedule}", DATA / f"{name}.mlir", ["--schedule", schedule],
                     {"whole": str(DATA / f"{name}.mlir"), "tolerance": 2e-4})


def _main():
    python, why = _xla.python_with_jax()
    if not python:
        _xla.skip(why)
    groups = {"programs in tests/data": _own_programs}
    if TINY.is_dir():
        groups |= {"strategies": _strategies, "random tiles": _random_schedules}
    else:
        print(f"skipped: models and their reference outputs: {TINY} is not there")
    totals = []
    for title, fill in groups.items():
        if sys.argv[1:] and not any(part in title for part in sys.argv[1:]):
            continue
        with tempfile.TemporaryDirectory() as folder:
            jobs = _Jobs(pathlib.Path(folder))
            fill(jobs)
            answers = _xla.run_jobs(python, jobs.jobs, pathlib.Path(folder))
            failures = jobs.failures | {name: answer for name, answer in answers.items() if answer}
            totals.append(_xla.report(title, failures, len(jobs.jobs) + len(jobs.failures)))
    _xla.end(totals)


if __name__ == "__main__":
    _main()
