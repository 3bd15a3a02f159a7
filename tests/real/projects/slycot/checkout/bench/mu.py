"""Upper bounds of the structured singular value (AB13MD) over a frequency sweep."""

import json
import sys

import numpy as np
import slycot

blocks, count = int(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(8)
nblock = np.array([1] * blocks)
itype = np.array([1, 2] * (blocks // 2) + [2] * (blocks % 2))
total = peak = 0.0
for _ in range(count):
    z = rng.standard_normal((blocks, blocks)) + 1j * rng.standard_normal((blocks, blocks))
    bound, *_ = slycot.ab13md(z, nblock, itype)
    total += float(bound)
    peak = max(peak, float(bound))
print(json.dumps({"mu_sum": total, "mu_peak": peak}))
