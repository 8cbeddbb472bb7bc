"""Expected results of transformers' generate for the search tests: python make.py > cases.json

The model is a table: the logits of the next token depend on the two tokens before it, through a hash that the test
computes too, so no weights are stored. Written for transformers 5.18 and torch 2.13 on the CPU, float32.
"""
import itertools
import json
import random

import numpy as np
import torch
from transformers import GenerationConfig, GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.generation.logits_process import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper
from transformers.modeling_outputs import CausalLMOutput
from transformers.utils import logging

logging.set_verbosity_error()


def uniform(key, salt, count):
    """The numbers of uniformNumber in src/core/ops/random.ts."""
    index = np.arange(count, dtype=np.uint64)
    keep = np.uint64(0xFFFFFFFF)
    start = np.uint64((key * 0x3C6EF373 + salt) & 0xFFFFFFFF)
    state = (index * np.uint64(0x9E3779B1) + start) & keep
    for shift, multiplier in ((16, 0x21F0AAAD), (15, 0x735A2D97)):
        state = ((state ^ (state >> np.uint64(shift))) * np.uint64(multiplier)) & keep
    state ^= state >> np.uint64(15)
    return (state >> np.uint64(8)).astype(np.float64) * 2.0**-24


class TableConfig(PretrainedConfig):
    model_type = "table"

    def __init__(self, vocab_size=24, seed=1, sharpness=6.0, ending=0.0, **rest):
        super().__init__(**rest)
        self.vocab_size, self.seed, self.sharpness, self.ending = vocab_size, seed, sharpness, ending
        self.num_hidden_layers = 1


class TableModel(PreTrainedModel, GenerationMixin):
    config_class = TableConfig

    def __init__(self, config):
        super().__init__(config)
        self.anchor = torch.nn.Parameter(torch.zeros(1))
        self.post_init()

    def row(self, before, last):
        c = self.config
        logits = uniform(c.seed, (before * 4099 + last) & 0x7FFFFFFF, c.vocab_size) * c.sharpness
        logits[2:4] += c.ending  # the two end tokens
        return torch.from_numpy(logits.astype(np.float32))

    def prepare_inputs_for_generation(self, input_ids, attention_mask=None, **_):
        return {"input_ids": input_ids, "attention_mask": attention_mask}

    def forward(self, input_ids, attention_mask=None, **_):
        rows = []
        if attention_mask is None:  # generate drops masks without zeros
            attention_mask = torch.ones_like(input_ids)
        for ids, mask in zip(input_ids.tolist(), attention_mask.tolist()):
            seen = [-1] + [i for i, m in zip(ids, mask) if m]
            rows.append(self.row(seen[-2] + 1, seen[-1]))
        return CausalLMOutput(logits=torch.stack(rows)[:, None])


def run(model, options, prompts):
    table = TableModel(TableConfig(**model)).eval()
    length = max(map(len, prompts))
    eos = options.get("eos_token_id", [])
    eos = eos if isinstance(eos, list) else [eos]
    pad = options.get("pad_token_id", eos[0] if eos else 0)
    ids = torch.tensor([[pad] * (length - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (length - len(p)) + [1] * len(p) for p in prompts])
    extra = dict(options)
    only = extra.pop("allowed", None)
    if only:
        extra["prefix_allowed_tokens_fn"] = lambda row, sent: only[len(sent) % len(only)]
    config = GenerationConfig(**{k: v for k, v in extra.items() if k != "prefix_allowed_tokens_fn"})
    fn = extra.get("prefix_allowed_tokens_fn")
    result = table.generate(
        ids, attention_mask=mask, generation_config=config, prefix_allowed_tokens_fn=fn, use_cache=False,
        return_dict_in_generate=True, output_scores=True, output_logits=True,
    )
    sequences = result.sequences.tolist()
    if options.get("num_beams", 1) > 1:
        scores = result.sequences_scores.tolist()
    else:
        logp = torch.stack(result.logits, 1).double().log_softmax(-1)
        scores = []
        for r, sequence in enumerate(sequences):
            new = sequence[length:]
            stop = next((i for i, t in enumerate(new) if t in eos), len(new) - 1)
            scores.append(float(np.mean([logp[r, i, new[i]].item() for i in range(stop + 1)])))
    return {"model": model, "options": options, "prompts": prompts, "sequences": sequences, "scores": scores}


def search_cases():
    choose = random.Random(7)
    beams_only = {
        "length_penalty": [0.0, 0.6, 2.0, -1.0],
        "early_stopping": [True, False, "never"],
    }
    anywhere = {
        "repetition_penalty": [1.0, 1.3, 2.5, 0.8],
        "no_repeat_ngram_size": [0, 1, 2, 3],
        "min_new_tokens": [None, 4],
        "min_length": [None, 7],
        "eos_token_id": [2, [2, 3], None],
        "pad_token_id": [0, 1, None],
        "bad_words_ids": [None, [[5], [6, 7], [2]], [[8], [4, 9, 10]]],
        "allowed": [None, [[2, 4, 5, 6], [7, 8, 9, 3], [10, 11, 12, 2]]],
    }
    prompts = [[[4]], [[4, 5], [6, 7]], [[9], [4, 5, 6], [8, 7, 6, 5]], [[10, 4, 10, 4, 10], [11, 12]]]
    cases = []
    for number in range(150):
        beams = 1 + number % 5
        options = {"num_beams": beams, "do_sample": False, "max_new_tokens": choose.choice([1, 3, 8, 12, 20])}
        if choose.random() < 0.2:
            options["max_length"] = 5 + options.pop("max_new_tokens")
        pool = dict(anywhere, **(beams_only if beams > 1 else {}))
        for name in choose.sample(sorted(pool), choose.randint(0, 4)):
            options[name] = choose.choice(pool[name])
        options.setdefault("eos_token_id", choose.choice([2, 2, [2, 3]]))
        options.setdefault("pad_token_id", 0)
        if beams > 1 and choose.random() < 0.5:
            options["num_return_sequences"] = choose.randint(1, beams)
        options = {k: v for k, v in options.items() if v is not None}
        # Constraints that leave fewer sentences than asked for return places that ties alone decide.
        if "allowed" in options:
            options["num_return_sequences"] = 1
        model = {"seed": number, "sharpness": choose.choice([2.0, 6.0, 12.0]), "ending": choose.choice([0.0, 1.5, 3.0])}
        cases.append(run(model, options, choose.choice(prompts)))
    large = {"vocab_size": 30522, "seed": 5, "sharpness": 30.0}
    for beams in (1, 4):
        options = {"num_beams": beams, "do_sample": False, "max_new_tokens": 6, "eos_token_id": 2, "pad_token_id": 0}
        cases.append(run(large, dict(options, repetition_penalty=1.2), [[101], [101, 2000, 3000]]))
    return cases


def warper_cases():
    """What temperature, topK and topP leave of logits, with and without equal values among them."""
    cases = []
    grid = itertools.product([1.0, 0.7, 3.0], [0, 1, 5, 100], [1.0, 0.9, 0.5, 0.05], [1, 3], [0, 8])
    for number, (temperature, top_k, top_p, least, levels) in enumerate(grid):
        numbers = uniform(number, 11, 60)
        logits = np.floor(numbers * levels) if levels else numbers * 6
        scores = torch.from_numpy(logits.astype(np.float32))[None]
        if temperature != 1:
            scores = TemperatureLogitsWarper(temperature)(None, scores)
        if top_k:
            scores = TopKLogitsWarper(top_k, min_tokens_to_keep=least)(None, scores)
        if top_p < 1:
            scores = TopPLogitsWarper(top_p, min_tokens_to_keep=least)(None, scores)
        kept = {i: round(v, 6) for i, v in enumerate(scores[0].tolist()) if v > -np.inf}
        cases.append({"temperature": temperature, "topK": top_k, "topP": top_p, "least": least, "levels": levels, "kept": kept})
    return cases


if __name__ == "__main__":
    groups = {"search": search_cases(), "warpers": warper_cases()}
    lines = [f'"{name}": [\n' + ",\n".join(json.dumps(case) for case in cases) + "\n]" for name, cases in groups.items()]
    print("{" + ",\n".join(lines) + "}")
