"""What every process of the PyTorch side shares: its job, the clock, the model, made-up inputs, the answer."""

import json
import statistics
import sys
import time

import numpy
import torch
from transformers import GitForCausalLM

job = json.loads(sys.argv[1])
torch.set_num_threads(job["threads"])


def load():
    return GitForCausalLM.from_pretrained(job["model"])


def timed(work):
    """Median milliseconds of one run of `work`."""
    for _ in range(job["warmup"]):
        work()
    times = []
    for _ in range(job["repeat"]):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def pixels(config):
    """The same numbers as `pixels` of ours/worker.ts."""
    vision = config.vision_config
    shape = (job["batch"], vision.num_channels, vision.image_size, vision.image_size)
    values = numpy.sin(numpy.arange(numpy.prod(shape), dtype=numpy.float64))
    return torch.from_numpy(values.astype(numpy.float32)).reshape(shape)


def ids(rows, length, vocabulary):
    """The same numbers as `ids` of ours/worker.ts."""
    index = torch.arange(rows * length, dtype=torch.int64)
    return (110 + (index * 7919) % (vocabulary - 110)).reshape(rows, length)


def answer(values, proof):
    print(json.dumps({"values": values, "proof": proof}))
