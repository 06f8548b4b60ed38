"""Images without what they tell beside the picture: written anew, with a small copy for lists."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from app.attachments.content import Kind

MOST_PIXELS = 50_000_000
_SMALL = (320, 320)
_FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}
_QUALITY = 90


class ImageError(ValueError):
    """The content is no image of its kind, or too large; the text says which."""


def cleaned(content: bytes, kind: Kind) -> tuple[bytes, bytes]:
    """The image turned upright and without metadata (EXIF holds the place), and a small JPEG. Raises ImageError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = _opened(content, kind)
            return _written(image, _FORMATS[kind.extension]), _small(image)
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageError("this is no image that can be read") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise error if isinstance(error, ImageError) else ImageError("the image is damaged") from error


def _opened(content: bytes, kind: Kind) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=[_FORMATS[kind.extension]])
    if image.width * image.height > MOST_PIXELS:
        raise ImageError(f"more than {MOST_PIXELS} pixels")
    upright = ImageOps.exif_transpose(image)
    plain = Image.new(upright.mode, upright.size)
    if upright.mode == "P":
        upright = upright.convert("RGBA")
        plain = Image.new("RGBA", upright.size)
    plain.paste(upright)
    return plain


def _written(image: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    fitting = image if kind != "JPEG" or image.mode in {"RGB", "L"} else image.convert("RGB")
    fitting.save(out, kind, quality=_QUALITY)
    return out.getvalue()


def _small(image: Image.Image) -> bytes:
    small = image.convert("RGB")
    small.thumbnail(_SMALL)
    return _written(small, "JPEG")
