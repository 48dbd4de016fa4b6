"""What screens and reports say stands in every language, whole, and as the program says it now."""

import importlib.util
import re
import shutil
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent.parent
LOCALE = ROOT / "src" / "amparo" / "locale"
LANGUAGES = ("da", "de", "es", "fr")
_PLACES = re.compile(r"\{[^}]*\}|%\(\w+\)s")


def catalogue(folder: Path, language: str) -> Catalog:
    with (folder / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file)


def messages(folder: Path, language: str) -> list[Message]:
    return [message for message in catalogue(folder, language) if message.id]


def forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def test_the_languages_are_there() -> None:
    assert sorted(folder.name for folder in LOCALE.iterdir() if folder.is_dir()) == list(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated_with_its_places(language: str) -> None:
    found = messages(LOCALE, language)
    assert len(found) > 1000
    for message in found:
        assert "fuzzy" not in message.flags, message.id
        translated = forms(message.string)
        assert all(translated), message.id
        for said, wanted in zip(translated, forms(message.id), strict=True):
            assert sorted(_PLACES.findall(said)) == sorted(_PLACES.findall(wanted)), message.id


@pytest.fixture(scope="module")
def gathering() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages_tool", ROOT / "tools" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_nothing_is_said_that_the_catalogues_do_not_know(gathering: ModuleType, tmp_path: Path) -> None:
    if shutil.which("xgettext") is None:
        pytest.skip("no GNU gettext: install it (Debian: gettext)")
    package = tmp_path / "amparo"
    for folder in (*gathering.SAID_BY, "locale"):
        shutil.copytree(
            ROOT / "src" / "amparo" / folder, package / folder, ignore=shutil.ignore_patterns("vendor", "*.mo")
        )
    gathering.gather(package)
    for language in LANGUAGES:
        now, kept = ({forms(one.id) for one in messages(folder, language)} for folder in (package / "locale", LOCALE))
        assert now - kept == set(), "run make messages, and translate what is new"
        assert kept - now == set(), "run make messages: something is not said any more"
