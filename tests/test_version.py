"""Which version runs."""

from __future__ import annotations

from importlib.metadata import version

from exporter.version import exporter_version


def test_the_installed_version() -> None:
    assert exporter_version() == version("dvc-monitor")


def test_a_bare_checkout_says_so() -> None:
    assert exporter_version("no-such-distribution") == "unknown"
