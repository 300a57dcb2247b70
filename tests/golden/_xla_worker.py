#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Does jobs with JAX's MLIR and XLA: a JSON object a line on standard input, a line of JSON with what went wrong
(null: nothing) on standard output. Runs under a Python that has jax; nothing of Partita is imported, and programs
go to XLA as they stand in their files.

  {"parse": FILE, "or": FILE}    MLIR accepts the first file; "unjudged" when it accepts neither
  {"run": FILE, "plan": PLAN.json, "inputs": SAFETENSORS, "outputs": SAFETENSORS, "tolerance": T}
      every device's part of every result is within T of the result's largest magnitude; "but": WORD leaves out
      results with that word in their name
  {"run": FILE, "plan": PLAN.json, "whole": FILE, "tolerance": T}
      the same with random inputs; outputs are those of `whole` on one device
"""

import json
import os
import struct
import sys

os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + (
    " --xla_force_host_platform_device_count=8 --xla_backend_optimization_level=0"
    " --xla_llvm_disable_expensive_passes=true")
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["JAX_ENABLE_X64"] = "1"

import jax  # noqa: E402
import ml_dtypes  # noqa: E402
import numpy as np  # noqa: E402
from jax._src import compiler  # noqa: E402
from jax._src.interpreters import mlir  # noqa: E402
from jax._src.lib import xla_client  # noqa: E402
from jax.sharding import Mesh, NamedSharding, PartitionSpec  # noqa: E402
from jaxlib.mlir import ir  # noqa: E402

TYPES = {"f64": np.float64, "f32": np.float32, "f16": np.float16, "bf16": ml_dtypes.bfloat16, "i64": np.int64,
         "i32": np.int32, "i16": np.int16, "i8": np.int8, "ui64": np.uint64, "ui32": np.uint32, "ui16": np.uint16,
         "ui8": np.uint8, "i1": np.bool_}
SAVED = {"F64": "f64", "F32": "f32", "F16": "f16", "BF16": "bf16", "I64": "i64", "I32": "i32", "I16": "i16",
         "I8": "i8", "U64": "ui64", "U32": "ui32", "U16": "ui16", "U8": "ui8", "BOOL": "i1"}


def read_tensors(file):
    with open(file, "rb") as stream:
        data = stream.read()
    (length,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name != "__metadata__":
            first, last = entry["data_offsets"]
            tensors[name] = np.frombuffer(data[8 + length + first:8 + length + last],
                                          TYPES[SAVED[entry["dtype"]]]).reshape(entry["shape"])
    return tensors


def parse(file):
    with open(file, encoding="utf-8") as stream:
        text = stream.read()
    with mlir.make_ir_context():
        return ir.Module.parse(text)


def load(file):
    """The program, compiled for as many devices as it says."""
    module = parse(file)
    attributes = module.operation.attributes
    count = ir.IntegerAttr(attributes["mhlo.num_partitions"]).value if "mhlo.num_partitions" in attributes else 1
    devices = jax.devices()[:count]
    options = compiler.get_compile_options(num_replicas=1, num_partitions=count,
                                           device_assignment=np.array(devices, dtype=object).reshape(1, count))
    options.executable_build_options.use_spmd_partitioning = count > 1
    options.executable_build_options.use_shardy_partitioner = True
    return compiler.backend_compile_and_load(devices[0].client, module, xla_client.DeviceList(tuple(devices)), options,
                                             []), devices


def shardings(values, mesh):
    return [NamedSharding(mesh, PartitionSpec(*[tuple(axes) or None for axes in value["sharding"]]))
            for value in values]


def execute(program, arrays):
    """What each device returns, by result."""
    return [[np.asarray(part) for part in parts]
            for parts in program.execute_sharded(arrays).disassemble_into_single_device_arrays()]


def random_inputs(values):
    """Floats of a normal distribution; integers are counters, indices or flags, and small."""
    random = np.random.default_rng(1)
    return [random.standard_normal(value["shape"]).astype(TYPES[value["type"]]) if "f" in value["type"] else
            random.integers(0, 2, value["shape"]).astype(TYPES[value["type"]]) for value in values]


def difference(got, want):
    """The largest, relative to the largest magnitude that is wanted; infinite when shapes or what is not finite
    differ."""
    if got.shape != want.shape or got.dtype != want.dtype:
        return f"is {got.dtype}{got.shape}, not {want.dtype}{want.shape}"
    got, want = got.astype(np.float64), want.astype(np.float64)
    finite = np.isfinite(want)
    if not np.array_equal(got[~finite], want[~finite], equal_nan=True):
        return "differs where it is not finite"
    return np.abs(got - want, where=finite, out=np.zeros(got.shape)).max(initial=0)


def run(job):
    with open(job["plan"], encoding="utf-8") as stream:
        plan = json.load(stream)
    if "whole" in job:
        inputs = random_inputs(plan["inputs"])
        program, devices = load(job["whole"])
        outputs = [parts[0] for parts in execute(program, [jax.device_put(x, devices[0]) for x in inputs])]
    else:
        saved, expected = read_tensors(job["inputs"]), read_tensors(job["outputs"])
        inputs = [saved[value["name"]] for value in plan["inputs"]]
        outputs = [expected[value["name"]] for value in plan["outputs"]]
    program, devices = load(job["run"])
    mesh = Mesh(np.array(devices, dtype=object).reshape(list(plan["mesh"].values())), tuple(plan["mesh"]))
    arrays = [jax.device_put(x, sharding) for x, sharding in zip(inputs, shardings(plan["inputs"], mesh))]
    results = execute(program, arrays)
    if len(results) != len(outputs):
        return f"{len(results)} results, not {len(outputs)}"
    for value, sharding, want, parts in zip(plan["outputs"], shardings(plan["outputs"], mesh), outputs, results):
        if "but" in job and job["but"] in value["name"]:
            continue
        finite = np.abs(want.astype(np.float64))
        scale = finite[np.isfinite(finite)].max(initial=0) or 1
        places = sharding.devices_indices_map(want.shape)
        for device, got in zip(devices, parts):
            found = difference(got, want[places[device]])
            if isinstance(found, str) or found > job["tolerance"] * scale:
                return f"{value['name']} on device {device.id} " + (
                    found if isinstance(found, str) else f"is off by {found / scale:.1e} of its largest magnitude")
    return None


def accepts(file):
    try:
        parse(file)
    except (ir.MLIRError, UnicodeDecodeError) as error:
        return str(error)[:600]
    return None


def do(job):
    try:
        if "run" in job:
            return run(job)
        why = accepts(job["parse"])
        return why and ("unjudged" if accepts(job["or"]) else why)
    except Exception as error:  # whatever it is, it is the result of this job
        return f"{type(error).__name__}: {str(error)[:600]}"


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(do(json.loads(line))), flush=True)
