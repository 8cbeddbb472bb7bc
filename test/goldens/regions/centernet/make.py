"""
What the detector of `@vladmandic/human` gives for a made-up picture, computed by PyTorch from the same files.

    python make.py FOLDER_OF_centernet.json

The graph's operations are written out with TensorFlow's rules (SAME padding, bilinear resizing from the first pixel).
"""
import json
import math
import os
import sys

import numpy as np
import torch
import torch.nn.functional as F

model = json.load(open(f"{sys.argv[1]}/centernet.json"))
raw = open(f"{sys.argv[1]}/centernet.bin", "rb").read()
values, at = {}, 0
for weight in model["weightsManifest"][0]["weights"]:
    count = math.prod(weight["shape"])
    kind = "<f2" if "quantization" in weight else "<i4"
    values[weight["name"]] = np.frombuffer(raw, kind, count, at).reshape(weight["shape"])
    at += count * int(kind[-1])
nodes = {node["name"]: node for node in model["modelTopology"]["node"]}
for name, value in values.items():
    if value.dtype == np.float16:
        values[name] = torch.tensor(value.astype(np.float32))
        if value.ndim == 1:
            values[name] = values[name].reshape(1, -1, 1, 1)


def text(node, key):
    import base64

    listed = node["attr"].get(key, {})
    found = listed["list"].get("s", []) if "list" in listed else [listed["s"]] if "s" in listed else []
    return [base64.b64decode(s).decode() for s in found]


def convolve(node, depthwise):
    x, kernel = get(node["input"][0]), values[node["input"][1]]
    strides = [int(i) for i in node["attr"]["strides"]["list"]["i"][1:3]]
    if text(node, "padding") == ["SAME"]:
        pads = []
        for axis in (1, 0):
            size, k, s = x.shape[2 + axis], kernel.shape[axis], strides[axis]
            total = max((math.ceil(size / s) - 1) * s + k - size, 0)
            pads += [total // 2, total - total // 2]
        x = F.pad(x, pads)
    if depthwise:
        weight, groups = kernel.permute(2, 3, 0, 1), x.shape[1]
    else:
        weight, groups = kernel.permute(3, 2, 0, 1), 1
    y = F.conv2d(x, weight, stride=strides, groups=groups)
    for fused in text(node, "fused_ops"):
        y = y + values[node["input"][2]] if fused == "BiasAdd" else F.relu(y)
    return y


def resize(x, size):
    for axis in (2, 3):
        n = x.shape[axis]
        place = torch.arange(size[axis - 2]) * (n / size[axis - 2])
        low = place.long()
        share = (place - low).reshape([-1, 1] if axis == 2 else [-1])
        x = x.index_select(axis, low) * (1 - share) + x.index_select(axis, (low + 1).clamp(max=n - 1)) * share
    return x


def run(node):
    a = node.get("input", [])
    return {
        "Placeholder": lambda: pixels,
        "_FusedConv2D": lambda: convolve(node, False),
        "Conv2D": lambda: convolve(node, False),
        "FusedDepthwiseConv2dNative": lambda: convolve(node, True),
        "DepthwiseConv2dNative": lambda: convolve(node, True),
        "Add": lambda: get(a[0]) + get(a[1]),
        "Mul": lambda: get(a[0]) * get(a[1]),
        "Relu": lambda: F.relu(get(a[0])),
        "Relu6": lambda: F.relu6(get(a[0])),
        "Sigmoid": lambda: torch.sigmoid(get(a[0])),
        "Identity": lambda: get(a[0]),
        "Mean": lambda: get(a[0]).mean((2, 3), keepdim=True),
        "ConcatV2": lambda: torch.cat([get(i) for i in a[:-1]], 1),
        "ResizeBilinear": lambda: resize(get(a[0]), values[a[1]].tolist()),
    }[node["op"]]()


def get(name):
    if name not in values:
        values[name] = run(nodes[name])
    return values[name]


y, x, c = torch.meshgrid(torch.arange(512), torch.arange(512), torch.arange(3), indexing="ij")
pixels = (127.5 + 127.5 * torch.sin((x * (c + 1) + 2 * y) / 40)).permute(2, 0, 1)[None].float()
golden = {}
sys.setrecursionlimit(10000)
with torch.no_grad():
    for short, name in {
        "heat": "tower_0/keypoints",
        "sides": "tower_0/wh",
        "neck0": "tower_0/CenternetHead/Relu_2",
        "neck1": "tower_0/CenternetHead/Relu_1",
        "neck2": "tower_0/CenternetHead/Relu",
    }.items():
        value = get(name)
        flat = value.flatten()
        # No divisor of a side, or the same corner of every map would be read.
        step = flat.numel() // 64 - 37
        golden[short] = {
            "shape": list(value.shape),
            "mean": value.mean().item(),
            "every": step,
            "values": flat[::step].tolist(),
        }
folder = os.path.dirname(os.path.abspath(__file__))
json.dump(golden, open(f"{folder}/golden.json", "w"), indent=1)
print(golden)
