"""The shape of the file: docs/web-configuration.md of Prometheus's exporter-toolkit, nothing more.

A key without a value is as good as absent there, and so it is here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator, SecretStr, model_validator

from exporter.config.advice import suggest
from exporter.config.yamlmodel import Model
from exporter.web.security.golang import span, truth, whole
from exporter.web.security.names import CIPHERS, CIPHERS_13, CURVES, VERSIONS

HIGHEST_COST = 18
"""Of a bcrypt hash: above, one check takes longer than a scrape may wait."""

_BCRYPT = re.compile(r"\$2[abxy]?\$(\d\d)\$[./A-Za-z0-9]{53}")
_LOWEST_COST = 4
_HASHING = "write the bcrypt hash of the password, as made by: htpasswd -nBC 10 ''"
_SENDABLE = re.compile(r"[\t\x20-\x7e\xa0-\U0010ffff]*")


def _hash(value: object) -> SecretStr:
    # Whatever stands here may be somebody's password: no message may quote it.
    found = _BCRYPT.fullmatch(value) if isinstance(value, str) else None
    if found is None or not isinstance(value, str):
        raise ValueError(f"this is no bcrypt hash; {_HASHING}")
    if not _LOWEST_COST <= int(found[1]) <= HIGHEST_COST:
        raise ValueError(
            f"cost {int(found[1])} of this hash is not between {_LOWEST_COST} and {HIGHEST_COST}; {_HASHING}"
        )
    return SecretStr(str(value))


def _users(value: object) -> object:
    if isinstance(value, Mapping):
        return value
    raise ValueError("this must be a mapping of user names to bcrypt hashes; write them like alice: $2y$10$…")


def _private(value: object) -> SecretStr:
    if isinstance(value, str):
        return SecretStr(str(value))
    raise ValueError("the private key must be text in PEM form; write it behind 'key: |', indented")


def _one_of(what: str, names: tuple[str, ...]) -> Callable[[object], str]:
    def check(value: object) -> str:
        if isinstance(value, str) and value in names:
            return str(value)
        raise ValueError(f"unknown {what} '{value}'{suggest(str(value), names)}")

    return check


def _known(what: str, names: tuple[str, ...]) -> PlainValidator:
    return PlainValidator(_one_of(what, names))


_CLIENT_AUTH = _one_of(
    "client_auth_type",
    (
        "NoClientCert",
        "RequestClientCert",
        "RequireClientCert",
        "RequireAnyClientCert",
        "VerifyClientCertIfGiven",
        "RequireAndVerifyClientCert",
    ),
)


def _text(value: object) -> object:
    return str(value) if isinstance(value, str) else value


def _header(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not _SENDABLE.fullmatch(value):
        raise ValueError("a header's value must be one line without control characters; correct it")
    return str(value)


def _client_auth(value: object) -> str:
    return "" if value == "" else _CLIENT_AUTH(value)


Hash = Annotated[SecretStr, PlainValidator(_hash)]
Private = Annotated[SecretStr, PlainValidator(_private)]
Version = Annotated[str, _known("TLS version", tuple(VERSIONS))]
Cipher = Annotated[str, _known("cipher suite", (*CIPHERS, *CIPHERS_13))]
Curve = Annotated[str, _known("curve", tuple(CURVES))]
Header = Annotated[str, PlainValidator(_header)]
FrameOptions = Annotated[str, _known("X-Frame-Options", ("deny", "sameorigin"))]
TypeOptions = Annotated[str, _known("X-Content-Type-Options", ("nosniff",))]
Text = Annotated[str, BeforeValidator(_text)]
Truth = Annotated[bool, PlainValidator(truth)]
ClientAuth = Annotated[str, PlainValidator(_client_auth)]


class _Section(Model):
    """A part of the file; keys without a value are left out."""

    @model_validator(mode="before")
    @classmethod
    def _without_empty(cls, data: object) -> object:
        if isinstance(data, Mapping):
            return {key: value for key, value in data.items() if not _absent(str(key), value)}
        return data


def _absent(key: str, value: object) -> bool:
    return value is None or (value == "" and key.endswith("_file"))


class TlsModel(_Section):
    """`tls_server_config:`."""

    cert: Text = ""
    key: Private = SecretStr("")
    client_ca: Text = ""
    cert_file: Path | None = None
    key_file: Path | None = None
    client_auth_type: ClientAuth = ""
    client_ca_file: Path | None = None
    client_allowed_sans: tuple[Text, ...] = ()
    min_version: Version = "TLS12"
    max_version: Version = "TLS13"
    cipher_suites: tuple[Cipher, ...] = ()
    prefer_server_cipher_suites: Truth = True
    curve_preferences: tuple[Curve, ...] = ()

    @property
    def enabled(self) -> bool:
        """Whether the file asks for TLS: the same keys decide as in the exporter-toolkit."""
        return bool(
            self.cert
            or self.key.get_secret_value()
            or self.cert_file
            or self.key_file
            or self.client_ca
            or self.client_ca_file
            or self.client_auth_type
        )


class HeadersModel(Model):
    """`headers:`."""

    content_security_policy: Header = Field(default="", alias="Content-Security-Policy")
    frame_options: FrameOptions = Field(default="", alias="X-Frame-Options")
    content_type_options: TypeOptions = Field(default="", alias="X-Content-Type-Options")
    xss_protection: Header = Field(default="", alias="X-XSS-Protection")
    strict_transport_security: Header = Field(default="", alias="Strict-Transport-Security")


class HttpModel(_Section):
    """`http_server_config:`. `http2` has no effect: this server speaks HTTP/1.1, with TLS and without."""

    http2: Truth = True
    headers: HeadersModel = HeadersModel()


class RateModel(_Section):
    """`rate_limit:`."""

    interval: Annotated[float, PlainValidator(span)] = 0.0
    """Seconds in which one more request is allowed; 0 and below: no limit."""
    burst: Annotated[int, PlainValidator(whole)] = 0


class WebModel(_Section):
    """The file whole."""

    tls_server_config: TlsModel = TlsModel()
    http_server_config: HttpModel = HttpModel()
    basic_auth_users: Annotated[dict[str, Hash], BeforeValidator(_users)] = Field(default_factory=dict)
    rate_limit: RateModel = RateModel()
