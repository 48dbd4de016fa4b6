"""What screens and reports say stands in every language, whole, and as the program says it now."""

import ast
import importlib.util
import re
import shutil
import string
from collections.abc import Iterator
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


def test_words_within_f_strings_are_known_too(gathering: ModuleType) -> None:
    """GNU gettext reads some of them only, and says nothing of the others."""
    known = {form for message in messages(LOCALE, "de") for form in forms(message.id)}
    hidden = [
        f"{file.relative_to(gathering.PACKAGE)}:{node.lineno} {argument.value}"
        for folder in gathering.SAID_BY
        for file in sorted((gathering.PACKAGE / folder).rglob("*.py"))
        for text in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(text, ast.JoinedStr)
        for node in ast.walk(text)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "_n")
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value not in known
    ]
    assert hidden == [], "give what is said a name before the f-string"


_MADE_ELSEWHERE = {
    ("casework/members.py", "WeakPassword"),  # by Django, in the language of whoever chose the password
    ("domain/errors.py", "Sentence"),  # by whoever raises the failure
    ("domain/errors.py", "super of AmparoError"),
}


def _said(gathering: ModuleType) -> Iterator[tuple[Path, ast.Call, str]]:
    """Where folders whose words are translated make a sentence, with the name of what it is made into."""
    names = set(gathering.SENTENCES)
    for folder in gathering.SAID_BY:
        for file in sorted((gathering.PACKAGE / folder).rglob("*.py")):
            place = file.relative_to(gathering.PACKAGE)
            if any(place.match(pattern) for pattern in gathering.BY_COMMANDS_ONLY):
                continue
            for node in ast.walk(ast.parse(file.read_bytes())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                    yield place, node, node.func.id
                if isinstance(node, ast.ClassDef) and node.name in names:
                    yield from ((place, call, f"super of {node.name}") for call in _own_words(node))


def _own_words(refusal: ast.ClassDef) -> Iterator[ast.Call]:
    """Where the constructor of a class says something itself, which is found in a `Sentence` only."""
    for node in ast.walk(refusal):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "__init__"):
            continue
        if not (node.args and isinstance(node.args[0], ast.Name)):
            yield node


def _wrong(call: ast.Call) -> str:
    """Why nobody could translate what is said there; empty where one can."""
    if isinstance(call.func, ast.Attribute) and not isinstance(call.args[0], ast.Call):
        return "write Sentence(…) around it"
    if not call.args:
        return ""  # the class knows what it says
    first = call.args[0]
    if isinstance(first, ast.Attribute) and first.attr in ("sentence", "template"):
        return ""  # it was made elsewhere
    if isinstance(first, ast.Call) and isinstance(first.func, ast.Name) and first.func.id == "Sentence":
        return ""  # looked at by itself
    if not isinstance(first, ast.Constant) or not isinstance(first.value, str):
        return "write the sentence itself, with {places} for values, and the values as keywords"
    places = {name for _, name, _, _ in string.Formatter().parse(first.value) if name is not None}
    given = {keyword.arg for keyword in call.keywords}
    return "" if places == given else f"places {sorted(places)} are not the values {sorted(map(str, given))}"


def test_what_screens_may_say_is_written_so_that_it_can_be_translated(gathering: ModuleType) -> None:
    calls = list(_said(gathering))
    assert len(calls) > 350
    wrong = [
        f"{place}:{call.lineno} {name}: {why}"
        for place, call, name in calls
        if (why := _wrong(call)) and (place.as_posix(), name) not in _MADE_ELSEWHERE
    ]
    assert wrong == []


def test_what_no_screen_says_is_there(gathering: ModuleType) -> None:
    for pattern in gathering.BY_COMMANDS_ONLY:
        assert list(gathering.PACKAGE.glob(pattern)), pattern
