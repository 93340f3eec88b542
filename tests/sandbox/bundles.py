"""Bundles as small as they can be: a WSGI application of the standard library."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

APPLICATION = """
import json, os, sys, time

def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(30)
    start_response("200 OK", [("Content-Type", "application/json")])
    told = {"environment": dict(os.environ), "folder": os.getcwd(), "version": VERSION}
    return [json.dumps(told).encode()]
"""


def bundle(
    version: int = 1, files: Mapping[str, str] | None = None, *, executable: str = ""
) -> bytes:
    """Return a zip with ``app.py``, the files given by name, and one executable script."""
    content = {"app.py": APPLICATION + f"\nVERSION = {version}\n", **(files or {})}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
        if executable:
            entry = zipfile.ZipInfo("run.sh")
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, executable)
    return packed.getvalue()
