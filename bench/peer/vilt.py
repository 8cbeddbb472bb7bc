"""ViLT from pixels and a question in memory to the logits of its answers, a batch padded to its largest picture."""

import numpy
import torch
from common import answer, ids, job, timed
from transformers import ViltForQuestionAnswering

# As in ours/vilt.ts.
SIZES = [(384, 512), (512, 384), (384, 576), (384, 384), (384, 512), (576, 384), (384, 608), (448, 384)]

model = ViltForQuestionAnswering.from_pretrained(job["model"]).eval()
channels = model.config.num_channels
sizes = SIZES[: job["batch"]]
height, width = (max(size[axis] for size in sizes) for axis in (0, 1))
images = torch.zeros(len(sizes), channels, height, width)
real = torch.zeros(len(sizes), height, width, dtype=torch.int64)
for i, (h, w) in enumerate(sizes):
    values = numpy.sin(numpy.arange(channels * h * w, dtype=numpy.float64)).astype(numpy.float32)
    images[i, :, :h, :w] = torch.from_numpy(values).reshape(channels, h, w)
    real[i, :h, :w] = 1
text = ids(len(sizes), job.get("tokens", 12), model.config.vocab_size)
inputs = {"input_ids": text, "attention_mask": torch.ones_like(text), "pixel_values": images, "pixel_mask": real}
with torch.inference_mode():
    ms = timed(lambda: model(**inputs))
    logits = model(**inputs).logits
answer({"ms": ms}, logits[:, :4].flatten().tolist())
