"""Whole training steps on captions: forward, backward, AdamW."""

import json
from pathlib import Path

import torch
from common import answer, ids, job, load, pixels, timed

config = json.loads((Path(job["model"]) / "config.json").read_text())
model = load(config["architectures"][0]).train()
images = pixels(model.config)
blip = config["model_type"] == "blip"
text = ids(job["batch"], job["tokens"], (config["text_config"] if blip else config)["vocab_size"])
if blip:
    text[:, 0] = config["text_config"]["bos_token_id"]
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
losses = []


def step():
    loss = model(pixel_values=images, input_ids=text, labels=text).loss
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())


ms = timed(step)
answer({"ms": ms}, losses)
