"""Django's settings: the parts that do not depend on a workbench. Each workbench adds its own database."""

SECRET_KEY = "unused: nothing is signed or served before a workbench sets its own"  # noqa: S105
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING_CONFIG = None
DATABASES: dict[str, dict[str, object]] = {"default": {}}
"""None by default: whatever is asked without naming a workbench's database is a mistake, and fails."""
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["amparo.records"]
