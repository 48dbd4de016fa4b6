"""Django's settings: the parts that do not depend on a workbench. Each workbench adds its own database."""

SECRET_KEY = "unused: nothing is signed or served before a workbench sets its own"  # noqa: S105
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING_CONFIG = None
DATABASES: dict[str, dict[str, object]] = {"default": {}}
"""None by default: whatever is asked without naming a workbench's database is a mistake, and fails."""
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = ["amparo.records"]
AUTH_USER_MODEL = "records.Officer"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
        ("UserAttributeSimilarityValidator", {"user_attributes": ("name", "display")}),
    )
]
