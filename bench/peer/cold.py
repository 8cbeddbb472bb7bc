"""The shortest program that captions a picture with transformers: python cold.py MODEL MODE TOKENS PICTURE.
With several pictures, eight at a time; a line each."""

import os
import resource
import sys

from captioners import Captioner
from PIL import Image

folder, mode, tokens, *pictures = sys.argv[1:]
captioner = Captioner(folder, mode)
for start in range(0, len(pictures), 8):
    images = [Image.open(picture).convert("RGB") for picture in pictures[start : start + 8]]
    for text in captioner.caption(images, int(tokens)):
        print(text, flush=True)
with open(os.environ["BENCH_PEAK"], "w") as file:
    file.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
