"""The electronic seal: made with a certificate of a test authority, and checked by others."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from io import BytesIO

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from grantflow import clock, letters
from grantflow.letters import SealUnusable
from grantflow.letters.seal import load_seal
from grantflow.settings import Settings
from grantflow.texts import text

NAME = "Siegel der Mondbehörde"
PASSWORD = "Käse auf dem Mond"
DAY = timedelta(days=1)


def _name(common):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(common, key, issuer, issuer_key, *, ca, days=(-1, 365)):
    now = datetime.now(UTC)
    usage = {
        **dict.fromkeys(
            ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only"), False
        ),
        **{"decipher_only": False, "content_commitment": not ca, "digital_signature": not ca},
        **{"key_cert_sign": ca, "crl_sign": ca},
    }
    return (
        x509.CertificateBuilder()
        .subject_name(_name(common))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + days[0] * DAY)
        .not_valid_after(now + days[1] * DAY)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .sign(issuer_key, hashes.SHA256())
    )


@lru_cache
def _authority():
    key = ec.generate_private_key(ec.SECP256R1())
    return key, _certificate("Mond-CA", key, "Mond-CA", key, ca=True)


@lru_cache
def _archive(days=(-1, 365), with_key=True):
    root_key, root = _authority()
    key = ec.generate_private_key(ec.SECP256R1())
    own = _certificate(NAME, key, "Mond-CA", root_key, ca=False, days=days)
    locked = BestAvailableEncryption(PASSWORD.encode())
    return pkcs12.serialize_key_and_certificates(
        b"seal", key if with_key else None, own if with_key else None, [root, own], locked
    )


@pytest.fixture
def chosen(tmp_path):
    """Settings with a seal; the file's content and any setting can be replaced."""

    def settings(content=None, **changes):
        file = tmp_path / "seal.p12"
        file.write_bytes(_archive() if content is None else content)
        return Settings(**{"seal_file": file, "seal_password": PASSWORD, **changes})

    return settings


def _verdict(pdf):
    root = asn1.Certificate.load(_authority()[1].public_bytes(Encoding.DER))
    trusted = ValidationContext(trust_roots=[root], allow_fetching=False)
    (signature,) = PdfFileReader(BytesIO(pdf)).embedded_signatures
    return signature, validate_pdf_signature(signature, trusted)


def _refused(settings):
    with pytest.raises(SealUnusable) as caught:
        load_seal(settings)
    for language in ("de", "en"):
        assert caught.value.key not in text(caught.value.key, language, **caught.value.params)
    return caught.value.key.removeprefix("letters_pdf.seal."), caught.value.params


def test_without_settings_there_is_no_seal():
    assert load_seal(Settings()) is None


def test_a_sealed_letter_is_trusted_by_whoever_trusts_the_authority(chosen, rendered):
    seal = load_seal(chosen())
    signature, verdict = _verdict(seal.apply(rendered("reminder").pdf))
    assert seal.name == NAME
    assert verdict.bottom_line
    assert verdict.modification_level is ModificationLevel.NONE
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    assert signature.self_reported_timestamp is not None


def test_a_sealed_letter_keeps_the_standards(chosen, rendered):
    for name in ("reminder", "grant_decision"):
        assert letters.check(load_seal(chosen()).apply(rendered(name).pdf)) == []


def test_whatever_is_added_after_the_seal_shows(chosen, rendered):
    sealed = load_seal(chosen()).apply(rendered("reminder").pdf)
    keys = [problem.key for problem in letters.check(sealed + b"\n% and a note\n")]
    assert keys == ["letters.check.changed_after_seal"]


def test_a_changed_letter_is_not_trusted(chosen, rendered):
    sealed = bytearray(load_seal(chosen()).apply(rendered("reminder").pdf))
    sealed[2000] ^= 1
    assert not _verdict(bytes(sealed))[1].bottom_line


def test_only_letters_that_leave_are_sealed(chosen, rendered, letter, model, monkeypatch):
    html = letters.compose(letter("reminder"), model, {})
    monkeypatch.setattr(sys.modules[load_seal.__module__], "settings", chosen)
    letters.seal.cache_clear()
    final = letters.render_final(html)
    letters.seal.cache_clear()
    assert _verdict(final.pdf)[1].bottom_line
    assert letters.render(html) == rendered("reminder")


def test_an_installation_without_seal_sends_the_letter_as_it_is(rendered, letter, model):
    letters.seal.cache_clear()
    html = letters.compose(letter("reminder"), model, {})
    assert letters.render_final(html) == rendered("reminder")


def test_a_wrong_password_is_named_at_once(chosen):
    key, params = _refused(chosen(seal_password="Brot"))
    assert (key, params) == ("file_unreadable", {"file": "seal.p12"})


@pytest.mark.parametrize("content", [b"", b"no archive", _archive()[:200]])
def test_a_file_that_is_no_archive_is_named(chosen, content):
    assert _refused(chosen(content))[0] == "file_unreadable"


def test_an_archive_without_key_is_named(chosen):
    assert _refused(chosen(_archive(with_key=False)))[0] == "no_key"


def test_a_missing_file_is_named(chosen, tmp_path):
    assert _refused(chosen(seal_file=tmp_path / "none.p12"))[0] == "file_missing"


@pytest.mark.parametrize("days", [(-30, -1), (1, 30)])
def test_a_certificate_that_is_not_valid_today_is_refused(chosen, days):
    key, params = _refused(chosen(_archive(days)))
    assert (key, params["name"]) == ("expired", NAME)


def test_a_certificate_that_ends_while_the_worker_runs_seals_no_more(chosen, rendered):
    seal = load_seal(chosen())
    with clock.at(datetime.now(UTC) + 400 * DAY), pytest.raises(SealUnusable, match="expired"):
        seal.apply(rendered("reminder").pdf)


def test_what_is_no_pdf_cannot_be_sealed(chosen):
    with pytest.raises(SealUnusable):
        load_seal(chosen()).apply(b"no pdf")


def test_two_seals_at_once_are_refused(chosen):
    assert _refused(chosen(seal_pkcs11_library="/lib/card.so"))[0] == "two_ways"


CARD = {
    "seal_file": None,
    "seal_pkcs11_library": "/lib/card.so",
    "seal_pkcs11_token": "Siegel",
    "seal_pkcs11_pin": "1234",
    "seal_pkcs11_label": "seal",
}


@pytest.mark.parametrize("lacking", ["token", "pin", "label"])
def test_a_card_needs_all_its_settings(chosen, lacking):
    key, params = _refused(chosen(**{**CARD, f"seal_pkcs11_{lacking}": None}))
    assert (key, params["name"]) == ("incomplete", f"GRANTFLOW_SEAL_PKCS11_{lacking.upper()}")


def test_a_card_without_its_library_says_what_to_install(chosen, monkeypatch):
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    assert _refused(chosen(**CARD))[0] == "pkcs11_missing"
