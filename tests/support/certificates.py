"""Certificates for tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.support.phones import HOST


def certificate(directory: Path) -> dict[str, str]:
    """A certificate for this machine that signs itself, as the settings of `[asterisk]` name it. Blocks."""
    directory.mkdir()
    chain, key = directory / "chain.pem", directory / "key.pem"
    subject = ("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=IP:{HOST},DNS:localhost", "-days", "2")
    files = ("-keyout", str(key), "-out", str(chain))
    command = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", *subject, *files)
    subprocess.run(command, check=True, capture_output=True)
    return {"tls_certificate": str(chain), "tls_key": str(key)}
