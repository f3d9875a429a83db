"""`python -m tests.nobody pytest tests/unit`: a module, run by a user who is not root, also if root asks for it.

Tests that root runs never find out what only root may do. The user has a home of its own and writes nowhere else but in
temporary folders. Where Python itself lies in a folder of root's, the user may read all files, and says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile

NOBODY = 65534
_READS_ALL = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]

_STARTS_ITSELF = "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"


def main(arguments: list[str]) -> int:
    """Run it; returns its exit status."""
    command = [sys.executable, "-m", *arguments]
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return subprocess.run(command).returncode
    if not shutil.which("setpriv"):
        print("setpriv is missing, which is part of util-linux: this runs as root", file=sys.stderr)
        return subprocess.run(command).returncode
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if subprocess.run([*become, sys.executable, "-c", _STARTS_ITSELF], stderr=subprocess.DEVNULL).returncode:
        print(f"{sys.executable} is closed to user {NOBODY}, who may read everything therefore", file=sys.stderr)
        become += _READS_ALL
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, NOBODY, NOBODY)
        return subprocess.run([*become, *command], env={**os.environ, "HOME": home, "TMPDIR": home}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
