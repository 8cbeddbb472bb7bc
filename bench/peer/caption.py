"""A whole caption: pixels in memory to token ids, the picture tower included."""

import torch
from common import answer, job, load, pixels, timed

model = load().eval()
images = pixels(model.config)
tokens = job["tokens"]
start = torch.full((job["batch"], 1), model.config.bos_token_id)
written = None


def caption():
    global written
    written = model.generate(
        pixel_values=images,
        input_ids=start,
        num_beams=job.get("beams", 1),
        do_sample=False,
        min_new_tokens=tokens,
        max_new_tokens=tokens,
    )


with torch.inference_mode():
    ms = timed(caption)
answer({"ms": ms}, written[:, 1:].flatten().tolist())
