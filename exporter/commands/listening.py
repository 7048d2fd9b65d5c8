"""Addresses on the command line."""

from __future__ import annotations

import click

from exporter.web.server import Address, parse_address

ADDRESS = "127.0.0.1:9805"
"""Where the exporter listens where nobody says otherwise."""


class Listen(click.ParamType[Address]):
    """HOST:PORT."""

    name = "HOST:PORT"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Address:
        """The address, or click's error with the sentence of the parser."""
        if isinstance(value, Address):
            return value
        try:
            return parse_address(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
