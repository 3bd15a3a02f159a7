"""Continuous and discrete Lyapunov equations with SB03MD: `python bench/lyapunov.py C 180 3`."""

import json
import sys

import numpy as np
import slycot

dico, n, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rng = np.random.default_rng(42)
trace = residual = 0.0
for _ in range(count):
    a = rng.standard_normal((n, n)) / np.sqrt(n)
    a = a - 2 * np.eye(n) if dico == "C" else a / 2
    c = rng.standard_normal((n, n))
    c = -(c @ c.T)
    _, _, x, scale, *_ = slycot.sb03md57(a.copy(), C=c.copy(), dico=dico)
    left = a.T @ x + x @ a if dico == "C" else a.T @ x @ a - x
    residual = max(residual, np.linalg.norm(left - scale * c) / np.linalg.norm(c))
    trace += float(np.trace(x)) / scale
print(json.dumps({"trace": trace, "residual": float(residual)}))
