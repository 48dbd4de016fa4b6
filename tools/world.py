"""Make the shapes of land and countries that maps are drawn from: one compact file of Natural Earth (public domain).

The npm package `world-atlas` carries Natural Earth as TopoJSON. Its arcs, which neighbours share, are simplified once,
so that borders still fit each other, and written as rings of whole hundredths of a degree, each point as the difference
to the one before.
"""

import argparse
import hashlib
import json
import math
from pathlib import Path
from typing import Any

Point = tuple[float, float]
STEP = 100
"""Parts of a degree."""
POLE = -90.0
DIGITS = {"countries": ("countries-50m.json", 0.02), "land": ("land-110m.json", 0.2)}
"""Which file, and how far a simplified line may lie from the true one, in degrees."""


def main() -> None:
    """Read the command line, write the file, say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package", type=Path, help="folder of the unpacked npm package world-atlas")
    parser.add_argument("output", type=Path)
    arguments = parser.parse_args()
    version = json.loads((arguments.package / "package.json").read_text("utf-8"))["version"]
    made: dict[str, Any] = {
        "source": f"Natural Earth (public domain), from the npm package world-atlas {version} (ISC)",
        "notice": (arguments.package / "LICENSE").read_text("utf-8").strip(),
        "sha256": {},
        "step": STEP,
    }
    for name, (file, tolerance) in DIGITS.items():
        read = (arguments.package / file).read_bytes()
        made["sha256"][file] = hashlib.sha256(read).hexdigest()
        topology = json.loads(read)
        exact = unpacked(topology)
        simpler = [simplified(arc, tolerance) for arc in exact]
        made[name] = [
            {
                "name": shape.get("properties", {}).get("name", ""),
                "code": shape.get("id") or "",
                "rings": rings(shape, simpler) or rings(shape, exact),
            }
            for shape in topology["objects"][name]["geometries"]
        ]
    made["countries"].sort(key=lambda shape: shape["name"])
    made["land"] = [ring for shape in made["land"] for ring in shape["rings"]]
    arguments.output.write_text(json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")
    print(f"{arguments.output}: {arguments.output.stat().st_size:,} bytes, {len(made['countries'])} countries")


def unpacked(topology: dict[str, Any]) -> list[list[Point]]:
    """The arcs in degrees, without jumps of 360 where they cross the antimeridian."""
    (wide, high), (left, low) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points: list[Point] = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * wide + left, y * high + low))
        arcs.append(unwrapped(points))
    return arcs


def unwrapped(points: list[Point]) -> list[Point]:
    """The same line, each point within half a turn of the one before."""
    line: list[Point] = []
    for longitude, latitude in points:
        if line:
            longitude += 360 * round((line[-1][0] - longitude) / 360)
        line.append((longitude, latitude))
    return line


def simplified(points: list[Point], tolerance: float) -> list[Point]:
    """Without the points that lie no further than `tolerance` from the line without them (Ramer, Douglas, Peucker)."""
    keep = {0, len(points) - 1}
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        far, distance = max(
            ((place, away(points[place], points[first], points[last])) for place in range(first + 1, last)),
            key=lambda each: each[1],
        )
        if distance > tolerance:
            keep.add(far)
            spans += [(first, far), (far, last)]
    return [points[place] for place in sorted(keep)]


def away(point: Point, start: Point, end: Point) -> float:
    """How far `point` is from the straight line between two others, as on a map that is true at its latitude."""
    narrowed = math.cos(math.radians(point[1]))
    ax, ay = (start[0] - point[0]) * narrowed, start[1] - point[1]
    bx, by = (end[0] - point[0]) * narrowed, end[1] - point[1]
    length = math.hypot(bx - ax, by - ay)
    return abs(ax * by - ay * bx) / length if length else math.hypot(ax, ay)


def rings(shape: dict[str, Any], arcs: list[list[Point]]) -> list[list[int]]:
    """The rings of a shape; one that goes around the pole is closed over it. Those with no area left fall away."""
    polygons = {"Polygon": [shape.get("arcs")], "MultiPolygon": shape.get("arcs")}.get(shape["type"]) or []
    found = []
    for polygon in polygons:
        for numbers in polygon:
            ring: list[Point] = []
            for number in numbers:
                arc = arcs[number] if number >= 0 else arcs[~number][::-1]
                turn = 360 * round((ring[-1][0] - arc[0][0]) / 360) if ring else 0
                ring += [(longitude + turn, latitude) for longitude, latitude in (arc[1:] if ring else arc)]
            if abs(ring[-1][0] - ring[0][0]) > 180:
                ring += [(ring[-1][0], POLE), (ring[0][0], POLE)]
            if len({(round(x * STEP), round(y * STEP)) for x, y in ring}) > 2:
                found.append(coded(ring))
    return found


def coded(ring: list[Point]) -> list[int]:
    """x, y of the first point, then differences, in hundredths of a degree; without points that do not move."""
    numbers: list[int] = []
    before = (0, 0)
    for x, y in ring:
        here = round(x * STEP), round(y * STEP)
        if here != before or not numbers:
            numbers += [here[0] - before[0], here[1] - before[1]]
            before = here
    return numbers


if __name__ == "__main__":
    main()
