"""Makes adamw.json: 20 updates of torch.optim.AdamW, with two groups of different rate and decay. Needs torch."""
import json
import os

import torch

torch.manual_seed(5)
shapes = {"body.weight": [3, 4], "body.bias": [4], "vision.weight": [2, 2]}
options = {"body.weight": dict(rate=1.0, decay=0.05), "body.bias": dict(rate=1.0, decay=0.0), "vision.weight": dict(rate=0.2, decay=0.1)}
parameters = {name: torch.nn.Parameter(torch.randn(shape)) for name, shape in shapes.items()}
start = {name: p.detach().flatten().tolist() for name, p in parameters.items()}
optimizer = torch.optim.AdamW(
    [dict(params=[p], weight_decay=options[name]["decay"], name=name) for name, p in parameters.items()], betas=(0.9, 0.98), eps=1e-6
)
rates, gradients, values, norms = [], [], [], []
for step in range(20):
    rate = 1e-2 * (step + 1) / 20
    for group in optimizer.param_groups:
        group["lr"] = rate * options[group["name"]]["rate"]
    for p in parameters.values():
        p.grad = torch.randn_like(p) * (3.0 if step % 7 == 0 else 0.2)
    rates.append(rate)
    gradients.append({name: p.grad.flatten().tolist() for name, p in parameters.items()})
    norms.append(float(torch.nn.utils.clip_grad_norm_(parameters.values(), 1.0)))
    optimizer.step()
    values.append({name: p.detach().flatten().tolist() for name, p in parameters.items()})
with open(os.path.join(os.path.dirname(__file__), "adamw.json"), "w") as file:
    json.dump(dict(torch=torch.__version__, shapes=shapes, start=start, rates=rates, gradients=gradients, norms=norms, values=values), file)
