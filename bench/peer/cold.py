"""The shortest program that captions a picture with transformers: python cold.py MODEL PICTURE TOKENS."""

import os
import resource
import sys

from PIL import Image
from transformers import AutoProcessor, GitForCausalLM

folder, picture, tokens = sys.argv[1], sys.argv[2], int(sys.argv[3])
processor = AutoProcessor.from_pretrained(folder)
model = GitForCausalLM.from_pretrained(folder)
images = processor(images=Image.open(picture), return_tensors="pt").pixel_values
written = model.generate(pixel_values=images, do_sample=False, min_new_tokens=tokens, max_new_tokens=tokens)
print(processor.batch_decode(written, skip_special_tokens=True)[0], flush=True)
with open(os.environ["BENCH_PEAK"], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
