"""Pictures as the API takes them, and what the scripted market sees in them."""

from __future__ import annotations

import base64
import io
import random
from functools import cache

from PIL import Image

from watcher.demo.recognition import Shown

ZENITAR = Shown("zenitar mk2", "Zenitar mk2 camera", "electronics", "used")


@cache
def photo(seed: int = 1, size: int = 64) -> bytes:
    """Return a JPEG of coloured squares, another one for each seed."""
    dice = random.Random(seed)
    small = Image.new("RGB", (8, 8))
    small.putdata([tuple(dice.randrange(256) for _ in range(3)) for _ in range(64)])
    written = io.BytesIO()
    small.resize((size, size), Image.Resampling.NEAREST).save(written, "JPEG", quality=90)
    return written.getvalue()


def data_uri(content: bytes, kind: str = "image/jpeg") -> str:
    """Return bytes as a request contains them."""
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


CAMERA = data_uri(photo())
