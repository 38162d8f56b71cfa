"""`python -m bench [NAME]`: run the benchmarks and write bench/out/NAME.json for each."""

import importlib
import json
import sys
from pathlib import Path

from bench.figure import Figure
from warehouse.settings import ROOT

OUT = ROOT / "bench" / "out"


def names() -> list[str]:
    """Every module of bench that has a `measure`."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if "\ndef measure(" in p.read_text())


def main(only: str | None) -> int:
    if only and only not in names():
        print(f"no benchmark {only!r}; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    OUT.mkdir(exist_ok=True)
    for name in [only] if only else names():
        figures: list[Figure] = importlib.import_module(f"bench.{name}").measure()
        (OUT / f"{name}.json").write_text(
            json.dumps([f.as_dict() for f in figures], indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        for figure in figures:
            print(figure)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1] if len(sys.argv) > 1 else None))
