#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""JAX's own MLIR reads and verifies what `partita fmt` prints: every model, and every case of StableHLO's testdata.

Prints `N passed, N failed`. Without a Python that has JAX, or without the shared folder, it says what it skips.
"""

import gzip
import pathlib
import subprocess
import tempfile

import _xla
from _program import DATA, PARTITA

MARK = "// ----- FILE: "  # begins a case in a bundle of several


def _texts():
    """Name and text of each program, by group."""
    for group, folder in (("tests/data", DATA), ("models/tiny", _xla.SHARED / "models/tiny"),
                          ("models/full", _xla.SHARED / "models/full")):
        yield group, [(file.name, gzip.decompress(file.read_bytes()).decode() if file.suffix == ".gz" else
                       file.read_text()) for file in sorted(folder.glob("*.mlir*"))]
    for bundle in ("testdata", "interpret", "interpret_chlo"):
        cases = []
        for file in sorted((_xla.SHARED / "conformance/stablehlo/visible" / bundle).glob("*.mlir")):
            for case in file.read_text().split(MARK)[1:]:
                name, _, text = case.partition("\n")
                cases.append((f"{file.stem}/{name.strip()}", text))
        yield bundle, cases


def _main():
    python, why = _xla.python_with_jax()
    if not python:
        _xla.skip(why)
    totals = [(0, 0)]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for group, cases in _texts():
            if not cases:
                print(f"skipped: {group}: {_xla.SHARED} does not have it")
                continue
            jobs, failures = {}, {}
            for number, (name, text) in enumerate(cases):
                printed = subprocess.run([PARTITA, "fmt", "-"], input=text.encode(), capture_output=True, timeout=100)
                if printed.returncode != 0:
                    failures[name] = printed.stderr.decode(errors="replace")[:600]
                    continue
                (folder / f"{number}.mlir").write_text(text)
                (folder / f"{number}.fmt.mlir").write_bytes(printed.stdout)
                jobs[name] = {"parse": str(folder / f"{number}.fmt.mlir"), "or": str(folder / f"{number}.mlir")}
            answers = _xla.run_jobs(python, jobs, folder)
            unjudged = sum(answer == "unjudged" for answer in answers.values())
            failures.update({name: answer for name, answer in answers.items() if answer not in (None, "unjudged")})
            totals.append(_xla.report(group, failures, len(cases) - unjudged, unjudged))
    _xla.end(totals)


if __name__ == "__main__":
    _main()
