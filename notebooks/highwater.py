"""The command ``highwater`` from Python.

Every function runs the command once with ``--format json`` and answers with what it printed, as plain
values with names. A goal that is missed (exit code 1) and a question that stays open (4) are answers;
everything else raises :class:`Failed` with the command's own message and exit code.

>>> answer = run("scenarios/lessons/claims-in-conflict.json", audit=True)
>>> answer.claims["full"].verdict
'holds'
>>> answer.conflicts[0].claims
('full', 'timeout')
>>> round(answer.summary["servers.redis.connected_clients_max"])
300

Only the standard library is needed, so that a worker of any scheduler can import this file;
:func:`timeseries` alone wants polars, and asks for it when it is called.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars

REPOSITORY = Path(__file__).resolve().parent.parent

ANSWERS = (0, 1, 4)
"""Exit codes that come with an answer: as wanted, not as wanted, undecided."""
RETRY = 3
"""The exit code of what may succeed when it is tried again: files and parts."""

Settings = Mapping[str, Any]
"""Keys of a scenario and their values, as ``--set`` takes them: ``{"servers.redis.timeout": "5min"}``."""


class Failed(RuntimeError):
    """The command gave no answer: exit code 2 is a mistake of the caller, 3 may pass.

    >>> run("scenarios/reality/plateau.json", settings={"servers.redis.timeuot": "5min"})
    Traceback (most recent call last):
    ...
    highwater.Failed: exit code 2: --set:1:1: servers.redis.timeuot: unknown key "timeuot"; did you mean "timeout"?
    """

    def __init__(self, command: Sequence[str], code: int, message: str) -> None:
        super().__init__(list(command), code, message)
        self.command, self.code, self.message = list(command), code, message

    def __str__(self) -> str:
        return f"exit code {self.code}: {self.message}"


# ---- what comes back ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What the command said."""

    code: int
    """0 as wanted, 1 not as wanted, 4 undecided."""
    value: Any
    """The JSON it printed."""


@dataclass(frozen=True)
class Claim:
    """A statement of the file, and the verdict on it."""

    id: str
    says: str
    verdict: str
    """``holds``, ``contradicted``, ``undecided`` or ``not_testable``."""
    wanted: str
    """The verdict that the file's author expects."""
    because: str
    expected: float | None
    observed: float | None
    """The median over runs, in seconds, bytes, or whatever the claim measures; None: it never came."""


@dataclass(frozen=True)
class Alert:
    """An alert rule, as it would have fired."""

    id: str
    says: str
    first_fired_s: float | None
    """The median over runs; None: never."""
    lead_s: float | None
    """How long before the first failed request; below zero: after it."""
    false_alarms: int | None
    """How often it fired on the run without the fault; None: there is none."""
    because: str


@dataclass(frozen=True)
class Conflict:
    """Claims that cannot be true together."""

    claims: tuple[str, ...]
    because: str
    by_arithmetic: bool
    """No run was needed to know."""
    repairs: tuple[tuple[str, ...], ...]
    """What was tried and has them all."""


@dataclass(frozen=True)
class Run(Answer):
    """A scenario that was played."""

    folder: Path | None = None
    """Where ``timeseries.csv``, ``events.jsonl`` and the pictures are, when they were asked for."""
    @property
    def claims(self) -> dict[str, Claim]:
        """The verdicts, by the id of the claim."""
        return {it["id"]: _claim(it) for it in self.value["claims"]}

    @property
    def alerts(self) -> dict[str, Alert]:
        """The alert rules of the file, by id."""
        return {it["id"]: _alert(it) for it in self.value.get("alerts", ())}

    @property
    def conflicts(self) -> tuple[Conflict, ...]:
        """What cannot be true together; empty without ``audit``."""
        return tuple(_conflict(it) for it in self.value.get("conflicts", ()))

    @property
    def digest(self) -> str:
        """Of everything that was simulated: the same on any machine."""
        return str(self.value["digest"])

    @property
    def summary(self) -> dict[str, Any]:
        """The figures by name, such as ``fleets.app.failed_ratio``."""
        return dict(self.value["summary"])


@dataclass(frozen=True)
class Event:
    """A line of ``events.jsonl``."""

    time_s: float
    event: str
    """Such as ``first_rejection``, ``oom_kill`` or ``timeline``."""
    part: str
    text: str


@dataclass(frozen=True)
class Sweep:
    """What is swept, and what is asked of it; the same for one run and for each of its parts.

    >>> Sweep("a.json", vary=("seed=1,2",), settings={"duration": "5s"}, runs=3).arguments()[1:]
    ['--runs', '3', '--vary', 'seed=1,2', '--set', 'duration=5s']
    """

    scenario: str | Path
    """The scenario file, from the top of the repository or absolute."""
    vary: tuple[str, ...]
    """``PATH=VALUES``, as ``--vary`` takes them."""
    goals: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    """Figures to show besides those of the goals."""
    outage: str | None = None
    """What an outage is, as ``--outage`` takes it."""
    settings: Settings = field(default_factory=dict)
    runs: int = 10
    """Runs of each point."""

    def arguments(self) -> list[str]:
        """The words after ``highwater sweep``."""
        words = [_path(self.scenario), "--runs", str(self.runs)]
        many = (("--vary", self.vary), ("--goal", self.goals), ("--figure", self.figures))
        for option, values in many:
            for value in values:
                words += [option, value]
        return [*words, *_option("--outage", self.outage), *_settings(self.settings)]


# ---- the command ----------------------------------------------------------------------------------


@cache
def binary() -> str:
    """The command: ``$HIGHWATER``, else the release build of this repository, else on the ``PATH``."""
    named = os.environ.get("HIGHWATER")
    if named:
        return named
    target = Path(os.environ.get("CARGO_TARGET_DIR", "target"))
    built = REPOSITORY / target / "release" / "highwater"
    found = str(built) if built.is_file() else shutil.which("highwater")
    if found is None:
        raise FileNotFoundError("no highwater: cargo build --release, or set HIGHWATER to the binary")
    return found


def call(*arguments: str) -> Answer:
    """Runs the command; raises :class:`Failed` when it gives no answer.

    >>> call("check", _path("scenarios/reality/plateau.json")).value[0]["ok"]
    True
    """
    command = [binary(), *arguments, "--format", "json", "--quiet"]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False
    )
    if done.returncode not in ANSWERS:
        raise Failed(command, done.returncode, done.stderr.strip() or _problems(done.stdout))
    return Answer(done.returncode, json.loads(done.stdout))


def run(
    scenario: str | Path,
    *,
    settings: Settings | None = None,
    runs: int | None = None,
    seed: str | None = None,
    audit: bool = False,
    out: Path | None = None,
) -> Run:
    """Plays a scenario; with ``audit`` also the accounts that its claims assume, which takes longer.

    >>> run("scenarios/reality/plateau.json").digest == run("scenarios/reality/plateau.json").digest
    True
    """
    words = ["run", _path(scenario), *_settings(settings)]
    words += [*_option("--runs", runs), *_option("--seed", seed)]
    words += [] if audit else ["--no-audit"]
    answer = call(*words, *_option("--out", out))
    return Run(answer.code, answer.value, out)


def sweep(what: Sweep, out: Path | None = None, jobs: int | None = None) -> Answer:
    """Plays a whole sweep, and writes its files to ``out``."""
    return call("sweep", *what.arguments(), *_option("--out", out), *_option("--jobs", jobs))


def shard(what: Sweep, index: int, of: int, out: Path, jobs: int | None = 1) -> dict[str, Any]:
    """Plays part ``index`` (from 1) of ``of`` and writes it to ``out``; answers with its receipt.

    A part that is there already is not played again, so this may be called as often as a scheduler
    likes, also by two at the same time. The receipt is small: the rows stay in the file.
    """
    part = ("--shard", f"{index}/{of}", *_option("--out", out))
    return dict(call("sweep", *what.arguments(), *part, *_option("--jobs", jobs)).value)


def merge(parts: Path, out: Path) -> Answer:
    """Checks the parts in a folder and joins them; raises :class:`Failed` and names what is missing."""
    return call("merge", str(parts), *_option("--out", out))


def solve(
    scenario: str | Path,
    *,
    vary: Sequence[str],
    goals: Sequence[str],
    settings: Settings | None = None,
    outage: str | None = None,
    runs: int | None = None,
) -> Answer:
    """Looks for the smallest or largest setting that meets the goals.

    ``value["answer"]`` is that setting, ``value["because"]`` says how sure it is.

    >>> found = solve(
    ...     "scenarios/capacity/smallest-pool.json",
    ...     vary=["fleets.shop.connections.main.pooled.max=9..12"],
    ...     goals=["fleets.shop.pools.main.checkout_wait_s_p99 < 100ms"],
    ...     settings={"duration": "15s"},
    ... )
    >>> found.code, found.value["answer"]
    (0, {'fleets.shop.connections.main.pooled.max': '9'})
    """
    words = ["solve", _path(scenario)]
    for option, values in (("--vary", vary), ("--goal", goals)):
        for value in values:
            words += [option, value]
    return call(*words, *_settings(settings), *_option("--outage", outage), *_option("--runs", runs))


def compare(
    scenario: str | Path,
    *others: str | Path,
    alternatives: Sequence[Settings] = (),
    settings: Settings | None = None,
    outage: str | None = None,
    runs: int | None = None,
) -> Answer:
    """Holds scenarios, or one with other settings, against the first, on the same random numbers.

    >>> sides = compare(
    ...     "scenarios/lessons/metastable-collapse.json",
    ...     alternatives=[{"fleets.app.retry": "none"}],
    ...     settings={"duration": "3min"},
    ...     runs=6,
    ... )
    >>> sides.value["others"][0]["effect"]["finding"]
    'prevents'
    """
    words = ["compare", _path(scenario), *map(_path, others)]
    for side in alternatives:
        words += ["--with", ",".join(f"{path}={_word(value)}" for path, value in side.items())]
    return call(*words, *_settings(settings), *_option("--outage", outage), *_option("--runs", runs))


def explain(
    scenario: str | Path,
    *,
    settings: Settings | None = None,
    failure: str | None = None,
    after: str | None = None,
    request: str | None = None,
) -> Answer:
    """Says why the first request fails, or the first by this cause, or tells one request's life.

    >>> explain("scenarios/lessons/leak-in-the-error-path.json").value["chain"][0]["kind"]
    'failure'
    """
    asked = (("--failure", failure), ("--after", after), ("--request", request))
    words = [word for option, value in asked for word in _option(option, value)]
    return call("explain", _path(scenario), *_settings(settings), *words)


def reality(scenario: str | Path, server: str, out: Path | None = None) -> Answer:
    """Drives a real server on this machine with a scenario's load, and compares."""
    return call("reality", _path(scenario), "--server", server, *_option("--out", out))


def presets(name: str | None = None) -> Any:
    """All presets, or one with every value and its source.

    >>> presets("redis-8.0")["values"]["maxclients"]["value"]
    10000
    """
    return call("presets", *([name] if name else [])).value


# ---- the files ------------------------------------------------------------------------------------


def timeseries(folder: Path | None) -> polars.DataFrame:
    """``timeseries.csv`` of a run: a row for each sample, a column for each series."""
    import polars

    if folder is None:
        raise ValueError("this run wrote no files: play it with out=FOLDER")
    return polars.read_csv(folder / "timeseries.csv", infer_schema_length=None)


def events(folder: Path | None) -> list[Event]:
    """``events.jsonl`` of a run: what happened when."""
    if folder is None:
        raise ValueError("this run wrote no files: play it with out=FOLDER")
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    return [Event(it["time_s"], it["event"], it["part"], it["text"]) for it in rows]


def points(folder: Path) -> list[dict[str, str | float | None]]:
    """The rows of ``points.csv`` of a sweep: numbers as numbers, what is empty as ``None``."""
    with open(folder / "points.csv", newline="", encoding="utf-8") as file:
        return [{key: _cell(text) for key, text in row.items()} for row in csv.DictReader(file)]


# ---- scenarios with fewer requests ----------------------------------------------------------------


def thinned(scenario: str | Path, by: int, folder: Path) -> Path:
    """A copy of a scenario, and of those it starts from, with one request where there were ``by``.

    Each of them leaks ``by`` times as often, so that as many connections leak a minute: what fills up
    does so at the same pace, in a fraction of the time to play. What depends on how many requests
    there are at once (processors, ports, queues) is no longer what it was. See :func:`thin` for what
    is changed.
    """
    source = Path(_path(scenario))
    whole = json.loads(source.read_text(encoding="utf-8"))
    if "base" in whole:
        thinned(source.parent / whole["base"], by, folder)
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / source.name
    copy.write_text(json.dumps(thin(whole, by), ensure_ascii=False, indent=2), encoding="utf-8")
    return copy


def thin(value: Any, by: int) -> Any:
    """Rates of arrival divided by ``by``, shares that leak multiplied by it.

    >>> thin({"rate": "22000/s", "leak": {"on_success": 0.0002, "on_error": 1}}, 100)
    {'rate': '220/s', 'leak': {'on_success': 0.02, 'on_error': 1}}
    >>> thin({"assume": {"fleets.chat.arrivals.poisson.rate": "250/s"}}, 100)
    {'assume': {'fleets.chat.arrivals.poisson.rate': '2.5/s'}}
    """
    if isinstance(value, list):
        return [thin(item, by) for item in value]
    if isinstance(value, dict):
        return {key: _thin_key(key, item, by) for key, item in value.items()}
    return value


def _thin_key(key: str, value: Any, by: int) -> Any:
    last = key.rsplit(".", 1)[-1]
    per_second = re.fullmatch(r"([\d.]+)/s", value) if isinstance(value, str) else None
    if last == "rate" and per_second:
        return f"{float(per_second[1]) / by:g}/s"
    if last in ("on_success", "on_error") and isinstance(value, float):
        return min(1.0, float(f"{value * by:.12g}"))
    return thin(value, by)


# ---- words and cells ------------------------------------------------------------------------------


def _path(scenario: str | Path) -> str:
    return str(REPOSITORY / scenario)


def _settings(settings: Settings | None) -> list[str]:
    words = []
    for path, value in (settings or {}).items():
        words += ["--set", f"{path}={_word(value)}"]
    return words


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _option(name: str, value: object | None) -> list[str]:
    return [] if value is None else [name, str(value)]


def _problems(printed: str) -> str:
    """The problems that a refused scenario prints as JSON, a line for each."""
    try:
        problems = json.loads(printed)["problems"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return printed.strip()
    return "\n".join(map(_problem, problems))


def _problem(it: dict[str, Any]) -> str:
    place = f"{it['file']}:{it['line']}:{it['column']}"
    said = ": ".join(word for word in (place, it["path"], it["message"]) if word)
    return f"{said}; {it['hint']}" if it["hint"] else said


def _claim(it: dict[str, Any]) -> Claim:
    return Claim(
        id=it["id"],
        says=it["says"],
        verdict=it["verdict"],
        wanted=it["wanted"],
        because=it["because"],
        expected=it["expected"] if isinstance(it["expected"], (int, float)) else None,
        observed=_median(it["observed"]),
    )


def _alert(it: dict[str, Any]) -> Alert:
    return Alert(
        id=it["id"],
        says=it["says"],
        first_fired_s=_median(it["first_fired"]),
        lead_s=_median(it["before_first_failure"]),
        false_alarms=it["false_alarms"],
        because=it["because"],
    )


def _conflict(it: dict[str, Any]) -> Conflict:
    repairs = tuple(tuple(repair["with"]) for repair in it["repairs"])
    return Conflict(tuple(it["claims"]), it["because"], it["by_arithmetic"], repairs)


def _median(observed: dict[str, Any] | None) -> float | None:
    return None if observed is None else observed["median"]


def _cell(text: str) -> str | float | None:
    if text == "":
        return None
    try:
        return float(text)
    except ValueError:
        return text
