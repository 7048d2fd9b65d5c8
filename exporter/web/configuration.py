"""`GET /config`: the configuration in force, as YAML; what is a secret by its type is never shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from pathlib import Path

import yaml
from pydantic import BaseModel, SecretBytes, SecretStr

from exporter.config.settings_checks import shown
from exporter.sanitise import redact

SECRET = "<secret>"  # noqa: S105 - what stands in its place


def told(models: Mapping[str, BaseModel]) -> str:
    """The models one after the other, each under a comment with its name."""
    return "\n".join(f"# {name}\n{_yaml(model)}" for name, model in models.items())


def _yaml(model: BaseModel) -> str:
    return yaml.safe_dump(plain(model), allow_unicode=True, sort_keys=False, width=110)


def plain(value: object) -> object:
    """A value of a configuration as YAML has it: durations and shares as the files write them."""
    match value:
        case SecretStr() | SecretBytes():
            return SECRET if value.get_secret_value() else ""
        case BaseModel():
            fields = type(value).model_fields
            return {info.alias or name: plain(getattr(value, name)) for name, info in fields.items()}
        case Mapping():
            return {str(plain(key)): plain(inner) for key, inner in value.items()}
        case Enum():
            return plain(value.value)
        case str():
            return redact(value)
        case list() | tuple() | set() | frozenset():
            return [plain(inner) for inner in value]
        case bool() | int() | float() | None:
            return value
        case timedelta():
            return shown(value)
        case date():
            return value.isoformat()
        case Fraction():
            return f"{float(value * 100):g}%"
        case Path():
            return str(value)
        case _:
            # Of what is not known here nothing is told: it may be a secret.
            return f"<{type(value).__name__}>"
