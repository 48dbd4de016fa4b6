"""Times of questions that were asked many times, and the table in which they are told."""

import math
import statistics
from dataclasses import dataclass, field


@dataclass(slots=True)
class Timings:
    """Of each question, by the name under which it is told: what every answer took, in milliseconds."""

    wall: dict[str, list[float]] = field(default_factory=dict)
    processor: dict[str, list[float]] = field(default_factory=dict)

    def add(self, question: str, wall_s: float, processor_s: float) -> None:
        """Note one answer."""
        self.wall.setdefault(question, []).append(wall_s * 1000)
        self.processor.setdefault(question, []).append(processor_s * 1000)

    def __str__(self) -> str:
        lines = ["| question | times | p50 | p95 | processor, mean |", "|---|--:|--:|--:|--:|"]
        for question, wall in self.wall.items():
            told = (statistics.median(wall), p95(wall), statistics.fmean(self.processor[question]))
            cells = " | ".join(f"{milliseconds:.0f} ms" for milliseconds in told)
            lines.append(f"| {question.replace('|', '')} | {len(wall)} | {cells} |")
        return "\n".join(lines)


def p95(values: list[float]) -> float:
    """The least of `values` that 95 of a hundred do not exceed: one that was measured, of few ones the greatest."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]
