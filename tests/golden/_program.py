# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the program for the tests beside this file. PARTITA names it. Ends with `N passed, N failed`."""

import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
PARTITA = os.environ.get("PARTITA", str(ROOT / "build/examples/partita"))
DATA = ROOT / "tests/data"

_work = pathlib.Path()


def work():
    """A folder that is fresh for each case."""
    return _work


def partita(*arguments, stdin=b"", status=0, text=True):
    """Runs the program and returns its two outputs; the exit status must be the given one."""
    done = subprocess.run([PARTITA, *map(str, arguments)], input=stdin, capture_output=True, timeout=200)
    out, err = (output.decode(errors="replace") if text else output for output in (done.stdout, done.stderr))
    if done.returncode != status:
        raise AssertionError(f"exit status {done.returncode}, not {status}\n{out[-2000:]}\n{err[-4000:]}")
    return out, err


def plan_of(file, *arguments, **options):
    """The plan as JSON, without what differs from run to run."""
    target = work() / "plan.json"
    partita("plan", file, *arguments, "--json", target, **options)
    plan = json.loads(target.read_text())
    for tactic in plan["tactics"]:
        del tactic["seconds"]
    if "search" in plan:
        del plan["search"]["seconds"]
    return plan


def write_tensors(path, **tensors):
    """Writes (shape, values) by name as a safetensors file of f32, without our own code."""
    header, body = {}, b""
    for name, (shape, values) in tensors.items():
        data = struct.pack(f"<{len(values)}f", *values)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def read_tensors(path):
    """The values by name of a safetensors file of f32."""
    data = path.read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    tensors = {}
    for name, t in json.loads(data[8:8 + length]).items():
        begin, end = (8 + length + offset for offset in t["data_offsets"])
        tensors[name] = struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])
    return tensors


def _moving(tactic, what):
    return {kind: total[what] for kind, total in tactic["collectives"].items()
            if total["count"] and kind != "all_slice"}


def counts(tactic):
    """Count by kind of what moves data."""
    return _moving(tactic, "count")


def bytes_of(tactic):
    """Bytes by kind of what moves data."""
    return _moving(tactic, "bytes")


def must_fail(*arguments, saying=(), stdin=b""):
    """The program must end with status 2 and a message that matches; it may not end by a signal or say nothing."""
    out, err = partita(*arguments, stdin=stdin, status=2)
    assert out == "", f"a failed run printed\n{out[:1000]}"
    assert 0 < len(err) < 4000, f"{len(err)} characters of message:\n{err[:1000]}"
    for regex in [saying] if isinstance(saying, str) else saying:
        assert re.search(regex, err, re.DOTALL), f"the message does not match {regex}:\n{err}"


def run(cases, parts):
    """Runs the cases whose names have all the parts; the exit status for the shell."""
    global _work
    failed = 0
    cases = [case for case in cases if all(part in case.__name__ for part in parts)]
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            _work = pathlib.Path(folder)
            try:
                case()
                print(f"ok   {case.__name__}")
            except Exception:
                failed += 1
                print(f"FAIL {case.__name__}:\n{traceback.format_exc(limit=-2)}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


def cases_of(module):
    """Functions of a script in the order of its text, apart from helpers and what it imports."""
    return [value for name, value in vars(module).items()
            if callable(value) and getattr(value, "__module__", "") == module.__name__ and not name.startswith("_")]


def main(name):
    return run(cases_of(sys.modules[name]), sys.argv[1:])
