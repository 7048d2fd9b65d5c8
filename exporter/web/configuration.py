"""`GET /config`: the configuration in force, as YAML; what is a secret by its type is never shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from functools import singledispatch
from pathlib import Path

import yaml
from pydantic import BaseModel, SecretStr

from exporter.config.settings_checks import shown
from exporter.sanitise import redact

SECRET = "<secret>"  # noqa: S105 - what stands in its place


def told(models: Mapping[str, BaseModel]) -> str:
    """The models one after the other, each under a comment with its name."""
    return "\n".join(f"# {name}\n{_yaml(model)}" for name, model in models.items())


def _yaml(model: BaseModel) -> str:
    return yaml.safe_dump(plain(model), allow_unicode=True, sort_keys=False, width=110)


@singledispatch
def plain(value: object) -> object:
    """A value of a configuration as YAML has it: durations and shares as the files write them."""
    if value is None or isinstance(value, bool | int | float):
        return value
    # Of what is not known here nothing is told: it may be a secret.
    return f"<{type(value).__name__}>"


@plain.register(SecretStr)
def _(value: SecretStr) -> str:
    return SECRET if value.get_secret_value() else ""


@plain.register(BaseModel)
def _(value: BaseModel) -> dict[str, object]:
    fields = type(value).model_fields
    return {info.alias or name: plain(getattr(value, name)) for name, info in fields.items()}


@plain.register(Mapping)
def _(value: Mapping[object, object]) -> dict[str, object]:
    return {str(plain(key)): plain(inner) for key, inner in value.items()}


@plain.register(tuple)
@plain.register(list)
def _(value: Sequence[object]) -> list[object]:
    return [plain(inner) for inner in value]


@plain.register(Enum)
def _(value: Enum) -> object:
    return plain(value.value)


@plain.register(str)
@plain.register(Path)
def _(value: str | Path) -> str:
    return redact(str(value))


@plain.register(timedelta)
def _(value: timedelta) -> str:
    return shown(value)


@plain.register(date)
def _(value: date) -> str:
    return value.isoformat()


@plain.register(Fraction)
def _(value: Fraction) -> str:
    return f"{float(value * 100):g}%"
