"""
Makes a full-size model of random weights, as a folder that `save_pretrained` writes, with a stored case beside it that
`verifyModel` reads; answers what the model says when it is asked what it is for. The picture is seen once.
"""

import json
import os
import sys

# Pictures are resized by Pillow, whatever else is installed.
sys.modules["torchvision"] = None

import torch
import torch.nn.functional as F
import transformers
from common import answer, job
from PIL import Image
from safetensors.torch import save_file
from transformers import BertTokenizerFast

folder, task, original = job["model"], job["task"], job["original"]
Model = getattr(transformers, job["class"])
family = job["name"].split("-")[0]

texts, question, tokens = job["texts"], job["question"], job["tokens"]
dec, enc, separator = 30522, 30523, 102


def configuration():
    side, large = job["side"], job["size"] == "large"
    blocks = dict(hidden_size=768, num_hidden_layers=12, num_attention_heads=12, intermediate_size=3072)
    vision = dict(hidden_size=1024, num_hidden_layers=24, num_attention_heads=16, intermediate_size=4096) if large else blocks
    if family == "blip":
        # The original's epsilon is another, and its files have no place to say so.
        vision = dict(vision, image_size=side, patch_size=16, layer_norm_eps=1e-6 if original else 1e-5)
        return transformers.BlipConfig(
            text_config=dict(blocks, encoder_hidden_size=vision["hidden_size"]), vision_config=vision
        )
    if family == "git":
        vision = dict(vision, image_size=side, patch_size=14 if large else 16)
        return transformers.GitConfig(vision_config=vision, **dict(blocks, num_hidden_layers=6))
    labels = dict(enumerate(job["answers"]))
    return transformers.ViltConfig(image_size=side, patch_size=32, id2label=labels, label2id={v: k for k, v in labels.items()}, **blocks)


def pieces():
    """BERT's places for the special tokens; letters, so that any word can be spelled; then made-up pieces."""
    letters = [chr(c) for c in range(33, 127) if not chr(c).isupper()]
    words = ["[PAD]", *(f"[unused{i}]" for i in range(99)), "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    words += letters + [f"##{c}" for c in letters if c.isalnum()]
    parts = [c + v for c in "bcdfghjklmnprstvwz" for v in "aeiou"]
    made = (a + b + c for a in parts for b in parts for c in parts)
    return words + [next(made) if i % 2 else f"##{next(made)}" for i in range(30522 - len(words))]


def processor():
    with open(os.path.join(folder, "vocab.txt"), "w") as file:
        file.write("\n".join(pieces()) + "\n")
    words = BertTokenizerFast(os.path.join(folder, "vocab.txt"), do_lower_case=True)
    side = job["side"]
    if family == "blip":
        return transformers.BlipProcessor(transformers.BlipImageProcessorPil(size=dict(height=side, width=side)), words)
    if family == "git":
        crop = dict(height=side, width=side)
        return transformers.GitProcessor(
            transformers.CLIPImageProcessorPil(size=dict(shortest_edge=side), crop_size=crop), words
        )
    return transformers.ViltProcessor(transformers.ViltImageProcessorPil(size=dict(shortest_edge=side)), words)


def draw(model):
    """
    Numbers with which no term vanishes and none drowns the others. What text blocks add is small, or after twelve of
    them, each normed, little of a token would be left, and every step would write the same one.
    """
    generator = torch.Generator().manual_seed(7)
    for name, parameter in model.named_parameters():
        if parameter.ndim == 0:
            continue
        table = parameter.ndim > 1 and "embedding" in name and "patch" not in name
        spread = 0.1 if parameter.ndim == 1 or table else (parameter.numel() / parameter.shape[0]) ** -0.5
        if name.endswith("output.dense.weight"):
            spread *= 0.2
        gain = parameter.ndim == 1 and name.endswith("weight")
        parameter.data.normal_(1 if gain else 0, spread, generator=generator)


def see_once(model):
    """Every later call of the picture tower gives what the first gave."""
    tower = model.git.image_encoder if family == "git" else model.vision_model
    forward, kept = tower.forward, []

    def once(*given, **settings):
        if not kept:
            kept.append(forward(*given, **settings))
        return kept[0]

    tower.forward = once


def read(words, given):
    inputs = dict(words(text=given, return_tensors="pt", padding=True))
    inputs.pop("token_type_ids", None)
    if original:  # the library's classes leave [CLS]
        inputs["input_ids"][:, 0] = enc
    return inputs


def written(model, start, beams):
    """Ids as `generate` gives them, and how likely they are: greedy the mean over tokens, with beams what ranks them."""
    settings = dict(max_new_tokens=tokens, num_beams=beams, do_sample=False)
    given = {name: value.clone() for name, value in start.items()}  # BLIP writes into them
    out = model.generate(**given, **settings, return_dict_in_generate=True, output_scores=True)
    ids = out.sequences
    if beams > 1:
        return ids, out.sequences_scores.item(), settings
    chosen = ids[0, -len(out.scores) :]
    scores = [F.log_softmax(step[0], -1)[token].item() for step, token in zip(out.scores, chosen)]
    return ids, sum(scores) / len(scores), settings


def writing(model, words, pixels):
    """Captions and answers: what is stored of them, and what a user reads."""
    start = dict(input_ids=torch.tensor([[101]])) if family == "git" else {}
    if task == "answer":
        start = read(words, [question])
    taken = [] if family == "git" else list(start)
    stored, proof = [], []
    for beams in (1, 3):
        ids, score, options = written(model, {**start, "pixel_values": pixels}, beams)
        case = dict(options=options, inputs=["pixel_values", *taken], prompt_mask=None, token_ids=ids.tolist())
        stored.append({**case, "prompt_ids": [[101]] if family == "git" else None})
        if beams in job["searches"]:
            proof += [words.decode(ids[0, 1:], skip_special_tokens=True), score]
    # The forward pass goes over what was written last.
    mask = torch.ones_like(ids)
    if task == "caption":
        inputs = {"pixel_values": pixels, "input_ids": ids, "attention_mask": mask}
        return inputs, {"logits": model(**inputs).logits}, proof, stored
    inputs = {**start, "pixel_values": pixels, "decoder_input_ids": ids, "decoder_attention_mask": mask}
    logits = []
    model.text_decoder.cls.register_forward_hook(lambda _module, _given, out: logits.append(out))
    model(**inputs)
    return inputs, {"decoder_logits": logits[0]}, proof + ranked(model, words, pixels), stored


def ranked(model, words, pixels):
    """How the original ranks a list of answers: by the loss that it was trained with."""
    seen = model.vision_model(pixels).last_hidden_state
    told = model.text_encoder(**read(words, [question]), encoder_hidden_states=seen).last_hidden_state
    scores = []
    for text in job["answers"]:
        ids = torch.tensor([[dec, *words(text, add_special_tokens=False).input_ids, separator]])
        logits = model.text_decoder(ids, encoder_hidden_states=told).logits
        loss = F.cross_entropy(logits[0, :-1], ids[0, 1:], reduction="sum", label_smoothing=0.1)
        scores.append((-loss.item(), text))
    return [part for score, text in sorted(scores, reverse=True) for part in (text, score)]


def matching(model, words, pixels):
    seen = model.vision_model(pixels).last_hidden_state
    about = seen.expand(len(texts), -1, -1)
    grounded = model.text_encoder(**read(words, texts), encoder_hidden_states=about).last_hidden_state
    alone = model.text_encoder(**dict(words(text=texts, return_tensors="pt", padding=True, return_token_type_ids=False)))
    image = F.normalize(model.vision_proj(seen[:, 0]), dim=-1)
    cosines = F.normalize(model.text_proj(alone.last_hidden_state[:, 0]), dim=-1) @ image.T
    proof = model.itm_head(grounded[:, 0]).softmax(-1)[:, 1].tolist() + cosines.flatten().tolist()
    inputs = {**read(words, texts[:1]), "pixel_values": pixels}
    return inputs, {"itm_score": model(**inputs).itm_score}, proof, []


def comparing(model, words, pixels):
    """`BlipModel`, whose vectors no task asks for."""
    inputs = {**read(words, texts[:1]), "pixel_values": pixels}
    out = model(**inputs)
    return inputs, {"logits_per_image": out.logits_per_image, "image_embeds": out.image_embeds}, [], []


def classifying(model, both, picture):
    inputs = dict(both(images=picture, text=question, return_tensors="pt"))
    logits = model(**inputs).logits
    best = logits[0].topk(20).indices.tolist()
    scores = F.logsigmoid(logits[0])
    return inputs, {"logits": logits}, [part for i in best for part in (job["answers"][i], scores[i].item())], []


def write_case(inputs, outputs, generate):
    case = {"class": job["class"], "options": {}, "atol": 1e-4, "rtol": 1e-4, "generate": generate}
    case.update(inputs=list(inputs), outputs=list(outputs))
    stored = {f"inputs/{k}": v for k, v in inputs.items()} | {f"outputs/{k}": v for k, v in outputs.items()}
    save_file({name: value.contiguous() for name, value in stored.items()}, f"{folder}/golden.safetensors")
    with open(f"{folder}/golden.json", "w") as file:
        json.dump(case, file)


def write_original(model):
    """The authors' names (salesforce/BLIP), and what their retrieval files hold besides: slow copies and queues."""
    tower = {
        "embeddings.class_embedding": "cls_token",
        "embeddings.position_embedding": "pos_embed",
        "embeddings.patch_embedding": "patch_embed.proj",
        "encoder.layers": "blocks",
        "self_attn.qkv": "attn.qkv",
        "self_attn.projection": "attn.proj",
        "layer_norm1": "norm1",
        "layer_norm2": "norm2",
        "post_layernorm": "norm",
    }
    state = {}
    for name, value in model.state_dict().items():
        if name.startswith("vision_model."):
            name = name.replace("vision_model.", "visual_encoder.")
            for theirs, authors in tower.items():
                name = name.replace(theirs, authors)
        state[name] = value
    for stack in ("text_encoder.", "text_decoder.bert."):
        if f"{stack}embeddings.word_embeddings.weight" in state:
            state[f"{stack}embeddings.position_ids"] = torch.arange(512)[None]
    if task == "match":
        for name, value in list(state.items()):
            part, _, rest = name.partition(".")
            if part != "itm_head":
                state[f"{part}_m.{rest}"] = value.clone()
        queues = dict(image_queue=torch.randn(256, 57600), text_queue=torch.randn(256, 57600))
        state.update(queues, idx_queue=torch.full((1, 57600), -100), ptr_queue=torch.zeros(1, dtype=torch.long))
        state["temp"] = torch.tensor(0.07)
    os.makedirs(f"{folder}/original")
    torch.save({"model": state}, f"{folder}/original/model.pth")
    os.link(f"{folder}/vocab.txt", f"{folder}/original/vocab.txt")


os.makedirs(folder)
both = processor()
model = Model(configuration()).eval()
draw(model)
model.save_pretrained(folder)
both.save_pretrained(folder)
picture = Image.open(job["picture"])
with torch.inference_mode():
    if family == "vilt":
        inputs, outputs, proof, generate = classifying(model, both, picture)
    else:
        see_once(model)
        work = dict(caption=writing, answer=writing, match=matching, similarity=comparing)[task]
        pixels = both.image_processor(picture, return_tensors="pt").pixel_values
        inputs, outputs, proof, generate = work(model, both.tokenizer, pixels)
    if original:
        write_original(model)
    else:
        write_case(inputs, outputs, generate)
answer({"parameters": sum(parameter.numel() for parameter in model.parameters())}, proof)
