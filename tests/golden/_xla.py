# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""XLA as a second witness: jobs for the workers (_xla_worker.py), which run under a Python that has JAX."""

import json
import os
import pathlib
import queue
import subprocess
import sys
import threading

from _program import PARTITA, ROOT

JAX = "0.10.2"
SHARED = pathlib.Path(os.environ.get("PARTITA_SHARED", ROOT.parent / "shared"))
WORKER = pathlib.Path(__file__).with_name("_xla_worker.py")
LONGEST = 120  # seconds that one job may take


def python_with_jax():
    """PARTITA_JAX_PYTHON, else the environment that .ci/run makes in the build folder; None and why if there is none."""
    python = os.environ.get("PARTITA_JAX_PYTHON") or str(pathlib.Path(PARTITA).resolve().parents[1] / "jax/bin/python")
    try:
        found = subprocess.run([python, "-c", "import jax; print(jax.__version__)"], capture_output=True, text=True,
                               timeout=100)
    except OSError:
        return None, f"{python} is not there; name a Python that has jax {JAX} in PARTITA_JAX_PYTHON"
    if found.stdout.strip() != JAX:
        return None, f"{python} has {'jax ' + found.stdout.strip() if found.stdout.strip() else 'no jax'}, not jax {JAX}"
    return python, ""


class _Worker:
    def __init__(self, python, log):
        self._log = open(log, "w+", encoding="utf-8")
        self._process = subprocess.Popen([python, str(WORKER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=self._log, text=True)

    def do(self, job):
        """What went wrong; None: nothing. False as second: the process is gone."""
        alarm = threading.Timer(LONGEST, self._process.kill)
        alarm.start()
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        alarm.cancel()
        if line:
            return json.loads(line), True
        status = self._process.wait()
        self._log.seek(0)
        return f"the process ended with status {status} ({LONGEST} s are allowed): {self._log.read()[-600:]}", False

    def end(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(LONGEST)
        self._log.close()


def run_jobs(python, jobs, folder, workers=2):
    """Answers of the workers by name of the job; an abort of XLA costs the job that it happened in."""
    waiting, answers = queue.Queue(), {}
    for name, job in jobs.items():
        waiting.put((name, job))

    def work(number):
        worker = None
        while True:
            try:
                name, job = waiting.get_nowait()
            except queue.Empty:
                break
            worker = worker or _Worker(python, folder / f"worker{number}.log")
            answers[name], alive = worker.do(job)
            if not alive:
                worker = None
        if worker:
            worker.end()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(min(workers, len(jobs)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def report(title, failures, count, unjudged=0):
    """Prints a group of cases; returns how many passed and failed."""
    for name, why in sorted(failures.items()):
        print(f"FAIL {title}: {name}: {why}")
    note = f"; {unjudged} more that JAX does not read as they were written" if unjudged else ""
    print(f"     {title}: {count - len(failures)} of {count}{note}", flush=True)
    return count - len(failures), len(failures)


def end(totals):
    passed, failed = (sum(numbers) for numbers in zip(*totals))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def skip(why):
    print(f"skipped: {why}")
    print("0 passed, 0 failed")
    sys.exit(0)
