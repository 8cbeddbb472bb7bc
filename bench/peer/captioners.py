"""GIT and BLIP in transformers, run by PyTorch as `mode` says: eager, int8 or compile."""

import json
import warnings
from functools import cached_property
from pathlib import Path

import torch
import transformers


def class_of(folder):
    config = json.loads((Path(folder) / "config.json").read_text())
    return getattr(transformers, config["architectures"][0])


class Captioner:
    def __init__(self, folder, mode="eager"):
        self.folder = folder
        self.model = class_of(folder).from_pretrained(folder, dtype=torch.float32).eval()
        self.git = self.model.config.model_type == "git"
        if mode == "int8":
            self.model = in_int8(self.model)
        owner, name = (self.model.git, "image_encoder") if self.git else (self.model, "vision_model")
        if mode == "compile":
            # The decoder stays eager: its lengths change with every token, and each would be compiled anew.
            setattr(owner, name, torch.compile(getattr(owner, name)))
        self.tower = getattr(owner, name)

    @cached_property
    def processor(self):
        return transformers.AutoProcessor.from_pretrained(self.folder)

    def see(self, images):
        return self.processor(images=images, return_tensors="pt").pixel_values

    def caption(self, images, tokens, beams=1):
        inputs = {"pixel_values": self.see(images)}
        if self.git:
            inputs["input_ids"] = torch.full((len(images), 1), self.model.config.bos_token_id)
        return self.texts(self.write(inputs, tokens, num_beams=beams), 1)

    def answer(self, image, question, tokens):
        if not self.git:
            inputs = self.processor(images=image, text=question, return_tensors="pt")
            return self.texts(self.write(inputs, tokens), 1)[0]
        words = self.processor.tokenizer(question, add_special_tokens=False).input_ids
        ids = torch.tensor([[self.model.config.bos_token_id, *words]])
        return self.texts(self.write({"pixel_values": self.see([image]), "input_ids": ids}, tokens), ids.shape[1])[0]

    def write(self, inputs, tokens, **options):
        lengths = {"min_new_tokens": tokens, "max_new_tokens": tokens}
        return self.model.generate(**inputs, do_sample=False, **lengths, **options)

    def texts(self, written, given):
        return self.processor.batch_decode(written[:, given:], skip_special_tokens=True)

    def match(self, image, texts):
        """The class itself sees the picture once for every text; here it is seen once."""
        seen = self.tower(self.see([image])).last_hidden_state.expand(len(texts), -1, -1)
        text = self.processor.tokenizer(texts, padding=True, return_tensors="pt")
        hidden = self.model.text_encoder(
            input_ids=text.input_ids,
            attention_mask=text.attention_mask,
            encoder_hidden_states=seen,
            encoder_attention_mask=torch.ones(seen.shape[:2], dtype=torch.long),
        ).last_hidden_state
        return self.model.itm_head(hidden[:, 0]).softmax(-1)[:, 1].tolist()


def in_int8(model):
    """Weights of linear layers in 8 bits, activations as they come: PyTorch's own, deprecated in 2.13 and still there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)
