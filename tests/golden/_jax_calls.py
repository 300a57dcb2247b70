#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Partita Authors
# SPDX-License-Identifier: Apache-2.0
"""Functions of linear algebra and the like as JAX lowers them for CPUs, GPUs and TPUs, executed by `partita run` and
compared with what JAX computes on this CPU. Run by hand, by a Python with jax: PARTITA=build/examples/partita
python tests/golden/_jax_calls.py [NAME]. Lists the targets of custom calls that it met."""

import collections
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

import jax
import jax.numpy as jnp
import jax.scipy.linalg as scipy_linalg
import numpy as np
from jax import lax

from _program import PARTITA

DTYPES = {"F32": np.float32, "F64": np.float64, "I32": np.int32, "I64": np.int64, "BOOL": np.bool_, "C64": np.complex64,
          "U32": np.uint32}
NAMES = {np.dtype(d): n for n, d in DTYPES.items()}
random = np.random.default_rng(1)


def real(*dims):
    return random.standard_normal(dims).astype(np.float32)


def cplx(*dims):
    return (random.standard_normal(dims) + 1j * random.standard_normal(dims)).astype(np.complex64)


def definite(x):
    return x @ np.swapaxes(x.conj(), -1, -2) + np.eye(x.shape[-1], dtype=x.dtype)


def adjoint(x):
    return np.swapaxes(x.conj(), -1, -2)


def close(x, y):
    x, y = np.asarray(x), np.asarray(y)
    assert x.shape == y.shape, (x.shape, y.shape)
    scale = max(1.0, float(np.max(np.abs(y), initial=0)))
    assert np.allclose(x, y, rtol=0, atol=2e-4 * scale, equal_nan=True), float(np.max(np.abs(x - y)))


def same(inputs, ours, theirs):
    for x, y in zip(ours, theirs, strict=True):
        close(x, y)


def eigh(inputs, ours, theirs):
    w, v = ours
    close(w, theirs[0])
    close(inputs[0] @ v, v * w[..., None, :])
    close(adjoint(v) @ v, np.broadcast_to(np.eye(v.shape[-1]), v.shape))


def svd(inputs, ours, theirs):
    u, s, vh = ours
    close(s, theirs[1])
    k = s.shape[-1]
    close(u[..., :k] * s[..., None, :] @ vh[..., :k, :], inputs[0])
    close(adjoint(u) @ u, np.broadcast_to(np.eye(u.shape[-1]), (*u.shape[:-2], u.shape[-1], u.shape[-1])))
    close(vh @ adjoint(vh), np.broadcast_to(np.eye(vh.shape[-2]), (*vh.shape[:-2], vh.shape[-2], vh.shape[-2])))


def eigenvalues(w):
    return np.stack([x[np.lexsort((np.round(x.imag, 3), np.round(x.real, 3)))] for x in np.asarray(w)])


def eigvals(inputs, ours, theirs):
    close(eigenvalues(ours[0]), eigenvalues(theirs[0]))


def eig(inputs, ours, theirs):
    w, v = ours[0], ours[-1]
    eigvals(inputs, ours, theirs)
    close(inputs[0] @ v, v * w[..., None, :])
    close(np.linalg.norm(v, axis=-2), np.ones(w.shape))
    if len(ours) == 3:
        close(adjoint(ours[1]) @ inputs[0], w[..., None] * adjoint(ours[1]))


def schur(inputs, ours, theirs):
    t, u = ours
    close(u @ t @ adjoint(u), inputs[0])
    close(adjoint(u) @ u, np.broadcast_to(np.eye(u.shape[-1]), u.shape))


def sets(inputs, ours, theirs):
    """Top k: as a set, since equal recall is what the call promises."""
    close(np.sort(ours[0], -1), np.sort(theirs[0], -1))


def pivoted(inputs, ours, theirs):
    q, r, p = ours
    close(q @ r, np.take_along_axis(inputs[0], p[:, None, :], 2))
    close(np.abs(r), np.abs(theirs[1]))


linalg = lax.linalg
TAUS = (real(3, 5, 4), 0.3 * real(3, 4))
CASES = {
    "eigh": (jnp.linalg.eigh, [definite(real(3, 4, 4))], eigh),
    "eigh_complex": (jnp.linalg.eigh, [definite(cplx(3, 4, 4))], eigh),
    "eigvalsh": (jnp.linalg.eigvalsh, [definite(real(3, 4, 4))], same),
    "svd": (jnp.linalg.svd, [real(3, 5, 4)], svd),
    "svd_wide": (jnp.linalg.svd, [real(3, 4, 5)], svd),
    "svd_complex": (jnp.linalg.svd, [cplx(3, 5, 4)], svd),
    "svd_thin": (lambda a: jnp.linalg.svd(a, full_matrices=False), [real(3, 5, 4)], svd),
    "svd_values": (lambda a: jnp.linalg.svd(a, compute_uv=False), [real(3, 5, 4)], same),
    "svd_qr": (lambda a: linalg.svd(a, algorithm=linalg.SvdAlgorithm.QR), [real(3, 5, 4)],
               svd),
    "svd_qr_wide": (lambda a: linalg.svd(a, algorithm=linalg.SvdAlgorithm.QR), [real(3, 4, 5)],
                    svd),
    "eig": (jnp.linalg.eig, [real(3, 5, 5)], eig),
    "eig_both": (linalg.eig, [real(3, 5, 5)], eig),
    "eig_complex": (linalg.eig, [cplx(3, 5, 5)], eig),
    "eigvals": (jnp.linalg.eigvals, [real(3, 5, 5)], eigvals),
    "schur": (linalg.schur, [real(3, 5, 5)], schur),
    "schur_complex": (linalg.schur, [cplx(3, 5, 5)], schur),
    "sqrtm": (scipy_linalg.sqrtm, [definite(real(4, 4))], same),
    "qr": (jnp.linalg.qr, [real(3, 5, 4)], same),
    "qr_complex": (jnp.linalg.qr, [cplx(3, 5, 4)], same),
    "qr_full": (lambda a: jnp.linalg.qr(a, mode="complete"), [real(3, 5, 4)], same),
    "qr_pivoted": (lambda a: linalg.qr(a, pivoting=True), [real(3, 5, 4)], pivoted),
    "lu": (linalg.lu, [real(3, 5, 4)], same),
    "slogdet": (jnp.linalg.slogdet, [real(3, 4, 4)], same),
    "det": (jnp.linalg.det, [real(3, 5, 5)], same),
    "inv": (jnp.linalg.inv, [definite(real(3, 4, 4))], same),
    "solve": (jnp.linalg.solve, [definite(real(3, 4, 4)), real(3, 4, 2)], same),
    "cholesky": (jnp.linalg.cholesky, [definite(real(3, 4, 4))], same),
    "cholesky_complex": (jnp.linalg.cholesky, [definite(cplx(3, 4, 4))], same),
    "triangular_solve": (lambda a, b: linalg.triangular_solve(a, b, left_side=True), [definite(real(3, 4, 4)), real(3, 4, 2)],
                         same),
    "hessenberg": (linalg.hessenberg, [real(3, 5, 5)], same),
    "hessenberg_complex": (linalg.hessenberg, [cplx(3, 5, 5)], same),
    "tridiagonal": (linalg.tridiagonal, [definite(real(3, 5, 5))], same),
    "tridiagonal_upper": (lambda a: linalg.tridiagonal(a, lower=False), [definite(real(3, 5, 5))], same),
    "tridiagonal_complex": (linalg.tridiagonal, [definite(cplx(3, 5, 5))], same),
    "tridiagonal_solve": (linalg.tridiagonal_solve, [real(3, 5), real(3, 5), real(3, 5), real(3, 5, 2)], same),
    "householder_product": (linalg.householder_product, list(TAUS), same),
    "ormqr": (lambda a, t, c: linalg.ormqr(a, t, c), [*TAUS, real(3, 5, 2)], same),
    "ormqr_right": (lambda a, t, c: linalg.ormqr(a, t, c, left=False, transpose=True), [*TAUS, real(3, 2, 5)], same),
    "lu_pivots_to_permutation": (lambda p: linalg.lu_pivots_to_permutation(p, 5),
                                 [np.array([[2, 3, 4, 3], [0, 1, 2, 3]], np.int32)], same),
    "cholesky_update": (linalg.cholesky_update, [np.triu(definite(real(4, 4))), real(4)], same),
    "symmetric_product": (lambda a, c: linalg.symmetric_product(a, c, symmetrize_output=True),
                          [real(4, 3), definite(real(4, 4))], same),
    "pinv": (jnp.linalg.pinv, [real(5, 4)], same),
    "lstsq": (lambda a, b: jnp.linalg.lstsq(a, b)[0], [real(5, 4), real(5, 2)], same),
    "expm": (scipy_linalg.expm, [real(4, 4)], same),
    "polar": (scipy_linalg.polar, [real(5, 4)], same),
    "top_k": (lambda a: lax.top_k(a, 3), [real(3, 100)], same),
    "approx_max_k": (lambda a: lax.approx_max_k(a, 3), [real(3, 100)], sets),
    "approx_min_k": (lambda a: lax.approx_min_k(a, 3, reduction_dimension=0), [real(100, 3)],
                     lambda i, o, t: sets(i, [o[0].T], [t[0].T])),
    "random_bits": (lambda k: jax.random.bits(k, (8,)), [np.array([1, 2], np.uint32)], same),
}


def write(path, arrays):
    header, body = {}, b""
    for name, a in arrays.items():
        data = np.ascontiguousarray(a).tobytes()
        header[name] = {"dtype": NAMES[a.dtype], "shape": a.shape, "data_offsets": [len(body), len(body) + len(data)]}
        body += data
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def read(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    body, header = data[8 + size:], json.loads(data[8:8 + size])
    arrays = {}
    for name, t in header.items():
        if name != "__metadata__":
            begin, end = t["data_offsets"]
            arrays[name] = np.frombuffer(body[begin:end], DTYPES[t["dtype"]]).reshape(t["shape"])
    return arrays


def bare(name):
    """result[0], result/0 and result.U as they are told apart: 0, U."""
    return re.sub(r"^result|[^\w]", "", name)


def run(text, inputs, folder):
    (folder / "program.mlir").write_text(text)
    names = re.findall(r"%(arg\d+): tensor", text[text.index("func.func public @main"):])
    write(folder / "in", dict(zip(dict.fromkeys(names), inputs)))
    done = subprocess.run([PARTITA, "run", folder / "program.mlir", "--inputs", folder / "in", "--outputs", folder / "out"],
                          capture_output=True, text=True, timeout=100)
    if done.returncode != 0:
        raise AssertionError(done.stderr.strip()[-600:])
    signature = text[text.index("func.func public @main"):].split("{\n", 1)[0]
    order = re.findall(r'jax.result_info = "([^"]*)"', signature)
    outputs = {bare(name): a for name, a in read(folder / "out").items()}
    return [outputs[bare(name)] for name in order]


def main():
    counts, targets = collections.Counter(), collections.defaultdict(set)
    for name, (function, inputs, check) in CASES.items():
        if len(sys.argv) > 1 and sys.argv[1] not in name:
            continue
        theirs = [np.asarray(x) for x in jax.tree.leaves(jax.jit(function)(*inputs))]
        for platform in ("cpu", "cuda", "rocm", "tpu"):
            try:
                text = jax.jit(function).trace(*inputs).lower(lowering_platforms=(platform,)).as_text()
            except Exception:  # pylint: disable=broad-except  # not there on this platform
                continue
            for target in re.findall(r"stablehlo\.custom_call @([\w.]+)", text):
                targets[target].add(platform)
            with tempfile.TemporaryDirectory() as folder:
                try:
                    check(inputs, run(text, inputs, pathlib.Path(folder)), theirs)
                    counts["passed"] += 1
                except Exception as e:  # pylint: disable=broad-except
                    if "no meaning is known" in str(e):
                        counts["unknown"] += 1
                        continue
                    counts["failed"] += 1
                    print(f"{name} on {platform}: {type(e).__name__} {e}")
    for target in sorted(targets):
        print(f"{target}: {', '.join(sorted(targets[target]))}")
    print(f"{counts['unknown']} of unknown targets")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return counts["failed"] != 0


if __name__ == "__main__":
    sys.exit(main())
