"""`tls_server_config:` to what the server greets its clients with.

Where Python cannot do what the file asks, the file is refused and the fault says so: what is
served is never weaker than what was asked for.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from exporter.web.security.model import TlsModel
from exporter.web.security.names import CIPHERS, CURVES, OUTDATED, VERSIONS

LARGEST = 1_000_000
"""Bytes of a certificate or key file."""

_VERIFIED = {
    "VerifyClientCertIfGiven": ssl.CERT_OPTIONAL,
    "RequireAndVerifyClientCert": ssl.CERT_REQUIRED,
}
_END = b"-----END CERTIFICATE-----"
_UNVERIFIED = ("RequireAnyClientCert", "RequireClientCert")


class TlsError(Exception):
    """What the file asks for cannot be had: at `key`, with a sentence that says what to do."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True)
class Tls:
    """How clients are greeted."""

    context: ssl.SSLContext
    allowed_sans: frozenset[str] = frozenset()
    """Subject alternative names of which a client's certificate must bear one; empty: any will do."""
    certificate: bytes = b""
    """The server's own (DER)."""
    verifies: bool = False
    """Whether a client without a verified certificate is turned away."""

    def admits(self, certificate: Mapping[str, object] | None) -> bool:
        """Whether a client may come in with its (verified) certificate, as `getpeercert` gives it."""
        return not self.allowed_sans or not self.allowed_sans.isdisjoint(sans(certificate or {}))


def sans(certificate: Mapping[str, object]) -> Iterator[str]:
    """The subject alternative names (DNS, IP, e-mail, URI) that a certificate bears."""
    names = certificate.get("subjectAltName", ())
    for kind, name in names if isinstance(names, tuple) else ():
        if kind == "IP Address":
            yield str(ip_address(name.strip()))
        elif kind in {"DNS", "email", "URI"}:
            yield name


Read = Callable[[Path], bytes]
"""Reads a file that the configuration names. Raises OSError."""


def make_tls(model: TlsModel, read: Read, *, public: bool = False) -> Tls:
    """The TLS that the file asks for; with `public` without asking clients for a certificate.

    Raises TlsError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # A client that renegotiates without end costs us and not itself.
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.set_alpn_protocols(["http/1.1"])
    _versions(context, model)
    _ciphers(context, model)
    _curve(context, model)
    certificate = _own_certificate(context, model, read)
    policy = _clients(context, model, read)
    if public:
        context.verify_mode = ssl.CERT_NONE
        return Tls(context, certificate=certificate)
    allowed = frozenset(model.client_allowed_sans)
    return Tls(context, allowed, certificate, verifies=policy is ssl.CERT_REQUIRED)


def _versions(context: ssl.SSLContext, model: TlsModel) -> None:
    if model.max_version in OUTDATED:
        raise TlsError(
            "max_version", f"{model.max_version} is no longer spoken by OpenSSL; write TLS12 or TLS13"
        )
    lowest, highest = VERSIONS[model.min_version], VERSIONS[model.max_version]
    named = model.cipher_suites
    if named and not any(name in CIPHERS for name in named):
        # As in Go: whoever allows suites of TLS 1.3 only has no TLS 1.2.
        lowest = ssl.TLSVersion.TLSv1_3
    if lowest > highest:
        key = "min_version" if model.min_version > model.max_version else "cipher_suites"
        raise TlsError(key, f"no version is left up to max_version {model.max_version}; correct one of them")
    context.minimum_version, context.maximum_version = lowest, highest


def _ciphers(context: ssl.SSLContext, model: TlsModel) -> None:
    wanted = [CIPHERS[name] for name in model.cipher_suites if name in CIPHERS]
    if wanted:
        context.set_ciphers(":".join(wanted))
    if model.prefer_server_cipher_suites:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    else:
        context.options &= ~ssl.OP_CIPHER_SERVER_PREFERENCE


def _curve(context: ssl.SSLContext, model: TlsModel) -> None:
    if len(model.curve_preferences) > 1:
        raise TlsError(
            "curve_preferences",
            "Python can be held to one curve only, not to an order of several; name one, or delete the key",
        )
    for name in model.curve_preferences:
        context.set_ecdh_curve(CURVES[name])


def _own_certificate(context: ssl.SSLContext, model: TlsModel, read: Read) -> bytes:
    """Loads certificate and key; the certificate (DER)."""
    if model.cert and model.cert_file:
        raise TlsError("cert", "the certificate stands here and in cert_file; delete one of the two")
    if model.key.get_secret_value() and model.key_file:
        raise TlsError("key_file", "the key stands here and in key; delete one of the two")
    certificate_at = "cert" if model.cert else "cert_file"
    key_at = "key_file" if model.key_file else "key"
    certificate = _pem(certificate_at, model.cert, model.cert_file, read)
    if not certificate:
        raise TlsError("", "TLS needs a certificate; add cert_file (or cert)")
    key = _pem(key_at, model.key.get_secret_value(), model.key_file, read)
    if not key:
        raise TlsError("", "TLS needs the certificate's private key; add key_file (or key)")
    if b"-----BEGIN CERTIFICATE" not in certificate:
        raise TlsError(certificate_at, "this holds no certificate in PEM form; name the right file")
    if b"PRIVATE KEY-----" not in key:
        raise TlsError(key_at, "this holds no private key in PEM form; name the right file")
    with _handed(certificate) as chain, _handed(key) as private:
        try:
            context.load_cert_chain(chain, private, password=_no_password)
        except ssl.SSLError as error:
            raise _unusable(certificate_at, key_at, error) from None
        except _EncryptedError:
            message = "the private key is encrypted; a service has nobody to ask: give it without a password"
            raise TlsError(key_at, message) from None
    first = certificate[certificate.index(b"-----BEGIN CERTIFICATE") :].partition(_END)
    return ssl.PEM_cert_to_DER_cert((first[0] + _END).decode())


def _unusable(certificate_at: str, key_at: str, error: ssl.SSLError) -> TlsError:
    reason = error.reason or "not understood"
    if reason == "KEY_VALUES_MISMATCH":
        return TlsError(
            key_at, "this key does not belong to the certificate; name the two that were made together"
        )
    if "EE_KEY" in reason or "MD_TOO_WEAK" in reason:
        return TlsError(certificate_at, f"this certificate is too weak for OpenSSL ({reason}); renew it")
    return TlsError(
        certificate_at, f"OpenSSL cannot use this certificate with its key ({reason}); renew them"
    )


def _clients(context: ssl.SSLContext, model: TlsModel, read: Read) -> ssl.VerifyMode:
    policy, authority_at = model.client_auth_type, "client_ca_file" if model.client_ca_file else "client_ca"
    if policy in _UNVERIFIED:
        message = "Python cannot ask for a certificate without verifying it; write RequireAndVerifyClientCert"
        raise TlsError("client_auth_type", message)
    mode = _VERIFIED.get(policy, ssl.CERT_NONE)
    authority = _pem(authority_at, model.client_ca, model.client_ca_file, read)
    if authority and policy in {"", "NoClientCert"}:
        raise TlsError(
            authority_at,
            "no client is asked for a certificate; add client_auth_type: RequireAndVerifyClientCert",
        )
    if model.client_allowed_sans and mode is not ssl.CERT_REQUIRED:
        raise TlsError(
            "client_allowed_sans",
            "these need a certificate of every client; add client_auth_type: RequireAndVerifyClientCert",
        )
    if mode is ssl.CERT_NONE:
        return mode
    if not authority:
        raise TlsError(
            "client_auth_type",
            "without client_ca_file a certificate of any public authority would do; name the authority",
        )
    try:
        context.load_verify_locations(cadata=authority.decode("ascii", "replace"))
    except (ssl.SSLError, ValueError):
        raise TlsError(authority_at, "this holds no certificates in PEM form; name the right file") from None
    # An authority below another one is enough, as in Go.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.verify_mode = mode
    return mode


def _pem(key: str, inline: str, path: Path | None, read: Read) -> bytes:
    if path is None:
        return inline.encode()
    try:
        return read(path)
    except OSError as error:
        raise TlsError(key, f"{path} cannot be read ({error.strerror or error}); check it") from None


@contextmanager
def _handed(content: bytes) -> Iterator[str]:
    """A path at which OpenSSL finds the bytes that were read, in memory and never on a disk.

    So certificate and key are the ones that were looked at, whatever becomes of their files meanwhile.
    """
    handle = os.memfd_create("pem")
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
        yield f"/proc/self/fd/{handle}"
    finally:
        os.close(handle)


class _EncryptedError(Exception):
    """OpenSSL asks for a password."""


def _no_password() -> str:
    raise _EncryptedError
