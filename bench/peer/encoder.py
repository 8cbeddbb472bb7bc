"""The picture tower alone: pixels in memory to normed tokens in memory."""

import torch
from common import answer, load, pixels, timed

model = load().eval()
images = pixels(model.config)
with torch.inference_mode():
    ms = timed(lambda: model.git.image_encoder(images))
    data = model.git.image_encoder(images).last_hidden_state.flatten()
answer({"ms": ms}, data[:4].tolist() + data[-4:].tolist())
