#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""The interpreter on one device beside XLA on one processor core, on the small models of PARTITA_SHARED.

    pip install jax==0.10.2
    python3 bench/runtime/interpret_jax.py build/bench/bench_interpret

XLA gets the same program and the same inputs, compiles before any clock runs, and is run once to warm up. The two take
turns; what is compared is processor time of a run, since the machine may do other things. Medians of the turns and
their ratio are printed. XLA compiles whole programs for the machine, and an interpreter checks and runs op by op: a
ratio of one is not what is aimed at.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import struct
import subprocess
import time

os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "1"

import jax  # noqa: E402
import ml_dtypes  # noqa: E402
import numpy as np  # noqa: E402
from jax._src import compiler  # noqa: E402
from jax._src.interpreters import mlir  # noqa: E402
from jax._src.lib import xla_client  # noqa: E402
from jaxlib.mlir import ir  # noqa: E402

SAVED = {"F64": np.float64, "F32": np.float32, "F16": np.float16, "BF16": ml_dtypes.bfloat16, "I64": np.int64,
         "I32": np.int32, "I16": np.int16, "I8": np.int8, "U64": np.uint64, "U32": np.uint32, "U16": np.uint16,
         "U8": np.uint8, "BOOL": np.bool_}


def read_tensors(file):
    data = file.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name != "__metadata__":
            first, last = entry["data_offsets"]
            tensors[name] = np.frombuffer(data[8 + length + first:8 + length + last],
                                          SAVED[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def path_of(location):
    """loc("params['w'][0]") is params/w/0."""
    return re.sub(r"\['([^']*)'\]|\[(\d+)\]|\.(\w+)", r"/\1\2\3", location[len('loc("'):-len('")')])


class Xla:
    def __init__(self, file, inputs):
        with mlir.make_ir_context():
            module = ir.Module.parse(file.read_text())
            main = next(f for f in module.body.operations if ir.StringAttr(f.attributes["sym_name"]).value == "main")
            names = [path_of(str(a.location)) for a in main.regions[0].blocks[0].arguments]
        device = jax.devices()[0]
        options = compiler.get_compile_options(num_replicas=1, num_partitions=1,
                                               device_assignment=np.array([[device]], dtype=object))
        self.program = compiler.backend_compile_and_load(device.client, module, xla_client.DeviceList((device,)),
                                                         options, [])
        self.arguments = [jax.device_put(inputs[name], device) for name in names]
        self.run()

    def run(self):
        for part in self.program.execute_sharded(self.arguments).disassemble_into_single_device_arrays():
            jax.block_until_ready(part)

    def seconds(self, at_least=0.3):
        runs, start = 0, time.process_time()
        while runs == 0 or time.process_time() - start < at_least:
            self.run()
            runs += 1
        return (time.process_time() - start) / runs


def partita_seconds(program, name):
    out = subprocess.run([program, f"--benchmark_filter=^one_device/{name}$", "--benchmark_format=json",
                          "--benchmark_min_time=0.3"], check=True, capture_output=True, text=True).stdout
    return json.loads(out)["benchmarks"][0]["cpu_time"] * 1e-3


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program", help="the benchmark that meson builds from interpret.cpp")
    arguments.add_argument("--turns", type=int, default=3)
    given = arguments.parse_args()
    folder = pathlib.Path(os.environ.get("PARTITA_SHARED") or "../shared") / "models" / "tiny"
    print(f"{'model':<16}{'XLA':>12}{'Partita':>12}{'ratio':>9}")
    for file in sorted(folder.glob("*.mlir")):
        xla = Xla(file, read_tensors(file.with_suffix(".in.safetensors")))
        theirs, ours = [], []
        for _ in range(given.turns):
            theirs.append(xla.seconds())
            ours.append(partita_seconds(given.program, file.stem))
        theirs, ours = statistics.median(theirs), statistics.median(ours)
        print(f"{file.stem:<16}{theirs * 1e3:>9.3f} ms{ours * 1e3:>9.3f} ms{ours / theirs:>9.1f}", flush=True)


if __name__ == "__main__":
    main()
