from django.apps import AppConfig


class OlveryConfig(AppConfig):
    name = "olvery"

    def ready(self) -> None:
        from olvery import checks  # noqa: F401, PLC0415 - registers the system checks, which need the models
