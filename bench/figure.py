"""One measured figure: the median of its runs, beside the median of a named baseline of the same session."""

from dataclasses import dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Figure:
    """`runs` and `baseline_runs` are in `unit`, in the order they were taken."""

    name: str
    unit: str
    runs: tuple[float, ...]
    baseline: str | None = None
    baseline_runs: tuple[float, ...] = ()

    @property
    def value(self) -> float:
        return median(self.runs)

    @property
    def ratio(self) -> float | None:
        """Value over the baseline's median; None without a baseline."""
        return self.value / median(self.baseline_runs) if self.baseline_runs else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "baseline": self.baseline,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
            "runs": len(self.runs),
            "spread": [round(min(self.runs), 4), round(max(self.runs), 4)],
        }

    def __str__(self) -> str:
        against = f", {self.ratio:.2f} x {self.baseline}" if self.ratio is not None else ""
        return f"{self.name}: {self.value:.2f} {self.unit}{against} ({len(self.runs)} runs, {min(self.runs):.2f}–{max(self.runs):.2f})"
