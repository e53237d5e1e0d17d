"""Boxes: what follows from their style alone is worked out once per style."""

from __future__ import annotations

from typing import Any

from weasyprint.css import Style
from weasyprint.draw.color import get_color
from weasyprint.formatting_structure.boxes import Box
from weasyprint.layout import background, float, percent

_SIDES = ("left", "right", "top", "bottom")
_SIZES = ("width", "min_width", "max_width", "height", "min_height", "max_height")
_LENGTHS = (
    *(f"{kind}_{side}" for kind in ("margin", "padding") for side in _SIDES),
    *_SIZES,
)
_BORDERS = tuple(f"border_{side}_width" for side in _SIDES)
_RADII = tuple(
    f"border_{corner}_radius" for corner in ("top_left", "top_right", "bottom_right", "bottom_left")
)
_BARE = {**dict.fromkeys(_RADII, (0, 0)), "background": None}

RESOLVE = percent.resolve_percentages
AVOID = float.avoid_collisions
BACKGROUNDS = background.layout_box_backgrounds
_IN_FLOW = Box.is_in_normal_flow


def resolve(box: Any, containing_block: Any) -> None:
    """In place of ``resolve_percentages``: lengths without percentages are the same everywhere."""
    style = box.style
    if not hasattr(style, "used_lengths"):
        style.used_lengths = _used_lengths(style)
    if style.used_lengths is None or "style" not in vars(box):  # no box but a placeholder of one
        RESOLVE(box, containing_block)
        return
    lengths, borders, collapsed = style.used_lengths
    box.__dict__.update(lengths)
    if not collapsed:
        box.__dict__.update(borders)
    else:  # the borders of a table may be settled already
        box.__dict__.update({**borders, **{n: v for n, v in vars(box).items() if n in borders}})


def _used_lengths(style: Style) -> tuple[dict[str, Any], dict[str, Any], bool] | None:
    """The lengths and borders of any box of a style; None if they depend on where it stands."""
    lengths = {}
    for name in _LENGTHS:
        value = style[name]
        if value is None or value == "auto":
            lengths[name] = 0 if name.startswith("min_") else value
        elif getattr(value, "unit", None) == "px":
            lengths[name] = value.value
        else:
            return None
    if style["box_sizing"] != "content-box":
        return None
    return lengths, {name: style[name] for name in _BORDERS}, style["border_collapse"] == "collapse"


def is_in_normal_flow(box: Any) -> bool:
    """In place of the box's method, which asks its style five times; styles float or they don't."""
    style = box.style
    position, known = style["position"], getattr(style, "known_flow", None)
    if known is None or known[0] != position:  # markers of lists get theirs later
        known = style.known_flow = position, _IN_FLOW(box)
    return bool(known[1])


def avoid(context: Any, box: Any, containing_block: Any, outer: bool = True) -> Any:
    """In place of ``avoid_collisions``: where nothing floats there is nothing to avoid."""
    if context.excluded_shapes or containing_block.style["direction"] != "ltr":
        return AVOID(context, box, containing_block, outer)
    if box.style["float"] != "none" or box.margin_left or box.margin_right or box.margin_top:
        return AVOID(context, box, containing_block, outer)
    return containing_block.content_box_x(), box.position_y, containing_block.width


def backgrounds(page: Any, box: Any, get_image: Any, *args: Any, **options: Any) -> None:
    """In place of ``layout_box_backgrounds``: most boxes have none."""
    style = box.style
    if args or options or box is page or not _is_bare(style):
        BACKGROUNDS(page, box, get_image, *args, **options)
        return
    for child in box.all_children():
        backgrounds(page, child, get_image)
    for name, value in _BARE.items():
        setattr(box, name, value)


def _is_bare(style: Any) -> bool:
    if not hasattr(style, "is_bare"):
        style.is_bare = (
            style["border_image_source"][0] == style["mask_border_source"][0] == "none"
            and style["visibility"] != "hidden"
            and get_color(style, "background_color").alpha == 0
            and all(kind == "none" for kind, _ in style["background_image"])
            and not style["box_shadow"]
            and all((0, "px") in style[name] for name in _RADII)
        )
    return bool(style.is_bare)
