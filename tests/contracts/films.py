"""Films that tests make: a coloured pattern that moves, and nothing else."""

import io
import struct
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray


def pattern(number: int, width: int, height: int) -> NDArray[np.uint8]:
    """Frame `number`, shape (height, width, 3): gradients that wander, and a bar that falls."""
    rows, columns = np.mgrid[:height, :width]
    frame = np.zeros((height, width, 3), np.uint8)
    frame[..., 0] = (columns * 3 + number * 5) % 256
    frame[..., 1] = (rows * 2 + columns + number) % 256
    top = number * 3 % height
    frame[top : top + height // 5, :, 2] = 255
    return frame


def film(
    *,
    container: str = "mp4",
    codec: str = "libx264",
    frames: int = 60,
    width: int = 160,
    height: int = 120,
    rate: Fraction | int = 30,
    key_every: int = 15,
    sound: bool = False,
    still: bool = False,
    rotated: int = 0,
    tags: dict[str, str] | None = None,
    options: dict[str, str] | None = None,
) -> bytes:
    """The bytes of a film of the pattern, each time the same."""
    written = io.BytesIO()
    with av.open(written, "w", format=container, options={"fflags": "+bitexact", **(options or {})}) as output:
        output.metadata.update(tags or {})
        stream = output.add_stream(codec, rate=rate, options={"bf": "0", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.gop_size = key_every
        if rotated:
            stream.set_display_rotation(rotated)
        audio = output.add_stream("aac" if container in ("mp4", "mov") else "libopus", rate=48000) if sound else None
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(pattern(0 if still else number, width, height))
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
        if audio is not None:
            silence = av.AudioFrame.from_ndarray(np.zeros((2, 4800), np.float32), format="fltp", layout="stereo")
            silence.sample_rate = 48000
            output.mux(audio.encode(silence))
            output.mux(audio.encode())
    return written.getvalue()


def endless_film(frames: int, pause: int = 4096) -> bytes:
    """An MP4 of one stored picture, which its tables show `frames` times, each for a quarter of a second."""
    raw = film(frames=1)
    at = raw.index(b"moov") - 4
    return raw[:at] + _repeated(raw[at:], frames, pause)


def _repeated(boxes: bytes, frames: int, pause: int) -> bytes:
    """Boxes of a film of one sample (ISO/IEC 14496-12, 8.6 and 8.7), with tables by which it is each of `frames`."""
    rewritten, at = b"", 0
    while at < len(boxes):
        size, kind = struct.unpack_from(">I4s", boxes, at)
        body = boxes[at + 8 : at + size]
        at += size
        if kind == b"edts":
            continue  # it states how long the one picture is shown
        if kind in (b"moov", b"trak", b"mdia", b"minf", b"stbl"):
            body = _repeated(body, frames, pause)
        elif kind == b"mdhd":
            body = body[:16] + struct.pack(">I", min(frames * pause, 2**32 - 1)) + body[20:]
        elif kind == b"stts":
            body = struct.pack(">IIII", 0, 1, frames, pause)
        elif kind == b"stsz":
            body = struct.pack(">III", 0, int.from_bytes(body[12:16]) or int.from_bytes(body[4:8]), frames)
        elif kind == b"stco":
            body = struct.pack(">II", 0, frames) + body[8:12] * frames
        rewritten += struct.pack(">I4s", 8 + len(body), kind) + body
    return rewritten
