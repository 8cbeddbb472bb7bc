"""From a folder's name to a model that is ready to run, in a process that has its libraries loaded."""

import time

from common import answer, load

start = time.perf_counter()
model = load().eval()
ms = (time.perf_counter() - start) * 1000
answer({"ms": ms}, [sum(1 for _ in model.parameters())])
