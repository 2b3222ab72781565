"""Certificates for tests: authorities, and what they sign, as the PEM files that agents and clients are given.

authority = Authority(tmp_path / "lab")                  # authority.ca is its own certificate
agent = authority.sign("localhost", "127.0.0.1")         # Pair(certificate, key)
agent.flags                                              # of an agent that has it
authority.sign("localhost", over=True)                   # one whose time is over
"""

import datetime
from pathlib import Path
from typing import NamedTuple

import trustme


class Pair(NamedTuple):
    """A certificate and its key."""

    certificate: Path
    key: Path

    @property
    def flags(self) -> tuple[str, ...]:
        """What an agent that has it is told."""
        return ("--tls-certificate", str(self.certificate), "--tls-key", str(self.key))

    def take_the_place_of(self, other: "Pair") -> None:
        """Come where another stands, key first; afterwards this one is nowhere else."""
        self.key.replace(other.key)
        self.certificate.replace(other.certificate)


class Authority:
    """Signs certificates; its files stand in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._authority = trustme.CA()
        self._signed = 0
        self.ca = folder / "ca.pem"
        self._authority.cert_pem.write_to_path(str(self.ca))

    def sign(self, *names: str, common_name: str | None = None, over: bool = False) -> Pair:
        """Make a certificate with these names."""
        until = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1) if over else None
        made = self._authority.issue_cert(*names, common_name=common_name, not_after=until)
        self._signed += 1
        pair = Pair(self._folder / f"{self._signed}.pem", self._folder / f"{self._signed}.key")
        for part, append in zip(made.cert_chain_pems, (False, True), strict=False):
            part.write_to_path(str(pair.certificate), append=append)
        made.private_key_pem.write_to_path(str(pair.key))
        return pair
