"""Pictures of the simulated market's listings: drawn, not stored, one per listing and size."""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from random import Random

from aiohttp import web
from PIL import Image, ImageDraw

from watcher.demo.drawings import DRAWINGS, Pen, colour_of

PICTURES = "/images/g/{picture:[A-Za-z0-9~_-]{1,40}}/s-l{size:[0-9]{2,4}}.{suffix:jpg|png|webp}"
_MAX_SIZE = 500  # pixels
_FINENESS = 3  # drawn this much larger, so that edges become smooth
_UNITS, _COLOURS = 100, 64
_MAX_TURN, _MIN_SHARE = 7.0, 0.78  # degrees, and how much of the picture the thing fills at least
_UNKNOWN = "box"
_HEADERS = {"Cache-Control": "max-age=31536000", "X-Content-Type-Options": "nosniff"}


async def send_picture(request: web.Request) -> web.Response:
    """Handle the address of a picture. Like eBay's host, it sends what it has, whatever the suffix says."""
    size = min(int(request.match_info["size"]), _MAX_SIZE)
    return web.Response(
        body=draw_picture(request.match_info["picture"], size), headers=_HEADERS, content_type="image/png"
    )


@lru_cache(maxsize=500)
def draw_picture(name: str, size: int) -> bytes:
    """Return a square PNG, the same for the same name: a thing before a plain background.

    A name such as `watch-1a2b` begins with a name of DRAWINGS; the rest makes it differ from other watches.
    """
    dice = Random(name)
    side = size * _FINENESS
    hue, lightness = dice.random(), dice.uniform(0.8, 0.92)
    image = Image.new("RGB", (side, side), colour_of(hue, lightness, 0.32))
    background = ImageDraw.Draw(image)
    table = side * dice.uniform(0.62, 0.74)
    background.rectangle((0, table, side, side), colour_of(hue, lightness - 0.06, 0.28))
    share = dice.uniform(_MIN_SHARE, 0.98)
    thing = Image.new("RGBA", (side, side))
    draw = DRAWINGS.get(name.partition("-")[0], DRAWINGS[_UNKNOWN])
    draw(Pen(ImageDraw.Draw(thing), side / _UNITS, dice))
    if dice.random() < 0.5:
        thing = thing.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    inner = max(1, round(side * share))
    thing = thing.resize((inner, inner)).rotate(dice.uniform(-_MAX_TURN, _MAX_TURN), Image.Resampling.BICUBIC)
    corner = tuple(round((side - inner) / 2 + dice.uniform(-0.02, 0.02) * side) for _ in range(2))
    shadow = Image.new("RGB", thing.size, colour_of(hue, lightness - 0.2, 0.25))
    image.paste(shadow, (corner[0] + side // 60, corner[1] + side // 45), thing.getchannel("A"))
    image.paste(thing, (corner[0], corner[1]), thing.getchannel("A"))
    body = BytesIO()
    image.reduce(_FINENESS).quantize(_COLOURS).save(body, "PNG")
    return body.getvalue()
