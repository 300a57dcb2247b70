#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""What the program says to bad input: a place, a cause, a remedy; status 2; and nothing is lost.

Prints `N passed, N failed`.
"""

import gzip
import os
import stat
import subprocess
import sys

from _program import DATA, PARTITA, ROOT, counts, main, must_fail, partita, plan_of, work

BAD = DATA / "bad"
MLP = DATA / "mlp.mlir"
STEP = DATA / "mlp_train.mlir"
ZERO3 = ROOT / "examples/schedules/zero3.sched"
BP = 'shard<"batch">("x", 0)'
ON4 = ("--mesh", "batch=4")
PLAN = ("plan", MLP, *ON4, "--schedule", BP)

# Line of the mistake, and words that the message must have.
_PROGRAMS = {
    "cut_in_string": (2, "string.*not closed"),
    "defined_twice": (4, "%0.*defined twice"),
    "dim_beyond_rank": (3, r"dot_general.*\b5\b"),
    "element_count": (3, r"reshape.*\b32\b.*\b36\b"),
    "huge_dim": (2, "64 bits"),
    "huge_shape": (2, "64 bits"),
    "missing_return": (4, "return"),
    "negative_dim": (3, "-1"),
    "permutation_repeats": (3, r"transpose.*\b0\b.*twice"),
    "ragged_constant": (3, r"\b1\b.*\b2\b"),
    "recursive_call": (7, "recursive.*@again"),
    "returns_other_type": (2, "@main.*result"),
    "short_constant": (3, "tensor<4xf32>"),
    "slice_beyond_end": (3, r"slice.*\b5\b.*tensor<4xf32>"),
    "undefined_value": (3, "%later.*not defined"),
    "unequal_contraction": (3, r"dot_general.*\b4\b.*\b8\b"),
    "unknown_callee": (3, "@nowhere"),
    "unknown_element_type": (2, "f33"),
    "unknown_op": (3, "stablehlo.dot_specific"),
    "wrong_operand_type": (3, "%arg1.*tensor<8x2xf32>.*tensor<4x8xf32>"),
    "wrong_result_type": (3, "dot_general.*tensor<4x3xf32>.*tensor<4x2xf32>"),
}


# --- programs --------------------------------------------------------------------------------------------------

def each_bad_program_is_refused_at_its_line():
    files = {file.stem for file in BAD.glob("*.mlir")} - {"two_entries"}
    assert files == set(_PROGRAMS), files ^ set(_PROGRAMS)
    for name, (line, words) in _PROGRAMS.items():
        must_fail("fmt", BAD / f"{name}.mlir", saying=rf"^partita: .*{name}\.mlir:{line}:\d+: .*{words}")


def every_command_refuses_a_bad_program():
    file = BAD / "unequal_contraction.mlir"
    for arguments in (("inspect", file), ("rules", file), ("fmt", file), ("plan", file, *ON4, "--schedule", BP)):
        must_fail(*arguments, saying=r"unequal_contraction\.mlir:3:10:")


def which_function_to_plan_must_be_clear():
    must_fail("inspect", BAD / "two_entries.mlir", saying="@one.*@two")


def cut_text_is_refused_wherever_it_is_cut():
    text = MLP.read_bytes()
    # Up to the module's closing brace; locations that follow are not needed.
    end = text.index(b"\n} loc(#loc)") + 1
    for length in range(0, end, 37):
        must_fail("inspect", "-", stdin=text[:length], saying=r"^partita: .*:\d+:\d+: ")


def spoilt_bytes_never_crash():
    text = MLP.read_bytes()
    for place in range(0, text.index(b"#loc4"), 29):
        for byte in (b"\0", b"\xff", b"(", b"9", b"\"", b"%"):
            spoilt = text[:place] + byte + text[place + 1:]
            done = subprocess.run([PARTITA, "plan", "-", *ON4, "--schedule", BP], input=spoilt, capture_output=True,
                                  timeout=20)
            refused = done.stderr.startswith(b"partita: ")
            assert done.returncode == (2 if refused else 0), (place, byte, done.returncode, done.stderr[:500])


def empty_and_binary_files_are_refused():
    for content in (b"", b"\n\n  \n", bytes(range(256)) * 8, b"\x1f\x8b", b"\x1f", b"\xef\xbb\xbf", b"\0" * 4096):
        must_fail("fmt", "-", stdin=content, saying="^partita: <stdin>|^partita: -")


def packed_files_that_are_damaged_are_refused():
    packed = gzip.compress(MLP.read_bytes())
    for content in (packed[:200], packed[:-1], packed[:-8], packed[:10], packed[:100] + b"spoilt" + packed[106:],
                    packed[:-8] + bytes(8)):
        file = work() / "cut.mlir.gz"
        file.write_bytes(content)
        must_fail("inspect", file, saying=r"cut\.mlir\.gz: .*gzip.*(damaged|cut)")


def deep_nesting_is_refused():
    for content in (b"module {" * 20000, b"func.func @main() " + b"(" * 100000,
                    b"module @m { func.func @main() -> " + b"tuple<" * 100000,
                    b"#a = " + b"[" * 100000, b"#l = " + b"loc(" * 100000,
                    b"module { func.func @main() { %0 = stablehlo.constant dense<" + b"[" * 100000):
        must_fail("inspect", "-", stdin=content, saying=r":\d+:\d+: ")


def long_programs_are_fine():
    length = 20000
    lines = "".join(f"%v{i + 1} = stablehlo.negate %v{i} : tensor<4xf32>\n" for i in range(length))
    text = (f"module @m {{ func.func public @main(%v0: tensor<4xf32>) -> tensor<4xf32> {{\n{lines}"
            f"return %v{length} : tensor<4xf32> }} }}\n")
    out, _ = partita("inspect", "-", stdin=text.encode())
    assert "20,000 ops" in out, out[:500]


def sizes_that_overflow_together_are_refused():
    # 2^60 elements of 4 bytes fit in 63 bits; two of them do not.
    kind = f"tensor<{2 ** 60}xf32>"
    text = (f'module @m {{ func.func public @main(%a: {kind} loc("x"), %b: {kind} loc("y")) -> {kind} {{\n'
            f"%0 = stablehlo.add %a, %b : {kind}\nreturn %0 : {kind} }} }}\n").encode()
    must_fail("inspect", "-", stdin=text, saying="64 bits")
    must_fail("plan", "-", *ON4, "--schedule", BP, stdin=text, saying="64 bits")


def empty_tensors_are_fine():
    text = (b'module @m { func.func public @main(%a: tensor<0x8xf32> loc("x")) -> tensor<0x8xf32> {\n'
            b"%0 = stablehlo.negate %a : tensor<0x8xf32>\nreturn %0 : tensor<0x8xf32> } }\n")
    plan = plan_of("-", *ON4, "--schedule", BP, stdin=text)
    assert len(plan["tactics"][0]["not_applied"]) == 1 and plan["collectives"] == [], plan


# --- meshes, devices -------------------------------------------------------------------------------------------

def meshes_are_checked():
    for mesh, words in {
        "": "batch=8", "batch": "=", "batch=": "size", "batch=0": "1 or more", "batch=-4": "size",
        "batch=4,batch=2": "batch",
        "=4": "axis", "batch=4x": "','", "batch=4,": "axis", "batch=99999999999999999999": "devices",
        "batch=2147483648": "devices",
        "a=65536,b=65536": "devices", ",".join(f"a{i}=2" for i in range(9)): "8 axes", "b" * 40 + "=2": "31",
    }.items():
        must_fail("plan", MLP, "--mesh", mesh, "--schedule", BP, saying=["mesh", words])


def an_axis_of_size_one_changes_nothing():
    plan = plan_of(MLP, "--mesh", "batch=1,model=2", "--schedule", BP)
    assert plan["tactics"][0]["not_applied"] == [] and plan["inputs"][0]["sharding"] == [[], []], plan


def devices_are_checked():
    must_fail(*PLAN, "--device", "abacus", saying=["'abacus'", "tpu_v3"])
    must_fail(*PLAN, "--device", "", saying="tpu_v3")


# --- schedules -------------------------------------------------------------------------------------------------

def schedules_point_at_mistakes():
    for text, place, words in [
        ('shard<"batch">("y", 0)', "1:1", "no argument or result .*'y'.*'x'"),
        ('shard<"batch">("y*", 0)', "1:1", "no argument or result"),
        ('skip >> pin<"batch">("y")', "1:9", "no argument or result"),
        ('shard<"batch">(tagged("scores"), 0)', "1:1", "scores"),
        ('shard<"batch">("x", 2)', "1:1", "dim 2 .*2 dims"),
        ('shard<"batch">("x", -1)', "1:21", "counted from 0"),
        ('shard<"batch">("x", 99999999999999999999)', "1:21", "too large"),
        ('shard<"batch">("x")', None, "','|dim"),
        ('shard<batch>("x", 0)', "1:7", "quotes"),
        ('shard<"modle">("x", 0)', "1:1", "modle.*batch"),
        ('shard<"batch">("x", 0) >>', "1:26", "expected a tactic"),
        ('shard<"batch">("x", 0) + skip', "1:24", "expected|operator"),
        ('shard<"batch">("x, 0)', "1:16", "closing"),
        ('shard<"batch">("x", 0) * 0', "1:26", "1 time"),
        ('shard<"batch">("x", 0) * 1000000', "1:26", "10000"),
        ('shard<"batch">("x", 0) | skip', None, "alternatives"),
        ("automatic<\"batch\">(minimize(beauty))", "1:29", "step_time"),
        ("BP >> MP", "1:1", "not defined.*BP"),
        ("(" * 100000, None, "200|deep"),
        (" ", "1:2", "expected the schedule"),
        ("", "1:1", "expected the schedule"),
        ("# nothing", None, "expected the schedule"),
        ("A = skip", None, "expected the schedule"),
    ]:
        where = [] if place is None else [f"^partita: --schedule:{place}: "]
        must_fail("plan", MLP, *ON4, "--schedule", text, saying=[*where, words])


def schedule_files_are_named_with_line_and_column():
    file = work() / "bad.sched"
    file.write_text('# a comment\nBP = shard<"batch">("x", 0)\nBP >> MP\n')
    must_fail("plan", MLP, *ON4, "--schedule-file", file, saying=r"bad\.sched:3:7: .*MP")
    file.write_bytes(bytes(range(256)) * 4)
    must_fail("plan", MLP, *ON4, "--schedule-file", file, saying=r"bad\.sched:1:1: ")
    must_fail("plan", MLP, *ON4, "--schedule-file", MLP, saying=r"mlp\.mlir:\d+:\d+: ")


def a_scalar_has_no_dim_to_split():
    split = 'shard<"batch">("opt_state/count", 0)'
    must_fail("plan", STEP, *ON4, "--schedule", split, saying=["opt_state/count", "scalar"])


def goals_in_dollars_need_a_price():
    for goal in ("minimize(dollars)", "subject_to(dollars <= 1_USD)", "minimize(step_time / 1_s + dollars / 1_USD)"):
        must_fail("plan", MLP, *ON4, "--schedule", f'automatic<"batch">({goal})', saying="the price of tpu_v3 is not known.*--price")
    for price in ("0", "-1", "x"):
        must_fail("plan", MLP, *ON4, "--schedule", "skip", f"--price={price}", saying="--price")


def alternatives_need_a_goal():
    must_fail("plan", MLP, *ON4, "--schedule", 'skip | shard<"batch">("*", 0)', saying=r"only a search with a goal can take.*choose")
    must_fail("plan", MLP, *ON4, "--schedule", "choose(minimize(step_time)) | choose(minimize(peak_memory))", saying="different goals")


# --- what is asked and cannot be -------------------------------------------------------------------------------

def what_cannot_be_split_is_listed():
    # Of 256 rows 3 devices cannot have equal parts, nor can 512 devices.
    for size in (3, 512):
        plan = plan_of(MLP, "--mesh", f"batch={size}", "--schedule", BP)
        (reason,) = plan["tactics"][0]["not_applied"]
        assert "x dim 0" in reason and "256" in reason and str(size) in reason, reason
        assert counts(plan["tactics"][0]) == {} and plan["inputs"][0]["sharding"] == [[], []], plan
    out, _ = partita("plan", MLP, "--mesh", "batch=3", "--schedule", BP)
    assert "not applied, because" in out, out


def a_size_that_is_not_known_is_not_split():
    text = (b'module @m { func.func public @main(%a: tensor<?x8xf32> loc("x")) -> tensor<?x8xf32> {\n'
            b"return %a : tensor<?x8xf32> } }\n")
    plan = plan_of("-", *ON4, "--schedule", BP, stdin=text)
    assert len(plan["tactics"][0]["not_applied"]) == 1, plan


def an_earlier_tactic_is_not_undone():
    plan = plan_of(MLP, *ON4, "--schedule", f'{BP} >> shard<"batch">("x", 1)')
    assert plan["inputs"][0]["sharding"] == [["batch"], []], plan["inputs"]
    assert plan["tactics"][0]["not_applied"] == [] and len(plan["tactics"][1]["not_applied"]) == 1, plan["tactics"]


def wishes_that_contradict_one_another_are_dropped():
    for wishes in ('shard<"batch">("x", 0) * shard<"batch">("x", 1)', 'shard<"batch">("x", 0) * pin<"batch">("x")'):
        plan = plan_of(MLP, *ON4, "--schedule", wishes)
        assert plan["inputs"][0]["sharding"] == [[], []] and len(plan["tactics"][0]["not_applied"]) == 2, plan


# --- files and usage -------------------------------------------------------------------------------------------

def usage_is_checked():
    for arguments in [(), ("plan",), ("plan", MLP), ("dance", MLP), ("plan", MLP, *ON4), ("inspect", ""),
                      ("inspect", MLP, STEP),
                      ("plan", MLP, "--schedule", BP), (*PLAN, "--schedule-file", ZERO3), (*PLAN, "--outputs", "half"),
                      (*PLAN, *ON4), (*PLAN, "--json", ""), (*PLAN, "--causes", "-1"), (*PLAN, "--causes", "many"),
                      (*PLAN, "--wish", "1")]:
        must_fail(*arguments)
    partita("--help")
    partita("plan", "--help")


def files_that_cannot_be_read_are_named():
    must_fail("inspect", work() / "no.mlir", saying=r"no\.mlir: .*opened")
    must_fail("inspect", work(), saying="directory|folder")
    must_fail("plan", MLP, *ON4, "--schedule-file", work() / "no.sched", saying=r"no\.sched: .*opened")
    must_fail("plan", MLP, *ON4, "--schedule-file", work(), saying="directory|folder")


def standard_input_is_read_once():
    must_fail("plan", "-", *ON4, "--schedule-file", "-", stdin=MLP.read_bytes(), saying="standard input")


def files_that_cannot_be_written_are_named():
    for option in ("--json", "--emit", "--emit-annotated"):
        must_fail(*PLAN, option, work() / "no/plan", saying="no/plan: cannot be written")
        must_fail(*PLAN, option, work(), saying="folder")


def outputs_must_differ_from_one_another_and_from_inputs():
    program, schedule = work() / "program.mlir", work() / "a.sched"
    program.write_bytes(MLP.read_bytes())
    schedule.write_text(BP)
    same = work() / "same"
    arguments = ("plan", program, *ON4, "--schedule-file", schedule)
    must_fail(*arguments, "--json", same, "--emit", same, saying="same file")
    must_fail(*arguments, "--json", same, "--emit", work() / "." / "same", saying="same file")
    must_fail(*arguments, "--json", "-", "--emit", "-", saying="same file")
    must_fail(*arguments, "--emit-annotated", same, "--emit", same, saying="--emit and --emit-annotated.*same file")
    must_fail(*arguments, "--json", program, saying="input")
    must_fail(*arguments, "--emit", schedule, saying="input")
    assert program.read_bytes() == MLP.read_bytes() and schedule.read_text() == BP
    assert sorted(os.listdir(work())) == ["a.sched", "program.mlir"], os.listdir(work())


def failed_runs_leave_files_alone():
    kept, beside = work() / "plan.json", work() / "plan.json.partial"
    kept.write_text("kept")
    beside.write_text("beside")
    must_fail("plan", MLP, *ON4, "--schedule", 'shard<"batch">("y", 0)', "--json", kept)
    must_fail(*PLAN, "--json", kept, "--emit", work() / "no/local.mlir")
    assert kept.read_text() == "kept"
    partita(*PLAN, "--json", kept)
    assert kept.read_text().startswith("{") and beside.read_text() == "beside"
    assert sorted(os.listdir(work())) == ["plan.json", "plan.json.partial"], os.listdir(work())


def links_and_permissions_are_kept():
    target, link = work() / "target.json", work() / "link.json"
    target.write_text("old")
    target.chmod(0o600)
    link.symlink_to(target)
    partita(*PLAN, "--json", link)
    assert link.is_symlink() and target.read_text().startswith("{")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def pipes_are_written_in_place():
    pipe = work() / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE)
    partita(*PLAN, "--json", pipe)
    text, _ = reader.communicate(timeout=20)
    assert text.startswith(b"{") and stat.S_ISFIFO(os.stat(pipe).st_mode), text[:200]


def a_plan_on_standard_output_stands_alone():
    out, err = partita(*PLAN, "--json", "-")
    assert out.startswith("{") and out.rstrip().endswith("}") and "step time" in err, out[:200]
    out, err = partita(*PLAN, "--emit", "-")
    assert "func.func" in out and "step time" not in out and "step time" in err, out[:200]


def a_full_disk_is_an_error():
    if os.path.exists("/dev/full"):
        with open("/dev/full", "wb") as full:
            for arguments in (("fmt", MLP), PLAN):
                done = subprocess.run([PARTITA, *map(str, arguments)], stdout=full, stderr=subprocess.PIPE, timeout=20)
                assert done.returncode == 2 and b"standard output" in done.stderr, done
        must_fail(*PLAN, "--json", "/dev/full", saying="/dev/full: cannot be written")


def names_that_are_not_text_do_not_spoil_a_plan():
    text = MLP.read_bytes().replace(b'"x"', b'"x\xff"')
    plan = plan_of("-", *ON4, "--schedule", 'shard<"batch">("x*", 0)', stdin=text)
    x = plan["inputs"][0]
    assert x["name"].startswith("x") and x["sharding"] == [["batch"], []], x


def messages_hold_no_control_characters():
    _, err = partita("fmt", "-", stdin=b"\x1b[31mred\x07\x08\x00", status=2)
    assert not any(ord(c) < 32 and c != "\n" for c in err), repr(err)


if __name__ == "__main__":
    sys.exit(main(__name__))
