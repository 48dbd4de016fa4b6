"""Brings the catalogues of translations up to date with what screens and reports say: `make messages`.

They are what Django and gettext read, one for each language in src/amparo/locale. Needs GNU gettext.
"""

import ast
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.core.management.commands import makemessages

PACKAGE = Path(__file__).parent.parent / "src" / "amparo"
LANGUAGES = ("es", "da", "fr", "de")
SAID_BY = ("web", "exchange", "casework", "domain", "records", "matching")
"""The folders whose words people read in their language."""
BY_COMMANDS_ONLY = (
    "casework/calibrate.py",
    "casework/case_*.py",
    "casework/cross_check.py",
    "casework/detectors.py",
    "casework/doctor.py",
    "casework/establish.py",
    "casework/identity_providers.py",
    "casework/keys.py",
    "casework/verify.py",
    "domain/calibration.py",
    "domain/canonical.py",
    "domain/cluster.py",
    "domain/coverage.py",
    "domain/detector.py",
    "domain/detector_calibration.py",
    "domain/finding.py",
    "domain/identity_provider.py",
    "domain/likelihood_ratio.py",
    "domain/match.py",
    "domain/origin.py",
    "domain/report.py",
    "exchange/case_*.py",
    "matching/*_index.py",
    "matching/*_table.py",
    "matching/*clusters.py",
    "matching/bloom.py",
    "matching/films.py",
    "matching/hash_rows.py",
    "matching/index_file.py",
    "matching/known_set.py",
    "matching/orientations.py",
    "matching/packed_rows.py",
    "matching/sealed_file.py",
    "matching/vocabulary.py",
    "records/catalogue/columns.py",
    "records/catalogue/kept.py",
    "records/catalogue/later.py",
    "records/kept_candidates.py",
    "records/verification.py",
)
"""Files that stay English: what they refuse stands on a terminal or in a log, or is what `amparo verify` tells."""


def refusals(package: Path) -> frozenset[str]:
    """The names of `AmparoError` and of every class that is one: their first argument is a sentence."""
    bases: dict[str, set[str]] = {}
    for file in package.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_bytes())):
            if isinstance(node, ast.ClassDef):
                bases.setdefault(node.name, set()).update(base.id for base in node.bases if isinstance(base, ast.Name))
    found = {"AmparoError"}
    while more := {name for name, of in bases.items() if of & found} - found:
        found |= more
    return frozenset(found)


SENTENCES = ("Sentence", *sorted(refusals(PACKAGE)))
"""What is called with a sentence that screens may say."""


class Messages(makemessages.Command):
    """Django's own command, which knows our word for a plural, and what refusals say, too."""

    xgettext_options = makemessages.Command.xgettext_options + [  # noqa: RUF005 - Django adds lists
        "--keyword=_n:1,2",
        *(f"--keyword={name}:1" for name in SENTENCES),
    ]


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
            ignore_patterns=[*others, *BY_COMMANDS_ONLY, "*.py~", "__main__.py"],
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
