"""The look of the notebooks' charts: a title that says what to see, names beside lines, limits dashed.

Colours are those of Okabe and Ito, which people with any colour vision tell apart; lines also differ
by dash. Charts are shown as SVG, so that they need no network and look the same everywhere.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import altair as alt

BLUE, RED, GREEN, ORANGE, PURPLE, GREY, INK = (
    "#0072B2", "#D55E00", "#007F5C", "#B87700", "#A6568C", "#6B6B6B", "#222222",
)
"""The palette, its lighter colours darkened so that their names can be read on white."""

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH, HEIGHT = 560, 250
# At both sides there is room for letters that are wider elsewhere, and lines are short for the same reason.
PADDING = {"left": 48, "top": 12, "right": 48, "bottom": 12}
LINE_MAX = 76
ROWS_MAX = 240
"""More points than this in a line are not seen, and make the file large."""

CROSS = {"shape": "cross", "angle": 45, "color": RED, "size": 110}

Points = Sequence[tuple[float, float]]

alt.renderers.enable("svg")


def _theme() -> alt.theme.ThemeConfig:
    axis = {
        "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelColor": INK,
        "titleColor": INK, "gridColor": "#E6E6E6", "domainColor": GREY, "tickColor": GREY,
    }
    title = {
        "fontSize": 15, "subtitleFontSize": 12, "anchor": "start", "color": INK,
        "subtitleColor": GREY, "offset": 14, "frame": "group",
    }
    return {
        "config": {
            "font": FONT, "background": "white", "axis": axis, "title": title,
            "text": {"fontSize": 12}, "view": {"stroke": None}, "padding": PADDING,
            "header": {"labelFontSize": 12, "labelFontWeight": "bold", "labelColor": INK},
        }
    }


alt.theme.register("highwater", enable=True)(_theme)


@dataclass(frozen=True)
class Line:
    """A line of a chart, and its name."""

    name: str
    points: Points
    colour: str = BLUE
    dash: tuple[int, ...] = (1, 0)
    dots: bool = False
    """Only the points: what was measured."""
    at: float | None = None
    """Where along x the name stands; at the end unless given."""
    lift: float = 0
    """How many pixels the name stands above the line; below zero: under it."""
    left: bool = False
    """The name ends at ``at`` instead of beginning there."""


def lines(
    drawn: Iterable[Line],
    *,
    title: str,
    says: str = "",
    x: str,
    y: str,
    limits: Mapping[str, float] | None = None,
    marks: Mapping[str, float] | None = None,
    x_max: float | None = None,
    y_max: float | None = None,
    height: int = HEIGHT,
    limits_at: float = 0,
) -> alt.LayerChart:
    """Lines against x, limits across them, and what happened when as upright marks.

    ``says`` stands below the title; ``limits_at`` is where along x the names of limits begin.
    """
    drawn = [_fewer(line) for line in drawn]
    every = [point for line in drawn for point in line.points]
    right = x_max if x_max is not None else max(at for at, _ in every)
    tops = [value for _, value in every] + list((limits or {}).values())
    top = y_max if y_max is not None else 1.08 * max(tops)
    across = alt.X("x:Q", title=x, scale=alt.Scale(domain=[0, right], nice=False))
    up = alt.Y("y:Q", title=y, scale=alt.Scale(domain=[0, top], nice=False))
    layers: list[alt.Chart] = []
    layers += [_limit(name, value, right, across, up) for name, value in (limits or {}).items()]
    layers += [_mark(at, across) for at in (marks or {}).values()]
    for line in drawn:
        layers += [_line(line, across, up), _name(line, right, across, up)]
    for name, value in (limits or {}).items():
        layers.append(_words(name, limits_at, value, across, up, dx=6, dy=-8, colour=INK))
    for order, (name, at) in enumerate((marks or {}).items()):
        layers.append(_mark_words(name, at, at > 0.6 * right, order, across))
    return alt.layer(*layers).properties(
        width=WIDTH, height=height, title=_title(title, says), description=f"{title} {says}".strip()
    )


def rows(
    drawn: Sequence[Line],
    *,
    title: str,
    says: str = "",
    x: str,
    x_max: float,
    y_max: float,
    marks: Mapping[str, float] | None = None,
    height: int = 56,
) -> alt.VConcatChart:
    """One small chart for each line, one below the other on the same scales, its name on the left."""
    charts = []
    for order, line in enumerate(map(_fewer, drawn)):
        last = order == len(drawn) - 1
        axis = alt.Axis() if last else alt.Axis(labels=False, ticks=False)
        scale = alt.Scale(domain=[0, x_max], nice=False)
        across = alt.X("x:Q", title=x if last else None, scale=scale, axis=axis)
        heights = alt.Scale(domain=[0, y_max], nice=False)
        up = alt.Y("y:Q", title=None, scale=heights, axis=alt.Axis(tickCount=2))
        area = alt.Chart(_data([{"x": at, "y": value} for at, value in line.points]))
        layers = [area.mark_area(color=line.colour, opacity=0.85, clip=True).encode(across, up)]
        layers += [_mark(at, across) for at in (marks or {}).values()]
        name = alt.Chart(_data([{"words": line.name}]))
        name = name.mark_text(align="right", dx=-46, color=line.colour, fontWeight="bold")
        layers.append(name.encode(x=alt.value(0), y=alt.value(height / 2), text="words:N"))
        if order == 0:
            for mark, at in (marks or {}).items():
                words = alt.Chart(_data([{"x": at, "words": mark}]))
                words = words.mark_text(align="left", baseline="bottom", dx=3, dy=-2, color=GREY)
                layers.append(words.encode(across, y=alt.value(0), text="words:N"))
        charts.append(alt.layer(*layers).properties(width=WIDTH, height=height))
    return alt.vconcat(*charts, spacing=10).properties(
        title=_title(title, says), description=f"{title} {says}".strip()
    )


@dataclass(frozen=True)
class Bar:
    """A bar and what stands at its end."""

    name: str
    value: float
    words: str
    colour: str = BLUE


def bars(
    drawn: Sequence[Bar],
    *,
    title: str,
    says: str = "",
    x: str,
    limits: Mapping[str, float] | None = None,
    x_max: float | None = None,
) -> alt.LayerChart:
    """Bars in the order given, each with its name on the left and its figure at the end."""
    values = [bar.value for bar in drawn] + list((limits or {}).values())
    right = x_max if x_max is not None else 1.3 * max(values)
    across = alt.X(
        "x:Q", title=x, scale=alt.Scale(domain=[0, right], nice=False), axis=alt.Axis(tickMinStep=1)
    )
    names = [bar.name for bar in drawn]
    up = alt.Y("name:N", title=None, sort=names, axis=alt.Axis(labelLimit=260, ticks=False, labelPadding=8))
    rows = [
        {"name": bar.name, "x": bar.value, "zero": 0, "words": bar.words, "colour": bar.colour}
        for bar in drawn
    ]
    base = alt.Chart(_data(rows)).encode(y=up)
    colour = alt.Color("colour:N", scale=None)
    layers = [base.mark_bar(height=16).encode(x=across, x2="zero:Q", color=colour)]
    for name, value in (limits or {}).items():
        at = _data([{"x": value, "words": name}])
        layers.append(alt.Chart(at).mark_rule(strokeDash=[6, 4], color=INK).encode(x=across))
        words = alt.Chart(at).mark_text(align="left", baseline="bottom", dx=4, dy=-2, color=INK)
        layers.append(words.encode(x=across, y=alt.value(0), text="words:N"))
    # Once in white, so that a limit does not cross the words.
    for halo in ({"stroke": "white", "strokeWidth": 5}, {}):
        words = base.mark_text(align="left", dx=5, color=INK, **halo)
        layers.append(words.encode(x=across, text="words:N"))
    return alt.layer(*layers).properties(
        width=WIDTH - 120, height=30 * len(drawn), title=_title(title, says),
        description=f"{title} {says}".strip(),
    )


@dataclass(frozen=True)
class Interval:
    """A figure at one setting: its mean over runs and the ends of its interval."""

    at: float
    mean: float
    low: float
    high: float
    bad: bool = False
    """Something else goes wrong at this setting: drawn as a cross."""


def curve(
    drawn: Sequence[Interval],
    theory: Line,
    *,
    title: str,
    says: str = "",
    x: str,
    y: str,
    limits: Mapping[str, float] | None = None,
    good: tuple[float, float] | None = None,
    bad: str = "",
    log: bool = False,
    height: int = HEIGHT,
) -> alt.LayerChart:
    """A sweep's curve beside what a formula says; a band from the first to the last good setting.

    ``bad`` stands above the first cross, ``log`` makes each step along x the same factor.
    """
    ends = [it.at for it in drawn]
    room = 1.15 if log else 0.5
    domain = [min(ends) / room, max(ends) * room] if log else [min(ends) - room, max(ends) + room]
    top = 1.15 * max([it.high for it in drawn] + list((limits or {}).values()))
    scale = alt.Scale(domain=domain, nice=False, type="log" if log else "linear")
    ticks = alt.Axis(values=ends, format="d", grid=False)
    across = alt.X("x:Q", title=x, scale=scale, axis=ticks)
    heights = alt.Scale(domain=[0, top], nice=False)
    up = alt.Y("y:Q", title=y, scale=heights)
    layers: list[alt.Chart] = []
    if good is not None:
        half = 1.12 if log else 0.4
        wide = (good[0] / half, good[1] * half) if log else (good[0] - half, good[1] + half)
        band = alt.Chart(_data([{"x": wide[0], "end": wide[1], "words": "meets the goals"}]))
        layers.append(band.mark_rect(color=GREEN, opacity=0.13).encode(across, x2="end:Q"))
        words = band.mark_text(align="left", baseline="top", dx=5, dy=4, color=GREEN)
        layers.append(words.encode(across, y=alt.value(0), text="words:N"))
    for name, value in (limits or {}).items():
        flat = alt.Chart(_data([{"x": at, "y": value} for at in domain]))
        layers.append(flat.mark_line(color=INK, strokeDash=[6, 4], strokeWidth=1.3).encode(across, up))
        layers.append(_words(name, domain[1], value, across, up, dx=6, colour=INK))
    layers += [_line(theory, across, up), _name(theory, domain[1], across, up)]
    rows = [{"x": it.at, "y": it.mean, "low": it.low, "high": it.high} for it in drawn]
    fine = [row for row, it in zip(rows, drawn, strict=True) if not it.bad]
    wrong = [row for row, it in zip(rows, drawn, strict=True) if it.bad]
    bars = alt.Chart(_data(rows)).mark_rule(color=BLUE, strokeWidth=2)
    layers.append(bars.encode(across, alt.Y("low:Q", title=y, scale=heights), y2="high:Q"))
    for found, mark in ((fine, {"color": BLUE, "size": 60}), (wrong, CROSS)):
        if found:
            dots = alt.Chart(_data(found)).mark_point(filled=True, opacity=1, **mark)
            layers.append(dots.encode(across, up))
    if bad and wrong:
        layers.append(_words(bad, wrong[0]["x"], wrong[0]["y"], across, up, dx=-60, dy=-72, colour=RED))
    return alt.layer(*layers).properties(
        width=WIDTH, height=height, title=_title(title, says), description=f"{title} {says}".strip()
    )


@dataclass(frozen=True)
class Pair:
    """What was recorded, from the least to the greatest of several runs, and what was simulated."""

    name: str
    least: float
    greatest: float
    simulated: float
    band: tuple[float, float]
    """What the simulated figure may be."""


def pairs(
    drawn: Sequence[Pair], *, title: str, says: str = "", x: str, digits: int = 0
) -> alt.LayerChart:
    """Recorded and simulated beside each other, a row for each, along a logarithmic scale."""
    names = [pair.name for pair in drawn]
    up = alt.Y("name:N", title=None, sort=names, axis=alt.Axis(labelLimit=260, ticks=False, labelPadding=8))
    ends = [min(pair.band[0] for pair in drawn) / 1.2, max(pair.band[1] for pair in drawn) * 1.2]
    scale = alt.Scale(type="log", domain=ends, nice=False)
    rows = [
        {
            "name": it.name, "low": it.band[0], "high": it.band[1], "least": it.least,
            "greatest": it.greatest, "x": it.simulated, "at": ends[1],
            "words": f"{it.simulated:,.{digits}f}",
            "real": f"{it.least:,.{digits}f} to {it.greatest:,.{digits}f}",
        }
        for it in drawn
    ]
    base = alt.Chart(_data(rows)).encode(y=up)

    def across(field: str) -> alt.X:
        axis = alt.Axis(labelOverlap="greedy", labelSeparation=8)
        return alt.X(f"{field}:Q", title=x, scale=scale, axis=axis)

    layers = [
        base.mark_bar(height=18, color="#DDDDDD").encode(x=across("low"), x2="high:Q"),
        base.mark_bar(height=7, color=BLUE).encode(x=across("least"), x2="greatest:Q"),
        base.mark_tick(thickness=3, size=7, color=BLUE).encode(x=across("least")),
        base.mark_point(shape="diamond", color=RED, filled=True, opacity=1, size=70).encode(x=across("x")),
    ]
    for field, colour, dx, head in (("real", BLUE, 10, "recorded"), ("words", RED, 140, "simulated")):
        words = base.mark_text(align="left", dx=dx, color=colour)
        layers.append(words.encode(x=across("at"), text=f"{field}:N"))
        above = alt.Chart(_data([{"at": ends[1], "words": head}]))
        above = above.mark_text(align="left", baseline="bottom", dx=dx, dy=-4, color=colour, fontWeight="bold")
        layers.append(above.encode(x=across("at"), y=alt.value(0), text="words:N"))
    return alt.layer(*layers).properties(
        width=WIDTH - 160, height=30 * len(drawn), title=_title(title, says),
        description=f"{title} {says}".strip(),
    )


def below(*charts: alt.LayerChart, title: str, says: str = "") -> alt.VConcatChart:
    """Charts one below the other, under one title."""
    return alt.vconcat(*charts, spacing=18).properties(
        title=_title(title, says), description=f"{title} {says}".strip()
    )


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Any:
    """A table that notebooks and pages show as one."""
    from IPython.display import Markdown

    lines = [list(head), ["---"] * len(head), *rows]
    cells = (" | ".join(str(cell).replace("|", "\\|") for cell in row) for row in lines)
    return Markdown("\n".join(f"| {row} |" for row in cells))


# ---- parts ----------------------------------------------------------------------------------------


def _data(rows: list[dict[str, Any]]) -> alt.Data:
    return alt.Data(values=rows)


def _title(title: str, says: str) -> alt.TitleParams:
    lines = textwrap.wrap(says, LINE_MAX)
    return alt.TitleParams(title, subtitle=lines) if lines else alt.TitleParams(title)


def _fewer(line: Line) -> Line:
    """Every so many-th point, and the last."""
    every = -(-len(line.points) // ROWS_MAX)
    points = [(float(x), float(y)) for x, y in line.points]
    kept = points[::every]
    if points[-1] != kept[-1]:
        kept.append(points[-1])
    return replace(line, points=kept)


def _line(line: Line, x: alt.X, y: alt.Y) -> alt.Chart:
    chart = alt.Chart(_data([{"x": at, "y": value} for at, value in line.points]))
    if line.dots:
        return chart.mark_point(color=line.colour, size=28, filled=False, clip=True).encode(x, y)
    return chart.mark_line(
        color=line.colour, strokeWidth=2.2, strokeDash=list(line.dash), clip=True
    ).encode(x, y)


def _name(line: Line, right: float, x: alt.X, y: alt.Y) -> alt.Chart:
    """At the end of the line, right of the chart; or above it, where the chart says so."""
    if line.at is None:
        at, value = [point for point in line.points if point[0] <= right][-1]
        return _words(line.name, at, value, x, y, dx=6, dy=-line.lift, colour=line.colour)
    at, value = min(line.points, key=lambda point: abs(point[0] - (line.at or 0)))
    align, dx = ("right", -6) if line.left else ("left", 6)
    return _words(line.name, at, value, x, y, align=align, dx=dx, dy=-line.lift, colour=line.colour)


def _words(
    words: str, at: float, value: float, x: alt.X, y: alt.Y, *,
    colour: str, align: Any = "left", dx: float = 0, dy: float = 0,
) -> alt.Chart:
    mark = alt.Chart(_data([{"x": at, "y": value, "words": words}]))
    return mark.mark_text(
        align=align, baseline="middle", dx=dx, dy=dy, color=colour, lineBreak="\n"
    ).encode(x, y, text="words:N")


def _limit(name: str, value: float, right: float, x: alt.X, y: alt.Y) -> alt.Chart:
    ends = [{"x": 0, "y": value}, {"x": right, "y": value}]
    return alt.Chart(_data(ends)).mark_line(color=INK, strokeDash=[6, 4], strokeWidth=1.3).encode(x, y)


def _mark(at: float, x: alt.X) -> alt.Chart:
    return alt.Chart(_data([{"x": at}])).mark_rule(color=GREY, strokeWidth=1).encode(x)


def _mark_words(words: str, at: float, left: bool, order: int, x: alt.X) -> alt.Chart:
    mark = alt.Chart(_data([{"x": at, "words": words}]))
    return mark.mark_text(
        align="right" if left else "left", baseline="top", dx=-4 if left else 4, dy=2 + 16 * order,
        color=GREY,
    ).encode(x, y=alt.value(0), text="words:N")
