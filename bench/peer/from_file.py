"""From a picture's file to an answer. ViLT is transformers'. UNITER has no class there, and its detector neither: the time is
that of a detector put together from transformers' ResNet-101 and PyTorch's operators to the published sizes (fresh weights,
300 proposals, looked at 32 at a time, the last stage dilated and not halved), and of BERT-base on 36 regions and the question."""

import time

import numpy
import torch
from common import answer, job, timed
from PIL import Image
from torch import nn
from torch.nn import functional
from transformers import AutoProcessor, BertConfig, BertModel, ResNetConfig, ResNetModel, ViltForQuestionAnswering

patches = job["stages"][0]
PROPOSALS, TOGETHER, REGIONS, ANCHORS, CLASSES, ATTRIBUTES = 300, 32, 36, 12, 1600, 400

vilt = ViltForQuestionAnswering.from_pretrained(patches["model"]).eval()
processor = AutoProcessor.from_pretrained(patches["model"])
resnet = ResNetModel(ResNetConfig(depths=[3, 4, 23, 3], downsample_in_bottleneck=True)).eval()
*trunk, last = resnet.encoder.stages
for part in last.modules():
    if isinstance(part, nn.Conv2d):
        part.stride = (1, 1)
        if part.kernel_size == (3, 3):
            part.dilation = part.padding = (2, 2)
hidden = nn.Conv2d(1024, 512, 3, padding=1)
objectness, deltas = nn.Conv2d(512, ANCHORS, 1), nn.Conv2d(512, 4 * ANCHORS, 1)
kind, move, trait = nn.Linear(2048, CLASSES + 1), nn.Linear(2048, 4 * CLASSES), nn.Linear(2048, 512)
attribute = nn.Linear(512, ATTRIBUTES + 1)
bert = BertModel(BertConfig()).eval()
read = nn.Linear(2048, 768)


def overlaps(a, b):
    corners = torch.maximum(a[:, None, :2], b[None, :, :2]), torch.minimum(a[:, None, 2:], b[None, :, 2:])
    inside = (corners[1] - corners[0]).clamp(min=0).prod(-1)
    area = [(x[:, 2:] - x[:, :2]).prod(-1) for x in (a, b)]
    return inside / (area[0][:, None] + area[1][None] - inside)


def suppressed(boxes, threshold, most):
    """The first of each group of boxes that overlap, best first."""
    kept, left = [], boxes
    while len(left) and len(kept) < most:
        kept.append(left[0])
        left = left[1:][overlaps(left[:1], left[1:])[0] <= threshold]
    return torch.stack(kept)


def pooled(seen, box):
    left, top, right, bottom = (box / 16).round().int().tolist()
    return functional.adaptive_max_pool2d(seen[0, :, top : bottom + 1, left : right + 1], 14)


def regions():
    picture = Image.open(job["picture"]).convert("RGB")
    scale = min(800 / min(picture.size), 1333 / max(picture.size))
    width, height = (round(side * scale) for side in picture.size)
    pixels = torch.from_numpy(numpy.array(picture.resize((width, height)), dtype=numpy.float32)).permute(2, 0, 1)[None]
    seen = resnet.embedder(pixels)
    for stage in trunk:
        seen = stage(seen)
    common = hidden(seen).relu()
    scores, _ = objectness(common).flatten(), deltas(common)
    best = scores.topk(min(6000, len(scores))).indices
    # Fresh weights propose nothing of use: boxes lie anywhere, as many as a real picture has.
    corners = torch.rand(len(best), 2) * torch.tensor([width - 129, height - 129])
    boxes = suppressed(torch.cat([corners, corners + 128], 1), 0.7, PROPOSALS)
    parts = [torch.stack([pooled(seen, box) for box in part]) for part in boxes.split(TOGETHER)]
    features = torch.cat([last(part).mean((2, 3)) for part in parts])
    _, _ = move(features), attribute(trait(features).relu())
    sure = kind(features).softmax(-1)[:, :-1].max(-1).values
    return features[sure.topk(REGIONS).indices]


def uniter():
    global detecting
    start = time.perf_counter()
    features = regions()
    detecting = (time.perf_counter() - start) * 1000
    ids = processor.tokenizer(patches["texts"][0], return_tensors="pt").input_ids
    bert(inputs_embeds=torch.cat([bert.embeddings.word_embeddings(ids), read(features)[None]], 1))


detecting = 0


def answering():
    picture = Image.open(job["picture"]).convert("RGB")
    vilt(**processor(picture, patches["texts"][0], return_tensors="pt")).logits.argmax(-1)


with torch.inference_mode():
    of_vilt, of_uniter = timed(answering), timed(uniter)
answer({"regions": detecting, "uniter": of_uniter, "vilt": of_vilt}, ["found"])
