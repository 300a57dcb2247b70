#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""What the library costs to compile: tests/static/running_example.cpp, and a user's file with a network, a cost and a
problem of its own that leaves the rest to an instance, bench/compile_time/own_parts.cpp with stablehlo_instance.hpp.

  measure.py --user      prints processor seconds of the user's file by compiler, optimisation and with an instance or without
  measure.py             prints seconds of g++ -O0 (best of 3) and the template instantiations that clang++ counts
  measure.py --check     compares the counts with baseline.json; prints `N passed, N failed` last
  measure.py --update    writes the counts to baseline.json

Seconds depend on the machine and are printed; counts do not, so counts are the gate. They are exact for one release of
clang and of the standard library, both named in baseline.json: with others the check says `skipped`.
"""

import json
import pathlib
import re
import resource
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "tests/static/running_example.cpp"
USER_SOURCE = ROOT / "bench/compile_time/own_parts.cpp"
BASELINE = ROOT / "bench/compile_time/baseline.json"
FLAGS = ["-std=c++20", "-O0", "-I", str(ROOT / "include"), "-I", str(ROOT / "tests")]
INSTANCE = ["-include", "partita/stablehlo_instance.hpp"]
COUNTED = {"running_example": [SOURCE], "own_parts": [*INSTANCE, USER_SOURCE]}
EVENTS = {"InstantiateClass": "classes", "InstantiateFunction": "functions"}
# A change may add this share of the count without anyone having to look.
TOLERANCE = 0.02


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def seconds():
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        run("g++", *FLAGS, "-c", SOURCE, "-o", "/dev/null")
        times.append(time.perf_counter() - begin)
    return min(times)


def user_seconds():
    """Processor time does not depend on what else the machine does, or little."""
    for compiler in ("g++", "clang++"):
        for optimisation in ("-O0", "-O2"):
            for title, options in {"headers only": [], "with an instance": INSTANCE}.items():
                before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
                run(compiler, *FLAGS, optimisation, *options, "-c", USER_SOURCE, "-o", "/dev/null")
                spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
                print(f"{compiler:8} {optimisation} {title:16} {spent:6.1f} s", flush=True)


def versions():
    """Of clang, and of the standard library's headers, which decide the counts too."""
    clang = re.search(r"version (\S+)", run("clang++", "--version")).group(1)
    library = subprocess.run(["clang++", "-std=c++20", "-x", "c++", "-E", "-dM", "-include", "vector", "/dev/null"],
                             check=True, stdout=subprocess.PIPE, text=True).stdout
    return {"clang": clang, "libstdc++": re.search(r"__GLIBCXX__ (\d+)", library).group(1)}


def instantiations(source):
    with tempfile.TemporaryDirectory() as folder:
        run("clang++", *FLAGS, "-ftime-trace", "-ftime-trace-granularity=0", "-c", *source, "-o", f"{folder}/out.o")
        trace = json.loads(pathlib.Path(folder, "out.json").read_text())
    counts = dict.fromkeys(EVENTS.values(), 0)
    for event in trace["traceEvents"]:
        if event["name"] in EVENTS:
            counts[EVENTS[event["name"]]] += 1
    return counts


def check():
    baseline = json.loads(BASELINE.read_text())
    if (here := versions()) != baseline["versions"]:
        print(f"skipped: counts are of {baseline['versions']}, here is {here}")
        print("0 passed, 0 failed")
        return 0
    passed = failed = 0
    for name, source in COUNTED.items():
        for kind, count in instantiations(source).items():
            most = int(baseline["instantiations"][name][kind] * (1 + TOLERANCE))
            if count > most:
                failed += 1
                print(f"FAIL {name}: {count} instantiations of {kind}, at most {most}; if they are worth it: measure.py --update")
            else:
                passed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def main(arguments):
    if arguments == ["--check"]:
        return check()
    if arguments == ["--user"]:
        return user_seconds()
    if arguments not in ([], ["--update"]):
        sys.exit(__doc__)
    counts = {name: instantiations(source) for name, source in COUNTED.items()}
    if arguments:
        BASELINE.write_text(json.dumps({"versions": versions(), "instantiations": counts}, indent=2) + "\n")
    print(f"g++ -O0: {seconds():.2f} s")
    for name, kinds in counts.items():
        print(f"clang++, {name}: " + ", ".join(f"{n} {kind}" for kind, n in kinds.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
