"""The settings of the product, adapted to be faster and local for tests."""

import os

os.environ["OLVERY_DEMO"] = "1"
os.environ["DATABASE_REPLICA_URL"] = ""

from olvery.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
SMS_SENDER = ""
# Plain names: hashed ones need collectstatic, and browser tests are served from the source folders.
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True

# Tests need not survive a power cut, or process titles, which are rewritten for each statement.
_SESSION = "-c synchronous_commit=off -c update_process_title=off"
DATABASES["default"].setdefault("OPTIONS", {})["options"] = _SESSION  # noqa: F405
# Before workers add to the name of theirs.
TEST_TEMPLATE = f"template_of_{DATABASES['default']['TEST']['NAME']}"  # noqa: F405
