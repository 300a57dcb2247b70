#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of built folders and adds up their cases: a line per test, what failed, then the sum.

  suites.py FOLDER[=SUITE,SUITE...] ...      without suites all of them

A test that prints `N passed, N failed` (or doctest's summary) counts as that many cases; any other is one case. A test
that does not end well without saying which case failed, as after a crash, has one failure more. FOLDER/build.log, where
the builder leaves it, is shown if it names a failure.
"""

import json
import pathlib
import re
import subprocess
import sys

PLAIN = re.compile(r"^(\d+) passed, (\d+) failed", re.MULTILINE)
DOCTEST = re.compile(r"^\[doctest\] test cases: *\d+ *\| *(\d+) passed *\| *(\d+) failed", re.MULTILINE)
BUILD_ERROR = re.compile(r"FAILED:|error:|undefined reference|multiple definition|^ERROR|: fatal ")
LONGEST = 200  # lines of output shown of one test


class Sum:
    passed = 0
    failed = 0

    def __init__(self):
        self.failures = []

    def add(self, name, passed, failed, seconds, note=""):
        print(f"{name:36} {passed:6} passed {failed:4} failed {seconds:8.1f} s{note}", flush=True)
        self.passed += passed
        self.failed += failed

    def explain(self, title, lines):
        lines = [line[:400] for line in lines]
        if len(lines) > LONGEST:
            left_out = f"... {len(lines) - LONGEST} lines ..."
            lines = [*lines[:LONGEST // 2], left_out, *lines[-LONGEST // 2:]]
        self.failures.append("\n".join([f"\n-- {title}", *lines]))


def count(output, ended_well):
    found = DOCTEST.findall(output) or PLAIN.findall(output)
    if not found:
        return (1, 0) if ended_well else (0, 1)
    passed, failed = map(int, found[-1])
    return passed, failed if ended_well or failed else 1


def introspect(folder, suites):
    """Names of the tests, in two lists: those that can be started, and those whose program was not built."""
    done = subprocess.run(["meson", "introspect", "--tests", str(folder)], stdout=subprocess.PIPE, text=True)
    tests = json.loads(done.stdout) if done.returncode == 0 and done.stdout else []
    ready, missing = [], []
    for test in tests:
        if not suites or any(suite.split(":")[-1] in suites for suite in test["suite"]):
            (ready if pathlib.Path(test["cmd"][0]).exists() else missing).append(test["name"])
    return ready, missing


def run_folder(folder, suites, total):
    total_before = total.passed + total.failed
    build_log = folder / "build.log"
    errors = [line for line in build_log.read_text(errors="replace").splitlines() if BUILD_ERROR.search(line)] \
        if build_log.exists() else []
    if errors:
        total.add(f"{folder}: build", 0, 1, 0)
        total.explain(f"{folder}: build", errors)

    ready, missing = introspect(folder, suites)
    for name in missing:
        total.add(f"{folder}: {name}", 0, 1, 0, "  (not built)")
    log = folder / "meson-logs/testlog.json"
    log.unlink(missing_ok=True)
    if ready:
        subprocess.run(["meson", "test", "-C", str(folder), "--no-rebuild", "--quiet", *ready],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    tests = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    for test in tests:
        name = f"{folder}: {test['name'].split(' / ')[-1]}"
        output = test.get("stdout", "") + test.get("stderr", "")
        ended_well = test["result"] in ("OK", "EXPECTEDFAIL")
        passed, failed = count(output, ended_well)
        skipped = output.count("skipped: ")
        total.add(name, passed, failed, test["duration"], f"  ({skipped} skipped)" if skipped else "")
        if failed:
            total.explain(f"{name}: {test['result'].lower()}", output.rstrip().splitlines())
    lost = len(ready) - len(tests)
    if lost or total.passed + total.failed == total_before:
        total.add(f"{folder}: nothing known of", 0, max(lost, 1), 0, "  tests")


def main(arguments):
    total = Sum()
    for argument in arguments:
        folder, _, suites = argument.partition("=")
        run_folder(pathlib.Path(folder), suites.split(",") if suites else [], total)
    for failure in total.failures:
        print(failure)
    print(f"{chr(10) if total.failures else ''}{total.passed} passed, {total.failed} failed")
    return 1 if total.failed or not total.passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
