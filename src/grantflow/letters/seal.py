"""The authority's electronic seal (PAdES) on finished letters, if the installation has one.

The certificate comes from a PKCS#12 file or from a card or HSM (PKCS#11); the settings are
``GRANTFLOW_SEAL_*``. No time stamp is fetched: nothing leaves the machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from grantflow import clock
from grantflow.errors import GrantFlowError
from grantflow.settings import Settings, settings

FIELD = "Seal"  # the signature field's name, inside the PDF


class SealUnusable(GrantFlowError):
    """The seal is set up wrongly, expired, or its card does not answer; the text says which."""

    default_key = "letters_pdf.seal.failed"


@dataclass(frozen=True)
class Seal:
    """A certificate with its key, ready to seal; ``name`` is whom the certificate names."""

    name: str
    signer: Any

    def apply(self, pdf: bytes) -> bytes:
        """The letter with the seal as its last revision, which forbids any change after it.

        The seal has no picture; the letter says in its text that it is sealed. Raises SealUnusable.
        """
        from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter  # noqa: PLC0415
        from pyhanko.pdf_utils.misc import PdfError  # noqa: PLC0415
        from pyhanko.sign import PdfSignatureMetadata, fields, sign_pdf  # noqa: PLC0415
        from pyhanko.sign.general import SigningError  # noqa: PLC0415

        facts = PdfSignatureMetadata(
            field_name=FIELD,
            md_algorithm="sha256",
            certify=True,
            docmdp_permissions=fields.MDPPerm.NO_CHANGES,
            subfilter=fields.SigSeedSubFilter.PADES,
            signer_key_usage=set(),  # seals carry digital_signature or content_commitment
        )
        place = fields.SigFieldSpec(
            FIELD, invis_sig_settings=fields.InvisSigSettings(box_out_of_bounds=True)
        )
        _check_day(self.signer.signing_cert, self.name)
        sealed = BytesIO()
        try:
            writer = IncrementalPdfFileWriter(BytesIO(pdf))
            sign_pdf(writer, facts, self.signer, new_field_spec=place, output=sealed)
        except (PdfError, SigningError) as error:
            raise SealUnusable(reason=str(error)) from error
        return sealed.getvalue()


@lru_cache
def seal() -> Seal | None:
    """The seal of this process, read once; None if the installation has none. SealUnusable."""
    return load_seal(settings())


def load_seal(chosen: Settings) -> Seal | None:
    """The seal that the settings describe; None if they describe none.

    Raises SealUnusable for a wrong password, a file without key, a certificate that is not valid
    today, a card that does not answer, and for two seals at once.
    """
    # pyHanko takes half a second to import, which only those who seal should wait for.
    if chosen.seal_file and chosen.seal_pkcs11_library:
        raise SealUnusable("letters_pdf.seal.two_ways")
    if chosen.seal_file:
        signer = _from_file(chosen.seal_file, chosen.seal_password)
    elif chosen.seal_pkcs11_library:
        signer = _from_card(chosen, chosen.seal_pkcs11_library)
    else:
        return None
    certificate = signer.signing_cert
    name = str(certificate.subject.native.get("common_name", certificate.subject.human_friendly))
    _check_day(certificate, name)
    return Seal(name, signer)


def _from_file(file: Path, password: str | None) -> Any:
    from pyhanko.sign.signers import SimpleSigner  # noqa: PLC0415

    try:
        content = file.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise SealUnusable("letters_pdf.seal.file_missing", file=file, reason=reason) from error
    secret = password.encode() if password else None
    try:
        return SimpleSigner.load_pkcs12_data(content, other_certs=[], passphrase=secret)
    except ValueError as error:
        raise SealUnusable("letters_pdf.seal.file_unreadable", file=file.name) from error
    except (TypeError, AttributeError) as error:  # what pyHanko says of a file without key
        raise SealUnusable("letters_pdf.seal.no_key", file=file.name) from error


def _from_card(chosen: Settings, library: str) -> Any:
    for name in ("seal_pkcs11_token", "seal_pkcs11_pin", "seal_pkcs11_label"):
        if not getattr(chosen, name):
            raise SealUnusable("letters_pdf.seal.incomplete", name=f"GRANTFLOW_{name.upper()}")
    try:
        from pkcs11 import (  # type: ignore[import-not-found]  # noqa: PLC0415
            PKCS11Error,
        )
        from pyhanko.config.pkcs11 import TokenCriteria  # noqa: PLC0415
        from pyhanko.sign import pkcs11  # noqa: PLC0415
    except ImportError as error:
        raise SealUnusable("letters_pdf.seal.pkcs11_missing") from error
    try:
        session = pkcs11.open_pkcs11_session(
            library,
            token_criteria=TokenCriteria(label=chosen.seal_pkcs11_token),
            user_pin=chosen.seal_pkcs11_pin,
        )
        label = chosen.seal_pkcs11_label
        signer = pkcs11.PKCS11Signer(session, cert_label=label, key_label=label)
        _ = signer.signing_cert  # fetched now, so that a wrong label shows at the start
    except PKCS11Error as error:
        reason = str(error) or type(error).__name__
        raise SealUnusable("letters_pdf.seal.pkcs11_failed", reason=reason) from error
    return signer


def _check_day(certificate: Any, name: str) -> None:
    since, until = certificate.not_valid_before, certificate.not_valid_after
    if not since <= clock.now() <= until:
        days = {"since": since.date(), "until": until.date(), "on": clock.today()}
        raise SealUnusable("letters_pdf.seal.expired", name=name, **days)
