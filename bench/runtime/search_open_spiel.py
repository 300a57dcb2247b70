#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Simulations a second on connect four: Partita's tree search beside OpenSpiel's MCTSBot, which is C++ as well.

    pip install open_spiel
    python3 bench/runtime/search_open_spiel.py build/bench/bench_search

Both start from the empty board, build a tree of as many simulations with one thread, and play one uniformly random
rollout to the end of the game in each. They take turns, so that what else the machine does strikes both alike. The
medians of the turns and their ratio are printed; the exit status tells whether the ratio is as large as asked for.
"""

import argparse
import json
import statistics
import subprocess
import time

import pyspiel


def open_spiel_rate(simulations, searches, seed):
    game = pyspiel.load_game("connect_four")
    state = game.new_initial_state()
    evaluator = pyspiel.RandomRolloutEvaluator(1, seed)
    bot = pyspiel.MCTSBot(game, evaluator, 2.0, simulations, 1000, False, seed, False)
    start = time.process_time()
    for _ in range(searches):
        root = bot.mcts_search(state)
        assert root.explore_count == simulations
    return simulations * searches / (time.process_time() - start)


def partita_rate(program, simulations):
    out = subprocess.run(
        [program, f"--benchmark_filter=^connect_four/tree/{simulations}$", "--benchmark_format=json"],
        check=True, capture_output=True, text=True).stdout
    return json.loads(out)["benchmarks"][0]["simulations_per_second"]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program", help="the benchmark that meson builds from search.cpp")
    arguments.add_argument("--simulations", type=int, default=10_000, help="of one search; 1000, 10000 or 100000")
    arguments.add_argument("--turns", type=int, default=5)
    arguments.add_argument("--at-least", type=float, default=5)
    given = arguments.parse_args()
    searches = max(1, 100_000 // given.simulations)
    theirs, ours = [], []
    for turn in range(given.turns):
        theirs.append(open_spiel_rate(given.simulations, searches, turn + 1))
        ours.append(partita_rate(given.program, given.simulations))
        print(f"OpenSpiel {theirs[-1]:>12,.0f}/s   Partita {ours[-1]:>12,.0f}/s", flush=True)
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(f"medians of {given.turns} turns, {given.simulations} simulations a search: OpenSpiel "
          f"{statistics.median(theirs):,.0f}/s, Partita {statistics.median(ours):,.0f}/s, ratio {ratio:.2f}")
    return 0 if ratio >= given.at_least else 1


if __name__ == "__main__":
    raise SystemExit(main())
