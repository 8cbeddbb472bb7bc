"""From a picture's file to an answer. ViLT is transformers'. For UNITER there is no class: its time is that of regions, by
torchvision's ResNet-101 and operators put together to the sizes of the published Faster R-CNN on C4 (fresh weights, a
fixed 300 proposals looked at 32 at a time, the last stage dilated), and of BERT-base on 36 regions and the question."""

import time

import torch
from common import job, answer, timed
from PIL import Image
from torch import nn
from torchvision.models import resnet101
from torchvision.ops import batched_nms, nms, roi_pool
from torchvision.transforms.functional import pil_to_tensor, resize
from transformers import AutoProcessor, BertConfig, BertModel, ViltForQuestionAnswering

patches = job["stages"][0]
PROPOSALS, TOGETHER, REGIONS, ANCHORS, CLASSES, ATTRIBUTES = 300, 32, 36, 12, 1600, 400

vilt = ViltForQuestionAnswering.from_pretrained(patches["model"]).eval()
processor = AutoProcessor.from_pretrained(patches["model"])
resnet = resnet101(replace_stride_with_dilation=[False, False, True]).eval()
trunk = nn.Sequential(resnet.conv1, resnet.bn1, resnet.relu, resnet.maxpool, resnet.layer1, resnet.layer2, resnet.layer3)
hidden = nn.Conv2d(1024, 512, 3, padding=1)
objectness, deltas = nn.Conv2d(512, ANCHORS, 1), nn.Conv2d(512, 4 * ANCHORS, 1)
heads = nn.ModuleList([nn.Linear(2048, size) for size in (CLASSES + 1, 4 * CLASSES, 512, ATTRIBUTES + 1)])
heads[3] = nn.Linear(512, ATTRIBUTES + 1)
bert = BertModel(BertConfig()).eval()
read = nn.Linear(2048, 768)
words = bert.embeddings.word_embeddings


def regions():
    picture = Image.open(job["picture"]).convert("RGB")
    pixels = resize(pil_to_tensor(picture).float(), 800, max_size=1333)[None]
    seen = trunk(pixels)
    common = hidden(seen).relu()
    scores, moved = objectness(common).flatten(), deltas(common).reshape(-1, 4)
    best = scores.topk(min(6000, len(scores))).indices
    corners = torch.rand(len(best), 2) * torch.tensor([pixels.shape[3], pixels.shape[2]])
    boxes = torch.cat([corners, corners + 64 + moved[best, :2].abs()], 1)
    kept = boxes[nms(boxes, scores[best], 0.7)][:PROPOSALS]
    features = []
    for start in range(0, len(kept), TOGETHER):
        pooled = roi_pool(seen, [kept[start : start + TOGETHER]], 14, 1 / 16)
        features.append(resnet.layer4(pooled).mean((2, 3)))
    features = torch.cat(features)
    classes, _, trait = heads[0](features).softmax(-1), heads[1](features), heads[3](heads[2](features).relu())
    sure, kind = classes[:, :-1].max(-1)
    chosen = batched_nms(kept, sure, kind, 0.5)[:REGIONS]
    return features[chosen], trait[chosen]


def uniter():
    global detecting
    start = time.perf_counter()
    features, _ = regions()
    detecting = (time.perf_counter() - start) * 1000
    ids = processor.tokenizer(patches["texts"][0], return_tensors="pt").input_ids
    bert(inputs_embeds=torch.cat([words(ids), read(features)[None]], 1))


detecting = 0


def answering():
    picture = Image.open(job["picture"]).convert("RGB")
    vilt(**processor(picture, patches["texts"][0], return_tensors="pt")).logits.argmax(-1)


with torch.inference_mode():
    of_vilt, of_uniter = timed(answering), timed(uniter)
answer({"regions": detecting, "uniter": of_uniter, "vilt": of_vilt}, ["found"])
