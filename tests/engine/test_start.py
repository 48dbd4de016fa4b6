"""What a worker imports at its start, because that takes longer than all else that it does for a small exhibit."""

import subprocess
import sys


def test_the_lister_imports_neither_analyzers_nor_numpy() -> None:
    script = "import sys, amparo.engine.lister; print(*sorted({'numpy', 'PIL', 'amparo.analysis'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.split() == []
