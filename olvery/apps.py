from django.apps import AppConfig


class OlveryConfig(AppConfig):
    name = "olvery"

    def ready(self) -> None:
        from olvery import checks  # noqa: F401 - registers the system checks
