"""Django's settings: the parts that do not depend on a workbench. Each workbench adds its own database."""

SECRET_KEY = "unused: nothing is signed or served before a workbench sets its own"  # noqa: S105
USE_TZ = True
TIME_ZONE = "UTC"
DATABASES: dict[str, dict[str, object]] = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["amparo.records"]
