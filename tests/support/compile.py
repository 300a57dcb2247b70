#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Checks of what compilers say, one case per file and compiler. Prints `N passed, N failed` last.

  compile.py accept    tests/static/*.cpp must compile without a warning: their claims are static_asserts;
                       bench/runtime/*.cpp must, too
  compile.py refuse    tests/compile_fail/*.cpp must not compile, and the output must match each line
                           // expect-error: REGEX           for every compiler
                           // expect-error(g++): REGEX      for one of them (g++, clang++, clang++-19)
  compile.py headers   each header alone, included twice, must compile without a warning: with g++ one by one,
                       with clang++ folder by folder
Further arguments are parts of file names, and narrow the cases.
"""

import concurrent.futures
import dataclasses
import os
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "include"
WARNINGS = ("-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast "
            "-Wnon-virtual-dtor -Woverloaded-virtual -Werror").split()
# The oldest supported of both families, and a newer clang where the machine has one.
COMPILERS = [c for c in ("g++", "clang++", "clang++-19") if shutil.which(c)]
NEEDED = ("g++", "clang++")
# Where Debian keeps Eigen, which kernels of the interpreter are made of.
EIGEN = ["-isystem", "/usr/include/eigen3"]
EXPECT = re.compile(r"^\s*// expect-error(?:\(([^)]+)\))?:\s*(.+?)\s*$", re.MULTILINE)


@dataclasses.dataclass
class Case:
    name: str
    compiler: str
    source: str | pathlib.Path  # a file, or the text of a translation unit
    expected: list[str] | None = None  # what the output of a refusal must match; None: must be accepted

    def run(self):
        """What is wrong, or nothing."""
        is_file = isinstance(self.source, pathlib.Path)
        command = [self.compiler, "-std=c++20", "-fsyntax-only", "-I", str(INCLUDE), "-I", str(ROOT / "tests"), *EIGEN]
        command += WARNINGS if self.expected is None else []
        command += ["-fdiagnostics-color=never"]
        command += [str(self.source)] if is_file else ["-x", "c++", "-"]
        try:
            done = subprocess.run(command, input=None if is_file else self.source, capture_output=True, text=True,
                                  errors="replace", timeout=240, env={**os.environ, "LC_ALL": "C"})
        except subprocess.TimeoutExpired:
            return "the compiler took more than 240 s"
        output = done.stderr + done.stdout
        if self.expected is None:
            return None if done.returncode == 0 else "does not compile:\n" + shorten(output)
        if done.returncode == 0:
            return "compiles, and must not"
        if "No such file or directory" in output or "file not found" in output:
            return "is refused because an include is missing:\n" + shorten(output)
        missing = [regex for regex in self.expected if not re.search(regex, output)]
        if missing:
            return "".join(f"the output does not match: {regex}\n" for regex in missing) + shorten(output)
        return None


def shorten(output, most=40):
    lines = [line[:400] for line in output.splitlines()]
    return "\n".join(lines[:most] + ([f"... {len(lines) - most} more lines"] if len(lines) > most else []))


def accepted():
    for file in sorted((ROOT / "tests/static").rglob("*.cpp")):
        for compiler in COMPILERS:
            yield Case(str(file.relative_to(ROOT)), compiler, file)
    # Benchmarks are not built with the tests, but must not rot.
    for file in sorted((ROOT / "bench/runtime").glob("*.cpp")):
        yield Case(str(file.relative_to(ROOT)), "g++", file)


def refused():
    for file in sorted((ROOT / "tests/compile_fail").rglob("*.cpp")):
        lines = EXPECT.findall(file.read_text())
        for compiler in COMPILERS:
            expected = [regex for only, regex in lines if only in ("", compiler)]
            # A file without a sentence to match would pass for any mistake in it.
            yield Case(str(file.relative_to(ROOT)), compiler, file, expected or [r"(?!) // expect-error: is missing"])


def headers():
    files = sorted(INCLUDE.rglob("*.hpp"))
    for file in files:
        name = file.relative_to(INCLUDE).as_posix()
        yield Case(name, "g++", f"#include <{name}>\n#include <{name}>\n")
    folders = {}
    for file in files:
        relative = file.relative_to(INCLUDE / "partita")
        folders.setdefault(relative.parts[0].removesuffix(".hpp"), []).append(file.relative_to(INCLUDE).as_posix())
    for folder, names in sorted(folders.items()):
        if "clang++" in COMPILERS:
            yield Case(f"partita/{folder}", "clang++", "".join(f"#include <{name}>\n" for name in names * 2))


def main(what, parts):
    cases = list({"accept": accepted, "refuse": refused, "headers": headers}[what]())
    cases = [case for case in cases if all(part in case.name for part in parts)]
    failed = 0
    for compiler in NEEDED:
        if compiler not in COMPILERS:
            print(f"FAIL {compiler} is not installed")
            failed += 1
    with concurrent.futures.ThreadPoolExecutor(min(os.cpu_count() or 1, 8)) as pool:
        for case, wrong in zip(cases, pool.map(Case.run, cases)):
            if wrong:
                failed += 1
                print(f"FAIL {case.name} ({case.compiler}): {wrong}\n")
    total = len(cases) + sum(c not in COMPILERS for c in NEEDED)
    print(f"{total - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in ("accept", "refuse", "headers"):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1], sys.argv[2:]))
