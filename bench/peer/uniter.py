"""UNITER from a question and regions in memory to the logits of its answers: transformers' BERT of the same size, and
around it the few layers that read regions and answer (arXiv 1909.11740, section 3.1)."""

import json
from pathlib import Path

import numpy
import torch
from common import answer, ids, job, timed
from safetensors.torch import load_file
from torch import nn
from transformers import BertConfig, BertModel

# As in ours/uniter.ts.
REGIONS, FEATURES, LOCATION = 36, 2048, 7


class Uniter(nn.Module):
    def __init__(self, config, answers):
        super().__init__()
        width, eps = config.hidden_size, config.layer_norm_eps
        self.uniter = BertModel(config)
        self.img_embeddings = nn.ModuleDict({
            "img_linear": nn.Linear(FEATURES, width),
            "pos_linear": nn.Linear(LOCATION, width),
            "img_layer_norm": nn.LayerNorm(width, eps=eps),
            "pos_layer_norm": nn.LayerNorm(width, eps=eps),
            "LayerNorm": nn.LayerNorm(width, eps=eps),
        })
        norm = nn.LayerNorm(2 * width, eps=eps)
        self.vqa_output = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), norm, nn.Linear(2 * width, answers))

    def forward(self, text, features, locations):
        part = self.img_embeddings
        seen = part["img_layer_norm"](part["img_linear"](features))
        placed = part["pos_layer_norm"](part["pos_linear"](locations))
        kind = self.uniter.embeddings.token_type_embeddings.weight[1]
        regions = part["LayerNorm"](seen + placed + kind)
        words = self.uniter.embeddings(text)
        tokens = self.uniter.encoder(torch.cat([words, regions], 1)).last_hidden_state
        return self.vqa_output(self.uniter.pooler(tokens))


settings = json.loads((Path(job["model"]) / "config.json").read_text())
answers = len(settings.pop("id2label"))
settings.pop("model_type")
config = BertConfig(**settings)
model = Uniter(config, answers).eval()
stored = load_file(Path(job["model"]) / "model.safetensors")
renamed = {name.replace("uniter.img_embeddings", "img_embeddings"): value for name, value in stored.items()}
missing = model.load_state_dict(renamed, strict=False).missing_keys
assert not missing, missing


def numbers(*shape):
    """The same numbers as `pixels` of ours/worker.ts."""
    values = numpy.sin(numpy.arange(numpy.prod(shape), dtype=numpy.float64))
    return torch.from_numpy(values.astype(numpy.float32)).reshape(shape)


batch = job["batch"]
text = ids(batch, job.get("tokens", 12), config.vocab_size)
features, locations = numbers(batch, REGIONS, FEATURES), numbers(batch, REGIONS, LOCATION)
with torch.inference_mode():
    ms = timed(lambda: model(text, features, locations))
    logits = model(text, features, locations).flatten()
answer({"ms": ms}, logits[:4].tolist() + logits[-4:].tolist())
