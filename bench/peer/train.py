"""Whole training steps: forward, backward, AdamW."""

import torch
from common import answer, ids, job, load, pixels, timed

model = load().train()
images = pixels(model.config)
text = ids(job["batch"], job["tokens"], model.config.vocab_size)
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
