"""Encrypts secrets that have to be read again, so that a copy of the database alone does not reveal them."""

from base64 import urlsafe_b64encode
from hashlib import sha256

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.encoding import force_bytes


def cipher(purpose: bytes) -> MultiFernet:
    """Return a cipher with keys derived from Django's SECRET_KEY and its fallbacks, different for each purpose."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(sha256(purpose + force_bytes(key)).digest())) for key in keys])
