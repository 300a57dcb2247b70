#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Builds and runs main.cpp in three projects that get the library in three ways. Prints `N passed, N failed` last.

  run.py BUILD      a folder in which everything is built; the second and third project use what it installs
"""

import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAIN = ROOT / "tests/consumer/main.cpp"
CXX = os.environ.get("CXX", "g++")


def run(*command, **environment):
    done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, env={**os.environ, **environment}, timeout=240)
    if done.returncode != 0:
        raise RuntimeError(f"$ {' '.join(map(str, command))}\n{done.stdout}")
    return done.stdout


def install(build, work):
    """Installs below a folder of our own; the prefix in there."""
    run("meson", "install", "-C", build, "--no-rebuild", "--destdir", work / "installed")
    found = list((work / "installed").rglob("include/partita"))
    if len(found) != 1:
        raise RuntimeError(f"the headers were installed in {len(found)} places: {found}")
    return found[0].parents[1]


def by_subproject(work, _):
    project = work / "subproject"
    (project / "subprojects").mkdir(parents=True)
    (project / "subprojects/partita").symlink_to(ROOT)
    (project / "meson.build").write_text(
        "project('consumer', 'cpp', default_options: ['cpp_std=c++20', 'buildtype=debug'])\n"
        "executable('consumer', 'main.cpp', dependencies: dependency('partita', fallback: 'partita'))\n")
    (project / "main.cpp").write_text(MAIN.read_text())
    run("meson", "setup", project / "build", project, "--wrap-mode=forcefallback")
    run("meson", "compile", "-C", project / "build")
    run(project / "build/consumer")


def by_pkg_config(work, prefix):
    descriptions = ":".join(str(file.parent) for file in prefix.rglob("partita.pc"))
    flags = run("pkg-config", "--cflags", "--libs", "partita", PKG_CONFIG_PATH=descriptions,
                PKG_CONFIG_SYSROOT_DIR=str(work / "installed")).split()
    run(CXX, "-std=c++20", MAIN, *flags, "-o", work / "by_pkg_config")
    run(work / "by_pkg_config")


def by_find_package(work, prefix):
    project = work / "find_package"
    project.mkdir()
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(consumer LANGUAGES CXX)\n"
        "find_package(partita 0.1 REQUIRED)\nadd_executable(consumer main.cpp)\n"
        "target_link_libraries(consumer PRIVATE partita::partita)\n")
    (project / "main.cpp").write_text(MAIN.read_text())
    run("cmake", "-S", project, "-B", project / "build", f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", project / "build")
    run(project / "build/consumer")


def main(build):
    ways = [by_subproject, by_pkg_config, by_find_package]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        try:
            prefix = install(build, work)
        except (RuntimeError, subprocess.TimeoutExpired) as error:
            print(f"FAIL install: {error}")
            prefix = work / "not_installed"
        for way in ways:
            try:
                way(work, prefix)
            except (RuntimeError, subprocess.TimeoutExpired) as error:
                failed += 1
                print(f"FAIL {way.__name__}: {error}")
    print(f"{len(ways) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
