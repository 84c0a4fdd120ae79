"""The app of procrastinate under a name that support understands."""

from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.apps import ProcrastinateConfig


class JobsConfig(ProcrastinateConfig):
    """Names the section of Django admin."""

    verbose_name = _("Jobs in the background")
