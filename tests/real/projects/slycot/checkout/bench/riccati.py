"""Algebraic Riccati equations with SB02MD: `python bench/riccati.py 60 5`."""

import json
import sys

import numpy as np
import slycot

n, count = int(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(3)
trace = residual = 0.0
for _ in range(count):
    a = rng.standard_normal((n, n)) / np.sqrt(n)
    b = rng.standard_normal((n, max(1, n // 4)))
    q = np.eye(n)
    g = b @ b.T
    x, *_ = slycot.sb02md(n, a.copy(), g.copy(), q.copy(), "C")
    left = q + a.T @ x + x @ a - x @ g @ x
    residual = max(residual, np.linalg.norm(left) / np.linalg.norm(x))
    trace += float(np.trace(x))
print(json.dumps({"trace": trace, "residual": float(residual)}))
