"""What every process of the PyTorch side shares: its job, the clock, made-up inputs, the answer."""

import json
import os
import statistics
import sys
import time

import numpy
import torch

job = json.loads(sys.argv[1])
torch.set_num_threads(job["threads"])
BRIEF = "BENCH_BRIEF" in os.environ


def load(name="GitForCausalLM"):
    import transformers

    return getattr(transformers, name).from_pretrained(job["model"])


def timed(work, lengths=job):
    """Median milliseconds of one run of `work`."""
    for _ in range(0 if BRIEF else lengths["warmup"]):
        work()
    times = []
    for _ in range(1 if BRIEF else lengths["repeat"]):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def pixels(config, batch=None):
    """The same numbers as `pixels` of ours/worker.ts."""
    vision = config.vision_config
    shape = (batch or job["batch"], 3, vision.image_size, vision.image_size)
    values = numpy.sin(numpy.arange(numpy.prod(shape), dtype=numpy.float64))
    return torch.from_numpy(values.astype(numpy.float32)).reshape(shape)


def ids(rows, length, vocabulary):
    """The same numbers as `ids` of ours/worker.ts."""
    index = torch.arange(rows * length, dtype=torch.int64)
    return (110 + (index * 7919) % (vocabulary - 110)).reshape(rows, length)


def answer(values, proof):
    print(json.dumps({"values": values, "proof": proof}))
