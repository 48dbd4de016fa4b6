"""Brings the catalogues of translations up to date with what screens and reports say: `make messages`.

They are what Django and gettext read, one for each language in src/amparo/locale. Needs GNU gettext.
"""

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import makemessages

PACKAGE = Path(__file__).parent.parent / "src" / "amparo"
LANGUAGES = ("es", "da", "fr", "de")
SAID_BY = ("web", "exchange")
"""The folders whose words people read in their language."""


class Messages(makemessages.Command):
    """Django's own command, which knows our word for a plural, too."""

    xgettext_options = makemessages.Command.xgettext_options + ["--keyword=_n:1,2"]  # noqa: RUF005 - Django adds lists


def gather(package: Path) -> None:
    """Write into the catalogues of a package what is said in it and is not in them; drop what is said no more."""
    if not settings.configured:
        settings.configure(USE_I18N=True, LOCALE_PATHS=[], INSTALLED_APPS=[])
        django.setup()
    others = [f"{folder.name}/*" for folder in package.iterdir() if folder.is_dir() and folder.name not in SAID_BY]
    before = Path.cwd()
    os.chdir(package)
    try:
        call_command(
            Messages(),
            locale=list(LANGUAGES),
            ignore_patterns=[*others, "*.py~", "__main__.py"],
            no_obsolete=True,
            no_wrap=True,
            add_location="file",
            extensions=["html", "txt", "py"],
            verbosity=0,
        )
    finally:
        os.chdir(before)
    for catalogue in package.glob("locale/*/LC_MESSAGES/django.po"):
        lines = catalogue.read_text("utf-8").splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(('"POT-Creation-Date', '"Report-Msgid-Bugs-To'))]
        catalogue.write_text("".join(kept), "utf-8")


if __name__ == "__main__":
    gather(PACKAGE)
    sys.exit(0)
