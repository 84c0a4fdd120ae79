"""The settings of a site under fire: letters become files in the run's own directory, and its clock may be wrong."""

import os
from pathlib import Path

from django.utils import timezone

from bench.chaos import signs
from bench.chaos.receiver import CERTIFICATE, trust
from bench.settings import *  # noqa: F403 - settings are names

EMAIL_BACKEND = "bench.chaos.signs.Post"
EMAIL_FILE_PATH = os.environ["CHAOS_MAIL"]
timezone.now = signs.now
if (_certificate := Path(EMAIL_FILE_PATH) / CERTIFICATE).exists():
    trust(_certificate)
