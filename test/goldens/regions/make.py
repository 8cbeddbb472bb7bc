"""Region files as UNITER's extractor writes them (tools/generate_npz.py of BUTD-UNITER-NLVR2), with made-up numbers."""
import sys

import numpy as np

n = 12
arrays = dict(
    features=(np.arange(n * 6).reshape(n, 6) / 4).astype(np.float16),
    norm_bb=np.tile(np.array([0.125, 0.25, 0.625, 0.5, 0.5, 0.25]), (n, 1)).astype(np.float16),
    conf=np.linspace(0.9, 0.01, n).astype(np.float16) * np.array([1] * 3 + [0.1] * 9).astype(np.float16),
    soft_labels=np.full((n, 5), 0.2).astype(np.float16),
)
np.savez(f"{sys.argv[1]}/stored.npz", **arrays)
np.savez_compressed(f"{sys.argv[1]}/deflated.npz", **arrays)
