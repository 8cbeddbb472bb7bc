"""What a captioner is asked, stage after stage, as a user of transformers would; `mode` says how PyTorch runs it."""

import time

import torch
from captioners import Captioner, class_of
from common import answer, job, pixels, timed
from PIL import Image

picture = Image.open(job["picture"]).convert("RGB")


def opening(_, stage):
    class_of(stage["model"])  # Libraries are loaded before.
    start = time.perf_counter()
    Captioner(stage["model"], job["mode"])
    return (time.perf_counter() - start) * 1000, []


def encoder(captioner, stage):
    images = pixels(captioner.model.config, stage.get("batch", 1))
    ms = timed(lambda: captioner.tower(images), stage)
    data = captioner.tower(images).last_hidden_state.flatten()
    return ms, data[:4].tolist() + data[-4:].tolist()


def repeated(work, stage):
    proof = []

    def run():
        proof[:] = work()

    return timed(run, stage), proof


def caption(captioner, stage):
    return repeated(lambda: captioner.caption([picture], stage["tokens"], stage.get("beams", 1)), stage)


def answering(captioner, stage):
    return repeated(lambda: [captioner.answer(picture, stage["texts"][0], stage["tokens"])], stage)


def match(captioner, stage):
    return repeated(lambda: captioner.match(picture, stage["texts"]), stage)


measures = {"open": opening, "encoder": encoder, "caption": caption, "answer": answering, "match": match}
values, proofs = {}, []
folder, captioner = None, None
with torch.inference_mode():
    for stage in job["stages"]:
        if stage["kind"] != "open" and stage["model"] != folder:
            captioner = None  # Its memory goes before the next one's comes.
            folder, captioner = stage["model"], Captioner(stage["model"], job["mode"])
        values[stage["name"]], proof = measures[stage["kind"]](captioner, stage)
        proofs += proof
answer(values, proofs)
