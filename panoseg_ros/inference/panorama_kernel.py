# mypy: disable-error-code="no-untyped-def"
# ruff: noqa: N803 - what is known when a kernel is compiled stands in capitals
"""Triton kernels of `panorama_torch`: a parcel of lens pictures to what the network takes.

One pass reads raw pixels and writes the panorama, as it is shown, and the network's input:
normalised, in the network's precision, with its circular margin. A pixel shrinks, brightens
and interpolates what it needs itself; neighbours read the same bytes, from the cache. For a
turned panorama a second pass samples the first one's.

No size is specialised on: a lens that falls silent must not compile anything.
"""

from typing import Any

import triton
import triton.language as tl

from panoseg_ros.cameras import canvas

BLOCK_PX = 128  # pixels of one program, few enough that small panoramas fill a GPU
KNEE = tl.constexpr(canvas.KNEE)
SLIP = tl.constexpr(6)  # numbers of a slip
SIZES = ['lenses', 'height', 'width', 'wrap', 'first_slope', 'top_pole', 'bottom_pole']
Tensor = Any  # torch.Tensor; torch itself is not needed here


@triton.jit
def _put(image, target, norms, p, live, red, green, blue, width, wrap, NORMALISE: tl.constexpr):
    """Write pixels of the panorama, and of the network's input with its margins."""
    for channel in tl.static_range(3):
        value = red if channel == 0 else (green if channel == 1 else blue)
        tl.store(image + 3 * p + channel, value.to(tl.uint8), mask=live)
        if NORMALISE:
            normal = value * tl.load(norms + channel) + tl.load(norms + 3 + channel)
            normal = normal.to(target.dtype.element_ty)
            u = p % width
            at = target + 3 * (p // width * (width + 2 * wrap) + wrap + u) + channel
            tl.store(at, normal, mask=live)
            tl.store(at + 3 * width, normal, mask=live & (u < wrap))
            tl.store(at - 3 * width, normal, mask=live & (u >= width - wrap))


@triton.jit
def _bent(value, slopes):
    """Return an int32 value times its gain, as `cameras.canvas.brighten` does."""
    low = (value * 128 * tl.load(slopes).to(tl.int32) + 32768) >> 16
    high = 255 - (((255 - value) * 128 * tl.load(slopes + 1).to(tl.int32) + 32768) >> 16)
    return tl.where(value < KNEE, low, high).to(tl.float32)


@triton.jit
def _corner(view, stride, halvings, rounding, slopes, row, column, seen):
    """Return the colours of pixels of a shrunk and brightened lens picture."""
    side = 1 << halvings
    at = view + row * side * stride + column * side * 3
    red, green, blue = tl.zeros_like(row), tl.zeros_like(row), tl.zeros_like(row)
    for y in range(side):
        for x in range(side):
            here = at + y * stride + x * 3
            red += tl.load(here, mask=seen, other=0).to(tl.int32)
            green += tl.load(here + 1, mask=seen, other=0).to(tl.int32)
            blue += tl.load(here + 2, mask=seen, other=0).to(tl.int32)
    red, green = (red + rounding) >> (2 * halvings), (green + rounding) >> (2 * halvings)
    blue = (blue + rounding) >> (2 * halvings)
    return _bent(red, slopes), _bent(green, slopes + 2), _bent(blue, slopes + 4)


@triton.jit(do_not_specialize=[name for name in SIZES if 'pole' not in name])
def _mix(
    parcel, numbers, slips, places, weights, image, target, norms,
    first_slope, lenses, height, width, wrap,
    NORMALISE: tl.constexpr, BLOCK: tl.constexpr,
):  # fmt: skip
    """Write a block of pixels of a panorama, and of the network's input if wanted."""
    pixels = height * width
    p = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    live = p < pixels
    red = tl.full((BLOCK,), 0.5, tl.float32)  # to be rounded
    green, blue = red, red
    for lens in range(lenses):
        weight = tl.load(weights + lens * pixels + p, mask=live, other=0.0)
        if tl.max(weight, 0) > 0.0:
            seen = weight > 0.0
            slip, slopes = slips + lens * SLIP, numbers + first_slope + lens * 6
            view, stride = parcel + tl.load(slip), tl.load(slip + 1)
            wide, high = tl.load(slip + 2), tl.load(slip + 3)
            halvings, rounding = tl.load(slip + 4), tl.load(slip + 5)
            at = places + 2 * lens * pixels + p
            across = tl.load(at, mask=seen, other=0.0)
            down = tl.load(at + pixels, mask=seen, other=0.0)
            left, top = across.to(tl.int32), down.to(tl.int32)
            across, down = across - left, down - top
            for corner in tl.static_range(4):
                column, row = left + corner % 2, tl.minimum(top + corner // 2, high - 1)
                column = tl.where(column >= wide, column - wide, column)
                share = across if corner % 2 == 1 else 1.0 - across
                share *= weight * (down if corner // 2 == 1 else 1.0 - down)
                r, g, b = _corner(
                    view, stride, halvings, rounding, slopes, row, column, seen
                )  # fmt: skip
                red, green, blue = red + share * r, green + share * g, blue + share * b
    red, green, blue = tl.floor(red), tl.floor(green), tl.floor(blue)
    _put(image, target, norms, p, live, red, green, blue, width, wrap, NORMALISE)


@triton.jit
def _arctan2(y, x):
    """Return the angle to 1e-5 rad, by the formula of the CPU road (see `cameras.levelling`)."""
    across, along = tl.abs(y), tl.abs(x)
    steep = across > along
    t = tl.where(steep, along, across) / (tl.where(steep, across, along) + 1e-30)
    s = t * t
    angle = 0.1801410 + s * (-0.0851330 + s * 0.0208351)
    angle = t * (0.9998660 + s * (-0.3302995 + s * angle))
    angle = tl.where(steep, 1.5707963267948966 - angle, angle)
    angle = tl.where(x < 0.0, 3.141592653589793 - angle, angle)
    return tl.where(y < 0.0, -angle, angle)


@triton.jit(do_not_specialize=[name for name in SIZES if name not in ('lenses', 'first_slope')])
def _turn(
    seen, numbers, rows, seen_valid, image, valid, target, norms,
    height, width, wrap, top_pole, bottom_pole,
    BLOCK: tl.constexpr,
):  # fmt: skip
    """Write a block of pixels of a turned panorama, of what is valid, and of the input."""
    pixels = height * width
    p = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    live = p < pixels
    u, v = p % width, p // width
    flat = tl.load(rows + v, mask=live, other=1.0)
    up = tl.load(rows + height + v, mask=live, other=0.0)
    axis, scale = numbers + 3 * width, numbers + 3 * width + 3
    x = flat * tl.load(numbers + u) + up * tl.load(axis)
    y = flat * tl.load(numbers + width + u) + up * tl.load(axis + 1)
    z = flat * tl.load(numbers + 2 * width + u) + up * tl.load(axis + 2)
    across = (tl.load(scale) - tl.load(scale + 1) * _arctan2(y, x)).to(tl.int32)
    down = tl.load(scale + 2) - tl.load(scale + 3) * _arctan2(z, tl.sqrt_rn(x * x + y * y))
    reached = live & (down >= 16.0) & (down <= (height + 0.5) * 32.0 + 1.0)
    down = tl.where(reached, down, 32.0).to(tl.int32)
    red, green, blue = tl.zeros_like(p), tl.zeros_like(p), tl.zeros_like(p)
    sound = reached
    for corner in tl.static_range(4):
        row, column = (down >> 5) + corner // 2, (across >> 5) + corner % 2
        share = (down & 31) if corner // 2 == 1 else 32 - (down & 31)
        share *= (across & 31) if corner % 2 == 1 else 32 - (across & 31)
        # One pixel beyond a pole is the same row half a turn further.
        beyond = ((row < 1) & (top_pole > 0)) | ((row > height) & (bottom_pole > 0))
        column += width - 1 + tl.where(beyond, width // 2, 0)
        at = tl.minimum(tl.maximum(row - 1, 0), height - 1) * width + column % width
        red += share * tl.load(seen + 3 * at, mask=reached, other=0).to(tl.int32)
        green += share * tl.load(seen + 3 * at + 1, mask=reached, other=0).to(tl.int32)
        blue += share * tl.load(seen + 3 * at + 2, mask=reached, other=0).to(tl.int32)
        sound = sound & (tl.load(seen_valid + at, mask=reached, other=0) > 0)
    red, green, blue = (red + 512) >> 10, (green + 512) >> 10, (blue + 512) >> 10
    tl.store(valid + p, sound.to(tl.uint8), mask=live)
    _put(
        image, target, norms, p, live, red.to(tl.float32), green.to(tl.float32),
        blue.to(tl.float32), width, wrap, True,
    )  # fmt: skip


def mix(
    sources: Any, first_slope: int, image: Tensor, target: Tensor, norms: Tensor, normalise: bool
) -> None:
    """Write a panorama, and what the network takes of it.

    Args:
        sources: `panorama_torch.Sources`.
        first_slope: see `panorama.Parcel`.
        image: (H, W, 3) uint8, written.
        target: (1, 3, H, W + 2 wrap) of the network's type, channels-last.
        norms: (2, 3) float32, scale and shift of values 0..255.
        normalise: whether `target` is written.
    """
    height, width = image.shape[:2]
    _mix[(triton.cdiv(height * width, BLOCK_PX),)](
        *sources[:5], image, target, norms, first_slope, len(sources.weights),
        height, width, (target.shape[3] - width) // 2, NORMALISE=normalise, BLOCK=BLOCK_PX,
    )  # fmt: skip


def turn(
    seen: Tensor,
    sources: Any,
    rows: Tensor,
    poles: tuple[bool, bool],
    image: Tensor,
    valid: Tensor,
    target: Tensor,
    norms: Tensor,
) -> None:
    """Write a turned panorama and what the network takes of it.

    Args:
        seen: (H, W, 3) uint8, what is turned.
        sources: `panorama_torch.Sources`.
        rows: (2, H) float32 of `cameras.Directions`.
        poles: whether the panorama reaches straight up and straight down.
        image: (H, W, 3) uint8, written.
        valid: (H, W) uint8, written.
        target: see `mix`; written.
        norms: see `mix`.
    """
    height, width = image.shape[:2]
    _turn[(triton.cdiv(height * width, BLOCK_PX),)](
        seen, sources.numbers, rows, sources.valid, image, valid, target, norms,
        height, width, (target.shape[3] - width) // 2, int(poles[0]), int(poles[1]),
        BLOCK=BLOCK_PX,
    )  # fmt: skip
