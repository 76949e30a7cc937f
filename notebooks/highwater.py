"""The command ``highwater`` from Python.

Every function runs the command once with ``--format json`` and answers with what it printed. A run
that fails raises :class:`Failed` with its message and exit code; a missed goal is an answer, not a
failure. Only the standard library is needed, so that a worker of any scheduler can import this file.
"""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parent.parent

ANSWERS = (0, 1, 4)
"""Exit codes that come with an answer: as wanted, not as wanted, undecided."""
RETRY = 3
"""The exit code of what may succeed when it is tried again: files and parts."""


class Failed(RuntimeError):
    """The command gave no answer: exit code 2 is a mistake of the caller, 3 may pass."""

    def __init__(self, command: list[str], code: int, message: str) -> None:
        super().__init__(command, code, message)
        self.command, self.code, self.message = command, code, message

    def __str__(self) -> str:
        return f"exit code {self.code}: {self.message}"


@dataclass(frozen=True)
class Answer:
    """What the command said."""

    code: int
    """0 as wanted, 1 not as wanted, 4 undecided."""
    value: dict[str, Any]
    """The JSON it printed."""


@dataclass(frozen=True)
class Sweep:
    """What is swept, and what is asked of it; the same for one run and for each of its parts."""

    scenario: str
    """The scenario file, from the top of the repository or absolute."""
    vary: tuple[str, ...]
    """``PATH=VALUES``, as ``--vary`` takes them."""
    goals: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    """``PATH=VALUE``, as ``--set`` takes them."""
    runs: int = 10
    """Runs of each point."""

    def arguments(self) -> list[str]:
        """The words after ``highwater sweep``."""
        words = [str(REPOSITORY / self.scenario), "--runs", str(self.runs)]
        for option, values in (("--vary", self.vary), ("--goal", self.goals), ("--set", self.settings)):
            for value in values:
                words += [option, value]
        return words


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
    """Runs the command; raises :class:`Failed` when it gives no answer."""
    command = [binary(), *arguments, "--format", "json", "--quiet"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode not in ANSWERS:
        raise Failed(command, done.returncode, done.stderr.strip())
    return Answer(done.returncode, json.loads(done.stdout))


def run(scenario: str, *options: str) -> Answer:
    """Plays a scenario; ``options`` as on the command line."""
    return call("run", str(REPOSITORY / scenario), *options)


def sweep(what: Sweep, out: Path, jobs: int | None = None) -> Answer:
    """Plays a whole sweep, and writes its files to ``out``."""
    return call("sweep", *what.arguments(), "--out", str(out), *_jobs(jobs))


def shard(what: Sweep, index: int, of: int, out: Path, jobs: int | None = 1) -> dict[str, Any]:
    """Plays part ``index`` (from 1) of ``of`` and writes it to ``out``; answers with its receipt.

    A part that is there already is not played again, so this may be called as often as a scheduler
    likes, also by two at the same time. The receipt is small: the rows stay in the file.
    """
    part = ("--shard", f"{index}/{of}", "--out", str(out))
    return call("sweep", *what.arguments(), *part, *_jobs(jobs)).value


def merge(parts: Path, out: Path) -> Answer:
    """Checks the parts in a folder and joins them; raises :class:`Failed` and names what is missing."""
    return call("merge", str(parts), "--out", str(out))


def points(folder: Path) -> list[dict[str, str | float | None]]:
    """The rows of ``points.csv``: numbers as numbers, what is empty as ``None``."""
    with open(folder / "points.csv", newline="", encoding="utf-8") as file:
        return [{key: _cell(text) for key, text in row.items()} for row in csv.DictReader(file)]


def _jobs(jobs: int | None) -> tuple[str, ...]:
    return () if jobs is None else ("--jobs", str(jobs))


def _cell(text: str) -> str | float | None:
    if text == "":
        return None
    try:
        return float(text)
    except ValueError:
        return text
