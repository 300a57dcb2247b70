#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""f(x, w1, w2) = (x @ w1) @ w2 with x 256x8, w1 8x16, w2 16x8 of f32 on 4 x 2 devices: every number by hand.

Prints `N passed, N failed`.
"""

import json
import re
import sys

from _program import DATA, bytes_of, counts, main, partita, plan_of, work

MLP = DATA / "mlp.mlir"
LOOP = DATA / "loop.mlir"
MESH = ("--mesh", "batch=4,model=2")
BP = 'shard<"batch">("x", 0)'
MP = 'shard<"model">("w1", 1)'
Z3 = 'shard<"batch">("w1", 0) * shard<"batch">("w2", 1)'
ALL = ("--schedule", f"{BP} >> {MP} >> {Z3}")


def each_tactic_has_its_collectives():
    # Rows split over batch need nothing. h = x @ w1 split along w1's columns makes the second product a sum of two
    # parts: one all_reduce. Parameters that rest split over batch are gathered where they are used: two all_gathers.
    found = [counts(tactic) for tactic in plan_of(MLP, *MESH, *ALL)["tactics"]]
    assert found == [{}, {"all_reduce": 1}, {"all_gather": 2, "all_reduce": 1}], found


def bytes_are_those_of_the_larger_side_on_one_device():
    # all_reduce: 256/4 x 8 x 4 B = 2048. all_gather: w1 8 x 16/2 x 4 B = 256 and w2 16/2 x 8 x 4 B = 256.
    found = [bytes_of(tactic) for tactic in plan_of(MLP, *MESH, *ALL)["tactics"]]
    assert found == [{}, {"all_reduce": 2048}, {"all_gather": 512, "all_reduce": 2048}], found


def memory_is_what_lives_at_once():
    # In bytes. BP: x 2048, w1 512, w2 512, h 64x16x4 = 4096, y 64x8x4 = 2048.
    # MP: x 2048, w1 256, w2 256, h 64x8x4 = 2048, y 2048; the same when y's parts are summed and h is dead.
    # Z3: x 2048, w1 64, w2 64 and, at the second product, w2 gathered 256, h 2048, y 2048.
    found = [tactic["peak_memory_bytes"] for tactic in plan_of(MLP, *MESH, *ALL)["tactics"]]
    assert found == [9216, 6656, 6528], found


def shardings_of_inputs_and_outputs():
    plan = plan_of(MLP, *MESH, *ALL)
    found = {value["name"]: (value["shape"], value["type"], value["sharding"])
             for value in plan["inputs"] + plan["outputs"]}
    assert found == {
        "x": ([256, 8], "f32", [["batch"], []]),
        "w1": ([8, 16], "f32", [["batch"], ["model"]]),
        "w2": ([16, 8], "f32", [["model"], ["batch"]]),  # that model splits w2's rows is inferred
        "result": ([256, 8], "f32", [["batch"], []]),
    }, found


def every_collective_has_its_cause():
    found = plan_of(MLP, *MESH, *ALL)["collectives"]
    assert sorted((c["op"], c["axes"], c["count"], c["bytes"]) for c in found) == [
        ("all_gather", ["batch"], 1, 256), ("all_gather", ["batch"], 1, 256), ("all_reduce", ["model"], 1, 2048)], found
    gathered = sorted(c["value"] for c in found if c["op"] == "all_gather")
    assert gathered == ["w1", "w2"], gathered
    for collective in found:
        asks = MP if collective["op"] == "all_reduce" else Z3
        assert asks in collective["cause"] and "dot_general" in collective["cause"], collective


def schema_has_these_keys_in_this_order():
    plan = plan_of(MLP, *MESH, *ALL)
    assert list(plan) == ["mesh", "device", "schedule", "tactics", "inputs", "outputs", "collectives"], list(plan)
    assert list(plan["mesh"].items()) == [("batch", 4), ("model", 2)] and plan["device"] == "tpu_v3"
    for tactic in plan["tactics"]:
        assert {"name", "collectives", "step_time_s", "peak_memory_bytes", "conflicts"} <= set(tactic), tactic
        assert list(tactic["collectives"]) == ["all_gather", "all_reduce", "reduce_scatter", "all_to_all",
                                               "collective_permute", "all_slice"], tactic
        assert all(set(total) == {"count", "bytes"} for total in tactic["collectives"].values()), tactic
        assert tactic["step_time_s"] > 0 and tactic["conflicts"] == 0, tactic
    for value in plan["inputs"] + plan["outputs"]:
        assert list(value) == ["name", "shape", "type", "sharding"], value
        assert len(value["sharding"]) == len(value["shape"]), value
    for collective in plan["collectives"]:
        assert list(collective) == ["op", "axes", "count", "bytes", "value", "cause"], collective


def tactics_are_called_as_in_the_file_else_by_their_expression():
    file = work() / "three.sched"
    file.write_text(f"# names\nBP = {BP}\nMP = {MP}\nBP >> MP >> {Z3}\n")
    found = [tactic["name"] for tactic in plan_of(MLP, *MESH, "--schedule-file", file)["tactics"]]
    assert found == ["BP", "MP", Z3], found


def schedule_of_a_plan_gives_the_plan_again():
    plan = plan_of(MLP, *MESH, *ALL)
    assert plan_of(MLP, *MESH, "--schedule", plan["schedule"]) == plan


def found_schedule_makes_the_plan_without_a_search():
    found = plan_of(MLP, *MESH, "--schedule", f'{BP} >> automatic<"model">(minimize(peak_memory))')
    assert list(found["search"]) == ["evaluations", "best_at", "schedule"], found["search"]
    assert 0 < found["search"]["best_at"] <= found["search"]["evaluations"], found["search"]
    text = found["search"]["schedule"]
    assert BP in text and "automatic" not in text and text.count("shard") <= 4, text
    again = plan_of(MLP, *MESH, "--schedule", text)
    assert "search" not in again, again
    for key in ("inputs", "outputs"):
        assert again[key] == found[key], again
    for key in ("collectives", "step_time_s", "peak_memory_bytes", "conflicts"):
        assert again["tactics"][-1][key] == found["tactics"][-1][key], again
    out, _ = partita("plan", MLP, *MESH, "--schedule", f'{BP} >> automatic<"model">(minimize(peak_memory))')
    assert all(line in out for line in text.splitlines()), out


def emitted_program_is_stablehlo_for_each_device():
    # Global shapes outside and those of one device within. Devices are numbered row-major: model, the last axis, joins
    # neighbours, and batch every second device.
    text, _ = partita("plan", MLP, *MESH, *ALL, "--emit", "-")
    assert "mhlo.num_partitions = 8 : i32" in text and 'sdy.mesh @mesh = <["batch"=4, "model"=2]>' in text, text
    for argument, sharding in {
        ('256x8', "x"): '{"batch"}, {}', ('8x16', "w1"): '{"batch"}, {"model"}', ('16x8', "w2"): '{"model"}, {"batch"}',
    }.items():
        shape, name = argument
        assert f'tensor<{shape}xf32> {{sdy.sharding = #sdy.sharding<@mesh, [{sharding}]>}} loc("{name}")' in text, text
    body = re.search(r'in_shardings = (\[.*\]) out_shardings = (\[.*\]) manual_axes = (\{.*\}) \((.*)\) \{', text)
    assert body.group(1) == ('[<@mesh, [{"batch"}, {}]>, <@mesh, [{"batch"}, {"model"}]>, '
                             '<@mesh, [{"model"}, {"batch"}]>]'), text
    assert body.group(2, 3) == ('[<@mesh, [{"batch"}, {}]>]', '{"batch", "model"}'), text
    assert re.findall(r"tensor<(\w+)xf32>", body.group(4)) == ["64x8", "2x8", "8x2"], text
    groups = re.findall(r'"stablehlo\.(\w+)".*?replica_groups = dense<(\[\[.*?\]\])>', text)
    by_batch, by_model = "[[0, 2, 4, 6], [1, 3, 5, 7]]", "[[0, 1], [2, 3], [4, 5], [6, 7]]"
    assert groups == [("all_gather", by_batch), ("all_gather", by_batch), ("all_reduce", by_model)], groups
    assert "partita." not in text, text


def annotated_program_is_the_original_with_shardings():
    text, _ = partita("plan", MLP, *MESH, *ALL, "--emit-annotated", "-")
    assert re.findall(r"#sdy.sharding<@mesh, \[(.*?)\]>", text) == [
        '{"batch"}, {}', '{"batch"}, {"model"}', '{"model"}, {"batch"}', '{"batch"}, {}'], text
    assert "mhlo.num_partitions = 8 : i32" in text and "all_" not in text and text.count("dot_general ") == 2, text


def printing_inlines_calls():
    text, _ = partita("fmt", DATA / "mlp_train.mlir")
    assert " call @" not in text and text.count("func.func") == 1, text


def results_that_must_be_whole_are_gathered():
    # y is 256 x 8 x 4 B = 8192 B.
    plan = plan_of(MLP, "--mesh", "batch=4", "--schedule", BP, "--outputs", "whole")
    assert bytes_of(plan["tactics"][0]) == {"all_gather": 8192}, plan["tactics"]
    assert plan["outputs"][0]["sharding"] == [[], []], plan["outputs"]


def sum_whose_parts_go_apart_is_a_reduce_scatter():
    # The operand, 256 x 8 x 4 B, is the larger side.
    plan = plan_of(MLP, "--mesh", "model=2", "--schedule", f'{MP} >> shard<"model">("result", 1)', "--outputs", "infer")
    assert bytes_of(plan["tactics"][1]) == {"reduce_scatter": 8192}, plan["tactics"]
    assert plan["outputs"][0]["sharding"] == [[], ["model"]], plan["outputs"]


def loops_multiply():
    # Five rounds of h = h @ w with w split along its rows: h stays split along its columns, so each round sums
    # 4 x 8 x 4 B = 128 B and keeps a part.
    plan = plan_of(LOOP, "--mesh", "model=2", "--schedule", 'shard<"model">("w", 0)')
    assert counts(plan["tactics"][0]) == {"reduce_scatter": 5}, plan["tactics"]
    assert bytes_of(plan["tactics"][0]) == {"reduce_scatter": 640}, plan["tactics"]
    assert [(c["count"], c["bytes"]) for c in plan["collectives"]] == [(5, 640)], plan["collectives"]


def inspection_counts_flops():
    # 2 x 256 x 16 x 8 for each product.
    out, _ = partita("inspect", MLP)
    assert re.search(r"\b1\.311e\+05 flops\b|\b131,?072 flops\b|\b131\.?1 k", out), out
    assert re.search(r"\b2\s+stablehlo\.dot_general\b", out), out
    for argument in ("x  tensor<256x8xf32>", "w1  tensor<8x16xf32>", "w2  tensor<16x8xf32>"):
        assert argument in out, out


def rules_are_those_of_a_product():
    out, _ = partita("rules", MLP)
    assert out.splitlines() == [
        "stablehlo.dot_general  ([i, k], [k, j])->([i, j]) {i=256, j=16, k=8} reduction={k}",
        "stablehlo.dot_general  ([i, k], [k, j])->([i, j]) {i=256, j=8, k=16} reduction={k}",
    ], out


def table_shows_bytes_and_memory():
    out, _ = partita("plan", MLP, *MESH, *ALL)
    last = next(line for line in out.splitlines() if 'shard<"batch">("w1"' in line)
    assert re.search(r"\b2\s+512 B\s+1\s+2\.0 kB\b", last) and "6.4 KiB" in last, out
    assert "16.0 GiB" in out, out  # tpu_v3: 16 GiB for each core
    assert "every requested tile applied; 0 conflicts" in out, out


def explanation_names_the_gathered_parameter():
    out, _ = partita("plan", MLP, *MESH, *ALL, "--explain")
    assert re.search(r"256 B\s+all_gather batch\s+1 x .*\bw1\b", out), out
    few, _ = partita("plan", MLP, *MESH, *ALL, "--explain", "--causes", "1")
    assert "all_reduce model" in few and "all_gather batch" not in few, few


def goals_that_cannot_be_met_end_with_one():
    # Split four ways, the arguments alone take 9216 / 4 = 2304 B.
    target = work() / "plan.json"
    wish = 'automatic<"batch">(minimize(step_time), subject_to(peak_memory <= 1_KiB))'
    _, err = partita("plan", MLP, "--mesh", "batch=4", "--schedule", wish, "--json", target, status=1)
    assert re.search(r"peak_memory .* 1\.0 KiB", err), err
    assert json.loads(target.read_text())["tactics"][0]["peak_memory_bytes"] >= 2304


def goals_that_are_met_end_with_zero():
    # Unsplit: x 8192, w1 512, w2 512, h 16384, y 8192: 33 KiB; nothing moves.
    wish = 'automatic<"batch">(minimize(step_time), subject_to(peak_memory <= 33_KiB, communicated_bytes <= 8_kB))'
    partita("plan", MLP, "--mesh", "batch=4", "--schedule", wish)


def nothing_asked_is_nothing_done():
    for schedule in ("skip", 'shard<"one">("x", 0)'):
        plan = plan_of(MLP, "--mesh", "one=1", "--schedule", schedule)
        assert all(axes == [] for value in plan["inputs"] + plan["outputs"] for axes in value["sharding"]), plan
        assert plan["collectives"] == [], plan["collectives"]


if __name__ == "__main__":
    sys.exit(main(__name__))
