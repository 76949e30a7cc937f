"""Makes the pages of docs/notebooks from executed notebooks; tests/notebooks runs it.

    python pages.py FOLDER EXECUTED.ipynb...

writes FOLDER/NAME.md for each notebook, and its charts beside it as NAME-1.svg, NAME-2.svg, ... Text
stays text, tables stay tables. Of a cell with the tag ``not-on-page`` the page has the code but
not the output: what differs from run to run, such as times and process numbers.
"""

from __future__ import annotations

import html
import re
import sys
from pathlib import Path

import nbformat

NOT_ON_PAGE = "not-on-page"
HEAD = "<!-- Made by tests/notebooks --write from notebooks/{name}.ipynb; do not edit. -->"


class Page:
    """The page of one notebook."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.blocks: list[str] = []
        self.charts: list[str] = []

    def markdown(self, source: str) -> None:
        """A cell of text; links that lead out of notebooks/ lead out of docs/notebooks/ too."""
        self.blocks.append(re.sub(r"\]\(\.\./(?!docs/)", "](../../", source).replace("](../docs/", "](../"))

    def code(self, cell: nbformat.NotebookNode) -> None:
        """A cell of code and what it gave."""
        self.blocks.append(f"```python\n{cell.source}\n```")
        if NOT_ON_PAGE in cell.metadata.get("tags", ()):
            if cell.outputs:
                self.blocks.append("*(What this prints differs from run to run.)*")
            return
        for output in cell.outputs:
            self.output(output)

    def output(self, output: nbformat.NotebookNode) -> None:
        """One output: text that was printed, or the richest form of a value."""
        if output.output_type == "stream":
            if output.name == "stderr":
                raise SystemExit(f"{self.name}: something was written to standard error: {output.text}")
            self.blocks.append(f"```text\n{output.text.rstrip()}\n```")
            return
        data = output.data
        if "image/svg+xml" in data:
            self.chart(data["image/svg+xml"])
        elif "text/markdown" in data:
            self.blocks.append(data["text/markdown"])
        else:
            self.blocks.append(f"```text\n{data['text/plain']}\n```")

    def chart(self, svg: str) -> None:
        """A chart in a file of its own; what it says stands in the alternative text."""
        self.charts.append(svg.strip() + "\n")
        said = re.findall(r'aria-label="(?:Title|Subtitle) text \'(.*?)\'"|<title>(.*?)</title>', svg)
        said = [chart or picture for chart, picture in said]
        says = html.unescape(": ".join(said)) or f"Chart {len(self.charts)}"
        self.blocks.append(f"![{says}]({self.name}-{len(self.charts)}.svg)")

    def write(self, folder: Path) -> None:
        """The page and its charts."""
        head, *rest = self.blocks
        title, _, first = head.partition("\n")
        above = [title, HEAD.format(name=self.name), first.strip()]
        text = "\n\n".join(block for block in [*above, *rest] if block)
        (folder / f"{self.name}.md").write_text(text + "\n", encoding="utf-8")
        for number, svg in enumerate(self.charts, start=1):
            (folder / f"{self.name}-{number}.svg").write_text(svg, encoding="utf-8")


def page(path: Path) -> Page:
    """The page of an executed notebook."""
    made = Page(path.stem)
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            made.markdown(cell.source)
        elif cell.cell_type == "code":
            made.code(cell)
    return made


def main(folder: str, *notebooks: str) -> None:
    """Writes the pages of all notebooks."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for path in map(Path, notebooks):
        page(path).write(Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
