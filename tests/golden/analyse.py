#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""partita analyse, as a user sees it. Prints `N passed, N failed`."""

import json
import sys

from _program import DATA, main, partita, work

MLP = DATA / "mlp.mlir"
LOOP = DATA / "loop.mlir"
TRAIN = DATA / "mlp_train.mlir"
TRANSFORMER = DATA / "t32.mlir.gz"


def _analysis_of(file, *arguments):
    out, _ = partita("analyse", file, *arguments, "--json")
    return json.loads(out)


def _arguments_of(colour):
    return {f"{at['argument']}.{at['dim']}" for at in colour["arguments"]}


def running_example_has_four_colours():
    # x[b,d] w1[d,h] -> [b,h]; [b,h] w2[h,o] -> [b,o].
    found = _analysis_of(MLP)
    assert [(c["size"], c["values"], c["reductions"], _arguments_of(c)) for c in found["colours"]] == [
        (256, 3, 0, {"x.0"}), (8, 2, 1, {"x.1", "w1.0"}), (16, 3, 1, {"w1.1", "w2.0"}), (8, 2, 0, {"w2.1"})
    ], found["colours"]
    assert found["conflicts"] == []
    out, _ = partita("analyse", MLP)
    assert "w1.1, w2.0" in out and "no conflicts" in out, out


def loop_sums_by_rows():
    # Five trips of x[r,c] @ w[c,c]. By rows of w each trip sums a partial x of 4 x 8 f32.
    (conflict,) = _analysis_of(LOOP, "--mesh", "m=4")["conflicts"]
    assert conflict["sides"] == ["w.0", "w.1"], conflict
    (cost,) = conflict["costs"]
    assert (cost["axis"], cost["devices"]) == ("m", 4), cost
    rows = cost["sides"][0]
    assert rows == {"gathered": 0, "reduced": 5 * 4 * 8 * 4, "collectives": 5, "whole_ops": 0}, rows
    assert cost["unsettled"]["whole_ops"] == 1, cost


def layers_of_one_kind_are_one_line():
    # Two layers: the scores of each are queries by keys.
    (conflict,) = _analysis_of(TRANSFORMER)["conflicts"]
    assert conflict["sets"] == 2 and not conflict["twisted"], conflict
    for cost in conflict["costs"]:
        for side in cost["sides"]:
            assert side["gathered"] < cost["unsettled"]["gathered"], cost


def state_is_a_part_of_its_parameter_s_family():
    families = _analysis_of(TRAIN)["families"]
    found = next(f for f in families if "params/l1/w" in f["parts"][0])
    assert found["parts"] == [["params/l1/w"], ["opt_state/m/l1/w", "opt_state/v/l1/w"]], found
    assert found["type"] == "tensor<8x16xf32>", found


def axis_that_divides_nothing_is_said():
    out, _ = partita("analyse", LOOP, "--mesh", "m=7")
    assert "no axis of the mesh divides 8" in out, out


def json_goes_where_it_is_sent():
    target = work() / "analysis.json"
    out, _ = partita("analyse", MLP, "--json", target)
    assert out == "" and json.loads(target.read_text()) == _analysis_of(MLP), out
    _, err = partita("analyse", target, "--json", target, status=2)
    assert "--json" in err, err


def mistakes_are_named():
    _, err = partita("analyse", DATA / "absent.mlir", status=2)
    assert "absent.mlir" in err, err
    _, err = partita("analyse", MLP, "--mesh", "m", status=2)
    assert "mesh" in err, err
    partita("analyse", status=2)


if __name__ == "__main__":
    sys.exit(main(__name__))
