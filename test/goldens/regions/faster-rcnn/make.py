"""
A tiny detector of the Hugging Face layout with random weights, and what the LXMERT example's code gives for a picture.

    python make.py FOLDER_OF_modeling_frcnn.py_AND_processing_image.py

The compiled operators of torchvision (NMS, RoI pooling) are written out here from their definition.
"""
import os
import sys
import types

import numpy as np
import torch
import yaml
from PIL import Image
from safetensors.torch import save_file
from torch import nn

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, sys.argv[1])


def nms(boxes, scores, threshold):
    order = scores.argsort(descending=True, stable=True).tolist()
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    kept = []
    for i in order:
        top = torch.maximum(boxes[i, :2], boxes[kept, :2])
        end = torch.minimum(boxes[i, 2:], boxes[kept, 2:])
        shared = (end - top).clamp(min=0).prod(-1)
        if not bool((shared / (area[i] + area[kept] - shared) > threshold).any()):
            kept.append(i)
    return torch.tensor(kept, dtype=torch.int64)


class RoIPool(nn.Module):
    def __init__(self, output_size, spatial_scale):
        super().__init__()
        self.bins, self.scale = output_size[0], spatial_scale

    def forward(self, x, rois):
        _, channels, h, w = x.shape
        pooled = torch.zeros(len(rois), channels, self.bins, self.bins)
        for r, roi in enumerate(rois):
            scaled = roi[1:] * self.scale
            left, top, right, bottom = torch.floor(scaled.abs() + 0.5).mul(scaled.sign()).int().tolist()
            wide, high = max(right - left + 1, 1) / self.bins, max(bottom - top + 1, 1) / self.bins
            for i in range(self.bins):
                for j in range(self.bins):
                    rows = slice(*(min(max(int(v) + top, 0), h) for v in (np.floor(i * high), np.ceil((i + 1) * high))))
                    columns = slice(*(min(max(int(v) + left, 0), w) for v in (np.floor(j * wide), np.ceil((j + 1) * wide))))
                    part = x[int(roi[0]), :, rows, columns]
                    if part.numel():
                        pooled[r, :, i, j] = part.amax((1, 2))
        return pooled


def module(name, **names):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__dict__.update(names)


module("torchvision")
module("torchvision.ops", RoIPool=RoIPool)
module("torchvision.ops.boxes", nms=nms, batched_nms=lambda boxes, scores, _, threshold: nms(boxes, scores, threshold))
unused = dict.fromkeys(["WEIGHTS_NAME", "cached_path", "hf_bucket_url", "is_remote_url", "load_checkpoint", "img_tensorize"])
module("utils", Config=object, **unused)
from modeling_frcnn import GeneralizedRCNN  # noqa: E402
from processing_image import Preprocess  # noqa: E402

config = yaml.safe_load(open(f"{here}/config.yaml"))


def spaces(value):
    return types.SimpleNamespace(**{k: spaces(v) for k, v in value.items()}) if isinstance(value, dict) else value


cfg = spaces(config)
torch.manual_seed(7)
model = GeneralizedRCNN(cfg).eval()
with torch.no_grad():
    for name, value in model.state_dict().items():
        if "running_var" in name:
            value.uniform_(0.5, 1.5)
        elif "norm.weight" in name:
            value.normal_(1, 0.2)
        elif value.ndim > 1 and "cell_anchors" not in name:
            value.normal_(0, (1 if "embedding" in name else value[0].numel()) ** -0.5)
        elif value.ndim == 1:
            value.normal_(0, 0.2)

noise = torch.rand(1, 3, 6, 9)
smooth = nn.functional.interpolate(noise, (57, 83), mode="bicubic").clamp(0, 1)[0]
pixels = (smooth.permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
Image.fromarray(pixels).save(f"{here}/picture.png")

blue_first = torch.tensor(np.ascontiguousarray(pixels[:, :, ::-1])).float()
images, sizes, scales = Preprocess(cfg)([blue_first])
with torch.no_grad():
    features = model.backbone(images)
    predictor = model.roi_heads.box_predictor
    # Random features are much alike: without this, one class would win everywhere.
    *_, pooled = model.roi_heads(features, model.proposal_generator(images, sizes, features)[0])
    predictor.cls_score.weight.mul_(6)
    predictor.cls_score.bias.copy_(-predictor.cls_score.weight @ pooled.mean(0))
    predictor.attr_score.weight.mul_(3)
    proposals, logits = model.proposal_generator(images, sizes, features)
    classes, attributes, deltas, pooled = model.roi_heads(features, proposals)
    padded = dict(padding="max_detections", max_detections=cfg.MAX_DETECTIONS, return_tensors="pt")
    result = model(images, sizes, scales_yx=scales, **padded)
torch.save(model.state_dict(), f"{here}/pytorch_model.bin")
stored = {
    "pixels": images,
    "map": features["res4"],
    "proposals": proposals[0],
    "objectness": logits[0],
    "features": pooled,
    "class_logits": classes,
    "attribute_logits": attributes,
    "deltas": deltas,
    "obj_ids": result["obj_ids"][0],
    "obj_probs": result["obj_probs"][0],
    "attr_ids": result["attr_ids"][0],
    "attr_probs": result["attr_probs"][0],
    "boxes": result["boxes"][0],
    "roi_features": result["roi_features"][0],
}
for name, value in stored.items():
    print(name, tuple(value.shape), value.dtype, value.float().abs().mean().item())
print(result["obj_ids"][0].tolist(), [round(p, 3) for p in result["obj_probs"][0].tolist()])
save_file({name: value.contiguous() for name, value in stored.items()}, f"{here}/golden.safetensors")
