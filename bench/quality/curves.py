#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Quality against evaluations: how good the best plan of each search is after so many evaluations, as CSV and SVG.

    bench/quality/curves.py PROGRAMS --out FOLDER      # the full run: four programs, six searches, 20 seeds
    bench/quality/curves.py PROGRAMS --out FOLDER --seeds 3 --evaluations 1000
    bench/quality/curves.py --draw FOLDER              # SVG and table again, from the CSV in the folder

A run that was interrupted goes on with the same command: searches whose rows are in the folder are not repeated, so that a
folder is for one number of evaluations. PROGRAMS is a folder of NAME.mlir.gz. The driver is built with
`ninja -C BUILD bench/search_curve`. A plan is drawn as its step time against that of the best plan that any search found;
plans that do not fit the device are above the line where the best fitting one would be: their excess is added, as a share of
the device's memory.
"""

import argparse
import collections
import concurrent.futures
import csv
import math
import pathlib
import statistics
import subprocess
import sys
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ["paper_t32", "unet", "gns", "moe"]
SEARCHES = ["iterated_greedy", "mcts", "beam", "greedy", "annealing", "random"]
WITHOUT_SEED = ["beam", "greedy"]
COLOURS = ["#1b6ca8", "#c0392b", "#27864e", "#8e5ba6", "#d08a1d", "#777777"]
COLUMNS = ["search", "seed", "evaluations", "over", "step_s"]


def run_all(driver, given):
    """Rows of a search are written when it has ended."""
    missing, written = [], threading.Lock()
    for name in given.models:
        target = given.out / f"{name}.csv"
        if not target.exists():
            target.write_text(",".join(COLUMNS) + "\n")
        done = read(target)
        missing += [(name, target, search, seed) for seed in range(1, given.seeds + 1) for search in given.searches
                    if seed not in done[search] and (seed == 1 or search not in WITHOUT_SEED)]

    def run(name, target, search, seed):
        file = given.programs / f"{name}.mlir.gz"
        made = subprocess.run([driver, file, given.mesh, given.device, str(given.evaluations), str(seed), str(seed), search],
                              stdout=subprocess.PIPE, text=True, check=True)
        with written, target.open("a") as out:
            out.write(made.stdout)
        return name, search, seed

    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for i, ended in enumerate(concurrent.futures.as_completed([pool.submit(run, *m) for m in missing]), 1):
            print(f"{i} of {len(missing)}:", *ended.result(), file=sys.stderr, flush=True)


def read(target):
    """search -> seed -> [(evaluations, (over, step))] in order."""
    runs = collections.defaultdict(lambda: collections.defaultdict(list))
    with target.open() as text:
        for row in csv.DictReader(text):
            runs[row["search"]][int(row["seed"])].append((int(row["evaluations"]), (float(row["over"]), float(row["step_s"]))))
    return runs


def at(run_rows, evaluations):
    """The best plan by then; before the first, that one."""
    best = run_rows[0][1]
    for n, plan in run_rows:
        if n > evaluations:
            break
        best = plan
    return best


def checkpoints(most):
    """1, 2, 5, 10, ... up to the last, with it."""
    points = [m * 10**e for e in range(8) for m in (1, 2, 5)]
    return [p for p in points if p < most] + [most]


def loss(plan, best, memory):
    """0 for the best plan known; a share of its step time, plus what is over the best one's excess as a share of memory."""
    return max(0.0, plan[1] / best[1] - 1 if plan[0] <= best[0] else 0) + max(0.0, plan[0] - best[0]) / memory


def curves(runs, memory):
    most = max(n for seeds in runs.values() for rows in seeds.values() for n, _ in rows)
    best = min(plan for seeds in runs.values() for rows in seeds.values() for _, plan in rows)
    points = checkpoints(most)
    made = {}
    place = {search: i for i, search in enumerate(SEARCHES)}
    for search, seeds in sorted(runs.items(), key=lambda run: place.get(run[0], len(SEARCHES))):
        columns = [[loss(at(rows, p), best, memory) for rows in seeds.values()] for p in points]
        made[search] = [(p, statistics.median(c), min(c), max(c)) for p, c in zip(points, columns)]
    return best, made


def svg(title, made, target):
    width, height, left, top = 640, 360, 70, 40
    most = max(points[-1][0] for points in made.values())
    low, high = 1e-4, max(max(p[1] for p in points) for points in made.values()) * 1.2 + 1e-3
    def x(n): return left + (width - left - 150) * math.log10(max(n, 1)) / math.log10(max(most, 10))
    def y(v): return top + (height - top - 50) * (1 - math.log(max(v, low) / low) / math.log(high / low))
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
             f'<rect width="{width}" height="{height}" fill="white"/>', f'<text x="{left}" y="20" font-size="14">{title}</text>']
    for e in range(int(math.log10(most)) + 1):
        parts.append(f'<line x1="{x(10**e):.1f}" y1="{top}" x2="{x(10**e):.1f}" y2="{height - 50}" stroke="#ddd"/>'
                     f'<text x="{x(10**e):.1f}" y="{height - 32}" text-anchor="middle">{10**e:,}</text>')
    for e in range(-4, 3):
        if low <= 10**e <= high:
            parts.append(f'<line x1="{left}" y1="{y(10**e):.1f}" x2="{width - 150}" y2="{y(10**e):.1f}" stroke="#ddd"/>'
                         f'<text x="{left - 6}" y="{y(10**e) + 4:.1f}" text-anchor="end">{10**e * 100:g} %</text>')
    parts.append(f'<text x="{left}" y="{height - 12}">evaluations; vertical: from the best plan known, median of seeds</text>')
    for i, (search, points) in enumerate(made.items()):
        colour = COLOURS[i % len(COLOURS)]
        path = " ".join(f"{x(n):.1f},{y(median):.1f}" for n, median, _, _ in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
                     f'<text x="{width - 140}" y="{top + 14 + 18 * i}" fill="{colour}">{search}</text>')
    target.write_text("\n".join(parts + ["</svg>"]) + "\n")


def table(name, best, made):
    last = max(points[-1][0] for points in made.values())
    wanted = [p for p in (20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000) if p < last] + [last]
    lines = [f"{name}: best plan known {best[1]:.4g} s, {best[0] / 2**30:.3g} GiB over", "",
             "| search | " + " | ".join(f"{p:,}" for p in wanted) + " |", "|---|" + "--:|" * len(wanted)]
    for search, points in made.items():
        cells = []
        for p in wanted:
            _, median, _, largest = [q for q in points if q[0] <= p][-1]
            cells.append(f"{median * 100:.1f} % ({largest * 100:.1f} %)")
        lines.append(f"| {search} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def draw(folder, memory):
    texts = []
    for target in sorted(folder.glob("*.csv")):
        best, made = curves(read(target), memory)
        svg(target.stem, made, target.with_suffix(".svg"))
        texts.append(table(target.stem, best, made))
    (folder / "curves.md").write_text("Median of the seeds (worst of them), from the best plan known, by evaluations.\n\n" + "\n".join(texts))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("programs", type=pathlib.Path, nargs="?")
    options.add_argument("--draw", type=pathlib.Path, metavar="FOLDER")
    options.add_argument("--out", type=pathlib.Path, default=pathlib.Path("curves"))
    options.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    options.add_argument("--driver", help="built already; else it is built")
    options.add_argument("--models", nargs="*", default=PROGRAMS)
    options.add_argument("--searches", nargs="*", default=SEARCHES)
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--evaluations", type=int, default=2000)
    options.add_argument("--jobs", type=int, default=2, help="searches at a time")
    options.add_argument("--mesh", default="batch=8,model=4")
    options.add_argument("--device", default="a100_80", help="one that all programs fit, so that step times compare")
    options.add_argument("--memory", type=float, default=80e9, help="bytes of the device")
    given = options.parse_args()
    if given.draw:
        return draw(given.draw, given.memory)
    if not given.programs:
        options.error("PROGRAMS is needed, or --draw")
    driver = given.driver
    if not driver:
        subprocess.run(["ninja", "-C", given.build, "bench/search_curve"], check=True, stdout=sys.stderr)
        driver = given.build / "bench/search_curve"
    given.out.mkdir(parents=True, exist_ok=True)
    run_all(driver, given)
    return draw(given.out, given.memory)


if __name__ == "__main__":
    sys.exit(main())
