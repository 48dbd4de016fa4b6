"""Takes from ExifTool's list which cameras and programs write which quantisation tables.

    python training/known_tables.py /usr/share/perl5/Image/ExifTool/JPEGDigest.pm \\
        --output src/amparo/analysis/origin/known_tables.json

The list comes with Debian's package libimage-exiftool-perl. It is read as text, and nothing of it is run. What follows
from a formula is left out: the standard's tables by libjpeg's, which `jpeg_tables` knows, and those of QuickTime.
"""

import argparse
import hashlib
import json
import re
from pathlib import Path

_ENTRY = re.compile(r"^\s+'([0-9a-f]{32})(:[0-9]+)?' => '([^'\\]+)',", re.MULTILINE)
_BY_FORMULA = ("Independent JPEG Group", "Apple QuickTime", "No DQT")
_PROGRAMS = (
    *("ACD Systems", "Adobe", "Apple Aperture", "Canon Digital Photo Professional", "Canon ZoomBrowser", "Corel"),
    *("FinePixViewer", "FixFoto", "Nikon Capture", "PENTAX PHOTO Laboratory", "Sony Image Data Suite", "StereoPhoto"),
)
"""How the names of programs begin; all others are names of cameras."""
_SOURCE = (
    "ExifTool {version} by Phil Harvey, lib/Image/ExifTool/JPEGDigest.pm, gathered by Jens Duttke and Franz Buchinger;"
    " the entries of cameras and programs, used under the Artistic License"
)


def main() -> None:
    """Read the command line, and write what the list says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("list", type=Path, help="ExifTool's JPEGDigest.pm, with ExifTool.pm in the folder above")
    parser.add_argument("--output", type=Path, required=True, help="where the JSON is written")
    arguments = parser.parse_args()
    text = arguments.list.read_text(encoding="utf-8")
    version = re.search(r"\$VERSION = '([0-9.]+)'", (arguments.list.parents[1] / "ExifTool.pm").read_text("utf-8"))
    if version is None:
        raise SystemExit("Beside the list there is no ExifTool.pm that states its version.")
    cameras: dict[str, str] = {}
    programs: dict[str, str] = {}
    for digest, sampling, name in _ENTRY.findall(text):
        if not name.startswith(_BY_FORMULA):
            (programs if name.startswith(_PROGRAMS) else cameras)[digest + sampling] = name
    made = {
        "format": "amparo quantisation tables 1",
        "source": _SOURCE.format(version=version[1]),
        "source_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "script": "training/known_tables.py",
        "cameras": dict(sorted(cameras.items(), key=lambda entry: (entry[1], entry[0]))),
        "programs": dict(sorted(programs.items(), key=lambda entry: (entry[1], entry[0]))),
    }
    arguments.output.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    print(f"{arguments.output}: {len(cameras)} tables of cameras, {len(programs)} of programs")


if __name__ == "__main__":
    main()
